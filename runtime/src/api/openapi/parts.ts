// What the parts of the OpenAPI document are written with: references, answers, bodies and operations, the shared parameters,
// and the schemas of problems and changes.
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import { problemCodes } from '@peyvand/core/base/problem.ts'

const json = 'application/json'

/** A reference to a schema of the document. */
export const ref = (name: string): JsonObject => ({ $ref: `#/components/schemas/${name}` })

/** A reference to a parameter of the document. */
export const option = (name: keyof typeof parameters): JsonObject => ({ $ref: `#/components/parameters/${name}` })

/** An answer, with the schema of its body when it has one. */
export const answer = (description: string, schema?: JsonObject, type = json): JsonObject =>
  schema ? { description, content: { [type]: { schema } } } : { description }

/** A body that has to be sent. */
export const body = (schema: JsonObject): JsonObject => ({ required: true, content: { [json]: { schema } } })

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

/** The parameters that operations share. */
export const parameters = {
  id: { name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } },
  select: query('$select', 'Properties to return, separated by commas'),
  filter: query('$filter', "OData filter, e.g. contains(name,'north') and amount gt 1000"),
  orderby: query('$orderby', 'Properties to sort by, each with asc or desc'),
  top: query('$top', 'At most so many records', { type: 'integer', minimum: 0 }),
  skip: query('$skip', 'Leave out so many records', { type: 'integer', minimum: 0 }),
  count: query('$count', 'Also count all records that match', { type: 'boolean' }),
  expand: query('$expand', 'Related records to include, with nested options in parentheses'),
  search: query('$search', 'Words and phrases to find in the text fields, with AND, OR, NOT and parentheses'),
  compute: query('$compute', 'Values to work out, e.g. amount mul 2 as twice'),
  apply: query('$apply', 'filter(…)/compute(…)/groupby((…),aggregate(… with sum as …))/filter(…)/topcount(…)'),
  ifMatch: header('If-Match', 'The @odata.etag the change is based on; * never creates'),
  key: header('Idempotency-Key', 'Sent again with the same key and body within 24 hours: the first answer again'),
  prefer: header('Prefer', 'return=minimal, odata.maxpagesize=n, odata.include-annotations="*"'),
} satisfies JsonObject

/** A text. */
export const text: JsonObject = { type: 'string' }
const codes: JsonValue[] = Object.keys(problemCodes)

/** What is wrong, as the data service says it. */
export const errorSchema: JsonObject = {
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

/** What is wrong, as everything else says it. */
export const problemSchema: JsonObject = {
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

/** The body of plan and apply. */
export const changeSchema: JsonObject = {
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
