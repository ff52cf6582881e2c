// What an actor may do with an entity at all, read off the roles: the deepest grant of each operation, and per field
// whether some role shows it and lets it be written. Row rules and single records are access's work; a test proves that
// access decides the same.
import type { Actor } from '../access/actor.ts'
import { maskNames, type MaskName } from '../types/mask.ts'
import { associationOf } from './intersect.ts'
import { readsOf } from './reads.ts'
import {
  operations,
  type Depth,
  type Entity,
  type Field,
  type FieldGrant,
  type FieldOperation,
  type Grant,
  type Model,
  type Operation,
  type Role,
} from './model.ts'

export interface Rights {
  /** The deepest grant of each operation; an operation that is absent is denied. */
  readonly depths: Readonly<Partial<Record<Operation, Depth>>>
  /** Names of fields the actor may not read: for the actor they do not exist. */
  readonly hidden: ReadonlySet<string>
  /** Names of fields the actor may read but not change. */
  readonly locked: ReadonlySet<string>
  /** Names of fields the actor may read but not give a new record. */
  readonly unset: ReadonlySet<string>
  /** How the values of fields are masked that the actor may not read in clear, by field name. */
  readonly masks: ReadonlyMap<string, MaskName>
}

const order: readonly Depth[] = ['own', 'unit', 'unit_tree', 'all']
const everything = Object.fromEntries(operations.map((operation) => [operation, 'all'])) as Record<Operation, Depth>
const allFields: Omit<Rights, 'depths'> = { hidden: new Set(), locked: new Set(), unset: new Set(), masks: new Map() }
/** Fields nobody can be kept from: a record cannot be addressed or changed without them. */
const always: ReadonlySet<string> = new Set(['id', 'version'])

/** Whether an actor has a privilege (`customize`, `administer`). */
export function hasPrivilege(model: Model, actor: Actor, privilege: string): boolean {
  return actor.system === true || rolesOf(model, actor).some((role) => role.privileges.includes(privilege))
}

/** What would change or take away a record. */
const changing: ReadonlySet<Operation> = new Set(['write', 'delete', 'assign'])

/** Whether no role opens an entity to an operation: what is only added to stays as it was written. */
export function isClosed(entity: Pick<Entity, 'appendOnly'>, operation: Operation): boolean {
  return entity.appendOnly === true && changing.has(operation)
}

/** Entities whose records say who somebody is and what they may do: whoever changes them gives rights. */
const deciding: ReadonlySet<string> = new Set([
  'user',
  'team',
  'team_member',
  'queue',
  'queue_member',
  'business_unit',
  'role_assignment',
])
const giving: ReadonlySet<Operation> = new Set(['create', 'write', 'delete', 'assign'])

/**
 * Whether a grant for every entity opens one of them to an operation. Records that decide about rights are changed by who may
 * administer, and by whom a role names for that: else whoever may write everything could make themselves anybody.
 */
export function isOfEvery(
  { privileges = [] }: { readonly privileges?: readonly string[] },
  entity: Pick<Entity, 'name'>,
  operation: Operation,
): boolean {
  return !giving.has(operation) || !deciding.has(entity.name) || privileges.includes('administer')
}

/** What an actor may do with the records of an entity. */
export function rightsOf(model: Model, actor: Actor, entity: Entity): Rights {
  if (actor.system === true) return { depths: everything, ...allFields }
  if (entity.intersect === true) return rightsOnLinks(model, actor, entity)
  const opening = openingRoles(model, actor, entity)
  return {
    depths: deepest(
      opening.map(({ depths }) => depths),
      entity,
    ),
    ...fieldRights(model, actor, entity),
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
    ...allFields,
  }
}

/** The actor's roles that open the entity at all, with how deep. */
function openingRoles(
  model: Model,
  actor: Actor,
  entity: Entity,
): readonly { readonly role: Role; readonly depths: Rights['depths'] }[] {
  return rolesOf(model, actor).flatMap((role) => {
    const depths = depthsIn(role, entity)
    return depths === undefined ? [] : [{ role, depths }]
  })
}

/** How deep a role opens an entity; neither of them ever changes, and every field of a model asks. */
const opened = new WeakMap<Role, WeakMap<Entity, Rights['depths'] | undefined>>()

function depthsIn(role: Role, entity: Entity): Rights['depths'] | undefined {
  let known = opened.get(role)
  if (known === undefined) opened.set(role, (known = new WeakMap()))
  if (!known.has(entity)) {
    const grants = role.grants.filter((grant) => grant.entity === entity.name || grant.entity === '*')
    const said = grants.map((grant) => saidBy(role, grant, entity))
    known.set(entity, grants.length === 0 ? undefined : deepest(said, entity))
  }
  return known.get(entity)
}

