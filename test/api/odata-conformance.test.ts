// Each item of the conformance levels of OData 4.0 and 4.01 over HTTP, on both engines. docs/odata-conformance.md lists them all:
// every item there names a test that is here (or in another file), or says why there is none; that is checked too.
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call, engines, startServer, type Answer, type TestServer } from '../support/server.ts'
import { ids, setUpDeals } from './deals.ts'

const data = '/api/data/v1'
const { acme, globex, first, second, third } = ids
const thing = {
  kind: 'entity',
  name: 'thing',
  label: 'Thing',
  plural: 'Things',
  entitySet: 'things',
  ownership: 'organization',
  primaryField: 'name',
  fields: [
    { name: 'name', type: 'text', maxLength: 50, required: true },
    { name: 'tags', type: 'multi_choice', options: [{ value: 'new' }, { value: 'old' }, { value: 'vip' }] },
    { name: 'spent', type: 'duration' },
  ],
}
const things = ['018f3c1e-0000-7000-8000-0000000000a1', '018f3c1e-0000-7000-8000-0000000000a2'] as const

interface Check {
  /** How docs/odata-conformance.md names it. */
  readonly title: string
  readonly method?: string
  readonly path: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly status?: number
  /** What the body holds, or its text. */
  readonly holds?: object | string
  readonly lacks?: string
  readonly answers?: Readonly<Record<string, RegExp>>
}
const q = encodeURIComponent
const named = (...all: string[]) => ({ value: all.map((name) => ({ name })) })
const deals = (filter: string) => `/deals?$select=name&$orderby=code&$filter=${q(filter)}`

