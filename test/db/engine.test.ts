// Do both engines behave the same behind the Database contract: values, errors, transactions, limits, notifications?
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Database } from '@peyvand/runtime/db/database.ts'
import { DatabaseError } from '@peyvand/runtime/db/error.ts'
import { openDatabase } from '@peyvand/runtime/db/open.ts'
import { freshDatabase, type FreshDatabase } from '../support/database.ts'
import { engines } from '../support/server.ts'

const uuid = '6fa459ea-ee8a-4ca4-894e-db77e160355e'

/** SQL expression, parameters, the JavaScript value that comes back. */
const values: readonly [string, readonly unknown[], unknown][] = [
  ['9007199254740993::int8', [], '9007199254740993'],
  ['1.50::numeric', [], '1.50'],
  ["date '2026-03-01'", [], '2026-03-01'],
  ["timestamptz '2026-03-01 10:00:00.123+02'", [], '2026-03-01 08:00:00.123+00'],
  ["to_json(timestamptz '2026-03-01 10:00:00.123+02')", [], '2026-03-01T08:00:00.123+00:00'],
  ["interval '36 hours'", [], '36:00:00'],
  ['true', [], true],
  ['7', [], 7],
  ['1.5::float8', [], 1.5],
  ['null::text', [], null],
  ["array['x', null]", [], ['x', null]],
  ['array[1::int8]', [], ['1']],
  ['array[1.50::numeric]', [], ['1.50']],
  [`'{"a":[1]}'::jsonb`, [], { a: [1] }],
  ['$1::uuid', [uuid], uuid],
  ['$1::int', [5], 5],
  ['$1::int8', [12n], '12'],
  ['$1::boolean', [false], false],
  ['$1::text', ['it\'s \\ "quoted" پیوند \u{1F600}'], 'it\'s \\ "quoted" پیوند \u{1F600}'],
  ['$1::text[]', [['a"b', '\\', null, '', 'NULL', 'c,d']], ['a"b', '\\', null, '', 'NULL', 'c,d']],
  ['$1::jsonb', [{ a: 'ب' }], { a: 'ب' }],
  ['$1::timestamptz', [new Date('2026-01-01T00:00:00Z')], '2026-01-01 00:00:00+00'],
  ['encode($1::bytea, $2)', [new Uint8Array([0, 255]), 'hex'], '00ff'],
]

/** Statement, SQLSTATE, and the constraint or column it names. */
const failures: readonly [string, string, Partial<DatabaseError>][] = [
  ['select 1 from t.missing', '42P01', {}],
  ['select nope from t.thing', '42703', {}],
  ["insert into t.thing (id, name) values (1, 'a')", '23505', { table: 'thing', constraint: 'thing_pkey' }],
  ['insert into t.thing (id) values (99)', '23502', { table: 'thing', column: 'name' }],
  ["select 'x'::int", '22P02', {}],
  ['select 1 / 0', '22012', {}],
  ['selec', '42601', {}],
]

