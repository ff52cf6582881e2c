// A random world: entities with fields of many kinds and ways between them, roles, units, people, teams, queues, records and
// shares. Everything follows from the seed and the engine has seen nothing of it; stage.ts publishes and loads it.
import type { Random } from '../support/random.ts'
import type { Condition } from './condition.ts'
import { nobody } from './id.ts'
import type { Operation } from './operation.ts'
import { drawPeople, drawUnits } from './people.ts'
import { drawLinks, drawPortal, drawRecords, drawShares } from './records.ts'
import { closeExtras, drawRoles, roleDefinition } from './roles.ts'
import { Shape, State, type Bond, type Part, type Thing } from './state.ts'
import { drawThings, entityDefinition, extraFields } from './things.ts'

export type Mask = 'all' | 'initials' | 'last4' | 'domain'
export type Depth = 'own' | 'unit' | 'unit_tree' | 'all'
export interface Scope {
  readonly scope: 'global' | 'self' | 'contact' | 'account' | 'parent'
  readonly through?: string
}

export type Grant = { readonly [operation in Operation]?: Depth | Scope } & {
  readonly entity: string
  readonly rule?: Condition
  readonly reports?: readonly Operation[]
}

export interface FieldGrant {
  readonly entity: string
  readonly field: string
  readonly read?: boolean
  readonly write?: boolean
  readonly create?: boolean
  readonly update?: boolean
  readonly mask?: Mask
}

export interface Role {
  readonly name: string
  readonly grants: readonly Grant[]
  readonly fields: readonly FieldGrant[]
}

/** Somebody who asks: a user, by a key that may be limited to some roles, or nobody, without one. */
export interface Asker {
  readonly user: string
  readonly name: string
  readonly roles?: readonly string[]
}

export interface World {
  readonly seed: number
  readonly shape: Shape
  /** Names of the entities that were drawn; the others of the shape are people's. */
  readonly drawn: readonly string[]
  readonly roles: ReadonlyMap<string, Role>
  readonly state: State
  readonly askers: readonly Asker[]
  /** What is published. */
  readonly definitions: readonly object[]
}

const entityNames = ['contact', 'account', 'ship', 'port', 'crew', 'cargo', 'berth', 'voyage', 'wharf']

const people: readonly Thing[] = [
  plainThing('business_unit', ['parent']),
  plainThing('user', []),
  plainThing('team', []),
  plainThing('queue', []),
  plainThing('team_member', []),
  plainThing('queue_member', []),
  plainThing('role_assignment', []),
]

function plainThing(name: string, lookups: readonly string[]): Thing {
  const ways = lookups.map((lookup): Part => ({ name: lookup, type: 'lookup', targets: [name] }))
  return { name, set: `${name}s`, owned: false, parts: [{ name: 'name', type: 'text' }, ...ways] }
}

export interface Drawn {
  /** Every record may have a unique code and a file: for twins, whose answers are compared and not foretold. */
  readonly extras?: boolean
}

/** Draws a world. */
export function drawWorld(random: Random, seed: number, { extras = false }: Drawn = {}): World {
  const names = ['contact', 'account', ...random.some(entityNames.slice(2), 2, 4)]
  const things = drawThings(random, names)
  const [a, b] = random.some(names, 2, 2) as [string, string]
  const bonds: Bond[] = [
    { name: 'bond', from: { entity: a, name: `${b}_friends` }, to: { entity: b, name: `${a}_friends` } },
  ]
  const shape = new Shape([...people, ...things], bonds)
  const state = new State(shape)
  const units = drawUnits(random, state)
  const plain = drawRoles(random, shape, names)
  const all = extras ? plain.map((role) => closeExtras(random, role, names)) : plain
  const roles = new Map(all.map((role) => [role.name, role]))
  const askers = drawPeople(random, state, { units, roles: [...roles.keys()] })
  if (roles.has('anonymous')) askers.push({ user: nobody, name: 'nobody' })
  for (const name of names) drawRecords(random, state, name, names)
  drawPortal(random, state)
  drawLinks(random, state, bonds[0]!)
  drawShares(random, state, names)
  const definitions = [
    ...things.map((thing) => entityDefinition(thing, extras ? extraFields : [])),
    ...bonds.map((bond) => ({ kind: 'relationship', label: bond.name, ...bond })),
    ...[...roles.values()].map(roleDefinition),
  ]
  return { seed, shape, drawn: names, roles, state, askers, definitions }
}
