// A random world: entities with fields of many kinds and ways between them, roles, units, people, teams, queues, records and
// shares. Everything follows from the seed and the engine has seen nothing of it; stage.ts publishes and loads it.
import type { Random } from '../support/random.ts'
import { printCel, type Condition, type Plain } from './condition.ts'
import { Shape, State, type Bond, type OwnerType, type Part, type Rec, type Thing } from './state.ts'

/** The operations of docs/concepts.md, written out a second time: what judges the engine takes nothing from it. */
export const operations = [
  'create',
  'read',
  'write',
  'delete',
  'append',
  'append_to',
  'assign',
  'share',
  'import',
  'export',
  'bulk',
  'run',
] as const
export type Operation = (typeof operations)[number]
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
export const words = ['amber', 'birch', 'cedar', 'denim', 'ember', 'fjord', 'grove', 'heron']
const kinds = ['red', 'green', 'blue']
const days = ['2026-01-05', '2026-02-10', '2026-03-15', '2026-04-20']

/** Ids are told apart by what they are of: entity and number. */
export function idOf(kind: number, n: number): string {
  return `019f0000-0000-7${kind.toString(16).padStart(3, '0')}-8000-${String(n).padStart(12, '0')}`
}

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

// ---- entities -------------------------------------------------------------------------------------------------------

function drawThings(random: Random, names: readonly string[]): Thing[] {
  const first = names.map((name, i): Thing => {
    const to = random.pick(names.slice(0, i + 1))
    const about = random.some(names, 2, 3)
    const parts: Part[] = [
      { name: 'name', type: 'text', required: true, searched: true },
      { name: 'number', type: 'integer' },
      { name: 'note', type: 'text', searched: true },
      { name: 'email', type: 'text', searched: true },
      { name: 'price', type: 'money' },
      { name: 'cost', type: 'decimal' },
      { name: 'day', type: 'date' },
      { name: 'kind', type: 'choice' },
      { name: 'flag', type: 'boolean' },
      {
        name: 'above',
        type: 'lookup',
        targets: [name],
        inverse: 'below',
        onDelete: random.pick(['clear', 'restrict']),
      },
      {
        name: 'other',
        type: 'lookup',
        targets: [to],
        inverse: `${name}_others`,
        onDelete: random.pick(['clear', 'restrict', 'cascade']),
      },
      { name: 'about', type: 'lookup', targets: about, inverse: `${name}_about`, onDelete: 'clear' },
      ...(name === 'contact'
        ? [{ name: 'account', type: 'lookup', targets: ['account'], inverse: 'contacts', onDelete: 'clear' } as const]
        : []),
      { name: 'twice', type: 'formula', calc: { twice: 'number' } },
      { name: 'far', type: 'formula', calc: { through: 'other', field: random.pick(['name', 'note', 'number']) } },
    ]
    return { name, set: `${name}s`, owned: i < 2 || random.chance(0.75), parts }
  })
  return first.map((thing) => ({ ...thing, parts: [...thing.parts, ...drawRollups(random, thing, first)] }))
}

function drawRollups(random: Random, { name }: Thing, things: readonly Thing[]): Part[] {
  const ways = things.flatMap(({ name: from, parts }) =>
    parts.flatMap((part) => (part.type === 'lookup' && part.targets!.includes(name) ? [{ from, via: part.name }] : [])),
  )
  if (ways.length === 0) return []
  const filter: Condition = { op: 'is', path: ['number'], by: 'ge', value: 3 }
  const [one, two] = [random.pick(ways), random.pick(ways)]
  return [
    { name: 'many', type: 'rollup', gather: { entity: one.from, via: one.via, aggregate: 'count' } },
    {
      name: 'total',
      type: 'rollup',
      gather: {
        entity: two.from,
        via: two.via,
        aggregate: random.pick(['sum', 'max']),
        field: 'number',
        ...(random.chance(0.5) ? { filter } : {}),
      },
    },
  ]
}

