// Whose a record is that is being written: the caller's, in their unit, unless an owner is given. Whether the caller may give
// it away is permit.ts's question.
import { valueText } from '../base/kind.ts'
import type { Expression } from '../expression/tree.ts'
import type { Model } from '../model/model.ts'
import { wireOf, type Navigation, type WireEntity } from '../model/wire.ts'
import type { LinkTarget } from '../query/write-plan.ts'
import { writerOf } from './actor.ts'
import type { Values, WriteRequest } from './write.ts'

/** A write request with what it sets on an old and on a new record. */
export interface Write extends WriteRequest {
  readonly wire: WireEntity
  readonly update: Values
  readonly insert: Values
  /** What of a new record follows from who makes it: the same for all that one request makes. */
  readonly own: Values
  /** The caller named an owner who is not themselves. */
  readonly ownerGiven: boolean
}

/** A new record belongs to whoever makes it, in their unit, unless an owner is given. */
export function withOwner(request: WriteRequest): Write {
  const { model, actor, entity, operation, values = {} } = request
  const wire = wireOf(model, entity)
  const changes = operation === 'update' || operation === 'upsert'
  const update = changes ? values : {}
  const whole = operation === 'create' || operation === 'upsert' ? (request.create ?? values) : undefined
  const given = (update['owner_id'] ?? whole?.['owner_id'] ?? null) as string | null
  const ownerGiven = given !== null && given !== actor.user
  const owned =
    whole && wire.properties.has('owner_id') && whole['owner_id'] == null && writerOf(actor) !== null && !actor.system
  const owner: Values = owned
    ? { owner_id: actor.user, owner_type: 'user', owning_unit_id: actor.unit }
    : !ownerGiven && given !== null
      ? { owning_unit_id: actor.unit }
      : {}
  const insert = whole ? { id: request.id, ...whole, ...owner } : {}
  return {
    ...request,
    wire,
    insert,
    own: owner,
    update: given === actor.user && 'owner_id' in update ? { ...update, owning_unit_id: actor.unit } : update,
    ownerGiven,
  }
}

/** Whether a record is given to somebody. */
export function changesOwner({ operation, update, actor }: Write): boolean {
  return (operation === 'update' || operation === 'upsert') && 'owner_id' in update && !actor.system
}

/** The entity of an owner who is not the caller; their unit has to be looked up. */
export function ownerType({ ownerGiven, update, insert, model }: Write): string | undefined {
  if (!ownerGiven) return undefined
  const name = valueText(update['owner_type'] ?? insert['owner_type'] ?? 'user')
  const entity = model.entities.get(name)
  return entity && wireOf(model, entity).properties.has('unit_id') ? name : undefined
}

/** Teams that only give access own nothing: as an owner such a team is not there. */
export function owningOnly(model: Model, target: Navigation): LinkTarget {
  const entity = model.entityById.get(target.target)!
  const kind = entity.name === 'team' ? wireOf(model, entity).properties.get('kind') : undefined
  if (kind === undefined) return target
  const args: Expression[] = [
    { op: 'property', through: [], property: kind, kind: 'text' },
    { op: 'literal', kind: 'text', value: 'access' },
  ]
  return { ...target, only: { op: 'call', function: 'ne', args, kind: 'boolean' } }
}
