// What an actor may do with an entity at all, read off the roles: the deepest grant of each operation, and per field
// whether some role shows it and lets it be written. Row rules and single records are access's work.
import type { Actor } from '../access/actor.ts'
import { operations, type Depth, type Entity, type Field, type Model, type Operation, type Role } from './model.ts'

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

/** The roles of a model that an actor has. */
export function rolesOf(model: Model, actor: Actor): Role[] {
  return actor.roles.flatMap((name) => model.roles.get(name) ?? [])
}

/** Whether an actor has a privilege (`customize`, `administer`). */
export function hasPrivilege(model: Model, actor: Actor, privilege: string): boolean {
  return actor.system === true || rolesOf(model, actor).some((role) => role.privileges.includes(privilege))
}

/** What an actor may do with the records of an entity. */
export function rightsOf(model: Model, actor: Actor, entity: Entity): Rights {
  if (actor.system === true) return { depths: everything, hidden: new Set(), locked: new Set(), masks: new Map() }
  const roles = rolesOf(model, actor).flatMap((role) => {
    const grants = role.grants.filter((grant) => grant.entity === entity.name || grant.entity === '*')
    return grants.length === 0
      ? []
      : [{ depths: deepest(grants), fields: role.fields.filter((grant) => grant.entity === entity.name) }]
  })
  return { depths: deepest(roles.map((role) => role.depths)), ...fieldRights(entity.fields, roles) }
}

type RoleRights = { readonly depths: Rights['depths']; readonly fields: Role['fields'] }

/** A field is hidden when every role that reads the entity hides it, locked when every role that writes it locks it. */
function fieldRights(
  fields: readonly Field[],
  roles: readonly RoleRights[],
): Pick<Rights, 'hidden' | 'locked' | 'masks'> {
  const readers = roles.filter((role) => role.depths.read !== undefined)
  const writers = roles.filter((role) => role.depths.write !== undefined || role.depths.create !== undefined)
  const grantFor = (role: RoleRights, field: Field) => role.fields.find((grant) => grant.field === field.name)
  const hidden = new Set<string>()
  const locked = new Set<string>()
  const masks = new Map<string, string>()
  for (const field of fields) {
    const showing = readers.filter((role) => grantFor(role, field)?.read !== false)
    if (showing.length === 0) hidden.add(field.name)
    const mask =
      showing.length > 0 && showing.every((role) => grantFor(role, field)?.mask !== undefined)
        ? grantFor(showing[0]!, field)!.mask
        : undefined
    if (mask !== undefined) masks.set(field.name, mask)
    const writable = writers.some(
      (role) => grantFor(role, field)?.write !== false && grantFor(role, field)?.read !== false,
    )
    if (!writable || mask !== undefined) locked.add(field.name)
  }
  return { hidden, locked, masks }
}

function deepest(grants: readonly Readonly<Partial<Record<Operation, Depth>>>[]): Partial<Record<Operation, Depth>> {
  const depths: Partial<Record<Operation, Depth>> = {}
  for (const operation of operations) {
    const found = grants.flatMap((grant) => grant[operation] ?? [])
    if (found.length > 0) depths[operation] = found.reduce((a, b) => (order.indexOf(b) > order.indexOf(a) ? b : a))
  }
  return depths
}
