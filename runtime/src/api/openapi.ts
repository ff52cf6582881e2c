// `/api/openapi.json`: OpenAPI 3.1 of what this caller may see, made from the model and the field types' own schemas.
// Decides the description only; the behaviour it describes is data.ts and meta's routes.
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import { labelText } from '@peyvand/core/base/label.ts'
import type { WireEntity } from '@peyvand/core/model/wire.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import { problemCodes } from '@peyvand/core/base/problem.ts'
import { Hono } from 'hono'
import type { Context } from '../context.ts'
import type { ApiEnv, Platform } from '../platform.ts'
import { publicUrl } from '../config.ts'
import { visibleTo } from './data/service.ts'
import { docsPage, docsPolicy } from './docs.ts'
import type { Visible } from './metadata.ts'

/** The routes /api/openapi.json and /api/docs. */
export function openapiRoutes(platform: Platform): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.get('/openapi.json', (c) =>
    c.body(documentFor(platform, c.get('context')).text, 200, {
      'content-type': 'application/json',
      'cache-control': 'private, no-cache',
    }),
  )
  app.get('/docs', (c) => {
    const context = c.get('context')
    const page = docsPage(
      visibleTo(context),
      documentFor(platform, context).document,
      publicUrl(platform.config),
      context.language,
    )
    return c.body(page, 200, {
      'content-type': 'text/html;charset=utf-8',
      'content-security-policy': docsPolicy,
      'cache-control': 'private, no-cache',
    })
  })
  return app
}

const known = new WeakMap<Visible, Map<string, { document: JsonObject; text: string }>>()

/** The document for a caller, made once per model, access and language. */
function documentFor(platform: Platform, context: Context): { document: JsonObject; text: string } {
  const visible = visibleTo(context)
  let byLanguage = known.get(visible)
  if (byLanguage === undefined) known.set(visible, (byLanguage = new Map()))
  let made = byLanguage.get(context.language)
  if (made === undefined) {
    const document = openapi(visible, publicUrl(platform.config), context.language)
    byLanguage.set(context.language, (made = { document, text: JSON.stringify(document) }))
  }
  return made
}

const json = 'application/json'
const ref = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` })
const answer = (description: string, schema?: JsonObject, type = json): JsonObject =>
  schema ? { description, content: { [type]: { schema } } } : { description }
const body = (schema: JsonObject): JsonObject => ({ required: true, content: { [json]: { schema } } })
const refused = {
  '400': { $ref: '#/components/responses/Refused' },
  '401': { $ref: '#/components/responses/Refused' },
  '403': { $ref: '#/components/responses/Refused' },
}
const missing = { '404': { $ref: '#/components/responses/Refused' } }
const unsaved = {
  '409': { $ref: '#/components/responses/Refused' },
  '412': { $ref: '#/components/responses/Refused' },
  '422': { $ref: '#/components/responses/Refused' },
}

/** The OpenAPI document. `url` is the public address of the platform. */
export function openapi(visible: Visible, url: string, language: string): JsonObject {
  const paths: JsonObject = {}
  const schemas: JsonObject = { Error: errorSchema, Problem: problemSchema, Change: changeSchema }
  for (const wire of visible.entities) {
    Object.assign(paths, entityPaths(wire, language))
    schemas[wire.entity.name] = recordSchema(visible, wire, language)
    schemas[`${wire.entity.name}_input`] = inputSchema(visible, wire, language)
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Peyvand',
      version: String(visible.model.revision),
      description:
        'The data service speaks OData 4.01 with JSON; the model service publishes definitions. Generated for this caller: what you may not see is not here.',
    },
    servers: [{ url }],
    security: [{ key: [] }, { session: [] }],
    tags: visible.entities.map(({ entity }) => ({
      name: entity.entitySet,
      description: labelText(entity.plural, language, entity.entitySet),
    })),
    paths: { ...paths, ...platformPaths },
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: 'An API key from POST /api/keys' },
        session: { type: 'apiKey', in: 'cookie', name: 'session' },
      },
      parameters,
      responses: { Refused: answer('What is wrong and where', ref('Error')) },
      schemas,
    },
  }
}

function entityPaths(wire: WireEntity, language: string): JsonObject {
  const { entity } = wire
  const tags = [entity.entitySet]
  const one = labelText(entity.label, language, entity.name),
    many = labelText(entity.plural, language, entity.entitySet)
  const option = (name: string): JsonObject => ({ $ref: `#/components/parameters/${name}` })
  const read = ['select', 'expand', 'prefer'].map(option)
  const list = {
    type: 'object',
    required: ['value'],
    properties: {
      '@odata.context': { type: 'string' },
      '@odata.count': { type: 'integer' },
      '@odata.nextLink': { type: 'string' },
      value: { type: 'array', items: ref(entity.name) },
    },
  }
  const collection = `/api/data/v1/${entity.entitySet}`,
    record = `${collection}({id})`
  return {
    [collection]: {
      get: {
        tags,
        operationId: `list_${entity.entitySet}`,
        summary: many,
        parameters: [...['filter', 'orderby', 'top', 'skip', 'count', 'search', 'apply'].map(option), ...read],
        responses: { '200': answer(many, list), ...refused },
      },
      post: {
        tags,
        operationId: `create_${entity.name}`,
        summary: `Create: ${one}`,
        requestBody: body(ref(`${entity.name}_input`)),
        responses: { '201': answer(one, ref(entity.name)), ...refused, ...unsaved },
      },
    },
    [`${collection}/$count`]: {
      get: {
        tags,
        operationId: `count_${entity.entitySet}`,
        summary: `Count: ${many}`,
        parameters: ['filter', 'search'].map(option),
        responses: { '200': answer('How many', { type: 'string', pattern: '^\\d+$' }, 'text/plain'), ...refused },
      },
    },
    [record]: {
      parameters: [option('id')],
      get: {
        tags,
        operationId: `get_${entity.name}`,
        summary: one,
        parameters: read,
        responses: { '200': answer(one, ref(entity.name)), '304': answer('Not changed'), ...refused, ...missing },
      },
      patch: {
        tags,
        operationId: `update_${entity.name}`,
        summary: `Update, or create with this id: ${one}`,
        parameters: [option('ifMatch'), option('prefer')],
        requestBody: body(ref(`${entity.name}_input`)),
        responses: {
          '200': answer(one, ref(entity.name)),
          '201': answer(one, ref(entity.name)),
          ...refused,
          ...missing,
          ...unsaved,
        },
      },
      put: {
        tags,
        operationId: `replace_${entity.name}`,
        summary: `Replace: ${one}`,
        parameters: [option('ifMatch'), option('prefer')],
        requestBody: body(ref(`${entity.name}_input`)),
        responses: {
          '200': answer(one, ref(entity.name)),
          '201': answer(one, ref(entity.name)),
          ...refused,
          ...missing,
          ...unsaved,
        },
      },
      delete: {
        tags,
        operationId: `delete_${entity.name}`,
        summary: `Delete: ${one}`,
        parameters: [option('ifMatch')],
        responses: { '204': answer('Deleted'), ...refused, ...missing, ...unsaved },
      },
    },
  }
}

