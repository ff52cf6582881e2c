// Which stored rollups are not what they should be at this moment, with the values.
import { readsWhole } from '@peyvand/core/access/learned.ts'
import { driftsIn } from '../../meta/drift.ts'
import type { Operation } from '../operation.ts'
import { customizersOnly, ofEntity, rollupsAsked } from '../rollups.ts'

/** Records that are named. */
const most = 100

export const operation: Operation = {
  name: 'rollup_differences',
  kind: 'function',
  doc: `Compares stored rollups with what they should be now and names up to ${most} that differ, with their values, as far as you may read all of them; on large tables rather ask rollup_check.`,
  parameters: ofEntity,
  result: { schema: { type: 'object' } },
  refuses: customizersOnly,
  async run(call) {
    const { model, actor } = call.context
    // Looking after rollups gives no right to read them.
    const rollups = rollupsAsked(call).filter(({ parent, field }) => readsWhole(model, actor, parent, field))
    const differences = await driftsIn(call.context.database, call.context, rollups, most)
    return { rollups: rollups.length, differences: differences.map((each) => ({ ...each })) }
  },
}