const extraFields = [
  { name: 'code', type: 'text', label: 'code', maxLength: 40, unique: true },
  { name: 'paper', type: 'file', label: 'paper' },
]

function entityDefinition({ name, set, owned, parts }: Thing, more: readonly object[]): object {
  return {
    kind: 'entity',
    name,
    label: name,
    plural: set,
    entitySet: set,
    ownership: owned ? 'user' : 'organization',
    primaryField: 'name',
    audit: true,
    fields: [...parts.map(fieldDefinition), ...more],
  }
}

function fieldDefinition(part: Part): object {
  const { name, type, required, targets, inverse, onDelete, calc, gather } = part
  const base = { name, type, label: name, ...(required === true ? { required } : {}) }
  if (type === 'text') return { ...base, maxLength: 100, ...(part.searched === true ? { searchable: true } : {}) }
  if (type === 'decimal') return { ...base, precision: 12, scale: 2 }
  if (type === 'choice') return { ...base, options: kinds.map((value) => ({ value, label: value })) }
  if (type === 'lookup') return { ...base, target: targets!.length > 1 ? targets : targets![0], inverse, onDelete }
  if (calc !== undefined) {
    if ('twice' in calc) return { ...base, returns: 'integer', expression: `${calc.twice} * 2` }
    return {
      ...base,
      returns: calc.field === 'number' ? 'integer' : 'text',
      expression: `${calc.through}.${calc.field}`,
    }
  }
  if (gather === undefined) return base
  const { filter, ...rest } = gather
  return { ...base, ...rest, ...(filter === undefined ? {} : { filter: printCel(filter) }) }
}

// ---- roles ----------------------------------------------------------------------------------------------------------

const maskable: Readonly<Partial<Record<Part['type'], readonly Mask[]>>> = {
  text: ['all', 'initials', 'last4', 'domain'],
  integer: ['all'],
  decimal: ['all'],
  money: ['all'],
  date: ['all'],
  choice: ['all'],
  boolean: ['all'],
  formula: ['all'],
  rollup: ['all'],
}

function drawRoles(random: Random, shape: Shape, names: readonly string[]): Role[] {
  const count = random.whole(5, 8)
  const last = random.chance(0.6) ? 'anonymous' : undefined
  return Array.from({ length: last === undefined ? count : count + 1 }, (_none, i): Role => {
    const name = i === count ? last! : i === 0 && random.chance(0.5) ? 'everyone' : `role_${i}`
    const opened = random.some(names, 1, names.length)
    const grants: Grant[] = opened.map((entity) => drawGrant(random, shape, entity))
    if (random.chance(0.15)) grants.push({ entity: '*', read: random.pick(['own', 'unit']) })
    for (const entity of ['user', 'team', 'queue', 'business_unit'])
      if (random.chance(0.8)) grants.push({ entity, read: 'all', append_to: 'all' })
    return { name, grants, fields: drawFieldGrants(random, shape, names) }
  })
}

const depths: readonly Depth[] = ['own', 'unit', 'unit_tree', 'all']

function drawGrant(random: Random, shape: Shape, entity: string): Grant {
  const generous = random.chance(0.4)
  const grant: Record<string, Depth | Scope> = {}
  for (const operation of operations) {
    if (!random.chance(operation === 'read' ? 0.95 : generous ? 0.85 : 0.5)) continue
    grant[operation] = random.chance(0.12) ? drawScope(random, shape, entity) : random.pick(depths)
  }
  const rule = random.chance(0.35) ? drawRule(random, shape, entity) : undefined
  const reports = operations.filter((operation) => operation in grant)
  return {
    entity,
    ...grant,
    ...(rule === undefined ? {} : { rule }),
    ...(reports.length > 0 && random.chance(0.3) ? { reports: random.some(reports, 1, 3) } : {}),
  }
}

