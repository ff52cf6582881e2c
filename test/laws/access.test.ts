// Laws of rights over random roles and people: what the description promises is what access decides, and a depth reaches
// exactly the records it says, whether the database filters or the expression is evaluated.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor } from '@peyvand/core/access/actor.ts'
import { maskOn, mayField, readableWire } from '@peyvand/core/access/field.ts'
import { depthOf, depths } from '@peyvand/core/access/grant.ts'
import { prepareRead } from '@peyvand/core/access/read.ts'
import { opens, ruleOf } from '@peyvand/core/access/rule.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { holds } from '@peyvand/core/expression/evaluate.ts'
import { describe } from '@peyvand/core/model/describe.ts'
import { operations, type Depth, type Entity, type Model, type Role } from '@peyvand/core/model/model.ts'
import { rightsOf } from '@peyvand/core/model/rights.ts'
import { law, lawDatabase } from '../support/law.ts'
import {
  accountId,
  insertRows,
  queryModel,
  schema,
  teamId,
  unitId,
  userId,
  type TestDatabase,
} from '../support/query-model.ts'
import { rowsOf } from '../support/ways.ts'

const model = queryModel()
const now = '2026-05-14T12:00:00.000Z'
const entityNames = [...model.entities.keys()]
const roleNames = ['one', 'two', 'three']

const grant = fc
  .tuple(
    fc.constantFrom('*', ...entityNames),
    fc.array(fc.tuple(fc.constantFrom(...operations), fc.constantFrom(...depths)), { maxLength: 4 }),
  )
  .map(([entity, given]) => ({ entity, ...Object.fromEntries(given) }))

const fieldGrant = fc.constantFrom('account', 'contact').chain((entity) =>
  fc.record(
    {
      entity: fc.constant(entity),
      field: fc.constantFrom(...model.entities.get(entity)!.fields.map(({ name }) => name)),
      read: fc.boolean(),
      write: fc.boolean(),
      create: fc.boolean(),
      update: fc.boolean(),
      mask: fc.constantFrom('all', 'last4'),
    },
    { requiredKeys: ['entity', 'field'] },
  ),
)

const drawnRoles: fc.Arbitrary<readonly Role[]> = fc
  .array(fc.tuple(fc.array(grant, { maxLength: 4 }), fc.array(fieldGrant, { maxLength: 6 })), {
    minLength: 1,
    maxLength: roleNames.length,
  })
  .map((drawn) => drawn.map(([grants, fields], i) => roleOf(roleNames[i]!, { grants, fields })))

function roleOf(name: string, what: Pick<Role, 'grants'> & Partial<Role>): Role {
  return { id: name, name, label: name, privileges: [], fields: [], ...what }
}

/** The test model with other roles. */
function modelWith(roles: readonly Role[]): Model {
  return { ...model, roles: new Map(roles.map((role) => [role.name, role])) }
}

const actors: fc.Arbitrary<Actor> = fc
  .tuple(
    fc.integer({ min: 1, max: 3 }),
    fc.subarray([...roleNames, 'unknown']),
    fc.subarray([teamId(1), teamId(2)]),
    fc.constantFrom(null, 1, 2, 3),
  )
  .map(([n, roles, teams, unit]) => ({
    user: userId(n),
    name: `user ${n}`,
    roles,
    teams,
    unit: unit && unitId(unit),
    unitTree: unit === null ? [] : [1, 2, 3].slice(unit - 1).map(unitId),
  }))

function checkEntity(roles: Model, actor: Actor, entity: Entity): void {
  const rights = rightsOf(roles, actor, entity)
  for (const operation of operations) {
    const depth = rights.depths[operation]
    const rule = ruleOf(roles, actor, entity, operation)
    expect(depthOf(roles, actor, entity, operation)).toBe(depth)
    expect([rule === undefined, rule === null]).toEqual([depth === undefined, depth === 'all'])
  }
  const readable = readableWire(roles, actor, entity.id).properties
  const columns = [...readable.values()].map(({ field }) => field.name)
  const doing = { locked: ['write', 'update'], unset: ['create', 'create'] } as const
  for (const field of entity.fields) {
    const { name } = field
    const fixed = name === 'id' || name === 'version'
    const mask = rights.masks.get(name)
    const clear = !rights.hidden.has(name) && mask === undefined
    expect([name, clear]).toEqual([name, mayField(roles, actor, entity, field, 'read')])
    expect([name, columns.includes(name)]).toEqual([name, clear])
    expect([name, mask]).toEqual([name, maskOn(roles, actor, entity, field)])
    if (fixed) continue
    for (const [closed, [right, what]] of Object.entries(doing) as [
      keyof typeof doing,
      readonly ['write' | 'create', 'update' | 'create'],
    ][])
      expect([name, closed, !rights[closed].has(name)]).toEqual([
        name,
        closed,
        opens(roles, actor, entity, right) && mayField(roles, actor, entity, field, what),
      ])
  }
}

