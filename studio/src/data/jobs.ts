// The durable work of the platform, for administrators: the newest jobs, kept fresh by what the server tells, and the two
// things one can do with a job.
import type { Job, JobState } from '@peyvand/core/answer/job.ts'
import { isJsonObject, textIn } from '@peyvand/core/base/json.ts'
import type { Problem } from '@peyvand/core/base/problem.ts'
import { fetchJson, problemOf } from './http.ts'
import { models } from './model.ts'

/** How many are listed. */
export const mostJobs = 100

/** The newest jobs, all or those in one state. throws: Problem */
export async function readJobs(state?: JobState): Promise<readonly Job[]> {
  const query = new URLSearchParams({ top: String(mostJobs), ...(state ? { state } : {}) })
  return (await fetchJson<{ value: readonly Job[] }>(`/api/jobs?${query.toString()}`)).value
}

/** One job. throws: Problem */
export const readJob = (id: string): Promise<Job> => fetchJson<Job>(`/api/jobs/${id}`)

/** Queues a job again, or stops it. Gives it as it is then. throws: Problem */
export function steer(job: Pick<Job, 'id'>, what: 'retry' | 'cancel'): Promise<Job> {
  return fetchJson<Job>(`/api/jobs/${job.id}/${what}`, { method: 'POST', body: {} })
}

/** What went wrong last. */
export function problemOfJob({ error }: Pick<Job, 'error'>): Problem | undefined {
  return error === null ? undefined : problemOf(500, error)
}

/** One thing it works on, in the words of the plan it comes from. */
export interface Piece {
  readonly step: string
  /** The entity and its column, as far as they are still known. */
  readonly where: string
}

/** What a job works on; none for a kind that does not say so. */
export function workOf({ payload }: Job): readonly Piece[] {
  const steps = payload['steps']
  if (!Array.isArray(steps)) return []
  return steps.filter(isJsonObject).map((step) => {
    const entity = models.model?.entityById.get(textIn(step, 'table'))
    const column = isJsonObject(step['column']) ? textIn(step['column'], 'name') : ''
    return { step: textIn(step, 'kind'), where: [entity?.name, column].filter(Boolean).join('.') }
  })
}
