// Does `$bulk` find records by every kind of key, write the largest list there may be, delete, and say row by row what became
// of it, with numbers, formulas and rollups as single writes have them?
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call, engines, startServer, type TestServer } from '../support/server.ts'

const definitions = [
  {
    kind: 'entity',
    name: 'plant',
    entitySet: 'plants',
    ownership: 'user',
    primaryField: 'name',
    fields: [
      { name: 'name', type: 'text', maxLength: 60, required: true },
      { name: 'output', type: 'rollup', entity: 'budget', via: 'plant', aggregate: 'sum', field: 'amount' },
    ],
  },
  {
    kind: 'entity',
    name: 'budget',
    entitySet: 'budgets',
    ownership: 'user',
    primaryField: 'name',
    fields: [
      { name: 'name', type: 'text', maxLength: 200, required: true },
      { name: 'number', type: 'autonumber', pattern: 'B-{00000}' },
      { name: 'year', type: 'integer' },
      { name: 'amount', type: 'integer' },
      { name: 'twice', type: 'formula', expression: 'amount * 2', returns: 'integer' },
      { name: 'plant', type: 'lookup', target: 'plant' },
    ],
    keys: [{ name: 'plant_year', fields: ['plant', 'year'] }],
  },
]
const plant = (n: number) => `018f3c1e-0000-7000-8000-00000000000${n}`

interface Result {
  readonly id?: string
  readonly outcome?: string
  readonly error?: { readonly code: string; readonly message: string }
}

