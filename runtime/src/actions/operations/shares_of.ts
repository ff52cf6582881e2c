// With whom one record is shared.
import { sharesResult, toldShares } from '../shares.ts'
import type { Operation } from '../operation.ts'

export const operation: Operation = {
  name: 'shares_of',
  kind: 'function',
  doc: 'With whom a record is shared, for what and until when, and which rights the caller could give away',
  on: { what: 'record', entity: '*' },
  parameters: {},
  result: sharesResult,
  run: ({ platform, context, entity, id }) => toldShares(platform, context, entity!, id!),
}
