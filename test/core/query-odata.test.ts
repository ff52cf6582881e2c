// What the larger options of OData give on a real engine: counts, hierarchies, casts, computed values, groups and searches,
// each also as somebody who may not see everything.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Actor } from '@peyvand/core/access/actor.ts'
import { prepareRead } from '@peyvand/core/access/read.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import {
  accountId,
  insertRows,
  memoryDatabase,
  queryModel,
  sample,
  schema,
  someone,
  type TestDatabase,
} from '../support/query-model.ts'

const model = queryModel()
const admin = someone(['administrator'])
/** Sees the accounts of user 1, the contacts of unit 2, opportunities of units 2 and 3 below 1,000. */
const sales = someone(['salesperson'])
let database: TestDatabase

beforeAll(async () => {
  database = await memoryDatabase(model)
  await insertRows(database, model, sample)
})
afterAll(() => database?.close())

async function body(path: string, query: string, actor: Actor = admin, maxPageSize = 5000): Promise<unknown> {
  const encoded = query.replaceAll(/[^&=$]+/g, encodeURIComponent)
  const prepared = prepareRead({
    model,
    actor,
    path,
    query: encoded,
    pageSize: 50,
    maxPageSize,
    schema,
    now: '2026-02-01T00:00:00.000Z',
    base: 'http://host/api',
  })
  if (prepared instanceof Problem) throw prepared
  const [row] = await database.query<{ body: string; count?: string }>(
    prepared.statement.text,
    prepared.statement.values,
  )
  const value = JSON.parse(prepared.tidy(row!.body)) as unknown
  return row!.count === undefined ? value : { count: Number(row!.count), value }
}
const names = async (path: string, query: string, actor?: Actor) =>
  ((await body(path, query, actor)) as Record<string, unknown>[]).map((each) => each['name'] ?? each['subject'])

const [alpha, beta, gamma] = [accountId(1), accountId(2), accountId(3)]

