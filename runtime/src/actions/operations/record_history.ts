// Who changed what in a record, and when.
import { historyOf } from '../../records/history.ts'
import type { Operation } from '../operation.ts'

const usual = 25

export const operation: Operation = {
  name: 'record_history',
  kind: 'function',
  doc: 'The changes of a record, the newest first: who, when, and each field as it was and became',
  on: { what: 'record', entity: '*' },
  parameters: {
    top: { schema: { type: 'integer', minimum: 1, maximum: 100 }, doc: `Changes of one page; ${usual} by default` },
    after: { schema: { type: 'string', format: 'uuid' }, doc: '"next" of the page before' },
  },
  result: { schema: { type: 'object' } },
  async run({ platform, context, parameters: { top = usual, after = null }, entity, id }) {
    const { value, names, next } = await historyOf(platform, context, {
      entity: entity!,
      id: id!,
      top: Number(top),
      after: typeof after === 'string' ? after : null,
    })
    return { value: value.map((each) => ({ ...each })), names: { ...names }, next }
  },
}