const checks: readonly Check[] = [
  { title: 'service document', path: '/', holds: '"name":"deals","kind":"EntitySet"' },
  {
    title: 'JSON',
    path: `/deals(${first})`,
    holds: { id: first, '@odata.etag': 'W/"1"' },
    answers: { 'content-type': /^application\/json/ },
  },
  {
    title: 'server-driven paging',
    path: '/deals?$select=name',
    headers: { prefer: 'odata.maxpagesize=2' },
    holds: '@odata.nextLink',
  },
  { title: 'OData-Version', path: '/deals', answers: { 'odata-version': /^4\.01$/ } },
  {
    title: 'OData-MaxVersion',
    path: '/deals',
    headers: { 'odata-maxversion': '4.0' },
    answers: { 'odata-version': /^4\.0$/ },
  },
  { title: 'Accept that cannot be met', path: '/deals', headers: { accept: 'application/atom+xml' }, status: 406 },
  { title: 'an option that is not known', path: '/deals?$filtre=x', status: 400 },
  {
    title: '$metadata as XML',
    path: '/$metadata',
    holds: '<EntitySet Name="deals"',
    answers: { 'content-type': /xml/ },
  },
  { title: '$metadata as JSON', path: '/$metadata?$format=json', holds: { $Version: '4.01' } },
  {
    title: 'preferences with and without prefix',
    path: '/deals?$select=name',
    headers: { prefer: 'maxpagesize=1' },
    answers: { 'preference-applied': /maxpagesize=1/ },
  },
  {
    title: 'literals with a type before them',
    path: `/things?$select=name&$filter=${q("spent eq duration'PT1H'")}`,
    holds: named('One'),
  },
  {
    title: 'literals without a type before them',
    path: `/things?$select=name&$filter=${q("spent eq 'PT1H' or tags has peyvand.tags'old'")}&$orderby=name`,
    holds: named('One', 'Two'),
  },
  { title: '$select', path: `/deals(${first})?$select=name`, holds: { name: 'First' }, lacks: 'quantity' },
  { title: 'a cast in an address', path: `/deals(${third})/about/peyvand.firm/name`, holds: { value: 'Acme' } },
  { title: '$top', path: '/deals?$top=1&$orderby=code&$select=name', holds: named('First') },
  { title: '/$value', path: `/deals(${first})/name/$value`, holds: 'First' },
  { title: 'eq and ne', path: deals("stage ne 'open' and name eq 'First'"), holds: named('First') },
  { title: 'parameter aliases', path: `${deals('quantity gt @q')}&@q=4`, holds: named('Second') },
  {
    title: 'operators',
    path: deals('(quantity mul 2) ge 6 and not (quantity mod 2 eq 0) and quantity divby 2 eq 1.5'),
    holds: named('First'),
  },
  {
    title: 'arithmetic of days, moments and durations',
    path: deals(
      "starts_on add duration'P31D' eq 2026-02-15 and seen_at sub duration'PT1H' eq 2026-01-15T09:00:00Z and starts_on sub 2026-01-16 lt duration'-PT23H' and seen_at lt now() sub duration'PT1S' and totalseconds(seen_at sub 2026-01-15T09:59:58.5Z) eq 1.5",
    ),
    holds: named('First'),
  },
  {
    title: 'durations in products, parts of them, and back',
    path: deals(
      "duration'PT1H' mul 1.5 eq duration'PT90M' and 2 mul duration'PT1H' eq duration'PT2H' and duration'P1D' div 8 eq duration'PT3H' and seen_at add -duration'PT1H' eq 2026-01-15T09:00:00Z and totalseconds(duration'PT1S' mul quantity) eq 3",
    ),
    holds: named('First'),
  },
  {
    title: 'canonical functions',
    path: deals(
      "contains(tolower(name),'st') and year(starts_on) eq 2026 and indexof(name,'r') eq 2 and substring(name,1,2) eq 'ir'",
    ),
    holds: named('First'),
  },
  { title: 'a function that is not known', path: deals('soundslike(name)'), status: 400 },
  {
    title: '$filter in $expand',
    path: `/firms(${acme})?$expand=${q("deals($select=name;$filter=stage eq 'won')")}`,
    holds: { deals: [{ name: 'First' }] },
  },
  { title: '$search', path: '/deals?$search=second&$select=name', holds: named('Second') },
  { title: '$skip', path: '/deals?$skip=2&$orderby=code&$select=name', holds: named("O'Third") },
  { title: '$count', path: '/deals?$count=true&$top=0', holds: { '@odata.count': 3 } },
  {
    title: '$expand',
    path: `/deals(${first})?$select=name&$expand=firm($select=name)`,
    holds: { firm: { name: 'Acme' } },
  },
  {
    title: 'any and all',
    path: `/firms?$select=name&$filter=${q("deals/any(d:d/quantity gt 4) and not deals/all(d:d/stage eq 'won')")}`,
    holds: named('Acme'),
  },
  {
    title: 'any on a list of values',
    path: `/things?$select=name&$filter=${q("tags/any(t:t eq 'vip')")}`,
    holds: named('One'),
  },
  { title: '/$count', path: `/firms(${acme})/deals/$count`, holds: '2' },
  {
    title: '$orderby',
    path: '/deals?$select=name&$orderby=stage desc,name asc',
    holds: named('First', "O'Third", 'Second'),
  },
  { title: 'references in $expand', path: `/firms(${acme})?$select=name&$expand=deals/$ref`, holds: `deals(${first})` },
  {
    title: '$orderby in $expand',
    path: `/firms(${acme})?$expand=deals($select=name;$orderby=name desc)`,
    holds: { deals: [{ name: 'Second' }, { name: 'First' }] },
  },
  {
    title: '$count in $expand',
    path: `/firms(${acme})?$expand=deals($count=true;$top=1)`,
    holds: { 'deals@odata.count': 2 },
  },
  {
    title: '$top and $skip in $expand',
    path: `/firms(${acme})?$expand=deals($select=name;$orderby=name;$skip=1;$top=1)`,
    holds: { deals: [{ name: 'Second' }] },
  },
  {
    title: '$search in $expand',
    path: `/firms(${acme})?$expand=deals($select=name;$search=second)`,
    holds: { deals: [{ name: 'Second' }] },
  },
  {
    title: '$levels',
    path: `/firms(${acme})?$select=name&$expand=children($select=name;$levels=max)`,
    holds: { children: [{ name: 'Globex' }] },
  },
  {
    title: '$expand=*($levels=2)',
    path: `/firms(${globex})?$select=name&$expand=*($levels=2)`,
    holds: { parent: { name: 'Acme' } },
  },
  {
    title: '$compute in $expand',
    path: `/firms(${acme})?$expand=${q('deals($compute=quantity mul 2 as twice;$select=twice;$orderby=name)')}`,
    holds: { deals: [{ twice: 6 }, { twice: 10 }] },
  },
  {
    title: 'case of options, operators and functions',
    path: `/deals?$select=name&$FILTER=${q("ToLower(name) EQ 'first' AND NOT (quantity GT 5)")}`,
    holds: named('First'),
  },
  { title: 'options without $', path: '/deals?top=1&orderby=code&select=name', holds: named('First') },
  {
    title: 'a text as another type',
    path: deals("starts_on lt cast('2026-02-01',Edm.Date) and quantity eq cast('3',Edm.Int32)"),
    holds: named('First'),
  },
  { title: 'an import with parentheses', path: '/who_am_i()', holds: { roles: ['administrator'] } },
  { title: 'an import without parentheses', path: '/who_am_i', holds: { roles: ['administrator'] } },
  { title: 'a qualified function', path: '/deals/peyvand.initial_values()', holds: { stage: 'open' } },
  { title: 'an unqualified function', path: '/deals/initial_values()', holds: { stage: 'open' } },
  { title: 'an alias for a key', path: `/deals(code=@c)?@c=${q("'C/'''")}&$select=name`, holds: { name: "O'Third" } },
  {
    title: 'an alias for a parameter',
    path: `/retrieve_total_count(entities=@e)?@e=${q('["deal"]')}`,
    holds: { deal: 3 },
  },
  {
    title: 'an alias for a list as addresses write it',
    path: `/retrieve_total_count(entities=@e)?@e=${q("['deal']")}`,
    holds: { deal: 3 },
  },
  { title: 'an implicit alias', path: `/retrieve_total_count?entities=${q('["deal"]')}`, holds: { deal: 3 } },
  {
    title: 'a navigation compared with null',
    path: `/firms?$select=name&$filter=${q('parent eq null')}`,
    holds: named('Acme'),
  },
  { title: 'in', path: deals("stage in ('won','lost')"), holds: named('First') },
  { title: 'substring from the end', path: deals("substring(name,-2) eq 'nd'"), holds: named('Second') },
  { title: 'a key as a segment', path: `/deals/${first}/name`, holds: { value: 'First' } },
  {
    title: 'the count of some, compared',
    path: `/firms?$select=name&$filter=${q("deals/$count($filter=stage eq 'won') eq 1")}`,
    holds: named('Acme'),
  },
  {
    title: 'the count of a search, compared',
    path: `/firms?$select=name&$filter=${q('deals/$count($search=second) eq 1')}`,
    holds: named('Acme'),
  },
  {
    title: '$compute',
    path: `/deals?$compute=${q('quantity mul 2 as twice')}&$select=name,twice&$filter=${q('twice gt 6')}`,
    holds: { value: [{ name: 'Second', twice: 10 }] },
  },
  {
    title: '$filter in $select',
    path: `/things(${things[0]})?$select=${q("tags($filter=$this ne 'new')")}`,
    holds: { tags: ['vip'] },
  },
  {
    title: '$orderby, $top and $skip in $select',
    path: `/things(${things[0]})?$select=${q('tags($orderby=$this desc;$top=1)')}`,
    holds: { tags: ['vip'] },
  },
  {
    title: '$count in $select',
    path: `/things(${things[0]})?$select=${q('tags($count=true)')}`,
    holds: { 'tags@odata.count': 2 },
  },
  { title: 'a $filter segment', path: `/deals/$filter(@f)/$count?@f=${q("stage eq 'open'")}`, holds: '2' },
  {
    title: 'a $filter segment with options',
    path: `/deals/$filter(${q("stage eq 'open'")})?$select=name&$filter=quantity%20eq%205`,
    holds: named('Second'),
  },
  {
    title: 'an alias inside $expand',
    path: `/firms(${acme})?$expand=${q('deals(@n=4;$select=name;$filter=quantity gt @n)')}`,
    holds: { deals: [{ name: 'Second' }] },
  },
  { title: '$entity', path: `/$entity?$id=${q(`deals(${first})`)}&$select=name`, holds: { name: 'First' } },
  {
    title: '$query',
    method: 'POST',
    path: '/deals/$query',
    body: `$select=name&$filter=${q("stage eq 'won'")}`,
    headers: { 'content-type': 'text/plain' },
    holds: named('First'),
  },
  {
    title: '$query as JSON',
    method: 'POST',
    path: '/deals/$query',
    body: { $select: 'name', $filter: "stage eq 'won'", $count: true },
    holds: { '@odata.count': 1, ...named('First') },
  },
  { title: '$schemaversion that is not this one', path: '/deals?$schemaversion=0', status: 404 },
  { title: '$schemaversion of any', path: '/deals?$schemaversion=*&$top=0', status: 200 },
  {
    title: 'metadata=none',
    path: `/deals(${first})?$select=name`,
    headers: { accept: 'application/json;odata.metadata=none' },
    lacks: '@odata.context',
    holds: { name: 'First' },
  },
  {
    title: 'metadata=full',
    path: `/deals(${first})?$select=name,seen_at`,
    headers: { accept: 'application/json;metadata=full' },
    holds: {
      '@odata.type': '#peyvand.deal',
      '@odata.id': `deals(${first})`,
      'seen_at@odata.type': '#DateTimeOffset',
      'firm@odata.navigationLink': `deals(${first})/firm`,
    },
  },
  {
    title: 'IEEE754Compatible',
    path: `/deals(${first})?$select=amount`,
    headers: { accept: 'application/json;IEEE754Compatible=true' },
    holds: { amount: '100.50' },
  },
  {
    title: 'omit-values=nulls',
    path: `/deals(${third})?$select=name,quantity`,
    headers: { prefer: 'omit-values=nulls' },
    holds: { name: "O'Third" },
    lacks: 'quantity":null',
    answers: { 'preference-applied': /omit-values=nulls/ },
  },
  {
    title: '$crossjoin',
    path: `/$crossjoin(firms,deals)?$filter=${q("deals/firm_id eq firms/id and deals/name eq 'First'")}&$expand=${q('firms($select=name),deals($select=name)')}`,
    holds: { value: [{ firms: { name: 'Acme' }, deals: { name: 'First' } }] },
  },
]

