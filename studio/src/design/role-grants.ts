// The matrix of a role, without the page: what stands in a cell, what gives it, what may stand there, and what becomes of the
// definition when cells, rules and reports are set. Nothing here paints, and nothing is checked: the check is the kind's.
import type { RoleDefinition } from '@peyvand/core/model/definition.ts'
import {
  operations,
  type Depth,
  type Entity,
  type GrantScope,
  type Model,
  type Operation,
} from '@peyvand/core/model/model.ts'
import { isClosed, isOfEvery } from '@peyvand/core/model/rights.ts'
import type { GrantDefinition } from '@peyvand/core/model/scopes.ts'
import { typeOf } from '@peyvand/core/types/index.ts'

/** How far an operation reaches: a depth, or a scope for people from outside. */
export type Reach = Depth | GrantScope
export type Grants = readonly GrantDefinition[]

/** From the narrowest on. */
export const depths = ['own', 'unit', 'unit_tree', 'all'] as const satisfies readonly Depth[]

/** The name that stands for every entity. */
export const every = '*'

/** What a cell of the matrix shows. */
export interface Cell {
  /** What the role says of this entity. */
  readonly own?: Reach
  /** What every entity is given, where that reaches further than what is said of this one. */
  readonly given?: Depth
  /** Nobody may do this here, whatever a role says: what is only added to stays as it was written. */
  readonly closed?: true
}

/** What of a role the matrix is about. */
export interface Granting {
  readonly grants: Grants
  readonly privileges?: readonly string[]
}

/** The cell of an entity, or of every entity when there is none. */
export function cellOf({ grants, ...role }: Granting, entity: Entity | undefined, operation: Operation): Cell {
  if (entity === undefined) return known(reachIn(grants, every, operation))
  if (isClosed(entity, operation)) return { closed: true }
  const own = fitting(entity, reachIn(grants, entity.name, operation))
  const of = isOfEvery(role, entity, operation) ? reachIn(grants, every, operation) : undefined
  const given = fitting(entity, of) as Depth | undefined
  // A right that a rule narrows is not the one that counts where every entity is given as much.
  const more = own === undefined ? 0 : widthOf(own) + (isLimited(grants, entity) ? 0 : 1)
  return { ...known(own), ...(given !== undefined && widthOf(given) >= more && { given }) }
}

function isLimited(grants: Grants, { name }: Entity): boolean {
  return grants.some(({ entity, rule }) => entity === name && rule !== undefined)
}

const known = (own: Reach | undefined): Cell => (own === undefined ? {} : { own })

function reachIn(grants: Grants, name: string, operation: Operation): Reach | undefined {
  const reach = grants.find(({ entity }) => entity === name)?.[operation]
  return typeof reach === 'object' && reach.scope === 'global' ? 'all' : reach
}

/** How far a depth reaches; a scope is no part of that order. */
const widthOf = (reach: Reach): number => (typeof reach === 'string' ? depths.indexOf(reach) : -1)

/** A depth as it acts on an entity: records without owners are everybody's. */
function fitting(entity: Entity | undefined, reach: Reach | undefined): Reach | undefined {
  return entity?.ownership === 'organization' && typeof reach === 'string' ? 'all' : reach
}

/** The depths that make a difference for an entity; all of them for every entity. */
export function depthsOf(entity: Entity | undefined): readonly Depth[] {
  return entity?.ownership === 'organization' ? ['all'] : depths
}

/** The scopes an entity can have: its ways to a contact and an account, and the lookups whose record could open it. */
export function scopesOf(model: Model, entity: Entity): readonly GrantScope[] {
  if (!model.entities.get('user')?.fields.some(({ name }) => name === 'contact')) return []
  const ways = entity.fields.flatMap((field) => {
    const link = field.system ? undefined : typeOf(field).link?.(field)
    return link === undefined || link.polymorphic ? [] : [{ name: field.name, target: link.targets[0]! }]
  })
  const through = (scope: 'contact' | 'account'): GrantScope[] => [
    ...(scope === 'account' && entity.name === scope ? [{ scope, through: 'id' }] : []),
    ...ways.filter(({ target }) => target === scope).map(({ name }) => ({ scope, through: name })),
  ]
  return [
    ...(entity.name === 'user' || entity.name === 'contact' ? [{ scope: 'self' } as const] : []),
    ...through('contact'),
    ...through('account'),
    ...ways.map(({ name }) => ({ scope: 'parent', through: name }) as const),
  ]
}

