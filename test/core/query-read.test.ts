// Reads on a real engine: the JSON that PostgreSQL builds for each kind of address and option, and what each actor sees.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Actor } from '@peyvand/core/access/actor.ts'
import { prepareRead, type ReadRow } from '@peyvand/core/access/read.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import {
  accountId,
  activityId,
  contactId,
  insertRows,
  memoryDatabase,
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
let database: TestDatabase

beforeAll(async () => {
  database = await memoryDatabase(model)
  await insertRows(database, model, sample)
})
afterAll(() => database?.close())

async function row(path: string, query = '', actor: Actor = admin): Promise<ReadRow | undefined> {
  const prepared = prepareRead({
    model,
    actor,
    path,
    query,
    pageSize: 50,
    maxPageSize: 5000,
    schema,
    now: '2026-02-01T00:00:00.000Z',
  })
  if (prepared instanceof Problem) throw prepared
  const [first] = await database.query<{ body: string | null }>(prepared.statement.text, prepared.statement.values)
  return first
}
const body = async (path: string, query = '', actor: Actor = admin): Promise<unknown> => {
  const found = await row(path, query, actor)
  return found === undefined ? undefined : found.body === null ? null : (JSON.parse(found.body) as unknown)
}
const names = async (path: string, query: string, actor: Actor = admin): Promise<unknown[]> =>
  ((await body(path, query, actor)) as Record<string, unknown>[]).map(
    (record) => record['name'] ?? record['last_name'] ?? record['subject'] ?? record['id'],
  )

describe('filters', () => {
  const filters: readonly (readonly [string, string, readonly string[]])[] = [
    ['accounts', "name eq 'Alpha'", ['Alpha']],
    ['accounts', "contains(name,'%')", ['Beta 100%']],
    ['accounts', "contains(name,'_')", ['Zeta_5']],
    ['accounts', "startswith(name,'a')", []],
    ['accounts', "name ge 'a'", ['gamma', 'Ωmega']],
    ['accounts', "account_number eq 'A''2'", ['Beta 100%']],
    ['accounts', 'city eq null', ['gamma']],
    ['accounts', "city ne 'Rome'", ['Alpha', 'gamma', 'Zeta_5']],
    ['accounts', "not (city eq 'Rome')", ['Alpha', 'gamma', 'Zeta_5']],
    ['accounts', 'employees gt 5', ['Alpha', 'Beta 100%', 'Zeta_5']],
    ['accounts', 'not (employees gt 5)', ['Ωmega']],
    ['accounts', 'employees in (5,10)', ['Alpha', 'Ωmega']],
    ['accounts', 'employees in (5,null)', ['gamma', 'Ωmega']],
    ['accounts', 'employees mod 20 eq 10', ['Alpha', 'Zeta_5']],
    ['accounts', 'revenue eq 100.5', ['Alpha']],
    ['accounts', 'revenue lt 0', ['Ωmega']],
    ['accounts', 'founded lt 2000-01-01', ['Beta 100%']],
    ['accounts', 'year(founded) eq 2001', ['Alpha']],
    ['accounts', 'founded lt today() and active', ['Alpha']],
    ['accounts', "parent/name eq 'Alpha'", ['Beta 100%', 'gamma']],
    ['accounts', `parent eq ${accountId(1)}`, ['Beta 100%', 'gamma']],
    ['accounts', 'contacts/any()', ['Alpha', 'gamma']],
    ['accounts', "contacts/any(c:c/last_name eq 'Jones')", ['Alpha']],
    ['accounts', 'contacts/all(c:c/age ge 30)', ['Alpha', 'Beta 100%', 'Ωmega', 'Zeta_5']],
    ['accounts', "subsidiaries/any(s:s/contacts/any(c:c/last_name eq 'Smith'))", ['Alpha']],
    ['accounts', 'activities/any(a:a/due_at ne null)', ['Alpha']],
    ['contacts', "account/parent/name eq 'Alpha'", ['Smith']],
    ['contacts', 'account/contacts/any(c:c/age eq 40)', ['Smith', 'Jones']],
    ['contacts', `owner eq me()`, ['Smith', "O'Hara"]],
    ['activities', "regarding_account/name eq 'Alpha'", ['Call Alpha']],
    ['activities', "regarding_type eq 'contact'", ['Mail Bob']],
    ['activities', 'due_at eq 2026-01-01T11:00:00.123+01:00', ['Call Alpha']],
  ]
  for (const [path, filter, expected] of filters) {
    test(`${path}: ${filter}`, async () =>
      expect(await names(path, `$filter=${encodeURIComponent(filter)}`)).toEqual(expected))
  }
})

