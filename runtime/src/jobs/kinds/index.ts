// The kinds of jobs this platform knows: one file each, one line here.
import type { JobKind } from '../job.ts'
import { binJob } from './bin.ts'
import { recomputeJob } from './recompute.ts'
import { rollupCheckJob } from './rollup_check.ts'
import { rollupRebuildJob } from './rollup_rebuild.ts'
import { schemaJob } from './schema.ts'

export const jobKinds: readonly JobKind[] = [binJob, recomputeJob, rollupCheckJob, rollupRebuildJob, schemaJob]
