// What an actor may do with an entity at all, read off the roles: the deepest grant of each operation, and per field
// whether some role shows it and lets it be written. Row rules and single records are access's work; a test proves that
// access decides the same.
import type { Actor } from '../access/actor.ts'
import { associationOf } from './intersect.ts'
import { readsOf } from './reads.ts'
import {
  operations,
  type Depth,
  type Entity,
  type Field,
  type FieldGrant,
  type Model,
  type Operation,
  type Role,
} from './model.ts'

export interface Rights {
  /** The deepest grant of each operation; an operation that is absent is denied. */
  readonly depths: Readonly<Partial<Record<Operation, Depth>>>
  /** Names of fields the actor may not read: for the actor they do not exist. */
  readonly hidden: ReadonlySet<string>
  /** Names of fields the actor may read but not write. */
  readonly locked: ReadonlySet<string>
  /** How a field's values are masked, by field name. */
  readonly masks: ReadonlyMap<string, string>
}

const order: readonly Depth[] = ['own', 'unit', 'unit_tree', 'all']
const everything = Object.fromEntries(operations.map((operation) => [operation, 'all'])) as Record<Operation, Depth>
/** Fields nobody can be kept from: a record cannot be addressed or changed without them. */
const always: ReadonlySet<string> = new Set(['id', 'version'])

/** Whether an actor has a privilege (`customize`, `administer`). */
export function hasPrivilege(model: Model, actor: Actor, privilege: string): boolean {
  return actor.system === true || rolesOf(model, actor).some((role) => role.privileges.includes(privilege))
}

/** What an actor may do with the records of an entity. */
export function rightsOf(model: Model, actor: Actor, entity: Entity): Rights {
  if (actor.system === true) return { depths: everything, hidden: new Set(), locked: new Set(), masks: new Map() }
  if (entity.intersect === true) return rightsOnLinks(model, actor, entity)
  const opening = openingRoles(model, actor, entity)
  const withAny = (...some: readonly Operation[]): Role[] => rolesThat(model, actor, entity, some)
  return {
    depths: deepest(
      opening.map(({ depths }) => depths),
      entity,
    ),
    ...fieldRights(model, actor, entity, withAny('write', 'create')),
  }
}

/** Links follow their ends: see access/intersect.ts, which a test holds this to. */
function rightsOnLinks(model: Model, actor: Actor, entity: Entity): Rights {
  const { from, to } = associationOf(model, entity)!
  const [a, b] = [from, to].map((end) => rightsOf(model, actor, model.entities.get(end.entity)!).depths) as [
    Rights['depths'],
    Rights['depths'],
  ]
  const links =
    (a.append !== undefined && b.append_to !== undefined) || (a.append_to !== undefined && b.append !== undefined)
  const may = (operation: Operation): boolean =>
    operation === 'create' || operation === 'delete' || operation === 'write'
      ? links
      : a[operation] !== undefined && b[operation] !== undefined
  return {
    depths: Object.fromEntries(operations.filter(may).map((operation) => [operation, 'all'])),
    hidden: new Set(),
    locked: new Set(),
    masks: new Map(),
  }
}

/** The actor's roles that open the entity at all, with how deep. */
function openingRoles(
  model: Model,
  actor: Actor,
  entity: Entity,
): readonly { readonly role: Role; readonly depths: Rights['depths'] }[] {
  return rolesOf(model, actor).flatMap((role) => {
    const grants = role.grants.filter((grant) => grant.entity === entity.name || grant.entity === '*')
    return grants.length === 0 ? [] : [{ role, depths: deepest(grants, entity) }]
  })
}

/** The actor's roles that allow one of the operations on the entity. */
function rolesThat(model: Model, actor: Actor, entity: Entity, some: readonly Operation[]): Role[] {
  return openingRoles(model, actor, entity)
    .filter(({ depths }) => some.some((operation) => depths[operation] !== undefined))
    .map(({ role }) => role)
}

/** Whether every role that reads the entity hides the field, or the field is a formula over one the actor may not read. */
function isHidden(model: Model, actor: Actor, entity: Entity, field: Field): boolean {
  if (always.has(field.name)) return false
  const readers = rolesThat(model, actor, entity, ['read'])
  if (readers.length > 0 && readers.every((role) => closingGrant(role, entity, field.name, 'read') !== undefined))
    return true
  return readsOf(model, entity, field).some(
    (place) =>
      (place.entity.id !== entity.id && rolesThat(model, actor, place.entity, ['read']).length === 0) ||
      isHidden(model, actor, place.entity, place.field),
  )
}

/** The actor's roles that the model knows. */
export function rolesOf(model: Model, actor: Actor): Role[] {
  return actor.roles.flatMap((name) => model.roles.get(name) ?? [])
}

/** A field is hidden when every role that reads the entity hides it, locked when every role that writes it locks it. */
function fieldRights(
  model: Model,
  actor: Actor,
  entity: Entity,
  writers: readonly Role[],
): Pick<Rights, 'hidden' | 'locked' | 'masks'> {
  const readers = rolesThat(model, actor, entity, ['read'])
  const hidden = new Set<string>()
  const locked = new Set<string>()
  const masks = new Map<string, string>()
  for (const field of entity.fields) {
    const { name } = field
    if (always.has(name)) continue
    const showing = readers.filter((role) => closingGrant(role, entity, name, 'read') === undefined)
    if (isHidden(model, actor, entity, field)) hidden.add(name)
    if (writers.every((role) => closingGrant(role, entity, name, 'write') !== undefined)) locked.add(name)
    const masking = showing.map((role) => grantsFor(role, entity, name).find(({ mask }) => mask !== undefined)?.mask)
    if (masking[0] !== undefined && !masking.includes(undefined)) masks.set(name, masking[0])
  }
  return { hidden, locked, masks }
}

/** The grant with which a role closes a field to reading or writing; undefined when it leaves the field open. */
export function closingGrant(
  role: Role,
  entity: Entity,
  field: string,
  doing: 'read' | 'write',
): FieldGrant | undefined {
  return grantsFor(role, entity, field).find((grant) => grant[doing] === false)
}

function grantsFor(role: Role, entity: Entity, field: string): readonly FieldGrant[] {
  return role.fields.filter((grant) => grant.entity === entity.name && grant.field === field)
}

/** Records without owners are everyone's, so any depth reaches all of them. */
function deepest(grants: readonly Readonly<Partial<Record<Operation, Depth>>>[], entity: Entity): Rights['depths'] {
  const depths: Partial<Record<Operation, Depth>> = {}
  for (const operation of operations) {
    const found = grants.flatMap((grant) => grant[operation] ?? [])
    if (found.length === 0) continue
    const widest = found.reduce((a, b) => (order.indexOf(b) > order.indexOf(a) ? b : a))
    depths[operation] = entity.ownership === 'organization' ? 'all' : widest
  }
  return depths
}
