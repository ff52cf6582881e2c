// A merge taken back.
import { splitRecord } from '../../records/merge/split.ts'
import type { Operation } from '../operation.ts'
import { entityNamed } from './merge_records.ts'

const uuid = { type: 'string', format: 'uuid' }

export const operation: Operation = {
  name: 'split_records',
  kind: 'action',
  doc: 'Takes the merge back that a record went away in; what was changed since stays and is told',
  parameters: {
    entity: { schema: { type: 'string', maxLength: 48 }, doc: 'Name of the entity', required: true },
    record: { schema: uuid, doc: 'The record that was taken in', required: true },
  },
  result: {
    schema: {
      type: 'object',
      required: ['winner', 'restored', 'kept'],
      properties: {
        winner: uuid,
        restored: { type: 'integer' },
        kept: {
          type: 'array',
          items: {
            type: 'object',
            required: ['entity', 'because'],
            properties: {
              entity: { type: 'string' },
              id: uuid,
              fields: { type: 'array', items: { type: 'string' } },
              because: { enum: ['changed', 'deleted', 'denied', 'conflict'] },
            },
          },
        },
      },
    },
  },
  async run({ platform, context, parameters }) {
    const entity = entityNamed(context, parameters['entity'] as string)
    const { winner, restored, kept } = await splitRecord(
      platform,
      context,
      entity,
      (parameters['record'] as string).toLowerCase(),
    )
    return {
      winner,
      restored,
      kept: kept.map(({ entity: name, id, fields, because }) => ({
        entity: name,
        because,
        ...(id === undefined ? {} : { id }),
        ...(fields === undefined ? {} : { fields: [...fields] }),
      })),
    }
  },
}
