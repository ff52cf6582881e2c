// Laws of queries, through the whole pipeline from query string to rows: partitions, counts, pages, rights and the shape cache.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Actor } from '@peyvand/core/access/actor.ts'
import { readableWire } from '@peyvand/core/access/field.ts'
import { prepareRead, type ReadRequest, type ReadRow } from '@peyvand/core/access/read.ts'
import { ruleOf } from '@peyvand/core/access/rule.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { bindExpression } from '@peyvand/core/expression/bind.ts'
import { holds, type Row } from '@peyvand/core/expression/evaluate.ts'
import { printSyntax } from '@peyvand/core/expression/print.ts'
import type { Syntax } from '@peyvand/core/expression/tree.ts'
import type { Model } from '@peyvand/core/model/model.ts'
import { law, lawDatabase } from '../support/law.ts'
import {
  accountId,
  insertRows,
  queryModel,
  sample,
  schema,
  someone,
  teamId,
  unitId,
  userId,
  type Rows,
  type TestDatabase,
} from '../support/query-model.ts'
import { rowsOf } from '../support/ways.ts'
import { days, decimals, expressions, texts } from './syntax.ts'

const model = queryModel()
const admin = someone(['administrator'])
const now = '2026-05-14T12:34:56.789Z'
const filters = expressions(true).bool
let database: TestDatabase

/** More accounts with repeated and missing values, so that sorts have ties. */
const more: Rows = {
  account: Array.from({ length: 30 }, (_, i) => ({
    id: accountId(100 + i),
    name: texts[i % texts.length]! || 'nameless',
    industry: [null, 'energy', 'retail'][i % 3]!,
    city: [null, 'Rome', 'rome', 'Ωmega'][i % 4]!,
    employees: [null, 1, 20, -7][i % 4]!,
    revenue: [null, ...decimals.slice(0, 4)][i % 5]!,
    founded: [null, ...days][i % 8]!,
    active: [null, true, false][i % 3]!,
    parent_id: i % 5 === 0 ? null : accountId(1 + (i % 5)),
    owner_id: [userId(1), userId(2), userId(3), teamId(1)][i % 4]!,
    owner_type: i % 4 === 3 ? 'team' : 'user',
    owning_unit_id: unitId(1 + (i % 3)),
    created_at: `2026-01-0${1 + (i % 9)}T00:00:00Z`,
  })),
}

beforeAll(async () => {
  database = await lawDatabase(model)
  await insertRows(database, model, sample)
  await insertRows(database, model, more)
})
afterAll(() => database?.close())

const request = (path: string, query: string, actor: Actor, pageSize = 1000): ReadRequest => ({
  model,
  actor,
  path,
  query,
  pageSize,
  maxPageSize: 1000,
  schema,
  now,
  base: 'http://host/api',
})

async function read(
  path: string,
  query: string,
  actor = admin,
  pageSize = 1000,
): Promise<ReadRow & { next: string | undefined }> {
  const prepared = prepareRead(request(path, query, actor, pageSize))
  if (prepared instanceof Problem) throw prepared
  const [row] = await rowsOf(database, prepared)
  return { ...row!, next: prepared.nextQuery(row!) }
}

async function ids(query: string, actor = admin): Promise<string[]> {
  const { body } = await read('accounts', query, actor)
  return (JSON.parse(body!) as { id: string }[]).map(({ id }) => id)
}

/** A filter as it stands in a URL; undefined when it does not bind or is too deep once printed. */
function filterText(syntax: Syntax): string | undefined {
  const text = printSyntax(syntax)
  const prepared = prepareRead(request('accounts', `$filter=${encodeURIComponent(`not (${text}) eq null`)}`, admin))
  return prepared instanceof Problem ? undefined : text
}
const where = (filter: string) => `$select=id&$filter=${encodeURIComponent(filter)}`

