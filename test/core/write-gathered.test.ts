// Does one statement for several writes do for each of them what a statement of its own does, log included, and leave out what
// may not be? Which writes may travel together at all? On both engines.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { gatherWrites } from '@peyvand/core/access/write-gathered.ts'
import { prepareWrite, type PreparedWrite, type WriteRequest, type WriteRow } from '@peyvand/core/access/write.ts'
import { must, Problem } from '@peyvand/core/base/problem.ts'
import { hasPostgres, startPostgres, type TestPostgres } from '../support/postgres.ts'
import {
  accountId,
  contactId,
  insertRows,
  memoryDatabase,
  opportunityId,
  queryModel,
  sample,
  schema,
  serverDatabase,
  someone,
  userId,
  type TestDatabase,
} from '../support/query-model.ts'

const model = queryModel()
const sales = someone(['salesperson'])
const now = '2026-05-14T12:00:00.000Z'
const engines = hasPostgres() ? ['pglite', 'postgres'] : ['pglite']
if (!hasPostgres()) console.log('SKIPPED: gathered writes on PostgreSQL (no PostgreSQL on this machine)')

type Given = Partial<Omit<WriteRequest, 'entity'>> & Pick<WriteRequest, 'operation' | 'id'> & { entity?: string }

function prepare({ entity = 'account', ...given }: Given): PreparedWrite {
  const request = { model, actor: sales, now, requestId: 'alone', schema, ...given }
  return must(prepareWrite({ ...request, entity: model.entities.get(entity)! }))
}

