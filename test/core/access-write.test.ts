// Writes through the whole pipeline on a real engine: what is written and audited, and how what went wrong is told apart.
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { Actor } from '@peyvand/core/access/actor.ts'
import { prepareWrite, type WriteRequest, type WriteRow, type Written } from '@peyvand/core/access/write.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import {
  accountId,
  activityId,
  contactId,
  insertRows,
  memoryDatabase,
  opportunityId,
  queryModel,
  sample,
  schema,
  someone,
  teamId,
  unitId,
  userId,
  type TestDatabase,
} from '../support/query-model.ts'

const model = queryModel()
const admin = someone(['administrator'])
const sales = someone(['salesperson'])
const now = '2026-05-14T12:00:00.000Z'
let database: TestDatabase

beforeAll(async () => {
  database = await memoryDatabase(model)
})
beforeEach(async () => {
  for (const table of ['_audit', 'activity', 'opportunity', 'contact', 'account', 'user', 'team', 'business_unit'])
    await database.query(`delete from ${schema}."${table}"`)
  await insertRows(database, model, sample)
})
afterAll(() => database?.close())

type Given = Partial<Omit<WriteRequest, 'entity'>> & {
  entity?: string
  operation: WriteRequest['operation']
  id: string
}

async function write({ entity = 'account', ...given }: Given, actor: Actor = admin): Promise<Written | Problem> {
  const prepared = prepareWrite({
    model,
    actor,
    now,
    requestId: 'r1',
    schema,
    ...given,
    entity: model.entities.get(entity)!,
  })
  if (prepared instanceof Problem) return prepared
  const [row] = await database.query<WriteRow & Record<string, unknown>>(
    prepared.statement.text,
    prepared.statement.values,
  )
  return prepared.outcome(row)
}

async function stored(table: string, id: string): Promise<Record<string, unknown> | undefined> {
  const [row] = await database.query<{ body: string }>(
    `select to_json(t)::text as body from ${schema}."${table}" t where t.id = $1::uuid`,
    [id],
  )
  return row && (JSON.parse(row.body) as Record<string, unknown>)
}

async function audits(): Promise<Record<string, unknown>[]> {
  const [row] = await database.query<{ body: string }>(
    `select coalesce(json_agg(t order by t.at), '[]')::text as body from ${schema}._audit t`,
  )
  return JSON.parse(row!.body) as Record<string, unknown>[]
}

test('create writes the record with its stamps and owner, the audit row, and gives the JSON back', async () => {
  const done = (await write(
    { operation: 'create', id: accountId(50), values: { name: 'New', revenue: '12.5', founded: '2020-02-29' } },
    sales,
  )) as Written
  expect(done).toMatchObject({ outcome: 'created', id: accountId(50), etag: 'W/"1"' })
  expect(JSON.parse(done.body!)).toMatchObject({
    '@odata.etag': 'W/"1"',
    id: accountId(50),
    name: 'New',
    revenue: 12.5,
    owner_id: userId(1),
    owner_type: 'user',
    owning_unit_id: unitId(2),
    created_by_id: userId(1),
    version: 1,
  })
  expect(JSON.parse(done.body!)).not.toHaveProperty('secret')
  expect(await stored('account', accountId(50))).toMatchObject({
    name: 'New',
    created_at: '2026-05-14T12:00:00+00:00',
    modified_by_id: userId(1),
  })
  expect(await audits()).toMatchObject([
    {
      change: 'create',
      actor_id: userId(1),
      request_id: 'r1',
      entity_id: model.entities.get('account')!.id,
      record_id: accountId(50),
      version: 1,
      before: null,
      after: { name: 'New', revenue: 12.5, owner_id: userId(1) },
    },
  ])
})

test('update writes only what is given, counts the version up and audits old and new values', async () => {
  const done = (await write(
    { operation: 'update', id: accountId(1), values: { name: 'Alpha 2', city: null }, ifMatch: 'W/"1"' },
    sales,
  )) as Written
  expect(done).toMatchObject({ outcome: 'updated', etag: 'W/"2"' })
  expect(JSON.parse(done.body!)).toMatchObject({ name: 'Alpha 2', city: null, industry: 'energy', version: 2 })
  expect(await audits()).toMatchObject([
    { change: 'update', version: 2, before: { name: 'Alpha', city: 'Paris' }, after: { name: 'Alpha 2', city: null } },
  ])
})

