// What a job is: one durable unit of work, kept in the tenant's schema beside the records it works on. Decides the words
// (states, progress) and the contract of a kind; how jobs are kept is queue.ts, how they are run worker.ts.
import type { Job, JobProgress } from '@peyvand/core/answer/job.ts'
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import type { Actor } from '@peyvand/core/access/actor.ts'
import type { Session } from '../db/database.ts'
import type { RunningPlatform } from '../platform.ts'

/** A job to be done. */
export interface NewJob {
  readonly kind: string
  readonly payload: JsonObject
  /** Not before this moment; absent: at once. */
  readonly runAt?: Date
  /** While a job of the kind with this key waits or runs, no second one is made. */
  readonly unique?: string
  /** Who caused it. */
  readonly actor?: string
}

/** A job while it runs. Everything it writes goes through `transaction`, so that a worker that lost its lease writes nothing. */
export interface RunningJob {
  readonly id: string
  readonly payload: JsonObject
  /** 1 on the first try. */
  readonly attempt: number
  readonly progress: JobProgress | null
  /** Aborted when the job was cancelled, its lease was lost, or the server stops. */
  readonly signal: AbortSignal
  /** One transaction that only commits while this worker still holds the job. throws: LostJob. */
  transaction<T>(
    work: (session: Session) => Promise<T>,
    options?: { readonly lockTimeout?: number; readonly statementTimeout?: number },
  ): Promise<T>
  /** The same for a transaction that somebody else opens: called first in it. throws: LostJob. */
  hold(session: Session): Promise<void>
  /** Keeps how far it is; a resumed job finds it in `progress`. throws: LostJob. */
  report(progress: JobProgress): Promise<void>
}

/** A kind of job: one file in kinds/. */
export interface JobKind {
  readonly name: string
  /** How often it is tried before it counts as failed. */
  readonly attempts: number
  /** Does the work; may be run again from the start at any time. Gives the result that is kept. */
  run(job: RunningJob, platform: RunningPlatform): Promise<JsonValue>
  /** What follows when it has failed for good. */
  failed?(job: Job, platform: RunningPlatform): Promise<void>
  /** Cancelling means more than not going on. */
  cancel?(job: Job, platform: RunningPlatform, actor: Actor): Promise<void>
}

/** The job is no longer this worker's: cancelled, or taken over by another. */
export class LostJob extends Error {
  constructor() {
    super('the job is no longer held by this worker')
    this.name = 'LostJob'
  }
}
