// Jobs as they are listed: what is being done, how far it is, and what went wrong.
import type { JsonObject, JsonValue } from '../base/json.ts'

/** How far a job came, in the order in which they are shown. */
export const jobStates = ['running', 'queued', 'failed', 'done', 'cancelled'] as const
export type JobState = (typeof jobStates)[number]

/** How far a job is. unit: whatever the kind counts (rows, steps). */
export interface JobProgress {
  readonly done: number
  readonly total?: number
  /** Where to go on after a restart; the kind's own words. */
  readonly at?: string
  /** What is being done right now, in a few words; never a value of a record. */
  readonly says?: string
}

/** A job as it is listed. */
export interface Job {
  readonly id: string
  readonly kind: string
  readonly state: JobState
  readonly payload: JsonObject
  readonly progress: JobProgress | null
  readonly attempts: number
  readonly runAt: string
  readonly createdAt: string
  readonly createdBy: string | null
  readonly startedAt: string | null
  readonly finishedAt: string | null
  /** RFC 9457 members of what went wrong last; present on jobs that will be tried again too. */
  readonly error: JsonObject | null
  readonly result: JsonValue
}
