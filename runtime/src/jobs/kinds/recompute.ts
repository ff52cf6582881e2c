// The job that works out amounts in the base currency anew, a page at a time; a resumed one goes on behind its last page.
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Session } from '../../db/database.ts'
import type { Context } from '../../context.ts'
import { recomputePage, type Recomputing } from '../../records/recompute.ts'
import type { JobKind } from '../job.ts'
import { enqueue } from '../queue.ts'

const name = 'recompute'

export const recomputeJob: JobKind = {
  name,
  attempts: 5,
  async run(job, platform) {
    const { entity: entityName, filter, user, roles, via } = payloadOf(job.payload)
    const actor = await platform.actorOf(user, roles, via)
    if (actor === undefined)
      throw new Problem('auth.invalid', { detail: 'The account that asked is not active any more' })
    const context = platform.contextFor(actor)
    const entity = context.model.entities.get(entityName)
    if (entity === undefined)
      throw new Problem('missing.path', { detail: `There is no entity "${entityName}" any more` })
    let changed = Number(job.progress?.says?.split(' ')[0] ?? 0)
    let done = job.progress?.done ?? 0
    for (let after = job.progress?.at; ;) {
      job.signal.throwIfAborted()
      const page = await recomputePage(platform, context, { entity, filter }, after)
      changed += page.changed
      done += page.seen
      if (page.last === undefined) return { seen: done, changed }
      after = page.last
      await job.report({ done, at: after, says: `${changed} changed` })
    }
  },
}

interface Payload {
  readonly entity: string
  readonly filter: string
  readonly user: string
  /** The rights it was asked with: a key may have fewer than its user. */
  readonly roles: readonly string[]
  /** Who acted as the user. */
  readonly via?: string
}

function payloadOf(payload: JsonObject): Payload {
  return payload as unknown as Payload
}

/** Puts the job in. Gives its id. */
export function enqueueRecompute(
  session: Session,
  { schema, actor }: Context,
  { entity, filter }: Recomputing,
): Promise<string> {
  const payload = {
    entity: entity.name,
    filter,
    user: actor.user,
    roles: [...actor.roles],
    ...(actor.via === undefined ? {} : { via: actor.via }),
  }
  return enqueue(session, schema, { kind: name, payload, actor: actor.user })
}
