// A plan names the records in its way: the right ones and no others, only to those who may read them, and none once they are
// mended. On both engines.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call, engines, signInForKey, startServer, type TestServer } from '../support/server.ts'

interface Step {
  readonly kind: string
  readonly risk: string
  readonly count?: number
  readonly samples?: readonly { id: string; name: string | null; value: unknown }[]
}

const name = { name: 'name', type: 'text' }
const size = { name: 'size', type: 'text' }
const mark = { name: 'mark', type: 'text' }
const town = { name: 'town', type: 'text' }
const entity = (fields: object[], more: object = {}) => ({
  op: 'put',
  definition: {
    kind: 'entity',
    name: 'crate',
    entitySet: 'crates',
    ownership: 'user',
    primaryField: 'name',
    fields,
    ...more,
  },
})
const reader = (role: string, read: 'none' | 'own' | 'all', closed?: string) => ({
  op: 'put',
  definition: {
    kind: 'role',
    name: role,
    privileges: ['customize'],
    grants: read === 'none' ? [] : [{ entity: 'crate', read, create: 'own', write: 'own' }],
    ...(closed === undefined ? {} : { fields: [{ entity: 'crate', field: closed, read: false, write: false }] }),
  },
})

/** What each change asks of the rows: who is in its way, by name and value. */
const cases = [
  {
    what: 'values that would not convert',
    fields: [name, { name: 'size', type: 'integer' }, mark, town],
    kind: 'retype_column',
    field: 'size',
    count: 2,
    samples: { 'no number': 'many', 'too large': '99999999999' },
    mend: { 'no number': { size: '7' }, 'too large': { size: '8' } },
  },
  {
    what: 'nothing in what becomes required',
    fields: [name, size, { ...mark, required: true }, town],
    kind: 'set_not_null',
    field: 'mark',
    count: 1,
    samples: { 'no mark': null },
    mend: { 'no mark': { mark: 'c' } },
  },
  {
    what: 'doubles of one field',
    fields: [name, size, { ...mark, unique: true }, town],
    kind: 'add_index',
    field: 'mark',
    count: 1,
    samples: { 'no number': 'a', 'too large': 'a' },
    mend: { 'too large': { mark: 'b' } },
  },
  {
    what: 'doubles of two fields',
    fields: [name, size, mark, town],
    more: { keys: [{ name: 'by_both', fields: ['mark', 'town'] }] },
    kind: 'add_index',
    field: 'mark',
    count: 1,
    samples: { 'no number': ['a', 'Cluj'], 'too large': ['a', 'Cluj'] },
    mend: { 'no number': { town: 'Iași' } },
  },
]
const rows = [
  { name: 'fine', size: '12', mark: 'z', town: 'Cluj' },
  { name: 'no number', size: 'many', mark: 'a', town: 'Cluj' },
  { name: 'too large', size: '99999999999', mark: 'a', town: 'Cluj' },
  { name: 'no mark', size: null, mark: null, town: 'Cluj' },
]

