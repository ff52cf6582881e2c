// Gives somebody rights on one record.
import { shareRecord } from '../../records/share/share.ts'
import { giftIn, receiverParameters, rightsParameter, sharesResult, toldShares } from '../shares.ts'
import type { Operation } from '../operation.ts'

export const operation: Operation = {
  name: 'share',
  kind: 'action',
  doc: 'Shares a record with a user or a team: they get rights on it, to which their roles must open the entity. Sharing again replaces what they had',
  on: { what: 'record', entity: '*', needs: 'share' },
  parameters: {
    ...receiverParameters,
    rights: rightsParameter,
    expires_at: { schema: { type: 'string', format: 'date-time' }, doc: 'When it ends; never when absent' },
  },
  result: sharesResult,
  async run({ platform, context, parameters, entity, id }) {
    await shareRecord(platform, context, { entity: entity!, id: id!, ...giftIn(parameters) })
    return toldShares(platform, context, entity!, id!)
  },
}