describe('filters', () => {
  const filters: readonly (readonly [path: string, filter: string, expected: readonly string[], actor?: Actor])[] = [
    ['accounts', 'contacts/$count gt 1', ['Alpha']],
    ['accounts', 'contacts/$count eq 1', ['gamma']],
    ['accounts', 'contacts/$count($filter=age gt 35) eq 1', ['Alpha']],
    ['accounts', "contacts/$count($filter=startswith(last_name,'S') and $it/city eq 'Paris') eq 1", ['Alpha']],
    ['accounts', 'subsidiaries/any(s:s/contacts/$count ge 1)', ['Alpha']],
    ['accounts', 'parent/contacts/$count eq 2', ['Beta 100%', 'gamma']],
    ['accounts', 'contacts/$count eq 2', ['Alpha'], sales],
    ['accounts', 'subsidiaries/$count eq 1', ['Alpha'], sales],
    ['accounts', 'subsidiaries/$count eq 2', ['Alpha']],
    ['accounts', `under(id,${alpha})`, ['Beta 100%', 'gamma']],
    ['accounts', `underorequal(id,${alpha})`, ['Alpha', 'Beta 100%', 'gamma']],
    ['accounts', `Peyvand.NotUnder(id,${alpha})`, ['Alpha', 'Ωmega', 'Zeta_5']],
    ['accounts', `above(id,${beta})`, ['Alpha']],
    ['accounts', `aboveOrEqual(id,${gamma})`, ['Alpha', 'gamma']],
    ['accounts', `under(parent,${alpha})`, []],
    ['accounts', `underorequal(parent,${alpha})`, ['Beta 100%', 'gamma']],
    ['opportunities', `under(account,${alpha})`, ['Second', 'Third']],
    [
      'opportunities',
      `Microsoft.Dynamics.CRM.UnderOrEqual(PropertyName='account',PropertyValue='${alpha}')`,
      ['First', 'Second', 'Third'],
    ],
    ['accounts', `under(id,${alpha})`, ['Beta 100%'], sales],
    ['accounts', `above(id,${gamma})`, [], sales],
    ['activities', 'isof(regarding,peyvand.account)', ['Call Alpha']],
    ['activities', 'isof(regarding,contact)', ['Mail Bob']],
    ['activities', `cast(regarding,peyvand.account) eq ${alpha}`, ['Call Alpha']],
    ['activities', "regarding/peyvand.account/name eq 'Alpha'", ['Call Alpha']],
    ['accounts', "cast(employees,Edm.String) eq '10'", ['Alpha']],
    ['accounts', 'cast(revenue,Edm.Int32) eq 100', ['Alpha']],
    ['accounts', 'cast(created_at,Edm.Date) eq 2026-01-01 and isof(founded,Edm.Date)', ['Alpha', 'Beta 100%']],
    ['accounts', 'isof(account) and active', ['Alpha', 'Ωmega']],
    ['accounts', "matchesPattern(name,'^[AB]') or true", []],
    ['accounts', "matchesPattern(name,'^.*a$')", ['Alpha', 'gamma', 'Ωmega']],
    ['accounts', "case(employees ge 20:'big',employees ge 10:'middle',true:'small') eq 'middle'", ['Alpha']],
    ['accounts', 'name in [city,name] and employees gt 40', ['Zeta_5']],
    ['accounts', 'name in []', []],
    ['accounts', "city in ('Paris','Oslo')", ['Alpha', 'Zeta_5']],
    ['accounts', 'city in ["Paris","Oslo"]', ['Alpha', 'Zeta_5']],
    ['accounts', 'created_at lt maxdatetime() and created_at gt mindatetime() and employees eq 5', ['Ωmega']],
  ]
  for (const [path, filter, expected, actor] of filters) {
    const refused = filter.includes('[AB]')
    test(`${path}: ${filter}${actor ? ' (sales)' : ''}`, async () => {
      const found = names(path, `$filter=${filter}`, actor)
      if (refused) await expect(found).rejects.toThrow('not supported')
      else expect(await found).toEqual(expected)
    })
  }

  test('aliases stand for lists, fields and conditions', async () => {
    expect(await names('accounts', "$filter=city in @c&@c=['Paris','Oslo']")).toEqual(['Alpha', 'Zeta_5'])
    expect(await names('accounts', '$filter=@big and @f eq 50&@big=employees gt @n&@n=15&@f=employees')).toEqual([
      'Zeta_5',
    ])
  })
  test('sorting by how many', async () =>
    expect(await names('accounts', '$orderby=contacts/$count desc,name&$top=3')).toEqual([
      'Alpha',
      'gamma',
      'Beta 100%',
    ]))
  test('a ring of parents ends', async () => {
    await database.query(`update ${schema}.account set parent_id = $1::uuid where id = $2::uuid`, [beta, alpha])
    expect(await names('accounts', `$filter=under(id,${alpha})`)).toEqual(['Beta 100%', 'gamma'])
    await database.query(`update ${schema}.account set parent_id = null where id = $1::uuid`, [alpha])
  })
})

describe('search', () => {
  const searches: readonly (readonly [string, readonly string[]])[] = [
    ['alpha OR zeta', ['Alpha', 'Zeta_5']],
    ['rome NOT beta', ['Ωmega']],
    ['NOT rome', ['Alpha', 'gamma', 'Zeta_5']],
    ['(alpha OR beta) AND paris', ['Alpha']],
    ['alpha OR beta rome', ['Alpha', 'Beta 100%']],
    ['"Beta 100"', ['Beta 100%']],
    ['NOT (rome OR paris)', ['gamma', 'Zeta_5']],
  ]
  for (const [search, expected] of searches)
    test(search, async () => expect(await names('accounts', `$search=${search}`)).toEqual(expected))
  test('inside $expand', async () =>
    expect(
      await body(
        'accounts',
        `$filter=name eq 'Alpha'&$select=name&$expand=contacts($select=last_name;$search=smith OR nobody)`,
      ),
    ).toMatchObject([{ name: 'Alpha', contacts: [{ last_name: 'Smith' }] }]))
})

