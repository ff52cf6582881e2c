// Takes back what somebody was given on one record.
import { unshareRecord } from '../../records/share/share.ts'
import { receiverIn, receiverParameters } from '../shares.ts'
import type { Operation } from '../operation.ts'

export const operation: Operation = {
  name: 'unshare',
  kind: 'action',
  doc: 'Takes back what was shared with a user or a team on a record, and on those it was shared along with',
  // Who was given something may give it back, with no further right; of others it asks for `share` itself.
  on: { what: 'record', entity: '*', needs: 'read' },
  parameters: receiverParameters,
  async run({ platform, context, parameters, entity, id }) {
    await unshareRecord(platform, context, { entity: entity!, id: id!, receiver: receiverIn(parameters) })
    return undefined
  },
}
