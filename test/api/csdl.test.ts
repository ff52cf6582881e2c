// Is `$metadata` what others can read? An independent parser reads the XML of a caller with all rights and of one with few, a
// query builder's addresses are understood, and both spellings of CSDL say the same.
import { parse } from '@sap-ux/edmx-parser'
import * as odataQuery from 'odata-query'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { call, signInForKey, startServer, type TestServer } from '../support/server.ts'
import { ids, setUpDeals } from './deals.ts'

const reader = {
  kind: 'role',
  name: 'deal_reader',
  label: 'Reader',
  grants: [{ entity: 'deal', read: 'all' }],
  fields: [{ entity: 'deal', field: 'amount', read: false, write: false }],
}

interface Named {
  readonly name: string
}
interface EntityType extends Named {
  readonly keys: readonly Named[]
  readonly entityProperties: readonly Named[]
  readonly navigationProperties: readonly Named[]
}
/** What the parser finds; its own types stand in a package that only its maker needs. */
const parsed = (xml: string) =>
  (parse(xml) as unknown as { schema: { entityTypes: readonly EntityType[]; entitySets: readonly Named[] } }).schema

type Build = (query: object) => string
/** The builder is a CommonJS module: where its function is depends on who loads it. */
const { default: built } = odataQuery as unknown as { default: Build | { default: Build } }
const buildQuery = typeof built === 'function' ? built : built.default

let server: TestServer
let low: { url: string; adminKey: string }
const metadata = (who: { url: string; adminKey: string }, query = '') =>
  call(who, 'GET', `/api/data/v1/$metadata${query}`)

beforeAll(async () => {
  server = await startServer({ engine: 'pglite' })
  await setUpDeals(server)
  const put = await call(server, 'POST', '/api/model/apply', { changes: [{ op: 'put', definition: reader }] })
  expect(put.status, put.text).toBe(200)
  const person = { email: 'low@example.com', name: 'Low', password: 'a good password', roles: ['deal_reader'] }
  expect((await call(server, 'POST', '/api/users', person)).status).toBe(201)
  low = { url: server.url, adminKey: await signInForKey(server.url, person.email, person.password) }
})
afterAll(() => server?.stop())

test('an independent parser reads the XML: types, keys, relationships, sets', async () => {
  const schema = parsed((await metadata(server)).text)
  const deal = schema.entityTypes.find(({ name }) => name === 'deal')!
  expect(deal.keys.map(({ name }) => name)).toEqual(['id'])
  expect(deal.entityProperties.find(({ name }) => name === 'amount')).toMatchObject({
    type: 'Edm.Decimal',
    precision: 12,
  })
  expect(deal.navigationProperties.map(({ name }) => name)).toContain('firm')
  expect(schema.entitySets.map(({ name }) => name)).toContain('deals')
})

test('the XML says what the fields allow and what the caller may do', async () => {
  const { text } = await metadata(server)
  for (const said of [
    '<Annotation Term="com.sap.vocabularies.Common.v1.Label" String="Deal"/>',
    '<Annotation Term="com.sap.vocabularies.Common.v1.Label" Qualifier="fa" String="معامله"/>',
    '<Annotation Term="Org.OData.Validation.V1.Maximum" Int="1000000"/>',
    '<Annotation Term="Org.OData.Measures.V1.ISOCurrency" Path="price_currency"/>',
    '<PropertyValue Property="Value" String="won"/>',
    '<PropertyValue Property="Name" PropertyPath="code"/>',
    '<PropertyValue Property="Insertable" Bool="true"/>',
    '<Annotation Term="Org.OData.Capabilities.V1.ChangeTracking">',
  ])
    expect(text).toContain(said)
})

test('it is trimmed: what a low role may not read is not there, what it may not do is said', async () => {
  const { text } = await metadata(low)
  const schema = parsed(text)
  const deal = schema.entityTypes.find(({ name }) => name === 'deal')!
  expect(deal.entityProperties.map(({ name }) => name)).not.toContain('amount')
  expect(schema.entityTypes.map(({ name }) => name)).not.toContain('firm')
  expect(text).toContain('<PropertyValue Property="Insertable" Bool="false"/>')
  expect(text).not.toContain('Insertable" Bool="true"')
})

test('the JSON says what the XML says', async () => {
  const json = (await metadata(server, '?$format=json')).json as Record<string, Record<string, Record<string, unknown>>>
  const deal = json['peyvand']!['deal']!
  expect(deal['@Org.OData.Core.V1.AlternateKeys']).toEqual([{ Key: [{ Name: 'code', Alias: 'code' }] }])
  expect(deal['version']).toMatchObject({ '@Org.OData.Core.V1.Computed': true })
  expect(deal['stage']).toMatchObject({
    '@Org.OData.Validation.V1.AllowedValues': [{ Value: 'open' }, { Value: 'won' }, { Value: 'lost' }],
  })
  expect(deal['price']).toMatchObject({ '@Org.OData.Measures.V1.ISOCurrency': { $Path: 'price_currency' } })
  const container = json['peyvand']!['Container']!
  expect(container['deals']).toMatchObject({ '@Org.OData.Core.V1.OptimisticConcurrency': ['version'] })
})

test.each([
  [{ filter: { name: { startswith: 'Fi' } }, select: ['name'], top: 2 }, ['First']],
  [{ filter: { and: [{ quantity: { gt: 2 } }, { stage: { ne: 'won' } }] }, orderBy: ['name desc'] }, ['Second']],
  [
    { filter: { firm: { city: 'Cluj' } }, expand: { firm: { select: ['name'] } }, orderBy: 'name' },
    ['First', 'Second'],
  ],
  [{ filter: { name: { in: ['First', "O'Third"] } }, orderBy: 'name', count: true }, ['First', "O'Third"]],
  [{ filter: { firm_id: { eq: { type: 'guid', value: ids.globex } } } }, ["O'Third"]],
])('the addresses of a query builder are understood: %o', async (query, names) => {
  const answer = await call(server, 'GET', `/api/data/v1/deals${buildQuery(query)}`)
  expect(answer.status, answer.text).toBe(200)
  expect((answer.json as { value: { name: string }[] }).value.map(({ name }) => name)).toEqual(names)
})
