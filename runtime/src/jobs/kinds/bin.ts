// The job that empties the recycle bin: what has been in it for BIN_DAYS goes for good. Queued a few times a day by whichever
// process serves; two of them make one job.
import { emptyBin } from '../../meta/bin.ts'
import type { RunningPlatform } from '../../platform.ts'
import { fewTimesADay, regularly } from '../../regularly.ts'
import type { JobKind } from '../job.ts'
import { enqueue } from '../queue.ts'

export const binJob: JobKind = {
  name: 'bin',
  attempts: 5,
  run: async (_job, { database, schema, config }) => ({ dropped: await emptyBin(database, schema, config.binDays) }),
}

/** Has the bin emptied soon and then a few times a day, until stopped. */
export function keepBinEmpty({ database, schema }: Pick<RunningPlatform, 'database' | 'schema'>): () => void {
  return regularly('recycle bin', fewTimesADay(60_000), () =>
    enqueue(database, schema, { kind: binJob.name, payload: {}, unique: 'bin' }),
  )
}
