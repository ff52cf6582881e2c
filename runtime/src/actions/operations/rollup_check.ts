// Are the stored rollups what they should be?
import { checkRollups } from '../../meta/rollup.ts'
import type { Operation } from '../operation.ts'
import { customizersOnly, ofEntity, rollupsAsked } from '../rollups.ts'

export const operation: Operation = {
  name: 'rollup_check',
  kind: 'function',
  doc: 'Compares stored rollups with what they should be and names the records that differ.',
  parameters: ofEntity,
  result: { schema: { type: 'object' } },
  refuses: customizersOnly,
  async run(call) {
    const rollups = rollupsAsked(call)
    const differences = await checkRollups(call.context.database, call.context, rollups)
    return { rollups: rollups.length, differences: differences.map((each) => ({ ...each })) }
  },
}