function recordSchema(visible: Visible, wire: WireEntity, language: string): JsonObject {
  const properties: JsonObject = { '@odata.etag': { type: 'string' } }
  for (const property of wire.properties.values())
    properties[property.name] = propertySchema(visible, wire, property.name, language)
  for (const navigation of wire.navigations.values()) {
    const target = ref(visible.model.entityById.get(navigation.target)!.name)
    properties[navigation.name] = navigation.collection
      ? { type: 'array', items: target }
      : { anyOf: [target, { type: 'null' }] }
  }
  return {
    type: 'object',
    description: labelText(wire.entity.description ?? wire.entity.label, language, wire.entity.name),
    properties,
  }
}

function inputSchema(visible: Visible, wire: WireEntity, language: string): JsonObject {
  const properties: JsonObject = {}
  for (const property of wire.properties.values())
    if (!property.readOnly) properties[property.name] = propertySchema(visible, wire, property.name, language)
  for (const navigation of wire.navigations.values()) {
    if (navigation.collection) continue
    properties[`${navigation.name}@odata.bind`] = {
      type: ['string', 'null'],
      examples: [`/${visible.model.entityById.get(navigation.target)!.entitySet}(<uuid>)`],
    }
  }
  return { type: 'object', additionalProperties: false, properties }
}

function propertySchema(visible: Visible, wire: WireEntity, name: string, language: string): JsonObject {
  const { field, column, kind, nullable } = wire.properties.get(name)!
  const main = column === field.name + (typeOf(field).columns(field)[0]?.suffix ?? '')
  const schema = main ? typeOf(field).schema(field, visible.model) : (kindSchemas[kind] ?? {})
  const title = labelText(field.label, language, name)
  return nullable && main ? { title, anyOf: [schema, { type: 'null' }] } : { title, ...schema }
}

const kindSchemas: Readonly<Record<string, JsonObject>> = {
  text: { type: ['string', 'null'] },
  integer: { type: ['integer', 'null'] },
  decimal: { type: ['number', 'null'] },
  boolean: { type: ['boolean', 'null'] },
  date: { type: ['string', 'null'], format: 'date' },
  datetime: { type: ['string', 'null'], format: 'date-time' },
  uuid: { type: ['string', 'null'], format: 'uuid' },
  json: {},
}

