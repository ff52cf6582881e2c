// Works rollups out anew wherever they are not what they should be: asked for here, done by a job.
import type { Operation } from '../operation.ts'
import { askJob, customizersOnly, jobAsked, ofEntity } from '../rollups.ts'

export const operation: Operation = {
  name: 'rollup_rebuild',
  kind: 'action',
  doc: 'Has a job work rollups out anew wherever they are not what they should be, while people go on working.',
  parameters: ofEntity,
  result: jobAsked,
  refuses: customizersOnly,
  run: (call) => askJob(call, 'rollup_rebuild'),
}