test('delete removes the record and audits the whole of it', async () => {
  expect(await write({ entity: 'opportunity', operation: 'delete', id: opportunityId(1) })).toMatchObject({
    outcome: 'deleted',
    id: opportunityId(1),
  })
  expect(await stored('opportunity', opportunityId(1))).toBeUndefined()
  expect(await audits()).toMatchObject([{ change: 'delete', before: { name: 'First', amount: 10 }, after: null }])
})

test('upsert creates with the create values, then updates with the others', async () => {
  const both = {
    operation: 'upsert' as const,
    id: accountId(60),
    values: { name: 'Up' },
    create: { name: 'Up', city: 'Cairo' },
  }
  expect(await write(both)).toMatchObject({ outcome: 'created', etag: 'W/"1"' })
  expect(await stored('account', accountId(60))).toMatchObject({ city: 'Cairo', owner_id: userId(1) })
  expect(await write({ ...both, values: { name: 'Upper' } })).toMatchObject({ outcome: 'updated', etag: 'W/"2"' })
  expect(await stored('account', accountId(60))).toMatchObject({ name: 'Upper', city: 'Cairo' })
  expect((await audits()).map(({ change }) => change)).toEqual(['create', 'update'])
})

test('upsert by an alternate key', async () => {
  expect(
    await write({
      operation: 'upsert',
      id: accountId(61),
      key: { account_number: 'A-1' },
      values: { city: 'Lyon' },
      create: { name: 'X', account_number: 'A-1' },
    }),
  ).toMatchObject({ outcome: 'updated', id: accountId(1) })
  expect(
    await write({
      operation: 'upsert',
      id: accountId(61),
      key: { account_number: 'A-9' },
      values: { city: 'Lyon' },
      create: { name: 'X', account_number: 'A-9' },
    }),
  ).toMatchObject({ outcome: 'created', id: accountId(61) })
})

const refusals: readonly { title: string; given: Given; actor?: Actor; code: string }[] = [
  {
    title: 'a record that is not there',
    given: { operation: 'update', id: accountId(99), values: { name: 'x' } },
    code: 'missing.record',
  },
  {
    title: 'a record the caller may not see',
    given: { operation: 'update', id: accountId(3), values: { name: 'x' } },
    actor: sales,
    code: 'missing.record',
  },
  {
    title: 'deleting a record the caller may not see',
    given: { operation: 'delete', id: accountId(3) },
    actor: sales,
    code: 'missing.record',
  },
  {
    title: 'a record the caller may see but not change',
    given: { entity: 'contact', operation: 'update', id: contactId(2), values: { age: 1 } },
    actor: sales,
    code: 'access.denied',
  },
  {
    title: 'a stale version',
    given: { operation: 'update', id: accountId(1), values: { name: 'x' }, ifMatch: 'W/"7"' },
    code: 'conflict.stale',
  },
  {
    title: 'an etag that is none of ours',
    given: { operation: 'delete', id: accountId(5), ifMatch: '"abc"' },
    code: 'conflict.stale',
  },
  {
    title: 'a rule that the record would no longer meet',
    given: { entity: 'opportunity', operation: 'update', id: opportunityId(1), values: { amount: '2000' } },
    actor: sales,
    code: 'access.denied',
  },
  {
    title: 'a rule that a new record does not meet',
    given: {
      entity: 'opportunity',
      operation: 'create',
      id: opportunityId(50),
      values: { name: 'Big', amount: '2000' },
    },
    actor: sales,
    code: 'access.denied',
  },
  {
    title: 'an entity without a grant',
    given: { entity: 'opportunity', operation: 'delete', id: opportunityId(1) },
    actor: sales,
    code: 'access.denied',
  },
  {
    title: 'upsert of a record the caller may not see',
    given: { operation: 'upsert', id: accountId(3), values: { name: 'x' } },
    actor: sales,
    code: 'missing.record',
  },
  {
    title: 'a lookup to a record the caller may not see',
    given: { entity: 'contact', operation: 'update', id: contactId(1), values: { account_id: accountId(3) } },
    actor: sales,
    code: 'check.reference',
  },
  {
    title: 'a lookup to a record that is not there',
    given: {
      entity: 'contact',
      operation: 'create',
      id: contactId(50),
      values: { last_name: 'x', account_id: accountId(99) },
    },
    actor: sales,
    code: 'check.reference',
  },
  {
    title: 'a polymorphic lookup to a record that is not there',
    given: {
      entity: 'activity',
      operation: 'create',
      id: activityId(50),
      values: { subject: 'x', regarding_id: accountId(99), regarding_type: 'account' },
    },
    code: 'check.reference',
  },
  {
    title: 'a polymorphic lookup to a record of another entity',
    given: {
      entity: 'activity',
      operation: 'create',
      id: activityId(50),
      values: { subject: 'x', regarding_id: accountId(1), regarding_type: 'contact' },
    },
    code: 'check.reference',
  },
  {
    title: 'a field the caller may not read',
    given: { operation: 'update', id: accountId(1), values: { secret: 'x' } },
    actor: sales,
    code: 'request.unknown',
  },
  {
    title: 'giving a record away without assign',
    given: { operation: 'update', id: accountId(1), values: { owner_id: userId(2), owner_type: 'user' } },
    actor: sales,
    code: 'access.denied',
  },
  {
    title: 'creating for another owner at depth own',
    given: { operation: 'create', id: accountId(51), values: { name: 'x', owner_id: userId(2), owner_type: 'user' } },
    actor: sales,
    code: 'access.denied',
  },
  {
    title: 'nobody',
    given: { operation: 'create', id: accountId(51), values: { name: 'x' } },
    actor: someone(['nobody']),
    code: 'access.denied',
  },
]