test('rows(F) + rows(not F) + rows(F is null) = all', async () => {
  const all = await ids('$select=id')
  await law(
    'partition',
    fc.asyncProperty(filters, async (syntax) => {
      const filter = filterText(syntax)
      if (!filter) return
      const parts = [
        await ids(where(filter)),
        await ids(where(`not (${filter})`)),
        await ids(where(`(${filter}) eq null`)),
      ]
      expect(parts.flat().sort(), filter).toEqual(all)
    }),
  )
})

test('count = list = aggregate', async () => {
  await law(
    'counts',
    fc.asyncProperty(
      filters,
      fc.constantFrom(admin, someone(['salesperson']), someone(['clerk'])),
      async (syntax, actor) => {
        const filter = filterText(syntax)
        if (!filter) return
        const { body, count } = await read('accounts', `${where(filter)}&$count=true&$top=3`, actor)
        const list = await ids(where(filter), actor)
        const counted = await read('accounts/$count', `$filter=${encodeURIComponent(filter)}`, actor)
        const aggregate = await read(
          'accounts',
          `$apply=${encodeURIComponent(`filter(${filter})/aggregate($count as n)`)}`,
          actor,
        )
        expect([count, counted.body, JSON.parse(aggregate.body!)], filter).toEqual([
          String(list.length),
          String(list.length),
          [{ n: list.length }],
        ])
        expect((JSON.parse(body!) as unknown[]).length).toBe(Math.min(3, list.length))
      },
    ),
  )
})

type Counted = Record<string, unknown> & { n: number }

test('groups = the list, grouped', async () => {
  await law(
    'groups',
    fc.asyncProperty(
      filters,
      fc.constantFrom('city', 'industry', 'active', 'parent_id', 'year(founded)', 'employees div 7', 'contacts/$count'),
      fc.constantFrom(admin, someone(['salesperson']), someone(['clerk'])),
      async (syntax, key, actor) => {
        const filter = filterText(syntax)
        if (!filter) return
        const computed = `compute(${key} as k)`
        const q = encodeURIComponent
        const groups = await read(
          'accounts',
          `$apply=${q(`filter(${filter})/${computed}/groupby((k),aggregate($count as n))`)}`,
          actor,
        )
        const list = await read('accounts', `$apply=${q(computed)}&$select=k&$filter=${q(filter)}`, actor)
        const counts = new Map<string, number>()
        for (const { k } of JSON.parse(list.body!) as { k: unknown }[])
          counts.set(JSON.stringify(k), (counts.get(JSON.stringify(k)) ?? 0) + 1)
        const found = (JSON.parse(groups.body!) as Counted[]).map(({ k, n }) => [JSON.stringify(k), n] as const)
        expect(new Map(found), `${key}: ${filter}`).toEqual(counts)
        expect(found.length).toBe(counts.size)
        const many = await read(
          'accounts',
          `$apply=${q(`filter(${filter})/${computed}/groupby((k),aggregate($count as n))/filter(n gt 2)/aggregate(n with sum as n)`)}`,
          actor,
        )
        const more = found.filter(([, n]) => n > 2).reduce((sum, [, n]) => sum + n, 0)
        expect((JSON.parse(many.body!) as Counted[])[0]!.n ?? 0).toBe(more)
      },
    ),
  )
})

test('a cut in $apply = the beginning of the list', async () => {
  await law(
    'cuts',
    fc.asyncProperty(
      filters,
      fc.constantFrom('name', 'employees desc', 'city,revenue desc', 'contacts/$count desc'),
      fc.integer({ min: 0, max: 20 }),
      fc.integer({ min: 0, max: 5 }),
      fc.constantFrom(admin, someone(['salesperson'])),
      async (syntax, order, top, skip, actor) => {
        const filter = filterText(syntax)
        if (!filter) return
        const q = encodeURIComponent
        const total = `${order},id`
        const cut = await ids(
          `$select=id&$orderby=${q(total)}&$apply=${q(`filter(${filter})/orderby(${total})/skip(${skip})/top(${top})`)}`,
          actor,
        )
        const list = await ids(`${where(filter)}&$orderby=${q(total)}`, actor)
        expect(cut, `${order}: ${filter}`).toEqual(list.slice(skip, skip + top))
      },
    ),
  )
})