test('rights and description say what access decides', async () => {
  await law(
    'rights = access',
    fc.property(drawnRoles, actors, (drawn, actor) => {
      const roles = modelWith(drawn)
      for (const entity of roles.entities.values()) checkEntity(roles, actor, entity)
      const readable = [...roles.entities.values()].filter(
        (entity) => ruleOf(roles, actor, entity, 'read') !== undefined,
      )
      const described = describe(roles, actor).entities
      expect(described.map(({ name }) => name)).toEqual(readable.map(({ name }) => name))
      for (const entity of described)
        expect(entity.fields.map(({ name }) => name)).toEqual(
          entity.fields
            .filter((field) => mayField(roles, actor, entity, field, 'read') || maskOn(roles, actor, entity, field))
            .map(({ name }) => name),
        )
    }),
  )
})

// ---- what grants reach ----------------------------------------------------------------------------------------------

const queue = teamId(3)
/** Every owner in every unit, and records of nobody. */
const owners = [userId(1), userId(2), userId(3), teamId(1), teamId(2), queue, null]
const types = ['user', 'user', 'user', 'team', 'team', 'queue', 'user']
const rows = owners.flatMap((owner, i) =>
  [unitId(1), unitId(2), unitId(3), null].map((unit, j) => ({
    id: accountId(1 + i * 4 + j),
    name: j % 2 === 0 ? 'even' : 'odd',
    owner_id: owner,
    owner_type: types[i]!,
    owning_unit_id: unit,
    created_at: `2026-01-0${1 + ((i + j) % 3)}T00:00:00Z`,
  })),
)
type Owned = (typeof rows)[number]

const account = model.entities.get('account')!
const shares = [
  { record: 3, to: userId(1), rights: ['read'], expires: null },
  { record: 8, to: userId(1), rights: ['write'], expires: null },
  { record: 13, to: teamId(1), rights: ['write', 'read'], expires: '2026-05-14T12:00:00.001Z' },
  { record: 18, to: teamId(2), rights: ['read'], expires: now },
  { record: 23, to: teamId(4), rights: ['delete', 'read'], expires: null },
  { record: 25, to: queue, rights: ['read'], expires: null },
]

let database: TestDatabase
beforeAll(async () => {
  database = await lawDatabase(model)
  await insertRows(database, model, { account: rows })
  for (const { record, to, rights, expires } of shares)
    await database.query(
      `insert into ${schema}._share (entity_id, record_id, principal_id, source_id, principal_type, rights, expires_at, shared_by)
        values ($1, $2, $3, $2, 'user', $4, $5, $6)`,
      [account.id, accountId(record), to, rights, expires, userId(3)],
    )
})
afterAll(() => database?.close())

const someUnits = fc.subarray([unitId(1), unitId(2), unitId(3)])
const below = (units: readonly string[]) => [1, 2, 3].map(unitId).filter((unit) => units.some((top) => top <= unit))

/** People with everything that rights count from; the units of the test are a line, each below the one before. */
const people: fc.Arbitrary<Actor> = fc
  .tuple(
    actors,
    fc.subarray([queue]),
    fc.subarray([teamId(4)]),
    fc.subarray([userId(1), userId(2), userId(3)]),
    fc.dictionary(fc.constantFrom('one', 'two'), someUnits),
    fc.boolean(),
  )
  .map(([actor, queues, accessTeams, reports, ranges, shared]) => ({
    ...actor,
    roles: ['one', 'two'],
    queues,
    accessTeams,
    reports: reports.filter((one) => one !== actor.user),
    ranges: new Map(Object.entries(ranges).map(([role, units]) => [role, { units, tree: below(units) }])),
    shared: shared ? [account.id] : [],
  }))

interface Given {
  readonly depth: Depth
  readonly reports: boolean
  readonly rule: boolean
}
const given: fc.Arbitrary<Given> = fc.record({
  depth: fc.constantFrom(...depths),
  reports: fc.boolean(),
  rule: fc.boolean(),
})

const grantOf = ({ depth, reports, rule }: Given): Role['grants'][number] => ({
  entity: 'account',
  read: depth,
  ...(reports ? { reports: ['read'] } : {}),
  ...(rule ? { rule: "name == 'odd'" } : {}),
})