describe('order', () => {
  const orders: readonly (readonly [string, readonly string[]])[] = [
    ['name', ['Alpha', 'Beta 100%', 'gamma', 'Zeta_5', 'Ωmega']],
    ['name desc', ['Ωmega', 'Zeta_5', 'gamma', 'Beta 100%', 'Alpha']],
    ['employees', ['gamma', 'Ωmega', 'Alpha', 'Beta 100%', 'Zeta_5']],
    ['employees desc', ['Zeta_5', 'Beta 100%', 'Alpha', 'Ωmega', 'gamma']],
    ['city,name desc', ['gamma', 'Zeta_5', 'Alpha', 'Ωmega', 'Beta 100%']],
    ['parent/name desc,name', ['Beta 100%', 'gamma', 'Alpha', 'Zeta_5', 'Ωmega']],
  ]
  for (const [orderby, expected] of orders)
    test(orderby, async () => expect(await names('accounts', `$orderby=${orderby}`)).toEqual(expected))
  test('$top and $skip', async () =>
    expect(await names('accounts', '$orderby=name&$top=2&$skip=1')).toEqual(['Beta 100%', 'gamma']))
})

describe('shapes of answers', () => {
  test('a record has its etag first, then its properties', async () => {
    const found = await row(`accounts(${accountId(1)})`, '$select=name,revenue,founded')
    expect(found).toEqual({
      body: `{"@odata.etag":"W/\\"1\\"","id":"${accountId(1)}","name":"Alpha","revenue":100.50,"founded":"2001-02-03"}`,
      etag: 'W/"1"',
    })
  })
  test('moments are rendered in UTC with milliseconds', async () =>
    expect(await body(`activities(${activityId(1)})/due_at`)).toBe('2026-01-01T10:00:00.123+00:00'))
  test('nothing there', async () => {
    expect(await row(`accounts(${accountId(99)})`)).toBeUndefined()
    expect(await row(`accounts(${accountId(99)})/contacts`)).toBeUndefined()
    expect(await row(`accounts(${accountId(99)})/contacts/$count`)).toBeUndefined()
    expect(await row(`accounts(${accountId(99)})/name`)).toBeUndefined()
    expect(await row(`accounts(${accountId(99)})/parent`)).toBeUndefined()
  })
  test('a lookup that is empty gives an empty body, not a missing row', async () =>
    expect(await row(`accounts(${accountId(1)})/parent`)).toEqual({ body: null, etag: null }))
  test('a lookup that is set', async () =>
    expect(await body(`accounts(${accountId(2)})/parent`, '$select=name')).toMatchObject({ name: 'Alpha' }))
  test('a property, its plain value, and null', async () => {
    expect(await row(`accounts(${accountId(1)})/name`)).toEqual({ body: '"Alpha"', etag: 'W/"1"' })
    expect(await row(`accounts(${accountId(1)})/revenue/$value`)).toEqual({ body: '100.50', etag: 'W/"1"' })
    expect(await row(`accounts(${accountId(3)})/city`)).toEqual({ body: null, etag: 'W/"1"' })
  })
  test('links', async () => {
    expect(await body(`accounts(${accountId(1)})/contacts/$ref`)).toEqual([
      { '@odata.id': `contacts(${contactId(1)})` },
      { '@odata.id': `contacts(${contactId(2)})` },
    ])
    expect(await body(`contacts(${contactId(1)})/account/$ref`)).toEqual({ '@odata.id': `accounts(${accountId(1)})` })
  })
  test('counts', async () => {
    expect(await row('accounts/$count', '$filter=active')).toEqual({ body: '2' })
    expect(await row('accounts', '$count=true&$top=1&$select=name')).toMatchObject({ count: '5' })
    expect(await row(`accounts(${accountId(1)})/contacts`, '$count=true&$top=1&$filter=age gt 35')).toMatchObject({
      count: '1',
    })
  })
  test('an empty list', async () => expect(await row('accounts', '$filter=false')).toEqual({ body: '[]', next: null }))
  test('search finds words in any text, in any case, in any script', async () => {
    expect(await names('accounts', `$search=${encodeURIComponent('ALPHA paris')}`)).toEqual(['Alpha'])
    expect(await names('accounts', `$search=${encodeURIComponent('ωMEGA')}`)).toEqual(['Ωmega'])
    expect(await names('accounts', `$search=${encodeURIComponent('rome NOT beta')}`)).toEqual(['Ωmega'])
    expect(await names('accounts', `$search=${encodeURIComponent('100%')}`)).toEqual(['Beta 100%'])
  })
  test('expand: lists with options, single records, counts, links, several levels', async () => {
    expect(
      await body(
        `accounts(${accountId(1)})`,
        '$select=name&$expand=contacts($select=last_name;$orderby=last_name;$top=1;$count=true;$expand=account($select=name)),parent,subsidiaries($select=name;$filter=city eq null),activities/$count',
      ),
    ).toEqual({
      '@odata.etag': 'W/"1"',
      id: accountId(1),
      name: 'Alpha',
      'contacts@odata.count': 2,
      contacts: [
        {
          '@odata.etag': 'W/"1"',
          id: contactId(2),
          last_name: 'Jones',
          account: { '@odata.etag': 'W/"1"', id: accountId(1), name: 'Alpha' },
        },
      ],
      parent: null,
      subsidiaries: [{ '@odata.etag': 'W/"1"', id: accountId(3), name: 'gamma' }],
      'activities@odata.count': 1,
    })
    expect(await body('activities', '$select=subject&$expand=regarding_contact/$ref')).toMatchObject([
      { regarding_contact: null },
      { regarding_contact: { '@odata.id': `contacts(${contactId(2)})` } },
    ])
  })
  test('groups and aggregates', async () => {
    expect(
      await body(
        'opportunities',
        '$apply=groupby((stage),aggregate(amount with sum as total,amount with average as mean,$count as n,account with countdistinct as accounts))&$orderby=total desc',
      ),
    ).toEqual([
      { stage: 'new', total: 5000, mean: 5000, n: 1, accounts: 1 },
      { stage: 'won', total: 30.5, mean: 15.25, n: 2, accounts: 2 },
      { stage: 'lost', total: null, mean: null, n: 1, accounts: 0 },
    ])
    expect(await body('opportunities', '$apply=groupby((account/name,account/city))&$top=2')).toEqual([
      { account: { name: null, city: null } },
      { account: { name: 'Alpha', city: 'Paris' } },
    ])
    expect(await row('opportunities', '$apply=groupby((stage))&$count=true&$top=1')).toMatchObject({ count: '3' })
    expect(
      await body('opportunities', "$apply=filter(stage eq 'x')/aggregate(amount with sum as total,$count as n)"),
    ).toEqual([{ total: null, n: 0 }])
  })
})