const sortKeys = [
  'name',
  'city',
  'industry',
  'employees',
  'revenue',
  'founded',
  'active',
  'created_at',
  'parent/name',
  'length(name)',
  'employees add 1',
  'tolower(city)',
  'owner',
  'contacts/$count',
  'id',
]

test('the union of the pages = all, in order', async () => {
  const order = fc.uniqueArray(fc.tuple(fc.constantFrom(...sortKeys), fc.boolean()), {
    minLength: 0,
    maxLength: 3,
    selector: ([key]) => key,
  })
  await law(
    'pages',
    fc.asyncProperty(
      order,
      fc.integer({ min: 1, max: 20 }),
      fc.option(fc.integer({ min: 0, max: 40 })),
      fc.constantFrom(admin, someone(['salesperson']), someone(['salesperson'], 2, { teams: [teamId(1)] })),
      async (keys, pageSize, top, actor) => {
        const orderby =
          keys.length > 0
            ? `&$orderby=${encodeURIComponent(keys.map(([key, down]) => `${key}${down ? ' desc' : ''}`).join(','))}`
            : ''
        const query = `$select=id${orderby}${top === null ? '' : `&$top=${top as number}`}`
        const whole = await ids(query, actor)
        const pages: string[] = []
        for (let next: string | undefined = query; next !== undefined;) {
          const page = await read('accounts', next, actor, pageSize)
          const list = (JSON.parse(page.body!) as { id: string }[]).map(({ id }) => id)
          expect(list.length).toBeLessThanOrEqual(pageSize)
          pages.push(...list)
          next = page.next
        }
        expect(pages, query).toEqual(whole)
      },
    ),
  )
})

// ---- rights: an evaluator that knows nothing of SQL sees the same rows ----------------------------------------------

type Stored = Record<string, unknown> & { id: string }

async function stored(name: string): Promise<Stored[]> {
  const [row] = await database.query<{ body: string }>(
    `select json_agg(t order by t.id)::text as body from ${schema}."${name}" t`,
  )
  return JSON.parse(row!.body) as Stored[]
}

/** Accounts as the actor may see them: rows by rule on the whole data, then parents and contacts cut to what is visible. */
async function visibleAccounts(actor: Actor): Promise<Row[]> {
  const accounts = await stored('account')
  const contacts = await stored('contact')
  const byId = new Map(accounts.map((account) => [account.id, account]))
  const whole = (account: Stored): Row => ({
    ...account,
    parent: byId.get(String(account['parent_id'])) ?? null,
    contacts: contacts.filter((contact) => contact['account_id'] === account.id),
  })
  const sees = (entity: string, row: Row) => {
    const rule = ruleOf(model, actor, model.entities.get(entity)!, 'read')
    return rule === null || (rule !== undefined && holds(rule, row, { actor, now }))
  }
  const seen = new Set(accounts.filter((account) => sees('account', whole(account))).map(({ id }) => id))
  return accounts
    .filter(({ id }) => seen.has(id))
    .map((account) => {
      const row = whole(account)
      const parent = row['parent'] as Stored | null
      return {
        ...row,
        parent: parent && seen.has(parent.id) ? parent : null,
        contacts: (row['contacts'] as Stored[]).filter((contact) => sees('contact', contact)),
      }
    })
}

const people: Readonly<Record<string, Actor>> = {
  admin,
  salesperson: someone(['salesperson']),
  'salesperson in a team': someone(['salesperson'], 2, { teams: [teamId(1)] }),
  'salesperson of no unit': someone(['salesperson'], 1, { unit: null, unitTree: [] }),
  clerk: someone(['clerk']),
  'clerk and salesperson': someone(['clerk', 'salesperson'], 3, { unit: unitId(3), unitTree: [unitId(3)] }),
}