/** What a grant reaches, said once more in plain words. */
function reaches(actor: Actor, role: string, { depth, reports, rule }: Given, row: Owned, shared: boolean): boolean {
  const { owner_id: owner, owning_unit_id: unit } = row
  if (rule && row.name !== 'odd') return false
  if (depth === 'all' || shared) return true
  if (owner !== null && (owner === actor.user || actor.teams.includes(owner) || actor.queues!.includes(owner)))
    return true
  if (owner !== null && reports && actor.reports!.includes(owner)) return true
  if (unit === null || depth === 'own') return false
  const range = actor.ranges!.get(role) ?? { units: actor.unit === null ? [] : [actor.unit], tree: actor.unitTree }
  return (depth === 'unit' ? range.units : range.tree).includes(unit)
}

function isShared(actor: Actor, row: Owned): boolean {
  const to = [actor.user, ...actor.teams, ...actor.accessTeams!]
  return shares.some(
    ({ record, to: receiver, rights, expires }) =>
      accountId(record) === row.id &&
      to.includes(receiver) &&
      rights.includes('read') &&
      (expires === null || expires > now),
  )
}

const byId = '$select=id&$orderby=id'

/** The ids of all pages of a list. */
async function listed(roles: Model, actor: Actor, query = byId, pageSize = 100): Promise<string[]> {
  const found: string[] = []
  for (let next: string | undefined = query; next !== undefined;) {
    const prepared = prepareRead({
      model: roles,
      actor,
      path: 'accounts',
      query: next,
      pageSize,
      maxPageSize: 100,
      schema,
      now,
    })
    if (prepared instanceof Problem) throw prepared
    const [row] = await rowsOf(database, prepared)
    found.push(...(JSON.parse(row!.body!) as { id: string }[]).map(({ id }) => id))
    next = prepared.nextQuery(row!)
  }
  return found
}

test('two roles reach the same records by their words, by evaluation and in the database', async () => {
  await law(
    'reach',
    fc.asyncProperty(people, fc.tuple(given, given), async (actor, grants) => {
      const roles = modelWith(grants.map((each, i) => roleOf(roleNames[i]!, { grants: [grantOf(each)] })))
      const seen = (row: Owned, shared: boolean) =>
        grants.some((each, i) => reaches(actor, roleNames[i]!, each, row, shared))
      const idsOf = (some: readonly Owned[]) => some.map(({ id }) => id)
      const rule = ruleOf(roles, actor, account, 'read')!
      // Memory knows no shares: there they count as none.
      expect(idsOf(rows.filter((row) => rule === null || holds(rule, row, { actor, now })))).toEqual(
        idsOf(rows.filter((row) => seen(row, false))),
      )
      const shared = (row: Owned) => actor.shared!.length > 0 && isShared(actor, row)
      expect(await listed(roles, actor)).toEqual(idsOf(rows.filter((row) => seen(row, shared(row)))))
    }),
    600,
  )
})

const lists = fc.record({
  by: fc.constantFrom('id', 'created_at', 'created_at desc', 'id desc', 'created_at desc,id asc', 'name desc'),
  filter: fc.constantFrom(
    '',
    "&$filter=name eq 'odd'",
    '&$filter=owning_unit_id ne null',
    "&$filter=contains(name,'e')",
  ),
  count: fc.constantFrom('', '&$count=true'),
  top: fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined }),
  skip: fc.option(fc.integer({ min: 0, max: 30 }), { nil: undefined }),
  pageSize: fc.integer({ min: 1, max: 12 }),
})

test('a list is the same for who sees much and who sees little, in every order and page by page', async () => {
  await law(
    'ways',
    fc.asyncProperty(people, fc.tuple(given, given), lists, async (actor, grants, list) => {
      const { by, filter, count, top, skip, pageSize } = list
      const roles = modelWith(grants.map((each, i) => roleOf(roleNames[i]!, { grants: [grantOf(each)] })))
      const whole = await listed(roles, actor, encodeURI(`$select=id&$orderby=${by}${filter}`))
      const from = skip ?? 0
      const cut = [top === undefined ? '' : `&$top=${top}`, skip === undefined ? '' : `&$skip=${skip}`].join('')
      expect(
        await listed(roles, actor, encodeURI(`$select=id&$orderby=${by}${filter}${count}${cut}`), pageSize),
      ).toEqual(whole.slice(from, top === undefined ? undefined : from + top))
    }),
    300,
  )
})