describe.each(engines)('%s', (engine) => {
  let fresh: FreshDatabase
  let database: Database

  beforeAll(async () => {
    fresh = await freshDatabase(engine, { STATEMENT_TIMEOUT: '1000' })
    database = await openDatabase(fresh.config)
    await database.query({ text: 'create schema t' })
    await database.query({
      text: 'create table t.thing (id integer constraint thing_pkey primary key, name text collate "C" not null)',
    })
    await database.query({ text: "insert into t.thing values (1, 'one'), (2, 'two')" })
  })
  afterAll(async () => {
    await database?.close()
    await fresh?.remove()
  })

  const count = async () =>
    Number((await database.query<{ n: string }>({ text: 'select count(*) as n from t.thing' })).rows[0]!.n)

  it.each(values)('gives %s', async (expression, parameters, expected) => {
    for (const name of [undefined, `value_${values.findIndex(([one]) => one === expression)}`]) {
      const { rows } = await database.query<{ v: unknown }>({
        text: `select ${expression} as v`,
        values: parameters,
        name,
      })
      expect(rows[0]!.v).toEqual(expected)
    }
  })

  it.each(failures)('fails %s with %s', async (text, code, parts) => {
    const error = await database.query({ text }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(DatabaseError)
    expect(error).toMatchObject({ code, ...parts })
  })

  it('counts the rows that were changed and those that were returned', async () => {
    expect((await database.query({ text: 'update t.thing set name = name where id in (1, 2)' })).rowCount).toBe(2)
    expect((await database.query({ text: 'select id from t.thing where id = 1' })).rowCount).toBe(1)
    expect((await database.query({ text: 'delete from t.thing where id = 77 returning id' })).rowCount).toBe(0)
  })

  it('commits when the work ends and rolls back when it throws', async () => {
    await database.transaction(async (session) => {
      await session.query({ text: "insert into t.thing values (3, 'three')" })
    })
    expect(await count()).toBe(3)
    const failed = database.transaction(async (session) => {
      await session.query({ text: 'delete from t.thing' })
      throw new Error('changed my mind')
    })
    await expect(failed).rejects.toThrow('changed my mind')
    expect(await count()).toBe(3)
  })

  it('never says that a transaction succeeded when a statement in it had failed', async () => {
    const swallowed = database.transaction(async (session) => {
      await session.query({ text: "insert into t.thing values (4, 'four')" })
      await session.query({ text: 'select 1 / 0' }).catch(() => undefined)
    })
    await expect(swallowed).rejects.toThrow()
    expect(await count()).toBe(3)
  })

  it('keeps what runs beside a transaction out of it', async () => {
    const seen: number[] = []
    const inside = Promise.withResolvers<void>()
    const transaction = database.transaction(async (session) => {
      await session.query({ text: "insert into t.thing values (5, 'five')" })
      inside.resolve()
      throw new Error('rolled back')
    })
    const outcome = expect(transaction).rejects.toThrow('rolled back')
    await inside.promise
    await Promise.all(Array.from({ length: 20 }, async () => seen.push(await count())))
    await outcome
    expect(new Set(seen)).toEqual(new Set([3]))
  })

  it('answers many statements at once, each its own', async () => {
    const asked = Array.from({ length: 300 }, (_, i) => i)
    const answers = await Promise.all(
      asked.map((i) =>
        database.query<{ v: number }>({ text: 'select $1::int as v', values: [i], name: i % 2 ? 'one' : undefined }),
      ),
    )
    expect(answers.map(({ rows }) => rows[0]!.v)).toEqual(asked)
  })

  it('gives the same values each time a named statement runs, also after it failed', async () => {
    const ask = async (by: number) => {
      const text = 'select 6 / $1::int as a, 5::int8 as b, array[true] as c, null::text as d'
      return (await database.query({ text, values: [by], name: 'again' })).rows
    }
    const expected = (a: number) => [{ a, b: '5', c: [true], d: null }]
    expect(await ask(1)).toEqual(expected(6))
    expect(await ask(2)).toEqual(expected(3))
    await expect(ask(0)).rejects.toThrow(DatabaseError)
    const rest = await Promise.allSettled([3, 0, 6].map(ask))
    expect(rest.map((one) => (one.status === 'fulfilled' ? one.value : 'failed'))).toEqual([
      expected(2),
      'failed',
      expected(1),
    ])
  })

  it('stops a statement that takes too long, and only that one', async () => {
    const started = performance.now()
    const slow = database.query({ text: 'select count(*) from generate_series(1, 2000000000) as s (n)' })
    const others = Array.from({ length: 5 }, (_, i) =>
      database.query<{ v: number }>({ text: 'select $1::int as v', values: [i] }),
    )
    await expect(slow).rejects.toMatchObject({ code: 'limit.time' })
    expect(performance.now() - started).toBeLessThan(8_000)
    expect((await Promise.all(others)).map(({ rows }) => rows[0]!.v)).toEqual([0, 1, 2, 3, 4])
    expect(await count()).toBe(3)
  })

  it('stops a statement in a transaction at its own limit and undoes the rest', async () => {
    const slow = database.transaction(
      async (session) => {
        await session.query({ text: "insert into t.thing values (6, 'six')" })
        await session.query({ text: 'select count(*) from generate_series(1, 2000000000) as s (n)' })
      },
      { statementTimeout: 300 },
    )
    await expect(slow).rejects.toMatchObject({ code: 'limit.time' })
    expect(await count()).toBe(3)
  })

  it('still answers a prepared statement after its table changed', async () => {
    const ask = () => database.query<{ v: unknown }>({ text: 'select c.v from t.changing c', name: 'changing' })
    await database.query({ text: 'create table t.changing (v integer)' })
    await database.query({ text: 'insert into t.changing values (1)' })
    await Promise.all(Array.from({ length: 12 }, ask))
    await database.query({ text: 'alter table t.changing alter column v type text' })
    const answers = await Promise.all(Array.from({ length: 12 }, ask))
    expect(answers.map(({ rows }) => rows[0]!.v)).toEqual(answers.map(() => '1'))
  })

  it('hears notifications, those of a transaction only after it committed', async () => {
    const heard: string[] = []
    const stop = await database.listen('news', (payload) => heard.push(payload))
    const until = async (payload: string) => {
      for (const end = Date.now() + 5_000; !heard.includes(payload) && Date.now() < end;)
        await database.query({ text: 'select 1' })
      expect(heard).toContain(payload)
    }
    await database
      .transaction(async (session) => {
        await session.query({ text: 'select pg_notify($1, $2)', values: ['news', 'never'] })
        throw new Error('rolled back')
      })
      .catch(() => undefined)
    await database.transaction((session) =>
      session.query({ text: 'select pg_notify($1, $2)', values: ['news', 'inside'] }),
    )
    await database.notify('news', 'outside')
    await until('inside')
    await until('outside')
    expect(heard).not.toContain('never')
    await stop()
  })

  it('lets what is under way finish when it closes, and refuses what comes after', async () => {
    const own = await freshDatabase(engine)
    const other = await openDatabase(own.config)
    const running = Promise.all(
      Array.from({ length: 20 }, (_, i) => other.query<{ v: number }>({ text: 'select $1::int as v', values: [i] })),
    )
    const writing = other.transaction(async (session) =>
      session.query({ text: 'create table public.kept (id integer)' }),
    )
    await Promise.all([running, writing, other.close()])
    await expect(other.query({ text: 'select 1' })).rejects.toMatchObject({ code: 'internal.unavailable' })
    const again = await openDatabase(own.config)
    expect((await again.query({ text: 'select count(*) from public.kept' })).rowCount).toBe(1)
    await again.close()
    await own.remove()
  })
})
