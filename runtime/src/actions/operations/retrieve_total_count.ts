// How many records of some entities the caller can see.
import { readableWire } from '@peyvand/core/access/field.ts'
import { ruleOf } from '@peyvand/core/access/rule.ts'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { suggest } from '@peyvand/core/base/name.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { readRecords } from '../../records/read.ts'
import type { Operation } from '../operation.ts'

export const operation: Operation = {
  name: 'retrieve_total_count',
  kind: 'function',
  doc: 'How many records of each entity the caller can see',
  parameters: {
    entities: {
      schema: { type: 'array', items: { type: 'string' }, minItems: 1, maxItems: 50, uniqueItems: true },
      doc: 'Names of entities',
      required: true,
    },
  },
  result: { schema: { type: 'object', additionalProperties: { type: 'integer' } } },
  async run({ platform, context, parameters }) {
    const { model, actor } = context
    const counts: JsonObject = {}
    for (const [i, name] of (parameters['entities'] as string[]).entries()) {
      const entity = model.entities.get(name)
      if (!entity || ruleOf(model, actor, entity, 'read') === undefined)
        throw new Problem('request.unknown', {
          detail: `There is no entity "${name.slice(0, 60)}"`,
          pointer: `/entities/${i}`,
          hint: suggest(
            name,
            [...model.entities.keys()].filter((each) => isReadable(each)),
          ),
        })
      const { row } = await readRecords(platform, context, { path: `${entity.entitySet}/$count`, query: '' })
      counts[name] = Number(row?.body ?? 0)
    }
    return counts

    function isReadable(name: string): boolean {
      const entity = model.entities.get(name)!
      return (
        ruleOf(model, actor, entity, 'read') !== undefined && readableWire(model, actor, entity.id).properties.size > 0
      )
    }
  },
}