/** Whether two reaches are the same one. */
export function isSameReach(a: Reach | undefined, b: Reach | undefined): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b
  return a.scope === b.scope && a.through === b.through
}

/** Sets some operations of some entities at once; undefined takes them away. What cannot be there is left out. */
export function withReach(
  grants: Grants,
  entities: readonly (Entity | undefined)[],
  some: readonly Operation[],
  reach: Reach | undefined,
): Grants {
  return entities.reduce<Grants>((all, entity) => {
    const open = some.filter((operation) => entity === undefined || !isClosed(entity, operation))
    const fit = fitting(entity, reach)
    return changed(all, entity?.name ?? every, (grant) =>
      open.reduce((next, operation) => reaching(next, operation, fit), grant),
    )
  }, grants)
}

function reaching(grant: GrantDefinition, operation: Operation, reach: Reach | undefined): GrantDefinition {
  const { [operation]: _, reports = [], ...rest } = grant
  const left = typeof reach === 'string' ? reports : reports.filter((one) => one !== operation)
  return { ...rest, ...(reach !== undefined && { [operation]: reach }), ...(left.length > 0 && { reports: left }) }
}

/** Sets the rule of an entity's grant; an empty one takes it away. */
export function withRule(grants: Grants, name: string, rule: string): Grants {
  return changed(grants, name, (grant) => {
    const { rule: _, ...rest } = grant
    return rule.trim() === '' ? rest : { ...rest, rule }
  })
}

/** Says for which operations a grant also reaches what the people below own. */
export function withReports(grants: Grants, name: string, reports: readonly Operation[]): Grants {
  const said = operations.filter((operation) => reports.includes(operation))
  return changed(grants, name, (grant) => {
    const { reports: _, ...rest } = grant
    return said.length === 0 ? rest : { ...rest, reports: said }
  })
}

/** Operations for which reports make sense: those with a depth that leaves somebody's records out. */
export function reportable(grant: GrantDefinition | undefined): readonly Operation[] {
  return operations.filter((operation) => typeof grant?.[operation] === 'string' && grant[operation] !== 'all')
}

/** The grants with one of them changed; one that allows nothing is none. */
function changed(grants: Grants, name: string, change: (grant: GrantDefinition) => GrantDefinition): Grants {
  const at = grants.findIndex(({ entity }) => entity === name)
  const next = change(at < 0 ? { entity: name } : grants[at]!)
  const kept = operations.some((operation) => next[operation] !== undefined) ? [ordered(next)] : []
  return at < 0 ? [...grants, ...kept] : grants.toSpliced(at, 1, ...kept)
}

/** Operations in the order of the model, so that the same rights are always written the same way. */
function ordered({ entity, rule, reports, ...reaches }: GrantDefinition): GrantDefinition {
  return {
    entity,
    ...Object.fromEntries(operations.flatMap((one) => (reaches[one] === undefined ? [] : [[one, reaches[one]]]))),
    ...(rule !== undefined && { rule }),
    ...(reports !== undefined && { reports }),
  }
}

/** Names in grants and profiles that no entity has: what was taken away, to be taken out of the role too. */
export function strayNames({ grants = [], fields = [] }: RoleDefinition, model: Model): readonly string[] {
  const names = [...grants, ...fields].map(({ entity }) => entity)
  return [...new Set(names)].filter((name) => name !== every && !model.entities.has(name))
}

/** Takes out everything a role says of an entity. */
export function without(role: RoleDefinition, name: string): Pick<RoleDefinition, 'grants' | 'fields'> {
  const others = <T extends { readonly entity: string }>(parts: readonly T[] = []) =>
    parts.filter(({ entity }) => entity !== name)
  return { grants: others(role.grants), fields: others(role.fields) }
}
