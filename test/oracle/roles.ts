// The roles of a random world, and how they are published.
import type { Random } from '../support/random.ts'
import { printCel, type Condition } from './condition.ts'
import { operations } from './operation.ts'
import type { Part, Shape } from './state.ts'
import { choices } from './word.ts'
import type { Depth, FieldGrant, Grant, Mask, Role, Scope } from './world.ts'

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

/** Roles with grants, rules, scopes and closed or masked fields. */
export function drawRoles(random: Random, shape: Shape, names: readonly string[]): Role[] {
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
      [2, () => ({ op: 'is', path: ['kind'], by: random.pick(['eq', 'ne']), value: random.pick(choices) })],
      [1, () => ({ op: 'is', path: ['flag'], by: 'eq', value: random.chance(0.7) })],
      [1, () => ({ op: 'is', path: ['twice'], by: 'ge', value: random.whole(2, 8) })],
      [2, () => ({ op: 'is', path: ['other', 'number'], by: 'ge', value: random.whole(1, 5) })],
      [1, () => ({ op: 'is', path: ['above', 'kind'], by: 'eq', value: random.pick(choices) })],
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
export function closeExtras(random: Random, role: Role, names: readonly string[]): Role {
  const closed = random
    .some(names, 0, names.length)
    .flatMap((entity): FieldGrant[] =>
      random.some(['code', 'paper'], 1, 2).map((field) => ({ entity, field, read: false, write: random.chance(0.5) })),
    )
  return { ...role, fields: [...role.fields, ...closed] }
}

/** A role as it is published. */
export function roleDefinition({ name, grants, fields }: Role): object {
  return {
    kind: 'role',
    name,
    label: name,
    grants: grants.map(({ rule, ...grant }) => ({ ...grant, ...(rule === undefined ? {} : { rule: printCel(rule) }) })),
    fields,
  }
}
