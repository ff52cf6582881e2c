// Searching, on both engines: `$search` and the search over everything find what people take for the same, the best first, by
// the index, and nobody finds by what they may not read.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { prepareRead } from '@peyvand/core/access/read.ts'
import { prepareSearch, type Found, type SearchRow } from '@peyvand/core/access/search.ts'
import type { Actor } from '@peyvand/core/access/actor.ts'
import { prepareWrite, type WriteRow } from '@peyvand/core/access/write.ts'
import { must, Problem } from '@peyvand/core/base/problem.ts'
import { splitSearch, termsOf } from '@peyvand/core/query/search.ts'
import { engines } from '../support/server.ts'
import { startPostgres, type TestPostgres } from '../support/postgres.ts'
import {
  accountId,
  insertRows,
  memoryDatabase,
  queryModel,
  sample,
  schema,
  serverDatabase,
  someone,
  unitId,
  userId,
  type TestDatabase,
} from '../support/query-model.ts'

const model = queryModel()
const admin = someone(['administrator'])
const sales = someone(['salesperson'])
const names = [
  'میرود به کتابخانه',
  'كتاب‌هاي علي',
  '۰۹۱۲ ۳۴۵ ۶۷۸۹',
  'Ёлка и мой дом',
  'Școala Țării',
  'น้ำแข็ง ลูกค้าสัมพันธ์',
  'Alphabet',
  'Beta of Alpha',
  'Malphas',
  'Straße 100%_x',
]

