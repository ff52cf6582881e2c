// Deletes and assignments that reach more than one transaction takes, as durable jobs: with the rights of whoever asked, audited
// as theirs, continued after a kill. Such a job first looks and checks; until it has begun to change records it can be cancelled.
import type { Job } from '@peyvand/core/answer/job.ts'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Entity, Id } from '@peyvand/core/model/model.ts'
import type { Context } from '../context.ts'
import type { Session } from '../db/database.ts'
import type { RunningPlatform } from '../platform.ts'
import type { Task } from '../records/cascade/parts.ts'
import type { Target } from '../records/cascade/reach.ts'
import type { JobKind, RunningJob } from './job.ts'
import { cancel, enqueue } from './queue.ts'

/** What such a job is told. */
export interface CascadeOrder {
  /** Id of the entity: it may be renamed meanwhile. */
  readonly entity: Id
  readonly record: Id
  readonly user: Id
  /** The rights it was asked with: a key may have fewer than its user. */
  readonly roles: readonly string[]
  /** Who acted as the user. */
  readonly via?: Id
}

/** What a job says of itself once it changes records. */
const begun = 'changing'

/** Puts a job in; while one waits or works for the same record, it is that one. Gives its id. */
export function enqueueCascade(
  session: Session,
  { schema, actor }: Context,
  kind: 'delete' | 'assign',
  { entity, id }: Target,
  more: JsonObject = {},
): Promise<string> {
  const payload = {
    entity: entity.id,
    record: id,
    user: actor.user,
    roles: [...actor.roles],
    ...more,
    ...(actor.via === undefined ? {} : { via: actor.via }),
  }
  return enqueue(session, schema, { kind, payload, unique: `${entity.id}/${id}`, actor: actor.user })
}

/** A kind of such job, by what it does with its record. */
export function cascadeKind(
  name: 'delete' | 'assign',
  work: (
    platform: RunningPlatform,
    context: Context,
    asked: { readonly target: Target; readonly payload: JsonObject },
    task: Task,
  ) => Promise<number>,
): JobKind {
  return {
    name,
    attempts: 8,
    async run(job, platform) {
      const order = job.payload as unknown as CascadeOrder
      const actor = await platform.actorOf(order.user, order.roles, order.via)
      if (actor === undefined)
        throw new Problem('auth.invalid', { detail: 'The account that asked is not active any more' })
      const context = platform.contextFor(actor, 'en', job.id)
      const target = { entity: entityOf(context, order), id: order.record }
      return { records: await work(platform, context, { target, payload: job.payload }, taskOf(job)) }
    },
    cancel: refuseWhenBegun,
  }
}

function entityOf({ model }: Context, { entity: id }: CascadeOrder): Entity {
  const entity = model.entityById.get(id)
  if (entity !== undefined) return entity
  throw new Problem('missing.path', { detail: 'The entity of the record is not there any more' })
}

/** The job as the work knows it. A resumed one counts on from where it was. */
function taskOf(job: RunningJob): Task {
  const hasBegun = job.progress?.says === begun
  const before = hasBegun ? job.progress.done : 0
  const tell = (done: number, total: number) => job.report({ done: before + done, total: before + total, says: begun })
  return { hasBegun, hold: (session) => job.hold(session), begin: (total) => tell(0, total), report: tell }
}

/** Half a delete is none: what has begun goes on to its end. The job's row is locked, so that it cannot begin meanwhile. */
async function refuseWhenBegun({ id }: Job, { database, schema }: RunningPlatform): Promise<void> {
  await database.transaction(async (session) => {
    const { rows } = await session.query<{ says: string | null }>({
      text: `select j.progress ->> 'says' as "says" from "${schema}"._job j where j.id = $1::uuid for update`,
      values: [id],
    })
    if (rows[0]?.says === begun)
      throw new Problem('conflict.locked', {
        detail: 'The job has begun to change records and goes on to its end',
        hint: 'It can be cancelled while it still counts and checks',
      })
    await cancel(session, schema, id)
  })
}