function drawScope(random: Random, shape: Shape, entity: string): Scope {
  const lookups = shape.things.get(entity)!.parts.filter(({ type }) => type === 'lookup')
  const to = (target: string) => lookups.filter(({ targets }) => targets!.length === 1 && targets![0] === target)
  const ways: Scope[] = [
    { scope: 'global' },
    ...lookups.filter(({ name }) => name !== 'above').map(({ name }): Scope => ({ scope: 'parent', through: name })),
    ...to('contact').map(({ name }): Scope => ({ scope: 'contact', through: name })),
    ...to('account').map(({ name }): Scope => ({ scope: 'account', through: name })),
    ...(entity === 'contact' ? [{ scope: 'self' } as const] : []),
    ...(entity === 'account' ? [{ scope: 'account', through: 'id' } as const] : []),
  ]
  return random.pick(ways)
}

/** A rule over the record, its lookups, its collections or who asks. */
function drawRule(random: Random, shape: Shape, entity: string): Condition {
  const { owned } = shape.things.get(entity)!
  const to = shape.part(entity, 'other')!.targets![0]!
  const simple = (): Condition => {
    const drawn = random.weighted<() => Condition>([
      [3, () => ({ op: 'is', path: ['number'], by: random.pick(['lt', 'ge', 'ne']), value: random.whole(1, 6) })],
      [2, () => ({ op: 'is', path: ['kind'], by: random.pick(['eq', 'ne']), value: random.pick(kinds) })],
      [1, () => ({ op: 'is', path: ['flag'], by: 'eq', value: random.chance(0.7) })],
      [1, () => ({ op: 'is', path: ['twice'], by: 'ge', value: random.whole(2, 8) })],
      [2, () => ({ op: 'is', path: ['other', 'number'], by: 'ge', value: random.whole(1, 5) })],
      [1, () => ({ op: 'is', path: ['above', 'kind'], by: 'eq', value: random.pick(kinds) })],
      [1, () => ({ op: 'some', through: 'below', of: { op: 'is', path: ['number'], by: 'gt', value: 2 } })],
      [owned ? 2 : 0, () => ({ op: 'mine', what: random.pick(['me', 'my_owners', 'my_units', 'my_people']) })],
      [to === 'contact' ? 2 : 0, () => ({ op: 'my', lookup: 'other', of: 'contact' })],
    ])
    return drawn()
  }
  if (random.chance(0.6)) return simple()
  if (random.chance(0.3)) return { op: 'not', of: simple() }
  return { op: random.pick(['and', 'or']), of: [simple(), simple()] }
}

function drawFieldGrants(random: Random, shape: Shape, names: readonly string[]): FieldGrant[] {
  if (random.chance(0.25)) return []
  return random.some(names, 1, names.length).flatMap((entity) => {
    const open = shape.things.get(entity)!.parts.filter(({ name }) => name !== 'name' || random.chance(0.3))
    return random.some(open, 0, 4).map((part): FieldGrant => {
      const masks = maskable[part.type] ?? []
      const base = { entity, field: part.name }
      const derived = part.calc !== undefined || part.gather !== undefined
      return random.weighted<() => FieldGrant>([
        [3, () => ({ ...base, read: false, ...(random.chance(0.5) ? { write: false } : {}) })],
        [
          masks.length > 0 ? 3 : 0,
          () => ({ ...base, mask: random.pick(masks), ...(random.chance(0.3) ? { read: false } : {}) }),
        ],
        [derived ? 0 : 2, () => ({ ...base, [random.pick(['write', 'create', 'update'])]: false })],
        [derived ? 0 : 1, () => ({ ...base, write: false, update: true })],
      ])()
    })
  })
}

/** Closes the code or the file of some entities to a role. */
function closeExtras(random: Random, role: Role, names: readonly string[]): Role {
  const closed = random
    .some(names, 0, names.length)
    .flatMap((entity): FieldGrant[] =>
      random.some(['code', 'paper'], 1, 2).map((field) => ({ entity, field, read: false, write: random.chance(0.5) })),
    )
  return { ...role, fields: [...role.fields, ...closed] }
}

