// Who sees much of an entity: a sample tells it once for each caller and entity, behind the first list they ask for. Decides
// when it is taken and how long it holds (as long as the caller stays the same); what follows from it is the core's business.
import type { Actor } from '@peyvand/core/access/actor.ts'
import { prepareSight } from '@peyvand/core/access/sight.ts'
import type { Entity, Id } from '@peyvand/core/model/model.ts'
import { much } from '@peyvand/core/query/sight.ts'
import type { Context } from '../context.ts'
import { observeError } from '../observe.ts'

const known = new WeakMap<Actor, Map<Id, boolean>>()

/** Whether the caller sees much of an entity, as far as that is known by now. */
export function seesMuch(context: Context, entity: Entity): boolean {
  let own = known.get(context.actor)
  if (own === undefined) known.set(context.actor, (own = new Map()))
  const sees = own.get(entity.id)
  if (sees !== undefined) return sees
  own.set(entity.id, false)
  void look(context, entity, own).catch((error: unknown) => observeError('sight', error))
  return false
}

async function look(context: Context, entity: Entity, own: Map<Id, boolean>): Promise<void> {
  const statement = prepareSight({ ...context, entity })
  if (statement === undefined) return
  const { rows } = await context.database.query<{ seen: number }>(statement)
  own.set(entity.id, (rows[0]?.seen ?? 0) >= much)
}
