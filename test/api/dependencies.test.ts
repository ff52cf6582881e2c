// Where is it used, and what happens to what uses it when it goes: over HTTP, on both engines.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call, engines, signInForKey, startServer, type TestServer } from '../support/server.ts'

interface Dependency {
  readonly kind: string
  readonly name: string
  readonly pointer: string
  readonly use: string
  readonly solution?: string
}

describe.each(engines)('%s', (engine) => {
  let server: TestServer

  beforeAll(async () => {
    server = await startServer({ engine, solutions: 'crm' })
  })
  afterAll(() => server?.stop())

  const admin = (method: string, path: string, body?: unknown) => call(server, method, path, body)
  const uses = async (of: string) =>
    ((await admin('GET', `/api/model/dependencies?of=${of}`)).json as { value: Dependency[] }).value

  it('names the places of the installed solutions, each with the solution that brought it', async () => {
    const found = await uses('entity/account/fields/industry')
    expect(found.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['view', 'form']))
    expect(found.every(({ solution, pointer }) => solution === 'crm' && pointer.startsWith('/'))).toBe(true)
    expect((await uses('entity/account')).map(({ use }) => use)).toEqual(
      expect.arrayContaining(['lookup', 'list', 'form', 'navigation', 'grant']),
    )
  })

  it.each([
    ['entity/nothing', 404],
    ['entity/account/fields/nothing', 404],
    ['nonsense', 400],
    ['', 400],
  ])('of=%s is answered with %i', async (of, status) => {
    expect((await admin('GET', `/api/model/dependencies?of=${of}`)).status).toBe(status)
  })

  it('is for those who may change the model', async () => {
    await admin('POST', '/api/users', { email: 's@example.com', password: 'a good password', roles: ['salesperson'] })
    const adminKey = await signInForKey(server.url, 's@example.com', 'a good password')
    const answer = await call({ url: server.url, adminKey }, 'GET', '/api/model/dependencies?of=entity/account')
    expect(answer.status).toBe(403)
  })

  it('deleting what is needed is refused with all who need it, or takes their places along', async () => {
    const put = (definition: object) => ({ op: 'put', definition })
    const entity = { kind: 'entity', name: 'boat', fields: [{ name: 'name', type: 'text' }] }
    const trip = {
      kind: 'entity',
      name: 'trip',
      fields: [
        { name: 'name', type: 'text' },
        { name: 'boat', type: 'lookup', target: 'boat' },
      ],
    }
    const views = [
      { kind: 'view', name: 'trips', entity: 'trip', columns: [{ field: 'name' }, { field: 'boat.name' }] },
      { kind: 'view', name: 'boats', entity: 'boat', columns: [{ field: 'name' }] },
    ]
    const made = await admin('POST', '/api/model/apply', { changes: [entity, trip, ...views].map(put) })
    expect(made.status).toBe(200)
    const changes = [{ op: 'delete', kind: 'entity', name: 'boat' }]
    const refused = (await admin('POST', '/api/model/plan', { changes })).json as {
      affects: Dependency[]
      problems: object[]
    }
    expect(refused.problems.length).toBeGreaterThan(0)
    expect(refused.affects.map(({ kind, name, use }) => `${kind} ${name} ${use}`)).toEqual([
      'field trip.boat lookup',
      'view boats list',
    ])
    expect((await admin('POST', '/api/model/apply', { changes })).status).toBe(422)
    const taken = await admin('POST', '/api/model/plan', { changes, dependents: 'adjust' })
    expect(taken.json).toMatchObject({ problems: [], affects: [{ name: 'trip.boat' }, { name: 'boats' }] })
    const { plan } = taken.json as { plan: string }
    const applied = await admin('POST', '/api/model/apply', { changes, dependents: 'adjust', plan })
    expect(applied.status).toBe(200)
    expect((await admin('GET', '/api/data/v1/trips?$select=boat_id')).status).toBe(400)
    const undone = await admin('POST', `/api/model/undo/${(applied.json as { undo: string }).undo}`)
    expect(undone.status).toBe(200)
    expect((await admin('GET', '/api/data/v1/trips?$select=boat_id')).status).toBe(200)
  })

  it.each([
    [{ changes: [], dependents: 'drop' }, '/dependents'],
    [{ changes: [], dependents: 1 }, '/dependents'],
  ])('%j is refused with its place', async (body, pointer) => {
    const { status, json } = await admin('POST', '/api/model/plan', body)
    expect([status, JSON.stringify(json)]).toEqual([400, expect.stringContaining(pointer)])
  })
})
