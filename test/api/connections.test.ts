// Connections with roles on the real solutions: which entities take part, which roles fit which pair, the other side's role,
// and the right to append to both ends, on both engines and on every way of writing.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call, engines, signInForKey, startServer, type Answer, type TestServer } from '../support/server.ts'

describe.each(engines)('connections on %s', (engine) => {
  let server: TestServer
  let personKey = ''
  const ids: Record<string, string> = {}
  const as = (key: string, method: string, path: string, body?: unknown): Promise<Answer> =>
    call({ url: server.url, adminKey: key }, method, `/api/data/v1/${path}`, body)
  const send = (method: string, path: string, body?: unknown) => as(server.adminKey, method, path, body)
  const make = async (set: string, body: object): Promise<string> => {
    const made = await send('POST', set, body)
    expect(made.status, made.text).toBe(201)
    return (made.json as { id: string }).id
  }
  const role = (name: string): string => ids[name]!
  const ends = (one: string, two: string) => ({
    record1_id: ids[one],
    record1_type: one.replace(/\d$/, ''),
    record2_id: ids[two],
    record2_type: two.replace(/\d$/, ''),
  })

  beforeAll(async () => {
    server = await startServer({ engine, solutions: 'crm' })
    ids['account'] = await make('accounts', { name: 'Acme' })
    ids['account2'] = await make('accounts', { name: 'Globex' })
    ids['contact'] = await make('contacts', { first_name: 'Ann', last_name: 'A' })
    ids['contact2'] = await make('contacts', { first_name: 'Bob', last_name: 'B' })
    const { value } = (await send('GET', 'connection_roles?$select=name,reciprocal_id')).json as {
      value: { id: string; name: string; reciprocal_id: string | null }[]
    }
    for (const { id, name } of value) ids[name] = id
    const of = (name: string) => value.find((one) => one.name === name)
    expect(of('Employer')?.reciprocal_id).toBe(of('Employee')?.id)
    expect(of('Spouse')?.reciprocal_id).toBe(of('Spouse')?.id)
    const definition = {
      kind: 'role',
      name: 'connector',
      grants: [
        { entity: 'connection', create: 'own', read: 'own', write: 'own', delete: 'own', append: 'own', bulk: 'own' },
        { entity: 'connection_role', read: 'all', append_to: 'all' },
        { entity: 'account', read: 'all', append_to: 'own' },
        { entity: 'contact', read: 'all', append_to: 'all' },
      ],
    }
    const applied = await call(server, 'POST', '/api/model/apply', { changes: [{ op: 'put', definition }] })
    expect(applied.status, applied.text).toBe(200)
    const body = { email: 'c@example.com', name: 'C', password: 'a good password', roles: ['connector'] }
    expect((await call(server, 'POST', '/api/users', body)).status).toBeLessThan(300)
    personKey = await signInForKey(server.url, body.email, body.password)
  })
  afterAll(() => server?.stop())

  test('the other role is filled in by itself, and both ends see the one connection', async () => {
    const made = await send('POST', 'connections', { ...ends('account', 'contact'), role1_id: role('Employer') })
    expect(made.status, made.text).toBe(201)
    const { id } = made.json as { id: string }
    expect(made.json).toMatchObject({ role1_id: role('Employer'), role2_id: role('Employee') })
    for (const path of [`accounts(${ids['account']!})/connections_from`, `contacts(${ids['contact']!})/connections_to`])
      expect((await send('GET', path)).text, path).toContain(id)
    const turned = await send('PATCH', `connections(${id})`, { role2_id: null, role1_id: null })
    expect(turned.json).toMatchObject({ role1_id: null, role2_id: null })
    const again = await send('PATCH', `connections(${id})`, { role2_id: role('Employee') })
    expect(again.json, again.text).toMatchObject({ role2_id: role('Employee') })
  })

  test.each([
    ['who has it', 'contact', 'contact2', { role1_id: 'Employer' }, 'role1_id', ['Spouse', 'Former colleague']],
    ['towards whom', 'account', 'account2', { role1_id: 'Employer' }, 'role1_id', ['Supplier', 'Parent company']],
    ['on the other side', 'contact', 'account', { role2_id: 'Spouse' }, 'role2_id', ['Employer']],
    ['another pair', 'account', 'account2', { role1_id: 'Supplier', role2_id: 'Subsidiary' }, 'role2_id', ['Buyer']],
  ] as const)(
    'a role that does not fit is refused with those that do: %s',
    async (_what, one, two, given, at, named) => {
      const roles = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, role(value)]))
      const row = { ...ends(one, two), ...roles }
      const single = await send('POST', 'connections', row)
      const many = await send('POST', 'connections/$bulk', { create: [row] })
      for (const refused of [single, many]) {
        expect(refused.status, refused.text).toBe(422)
        for (const name of named) expect(refused.text).toContain(`${name}\\"`)
        expect(refused.text).toContain(at)
      }
    },
  )

  test('a change is judged with what is stored', async () => {
    const id = await make('connections', { ...ends('account', 'contact'), role1_id: role('Employer') })
    const moved = await send('PATCH', `connections(${id})`, { record2_id: ids['account2'], record2_type: 'account' })
    expect(moved.status, moved.text).toBe(422)
    expect((await send('PATCH', `connections(${id})`, { description: 'since 2001' })).status).toBe(200)
  })

  test('a role that is not in use any more is refused, and stays where it is', async () => {
    const mentor = await make('connection_roles', { name: 'Mentor' })
    const id = await make('connections', { ...ends('contact', 'contact2'), role1_id: mentor })
    expect((await send('PATCH', `connection_roles(${mentor})`, { state: 'inactive' })).status).toBe(200)
    const refused = await send('POST', 'connections', { ...ends('contact', 'contact2'), role1_id: mentor })
    expect(refused.status, refused.text).toBe(422)
    expect((await send('PATCH', `connections(${id})`, { description: 'kept' })).status).toBe(200)
  })

  test('it takes the right to append to both ends', async () => {
    const both = await as(personKey, 'POST', 'connections', ends('contact', 'contact2'))
    expect(both.status, both.text).toBe(201)
    // The account is somebody else's: it can be read, and not be appended to.
    for (const row of [ends('account', 'contact'), ends('contact', 'account')]) {
      const single = await as(personKey, 'POST', 'connections', row)
      expect(single.status, single.text).toBe(403)
      expect((await as(personKey, 'POST', 'connections/$bulk', { create: [row] })).status).toBe(403)
    }
    const { id } = both.json as { id: string }
    const moved = await as(personKey, 'PATCH', `connections(${id})`, {
      record2_id: ids['account'],
      record2_type: 'account',
    })
    expect(moved.status, moved.text).toBe(403)
  })

  test('an entity takes part by its flag, at once, and only then', async () => {
    const entity = (connections: boolean) => ({
      kind: 'entity',
      name: 'boat',
      ...(connections ? { connections } : {}),
      fields: [{ name: 'name', type: 'text' }],
    })
    const put = async (connections: boolean) => {
      const changes = [{ op: 'put', definition: entity(connections) }]
      const applied = await call(server, 'POST', '/api/model/apply', { changes })
      expect(applied.status, applied.text).toBe(200)
    }
    await put(false)
    ids['boat'] = await make('boats', { name: 'Argo' })
    expect((await send('POST', 'connections', ends('boat', 'contact'))).status).toBe(422)
    await put(true)
    const made = await send('POST', 'connections', ends('boat', 'contact'))
    expect(made.status, made.text).toBe(201)
    const seen = await send('GET', `boats(${ids['boat']})?$expand=connections_from($expand=record2_contact)`)
    expect(seen.json).toMatchObject({ connections_from: [{ record2_contact: { last_name: 'A' } }] })
    const wrong = {
      kind: 'entity',
      name: 'raft',
      fields: [{ name: 'boat', type: 'lookup', target: 'boat', connects: true }],
    }
    const plan = await call(server, 'POST', '/api/model/plan', { changes: [{ op: 'put', definition: wrong }] })
    expect(plan.text).toContain('/fields/0/connects')
  })
})