for (const { title, given, actor, code } of refusals) {
  test(`refused, and nothing is written: ${title}`, async () => {
    const before = await stored(given.entity ?? 'account', given.id)
    const done = await write(given, actor)
    expect(done instanceof Problem ? done.code : done).toBe(code)
    expect(await stored(given.entity ?? 'account', given.id)).toEqual(before)
    expect(await audits()).toEqual([])
  })
}

test('the owner decides the unit: a record given to someone moves to their unit', async () => {
  expect(
    await write({ operation: 'update', id: accountId(1), values: { owner_id: userId(3), owner_type: 'user' } }),
  ).toMatchObject({ outcome: 'updated' })
  expect(await stored('account', accountId(1))).toMatchObject({ owner_id: userId(3), owning_unit_id: unitId(3) })
  expect(
    await write({
      operation: 'create',
      id: accountId(70),
      values: { name: 'Team', owner_id: teamId(1), owner_type: 'team' },
    }),
  ).toMatchObject({ outcome: 'created' })
  expect(await stored('account', accountId(70))).toMatchObject({
    owner_id: teamId(1),
    owner_type: 'team',
    owning_unit_id: unitId(2),
  })
})

test('a polymorphic lookup that is there', async () => {
  expect(
    await write({
      entity: 'activity',
      operation: 'create',
      id: activityId(51),
      values: { subject: 'x', regarding_id: accountId(1), regarding_type: 'account' },
    }),
  ).toMatchObject({ outcome: 'created' })
})

test('a unit depth can be met by the unit of the owner', async () => {
  const clerk = someone(['clerk', 'administrator'].slice(0, 1))
  expect(
    await write({ entity: 'activity', operation: 'create', id: activityId(52), values: { subject: 'x' } }, clerk),
  ).toMatchObject({ outcome: 'created' })
})

test('minimal answers and changes of the system', async () => {
  const done = (await write(
    { operation: 'create', id: accountId(80), values: { name: 'S' }, returning: 'nothing' },
    { ...admin, system: true, user: '00000000-0000-0000-0000-000000000000' },
  )) as Written
  expect(done).toEqual({ outcome: 'created', id: accountId(80), etag: 'W/"1"' })
  expect(await stored('account', accountId(80))).toMatchObject({ created_by_id: null, owner_id: null })
})
