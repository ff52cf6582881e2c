// When each rollup was last looked at by a job, and what was found.
import { rollupStates } from '../../jobs/rollups.ts'
import type { Operation } from '../operation.ts'
import { customizersOnly, ofEntity, rollupsAsked } from '../rollups.ts'

export const operation: Operation = {
  name: 'rollup_state',
  kind: 'function',
  doc: 'Tells of each rollup when a job last compared or rebuilt it, how many records were wrong and some of their ids.',
  parameters: ofEntity,
  result: { schema: { type: 'object' } },
  refuses: customizersOnly,
  async run(call) {
    const states = await rollupStates(call.context.database, call.context, rollupsAsked(call))
    return { value: states.map((each) => ({ ...each, samples: [...each.samples] })) }
  },
}