describe.each(engines)('gathered writes on %s', (engine) => {
  let database: TestDatabase
  let postgres: TestPostgres | undefined

  beforeAll(async () => {
    if (engine === 'postgres') postgres = await startPostgres()
    database = postgres ? await serverDatabase(model, postgres.url, 4) : await memoryDatabase(model)
  })
  beforeEach(async () => {
    for (const table of ['_audit', '_change', 'activity', 'opportunity', 'contact', 'account', 'user', 'team'])
      await database.query(`delete from ${schema}."${table}"`)
    await database.query(`delete from ${schema}.business_unit`)
    await insertRows(database, model, sample)
  })
  afterAll(async () => {
    await database?.close()
    await postgres?.stop()
  })

  /** What became of each write, by id. */
  async function together(...given: Given[]): Promise<Map<string, WriteRow>> {
    const some = given.map((each, i) => prepare({ requestId: `r${i}`, ...each }))
    expect(new Set(some.map(({ alike }) => alike?.kind)).size).toBe(1)
    const { text, values } = gatherWrites(
      some.map(({ alike }) => alike!),
      now,
    )
    const rows = await database.query<WriteRow & Record<string, unknown>>(text, values)
    return new Map(rows.map((row) => [row.id!, row]))
  }
  async function alone(given: Given): Promise<WriteRow | undefined> {
    const { text, values } = prepare(given).statement
    return (await database.query<WriteRow & Record<string, unknown>>(text, values))[0]
  }
  async function rowsOf(table: string, order: string): Promise<Record<string, unknown>[]> {
    const [row] = await database.query<{ body: string }>(
      `select coalesce(json_agg(t order by ${order}), '[]')::text as body from ${schema}."${table}" t`,
    )
    return JSON.parse(row!.body) as Record<string, unknown>[]
  }
  const without = (row: Record<string, unknown> | undefined, ...names: string[]) =>
    Object.fromEntries(Object.entries(row ?? {}).filter(([name]) => !names.includes(name)))

  test('a create is what it is alone, for those that nothing stands against', async () => {
    const values = { name: 'Deal', amount: '12.50', close_date: '2026-02-28', account_id: accountId(1) }
    const create = (n: number, more = {}): Given => ({
      entity: 'opportunity',
      operation: 'create',
      id: opportunityId(n),
      values: { ...values, ...more },
    })
    const unseen = accountId(3)
    const done = await together(create(50), create(51, { account_id: unseen }), create(52, { name: 'Öl ß' }))
    expect([...done.keys()].sort()).toEqual([opportunityId(50), opportunityId(52)])
    const single = await alone(create(60))
    expect(single?.outcome).toBe('created')
    const row = done.get(opportunityId(50))!
    expect(row).toMatchObject({ outcome: 'created', etag: single!.etag })
    expect(without(JSON.parse(row.body!) as Record<string, unknown>, 'id')).toEqual(
      without(JSON.parse(single!.body!) as Record<string, unknown>, 'id'),
    )
    const stored = await rowsOf('opportunity', 't.id')
    const byId = (n: number) => stored.find(({ id }) => id === opportunityId(n))
    expect(byId(51)).toBeUndefined()
    expect(without(byId(50), 'id')).toEqual(without(byId(60), 'id'))
    expect(byId(52)).toMatchObject({ name: 'Öl ß', _search: 'ol ss', owner_id: userId(1) })
    const log = await rowsOf('_audit', 't.record_id')
    expect(log.map(({ record_id: id, request_id: by }) => [id, by])).toEqual([
      [opportunityId(50), 'r0'],
      [opportunityId(52), 'r2'],
      [opportunityId(60), 'alone'],
    ])
    const after = log.map((each) => without(each['after'] as Record<string, unknown>, 'id'))
    expect(after[0]).toEqual(after[2])
  })

  test('an update is what it is alone; records of others and those that are not there are left out', async () => {
    const change = (n: number, city: string | null): Given => ({
      operation: 'update',
      id: accountId(n),
      values: { city, revenue: '7.25' },
    })
    const done = await together(change(1, 'Bonn'), change(3, 'Ulm'), change(2, null), change(99, 'Kiel'))
    expect([...done.keys()].sort()).toEqual([accountId(1), accountId(2)])
    expect(done.get(accountId(1))).toMatchObject({ outcome: 'updated', etag: 'W/"2"' })
    expect(JSON.parse(done.get(accountId(2))!.body!)).toMatchObject({ name: 'Beta 100%', city: null, revenue: 7.25 })
    const stored = await rowsOf('account', 't.id')
    expect(stored.find(({ id }) => id === accountId(3))).toMatchObject({ version: 1, city: null })
    expect(stored.find(({ id }) => id === accountId(1))).toMatchObject({ version: 2, city: 'Bonn', name: 'Alpha' })
    expect(await rowsOf('_audit', 't.record_id')).toMatchObject([
      {
        request_id: 'r0',
        version: 2,
        before: { city: 'Paris', revenue: 100.5 },
        after: { city: 'Bonn', revenue: 7.25 },
      },
      { request_id: 'r2', version: 2, before: { city: 'Rome', revenue: 200 }, after: { city: null, revenue: 7.25 } },
    ])
  })

  test('what is not audited leaves its small row, and a link is looked up for each record', async () => {
    const change = (n: number, account: string): Given => ({
      entity: 'contact',
      operation: 'update',
      id: contactId(n),
      values: { account_id: account },
    })
    const mine = (await rowsOf('contact', 't.id')).filter(({ owner_id: owner }) => owner === userId(1))
    const numbers = mine.map(({ id }) => Number(String(id).slice(-3)))
    expect(numbers.length).toBeGreaterThan(1)
    const done = await together(change(numbers[0]!, accountId(2)), change(numbers[1]!, accountId(3)))
    expect([...done.keys()]).toEqual([contactId(numbers[0]!)])
    expect(await rowsOf('_change', 't.record_id')).toMatchObject([{ record_id: contactId(numbers[0]!), version: 2 }])
  })

  test('a rule over stored values is asked of each record', async () => {
    await database.query(
      `update ${schema}.opportunity set owner_id = '${userId(1)}', amount = case when id = '${opportunityId(1)}' then 5000 else 10 end`,
    )
    const ids = (await rowsOf('opportunity', 't.id')).map(({ id }) => String(id))
    const done = await together(
      ...ids.map((id): Given => ({ entity: 'opportunity', operation: 'update', id, values: { name: 'Renamed' } })),
    )
    expect([...done.keys()].sort()).toEqual(ids.filter((id) => id !== opportunityId(1)).sort())
  })

  test.runIf(engine === 'postgres')('locked records are left out, without a wait', async () => {
    const other = await serverSession(postgres!.url)
    try {
      await other.query('begin')
      await other.query(`select 1 from ${schema}.account where id = '${accountId(1)}' for update`)
      const change = (n: number): Given => ({ operation: 'update', id: accountId(n), values: { city: 'Bonn' } })
      expect([...(await together(change(1), change(2))).keys()]).toEqual([accountId(2)])
    } finally {
      await other.query('rollback')
      await other.end()
    }
  })

  test('only writes that differ in nothing but their values are of one kind', () => {
    const update: Given = { operation: 'update', id: accountId(1), values: { city: 'Bonn' } }
    const kind = (more: Partial<Given>) => prepare({ ...update, ...more }).alike?.kind
    expect(kind({ id: accountId(2), values: { city: 'Ulm' }, requestId: 'other' })).toBe(kind({}))
    expect(kind({ ifMatch: '*' })).toBe(kind({}))
    const others: readonly Partial<Given>[] = [
      { values: { name: 'Bonn' } },
      { actor: someone(['salesperson'], 2) },
      { actor: someone(['salesperson']) },
      { returning: 'nothing' },
      { select: ['city'] },
      { exact: true },
      { entity: 'contact', values: { last_name: 'Bonn' } },
      { operation: 'create', values: { name: 'New', city: 'Bonn' } },
    ]
    for (const other of others) expect(kind(other), JSON.stringify(other)).not.toBe(kind({}))
    expect(kind({ ifMatch: 'W/"1"' })).toBeUndefined()
    expect(kind({ key: { account_number: 'A-1' } })).toBeUndefined()
    expect(kind({ operation: 'delete', values: {} })).toBeUndefined()
    const given = { model, actor: someone(['administrator']), now, requestId: 'r', schema }
    const moved = prepareWrite({
      ...given,
      operation: 'update',
      entity: model.entities.get('account')!,
      id: accountId(1),
      values: { owner_id: userId(3), owner_type: 'user' },
    })
    expect(moved).not.toBeInstanceOf(Problem)
    expect((moved as PreparedWrite).alike).toBeUndefined()
  })
})

async function serverSession(url: string) {
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  return client
}