const query = (name: string, description: string, schema: JsonObject = { type: 'string' }): JsonObject => ({
  name,
  in: 'query',
  description,
  schema,
})
const header = (name: string, description: string): JsonObject => ({
  name,
  in: 'header',
  description,
  schema: { type: 'string' },
})
const parameters: JsonObject = {
  id: { name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } },
  select: query('$select', 'Properties to return, separated by commas'),
  filter: query('$filter', "OData filter, e.g. contains(name,'north') and amount gt 1000"),
  orderby: query('$orderby', 'Properties to sort by, each with asc or desc'),
  top: query('$top', 'At most so many records', { type: 'integer', minimum: 0 }),
  skip: query('$skip', 'Leave out so many records', { type: 'integer', minimum: 0 }),
  count: query('$count', 'Also count all records that match', { type: 'boolean' }),
  expand: query('$expand', 'Related records to include, with nested options in parentheses'),
  search: query('$search', 'Words to find in the text fields'),
  apply: query('$apply', 'groupby((…),aggregate(… with sum as …))'),
  ifMatch: header('If-Match', 'The @odata.etag the change is based on; * never creates'),
  prefer: header('Prefer', 'return=minimal, odata.maxpagesize=n, odata.include-annotations="*"'),
}

const text: JsonObject = { type: 'string' }
const codes: JsonValue[] = Object.keys(problemCodes)
const errorSchema: JsonObject = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: {
        code: { enum: codes },
        message: text,
        target: text,
        details: { type: 'array', items: { type: 'object', properties: { code: text, message: text, target: text } } },
        innererror: { type: 'object', properties: { position: { type: 'integer' }, pointer: text, hint: text } },
      },
    },
  },
}
const problemSchema: JsonObject = {
  type: 'object',
  required: ['title', 'status', 'code'],
  properties: {
    type: text,
    title: text,
    status: { type: 'integer' },
    code: { enum: codes },
    detail: text,
    pointer: text,
    position: { type: 'integer' },
    hint: text,
    problems: { type: 'array', items: ref('Problem') },
  },
}
const changeSchema: JsonObject = {
  type: 'object',
  required: ['changes'],
  properties: {
    base: text,
    plan: text,
    changes: {
      type: 'array',
      items: {
        anyOf: [
          {
            type: 'object',
            required: ['op', 'definition'],
            properties: { op: { const: 'put' }, definition: { type: 'object' } },
          },
          {
            type: 'object',
            required: ['op', 'kind', 'name'],
            properties: { op: { const: 'delete' }, kind: text, name: text },
          },
        ],
      },
    },
  },
}

const done = answer('Done', { type: 'object' })
const wrong = { default: answer('What is wrong and where', ref('Problem'), 'application/problem+json') }
const model = ['model']
const account = ['account']
const platformPaths: JsonObject = {
  '/api/model': {
    get: {
      tags: model,
      operationId: 'get_model',
      summary: 'The model as this caller sees it',
      responses: { '200': done, '304': answer('Not changed'), ...wrong },
    },
  },
  '/api/model/plan': {
    post: {
      tags: model,
      operationId: 'plan',
      summary: 'What a change would do: steps, risk, SQL',
      requestBody: body(ref('Change')),
      responses: { '200': done, ...wrong },
    },
  },
  '/api/model/apply': {
    post: {
      tags: model,
      operationId: 'apply',
      summary: 'Publish a change',
      requestBody: body(ref('Change')),
      responses: { '200': done, ...wrong },
    },
  },
  '/api/model/undo/{id}': {
    post: {
      tags: model,
      operationId: 'undo',
      summary: 'Take a change back',
      parameters: [{ name: 'id', in: 'path', required: true, schema: text }],
      responses: { '200': done, ...wrong },
    },
  },
  '/api/model/history': {
    get: {
      tags: model,
      operationId: 'get_history',
      summary: 'What was published',
      responses: { '200': done, ...wrong },
    },
  },
  '/api/auth/sign-in/email': {
    post: {
      tags: account,
      operationId: 'sign_in',
      security: [],
      summary: 'Sign in with e-mail and password',
      requestBody: body({
        type: 'object',
        required: ['email', 'password'],
        properties: { email: text, password: text },
      }),
      responses: { '200': done, ...wrong },
    },
  },
  '/api/keys': {
    get: { tags: account, operationId: 'list_keys', summary: 'Your API keys', responses: { '200': done, ...wrong } },
    post: {
      tags: account,
      operationId: 'create_key',
      summary: 'Make an API key; it is shown once',
      requestBody: body({
        type: 'object',
        required: ['name'],
        properties: { name: text, roles: { type: 'array', items: text }, expiresInDays: { type: 'integer' } },
      }),
      responses: { '200': done, ...wrong },
    },
  },
}
