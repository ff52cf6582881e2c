// The addresses of the data service for one entity in the OpenAPI document.
import { opens } from '@peyvand/core/access/rule.ts'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { labelText } from '@peyvand/core/base/label.ts'
import type { Operation } from '@peyvand/core/model/model.ts'
import type { WireEntity } from '@peyvand/core/model/wire.ts'
import type { Visible } from '../metadata.ts'
import { answer, body, option, ref, text } from './parts.ts'

const refusal = { $ref: '#/components/responses/Refused' }
const refused = { '400': refusal, '401': refusal, '403': refusal }
const missing = { '404': refusal }
/** With `Prefer: return=minimal`. */
const quiet = { '204': answer('Done, nothing is returned') }
const unsaved = { '409': refusal, '412': refusal, '422': refusal }

/** What this caller can do with the records of an entity, as $metadata says it too. */
export function entityPaths({ model, actor }: Visible, { entity }: WireEntity, language: string): JsonObject {
  const may = (...operations: readonly Operation[]) => operations.every((each) => opens(model, actor, entity, each))
  const when = (allowed: boolean, methods: JsonObject): JsonObject => (allowed ? methods : {})
  const writes = may('create') || may('write') || may('delete')
  const [one, many] = [
    labelText(entity.label, language, entity.name),
    labelText(entity.plural, language, entity.entitySet),
  ]
  const operation = (operationId: string, summary: string, rest: JsonObject): JsonObject => ({
    tags: [entity.entitySet],
    operationId,
    summary,
    ...rest,
  })
  const record = answer(one, ref(entity.name))
  const read = [option('select'), option('expand'), option('prefer')]
  const input = body(ref(`${entity.name}_input`))
  const change = {
    parameters: [option('ifMatch'), option('prefer')],
    requestBody: input,
    responses: { '200': record, '201': record, ...quiet, ...refused, ...missing, ...unsaved },
  }
  const collection = `/api/data/v1/${entity.entitySet}`
  return {
    [collection]: {
      get: operation(`list_${entity.entitySet}`, many, {
        parameters: [...listOptions, ...read],
        responses: { '200': answer(many, listOf(entity.name)), ...refused },
      }),
      ...when(may('create'), {
        post: operation(`create_${entity.name}`, `Create: ${one}`, {
          parameters: [option('key'), option('prefer')],
          requestBody: input,
          responses: { '201': record, ...quiet, ...refused, ...unsaved },
        }),
      }),
    },
    ...when(may('bulk') && writes, {
      [`${collection}/$bulk`]: {
        post: operation(`bulk_${entity.entitySet}`, `Write many: ${many}`, {
          parameters: [option('key')],
          requestBody: body(manyOf(entity.name)),
          responses: {
            '200': answer('What became of each row, in order', outcomes),
            ...refused,
            ...missing,
            ...unsaved,
          },
        }),
      },
    }),
    [`${collection}/$count`]: {
      get: operation(`count_${entity.entitySet}`, `Count: ${many}`, {
        parameters: [option('filter'), option('search')],
        responses: { '200': answer('How many', { type: 'string', pattern: '^\\d+$' }, 'text/plain'), ...refused },
      }),
    },
    [`${collection}({id})`]: {
      parameters: [option('id')],
      get: operation(`get_${entity.name}`, one, {
        parameters: read,
        responses: { '200': record, '304': answer('Not changed'), ...refused, ...missing },
      }),
      ...when(may('write'), {
        patch: operation(`update_${entity.name}`, `Update, or create with this id: ${one}`, change),
        put: operation(`replace_${entity.name}`, `Replace: ${one}`, change),
      }),
      ...when(may('delete'), {
        delete: operation(`delete_${entity.name}`, `Delete: ${one}`, {
          parameters: [option('ifMatch')],
          responses: { '204': answer('Deleted'), ...refused, ...missing, ...unsaved },
        }),
      }),
    },
  }
}

/** The body of `$bulk`: one of the lists. A row of a change is any part of a record with its key. */
function manyOf(name: string): JsonObject {
  const rows = (items: JsonObject): JsonObject => ({ type: 'array', items })
  return {
    type: 'object',
    properties: {
      create: rows(ref(`${name}_input`)),
      update: rows({ type: 'object' }),
      upsert: rows({ type: 'object' }),
      delete: rows({ type: ['string', 'object'] }),
      key: { type: ['string', 'array'], items: text, description: '"id", or the fields of a key' },
      atomic: { type: 'boolean', default: true },
    },
  }
}

const outcome: JsonObject = {
  type: 'object',
  properties: { id: text, outcome: { enum: ['created', 'updated', 'deleted'] }, error: { type: 'object' } },
}
const outcomes: JsonObject = {
  type: 'object',
  required: ['value'],
  properties: { value: { type: 'array', items: outcome } },
}

const listOptions = (['filter', 'orderby', 'top', 'skip', 'count', 'search', 'compute', 'apply'] as const).map(option)

function listOf(name: string): JsonObject {
  return {
    type: 'object',
    required: ['value'],
    properties: {
      '@odata.context': { type: 'string' },
      '@odata.count': { type: 'integer' },
      '@odata.nextLink': { type: 'string' },
      value: { type: 'array', items: ref(name) },
    },
  }
}