describe.each(engines)('bulk on %s', (engine) => {
  let server: TestServer
  const send = async (set: string, body: object) => {
    const answer = await call(server, 'POST', `/api/data/v1/${set}/$bulk`, body)
    return { ...answer, value: (answer.json as { value?: Result[] } | undefined)?.value ?? [] }
  }
  const get = async (path: string) => (await call(server, 'GET', `/api/data/v1/${path}`)).json as { value: object[] }
  const count = async (set: string, filter = '') =>
    Number((await call(server, 'GET', `/api/data/v1/${set}/$count${filter && `?$filter=${filter}`}`)).text)
  const row = (n: number, year: number, amount: number) => ({
    name: `${n}/${year}`,
    'plant@odata.bind': `/plants(${plant(n)})`,
    year,
    amount,
  })

  beforeAll(async () => {
    server = await startServer({ engine })
    const changes = definitions.map((definition) => ({ op: 'put', definition }))
    const applied = await call(server, 'POST', '/api/model/apply', { changes })
    expect(applied.status, applied.text).toBe(200)
    const made = await send('plants', { create: [1, 2].map((n) => ({ id: plant(n), name: `Plant ${n}` })) })
    expect(made.value.map(({ id, outcome }) => [id, outcome])).toEqual([1, 2].map((n) => [plant(n), 'created']))
  })
  afterAll(() => server?.stop())

  test('upsert by a key of two fields, one of them a lookup', async () => {
    const first = await send('budgets', {
      upsert: [row(1, 2025, 10), row(1, 2026, 20), row(2, 2025, 30)],
      key: 'plant,year',
    })
    expect(
      first.value.map(({ outcome }) => outcome),
      first.text,
    ).toEqual(['created', 'created', 'created'])
    const second = await send('budgets', { upsert: [row(2, 2025, 31), row(2, 2026, 40)], key: ['year', 'plant'] })
    expect(
      second.value.map(({ outcome }) => outcome),
      second.text,
    ).toEqual(['updated', 'created'])
    expect(second.value[0]!.id).toBe(first.value[2]!.id)
    const { value } = await get('budgets?$select=name,amount,twice,number&$orderby=number')
    expect(value).toMatchObject([
      { name: '1/2025', amount: 10, twice: 20, number: 'B-00001' },
      { name: '1/2026', amount: 20, twice: 40, number: 'B-00002' },
      { name: '2/2025', amount: 31, twice: 62, number: 'B-00003' },
      { name: '2/2026', amount: 40, twice: 80, number: 'B-00004' },
    ])
    expect((await get('plants?$select=output&$orderby=name')).value).toMatchObject([{ output: 30 }, { output: 71 }])
  })

  test('update by key, and by id; what is not there is told', async () => {
    const changed = await send('budgets', {
      update: [
        { plant_id: plant(1), year: 2025, amount: 11 },
        { plant_id: plant(1), year: 1999, amount: 1 },
      ],
      key: 'plant,year',
      atomic: false,
    })
    expect(
      changed.value.map(({ outcome, error }) => outcome ?? error?.code),
      changed.text,
    ).toEqual(['updated', 'missing.record'])
    const all = await send('budgets', {
      update: [
        { id: plant(9), amount: 1 },
        { id: changed.value[0]!.id, amount: 99 },
      ],
    })
    expect(all.status, all.text).toBe(404)
    expect(await count('budgets', 'amount eq 99')).toBe(0)
    expect(await count('budgets', 'amount eq 11')).toBe(1)
  })

  test('a row with the version it is of changes and deletes no other one', async () => {
    const { json } = await call(server, 'POST', '/api/data/v1/budgets', row(1, 1970, 1))
    const { id } = json as { id: string }
    const [first, second] = ['W/"1"', 'W/"2"']
    const update = (etag: string, amount: number) => [{ id, '@odata.etag': etag, amount }]
    expect((await send('budgets', { update: update(first, 2) })).value).toEqual([{ id, outcome: 'updated' }])
    const stale = await send('budgets', { update: update(first, 3) })
    expect([stale.status, stale.json], stale.text).toMatchObject([
      412,
      { error: { code: 'conflict.stale', innererror: { pointer: '/update/0' } } },
    ])
    const upsert = [
      { ...row(1, 1970, 4), '@odata.etag': first },
      { ...row(1, 1971, 4), '@odata.etag': first },
      { ...row(1, 1970, 5), year: 1972 },
    ]
    const rows = await send('budgets', { upsert, key: 'plant,year', atomic: false })
    expect(
      rows.value.map(({ outcome, error }) => outcome ?? error?.code),
      rows.text,
    ).toEqual(['conflict.stale', 'missing.record', 'created'])
    const gone = (etag: string) => send('budgets', { delete: [{ id, '@odata.etag': etag }], atomic: false })
    expect((await gone(first)).value[0]!.error?.code).toBe('conflict.stale')
    expect(await get(`budgets(${id})?$select=amount`)).toMatchObject({ amount: 2 })
    expect((await gone(second)).value).toEqual([{ id, outcome: 'deleted' }])
    expect((await send('budgets', { delete: [rows.value[2]!.id] })).status).toBe(200)
  })

  test('query options, which mean nothing here, are refused', async () => {
    const answer = await call(server, 'POST', '/api/data/v1/budgets/$bulk?$select=name', { create: [] })
    expect([answer.status, answer.json], answer.text).toMatchObject([400, { error: { target: '$select' } }])
    expect((await call(server, 'POST', '/api/data/v1/budgets/$bulk?$foo=1', { create: [] })).status).toBe(400)
  })

  test('upsert by id makes a record with that id', async () => {
    const rows = [
      { id: plant(7), name: 'Seven' },
      { id: plant(1), name: 'Plant one' },
    ]
    const { value, text } = await send('plants', { upsert: rows, key: 'id' })
    expect(
      value.map(({ id, outcome }) => [id, outcome]),
      text,
    ).toEqual([
      [plant(7), 'created'],
      [plant(1), 'updated'],
    ])
  })

  test('a key stands once in a request', async () => {
    const body = { upsert: [row(1, 2030, 1), row(2, 2030, 1), row(1, 2030, 2)], key: 'plant,year' }
    const refused = await send('budgets', body)
    expect([refused.status, refused.text.includes('/upsert/2')], refused.text).toEqual([409, true])
    expect(await count('budgets', 'year eq 2030')).toBe(0)
    const some = await send('budgets', { ...body, atomic: false })
    expect(some.value.map(({ outcome, error }) => outcome ?? error?.code)).toEqual([
      'created',
      'created',
      'conflict.duplicate',
    ])
  })

  test('delete by id and by key, all or nothing or row by row', async () => {
    const gone = await send('budgets', {
      delete: [
        { plant_id: plant(1), year: 2030 },
        { plant_id: plant(2), year: 2030 },
      ],
      key: 'plant,year',
    })
    expect(
      gone.value.map(({ outcome }) => outcome),
      gone.text,
    ).toEqual(['deleted', 'deleted'])
    expect((await get('plants?$select=output&$orderby=id')).value[0]).toMatchObject({ output: 31 })
    const none = await send('plants', { delete: [plant(7), plant(8)] })
    expect([none.status, await count('plants', "name eq 'Seven'")], none.text).toEqual([404, 1])
    const some = await send('plants', { delete: [plant(7), plant(8), 'x'], atomic: false })
    expect(some.value.map(({ outcome, error }) => outcome ?? error?.code)).toEqual([
      'deleted',
      'missing.record',
      'request.type',
    ])
  })

  const wrong: readonly (readonly [title: string, body: object, status: number, code: string])[] = [
    ['a field that is no key', { upsert: [{ name: 'x' }], key: 'name' }, 400, 'request.unknown'],
    ['a part of a key', { upsert: [{ year: 1 }], key: 'year' }, 400, 'request.unknown'],
    ['a key without a value', { upsert: [{ name: 'x', year: 1 }], key: 'plant,year' }, 422, 'check.required'],
    ['no key', { upsert: [{ name: 'x' }] }, 400, 'request.malformed'],
    ['a key for new records', { create: [{ name: 'x' }], key: 'id' }, 400, 'request.malformed'],
    ['a list of keys that is none', { upsert: [], key: [1] }, 400, 'request.malformed'],
    ['two lists', { create: [], delete: [] }, 400, 'request.malformed'],
  ]
  test.each(wrong)('%s', async (_, body, status, code) => {
    const { text, ...answer } = await send('budgets', body)
    expect([answer.status, text.includes(`"${code}"`)], text).toEqual([status, true])
  })

  test('5,000 records of more than 1 MB are made, changed and deleted', async () => {
    const create = Array.from({ length: 5_000 }, (_, i) => ({
      name: `Much ${i}`.padEnd(180, '.'),
      amount: i,
      year: 10_000 + i,
      plant_id: plant(2),
    }))
    expect(JSON.stringify({ create }).length).toBeGreaterThan(1_048_576)
    const made = await send('budgets', { create })
    expect([made.status, made.value.length], made.text.slice(0, 300)).toEqual([200, 5_000])
    const changed = await send('budgets', { update: made.value.map(({ id }) => ({ id, amount: 1 })) })
    expect(changed.status, changed.text.slice(0, 300)).toBe(200)
    expect((await get(`plants?$filter=id eq ${plant(2)}&$select=output`)).value[0]).toMatchObject({
      output: 71 + 5_000,
    })
    const gone = await send('budgets', { delete: made.value.slice(0, 500).map(({ id }) => id) })
    expect(gone.status, gone.text.slice(0, 300)).toBe(200)
    expect(await count('budgets', 'amount eq 1')).toBe(4_500)
  })
})
