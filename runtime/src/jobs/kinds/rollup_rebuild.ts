// The job that works rollups out anew wherever they are not what they should be.
import type { JobKind } from '../job.ts'
import { lookAfter } from '../rollups.ts'

export const rollupRebuildJob: JobKind = {
  name: 'rollup_rebuild',
  attempts: 5,
  run: (job, platform) => lookAfter(job, platform, true),
}
