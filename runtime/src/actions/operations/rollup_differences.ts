// Which stored rollups are not what they should be at this moment, with the values.
import { driftsIn } from '../../meta/drift.ts'
import type { Operation } from '../operation.ts'
import { customizersOnly, ofEntity, rollupsAsked } from '../rollups.ts'

/** Records that are named. */
const most = 100

export const operation: Operation = {
  name: 'rollup_differences',
  kind: 'function',
  doc: `Compares stored rollups with what they should be now and names up to ${most} that differ, with their values; on large tables rather ask rollup_check.`,
  parameters: ofEntity,
  result: { schema: { type: 'object' } },
  refuses: customizersOnly,
  async run(call) {
    const rollups = rollupsAsked(call)
    const differences = await driftsIn(call.context.database, call.context, rollups, most)
    return { rollups: rollups.length, differences: differences.map((each) => ({ ...each })) }
  },
}