function roleDefinition({ name, grants, fields }: Role): object {
  return {
    kind: 'role',
    name,
    label: name,
    grants: grants.map(({ rule, ...grant }) => ({ ...grant, ...(rule === undefined ? {} : { rule: printCel(rule) }) })),
    fields,
  }
}

// ---- people ---------------------------------------------------------------------------------------------------------

/** Who asks without credentials. */
export const nobody = 'ffffffff-ffff-4fff-bfff-ffffffffffff'

/** Kinds of ids, so that one id tells what it is of. */
export const idKinds = { unit: 1, user: 2, team: 3, queue: 4, member: 5, worker: 6, assignment: 7, record: 16 } as const

function rec(entity: string, id: string, values: Record<string, Plain>): Rec {
  return { entity, id, values, owner: null, ownerType: null, unit: null }
}

/** Units below the root, which stage.ts puts in as number 0. */
function drawUnits(random: Random, state: State): string[] {
  const units = [idOf(idKinds.unit, 0)]
  const count = random.whole(3, 7)
  state.put(rec('business_unit', units[0]!, { name: 'root', parent: null }))
  for (let n = 1; n <= count; n++) {
    const id = idOf(idKinds.unit, n)
    state.put(rec('business_unit', id, { name: `unit ${n}`, parent: random.pick(units) }))
    units.push(id)
  }
  return units
}

interface Places {
  readonly units: readonly string[]
  readonly roles: readonly string[]
}

function drawPeople(random: Random, state: State, { units, roles: all }: Places): Asker[] {
  const roles = all.filter((role) => role !== 'anonymous')
  const assignable = roles.filter((role) => role !== 'everyone')
  const place = (): string | null => (random.chance(0.1) ? null : random.pick(units))
  const users = Array.from({ length: 9 }, (_none, n) => idOf(idKinds.user, n + 1))
  for (const [n, id] of users.entries())
    state.put(
      rec('user', id, {
        name: `user ${n + 1}`,
        unit: place(),
        kind: random.weighted([
          [7, 'internal'],
          [2, 'external'],
          [1, 'agent'],
        ]),
        manager: n > 0 && random.chance(0.6) ? random.pick(users.slice(0, n)) : null,
        contact: null,
        state: n === 8 ? 'inactive' : 'active',
      }),
    )
  let members = 0
  for (let n = 1; n <= 3; n++) {
    const id = idOf(idKinds.team, n)
    state.put(rec('team', id, { name: `team ${n}`, kind: n === 3 ? 'access' : 'owner', unit: place() }))
    for (const user of random.some(users, 1, 4))
      state.put(rec('team_member', idOf(idKinds.member, ++members), { team: id, user }))
  }
  const queue = idOf(idKinds.queue, 1)
  state.put(rec('queue', queue, { name: 'queue 1', unit: place() }))
  for (const user of random.some(users, 1, 3))
    state.put(rec('queue_member', idOf(idKinds.worker, ++members), { queue, user }))
  let given = 0
  const assign = (to: Record<string, Plain>, role: string, unit: string | null) =>
    state.put(rec('role_assignment', idOf(idKinds.assignment, ++given), { user: null, team: null, ...to, role, unit }))
  for (const user of users)
    for (const role of random.some(assignable, 1, 3)) {
      const where: (string | null)[] = random.chance(0.35) ? random.some(units, 1, 2) : [null]
      if (random.chance(0.1)) where.push(null)
      for (const unit of new Set(where)) assign({ user }, role, unit)
    }
  for (const team of random.some([1, 2, 3], 1, 2))
    assign({ team: idOf(idKinds.team, team) }, random.pick(assignable), random.chance(0.3) ? random.pick(units) : null)
  return users.map((user, n) => ({
    user,
    name: `user ${n + 1}`,
    ...(random.chance(0.2) ? { roles: random.some(roles, 1, 3) } : {}),
  }))
}