/** Writes, in order: each has a record of its own. */
const own = '018f3c1e-0000-7000-8000-0000000000f1'
const child = '018f3c1e-0000-7000-8000-0000000000f2'
const other = '018f3c1e-0000-7000-8000-0000000000f3'
const writes: readonly Check[] = [
  {
    title: 'upsert',
    method: 'PATCH',
    path: `/firms(${own})`,
    body: { name: 'Conform' },
    status: 201,
    answers: { location: /firms\(/ },
  },
  {
    title: 'create with nothing in return',
    method: 'POST',
    path: '/firms',
    body: { name: 'Minimal' },
    headers: { prefer: 'return=minimal' },
    status: 204,
    answers: { 'odata-entityid': /firms\(/ },
  },
  {
    title: 'create',
    method: 'POST',
    path: '/firms',
    body: { name: 'Created' },
    status: 201,
    answers: { location: /firms\(/ },
  },
  {
    title: 'create in a navigation',
    method: 'POST',
    path: `/firms(${own})/deals`,
    body: { name: 'In it' },
    status: 201,
  },
  {
    title: 'deep insert',
    method: 'POST',
    path: '/firms',
    body: { name: 'Deep', deals: [{ name: 'Deeper' }] },
    status: 201,
    holds: { deals: [{ name: 'Deeper' }] },
  },
  { title: 'a second record', method: 'PATCH', path: `/deals(${child})`, body: { name: 'Child' }, status: 201 },
  {
    title: 'add a reference',
    method: 'POST',
    path: `/firms(${own})/deals/$ref`,
    body: { '@odata.id': `deals(${child})` },
    status: 204,
  },
  { title: 'remove a reference', method: 'DELETE', path: `/firms(${own})/deals(${child})/$ref`, status: 204 },
  {
    title: 'set a reference',
    method: 'PUT',
    path: `/deals(${child})/firm/$ref`,
    body: { '@odata.id': `firms(${own})` },
    status: 204,
  },
  {
    title: 'remove a reference by $id',
    method: 'DELETE',
    path: `/firms(${own})/deals/$ref?$id=${q(`deals(${child})`)}`,
    status: 204,
  },
  {
    title: 'update',
    method: 'PATCH',
    path: `/firms(${own})`,
    body: { city: 'Rome' },
    status: 200,
    holds: { city: 'Rome' },
  },
  {
    title: 'update of a version that is gone',
    method: 'PATCH',
    path: `/firms(${own})`,
    body: { city: 'x' },
    headers: { 'if-match': 'W/"1"' },
    status: 412,
  },
  { title: 'a property by itself', method: 'PUT', path: `/firms(${own})/city`, body: { value: 'Oslo' }, status: 204 },
  { title: 'a property to null', method: 'DELETE', path: `/firms(${own})/city`, status: 204 },
  {
    title: 'columns of what was written',
    method: 'PATCH',
    path: `/firms(${own})?$select=name`,
    body: { city: 'Bonn' },
    status: 200,
    lacks: 'Bonn',
  },
  {
    title: 'replace',
    method: 'PUT',
    path: `/firms(${own})`,
    body: { name: 'Conform' },
    status: 200,
    holds: { city: null },
  },
  {
    title: 'set-based update',
    method: 'PATCH',
    path: `/deals/$filter(${q("name eq 'Child' or name eq 'In it'")})/$each`,
    body: { quantity: 7 },
    headers: { prefer: 'return=representation' },
    status: 200,
    holds: { value: [{ quantity: 7 }, { quantity: 7 }] },
  },
  {
    title: 'set-based update, all or nothing',
    method: 'PATCH',
    path: `/deals/$filter(${q("name eq 'Child'")})/$each`,
    body: { quantity: -1 },
    status: 422,
  },
  {
    title: 'set-based delete',
    method: 'DELETE',
    path: `/deals/$filter(${q("name eq 'Child' or name eq 'In it'")})/$each`,
    status: 204,
  },
  { title: 'nothing is left of it', path: `/deals/$count?$filter=${q('quantity eq 7')}`, holds: '0' },
  { title: 'delete', method: 'DELETE', path: `/firms(${own})`, status: 204 },
  { title: 'an action without a body', method: 'POST', path: `/firms(${other})/peyvand.none`, status: 404 },
  {
    title: 'batch in JSON',
    method: 'POST',
    path: '/$batch',
    body: { requests: [{ id: '1', method: 'GET', url: `deals(${second})/name` }] },
    status: 200,
    holds: { responses: [{ status: 200, body: { value: 'Second' } }] },
  },
  {
    title: 'batch in multipart',
    method: 'POST',
    path: '/$batch',
    headers: { 'content-type': 'multipart/mixed;boundary=b' },
    body: `--b\r\nContent-Type: application/http\r\n\r\nGET deals(${second})/name HTTP/1.1\r\n\r\n\r\n--b--\r\n`,
    status: 200,
    holds: '"value":"Second"',
  },
]

describe.each(engines)('conformance on %s', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ engine })
    await setUpDeals(server)
    await call(server, 'POST', '/api/model/apply', { changes: [{ op: 'put', definition: thing }] })
    await call(server, 'PATCH', `${data}/things(${things[0]})`, { name: 'One', tags: ['new', 'vip'], spent: 'PT1H' })
    await call(server, 'PATCH', `${data}/things(${things[1]})`, { name: 'Two', tags: ['old'], spent: 'PT2H' })
  })
  afterAll(() => server?.stop())

  test.each([...checks, ...writes])('$title', async (check) => {
    const { method = 'GET', path, body, headers } = check
    judge(await call(server, method, data + path, body, headers), check)
  })
})