describe.each(engines)('on %s', (engine) => {
  let database: TestDatabase
  let postgres: TestPostgres | undefined
  beforeAll(async () => {
    postgres = engine === 'postgres' ? await startPostgres() : undefined
    database = postgres ? await serverDatabase(model, postgres.url) : await memoryDatabase(model)
    await insertRows(database, model, sample)
    await insertRows(database, model, {
      account: names.map((name, i) => ({
        id: accountId(20 + i),
        name,
        owner_id: userId(1),
        owning_unit_id: unitId(2),
      })),
    })
  })
  afterAll(async () => {
    await database?.close()
    await postgres?.stop()
  })

  async function listed(search: string, actor: Actor = admin): Promise<string[]> {
    const query = `$search=${encodeURIComponent(search)}&$orderby=name&$select=name`
    const { statement } = must(
      prepareRead({ model, actor, schema, path: 'accounts', query, pageSize: 50, maxPageSize: 50 }),
    )
    const [row] = await database.query<{ body: string }>(statement.text, statement.values)
    return (JSON.parse(row!.body) as { name: string }[]).map(({ name }) => name)
  }
  async function everywhere(text: string, actor: Actor = admin, top = 5): Promise<readonly Found[]> {
    const { statement, found } = must(prepareSearch({ model, actor, schema, text, top }))
    return found(statement ? await database.query<SearchRow>(statement.text, statement.values) : [])
  }

  test.each([
    ['ميرود', [names[0]]],
    ['می رود', [names[0]]],
    ['کتابهای', [names[1]]],
    ['کتاب ها', [names[1]]],
    ['علی', [names[1]]],
    ['0912', [names[2]]],
    ['٠٩١٢٣٤٥', [names[2]]],
    ['елка', [names[3]]],
    ['МОЙ', [names[3]]],
    ['мои', []],
    ['scoala tarii', [names[4]]],
    ['ŢARII', [names[4]]],
    ['น้ำ', [names[5]]],
    ['สัมพันธ์', [names[5]]],
    ['strasse', [names[9]]],
    ['100%_', [names[9]]],
    ['100__', []],
    ['alpha', ['Alpha', 'Alphabet', 'Beta of Alpha', 'Malphas']],
    ['alpha*', ['Alpha', 'Alphabet', 'Beta of Alpha']],
    ['"of alpha"', ['Beta of Alpha']],
    ['alpha NOT beta', ['Alpha', 'Alphabet', 'Malphas']],
    ['al', ['Alpha', 'Alphabet', 'Beta of Alpha', 'Malphas', names[4]!]],
  ])('$search %s', async (search, expected) => {
    expect((await listed(search)).toSorted()).toEqual(expected.map(String).toSorted())
  })

  test('everything at once: the name itself, its beginning, a word of it, the inside of a word', async () => {
    const found = await everywhere('alpha')
    expect(found.map(({ entity, count, more }) => [entity, count, more])).toEqual([
      ['account', 4, false],
      ['activity', 1, false],
    ])
    expect(found[0]!.hits.map(({ name }) => name)).toEqual(['Alpha', 'Alphabet', 'Beta of Alpha', 'Malphas'])
    expect(found[0]!.hits.map(({ ranges }) => ranges)).toEqual([[[0, 5]], [[0, 5]], [[8, 13]], [[1, 6]]])
    expect((await everywhere('alpha', admin, 2))[0]).toMatchObject({ count: 4, hits: [{}, {}] })
  })

  test('what the name has not is shown beside it, as it is written', async () => {
    const [account] = await everywhere('ALPHA paris')
    expect(account!.hits).toEqual([
      { id: accountId(1), name: 'Alpha', ranges: [[0, 5]], also: { field: 'city', text: 'Paris', ranges: [[0, 5]] } },
    ])
    expect((await everywhere('کتابهای علی'))[0]!.hits[0]).toMatchObject({
      name: names[1],
      ranges: [
        [0, 8],
        [9, 12],
      ],
    })
  })

  test('nobody finds by a field they may not read, nor records they may not see', async () => {
    expect(await listed('s1')).toEqual(['Alpha'])
    expect(await listed('s1', sales)).toEqual([])
    expect((await everywhere('s1')).map(({ entity }) => entity)).toEqual(['account'])
    expect(await everywhere('s1', sales)).toEqual([])
    expect((await listed('alpha s1 OR paris', sales)).every((name) => name === 'Alpha')).toBe(true)
    const mine = await listed('a', sales)
    expect(mine.length).toBeLessThan((await listed('a')).length)
    expect(
      (await everywhere('alpha', sales, 50)).find(({ entity }) => entity === 'account')?.hits.map(({ name }) => name),
    ).toEqual((await listed('alpha', sales)).toSorted((a, b) => a.localeCompare(b)))
  })

  test.each([
    ['', 'request.malformed'],
    ['a', 'request.malformed'],
    [' \u200c ', 'request.malformed'],
    ['a\0b', 'request.type'],
    ['a b c d e f g h i j k l', 'limit.size'],
  ])('%j is refused', (text, code) => {
    const prepared = prepareSearch({ model, actor: admin, schema, text, top: 5 })
    expect(prepared instanceof Problem && prepared.code).toBe(code)
  })
  test('one letter is enough where it says something, and half a phrase is its words', async () => {
    expect((await everywhere('น'))[0]!.hits.map(({ name }) => name)).toEqual([names[5]])
    expect((await everywhere('"alpha (beta'))[0]!.hits.map(({ name }) => name)).toEqual(['Beta of Alpha'])
    const unknown = prepareSearch({ model, actor: sales, schema, text: 'alpha', entities: ['nothing'], top: 5 })
    expect(unknown instanceof Problem && unknown.code).toBe('request.unknown')
  })

  test('a write changes what is found, in the same statement', async () => {
    const write = async (values: Record<string, string | null>) => {
      const { statement } = must(
        prepareWrite({
          model,
          actor: admin,
          schema,
          operation: 'update',
          entity: model.entities.get('account')!,
          id: accountId(26),
          values,
          now: '2026-02-01T00:00:00Z',
          requestId: 'test',
        }),
      )
      await database.query<WriteRow>(statement.text, statement.values)
    }
    await write({ city: 'Tbilisi' })
    expect(await listed('tbilisi')).toEqual(['Alphabet'])
    await write({ city: null })
    expect(await listed('tbilisi')).toEqual([])
  })

  test('the index is used, for texts of any script', async () => {
    await database.query(
      `insert into ${schema}."account" (id, name, created_at, modified_at, version, owner_id, owner_type, owning_unit_id, active, "_search")
       select gen_random_uuid(), n, now(), now(), 1, '${userId(1)}', 'user', '${unitId(2)}', true, n
       from (select 'firma ' || md5(i::text) || ' شرکت ' || i as n from generate_series(1, 20000) i) x`,
    )
    await database.query(`vacuum analyze ${schema}."account"`)
    for (const search of ['کتابهای', 'елка', 'สัมพันธ์', 'alphabet']) {
      const query = `$search=${encodeURIComponent(search)}`
      const { statement } = must(
        prepareRead({ model, actor: admin, schema, path: 'accounts', query, pageSize: 50, maxPageSize: 50 }),
      )
      const plan = await database.query<{ 'QUERY PLAN': string }>(`explain ${statement.text}`, statement.values)
      expect(plan.map((row) => row['QUERY PLAN']).join('\n'), search).toMatch(/Bitmap Index Scan/)
    }
  })
})

test.each([
  ['"say \\"hi\\" there"', ['say "hi" there']],
  ['"a\\\\" b', ['a\\', 'b']],
  ['"c:\\temp" x', ['c:\\temp', 'x']],
])('in the phrases of %j a backslash stands before quotes and backslashes', (text, words) => {
  expect([...termsOf(must(splitSearch(text)))].map((term) => term.text)).toEqual(words)
})

test('many backslashes in a phrase that does not end are refused at once', () => {
  const begun = performance.now()
  expect(splitSearch(`"${'\\'.repeat(50_000)}x`)).toBeInstanceOf(Problem)
  expect(performance.now() - begun).toBeLessThan(1000)
})
