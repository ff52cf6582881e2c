// Is a dear query known as one before it runs, is the part that makes it dear named, does nothing that is cheap get refused,
// and is asking itself cheap?
import { noRows, type RowCounts } from '@peyvand/core/query/cost/counts.ts'
import { describe, expect, test } from 'vitest'
import { prepareCross } from '@peyvand/core/access/cross.ts'
import { prepareRead } from '@peyvand/core/access/read.ts'
import { queryLimits } from '@peyvand/core/base/limits.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { queryModel, schema, someone } from '../support/query-model.ts'

const model = queryModel()
const actor = someone(['administrator'])
const counts = (accounts: number, each = 3): RowCounts =>
  new Map([
    ['account', accounts],
    ['contact', accounts * each],
    ['opportunity', accounts * each],
    ['activity', accounts * each * 2],
  ])
const small = counts(1_000)
const large = counts(30_000_000)

const encoded = (query: string) => encodeURI(query).replaceAll('+', '%2B')

function ask(path: string, query: string, rows: RowCounts, cost = queryLimits.cost, base: object = {}) {
  return prepareRead({
    model,
    actor,
    schema,
    path,
    query: encoded(query),
    pageSize: 50,
    maxPageSize: 5_000,
    rows,
    limits: { ...queryLimits, cost },
    ...base,
  })
}

describe('what is refused on large tables, and why', () => {
  const dear: readonly (readonly [path: string, query: string, target: string, because: RegExp])[] = [
    ['accounts', "$filter=contains(name,'x') or contains(city,'y')", '$filter', /contains/],
    ['accounts', "$filter=contacts/any(c:contains(c/email,'x'))", '$filter', /all contacts/],
    ['accounts', '$filter=contacts/any(c:c/age gt 3) and opportunities/any(o:o/amount gt 3)', '$filter', /asks all/],
    ['accounts', '$orderby=contacts/$count desc', '$orderby', /all contacts/],
    ['contacts', '$apply=groupby((account/city),aggregate(age with average as a))', '$apply', /groups every record/],
    [
      'contacts',
      '$apply=aggregate(email with countdistinct as n,last_name with countdistinct as m)',
      '$apply',
      /group/,
    ],
    ['accounts/$count', "$filter=contains(name,'x') and endswith(city,'y')", '$filter', /contains|endswith/],
  ]
  test.each(dear)('%s?%s', (path, query, target, because) => {
    const refused = ask(path, query, large) as Problem
    expect(refused).toBeInstanceOf(Problem)
    expect([refused.code, refused.status, refused.target]).toEqual(['limit.cost', 413, target])
    expect(refused.message).toMatch(because)
    expect(refused.hint).toBeTruthy()
    expect(refused.message, 'how many records there are stays unsaid').not.toMatch(/000|million/)
    expect(ask(path, query, small), 'the same on small tables').not.toBeInstanceOf(Problem)
    expect(ask(path, query, large, 0), 'the limit turned off').not.toBeInstanceOf(Problem)
  })

  test('an expand of every record of a large page', () => {
    const query = '$expand=contacts($expand=activities),opportunities,activities&$top=5000'
    const refused = ask('accounts', query, counts(1_000_000, 5_000), undefined, { pageSize: 5_000 }) as Problem
    expect([refused.code, refused.target]).toEqual(['limit.cost', '$expand=contacts/activities'])
    expect(ask('accounts', query.replace('5000', '10'), counts(1_000_000, 5_000))).not.toBeInstanceOf(Problem)
  })

  test('sets that nothing joins', () => {
    const cross = (query: string) =>
      prepareCross({
        model,
        actor,
        schema,
        path: '$crossjoin(accounts,contacts)',
        query: encoded(query),
        pageSize: 50,
        maxPageSize: 5_000,
        rows: counts(100_000),
      })
    const refused = cross('$filter=accounts/employees gt contacts/age') as Problem
    expect([refused.code, refused.target]).toEqual(['limit.cost', '$crossjoin'])
    expect(cross('$filter=accounts/id eq contacts/account_id')).not.toBeInstanceOf(Problem)
  })
})

describe('what stays allowed on large tables', () => {
  const cheap: readonly (readonly [path: string, query: string])[] = [
    ['accounts', ''],
    ['accounts', '$top=20&$orderby=created_at desc'],
    ['accounts', "$filter=account_number eq 'A-1'"],
    ['accounts', "$filter=account_number eq 'A-1' and contains(name,'x')&$orderby=name&$count=true"],
    ['accounts', "$filter=city eq 'Bonn'"],
    ['accounts(00000004-0000-4000-8000-000000000001)', '$expand=contacts($expand=activities),opportunities'],
    ['accounts(00000004-0000-4000-8000-000000000001)/contacts', "$filter=contains(email,'x')&$orderby=last_name"],
    ['accounts', '$expand=contacts($top=5),opportunities($count=true)'],
    ['contacts', "$filter=account/city eq 'Bonn' and account_id eq 00000004-0000-4000-8000-000000000001"],
    ['accounts', '$search=alpha beta'],
    ['accounts/$count', ''],
  ]
  test.each(cheap)('%s?%s', (path, query) => {
    const prepared = ask(path, query, large)
    expect(prepared instanceof Problem ? prepared.message : undefined).toBeUndefined()
  })
})

test('counts that change are looked at, also for a shape that is known', () => {
  const query = "$filter=contains(name,'shape')"
  const asked = [noRows, counts(100_000_000), small].map((rows) => ask('accounts', query, rows) instanceof Problem)
  expect(asked).toEqual([false, true, false])
})

describe('a hostile query is refused within 5 ms of CPU', () => {
  const many = (count: number, part: (i: number) => string, between: string) =>
    Array.from({ length: count }, (_, i) => part(i)).join(between)
  const hostile: readonly (readonly [title: string, query: string])[] = [
    ['a filter of 199 questions', `$filter=${many(60, () => "contains(name,'x')", ' or ')}`],
    ['a filter with 2,000 parts', `$filter=${many(900, (i) => `a${i}`, ' or ')}`],
    ['brackets', `$filter=${'('.repeat(4_000)}`],
    ['nested lambdas', `$filter=${'contacts/any(c:c/account/'.repeat(20)}name eq 'x'`],
    ['aliases of aliases', `$filter=@a0&${many(49, (i) => `@a${i}=@a${i + 1} and @a${i + 1}`, '&')}`],
    ['200 aliases', many(200, (i) => `@a${i}=1`, '&')],
    ['expand of everything', `$expand=${many(25, () => '*', ',')}`],
    ['levels', '$expand=subsidiaries($levels=max;$expand=contacts,activities,opportunities)'],
    ['not not', `$filter=${'not '.repeat(2_000)}active`],
    ['a list of 4,000', `$filter=employees in (${many(2_500, String, ',')})`],
    ['$apply of joins', `$apply=${many(20, () => 'filter(contacts/any(c:c/age gt 1))', '/')}`],
  ]
  test.each(hostile)('%s', (_, query) => {
    const times: number[] = []
    for (let i = 0; i < 15; i++) {
      const before = process.cpuUsage()
      ask('accounts', `${query}&$top=${i + 100}&$skip=${i}`, large, 1)
      const { user, system } = process.cpuUsage(before)
      times.push((user + system) / 1_000)
    }
    times.sort((a, b) => a - b)
    expect(times[7], `ms of CPU: ${times.map((ms) => ms.toFixed(1)).join(' ')}`).toBeLessThan(5)
    expect(ask('accounts', query, large, 1)).toBeInstanceOf(Problem)
  })
})