describe('$compute', () => {
  test('is answered, filtered and sorted by', async () => {
    expect(
      await body(
        'accounts',
        '$compute=employees mul 2 as twice,twice add 1 as more&$select=name,more&$filter=twice ge 20&$orderby=more desc',
      ),
    ).toMatchObject([
      { name: 'Zeta_5', more: 101 },
      { name: 'Beta 100%', more: 41 },
      { name: 'Alpha', more: 21 },
    ])
  })
  test('stands beside all columns, and walks lookups', async () => {
    expect(await body('contacts', '$compute=concat(account/name,last_name) as full&$filter=age eq 30')).toMatchObject([
      { last_name: 'Smith', full: 'AlphaSmith', age: 30 },
    ])
  })
  test('inside $expand', async () =>
    expect(
      await body(
        'accounts',
        "$filter=name eq 'Alpha'&$select=name&$expand=contacts($compute=age mul 12 as months;$select=months;$orderby=months)",
      ),
    ).toMatchObject([{ contacts: [{ months: 360 }, { months: 480 }] }]))
  test('knows no field that may not be read', async () => {
    await expect(body('accounts', '$compute=secret as s', sales)).rejects.toMatchObject({ code: 'request.unknown' })
    await expect(body('accounts', '$apply=compute(secret as s)/groupby((s))', sales)).rejects.toMatchObject({
      code: 'request.unknown',
    })
    await expect(
      body('accounts', '$apply=groupby((name),aggregate(secret with max as s))', sales),
    ).rejects.toMatchObject({ code: 'request.unknown' })
    await expect(body('accounts', '$filter=name eq @p&@p=secret', sales)).rejects.toMatchObject({
      code: 'request.unknown',
    })
  })
  test('exact division shows no zeros', async () =>
    expect(await body('accounts', "$compute=revenue div 4 as q&$select=q&$filter=name eq 'Alpha'")).toMatchObject([
      { q: 25.125 },
    ]))
})

