// How far grants reach: whose records, in which units, and whether shared ones too. Decides how several grants become one
// condition with at most one membership each for owners, units and shares; rules of grants are rule.ts's business.
import { ownersOf } from '../expression/asker.ts'
import type { Expression } from '../expression/tree.ts'
import type { Entity, Id, Model, Operation } from '../model/model.ts'
import { wireOf, type Property } from '../model/wire.ts'
import { hasShares, type Actor } from './actor.ts'
import type { EffectiveGrant } from './grant.ts'

/** What some grants reach together. */
export interface Reach {
  readonly all: boolean
  /** Words for units (`unitsOf`): where the depths beyond `own` count from. */
  readonly units: ReadonlySet<string>
  /** Records of the people below the actor too. */
  readonly reports: boolean
}

/** What a share can give away; the other operations are asked of roles alone. */
export const shareRights = [
  'read',
  'write',
  'delete',
  'assign',
  'share',
  'append',
  'append_to',
] as const satisfies readonly Operation[]
export type ShareRight = (typeof shareRights)[number]

/** Whether an operation can be given away by a share. */
export function isShareRight(operation: string): operation is ShareRight {
  return (shareRights as readonly string[]).includes(operation)
}

/** What grants reach together. */
export function reachOf(actor: Actor, grants: readonly EffectiveGrant[], operation: Operation): Reach {
  const units = new Set<string>()
  for (const { role, depth } of grants) {
    if (depth !== 'unit' && depth !== 'unit_tree') continue
    const from = actor.ranges?.has(role.name) ? role.name : ''
    if (from !== '' || actor.unit !== null) units.add(wordOf(depth, from))
  }
  for (const word of units) if (isTree(word)) units.delete(wordOf('unit', roleIn(word)))
  return {
    all: grants.some(({ depth }) => depth === 'all'),
    units,
    reports:
      (actor.reports ?? []).length > 0 && grants.some(({ grant }) => grant.reports?.includes(operation) === true),
  }
}

/** Whether one reach lies within another. */
export function isWithin(inner: Reach, outer: Reach): boolean {
  if (outer.all) return true
  const covers = (word: string) => outer.units.has(word) || outer.units.has(wordOf('unit_tree', roleIn(word)))
  return !inner.all && [...inner.units].every(covers) && (outer.reports || !inner.reports)
}

/** The rows of a reach; null for all. What is one's own, or one's teams', is in reach wherever it lies. */
export function reachRule(
  model: Model,
  actor: Actor,
  { entity, operation }: { readonly entity: Entity; readonly operation: Operation },
  reach: Reach,
): Expression | null {
  if (reach.all) return null
  const { properties } = wireOf(model, entity)
  const owner = properties.get('owner_id')
  const unit = properties.get('owning_unit_id')
  if (!owner || !unit) return never
  const parts = [
    ownerRule(owner, actor, reach.reports),
    ...(reach.units.size === 0 ? [] : [among(unit, unitsIn(actor, reach.units))]),
    ...(hasShares(actor, entity.id) && isShareRight(operation)
      ? [sharedRule(properties.get('id')!, operation, entity.id)]
      : []),
  ]
  return parts.length === 1 ? parts[0]! : call('or', ...parts)
}

function ownerRule(owner: Property, actor: Actor, reports: boolean): Expression {
  if (reports) return among(owner, asker('my_people'))
  return ownersOf(actor).length === 1 ? call('eq', value(owner), asker('me')) : among(owner, asker('my_owners'))
}

/** Whatever roles the units come from, they are one list. */
function unitsIn(actor: Actor, words: ReadonlySet<string>): Expression {
  const [only] = words
  if (words.size > 1 || roleIn(only!) !== '')
    return { op: 'call', function: '~units', args: [text([...words].sort().join(' '))], kind: 'uuid' }
  return isTree(only!) && actor.unitTree.length > 1 ? asker('my_units') : oneOf(asker('my_unit'))
}

function sharedRule(id: Property, right: ShareRight, entity: Id): Expression {
  return call('~shared', value(id), text(right), { op: 'literal', kind: 'uuid', value: entity })
}

const wordOf = (depth: 'unit' | 'unit_tree', role: string): string => (role === '' ? depth : `${depth}@${role}`)
const isTree = (word: string): boolean => word.startsWith('unit_tree')
const roleIn = (word: string): string => word.split('@')[1] ?? ''

const never: Expression = { op: 'literal', kind: 'boolean', value: false }

function value(property: Property): Expression {
  return { op: 'property', through: [], property, kind: property.kind }
}

function text(written: string): Expression {
  return { op: 'literal', kind: 'text', value: written }
}

function among(property: Property, list: Expression): Expression {
  return call('in', value(property), list)
}

/** A list of one. Equality with what may be null is `is not distinct from`, which no index serves; membership is `=`. */
function oneOf(item: Expression): Expression {
  return { op: 'list', items: [item], kind: 'uuid' }
}

function asker(name: string): Expression {
  return { op: 'call', function: name, args: [], kind: 'uuid' }
}

function call(name: string, ...args: readonly Expression[]): Expression {
  return { op: 'call', function: name, args, kind: 'boolean' }
}
