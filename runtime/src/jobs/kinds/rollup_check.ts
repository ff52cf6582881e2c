// The job that compares stored rollups with what they should be; it changes nothing.
import type { JobKind } from '../job.ts'
import { lookAfter } from '../rollups.ts'

export const rollupCheckJob: JobKind = {
  name: 'rollup_check',
  attempts: 5,
  run: (job, platform) => lookAfter(job, platform, false),
}