describe('rights in every clause', () => {
  test('rows: own records, those of the own team, of the unit, of the tree', async () => {
    expect(await names('accounts', '', sales)).toEqual(['Alpha', 'Beta 100%'])
    expect(await names('accounts', '', someone(['salesperson'], 2, { teams: [teamId(1)] }))).toEqual(['gamma', 'Ωmega'])
    expect(await names('contacts', '', sales)).toEqual(['Smith', 'Jones', "O'Hara"])
    expect(
      await names('contacts', '', someone(['salesperson'], 3, { unit: unitId(3), unitTree: [unitId(3)] })),
    ).toEqual(['Smith'])
    expect(await names('opportunities', '', sales)).toEqual(['First', 'Second', 'Fourth'])
  })
  test('unit and tree also reach what is one’s own elsewhere, and what the own teams own', async () => {
    const elsewhere = (n: number, teams: string[] = []) =>
      someone(['salesperson'], n, { unit: unitId(1), unitTree: [unitId(1)], teams })
    expect(await names('contacts', '', elsewhere(1))).toEqual(['Smith', "O'Hara"])
    expect(await names('contacts', '', elsewhere(9))).toEqual([])
    expect(await names('opportunities', '', elsewhere(3))).toEqual(['Fourth'])
    expect(await names('contacts', '', elsewhere(9, [userId(3)]))).toEqual(['Smith'])
    expect(await names('contacts', '', someone(['salesperson'], 1, { unit: null, unitTree: [] }))).toEqual([
      'Smith',
      "O'Hara",
    ])
  })
  test('a rule that walks a lookup sees records the caller does not', async () =>
    expect(await names('accounts', '', someone(['clerk']))).toEqual(['Beta 100%', 'gamma', 'Zeta_5']))
  test('a record that may not be seen is not there, on any way', async () => {
    expect(await row(`accounts(${accountId(3)})`, '', sales)).toBeUndefined()
    expect(await row(`accounts(${accountId(3)})/contacts`, '', sales)).toBeUndefined()
    expect(await row(`accounts(${accountId(3)})/name/$value`, '', sales)).toBeUndefined()
    expect(await row(`contacts(${contactId(3)})/account`, '', sales)).toBeUndefined()
  })
  test('expanded lookups and lists are cut; what is not visible is null', async () => {
    const clerk = someone(['clerk'])
    expect(
      await body(
        'activities',
        '$select=subject&$expand=regarding_account($select=name),regarding_contact($select=age)',
        clerk,
      ),
    ).toMatchObject([
      { regarding_account: null, regarding_contact: null },
      { regarding_account: null, regarding_contact: null },
    ])
    expect(
      await body(
        `accounts(${accountId(1)})`,
        '$select=name&$expand=subsidiaries($select=name),subsidiaries/$count'.replace(',subsidiaries/$count', ''),
        sales,
      ),
    ).toMatchObject({ subsidiaries: [{ name: 'Beta 100%' }] })
    expect(await body(`accounts(${accountId(2)})`, '$select=name&$expand=contacts($select=age)', clerk)).toMatchObject({
      contacts: [],
    })
  })
  test('filters, sorts, counts and groups only know what is visible', async () => {
    expect(await names('accounts', '$filter=subsidiaries/any(s:s/city eq null)', sales)).toEqual([])
    expect(await names('contacts', "$filter=account/name eq 'gamma'", sales)).toEqual([])
    expect(await body('opportunities', '$apply=groupby((account/name))', sales)).toEqual([
      { account: { name: null } },
      { account: { name: 'Alpha' } },
      { account: { name: 'Beta 100%' } },
    ])
    expect(await row('accounts/$count', '', sales)).toEqual({ body: '2' })
    expect(await row('accounts', '$count=true&$select=name&$top=1', sales)).toMatchObject({ count: '2' })
    expect(await body('opportunities', '$apply=aggregate(amount with max as m)', sales)).toEqual([{ m: 20.5 }])
  })
  test('search does not look into closed fields', async () => {
    expect(await names('accounts', '$search=s1', admin)).toEqual(['Alpha'])
    expect(await names('accounts', '$search=s1', sales)).toEqual([])
  })
  test('a closed field is not in the answer', async () =>
    expect(Object.keys((await body(`accounts(${accountId(1)})`, '', sales)) as object)).not.toContain('secret'))
})