test('rows of the trimmed query = visible rows for which the filter is true', async () => {
  const rows = new Map<string, Row[]>()
  for (const [name, actor] of Object.entries(people)) rows.set(name, await visibleAccounts(actor))
  expect(new Set([...rows.values()].map((list) => list.length)).size, 'the actors see different rows').toBeGreaterThan(
    3,
  )
  await law(
    'trimmed = visible',
    fc.asyncProperty(filters, fc.constantFrom(...Object.keys(people)), async (syntax, name) => {
      const filter = filterText(syntax)
      if (!filter) return
      const actor = people[name]!
      const wire = (id: string) => readableWire(model, actor, id)
      const bound = bindExpression(syntax, { root: wire(model.entities.get('account')!.id), wire }, 'boolean')
      if (bound instanceof Problem) return
      const expected = rows
        .get(name)!
        .filter((row) => holds(bound, row, { actor, now }))
        .map((row) => row['id'])
      expect(await ids(where(filter), actor), `${name}: ${filter}`).toEqual(expected)
    }),
  )
})

// ---- the shape cache ------------------------------------------------------------------------------------------------

/** Requests with values of every kind, good and bad. */
const requests = fc
  .tuple(
    fc.constantFrom('name', 'city', 'employees', 'revenue', 'founded', 'created_at', 'id', 'parent/name', 'active'),
    fc.constantFrom('eq', 'ne', 'gt', 'in'),
    fc.constantFrom(
      "'a'",
      "'it''s'",
      "'2026-01-31'",
      '1',
      '-5',
      '12.5',
      '2026-01-31',
      '2026-13-31',
      '2026-01-31T10:00:00Z',
      '2026-01-31T25:00:00Z',
      accountId(1),
      `'${accountId(2)}'`,
      "'nonsense'",
      'null',
      'true',
      '99999999999999999999',
      '1e99',
      '@p',
      "'%00'",
    ),
    fc.constantFrom(
      '',
      '&$top=3',
      '&$top=150',
      '&$skip=2',
      '&$skip=11',
      '&$search=rom%20eta',
      '&$search=x',
      '&$orderby=name desc&$skiptoken=WzcsImIiLCJjIl0',
      '&$expand=contacts($top=2;$skip=1)',
      '&$expand=contacts($top=2000;$skip=12)',
      '&$expand=contacts($filter=age gt 30;$search=2024 OR x)',
      '&$expand=contacts($orderby=age desc;$expand=account($levels=1))',
      '&$search=a OR (b NOT c)',
      '&$compute=employees add 5 as more,more mul 2 as most&$orderby=most',
      "&$apply=filter(name ne 'x')/compute(employees mod 7 as m)/topcount(12,m)",
      '&$top=x',
      '&$skip=-1',
    ),
    fc.constantFrom('', "&@p='x'", '&@p=5', '&@p=2026-01-31'),
  )
  .map(
    ([property, op, value, rest, alias]) =>
      `$select=id&$filter=${property} ${op} ${op === 'in' ? `(${value},${value})` : value}${rest}${alias}`,
  )

const outcomeOf = (prepared: ReturnType<typeof prepareRead>) =>
  prepared instanceof Problem
    ? {
        code: prepared.code,
        detail: prepared.message,
        target: prepared.target,
        position: prepared.position,
        hint: prepared.hint,
      }
    : {
        text: prepared.statement.text,
        values: prepared.statement.values,
        context: prepared.context,
        result: prepared.result,
        next: prepared.nextToken({ body: '', next: '["x"]' }),
      }

test('a hit of the shape cache = the full pipeline', async () => {
  await law(
    'shape',
    fc.property(fc.array(requests, { minLength: 2, maxLength: 6 }), (queries) => {
      for (const query of queries) {
        const cold: Model = { ...model }
        expect(outcomeOf(prepareRead(request('accounts', query, admin, 100))), query).toEqual(
          outcomeOf(prepareRead({ ...request('accounts', query, admin, 100), model: cold })),
        )
      }
    }),
  )
})
