// Works rollups out anew, whatever is stored.
import { rebuildInParts } from '../../meta/rollup.ts'
import type { Operation } from '../operation.ts'
import { customizersOnly, ofEntity, rollupsAsked } from '../rollups.ts'

export const operation: Operation = {
  name: 'rollup_rebuild',
  kind: 'action',
  doc: 'Works out rollups anew for every record, and says how many were other than they should be.',
  parameters: ofEntity,
  result: { schema: { type: 'object' } },
  refuses: customizersOnly,
  async run(call) {
    const rollups = rollupsAsked(call)
    return { rollups: rollups.length, changed: await rebuildInParts(call.context.database, call.context, rollups) }
  },
}
