// Makes a record what it was right after one of its changes.
import { plainText } from '@peyvand/core/base/json.ts'
import { restoreVersion } from '../../records/restore.ts'
import type { Operation } from '../operation.ts'

export const operation: Operation = {
  name: 'restore_version',
  kind: 'action',
  doc: 'Makes a record what it was right after one of its changes: what changed since is taken back in one write',
  on: { what: 'record', entity: '*', needs: 'write' },
  parameters: {
    change: { schema: { type: 'string', format: 'uuid' }, doc: '"id" of a change of record_history', required: true },
  },
  async run({ platform, context, parameters: { change }, entity, id }) {
    await restoreVersion(platform, context, { entity: entity!, id: id!, change: plainText(change) })
    return undefined
  },
}
