// Are named operations reachable by every road (plain JSON, OData actions and functions, batches), described everywhere, with
// the caller's rights, and are wrong parameters refused where they are wrong?
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call, engines, startServer, type TestServer } from '../support/server.ts'
import { keyFor } from '../support/people.ts'
import { ids, setUpDeals } from './deals.ts'

const data = '/api/data/v1'
const reader = {
  kind: 'role',
  name: 'deal_reader',
  label: 'Reads deals',
  grants: [{ entity: 'deal', read: 'own' }],
}

interface Row {
  readonly title: string
  readonly method?: string
  readonly path: string
  readonly body?: unknown
  readonly as?: 'reader'
  readonly status: number
  readonly holds?: object
}

const counted = { deal: 3, firm: 2 }
const rows: readonly Row[] = [
  { title: 'a function by GET', path: '/api/actions/who_am_i', status: 200, holds: { roles: ['administrator'] } },
  { title: 'a function by POST', method: 'POST', path: '/api/actions/who_am_i', body: {}, status: 200 },
  { title: 'a function import', path: `${data}/who_am_i()`, status: 200, holds: { roles: ['administrator'] } },
  { title: 'without parentheses, as a client of Dataverse spells it', path: `${data}/WhoAmI`, status: 200 },
  {
    title: 'with a list in the parentheses',
    path: `${data}/retrieve_total_count(entities=['deal','firm'])`,
    status: 200,
    holds: counted,
  },
  {
    title: 'with a parameter alias',
    path: `${data}/peyvand.retrieve_total_count(entities=@p)?@p=["deal","firm"]`,
    status: 200,
    holds: counted,
  },
  {
    title: 'with its parameter in the query',
    path: `${data}/retrieve_total_count?entities=["deal"]`,
    status: 200,
    holds: { deal: 3 },
  },
  {
    title: 'in plain JSON',
    method: 'POST',
    path: '/api/actions/retrieve_total_count',
    body: { entities: ['deal'] },
    status: 200,
    holds: { deal: 3 },
  },
  {
    title: 'counts are the caller’s',
    as: 'reader',
    method: 'POST',
    path: '/api/actions/retrieve_total_count',
    body: { entities: ['deal'] },
    status: 200,
    holds: { deal: 0 },
  },
  {
    title: 'what may not be read does not exist',
    as: 'reader',
    method: 'POST',
    path: '/api/actions/retrieve_total_count',
    body: { entities: ['firm'] },
    status: 400,
    holds: { pointer: '/entities/0' },
  },
  {
    title: 'bound to a set',
    path: `${data}/deals/initial_values()`,
    status: 200,
    holds: { active: true, stage: 'open' },
  },
  { title: 'bound to a set, qualified', path: `${data}/deals/peyvand.initial_values`, status: 200 },
  {
    title: 'bound to a set, in plain JSON',
    method: 'POST',
    path: '/api/actions/initial_values',
    body: { on: 'deals' },
    status: 200,
    holds: { stage: 'open' },
  },
  { title: 'a right that is missing', as: 'reader', path: `${data}/deals/initial_values()`, status: 403 },
  { title: 'bound to the wrong thing', path: `${data}/deals(${ids.first})/peyvand.initial_values()`, status: 404 },
  {
    title: 'on nothing, in plain JSON',
    method: 'POST',
    path: '/api/actions/initial_values',
    body: {},
    status: 400,
    holds: { pointer: '/on' },
  },
  {
    title: 'a parameter that is missing',
    path: `${data}/retrieve_total_count()`,
    status: 422,
    holds: { error: { innererror: { pointer: '/entities' } } },
  },
  {
    title: 'a parameter of the wrong type',
    path: `${data}/retrieve_total_count(entities=5)`,
    status: 422,
    holds: { error: { target: 'entities' } },
  },
  {
    title: 'an item of the wrong type',
    method: 'POST',
    path: '/api/actions/retrieve_total_count',
    body: { entities: ['deal', 5] },
    status: 422,
    holds: { pointer: '/entities/1' },
  },
  {
    title: 'a parameter there is not',
    path: `${data}/who_am_i(x=1)`,
    status: 400,
    holds: { error: { innererror: { pointer: '/x' } } },
  },
  { title: 'parentheses that are not closed', path: `${data}/retrieve_total_count(entities=['deal'`, status: 400 },
  {
    title: 'an option that makes no sense',
    path: `${data}/who_am_i()?$top=1`,
    status: 400,
    holds: { error: { target: '$top' } },
  },
  { title: 'the wrong method', method: 'POST', path: `${data}/who_am_i()`, body: {}, status: 405 },
  { title: 'an action there is not', method: 'POST', path: '/api/actions/who_am_you', body: {}, status: 404 },
]

describe.each(engines)('actions on %s', (engine) => {
  let server: TestServer
  let readerKey = ''
  beforeAll(async () => {
    server = await startServer({ engine })
    await setUpDeals(server)
    await call(server, 'POST', '/api/model/apply', { changes: [{ op: 'put', definition: reader }] })
    readerKey = await keyFor(server, 'reader@example.com', ['deal_reader'])
  })
  afterAll(() => server?.stop())

  test.each(rows)('$title', async ({ method = 'GET', path, body, as, status, holds }) => {
    const caller = as === 'reader' ? { url: server.url, adminKey: readerKey } : server
    const answer = await call(caller, method, path, body)
    expect(answer.status, answer.text).toBe(status)
    if (holds) expect(answer.json).toMatchObject(holds)
    if (path.startsWith(data)) expect(answer.headers.get('odata-version')).toBe('4.01')
  })

  test('in a batch, inside a group too', async () => {
    const requests = [
      { id: 'a', method: 'GET', url: 'who_am_i()' },
      { id: 'b', atomicityGroup: 'g', method: 'PATCH', url: `deals(${ids.first})`, body: { name: 'First' } },
      { id: 'c', atomicityGroup: 'g', method: 'GET', url: "retrieve_total_count(entities=['deal'])" },
    ]
    const answer = await call(server, 'POST', `${data}/$batch`, { requests })
    const { responses } = answer.json as { responses: { id: string; status: number; body: object }[] }
    expect(
      responses.map(({ status }) => status),
      answer.text,
    ).toEqual([200, 200, 200])
    expect(responses[2]!.body).toMatchObject({ deal: 3 })
  })

  test('described in $metadata, the service document, OpenAPI and the list of actions', async () => {
    const xml = await call(server, 'GET', `${data}/$metadata`)
    expect(xml.text).toContain(
      '<Function Name="initial_values" IsBound="true"><Parameter Name="on" Type="Collection(Edm.EntityType)" Nullable="false"/>',
    )
    expect(xml.text).toContain('<Parameter Name="entities" Type="Collection(Edm.String)" Nullable="false"/>')
    expect(xml.text).toContain('<FunctionImport Name="who_am_i" Function="peyvand.who_am_i"/>')
    const json = await call(server, 'GET', `${data}/$metadata?$format=json`)
    expect(json.json).toMatchObject({
      peyvand: { who_am_i: [{ $Kind: 'Function' }], Container: { who_am_i: { $Kind: 'FunctionImport' } } },
    })
    const service = await call(server, 'GET', `${data}/`)
    expect(service.text).toContain('{"name":"who_am_i","kind":"FunctionImport","url":"who_am_i"}')
    const openapi = await call(server, 'GET', '/api/openapi.json')
    expect(openapi.json).toHaveProperty(['paths', '/api/actions/retrieve_total_count', 'post'])
    const list = await call(server, 'GET', '/api/actions')
    expect(list.text).toContain('"name":"initial_values"')
  })
})
