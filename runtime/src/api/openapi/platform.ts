// The addresses beside the data service in the OpenAPI document: the model, sign-in and keys. The same for every caller.
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { answer, body, ref, text } from './parts.ts'

const wrong = { default: answer('What is wrong and where', ref('Problem'), 'application/problem+json') }

/** An operation that answers with an object. */
function operation(
  tag: 'model' | 'account' | 'batch' | 'jobs' | 'search' | 'graphql',
  operationId: string,
  summary: string,
  more: JsonObject = {},
  answers: JsonObject = {},
): JsonObject {
  const done = answer('Done', { type: 'object' })
  return { tags: [tag], operationId, summary, ...more, responses: { '200': done, ...answers, ...wrong } }
}

const change = { requestBody: body(ref('Change')) }
const credentials = {
  type: 'object',
  required: ['email', 'password'],
  properties: { email: text, password: text },
}
const newKey = {
  type: 'object',
  required: ['name'],
  properties: { name: text, roles: { type: 'array', items: text }, expiresInDays: { type: 'integer' } },
}

const jobId = { parameters: [{ name: 'id', in: 'path', required: true, schema: text }] }
const batched = { type: 'array', items: { type: 'object', properties: { id: text, method: text, url: text } } }

/** What can be done with the model, and how a caller comes in. */
export const platformPaths: JsonObject = {
  '/api/model': {
    get: operation('model', 'get_model', 'The model as this caller sees it', {}, { '304': answer('Not changed') }),
  },
  '/api/model/plan': {
    post: operation('model', 'plan', 'What a change would do: steps, risk, SQL', change),
  },
  '/api/model/apply': {
    post: operation('model', 'apply', 'Publish a change', change),
  },
  '/api/model/undo/{id}': {
    post: operation('model', 'undo', 'Take a change back', {
      parameters: [{ name: 'id', in: 'path', required: true, schema: text }],
    }),
  },
  '/api/model/history': {
    get: operation('model', 'get_history', 'What was published'),
  },
  '/api/data/v1/$batch': {
    post: operation('batch', 'batch', 'Many requests in one; those of an atomicityGroup in one transaction', {
      requestBody: body({ type: 'object', required: ['requests'], properties: { requests: batched } }),
    }),
  },
  '/api/graphql': {
    post: operation('graphql', 'graphql', 'The same records in GraphQL; ask it for its schema', {
      requestBody: body({
        type: 'object',
        required: ['query'],
        properties: { query: text, variables: { type: 'object' }, operationName: text },
      }),
    }),
  },
  '/api/jobs': {
    get: operation('jobs', 'list_jobs', "Durable work, newest first: one's own, and all of it for administrators", {
      parameters: [
        { name: 'state', in: 'query', schema: { enum: ['queued', 'running', 'done', 'failed', 'cancelled'] } },
        { name: 'kind', in: 'query', schema: text },
        { name: 'top', in: 'query', schema: { type: 'integer', minimum: 0, maximum: 999 } },
      ],
    }),
  },
  '/api/jobs/{id}': { get: operation('jobs', 'get_job', 'One job: state, progress, what went wrong', jobId) },
  '/api/jobs/{id}/retry': { post: operation('jobs', 'retry_job', 'Try a failed or cancelled job again', jobId) },
  '/api/jobs/{id}/cancel': { post: operation('jobs', 'cancel_job', 'Stop a job and take back what it began', jobId) },
  '/api/search': {
    get: operation(
      'search',
      'search',
      'One text over all entities this caller may read, the best of each, with counts',
      {
        parameters: [
          { name: 'q', in: 'query', required: true, schema: { type: 'string', maxLength: 200 } },
          { name: 'entities', in: 'query', description: 'Entity names, comma separated', schema: text },
          {
            name: 'top',
            in: 'query',
            description: 'Best of each',
            schema: { type: 'integer', minimum: 1, maximum: 50 },
          },
        ],
      },
    ),
  },
  '/api/auth/sign-in/email': {
    post: operation('account', 'sign_in', 'Sign in with e-mail and password', {
      security: [],
      requestBody: body(credentials),
    }),
  },
  '/api/keys': {
    get: operation('account', 'list_keys', 'Your API keys'),
    post: operation('account', 'create_key', 'Make an API key; it is shown once', { requestBody: body(newKey) }),
  },
}