const clauses: readonly ((field: string) => readonly [string, string])[] = [
  (f) => ['accounts', `$select=${f}`],
  (f) => ['accounts', `$filter=${f} eq 'x'`],
  (f) => ['accounts', `$filter=contains(tolower(${f}),'x')`],
  (f) => ['accounts', `$orderby=${f}`],
  (f) => ['accounts', `$apply=groupby((${f}))`],
  (f) => ['accounts', `$apply=aggregate(${f} with max as m)`],
  (f) => ['accounts', `$apply=filter(${f} eq 'x')/aggregate($count as n)`],
  (f) => ['accounts', `$expand=parent($select=${f})`],
  (f) => ['accounts', `$expand=subsidiaries($filter=${f} eq 'x')`],
  (f) => ['accounts', `$expand=subsidiaries($orderby=${f})`],
  (f) => ['accounts', `$filter=subsidiaries/any(s:s/${f} eq 'x')`],
  (f) => ['accounts', `$filter=parent/${f} eq 'x'`],
  (f) => ['contacts', `$filter=account/parent/${f} eq 'x'`],
  (f) => ['contacts', `$orderby=account/${f}`],
  (f) => ['accounts', `$expand=${f}`],
  (f) => [`accounts(${accountId(1)})/${f}`, ''],
  (f) => [`accounts(${accountId(1)})/${f}/$value`, ''],
  (f) => [`accounts(${f}='x')`, ''],
  (f) => ['accounts', `$filter=${f} eq null`],
  (f) => ['accounts', `$filter=$it/${f} eq 'x'`],
  (f) => ['accounts/$count', `$filter=${f} eq 'x'`],
]
test('a field that may not be read is the same as one that does not exist, in every clause', () => {
  for (const clause of clauses) {
    const problems = ['secret', 'zzzzzz'].map((field) => {
      const [path, query] = clause(field)
      const prepared = prepareRead({ model, actor: sales, path, query, pageSize: 50, maxPageSize: 5000 })
      if (!(prepared instanceof Problem)) throw new Error(`${path}?${query} was accepted`)
      return {
        code: prepared.code,
        status: prepared.status,
        detail: prepared.message.replace(field, '…'),
        target: prepared.target,
        position: prepared.position,
        hint: prepared.hint,
      }
    })
    expect(problems[0], clause('secret').join('?')).toEqual(problems[1])
  }
})

test('an entity without a read grant is refused', () => {
  for (const [roles, path] of [
    [['nobody'], 'accounts'],
    [['clerk'], 'contacts'],
    [[], 'users'],
  ] as const) {
    const prepared = prepareRead({ model, actor: someone(roles), path, query: '', pageSize: 50, maxPageSize: 5000 })
    expect(prepared instanceof Problem ? prepared.code : prepared).toBe('access.denied')
  }
})

test('the system sees all', async () => {
  expect(await names('accounts', '', { ...admin, roles: [], system: true })).toHaveLength(5)
  expect(userId(1)).toBe(admin.user)
})
