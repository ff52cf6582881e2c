// Laws of rights over random roles and people: what the description promises is what access decides, and a depth reaches
// exactly the records it says, whether the database filters or the expression is evaluated.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor } from '@peyvand/core/access/actor.ts'
import { mayField, readableWire } from '@peyvand/core/access/field.ts'
import { depthOf, depths, may } from '@peyvand/core/access/grant.ts'
import { prepareRead } from '@peyvand/core/access/read.ts'
import { ruleOf } from '@peyvand/core/access/rule.ts'
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
  const writes = may(roles, actor, entity, 'write') || may(roles, actor, entity, 'create')
  for (const field of entity.fields) {
    const { name } = field
    const fixed = name === 'id' || name === 'version'
    expect([name, !rights.hidden.has(name)]).toEqual([name, mayField(roles, actor, entity, field, 'read')])
    expect([name, columns.includes(name)]).toEqual([name, !rights.hidden.has(name)])
    if (!fixed)
      expect([name, !rights.locked.has(name)]).toEqual([name, writes && mayField(roles, actor, entity, field, 'write')])
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
          entity.fields.filter((field) => mayField(roles, actor, entity, field, 'read')).map(({ name }) => name),
        )
    }),
  )
})

// ---- what a depth reaches -------------------------------------------------------------------------------------------

/** Every owner in every unit, and records of nobody. */
const owners = [userId(1), userId(2), userId(3), teamId(1), teamId(2), null]
const rows = owners.flatMap((owner, i) =>
  [unitId(1), unitId(2), unitId(3), null].map((unit, j) => ({
    id: accountId(1 + i * 4 + j),
    name: 'x',
    owner_id: owner,
    owner_type: owner !== null && i > 2 ? 'team' : 'user',
    owning_unit_id: unit,
  })),
)
type Owned = (typeof rows)[number]

let database: TestDatabase
beforeAll(async () => {
  database = await lawDatabase(model)
  await insertRows(database, model, { account: rows })
})
afterAll(() => database?.close())

/** What the depths mean, said once more in plain words. */
const reaches: Readonly<Record<Depth, (actor: Actor, row: Owned) => boolean>> = {
  own: ({ user, teams }, { owner_id: owner }) => owner === user || (owner !== null && teams.includes(owner)),
  unit: (actor, row) => reaches.own(actor, row) || (row.owning_unit_id !== null && row.owning_unit_id === actor.unit),
  unit_tree: (actor, row) =>
    reaches.own(actor, row) || (row.owning_unit_id !== null && actor.unitTree.includes(row.owning_unit_id)),
  all: () => true,
}

async function listed(roles: Model, actor: Actor): Promise<string[]> {
  const prepared = prepareRead({
    model: roles,
    actor,
    path: 'accounts',
    query: '$select=id&$orderby=id',
    pageSize: 100,
    maxPageSize: 100,
    schema,
    now,
  })
  if (prepared instanceof Problem) throw prepared
  const [row] = await database.query<{ body: string }>(prepared.statement.text, prepared.statement.values)
  return (JSON.parse(row!.body) as { id: string }[]).map(({ id }) => id)
}

test('each depth reaches the same records by its words, by evaluation and in the database', async () => {
  const account = model.entities.get('account')!
  await law(
    'depths',
    fc.asyncProperty(
      actors.map((actor) => ({ ...actor, roles: ['one'] })),
      fc.constantFrom(...depths),
      async (actor, depth) => {
        const roles = modelWith([roleOf('one', { grants: [{ entity: 'account', read: depth }] })])
        const rule = ruleOf(roles, actor, account, 'read')!
        const byWords = rows.filter((row) => reaches[depth](actor, row)).map(({ id }) => id)
        const evaluated = rows.filter((row) => rule === null || holds(rule, row, { actor, now })).map(({ id }) => id)
        expect(evaluated).toEqual(byWords)
        expect(await listed(roles, actor)).toEqual(byWords)
      },
    ),
    300,
  )
})
