// The addresses of the data service for one entity in the OpenAPI document.
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { labelText } from '@peyvand/core/base/label.ts'
import type { WireEntity } from '@peyvand/core/model/wire.ts'
import { answer, body, option, ref } from './parts.ts'

const refusal = { $ref: '#/components/responses/Refused' }
const refused = { '400': refusal, '401': refusal, '403': refusal }
const missing = { '404': refusal }
const unsaved = { '409': refusal, '412': refusal, '422': refusal }

/** What can be done with the records of an entity. */
export function entityPaths({ entity }: WireEntity, language: string): JsonObject {
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
    responses: { '200': record, '201': record, ...refused, ...missing, ...unsaved },
  }
  const collection = `/api/data/v1/${entity.entitySet}`
  return {
    [collection]: {
      get: operation(`list_${entity.entitySet}`, many, {
        parameters: [...listOptions, ...read],
        responses: { '200': answer(many, listOf(entity.name)), ...refused },
      }),
      post: operation(`create_${entity.name}`, `Create: ${one}`, {
        parameters: [option('key'), option('prefer')],
        requestBody: input,
        responses: { '201': record, ...refused, ...unsaved },
      }),
    },
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
      patch: operation(`update_${entity.name}`, `Update, or create with this id: ${one}`, change),
      put: operation(`replace_${entity.name}`, `Replace: ${one}`, change),
      delete: operation(`delete_${entity.name}`, `Delete: ${one}`, {
        parameters: [option('ifMatch')],
        responses: { '204': answer('Deleted'), ...refused, ...missing, ...unsaved },
      }),
    },
  }
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