describe.each(engines)('rows in the way of a plan on %s', (engine) => {
  let server: TestServer
  const keys: Record<string, string> = {}
  const ids = new Map<string, string>()

  const as = async (who: string, method: string, path: string, body?: unknown) => {
    const answer = await call(who === 'admin' ? server : { url: server.url, adminKey: keys[who]! }, method, path, body)
    expect(answer.status, answer.text).toBeLessThan(300)
    return answer.json as Record<string, unknown>
  }
  const stepOf = async (who: string, change: object, kind: string): Promise<Step | undefined> => {
    const { steps } = await as(who, 'POST', '/api/model/plan', { changes: [change] })
    const found = (steps as Step[]).filter((step) => step.kind === kind)
    return found.find(({ risk }) => risk === 'blocked') ?? found[0]
  }

  beforeAll(async () => {
    server = await startServer({ engine, solutions: 'base' })
    const roles = [
      reader('sees_none', 'none'),
      reader('sees_own', 'own'),
      reader('sees_no_size', 'all', 'size'),
      reader('sees_no_name', 'all', 'name'),
    ]
    await as('admin', 'POST', '/api/model/apply', { changes: [entity([name, size, mark, town]), ...roles] })
    for (const role of roles.map(({ definition }) => definition.name)) {
      const email = `${role}@example.com`
      await as('admin', 'POST', '/api/users', { email, password: 'a good password', roles: [role] })
      keys[role] = await signInForKey(server.url, email, 'a good password')
    }
    for (const row of rows) {
      const { id } = await as('admin', 'POST', '/api/data/v1/crates', row)
      ids.set(row.name, id as string)
    }
  })
  afterAll(() => server?.stop())

  it.each(cases)('are named: $what', async ({ fields, more, kind, count, samples }) => {
    const step = await stepOf('admin', entity(fields, more), kind)
    expect(step).toMatchObject({ risk: 'blocked', count })
    const wanted = Object.entries(samples).map(([row, value]) => ({ id: ids.get(row), name: row, value }))
    expect([...step!.samples!].sort((a, b) => a.name!.localeCompare(b.name!))).toEqual(
      wanted.sort((a, b) => a.name.localeCompare(b.name)),
    )
    expect(Object.keys(step!)).not.toContain('offenders')
  })

  it('are all the rows when a required field is only to come', async () => {
    const step = await stepOf(
      'admin',
      entity([name, size, mark, town, { name: 'new', type: 'text', required: true }]),
      'set_not_null',
    )
    expect(step).toMatchObject({ risk: 'blocked', count: rows.length })
    expect(new Set(step!.samples!.map((one) => one.name))).toEqual(new Set(rows.map((row) => row.name)))
    expect(step!.samples).toHaveLength(rows.length)
    expect(step!.samples!.every(({ value }) => value === null)).toBe(true)
  })

  it('are counted, not named, for those who may not read them', async () => {
    const change = entity(cases[1]!.fields)
    for (const who of ['sees_none', 'sees_own', 'sees_no_size'])
      expect(await stepOf(who, change, 'set_not_null'), who).toMatchObject({ risk: 'blocked', count: 1 })
    for (const who of ['sees_none', 'sees_own'])
      expect(await stepOf(who, change, 'set_not_null'), who).toMatchObject({ samples: [] })
    const { id } = await as('sees_own', 'POST', '/api/data/v1/crates', { name: 'mine' })
    const own = await stepOf('sees_own', change, 'set_not_null')
    expect(own).toMatchObject({ count: 2, samples: [{ id, name: 'mine', value: null }] })
    await as('admin', 'DELETE', `/api/data/v1/crates(${id as string})`)
    const nameless = await stepOf('sees_no_name', entity(cases[0]!.fields), 'retype_column')
    expect(nameless!.samples!.map((one) => one.name)).toEqual([null, null])
    expect(new Set(nameless!.samples!.map(({ value }) => value))).toEqual(new Set(['99999999999', 'many']))
  })

  it('are neither counted nor named where values decide that one may not all read', async () => {
    for (const who of ['sees_none', 'sees_own', 'sees_no_size']) {
      const step = await stepOf(who, entity(cases[0]!.fields), 'retype_column')
      expect([step!.risk, step!.count, step!.samples], who).toEqual(['blocked', undefined, undefined])
    }
  })

  it('are 20 at most', async () => {
    const made: string[] = []
    for (let i = 0; i < 25; i++)
      made.push(
        (await as('admin', 'POST', '/api/data/v1/crates', { name: `n${i}`, size: 'x', mark: `n${i}` }))['id'] as string,
      )
    const step = await stepOf('admin', entity(cases[0]!.fields), 'retype_column')
    expect(step).toMatchObject({ count: 27 })
    expect(step!.samples).toHaveLength(20)
    for (const id of made) await as('admin', 'DELETE', `/api/data/v1/crates(${id})`)
  })

  it.each(cases)('are none once they are mended: $what', async ({ fields, more, kind, mend }) => {
    for (const [row, values] of Object.entries(mend))
      await as('admin', 'PATCH', `/api/data/v1/crates(${ids.get(row)!})`, values)
    const step = await stepOf('admin', entity(fields, more), kind)
    expect(step!.risk).not.toBe('blocked')
    expect(step).toMatchObject({ count: 0 })
    expect(step!.samples).toBeUndefined()
  })
})
