// The scenarios of the data service: method, address, body, headers; expected status, and what the answer must and must
// not hold. Each runs on a fresh copy of the seeded records' state as far as it reads; writers use records of their own.
import { ids } from './deals.ts'

export interface Scenario {
  readonly title: string
  readonly method?: string
  readonly path: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly status: number
  readonly contains?: readonly string[]
  readonly absent?: readonly string[]
  /** Header name → pattern, or null for absent. */
  readonly answers?: Readonly<Record<string, RegExp | null>>
  /** Paths into the JSON body (`value.0.name`) → expected value. */
  readonly json?: Readonly<Record<string, unknown>>
}

const q = encodeURIComponent
const { acme, globex, first, second, third, none } = ids
const list = (title: string, query: string, names: readonly string[], more: Partial<Scenario> = {}): Scenario => ({
  title,
  path: `/deals?$select=name&$orderby=code&${query}`,
  status: 200,
  json: { 'value.length': names.length, ...Object.fromEntries(names.map((name, i) => [`value.${i}.name`, name])) },
  ...more,
})
const versioned = { 'odata-version': /^4\.01$/ }

export const reads: readonly Scenario[] = [
  {
    title: 'service document',
    path: '/',
    status: 200,
    contains: ['"name":"deals"', '"kind":"EntitySet"', '$metadata'],
    answers: versioned,
  },
  {
    title: '$metadata as XML',
    path: '/$metadata',
    headers: { accept: 'application/xml' },
    status: 200,
    contains: [
      '<EntityType Name="deal">',
      '<NavigationProperty Name="firm" Type="peyvand.firm"',
      'MaxLength="50"',
      'Collection(peyvand.deal)',
    ],
    answers: { 'content-type': /^application\/xml/ },
  },
  {
    title: '$metadata as JSON by Accept',
    path: '/$metadata',
    headers: { accept: 'application/json' },
    status: 200,
    json: { $Version: '4.01', 'peyvand.deal.$Kind': 'EntityType' },
  },
  {
    title: '$metadata as JSON by $format',
    path: '/$metadata?$format=json',
    status: 200,
    json: { 'peyvand.firm.$Key.0': 'id' },
  },
  {
    title: 'one record',
    path: `/deals(${first})`,
    status: 200,
    json: {
      id: first,
      name: 'First',
      quantity: 3,
      amount: 100.5,
      stage: 'won',
      firm_id: acme,
      active: true,
      version: 1,
    },
    contains: ['"@odata.context"', '"@odata.etag":"W/\\"1\\""', 'deals/$entity'],
    answers: { etag: /^W\/"1"$/, ...versioned },
  },
  {
    title: 'one record by a quoted id in capitals',
    path: `/deals('${first.toUpperCase()}')`,
    status: 200,
    json: { id: first },
  },
  { title: 'one record by (id=…)', path: `/deals(id=${first})?$select=name`, status: 200, json: { name: 'First' } },
  {
    title: 'one record by alternate key',
    path: "/deals(code='AAA')?$select=name",
    status: 200,
    json: { name: 'First' },
  },
  {
    title: 'alternate key with a quote and a slash',
    path: "/deals(code='C%2F''')?$select=name",
    status: 200,
    json: { name: "O'Third" },
  },
  { title: 'double slashes', path: `//deals(${first})//name`, status: 200, json: { value: 'First' } },
  {
    title: 'selected columns only',
    path: `/deals(${first})?$select=name,quantity`,
    status: 200,
    json: { name: 'First', quantity: 3 },
    absent: ['"amount"', '"created_at"'],
    contains: ['deals(id,name,quantity)/$entity'],
  },
  {
    title: 'options in any case and without $',
    path: `/deals(${first})?SELECT=name`,
    status: 200,
    json: { name: 'First' },
    absent: ['"amount"'],
  },
  {
    title: 'option with an encoded $',
    path: `/deals?%24select=name&%24filter=${q("code eq 'AAA'")}`,
    status: 200,
    json: { 'value.0.name': 'First', 'value.length': 1 },
  },
  { title: 'not changed', path: `/deals(${first})`, headers: { 'if-none-match': 'W/"1"' }, status: 304 },
  { title: 'changed since', path: `/deals(${first})`, headers: { 'if-none-match': 'W/"7"' }, status: 200 },
  {
    title: 'OData 4.0 for an old client',
    path: `/deals(${first})`,
    headers: { 'odata-maxversion': '4.0' },
    status: 200,
    answers: { 'odata-version': /^4\.0$/ },
  },
  { title: 'HEAD of a record', method: 'HEAD', path: `/deals(${first})`, status: 200, answers: { etag: /^W\/"1"$/ } },
  {
    title: 'OPTIONS',
    method: 'OPTIONS',
    path: `/deals(${first})`,
    status: 204,
    answers: { allow: /GET.*PATCH.*DELETE/ },
  },
  {
    title: 'a property',
    path: `/deals(${first})/name`,
    status: 200,
    json: { value: 'First' },
    contains: [`deals(${first})/name`],
  },
  { title: 'a property that is null', path: `/deals(${third})/quantity`, status: 204 },
  {
    title: 'a raw value',
    path: `/deals(${first})/name/$value`,
    status: 200,
    contains: ['First'],
    absent: ['{'],
    answers: { 'content-type': /^text\/plain/ },
  },
  { title: 'a raw number', path: `/deals(${first})/quantity/$value`, status: 200, contains: ['3'] },
  {
    title: 'single-valued navigation',
    path: `/deals(${first})/firm?$select=name`,
    status: 200,
    json: { name: 'Acme' },
    contains: ['firms(id,name)/$entity'],
  },
  { title: 'single-valued navigation that is empty', path: `/firms(${acme})/parent`, status: 204 },
  { title: 'navigation of two steps', path: `/deals(${third})/firm/parent/name`, status: 200, json: { value: 'Acme' } },
  {
    title: 'collection navigation',
    path: `/firms(${acme})/deals?$select=name&$orderby=name`,
    status: 200,
    json: { 'value.length': 2, 'value.0.name': 'First' },
  },
  {
    title: 'collection navigation with a filter',
    path: `/firms(${acme})/deals?$select=name&$filter=${q("code eq 'BBB' or code eq 'C'")}`,
    status: 200,
    json: { 'value.length': 1, 'value.0.name': 'Second' },
  },
  {
    title: 'a record of a collection navigation',
    path: `/firms(${acme})/deals(${first})/name`,
    status: 200,
    json: { value: 'First' },
  },
  { title: 'a record that is in another collection', path: `/firms(${globex})/deals(${first})/name`, status: 404 },
  { title: 'count of a collection navigation', path: `/firms(${acme})/deals/$count`, status: 200, contains: ['2'] },
  { title: 'collection of a record that is not there', path: `/firms(${none})/deals`, status: 404 },
  {
    title: 'navigation of a polymorphic lookup',
    path: `/deals(${third})/about_firm/name`,
    status: 200,
    json: { value: 'Acme' },
  },
  {
    title: 'reference',
    path: `/deals(${first})/$ref`,
    status: 200,
    contains: [`"@odata.id":"deals(${first})"`],
    absent: ['"name"'],
  },
  {
    title: 'references',
    path: `/firms(${acme})/deals/$ref`,
    status: 200,
    contains: [`deals(${first})`, `deals(${second})`],
    absent: ['"name"'],
  },
  { title: 'count', path: '/deals/$count', status: 200, contains: ['3'], answers: { 'content-type': /^text\/plain/ } },
  { title: 'count with a filter', path: `/deals/$count?$filter=${q("stage eq 'open'")}`, status: 200, contains: ['2'] },
  list('list', '', ['First', 'Second', "O'Third"], { answers: versioned }),
  list('filter eq', `$filter=${q("stage eq 'won'")}`, ['First']),
  list('filter with a quote', `$filter=${q("name eq 'O''Third'")}`, ["O'Third"]),
  list('filter null', `$filter=${q('quantity eq null')}`, ["O'Third"]),
  list('filter numbers', `$filter=${q('amount gt 7 and quantity lt 5')}`, ['First']),
  list('filter contains', `$filter=${q("contains(name,'ir')")}`, ['First', "O'Third"]),
  list('filter in', `$filter=${q("stage in ('won','lost')")}`, ['First']),
  list('filter through a lookup', `$filter=${q("firm/city eq 'تهران'")}`, ["O'Third"]),
  list('filter by lookup id', `$filter=${q(`firm_id eq ${acme}`)}`, ['First', 'Second']),
  list('filter not', `$filter=${q("not (stage eq 'open')")}`, ['First']),
  list('filter date', `$filter=${q('starts_on ge 2026-02-01')}`, ['Second']),
  list('filter datetime', `$filter=${q('seen_at ge 2026-01-15T10:00:00Z')}`, ['First']),
  list('filter boolean', `$filter=${q('active eq false')}`, ['Second']),
  list('any', `$filter=${q("firm/deals/any(d:d/code eq 'AAA')")}`, ['First', 'Second']),
  list('search', '$search=first', ['First']),
  list('top', '$top=2', ['First', 'Second'], { absent: ['nextLink'] }),
  list('top of nothing', '$top=0', []),
  list('skip', '$skip=2', ["O'Third"]),
  list('count beside the page', '$count=true&$top=1', ['First'], { contains: ['"@odata.count":3'] }),
  list('page size', '', ['First', 'Second'], {
    headers: { prefer: 'odata.maxpagesize=2' },
    contains: ['"@odata.nextLink":"http://127.0.0.1:', 'skiptoken='],
    answers: { 'preference-applied': /maxpagesize=2/ },
  }),
  {
    title: 'order by a lookup’s name',
    path: '/deals?$select=name&$orderby=firm/name desc,name',
    status: 200,
    json: { 'value.0.name': "O'Third", 'value.1.name': 'First' },
  },
  {
    title: 'expand a lookup',
    path: `/deals(${third})?$select=name&$expand=firm($select=name;$expand=parent($select=name))`,
    status: 200,
    json: { 'firm.name': 'Globex', 'firm.parent.name': 'Acme' },
  },
  {
    title: 'expand a collection with options',
    path: `/firms(${acme})?$select=name&$expand=deals($select=name;$filter=${q("stage eq 'won'")};$orderby=name;$top=5;$count=true)`,
    status: 200,
    json: { 'deals.length': 1, 'deals.0.name': 'First', 'deals@odata.count': 1 },
  },
  {
    title: 'expand a system lookup',
    path: `/deals(${first})?$select=name&$expand=created_by($select=name)`,
    status: 200,
    contains: ['"created_by":{'],
  },
  {
    title: 'group and sum',
    path: `/deals?$apply=${q('groupby((stage),aggregate(amount with sum as total,$count as n))')}`,
    status: 200,
    contains: ['"stage":"open"', '"stage":"won"', '"total":27.25', '"n":2'],
  },
  {
    title: 'aggregate of a filter',
    path: `/deals?$apply=${q("filter(stage eq 'open')/aggregate(quantity with max as most)")}`,
    status: 200,
    json: { 'value.0.most': 5 },
  },
  {
    title: 'durations added up and on average',
    path: `/deals?$apply=${q("filter(quantity ne null)/compute(duration'PT1.001S' mul quantity as spent)/aggregate(spent with sum as all,spent with average as mean,spent with average as half)/filter(half gt duration'PT1S')/compute(half div 2 as part)")}`,
    status: 200,
    // (3 + 5) × 1.001 s; parts of a millisecond are cut off.
    json: { 'value.0.all': 'PT8.008S', 'value.0.mean': 'PT4.004S', 'value.0.part': 'PT2.002S' },
  },
  {
    title: 'formatted values',
    path: `/deals(${first})?$select=stage,starts_on,firm_id`,
    headers: { prefer: 'odata.include-annotations="*"' },
    status: 200,
    json: {
      'stage@OData.Community.Display.V1.FormattedValue': 'Won',
      'firm_id@OData.Community.Display.V1.FormattedValue': 'Acme',
    },
    answers: { 'preference-applied': /include-annotations/ },
  },
  {
    title: 'formatted values of a polymorphic lookup without its type',
    path: `/deals(${third})?$select=about_id,owner_id`,
    headers: { prefer: 'odata.include-annotations="*"' },
    status: 200,
    json: {
      'about_id@OData.Community.Display.V1.FormattedValue': 'Acme',
      'owner_id@OData.Community.Display.V1.FormattedValue': 'Administrator',
    },
  },
  {
    title: 'formatted amounts have their currency, also where it is not asked for',
    path: `/firms(${acme})?$select=name&$expand=${q(`deals($select=price;$filter=id eq ${first})`)}`,
    headers: { prefer: 'odata.include-annotations="*"' },
    status: 200,
    json: { 'deals.0.price@OData.Community.Display.V1.FormattedValue': '$1,000.00' },
    absent: ['price_currency'],
  },
  {
    title: 'formatted values in Persian',
    path: `/deals(${first})?$select=stage,starts_on`,
    headers: { prefer: 'odata.include-annotations="*", calendar=persian', 'accept-language': 'fa' },
    status: 200,
    json: { 'stage@OData.Community.Display.V1.FormattedValue': 'برنده' },
    contains: ['۱۴۰۴'],
  },
  {
    title: 'formatted values of a list',
    path: '/deals?$select=stage&$orderby=code',
    headers: { prefer: 'odata.include-annotations="OData.Community.Display.V1.FormattedValue"' },
    status: 200,
    json: { 'value.1.stage@OData.Community.Display.V1.FormattedValue': 'Open' },
  },
  {
    title: 'OpenAPI',
    path: '/api/openapi.json',
    status: 200,
    json: { openapi: '3.1.0' },
    contains: ['"/api/data/v1/deals({id})"', '"deal_input"', '"/api/data/v1/deals/$bulk"'],
  },
  {
    title: 'the page of the API',
    path: '/api/docs',
    status: 200,
    contains: ['<!doctype html>', 'deals'],
    absent: ['<script', '//cdn'],
    answers: { 'content-security-policy': /default-src 'none'/ },
  },
]
