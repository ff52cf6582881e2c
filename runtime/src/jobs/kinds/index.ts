// The kinds of jobs this platform knows: one file each, one line here.
import type { JobKind } from '../job.ts'
import { assignJob } from './assign.ts'
import { auditRetentionJob, auditVerifyJob } from './audit.ts'
import { binJob } from './bin.ts'
import { deleteJob } from './delete.ts'
import { eraseJob } from './erase.ts'
import { importJobs } from './import.ts'
import { recomputeJob } from './recompute.ts'
import { rollupCheckJob } from './rollup_check.ts'
import { rollupRebuildJob } from './rollup_rebuild.ts'
import { schemaJob } from './schema.ts'

export const jobKinds: readonly JobKind[] = [
  assignJob,
  auditRetentionJob,
  auditVerifyJob,
  binJob,
  deleteJob,
  eraseJob,
  ...importJobs,
  recomputeJob,
  rollupCheckJob,
  rollupRebuildJob,
  schemaJob,
]