describe('$apply', () => {
  const groups: readonly (readonly [title: string, path: string, query: string, expected: unknown, actor?: Actor])[] = [
    [
      'buckets of a date',
      'opportunities',
      '$apply=compute(year(close_date) as y,month(close_date) as m)/groupby((y,m),aggregate($count as n))',
      [
        { y: null, m: null, n: 2 },
        { y: 2026, m: 1, n: 1 },
        { y: 2026, m: 2, n: 1 },
      ],
    ],
    [
      'first days of months',
      'opportunities',
      '$apply=filter(close_date ne null)/compute(start_of_month(close_date) as month)/groupby((month),aggregate(amount with sum as s))',
      [
        { month: '2026-01-01', s: 10 },
        { month: '2026-02-01', s: 20.5 },
      ],
    ],
    [
      'groups filtered, computed, sorted and cut',
      'opportunities',
      '$apply=groupby((stage),aggregate($count as n,amount with sum as s))/filter(n ge 1)/compute(s div n as mean)/orderby(s desc)/top(2)',
      [
        { stage: 'new', n: 1, s: 5000, mean: 5000 },
        { stage: 'won', n: 2, s: 30.5, mean: 15.25 },
      ],
    ],
    [
      'options on the result',
      'opportunities',
      '$apply=groupby((stage),aggregate($count as n))&$filter=n eq 1&$orderby=stage desc&$compute=n add 1 as more&$select=stage,more&$count=true',
      {
        count: 2,
        value: [
          { stage: 'new', more: 2 },
          { stage: 'lost', more: 2 },
        ],
      },
    ],
    [
      'groups of groups',
      'opportunities',
      '$apply=groupby((stage),aggregate($count as n))/groupby((n),aggregate($count as stages))',
      [
        { n: 1, stages: 2 },
        { n: 2, stages: 1 },
      ],
    ],
    [
      'a rollup leaves out what it rolls up',
      'opportunities',
      '$apply=groupby((rollup($all,stage,account/name)),aggregate($count as n))',
      [
        { n: 4 },
        { stage: 'lost', n: 1 },
        { stage: 'lost', account: { name: null }, n: 1 },
        { stage: 'new', n: 1 },
        { stage: 'new', account: { name: 'gamma' }, n: 1 },
        { stage: 'won', n: 2 },
        { stage: 'won', account: { name: 'Alpha' }, n: 1 },
        { stage: 'won', account: { name: 'Beta 100%' }, n: 1 },
      ],
    ],
    [
      'a rollup beside a plain key',
      'accounts',
      '$apply=filter(city ne null)/groupby((active,rollup(city,industry)),aggregate($count as n))&$filter=active',
      [
        { active: true, city: 'Paris', n: 1 },
        { active: true, city: 'Paris', industry: 'energy', n: 1 },
        { active: true, city: 'Rome', n: 1 },
        { active: true, city: 'Rome', industry: null, n: 1 },
      ],
    ],
    [
      'several rollups: every level of one with every level of the other',
      'accounts',
      "$apply=filter(city eq 'Rome')/groupby((rollup($all,city),rollup($all,active)),aggregate($count as n))",
      [
        { n: 2 },
        { active: false, n: 1 },
        { active: true, n: 1 },
        { city: 'Rome', n: 2 },
        { city: 'Rome', active: false, n: 1 },
        { city: 'Rome', active: true, n: 1 },
      ],
    ],
    [
      'several results after each other',
      'opportunities',
      '$apply=filter(amount ne null)/concat(groupby((stage),aggregate(amount with sum as s)),aggregate(amount with sum as s))&$count=true',
      {
        count: 3,
        value: [{ stage: 'new', s: 5000 }, { stage: 'won', s: 30.5 }, { s: 5030.5 }],
      },
    ],
    [
      'the largest',
      'accounts',
      '$apply=topcount(2,employees)&$select=name&$orderby=name',
      [{ name: 'Beta 100%' }, { name: 'Zeta_5' }],
    ],
    [
      'the largest, then grouped',
      'accounts',
      '$apply=topcount(3,employees)/aggregate(employees with sum as s,name with countdistinct as n)',
      [{ s: 80, n: 3 }],
    ],
    [
      'the smallest of some',
      'accounts',
      '$apply=filter(employees gt 5)/bottomcount(1,employees)&$select=name',
      [{ name: 'Alpha' }],
    ],
    [
      'sorted and cut records',
      'accounts',
      '$apply=orderby(name)/skip(1)/top(2)&$select=name',
      [{ name: 'Beta 100%' }, { name: 'gamma' }],
    ],
    [
      'records with a computed value',
      'accounts',
      '$apply=compute(length(name) as l)/filter(l lt 6)&$select=name,l',
      [
        { name: 'Alpha', l: 5 },
        { name: 'gamma', l: 5 },
        { name: 'Ωmega', l: 5 },
      ],
    ],
    ['a filter alone', 'accounts', "$apply=filter(city eq 'Rome')&$select=name&$filter=active", [{ name: 'Ωmega' }]],
    [
      'what somebody else may see',
      'opportunities',
      '$apply=groupby((stage),aggregate($count as n))',
      [
        { stage: 'lost', n: 1 },
        { stage: 'won', n: 2 },
      ],
      sales,
    ],
    [
      'the largest of what somebody may see',
      'opportunities',
      '$apply=topcount(1,amount)&$select=name',
      [{ name: 'Second' }],
      sales,
    ],
    [
      'nothing at all',
      'opportunities',
      "$apply=filter(name eq 'none')/aggregate(amount with sum as s,$count as n)",
      [{ s: null, n: 0 }],
    ],
  ]
  for (const [title, path, query, expected, actor] of groups)
    test(title, async () => {
      const given = await body(path, query, actor)
      if (Array.isArray(expected) && (expected[0] as object | undefined) && 'name' in (expected[0] as object))
        expect(given).toMatchObject(expected)
      else expect(given).toEqual(expected)
    })
  test('its count', async () => {
    const [n, count] = [
      await body('opportunities', '$apply=groupby((stage))&$count=true'),
      await body('opportunities/$count', '$apply=groupby((stage))'),
    ]
    expect([(n as { count: number }).count, count]).toEqual([3, 3])
  })
})

