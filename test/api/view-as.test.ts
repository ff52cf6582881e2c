// Looking at the app as somebody else: what is seen is theirs, nothing can be changed by any route, it is bound to the session,
// survives a new request, is written down at both ends, and nobody looks as somebody who may do more than they.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { adminEmail, adminPassword, call, engines, startServer, type TestServer } from '../support/server.ts'

const definitions = [
  {
    kind: 'entity',
    name: 'matter',
    ownership: 'user',
    fields: [{ name: 'name', type: 'text', maxLength: 100, required: true }],
  },
  { kind: 'role', name: 'clerk', grants: [{ entity: 'matter', create: 'own', read: 'unit', write: 'unit' }] },
  { kind: 'role', name: 'looker', privileges: ['impersonate'], grants: [{ entity: 'matter', read: 'own' }] },
]

describe.each(engines)('view as on %s', (engine) => {
  let server: TestServer
  let sara = ''
  let boss = ''
  let unit = ''
  let admin = ''

  const signIn = async (email: string) => {
    const answer = await fetch(`${server.url}/api/auth/sign-in/email`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: server.url },
      body: JSON.stringify({ email, password: adminPassword }),
    })
    expect(answer.status).toBe(200)
    return answer.headers.getSetCookie()[0]!.split(';')[0]!
  }
  const ask = async (cookie: string, method: string, path: string, body?: unknown) => {
    const answer = await fetch(server.url + path, {
      method,
      headers: { cookie, origin: server.url, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    return { status: answer.status, text, set: answer.headers.getSetCookie() }
  }
  const view = async (cookie: string, wish: object) => {
    const { status, set, text } = await ask(cookie, 'POST', '/api/access/view', wish)
    expect(status, text).toBe(200)
    return `${cookie}; ${set[0]!.split(';')[0]!}`
  }
  const seen = async (cookie: string) => {
    const { text } = await ask(cookie, 'GET', '/api/data/v1/matters?$select=name&$orderby=name')
    return (JSON.parse(text) as { value?: { name: string }[] }).value?.map(({ name }) => name)
  }

  beforeAll(async () => {
    server = await startServer({ engine })
    const changes = definitions.map((definition) => ({ op: 'put', definition }))
    expect((await call(server, 'POST', '/api/model/apply', { changes })).status).toBe(200)
    const person = async (name: string, roles: readonly string[]) => {
      const email = `${name}@example.com`
      const { json } = await call(server, 'POST', '/api/users', { email, name, password: adminPassword, roles })
      return (json as { id: string }).id
    }
    sara = await person('sara', ['clerk'])
    await person('looker', ['looker'])
    boss = await person('boss', ['administrator'])
    const units = (await call(server, 'GET', '/api/data/v1/business_units?$select=id')).json as {
      value: { id: string }[]
    }
    const made = await call(server, 'POST', '/api/data/v1/business_units', {
      name: 'north',
      parent_id: units.value[0]!.id,
    })
    unit = (made.json as { id: string }).id
    await call(server, 'PATCH', `/api/data/v1/users(${sara})`, { unit_id: unit })
    await call(server, 'POST', '/api/data/v1/matters', { name: 'of sara', owner_id: sara, owner_type: 'user' })
    await call(server, 'POST', '/api/data/v1/matters', { name: 'of the admin' })
    admin = await signIn(adminEmail)
  })
  afterAll(() => server?.stop())

  test('as a person: theirs is seen, and nothing else', async () => {
    expect(await seen(admin)).toEqual(['of sara', 'of the admin'])
    const cookie = await view(admin, { user: sara })
    expect(await seen(cookie)).toEqual(['of sara'])
    expect(await seen(cookie)).toEqual(['of sara'])
    const me = JSON.parse((await ask(cookie, 'GET', '/api/me')).text) as { user: { name: string }; view: object }
    expect([me.user.name, me.view]).toEqual(['sara', { user: sara }])
    expect(await seen(admin)).toEqual(['of sara', 'of the admin'])
  })

  test('as a role in a unit', async () => {
    expect(await seen(await view(admin, { role: 'clerk', unit }))).toEqual(['of sara'])
    expect(await seen(await view(admin, { role: 'clerk' }))).toEqual([])
  })

  test('nothing is changed, by any route', async () => {
    const cookie = await view(admin, { user: sara })
    const writes: readonly (readonly [string, string, unknown])[] = [
      ['POST', '/api/data/v1/matters', { name: 'x' }],
      ['PATCH', '/api/data/v1/matters/$each', { name: 'x' }],
      ['POST', '/api/data/v1/$batch', { requests: [] }],
      ['POST', '/api/actions/share', {}],
      ['POST', '/api/model/apply', { changes: [] }],
      ['PATCH', '/api/me', { theme: 'dark' }],
      ['POST', '/api/keys', { name: 'x' }],
      ['POST', '/api/graphql', { query: '{ __typename }' }],
      ['POST', '/api/files', {}],
      ['POST', '/api/import/matter', {}],
      ['POST', '/api/access/view', { user: sara }],
      ['POST', '/api/auth/change-password', { currentPassword: adminPassword, newPassword: 'quite another one' }],
      ['DELETE', '/api/auth/sessions', undefined],
    ]
    for (const [method, path, body] of writes)
      expect([path, (await ask(cookie, method, path, body)).status]).toEqual([path, 403])
    expect(await seen(admin)).toEqual(['of sara', 'of the admin'])
  })

  test('left with one request, and written down at both ends', async () => {
    const cookie = await view(admin, { user: sara })
    const left = await ask(cookie, 'DELETE', '/api/access/view')
    expect([left.status, left.set[0]]).toEqual([204, expect.stringContaining('Max-Age=0')])
    if (server.databaseUrl === undefined) return
    const { default: pg } = await import('pg')
    const client = new pg.Client({ connectionString: server.databaseUrl })
    await client.connect()
    const { rows } = await client.query<{ outcome: string; user_id: string }>(
      `select outcome, user_id from t_default._security where kind = 'impersonation' and detail ->> 'mode' = 'view' order by at desc limit 2`,
    )
    await client.end()
    expect(rows).toEqual([
      { outcome: 'ended', user_id: sara },
      { outcome: 'asked', user_id: sara },
    ])
  })

  test('another session is not in it, and who signs out leaves it', async () => {
    const cookie = await view(admin, { user: sara })
    const viewing = cookie.split('; ')[1]!
    const other = await signIn(adminEmail)
    expect(await seen(`${other}; ${viewing}`)).toEqual(['of sara', 'of the admin'])
    const out = await ask(`${other}; ${viewing}`, 'POST', '/api/auth/sign-out', {})
    expect(out.set.some((each) => each.startsWith('view=;'))).toBe(true)
  })

  test('nobody looks as somebody who may do more, or without the privilege, or with a key', async () => {
    const looker = await signIn('looker@example.com')
    expect((await ask(looker, 'POST', '/api/access/view', { user: boss })).status).toBe(403)
    expect((await ask(looker, 'POST', '/api/access/view', { role: 'administrator' })).status).toBe(403)
    expect((await ask(looker, 'POST', '/api/access/view', { role: 'clerk', unit: sara })).status).toBe(403)
    const clerk = await signIn('sara@example.com')
    expect((await ask(clerk, 'POST', '/api/access/view', { user: boss })).status).toBe(403)
    expect((await call(server, 'POST', '/api/access/view', { user: sara })).status).toBe(400)
    // A cookie that was made up: the privilege is asked again.
    const session = JSON.parse((await ask(clerk, 'GET', '/api/auth/sessions')).text) as { value: { id: string }[] }
    const forged = `${clerk}; view=${session.value[0]!.id}.user.${boss}`
    expect((await ask(forged, 'GET', '/api/data/v1/matters')).status).toBe(403)
  })
})