/** What a grant of a role, for one entity or for every, says of the entity. */
function saidBy(role: Role, grant: Grant, entity: Entity): Partial<Record<Operation, Depth>> {
  if (grant.entity !== '*') return grant
  const said = operations.filter((one) => grant[one] !== undefined && isOfEvery(role, entity, one))
  return Object.fromEntries(said.map((one) => [one, grant[one]!]))
}

/** The actor's roles that allow one of the operations on the entity. */
function rolesThat(model: Model, actor: Actor, entity: Entity, some: readonly Operation[]): Role[] {
  return openingRoles(model, actor, entity)
    .filter(({ depths }) => some.some((operation) => depths[operation] !== undefined))
    .map(({ role }) => role)
}

/** The operation that opens an entity for what is done to its fields. */
const opener: Readonly<Record<FieldOperation, Operation>> = { read: 'read', create: 'create', update: 'write' }

/** How much of a field's value the actor may read: in clear (undefined), masked, or that there is such a field is hidden. */
export function sightOf(model: Model, actor: Actor, entity: Entity, field: Field): MaskName | 'hidden' | undefined {
  if (always.has(field.name)) return undefined
  const readers = rolesThat(model, actor, entity, ['read'])
  const showing = readers.filter((role) => closingGrant(role, entity, field.name, 'read') === undefined)
  if (readers.length > 0 && showing.length === 0) return 'hidden'
  const hides = readsOf(model, entity, field).some(
    (place) =>
      (place.entity.id !== entity.id && rolesThat(model, actor, place.entity, ['read']).length === 0) ||
      sightOf(model, actor, place.entity, place.field) !== undefined,
  )
  return hides ? 'hidden' : maskOf(showing, entity, field.name)
}

/** The mask under which roles show a field: none where one of them shows it in clear, else what tells most. */
export function maskOf(showing: readonly Role[], entity: Entity, field: string): MaskName | undefined {
  const masks = showing.map((role) => grantsFor(role, entity, field).find(({ mask }) => mask !== undefined)?.mask)
  return masks.includes(undefined) ? undefined : maskNames.findLast((mask) => masks.includes(mask))
}

/** The actor's roles that the model knows. */
export function rolesOf(model: Model, actor: Actor): Role[] {
  return actor.roles.flatMap((name) => model.roles.get(name) ?? [])
}

/** A field is closed to what is done to it when every role that opens the entity for that closes it. */
function fieldRights(model: Model, actor: Actor, entity: Entity): Omit<Rights, 'depths'> {
  const hidden = new Set<string>()
  const masks = new Map<string, MaskName>()
  for (const field of entity.fields) {
    const sight = sightOf(model, actor, entity, field)
    if (sight === 'hidden') hidden.add(field.name)
    else if (sight !== undefined) masks.set(field.name, sight)
  }
  const closedTo = (doing: FieldOperation): Set<string> => {
    const roles = rolesThat(model, actor, entity, [opener[doing]])
    const closed = entity.fields.filter(
      ({ name }) => !always.has(name) && roles.every((role) => closingGrant(role, entity, name, doing) !== undefined),
    )
    return new Set(closed.map(({ name }) => name))
  }
  return { hidden, masks, locked: closedTo('update'), unset: closedTo('create') }
}

/** The grant with which a role closes a field to what is done to it; undefined when it leaves the field open. */
export function closingGrant(role: Role, entity: Entity, field: string, doing: FieldOperation): FieldGrant | undefined {
  return grantsFor(role, entity, field).find((grant) => closes(grant, doing))
}

function closes({ read, write, mask, ...grant }: FieldGrant, doing: FieldOperation): boolean {
  return doing === 'read' ? read === false && mask === undefined : (grant[doing] ?? write) === false
}

function grantsFor(role: Role, entity: Entity, field: string): readonly FieldGrant[] {
  return role.fields.filter((grant) => grant.entity === entity.name && grant.field === field)
}

/** Records without owners are everyone's, so any depth reaches all of them. */
function deepest(grants: readonly Readonly<Partial<Record<Operation, Depth>>>[], entity: Entity): Rights['depths'] {
  const depths: Partial<Record<Operation, Depth>> = {}
  for (const operation of operations) {
    if (isClosed(entity, operation)) continue
    const found = grants.flatMap((grant) => grant[operation] ?? [])
    if (found.length === 0) continue
    const widest = found.reduce((a, b) => (order.indexOf(b) > order.indexOf(a) ? b : a))
    depths[operation] = entity.ownership === 'organization' ? 'all' : widest
  }
  return depths
}