describe('$expand', () => {
  test('levels of a hierarchy', async () => {
    expect(
      await body(
        'accounts',
        '$filter=parent eq null and employees eq 10&$select=name&$expand=subsidiaries($select=name;$orderby=name;$levels=2)',
      ),
    ).toMatchObject([
      {
        name: 'Alpha',
        subsidiaries: [
          { name: 'Beta 100%', subsidiaries: [] },
          { name: 'gamma', subsidiaries: [] },
        ],
      },
    ])
    expect(
      await body('accounts', "$filter=name eq 'gamma'&$select=name&$expand=parent($select=name;$levels=max)"),
    ).toMatchObject([{ name: 'gamma', parent: { name: 'Alpha', parent: null } }])
  })
  test('every relationship', async () => {
    const [account] = (await body(
      'accounts',
      "$filter=name eq 'Alpha'&$select=name&$expand=*,contacts($select=last_name;$top=1)",
    )) as Record<string, unknown>[]
    expect(Object.keys(account!)).toEqual(
      expect.arrayContaining(['parent', 'subsidiaries', 'opportunities', 'activities', 'owner_user']),
    )
    expect(account!['contacts']).toHaveLength(1)
  })
  test('how many', async () => {
    expect(
      await body(
        'accounts',
        "$filter=name eq 'Alpha'&$select=name&$expand=contacts/$count($filter=age gt 35),subsidiaries($count=true;$top=1;$select=name)",
      ),
    ).toMatchObject([
      { 'contacts@odata.count': 1, 'subsidiaries@odata.count': 2, subsidiaries: [{ name: 'Beta 100%' }] },
    ])
  })
  test('the rest of a long list has a link that leads there', async () => {
    const query =
      "$filter=name eq 'Alpha'&$select=name&$expand=contacts($select=last_name;$orderby=age desc;$filter=age gt @least;$skip=0),subsidiaries($top=1;$select=name)&@least=5"
    const [account] = (await body('accounts', query, admin, 1)) as Record<string, unknown>[]
    expect(account).toMatchObject({ contacts: [{ last_name: 'Jones' }], subsidiaries: [{ name: 'Beta 100%' }] })
    expect(account).not.toHaveProperty(['subsidiaries@odata.nextLink'])
    const link = account!['contacts@odata.nextLink'] as string
    const [, path, next] = /^http:\/\/host\/api\/([^?]*)\?(.*)$/.exec(link)!
    expect(path).toBe(`accounts(${alpha})/contacts`)
    const prepared = prepareRead({
      model,
      actor: admin,
      path: path!,
      query: next!,
      pageSize: 50,
      maxPageSize: 50,
      schema,
    })
    if (prepared instanceof Problem) throw prepared
    const [row] = await database.query<{ body: string }>(prepared.statement.text, prepared.statement.values)
    expect(JSON.parse(row!.body)).toMatchObject([{ last_name: 'Smith' }])
  })
  test('a complete list has no link, and one shape serves other values', async () => {
    for (const [age, more] of [
      [5, true],
      [35, false],
      [25, true],
    ] as const) {
      const [account] = (await body(
        'accounts',
        `$filter=name eq 'Alpha'&$expand=contacts($filter=age gt ${age})`,
        admin,
        1,
      )) as Record<string, unknown>[]
      expect('contacts@odata.nextLink' in account!).toBe(more)
      if (more)
        expect(decodeURIComponent(account!['contacts@odata.nextLink'] as string)).toContain(
          `$filter=age gt ${age}&$skiptoken=`,
        )
    }
  })
})
