// A field that is to take less than before: values that are there stand in the way, are counted and shown; what fits goes through.
// Every type that has limits, on both engines.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { types } from '@peyvand/core/types/index.ts'
import { call, engines, startServer, type TestServer } from '../support/server.ts'

interface Row {
  readonly type: string
  readonly wide: object
  /** Takes both values. */
  readonly fits: object
  /** Takes the first alone. */
  readonly tight: object
  readonly values: readonly [unknown, unknown]
}

const options = (...values: string[]) => ({ options: values.map((value) => ({ value, label: value })) })
const fewerOptions = { wide: options('a', "b'", 'c'), fits: options('a', "b'"), tight: options('a', 'd') }
const gone = 'hold options that go; deactivate these options instead, or give the records others first'

const rows: readonly Row[] = [
  {
    type: 'text',
    wide: { maxLength: 50 },
    fits: { maxLength: 20 },
    tight: { maxLength: 5 },
    values: ['aé✓', 'a long text'],
  },
  { type: 'integer', wide: {}, fits: { min: 3 }, tight: { max: 3 }, values: [3, 4] },
  {
    type: 'bigint',
    wide: {},
    fits: { max: '9007199254740993' },
    tight: { max: '9007199254740992' },
    values: [1, '9007199254740993'],
  },
  { type: 'float', wide: { max: 10 }, fits: { max: 2.5 }, tight: { max: 2.25 }, values: [0.5, 2.5] },
  { type: 'decimal', wide: {}, fits: { min: '0.01' }, tight: { min: '0.02' }, values: ['0.02', '0.01'] },
  { type: 'percent', wide: { max: 200 }, fits: { max: 150 }, tight: { max: 100 }, values: [100, 150] },
  { type: 'money', wide: {}, fits: { max: 20 }, tight: { max: 10 }, values: [10, 10.5] },
  { type: 'rating', wide: { most: 10 }, fits: { most: 6 }, tight: { most: 4 }, values: [4, 6] },
  { type: 'time', wide: {}, fits: { min: '08:00' }, tight: { min: '08:30' }, values: ['08:30', '08:29:59.5'] },
  { type: 'duration', wide: {}, fits: { max: 'PT2H' }, tight: { max: 'PT1H' }, values: ['PT1H', 'PT1H0.5S'] },
  { type: 'choice', ...fewerOptions, values: ['a', "b'"] },
  { type: 'multi_choice', ...fewerOptions, values: [['a'], ['a', "b'"]] },
]

test('every type with limits has a row', () => {
  const limited = [...types.values()].filter((type) => type.limits !== undefined).map(({ name }) => name)
  expect(limited.toSorted()).toEqual(rows.map(({ type }) => type).toSorted())
})

