// Does /api/graphql answer over HTTP as it should: writes with versions, keys, links and new records in one, each by the one road of
// writes; which requests are taken at all; and questions about the schema, which a thread of their own answers.
import { getIntrospectionQuery, buildClientSchema, type IntrospectionQuery } from 'graphql'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call, engines, startServer, type Answer, type TestServer } from '../support/server.ts'
import { ids, setUpDeals } from './deals.ts'

interface Told {
  readonly data?: Record<string, unknown> | null
  readonly errors?: { message: string; path?: unknown[]; extensions: Record<string, unknown> }[]
}

describe.each(engines)('GraphQL on %s', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ engine })
    await setUpDeals(server)
  })
  afterAll(() => server?.stop())

  const send = (body: unknown, headers = {}): Promise<Answer> => call(server, 'POST', '/api/graphql', body, headers)
  const get = (query: string): Promise<Answer> => call(server, 'GET', `/api/graphql?query=${encodeURIComponent(query)}`)
  const told = async (query: string, variables?: object): Promise<Told> =>
    (await send({ query, ...(variables ? { variables } : {}) })).json as Told
  const data = async (query: string, variables?: object): Promise<Record<string, unknown>> => {
    const answer = await told(query, variables)
    expect(answer.errors).toBeUndefined()
    return answer.data!
  }

  test('records are created with new related ones, in one transaction', async () => {
    const made = await data(
      'mutation($input: FirmCreate!) { createFirm(input: $input) { id name version parent { name } deals(orderBy: [{name: ASC}]) { totalCount nodes { name number amount stage owner_user { id } } } } }',
      {
        input: {
          name: 'New firm',
          parent: { name: 'Its parent' },
          deals: [
            { name: 'A', amount: '12.50' },
            { name: 'B', stage: 'won' },
          ],
        },
      },
    )
    expect(made['createFirm']).toMatchObject({
      name: 'New firm',
      version: 1,
      parent: { name: 'Its parent' },
      deals: {
        totalCount: 2,
        nodes: [
          { name: 'A', amount: '12.50', stage: 'open' },
          { name: 'B', stage: 'won' },
        ],
      },
    })
    const failed = await told(
      'mutation { createFirm(input: {name: "Half", deals: [{name: "C", quantity: -1}]}) { id } }',
    )
    expect(failed.errors![0]!.extensions).toMatchObject({ code: 'check.invalid', pointer: '/deals/0/quantity' })
    expect(await data('{ firms(filter: {name: {eq: "Half"}}) { totalCount } }')).toEqual({ firms: { totalCount: 0 } })
  })

  test('a change holds the version it was told, null clears, and the change is in the history', async () => {
    const change = (version: number, city: string | null) =>
      told(
        'mutation($version: Int, $city: String) { updateFirm(key: {name: "Globex"}, version: $version, input: {city: $city}) { id city version } }',
        { version, city },
      )
    const { version } = (await data('{ firm(key: {name: "Globex"}) { version } }'))['firm'] as { version: number }
    expect((await change(version + 7, 'Oslo')).errors![0]!.extensions).toMatchObject({
      code: 'conflict.stale',
      status: 412,
    })
    expect((await change(version, 'Oslo')).data!['updateFirm']).toMatchObject({ city: 'Oslo', version: version + 1 })
    expect((await change(version + 1, null)).data!['updateFirm']).toMatchObject({ city: null, version: version + 2 })
    const missing = await told(`mutation { updateFirm(id: "${ids.none}", input: {city: "x"}) { id } }`)
    expect(missing.errors![0]!.extensions['code']).toBe('missing.record')
    expect(missing.data).toEqual({ updateFirm: null })
  })

  test('an upsert creates by key or by id, and changes what is there', async () => {
    const upsert = (quantity: number) =>
      data(
        'mutation($input: DealUpdate!) { upsertDeal(key: {code: "UPS"}, input: $input) { id code quantity version } }',
        { input: { name: 'Upserted', quantity } },
      )
    const first = (await upsert(1))['upsertDeal']
    expect(first).toMatchObject({ code: 'UPS', quantity: 1, version: 1 })
    expect((await upsert(2))['upsertDeal']).toEqual({ ...(first as object), quantity: 2, version: 2 })
    const id = '018f3c1e-0000-7000-8000-000000000777'
    const made = await data(`mutation { upsertFirm(id: "${id}", input: {name: "By id"}) { id name } }`)
    expect(made['upsertFirm']).toEqual({ id, name: 'By id' })
  })

  test('records are put into a collection and taken out of it, and deleted', async () => {
    const relate = (doing: string) =>
      data(
        `mutation { ${doing}Firm(id: "${ids.globex}", relationship: deals, to: "${ids.second}") { deals { nodes { id } } } }`,
      )
    expect(JSON.stringify(await relate('link'))).toContain(ids.second)
    expect(JSON.stringify(await relate('unlink'))).not.toContain(ids.second)
    const again = await told(
      `mutation { unlinkFirm(id: "${ids.globex}", relationship: deals, to: "${ids.second}") { id } }`,
    )
    expect(again.errors![0]!.extensions['code']).toBe('missing.record')
    const gone = await data(`mutation { deleteDeal(id: "${ids.second}") { id } }`)
    expect(gone).toEqual({ deleteDeal: { id: ids.second } })
    expect(await data(`{ deal(id: "${ids.second}") { id } }`)).toEqual({ deal: null })
    const held = await told(`mutation { deleteFirm(id: "${ids.acme}") { id } }`)
    expect(held.errors![0]!.extensions['code']).toBe('conflict.reference')
  })

  test('mutations run in order, each on its own: what fails does not undo what was done', async () => {
    const answer = await told(
      'mutation { a: createFirm(input: {name: "One"}) { name } b: createFirm(input: {name: "One"}) { name } c: createFirm(input: {name: "Two"}) { name } }',
    )
    expect(answer.data).toEqual({ a: { name: 'One' }, b: null, c: { name: 'Two' } })
    expect(answer.errors!.map(({ path, extensions }) => [path, extensions['code']])).toEqual([
      [['b'], 'conflict.duplicate'],
    ])
  })

  test('a new entity is there at once', async () => {
    const field = { name: 'name', type: 'text', required: true }
    const definition = {
      kind: 'entity',
      name: 'late_thing',
      label: 'Late',
      plural: 'Late things',
      entitySet: 'late_things',
      ownership: 'user',
      primaryField: 'name',
      fields: [field],
    }
    expect((await told('{ late_things { totalCount } }')).errors?.length).toBe(1)
    const applied = await call(server, 'POST', '/api/model/apply', { changes: [{ op: 'put', definition }] })
    expect(applied.status, applied.text).toBe(200)
    expect(await data('mutation { createLateThing(input: {name: "x"}) { name } }')).toEqual({
      createLateThing: { name: 'x' },
    })
    expect(await data('{ late_things { totalCount } }')).toEqual({ late_things: { totalCount: 1 } })
  })

  // ---- which requests are taken -------------------------------------------------------------------------------------

  test('GET asks, and never writes', async () => {
    const read = await get('{ firms { totalCount } }')
    expect([read.status, read.headers.get('content-type')]).toEqual([200, 'application/json; charset=utf-8'])
    const written = await get('mutation { createFirm(input: {name: "By GET"}) { id } }')
    expect([written.status, (written.json as Told).errors![0]!.extensions['code']]).toEqual([405, 'request.method'])
    expect(await data('{ firms(filter: {name: {eq: "By GET"}}) { totalCount } }')).toEqual({ firms: { totalCount: 0 } })
  })

  const refused: readonly [title: string, status: number, code: string, body: unknown, headers?: object][] = [
    ['a form', 415, 'request.media', 'query={revision}', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['plain text', 415, 'request.media', '{"query":"{revision}"}', { 'content-type': 'text/plain' }],
    ['a list of requests', 400, 'request.malformed', [{ query: '{ revision }' }]],
    ['no query', 400, 'request.malformed', { variables: {} }],
    ['variables that are a list', 400, 'request.type', { query: '{ revision }', variables: [] }],
    ['a member that is not known', 400, 'request.unknown', { query: '{ revision }', id: 'x' }],
    ['what is no GraphQL', 400, 'request.syntax', { query: '{ revision' }],
    ['a field that is not there', 400, 'request.unknown', { query: '{ firms { nodes { nam } } }' }],
    ['an operation that is not there', 400, 'request.unknown', { query: 'query a { revision }', operationName: 'b' }],
    [
      'a variable of the wrong type',
      400,
      'request.type',
      { query: 'query($n: Int) { firms(first: $n) { totalCount } }', variables: { n: 'x' } },
    ],
    ['schema and records at once', 501, 'request.unsupported', { query: '{ __schema { types { name } } revision }' }],
  ]
  test.each(refused)('%s is refused', async (_title, status, code, body, headers = {}) => {
    const answer = await send(body, headers)
    expect([answer.status, (answer.json as Told).errors?.[0]?.extensions['code']], answer.text).toEqual([status, code])
    expect((answer.json as Told).data).toBeUndefined()
  })

  test('a name that is nearly right is told', async () => {
    const { errors } = await told('{ firms { nodes { nam } } }')
    expect(errors![0]!.extensions['hint']).toBe('Did you mean "name"?')
  })

  test('without a caller nothing is told, and another site cannot use a session', async () => {
    const anonymous = await fetch(`${server.url}/api/graphql?query={__schema{types{name}}}`)
    expect(anonymous.status).toBe(401)
    const other = await fetch(`${server.url}/api/graphql`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${server.adminKey}` },
    })
    expect([other.status, other.headers.get('allow')]).toEqual([405, 'GET, POST'])
  })

  test('the media type of GraphQL over HTTP is answered to who asks for it', async () => {
    const type = 'application/graphql-response+json'
    const answer = await send({ query: '{ revision }' }, { accept: type })
    expect(answer.headers.get('content-type')).toBe(`${type}; charset=utf-8`)
  })

  test('tools can read the schema, with all types of fields, again and again', async () => {
    const query = getIntrospectionQuery({ oneOf: true })
    const [one, other] = await Promise.all([
      send({ query }),
      get('{ __type(name: "Deal") { fields { name type { name } } } }'),
    ])
    expect(one.status, one.text.slice(0, 300)).toBe(200)
    const schema = buildClientSchema((one.json as { data: IntrospectionQuery }).data)
    expect(Object.keys(schema.getMutationType()!.getFields())).toEqual(
      expect.arrayContaining(['createDeal', 'updateDeal', 'upsertDeal', 'deleteDeal', 'linkFirm', 'unlinkFirm']),
    )
    const fields = (other.json as { data: { __type: { fields: { name: string; type: { name: string } }[] } } }).data
      .__type.fields
    expect(Object.fromEntries(fields.map(({ name, type }) => [name, type.name]))).toMatchObject({
      amount: 'Decimal',
      quantity: 'Int',
      active: 'Boolean',
      starts_on: 'Date',
      seen_at: 'DateTime',
      price: 'Decimal',
      price_currency: 'String',
      firm_id: 'ID',
      firm: 'Firm',
      about_deal: 'Deal',
    })
  })
})
