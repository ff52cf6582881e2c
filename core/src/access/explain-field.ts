// Why an actor may read or write a field of records they reach, or not: who closes it, who masks it, what it is worked out from.
import type { Entity, Field, FieldOperation, Model, Operation } from '../model/model.ts'
import { readsOf } from '../model/reads.ts'
import { closingGrant } from '../model/rights.ts'
import { wireOf } from '../model/wire.ts'
import type { MaskName } from '../types/mask.ts'
import type { Actor } from './actor.ts'
import { mayField, maskOn, namedWire } from './field.ts'
import { grantsOf } from './grant.ts'

/** What comes of it: open, masked (reading), or why not. */
export type FieldVerdict = 'open' | 'masked' | 'closed' | 'hidden' | 'derived' | 'system'

export interface FieldReason {
  readonly field: string
  readonly verdict: FieldVerdict
  /** The roles that open the entity for this, and what each makes of the field. */
  readonly roles: readonly { readonly role: string; readonly closes: boolean; readonly mask?: MaskName }[]
  /** What it is worked out from and the actor may not read. */
  readonly from?: readonly { readonly entity: string; readonly field: string }[]
}

/** What is done to a field by an operation on its record; undefined where none is. */
function doingOf(operation: Operation): FieldOperation | undefined {
  if (operation === 'read' || operation === 'create') return operation
  if (operation === 'export') return 'read'
  return operation === 'write' || operation === 'assign' || operation === 'append' ? 'update' : undefined
}

/** Why the field can be read or written, or not; undefined when the operation does nothing to fields. */
export function explainField(
  model: Model,
  actor: Actor,
  entity: Entity,
  { field, operation }: { readonly field: Field; readonly operation: Operation },
): FieldReason | undefined {
  const doing = doingOf(operation)
  if (doing === undefined) return undefined
  const opener = doing === 'update' ? 'write' : doing
  const opening = [...new Set(grantsOf(model, actor, entity, opener).map(({ role }) => role))]
  const roles = opening.map((role) => {
    const mask = role.fields.find(
      (grant) => grant.entity === entity.name && grant.field === field.name && grant.mask,
    )?.mask
    return {
      role: role.name,
      closes: closingGrant(role, entity, field.name, doing) !== undefined,
      ...(mask === undefined || doing !== 'read' ? {} : { mask }),
    }
  })
  const closed = closedReads(model, actor, entity, field)
  const verdict = verdictOn(model, actor, entity, { field, doing, closed: closed.length > 0 })
  return { field: field.name, verdict, roles, ...(verdict === 'derived' ? { from: closed } : {}) }
}

function verdictOn(
  model: Model,
  actor: Actor,
  entity: Entity,
  { field, doing, closed }: { readonly field: Field; readonly doing: FieldOperation; readonly closed: boolean },
): FieldVerdict {
  if (doing === 'read') {
    if (mayField(model, actor, entity, field, 'read')) return 'open'
    if (maskOn(model, actor, entity, field) !== undefined) return 'masked'
    return closed ? 'derived' : 'closed'
  }
  const named = [...namedWire(model, actor, entity.id).properties.values()]
  if (!named.some((property) => property.field.name === field.name)) return 'hidden'
  const own = [...wireOf(model, entity).properties.values()].filter((property) => property.field.name === field.name)
  if (own.every(({ readOnly }) => readOnly)) return 'system'
  return mayField(model, actor, entity, field, doing) ? 'open' : 'closed'
}

/** What a value is worked out from that the actor may not read. */
function closedReads(model: Model, actor: Actor, entity: Entity, field: Field): NonNullable<FieldReason['from']> {
  return readsOf(model, entity, field).flatMap((place) => {
    const open =
      (place.entity.id === entity.id || grantsOf(model, actor, place.entity, 'read').length > 0) &&
      mayField(model, actor, place.entity, place.field, 'read')
    return open ? [] : [{ entity: place.entity.name, field: place.field.name }]
  })
}