describe.each(engines)('on %s', (engine) => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ engine })
  })
  afterAll(() => server?.stop())

  const change = (row: Row, more: object) => {
    const fields = [
      { name: 'name', type: 'text' },
      { name: 'value', label: 'Measure', type: row.type, ...more },
    ]
    return { changes: [{ op: 'put', definition: { kind: 'entity', name: `a_${row.type}`, fields } }] }
  }
  const send = (path: string, body: object) => call(server, 'POST', path, body)

  test.each(rows)('$type', async (row) => {
    const data = `/api/data/v1/a_${row.type}s`
    expect((await send('/api/model/apply', change(row, row.wide))).status).toBe(200)
    for (const [i, value] of row.values.entries()) {
      const made = await send(data, { name: `n${i}`, value })
      expect(made.status, made.text).toBe(201)
    }
    const plan = async (more: object) => (await send('/api/model/plan', change(row, more))).json

    expect(await plan(row.tight)).toMatchObject({
      steps: [
        {
          kind: 'check_values',
          field: 'value',
          risk: 'blocked',
          count: 1,
          because: `1 values of "Measure" ${'options' in row.tight ? gone : 'are outside of its new limits'}`,
          samples: [{ name: 'n1' }],
          sql: [],
        },
      ],
    })
    const refused = await send('/api/model/apply', change(row, row.tight))
    expect(refused.status).toBe(422)
    expect(refused.json).toMatchObject({ code: 'plan.blocked', target: `a_${row.type}.value` })
    expect((await send(data, { name: 'n2', value: row.values[1] })).status).toBe(201)

    expect(await plan(row.fits)).toMatchObject({ steps: [{ kind: 'check_values', risk: 'safe', count: 0 }] })
    const fitted = await send('/api/model/apply', change(row, row.fits))
    expect(fitted.status, fitted.text).toBe(200)
    expect(await plan(row.wide)).toMatchObject({ steps: [] })
  })

  test('options that several fields share, and the status of records', async () => {
    const put = (...definitions: object[]) => ({
      changes: definitions.map((definition) => ({ op: 'put', definition })),
    })
    const choice = (...values: string[]) => ({ kind: 'choice', name: 'colour', ...options(...values) })
    const statuses = (...values: string[]) => values.map((value) => ({ value, state: 'active' }))
    const entity = (...values: string[]) => ({
      kind: 'entity',
      name: 'car',
      state: { statuses: [...statuses(...values), { value: 'sold', state: 'inactive' }] },
      fields: [
        { name: 'name', type: 'text' },
        { name: 'paint', type: 'choice', choice: 'colour' },
      ],
    })
    const made = await send('/api/model/apply', put(choice('red', 'green', 'blue'), entity('fresh', 'used')))
    expect(made.status, made.text).toBe(200)
    const car = await send('/api/data/v1/cars', { name: 'Paykan', paint: 'red', status: 'used' })
    expect(car.status, car.text).toBe(201)

    const blocked = { kind: 'check_values', entity: 'car', risk: 'blocked', count: 1, samples: [{ name: 'Paykan' }] }
    const plan = async (definition: object) => (await send('/api/model/plan', put(definition))).json
    expect(await plan(choice('green', 'blue'))).toMatchObject({ steps: [{ ...blocked, field: 'paint' }] })
    expect(await plan(entity('fresh'))).toMatchObject({ steps: [{ ...blocked, field: 'status' }] })
    const inactive = { ...choice('green', 'blue'), options: [{ value: 'red', active: false }, { value: 'green' }] }
    expect(await plan(inactive)).toMatchObject({ steps: [{ kind: 'check_values', risk: 'safe', count: 0 }] })
    expect((await send('/api/model/apply', put(choice('green')))).status).toBe(422)
    expect((await send('/api/model/apply', put(inactive))).status).toBe(200)
  })

  test('the status of a record is always of its state, whatever statuses become', async () => {
    const boat = (state: unknown) => ({
      changes: [
        { op: 'put', definition: { kind: 'entity', name: 'raft', state, fields: [{ name: 'name', type: 'text' }] } },
      ],
    })
    const statuses = (fresh: string) => ({
      statuses: [
        { value: 'fresh', state: fresh },
        { value: 'used', state: 'active' },
        { value: 'sold', state: 'inactive' },
      ],
    })
    expect((await send('/api/model/apply', boat(true))).status).toBe(200)
    for (const name of ['a', 'b']) expect((await send('/api/data/v1/rafts', { name })).status).toBe(201)
    const rafts = async (select = 'name,state,status') =>
      (
        (await call(server, 'GET', `/api/data/v1/rafts?$select=id,${select}&$orderby=name`)).json as {
          value: { id: string }[]
        }
      ).value
    const [a, b] = (await rafts('name')).map(({ id }) => `/api/data/v1/rafts(${id})`)
    expect((await call(server, 'PATCH', b!, { state: 'inactive' })).status).toBe(200)

    const given = await send('/api/model/apply', boat(statuses('active')))
    expect(given.status, given.text).toBe(200)
    expect(await rafts()).toMatchObject([
      { name: 'a', state: 'active', status: 'fresh' },
      { name: 'b', state: 'inactive', status: 'sold' },
    ])
    const other = (await send('/api/model/plan', boat(statuses('inactive')))).json
    const blocked = { kind: 'check_values', field: 'status', risk: 'blocked', count: 1, samples: [{ name: 'a' }] }
    expect(other).toMatchObject({ steps: [blocked] })
    expect((await call(server, 'PATCH', a!, { status: 'used' })).status).toBe(200)
    const { undo } = (await send('/api/model/apply', boat(statuses('inactive')))).json as { undo: string }
    expect((await call(server, 'PATCH', a!, { status: 'fresh' })).json).toMatchObject({ state: 'inactive' })
    expect((await send(`/api/model/undo/${undo}`, {})).text).toContain('of another state than their records')
  })

  test('a wider limit is not taken back over values that need it', async () => {
    const definition = (maxLength: number) => ({
      changes: [
        {
          op: 'put',
          definition: { kind: 'entity', name: 'widened', fields: [{ name: 'name', type: 'text', maxLength }] },
        },
      ],
    })
    expect((await send('/api/model/apply', definition(5))).status).toBe(200)
    const { undo } = (await send('/api/model/apply', definition(20))).json as { undo: string }
    const made = await send('/api/data/v1/wideneds', { name: 'a long text' })
    expect(made.status, made.text).toBe(201)
    const back = await send(`/api/model/undo/${undo}`, {})
    expect(back.status, back.text).toBe(409)
    expect(back.text).toContain('outside of its new limits')
    const { id } = made.json as { id: string }
    expect((await call(server, 'PATCH', `/api/data/v1/wideneds(${id})`, { name: 'short' })).status).toBe(200)
    expect((await send(`/api/model/undo/${undo}`, {})).status).toBe(200)
  })
})
