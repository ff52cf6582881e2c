// Two records of the same thing become one.
import { ruleOf } from '@peyvand/core/access/rule.ts'
import { suggest } from '@peyvand/core/base/name.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import { mergeRecords } from '../../records/merge/merge.ts'
import type { Operation, Who } from '../operation.ts'

const uuid = { type: 'string', format: 'uuid' }

export const operation: Operation = {
  name: 'merge_records',
  kind: 'action',
  doc: 'Merges two records: the winner keeps, the loser becomes inactive and what belonged to it goes to the winner',
  parameters: {
    entity: { schema: { type: 'string', maxLength: 48 }, doc: 'Name of the entity', required: true },
    winner: { schema: uuid, doc: 'The record that stays', required: true },
    loser: { schema: uuid, doc: 'The record that is taken in', required: true },
    take: {
      schema: { type: 'array', items: { type: 'string', maxLength: 48 }, maxItems: 500, uniqueItems: true },
      doc: 'Fields whose values the winner takes from the loser',
    },
    winner_version: { schema: { type: 'integer' }, doc: 'The version of the winner that was looked at' },
    loser_version: { schema: { type: 'integer' }, doc: 'The version of the loser that was looked at' },
  },
  result: {
    schema: {
      type: 'object',
      required: ['merge', 'moved'],
      properties: { merge: uuid, moved: { type: 'object', additionalProperties: { type: 'integer' } } },
    },
  },
  async run({ platform, context, parameters }) {
    const { merge, moved } = await mergeRecords(platform, context, {
      entity: entityNamed(context, parameters['entity'] as string),
      winner: (parameters['winner'] as string).toLowerCase(),
      loser: (parameters['loser'] as string).toLowerCase(),
      take: (parameters['take'] ?? []) as string[],
      ...(parameters['winner_version'] === undefined ? {} : { winnerVersion: Number(parameters['winner_version']) }),
      ...(parameters['loser_version'] === undefined ? {} : { loserVersion: Number(parameters['loser_version']) }),
    })
    return { merge, moved: { ...moved } }
  },
}

/** The entity of that name that the caller may read. throws: Problem */
export function entityNamed({ model, actor }: Who, name: string): Entity {
  const entity = model.entities.get(name)
  if (entity !== undefined && ruleOf(model, actor, entity, 'read') !== undefined) return entity
  const readable = [...model.entities.values()].filter((one) => ruleOf(model, actor, one, 'read') !== undefined)
  throw new Problem('request.unknown', {
    detail: `There is no entity "${name.slice(0, 60)}"`,
    pointer: '/entity',
    target: 'entity',
    hint: suggest(
      name,
      readable.map((one) => one.name),
    ),
  })
}
