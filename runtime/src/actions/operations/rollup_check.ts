// Are the stored rollups what they should be? A job looks at every record; what it found is told by rollup_state.
import type { Operation } from '../operation.ts'
import { askJob, customizersOnly, jobAsked, ofEntity } from '../rollups.ts'

export const operation: Operation = {
  name: 'rollup_check',
  kind: 'action',
  doc: 'Has a job compare the stored rollups of every record with what they should be, while people go on working.',
  parameters: ofEntity,
  result: jobAsked,
  refuses: customizersOnly,
  run: (call) => askJob(call, 'rollup_check'),
}
