// The job that does what a model change left over: fills, checks, indexes and conversions on large tables. When it fails for
// good the whole change is taken back, so that the model never promises what the tables do not have.
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { systemActor } from '@peyvand/core/access/actor.ts'
import type { Database, Session } from '../../db/database.ts'
import { workOn } from '../../meta/online/work.ts'
import type { OpenJob, SchemaJobs, SchemaWork } from '../../meta/work.ts'
import { observeError } from '../../observe.ts'
import type { JobKind } from '../job.ts'
import { cancel, enqueue, retry } from '../queue.ts'

const name = 'schema'

export const schemaJob: JobKind = {
  name,
  attempts: 12,
  run: (job, platform) => workOn(platform, workIn(job.payload), job),
  async failed({ payload }, platform) {
    await platform.publisher
      .undo(workIn(payload).change, systemActor)
      .catch((error: unknown) => observeError('take back', error))
  },
  async cancel({ payload }, platform, actor) {
    await platform.publisher.undo(workIn(payload).change, actor)
  },
}

function workIn(payload: JsonObject): SchemaWork {
  return payload as unknown as SchemaWork
}

/** How publishing reaches its jobs. */
export function schemaJobs(database: Database, schema: string): SchemaJobs {
  const openOf = async (session: Session, change?: string): Promise<OpenJob[]> => {
    const { rows } = await session.query<{ id: string; payload: SchemaWork }>({
      text: `select j.id, j.payload from "${schema}"._job j
        where j.kind = $1 and (j.state in ('queued', 'running') or j.state = 'failed' and exists (
          select 1 from "${schema}"._history h where h.id = (j.payload ->> 'change')::uuid and h.undone_by is null))
          and ($2::text is null or j.payload ->> 'change' = $2)`,
      values: [name, change ?? null],
    })
    return rows.map(({ id, payload }) => ({
      id,
      change: payload.change,
      tables: payload.steps.flatMap((step) => [
        typeof step.table === 'string' ? step.table : step.table.id,
        ...(step.kind === 'move_values' ? [step.source] : []),
      ]),
    }))
  }
  return {
    enqueue: (session, { actor, ...work }) =>
      enqueue(session, schema, { kind: name, payload: { ...work } as unknown as JsonObject, actor }),
    open: (session) => openOf(session),
    cancel: async (change) => {
      const stopped: string[] = []
      for (const { id } of await openOf(database, change)) if (await cancel(database, schema, id)) stopped.push(id)
      return stopped
    },
    retry: async (id) => void (await retry(database, schema, id)),
  }
}