// ---- records --------------------------------------------------------------------------------------------------------

/** A value of a field as somebody could give it. */
export function drawValue(random: Random, part: Part): Plain {
  if (part.required !== true && random.chance(0.2)) return null
  switch (part.type) {
    case 'integer':
      return random.whole(0, 7)
    case 'decimal':
    case 'money':
      return random.whole(0, 40) / 4
    case 'date':
      return random.pick(days)
    case 'choice':
      return random.pick(kinds)
    case 'boolean':
      return random.chance(0.5)
    default:
      if (part.name === 'email') return `${random.pick(words)}@${random.pick(words)}.example`
      return random.chance(0.3) ? `${random.pick(words)} ${random.pick(words)}` : random.pick(words)
  }
}

/** Who could own a record, of what type and in which unit. */
export function ownersIn(state: State): { id: string; type: OwnerType; unit: string | null }[] {
  const of = (type: OwnerType) =>
    state.all(type).map(({ id, values }) => ({ id, type, unit: (values['unit'] ?? null) as string | null }))
  return [
    ...of('user'),
    ...of('team').filter(({ id }) => state.find('team', id)!.values['kind'] !== 'access'),
    ...of('queue'),
  ]
}

/** Values of lookups among the records that are there. */
export function drawLookup(random: Random, state: State, part: Part, before?: Rec): Record<string, Plain> {
  const several = part.targets!.length > 1
  const target = random.pick(part.targets!)
  const self = part.name === 'above'
  // Records lead upwards to earlier ones only, so that no ring comes about.
  const some = state.all(target).filter(({ id }) => !self || before === undefined || id < before.id)
  const none = some.length === 0 || random.chance(0.2)
  const id = none ? null : random.pick(some).id
  return { [part.name]: id, ...(several ? { [`${part.name}_type`]: id === null ? null : target } : {}) }
}

function drawRecords(random: Random, state: State, entity: string, names: readonly string[]): void {
  const thing = state.world.things.get(entity)!
  const kind = idKinds.record + names.indexOf(entity)
  const count = random.whole(6, 14)
  for (let n = 1; n <= count; n++) {
    const id = idOf(kind, n)
    const owner = thing.owned ? random.pick(ownersIn(state)) : undefined
    const values: Record<string, Plain> = {}
    for (const part of thing.parts) {
      if (part.calc !== undefined || part.gather !== undefined) continue
      if (part.type === 'lookup') Object.assign(values, drawLookup(random, state, part))
      else values[part.name] = drawValue(random, part)
    }
    state.put({
      entity,
      id,
      values,
      owner: owner?.id ?? null,
      ownerType: owner?.type ?? null,
      unit: owner?.unit ?? null,
    })
  }
}

/** Some people are a contact. */
function drawPortal(random: Random, state: State): void {
  for (const user of state.all('user')) {
    const [contact] = random.some(state.all('contact'), 1, 1)
    if (contact !== undefined && random.chance(0.5)) user.values['contact'] = contact.id
  }
}

function drawLinks(random: Random, state: State, bond: Bond): void {
  for (const from of state.all(bond.from.entity))
    for (const to of random.some(state.all(bond.to.entity), 0, 2)) state.links.push([bond.name, from.id, to.id])
}

function drawShares(random: Random, state: State, names: readonly string[]): void {
  const rights = ['read', 'write', 'delete', 'assign', 'share', 'append', 'append_to']
  const to = [...state.all('user').filter(({ values }) => values['state'] === 'active'), ...state.all('team')]
  for (const entity of names) {
    if (!state.world.things.get(entity)!.owned) continue
    for (const record of random.some(state.all(entity), 1, 5)) {
      const receiver = random.pick(to)
      state.shares.push({
        entity,
        record: record.id,
        to: receiver.id,
        rights: ['read', ...random.some(rights.slice(1), 0, 4)],
        over: random.chance(0.2),
      })
    }
  }
}
