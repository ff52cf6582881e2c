// Who designs the model does not give rights by it: a role opens something else, and a webhook sends elsewhere, only when an
// administrator publishes it, by whatever road. What merely follows a
// change of an entity is no change of a role.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adminPassword, call, engines, signInForKey, startServer, type TestServer } from '../support/server.ts'

const matter = {
  kind: 'entity',
  name: 'matter',
  ownership: 'user',
  fields: [
    { name: 'name', type: 'text', maxLength: 100, required: true },
    { name: 'memo', type: 'text', maxLength: 100 },
    { name: 'note', type: 'text', maxLength: 100 },
  ],
}
const clerk = {
  kind: 'role',
  name: 'clerk',
  grants: [{ entity: 'matter', create: 'own', read: 'unit' }],
  fields: [{ entity: 'matter', field: 'memo', read: false }],
}
const hook = {
  kind: 'webhook',
  name: 'out',
  url: 'https://example.com/in',
  entity: 'matter',
  on: ['create'],
  include: ['name'],
  runAs: 'admin@example.com',
}
const designer = { kind: 'role', name: 'designer', privileges: ['customize'], grants: [] }

describe.each(engines)('rights by design on %s', (engine) => {
  let server: TestServer
  let key = ''
  const send = async (method: string, path: string, body: object | undefined, by = key) =>
    call(server, method, path, body, { authorization: `Bearer ${by}` })
  const apply = (changes: object[], by = key) => send('POST', '/api/model/apply', { changes }, by)
  const put = (definition: object) => ({ op: 'put', definition })
  /** Publishes what drops something, with what names it, as it was reviewed. */
  const drop = async (definition: object) => {
    const change = { changes: [put(definition)], dependents: 'adjust' }
    const { plan } = (await send('POST', '/api/model/plan', change)).json as { plan: string }
    return send('POST', '/api/model/apply', { ...change, plan })
  }
  /** The definition in force, with its ids. */
  const known = async (name: string) => {
    const { json } = await call(server, 'GET', '/api/model')
    const { entities } = json as { entities: { name: string; id: string; fields: { id: string; name: string }[] }[] }
    return entities.find((entity) => entity.name === name)!
  }

  beforeAll(async () => {
    server = await startServer({ engine })
    const made = await apply([matter, clerk, designer, hook].map(put), server.adminKey)
    expect(made.status, made.text).toBe(200)
    const email = 'dana@example.com'
    const body = { email, name: 'Dana', password: adminPassword, roles: ['designer', 'clerk'] }
    expect((await call(server, 'POST', '/api/users', body)).status).toBe(201)
    key = await signInForKey(server.url, email, adminPassword)
  })
  afterAll(() => server?.stop())

  const refused: readonly [string, object[]][] = [
    ['every privilege for the own role', [put({ ...designer, privileges: ['customize', 'administer'] })]],
    ['every record for the own role', [put({ ...clerk, grants: [{ entity: '*', read: 'all' }] })]],
    ['a wider depth', [put({ ...clerk, grants: [{ entity: 'matter', create: 'own', read: 'all' }] })]],
    ['a field opened', [put({ ...clerk, fields: [] })]],
    ['a role for everybody', [put({ kind: 'role', name: 'everyone', grants: [{ entity: 'matter', read: 'all' }] })]],
    ['what asks for a second factor', [put({ kind: 'role', name: 'careful', secondFactor: true })]],
    ['a role gone', [{ op: 'delete', kind: 'role', name: 'clerk' }]],
    ['a webhook that sends elsewhere', [put({ ...hook, url: 'https://example.net/mine' })]],
    ['a new webhook', [put({ ...hook, name: 'mine' })]],
    [
      'rights on an entity that comes with the change',
      [
        put({ ...matter, name: 'paper' }),
        put({ ...clerk, grants: [...clerk.grants, { entity: 'paper', read: 'all' }] }),
      ],
    ],
  ]
  test.each(refused)('%s', async (_, changes) => {
    const planned = await send('POST', '/api/model/plan', { changes })
    expect(planned.json, planned.text).toMatchObject({ problems: [{ code: 'access.denied' }] })
    const answer = await apply(changes)
    expect([answer.status, (answer.json as { code: string }).code], answer.text).toEqual([403, 'access.denied'])
    expect(answer.text).toContain('those who may administer')
    const planOfAdmin = await send('POST', '/api/model/plan', { changes }, server.adminKey)
    expect(planOfAdmin.json).toMatchObject({ problems: [] })
  })

  test('nor by taking back what an administrator narrowed', async () => {
    const narrowed = await apply([put({ ...clerk, grants: [{ entity: 'matter', read: 'own' }] })], server.adminKey)
    const { undo } = narrowed.json as { undo: string }
    const back = await send('POST', `/api/model/undo/${undo}`, {})
    expect([back.status, (back.json as { code: string }).code], back.text).toEqual([403, 'access.denied'])
    expect((await send('POST', `/api/model/undo/${undo}`, {}, server.adminKey)).status).toBe(200)
  })

  test('what follows an entity is no change of a role', async () => {
    const { id, fields } = await known('matter')
    const ids = matter.fields.map((field) => ({ ...field, id: fields.find(({ name }) => name === field.name)!.id }))
    const renamed = {
      ...matter,
      id,
      name: 'affair',
      fields: ids.map((field) => (field.name === 'memo' ? { ...field, name: 'remark' } : field)),
    }
    const answer = await apply([put(renamed), put({ ...matter, name: 'paper' })])
    expect(answer.status, answer.text).toBe(200)
    expect((await call(server, 'GET', '/api/data/v1/affairs?$select=name')).status).toBe(200)
    const without = { ...renamed, fields: renamed.fields.filter(({ name }) => name !== 'note') }
    const gone = await drop(without)
    expect(gone.status, gone.text).toBe(200)
    // A closed field that goes could be had back open.
    const closed = await drop({ ...without, fields: without.fields.filter(({ name }) => name !== 'remark') })
    expect([closed.status, (closed.json as { code: string }).code], closed.text).toEqual([403, 'access.denied'])
  })
})
