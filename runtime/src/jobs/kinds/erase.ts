// The job that erases one person. It is told the erasure alone: who it is about is written nowhere in a job.
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Id } from '@peyvand/core/model/model.ts'
import type { Session } from '../../db/database.ts'
import { erasePerson } from '../../privacy/erase.ts'
import type { JobKind } from '../job.ts'
import { cancel, enqueue } from '../queue.ts'

export const eraseJob: JobKind = {
  name: 'erase',
  attempts: 8,
  async run(job, platform) {
    const { erasure } = job.payload as { erasure: Id }
    const counts = await erasePerson(platform, erasure, {
      at: job.progress?.at,
      signal: job.signal,
      hold: (session) => job.hold(session),
      report: (progress) => job.report({ ...progress, says: progress.at }),
    })
    return { ...counts } satisfies JsonObject
  },
  /** Half an erasure is none: what has begun goes on to its end. */
  async cancel({ id, state }, { database, schema }) {
    if (state === 'running')
      throw new Problem('conflict.locked', { detail: 'The erasure has begun and goes on to its end' })
    await cancel(database, schema, id)
  },
}

/** Puts the job of an erasure in; while one waits or works for it, it is that one. Gives its id. */
export function enqueueErase(session: Session, schema: string, erasure: Id, actor: Id): Promise<string> {
  return enqueue(session, schema, { kind: eraseJob.name, payload: { erasure }, unique: erasure, actor })
}
