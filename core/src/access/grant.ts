// What an actor's roles grant: union over roles, widest depth wins, `*` stands for every entity. Also what of an actor the
// compiled SQL depends on: roles, how many owners and units, of what something is shared, but not who they are.
import { ownersOf } from '../expression/asker.ts'
import type { Depth, Entity, Grant, Model, Operation, Role } from '../model/model.ts'
import { isClosed, isOfEvery, rolesOf } from '../model/rights.ts'
import type { Actor } from './actor.ts'
import { linkDepth } from './intersect.ts'

export interface EffectiveGrant {
  readonly role: Role
  readonly grant: Grant
  /** `all` where the entity has no owners. */
  readonly depth: Depth
}

export const depths = ['own', 'unit', 'unit_tree', 'all'] as const satisfies readonly Depth[]

/** Every grant of the actor's roles that allows the operation on the entity. */
export function grantsOf(model: Model, actor: Actor, entity: Entity, operation: Operation): EffectiveGrant[] {
  if (isClosed(entity, operation)) return []
  return rolesOf(model, actor).flatMap((role) =>
    role.grants.flatMap((grant) => {
      const depth = grant[operation]
      const speaks = grant.entity === '*' ? isOfEvery(role, entity, operation) : grant.entity === entity.name
      if (depth === undefined || !speaks) return []
      return [{ role, grant, depth: entity.ownership === 'organization' ? 'all' : depth }]
    }),
  )
}

/** The widest depth of an operation on an entity, rules aside; undefined when it is denied. */
export function depthOf(model: Model, actor: Actor, entity: Entity, operation: Operation): Depth | undefined {
  if (actor.system) return 'all'
  if (entity.intersect) return linkDepth(model, entity, operation, (end, doing) => depthOf(model, actor, end, doing))
  return widest(grantsOf(model, actor, entity, operation).map(({ depth }) => depth))
}

/** The widest of some depths. */
export function widest(some: readonly Depth[]): Depth | undefined {
  return some.reduce<Depth | undefined>(
    (best, depth) => (best === undefined || depths.indexOf(depth) > depths.indexOf(best) ? depth : best),
    undefined,
  )
}

const keys = new WeakMap<Actor, string>()

/** Equal for actors whose compiled statements are the same text: who they are comes in as parameters. */
export function accessKey(actor: Actor): string {
  let key = keys.get(actor)
  if (key === undefined) keys.set(actor, (key = keyOf(actor)))
  return key
}

/** A role that counts from units of its own is another one than the same role elsewhere. */
function keyOf(actor: Actor): string {
  if (actor.system) return 'system'
  const { roles, ranges, unit, unitTree, reports = [], shared = [] } = actor
  const owners = ownersOf(actor).length > 1 ? 'teams' : 'me'
  const units = unit === null ? 'none' : unitTree.length > 1 ? 'tree' : 'one'
  const named = [...new Set(roles)].sort().map((role) => (ranges?.has(role) ? `${role}@` : role))
  const more = [
    ...(reports.length > 0 ? ['reports'] : []),
    ...(shared === 'any' ? [shared] : shared.length > 0 ? [[...shared].sort().join('+')] : []),
  ]
  return [named.join(','), owners, units, ...more].join(';')
}
