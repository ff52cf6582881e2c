// What a new record of an entity begins with: the defaults of the fields the caller may read, as they would be written.
import { readableWire } from '@peyvand/core/access/field.ts'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import type { Operation } from '../operation.ts'

export const operation: Operation = {
  name: 'initial_values',
  kind: 'function',
  doc: 'The values a new record begins with',
  on: { what: 'set', entity: '*', needs: 'create' },
  parameters: {},
  result: { schema: { type: 'object' } },
  run({ context: { model, actor }, entity }) {
    const readable = new Set(
      [...readableWire(model, actor, entity!.id).properties.values()].map(({ field }) => field.name),
    )
    const values: JsonObject = {}
    for (const { name, default: value, system } of entity!.fields)
      if (!system && value !== undefined && value !== null && readable.has(name)) values[name] = value
    return Promise.resolve(values)
  },
}
