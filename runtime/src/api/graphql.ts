// /api/graphql: the records of the data service, asked for and changed in GraphQL. Here is how a request is read and an answer is
// sent; the schema and everything of GraphQL's own is loaded with the first request. Another spelling, no other way: rights, limits,
// cost and writing are those of the data service.
import { Hono, type Context as HonoContext } from 'hono'
import { isJsonObject, type JsonObject } from '@peyvand/core/base/json.ts'
import { must, Problem } from '@peyvand/core/base/problem.ts'
import type { ApiEnv, Platform } from '../platform.ts'
import { readBody } from './body.ts'
import { reckoningOf } from './data/annotate.ts'
import { headersOf } from './gate.ts'
import type { Asking } from './graphql/checked.ts'
import { asProblem, problemAnswer } from './problem.ts'
import { observeError } from '../observe.ts'
import { readPrefer } from './data/prefer.ts'

/** The routes under /api/graphql. */
export function graphqlRoutes(platform: Platform): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.on(['GET', 'POST'], '/', async (c) => {
    const [{ run }, { errorOf, shownError, statusOf }] = await Promise.all([
      import('./graphql/execute.ts'),
      import('./graphql/error.ts'),
    ])
    try {
      const context = c.get('context')
      const prefer = must(readPrefer(headersOf(c).get('prefer') ?? undefined))
      const reckoning = reckoningOf(platform.config, context.language, prefer)
      const ran = await run({ platform, context, reckoning }, await askingOf(c))
      if (ran.text !== undefined) return sendText(c, 200, ran.text)
      const { data, errors = [] } = ran
      return send(c, data === undefined ? statusOf(errors) : 200, {
        ...(errors.length > 0 ? { errors: errors.map(shownError) } : {}),
        ...(data === undefined ? {} : { data }),
      })
    } catch (thrown) {
      if (!(thrown instanceof Problem)) observeError('graphql', thrown)
      const problem = asProblem(thrown)
      return send(c, problem.status, { errors: [shownError(errorOf(problem))] })
    }
  })
  app.all('/', () =>
    problemAnswer(new Problem('request.method', { detail: 'GraphQL takes GET and POST' }), 'problem', {
      allow: 'GET, POST',
    }),
  )
  return app
}

const own = 'application/graphql-response+json'

function send(c: HonoContext, status: number, body: object): Response {
  return sendText(c, status, JSON.stringify(body))
}

function sendText(c: HonoContext, status: number, text: string): Response {
  const accepted = headersOf(c).get('accept') ?? ''
  return new Response(text, {
    status,
    headers: {
      'content-type': `${accepted.includes(own) ? own : 'application/json'}; charset=utf-8`,
      'cache-control': 'private, no-store',
    },
  })
}

const members: ReadonlySet<string> = new Set(['query', 'variables', 'operationName', 'extensions'])

/** What is asked, out of the address or the body. throws: Problem */
async function askingOf(c: HonoContext): Promise<Asking> {
  const reads = c.req.method === 'GET'
  const given = reads ? fromAddress(c.req.query()) : await fromBody(c)
  const unknown = Object.keys(given).find((name) => !members.has(name))
  if (unknown !== undefined)
    throw new Problem('request.unknown', {
      detail: `A GraphQL request has no "${unknown.slice(0, 60)}"`,
      target: unknown.slice(0, 60),
    })
  const { query, variables, operationName } = given
  if (typeof query !== 'string' || query === '')
    throw new Problem('request.malformed', { detail: '"query" must be the text of a GraphQL query', target: 'query' })
  if (variables !== undefined && variables !== null && !isJsonObject(variables))
    throw new Problem('request.type', { detail: '"variables" must be an object', target: 'variables' })
  if (operationName !== undefined && operationName !== null && typeof operationName !== 'string')
    throw new Problem('request.type', { detail: '"operationName" must be a text', target: 'operationName' })
  return {
    query,
    reads,
    ...(variables ? { variables } : {}),
    ...(operationName ? { operation: operationName } : {}),
  }
}

function fromAddress({ variables, ...rest }: Readonly<Record<string, string>>): JsonObject {
  if (variables === undefined) return rest
  try {
    return { ...rest, variables: JSON.parse(variables) as JsonObject }
  } catch {
    throw new Problem('request.malformed', { detail: '"variables" is not JSON', target: 'variables' })
  }
}

/** Only JSON: a form on another site cannot send it without being asked for. */
async function fromBody(c: HonoContext): Promise<JsonObject> {
  const type = (headersOf(c).get('content-type') ?? '').split(';')[0]!.trim().toLowerCase()
  if (type !== 'application/json')
    throw new Problem('request.media', {
      detail: 'The body of a GraphQL request is application/json',
      target: 'Content-Type',
    })
  const body = await readBody(c)
  if (isJsonObject(body)) return body
  throw new Problem('request.malformed', {
    detail: 'A GraphQL request is one JSON object',
    hint: 'Several fields may stand in one query; lists of requests are not taken',
  })
}