function judge(answer: Answer, { status = 200, holds, lacks, answers = {} }: Check): void {
  expect(answer.status, answer.text).toBe(status)
  if (typeof holds === 'string') expect(answer.text).toContain(holds)
  else if (holds) expect(answer.json, answer.text).toMatchObject(holds)
  if (lacks !== undefined) expect(answer.text).not.toContain(lacks)
  for (const [name, pattern] of Object.entries(answers)) expect(answer.headers.get(name)).toMatch(pattern)
}

describe('docs/odata-conformance.md', () => {
  const root = fileURLToPath(new URL('../../', import.meta.url))
  const page = readFileSync(`${root}docs/odata-conformance.md`, 'utf8')
  const lines = page.split('\n').filter((line) => /^\| \d/.test(line))
  const here = new Set([...checks, ...writes].map(({ title }) => title))

  test('lists every item of the six levels', () => {
    const numbers = (level: string) => {
      const from = page.indexOf(`## ${level}`)
      const next = page.indexOf('\n## ', from + 3)
      const own = page.slice(from, next < 0 ? undefined : next).matchAll(/^\| (\d+)(?:\.\d+)? \|/gm)
      return Math.max(...[...own].map((match) => Number(match[1])))
    }
    expect(
      ['4.0 minimal', '4.0 intermediate', '4.0 advanced', '4.01 minimal', '4.01 intermediate', '4.01 advanced'].map(
        numbers,
      ),
    ).toEqual([33, 17, 16, 27, 11, 10])
  })

  test.each(lines)('%s', (line) => {
    const cells = line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '').trim())
    const shown = [...cells.at(-1)!.matchAll(/`([^`]+)`/g)].map((match) => match[1]!)
    // What is not met, or needs no test of its own, says so.
    if (shown.length === 0) return expect(cells.at(-1)!.length, 'a reason').toBeGreaterThan(5)
    for (const name of shown) {
      if (here.has(name)) continue
      const [file = '', ...title] = name.split(' › ')
      expect(existsSync(root + file), `a test called "${name}", or a file`).toBe(true)
      expect(readFileSync(root + file, 'utf8')).toContain(title.join(' › '))
    }
  })
})
