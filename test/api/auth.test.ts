// Who comes in, who stays out, and how fast a door closes: sign-in, sessions, API keys, origins, limits.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  adminEmail,
  adminPassword,
  call,
  engines,
  signInForKey,
  startServer,
  type TestServer,
} from '../support/server.ts'

const json = { 'content-type': 'application/json' }

describe.each(engines)('%s', (engine) => {
  let server: TestServer
  let other: TestServer | undefined

  beforeAll(async () => {
    server = await startServer({ engine, env: { SECRET: 's'.repeat(40) } })
    // On PostgreSQL a second process on the same database must close its doors too.
    if (server.databaseUrl !== undefined)
      other = await startServer({ engine, env: { SECRET: 's'.repeat(40), DATABASE_URL: server.databaseUrl } })
  })
  afterAll(async () => {
    await other?.stop()
    await server?.stop()
  })

  const post = (
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
    at: Pick<TestServer, 'url'> = server,
  ) =>
    fetch(at.url + path, {
      method: 'POST',
      headers: { ...json, origin: at.url, ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  const signIn = async (email = adminEmail, password = adminPassword) => {
    const answer = await post('/api/auth/sign-in/email', { email, password })
    expect(answer.status).toBe(200)
    return answer.headers.getSetCookie()[0]!
  }
  const statusOf = async (headers: Record<string, string>, at: Pick<TestServer, 'url'> = server) =>
    (await fetch(`${at.url}/api/me`, { headers })).status
  /** Every process, and how long until it refuses these credentials. */
  const refusedWithin = async (ms: number, headers: Record<string, string>) => {
    for (const at of [server, other].filter((each) => each !== undefined)) {
      const end = Date.now() + ms
      while ((await statusOf(headers, at)) !== 401 && Date.now() < end)
        await new Promise((resolve) => setTimeout(resolve, 20))
      expect(await statusOf(headers, at)).toBe(401)
    }
  }
  const admin = (method: string, path: string, body?: unknown) => call(server, method, path, body)
  const addPerson = async (email: string, roles: readonly string[] = ['administrator']) => {
    const answer = await admin('POST', '/api/users', { email, name: 'Test', password: 'a good password', roles })
    expect(answer.status).toBeLessThan(300)
    return (answer.json as { id: string }).id
  }

  it('gives a session cookie that scripts cannot read and other sites do not send', async () => {
    const cookie = await signIn()
    expect(cookie).toMatch(/^sid=/)
    for (const part of ['HttpOnly', 'SameSite=Lax', 'Path=/']) expect(cookie).toContain(part)
    const body = (await (
      await post('/api/auth/sign-in/email', { email: adminEmail, password: adminPassword })
    ).json()) as object
    expect(JSON.stringify(body)).not.toContain('"token"')
    const me = await fetch(`${server.url}/api/me`, { headers: { cookie: cookie.split(';')[0]! } })
    expect(await me.json()).toMatchObject({
      user: { email: adminEmail },
      roles: ['administrator'],
      privileges: ['administer', 'customize', 'impersonate', 'privacy'],
    })
  })

  it('takes the address in any case, and nothing that only looks like it', async () => {
    await signIn(adminEmail.toUpperCase())
    for (const email of [
      'ådmin@example.com',
      'admin@exämple.com',
      'admın@example.com',
      `${adminEmail}.evil`,
      'admin+x@example.com',
    ]) {
      expect((await post('/api/auth/sign-in/email', { email, password: adminPassword })).status).toBe(401)
    }
  })

  it('says the same to a wrong password and to an unknown address', async () => {
    const answers = await Promise.all(
      [adminEmail, 'nobody@example.com', 'not an address'].map((email) =>
        post('/api/auth/sign-in/email', { email, password: 'wrong password' }),
      ),
    )
    expect(answers.map(({ status }) => status)).toEqual([401, 401, 401])
    const [first, ...rest] = await Promise.all(answers.map((answer) => answer.json()))
    for (const body of rest) expect(body).toEqual(first)
    expect(first).toMatchObject({ code: 'auth.invalid', status: 401 })
  })

  const bad: readonly [string, string, unknown, number][] = [
    ['sign-in without a body', '/api/auth/sign-in/email', '', 400],
    ['sign-in with broken JSON', '/api/auth/sign-in/email', '{"email":', 400],
    ['sign-in with a list', '/api/auth/sign-in/email', [], 400],
    ['sign-in with numbers', '/api/auth/sign-in/email', { email: 1, password: 2 }, 400],
    [
      'sign-in with a huge password',
      '/api/auth/sign-in/email',
      { email: adminEmail, password: 'x'.repeat(10_000) },
      400,
    ],
    [
      'sign-up, which is closed',
      '/api/auth/sign-up/email',
      { email: 'me@example.com', password: 'a good password', name: 'Me' },
      404,
    ],
    ['a route of the library that is not open', '/api/auth/update-user', { name: 'x' }, 404],
    [
      'set-up with a token of my own',
      '/api/auth/setup',
      { token: 'x'.repeat(32), email: 'me@example.com', password: 'a good password' },
      401,
    ],
    ['set-up without a token', '/api/auth/setup', { email: 'me@example.com', password: 'a good password' }, 400],
  ]
  it.each(bad)('refuses %s', async (_title, path, body, status) => {
    const answer = await post(path, body)
    expect(answer.status).toBe(status)
    expect(answer.headers.get('content-type')).toContain('application/problem+json')
  })

  it.each([undefined, 'Bearer', 'Bearer x', 'Basic YTpi', `Bearer pvd_${'a'.repeat(43)}`, 'Bearer pvd_short'])(
    'does not know %s',
    async (authorization) => {
      const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
      for (const path of [
        '/api/me',
        '/api/keys',
        '/api/model',
        '/api/events',
        '/api/data/v1/users',
        '/api/openapi.json',
      ]) {
        const answer = await fetch(server.url + path, { headers })
        expect([path, answer.status]).toEqual([path, 401])
      }
    },
  )

  it('never falls back to the cookie when the key is bad', async () => {
    const cookie = (await signIn()).split(';')[0]!
    expect(await statusOf({ cookie, authorization: 'Bearer wrong' })).toBe(401)
  })

  it('does not take a cookie whose signature was touched', async () => {
    const cookie = (await signIn()).split(';')[0]!
    const token = decodeURIComponent(cookie.slice(4)).split('.')[0]!
    expect(await statusOf({ cookie: `sid=${token}` })).toBe(401)
    expect(await statusOf({ cookie: `sid=${token}.${'A'.repeat(43)}%3D` })).toBe(401)
  })

  it('refuses changes that another site makes the browser send, and takes those of its own pages', async () => {
    const cookie = (await signIn()).split(';')[0]!
    const patch = (headers: Record<string, string>) =>
      fetch(`${server.url}/api/me`, { method: 'PATCH', headers: { ...json, cookie, ...headers }, body: '{}' })
    expect((await patch({ origin: 'https://evil.example' })).status).toBe(403)
    expect((await patch({ origin: 'null' })).status).toBe(403)
    expect((await patch({ 'sec-fetch-site': 'cross-site' })).status).toBe(403)
    expect((await patch({ 'sec-fetch-site': 'same-site', origin: 'http://other.127.0.0.1' })).status).toBe(403)
    expect((await patch({ origin: server.url })).status).toBe(204)
    expect((await patch({ 'sec-fetch-site': 'same-origin' })).status).toBe(204)
    expect(
      (
        await post(
          '/api/auth/sign-in/email',
          { email: adminEmail, password: adminPassword },
          { origin: 'https://evil.example' },
        )
      ).status,
    ).toBe(403)
  })

  it('ends a session in every process when its owner signs out', async () => {
    const cookie = (await signIn()).split(';')[0]!
    for (const at of [server, other]) if (at) expect(await statusOf({ cookie }, at)).toBe(200)
    expect((await post('/api/auth/sign-out', {}, { cookie })).status).toBe(200)
    await refusedWithin(5_000, { cookie })
  })

  it('shows a key once, lists it without its secret, and ends it in every process', async () => {
    const made = (await admin('POST', '/api/keys', { name: 'robot', expiresInDays: 1 })).json as {
      id: string
      key: string
    }
    expect(made.key).toMatch(/^pvd_[\w-]{43}$/)
    const headers = { authorization: `Bearer ${made.key}` }
    for (const at of [server, other]) if (at) expect(await statusOf(headers, at)).toBe(200)
    const listed = await admin('GET', '/api/keys')
    expect(listed.text).not.toContain(made.key)
    expect((listed.json as { value: object[] }).value).toContainEqual(
      expect.objectContaining({ id: made.id, name: 'robot', start: made.key.slice(0, 10) }),
    )
    expect((await admin('DELETE', `/api/keys/${made.id}`)).status).toBe(204)
    await refusedWithin(5_000, headers)
    expect((await admin('DELETE', `/api/keys/${made.id}`)).status).toBe(404)
  })

  it('gives a key no role that its maker lacks, and a limited key makes none that can do more', async () => {
    expect((await admin('POST', '/api/keys', { name: 'x', roles: ['emperor'] })).status).toBe(422)
    const limited = (await admin('POST', '/api/keys', { name: 'limited', roles: [] })).json as { key: string }
    const me = (key: string) => call({ url: server.url, adminKey: key }, 'GET', '/api/me')
    expect((await me(limited.key)).json).toMatchObject({ roles: [], privileges: [] })
    const child = (await call({ url: server.url, adminKey: limited.key }, 'POST', '/api/keys', { name: 'child' }))
      .json as { key: string }
    expect((await me(child.key)).json).toMatchObject({ roles: [] })
  })

  it('a key makes none that outlives it', async () => {
    const short = (await admin('POST', '/api/keys', { name: 'short', expiresInDays: 1 })).json as { key: string }
    const by = { url: server.url, adminKey: short.key }
    for (const body of [{ name: 'heir' }, { name: 'heir', expiresInDays: 30 }])
      expect((await call(by, 'POST', '/api/keys', body)).status).toBe(201)
    expect((await call(by, 'POST', '/api/keys', { name: 'brief', expiresInDays: 0.5 })).status).toBe(201)
    const { value } = (await admin('GET', '/api/keys')).json as { value: { name: string; expires_at: string | null }[] }
    const ends = (name: string) => value.filter((one) => one.name === name).map((one) => one.expires_at)
    expect(ends('heir')).toEqual([...ends('short'), ...ends('short')])
    expect(Date.parse(ends('brief')[0]!)).toBeLessThan(Date.parse(ends('short')[0]!))
  })

  it('keys end with the key they were made with, and a limited key sees and ends no other of the person', async () => {
    const make = async (key: string, body: object): Promise<{ id: string; key: string }> =>
      (await call({ url: server.url, adminKey: key }, 'POST', '/api/keys', body)).json as { id: string; key: string }
    const full = await make(server.adminKey, { name: 'full' })
    const limited = await make(full.key, { name: 'limited', roles: [] })
    const by = { url: server.url, adminKey: limited.key }
    const child = await make(limited.key, { name: 'child' })
    const seen = async () => {
      const { value } = (await call(by, 'GET', '/api/keys')).json as { value: { id: string }[] }
      return value.map(({ id }) => id).sort()
    }
    expect(await seen()).toEqual([limited.id, child.id].sort())
    expect((await call(by, 'DELETE', `/api/keys/${full.id}`)).status).toBe(404)
    expect((await call(by, 'DELETE', `/api/keys/${child.id}`)).status).toBe(204)
    expect(await seen()).toEqual([limited.id])
    const heir = await make(limited.key, { name: 'heir' })
    expect((await admin('DELETE', `/api/keys/${full.id}`)).status).toBe(204)
    for (const { key } of [full, limited, heir]) await refusedWithin(5_000, { authorization: `Bearer ${key}` })
    const left = ((await admin('GET', '/api/keys')).json as { value: { id: string }[] }).value.map(({ id }) => id)
    for (const { id } of [full, limited, heir]) expect(left).not.toContain(id)
  })

  const wishes: readonly unknown[] = [
    {},
    [],
    'text',
    { name: '' },
    { name: 5 },
    { name: 'x', roles: 'all' },
    { name: 'x', expiresInDays: -1 },
    { name: 'x', expiresInDays: 'soon' },
    { name: 'x', admin: true },
    null,
  ]
  it.each(wishes.map((wish) => [JSON.stringify(wish), wish]))('makes no key from %s', async (_title, wish) => {
    const answer = await admin('POST', '/api/keys', JSON.stringify(wish))
    expect([400, 422]).toContain(answer.status)
  })

  it('closes the door in every process when a person is made inactive', async () => {
    const id = await addPerson('leaving@example.com')
    const key = await signInForKey(server.url, 'leaving@example.com', 'a good password')
    const headers = { authorization: `Bearer ${key}` }
    for (const at of [server, other]) if (at) expect(await statusOf(headers, at)).toBe(200)
    expect((await admin('PATCH', `/api/data/v1/users(${id})`, { state: 'inactive' })).status).toBeLessThan(300)
    await refusedWithin(5_000, headers)
  })

  it('ends the sessions of a person who gets a new password', async () => {
    await addPerson('forgetful@example.com')
    const cookie = (await signIn('forgetful@example.com', 'a good password')).split(';')[0]!
    expect(await statusOf({ cookie })).toBe(200)
    const reset = await admin('POST', '/api/users/password', { email: 'forgetful@example.com' })
    await refusedWithin(5_000, { cookie })
    await signIn('forgetful@example.com', (reset.json as { password: string }).password)
  })

  it('lets people choose their own language and calendar, and nothing else', async () => {
    await addPerson('settings@example.com', [])
    const cookie = (await signIn('settings@example.com', 'a good password')).split(';')[0]!
    const patch = (body: unknown) =>
      fetch(`${server.url}/api/me`, {
        method: 'PATCH',
        headers: { ...json, cookie, origin: server.url },
        body: JSON.stringify(body),
      })
    expect((await patch({ language: 'fa', calendar: 'persian', timeZone: 'Asia/Tehran', theme: 'dark' })).status).toBe(
      204,
    )
    const me = await fetch(`${server.url}/api/me`, { headers: { cookie } })
    expect(await me.json()).toMatchObject({
      language: 'fa',
      settings: { language: 'fa', calendar: 'persian', timeZone: 'Asia/Tehran', theme: 'dark', density: null },
    })
    for (const body of [
      { language: 'xx' },
      { calendar: 'maya' },
      { theme: 'loud' },
      { density: 'none' },
      { timeZone: 'Mars/Base' },
      { name: 'Boss' },
      { roles: ['administrator'] },
      { state: 'active' },
    ])
      expect((await patch(body)).status).toBeGreaterThanOrEqual(400)
  })
})

describe('limits', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({ engine: 'pglite', env: { SIGN_IN_LIMIT: '3', RATE_LIMIT: '40' } })
  })
  afterAll(() => server?.stop())

  it('slows down who guesses passwords, per account', async () => {
    const guess = (email: string) =>
      fetch(`${server.url}/api/auth/sign-in/email`, {
        method: 'POST',
        headers: json,
        body: JSON.stringify({ email, password: 'wrong password' }),
      })
    const statuses = []
    for (let i = 0; i < 5; i++) statuses.push((await guess('victim@example.com')).status)
    expect(statuses).toEqual([401, 401, 401, 429, 429])
    const limited = await guess('victim@example.com')
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0)
    expect((await guess('somebody-else@example.com')).status).toBe(401)
  })

  it('answers 429 with Retry-After to a user who asks for too much', async () => {
    const statuses = new Set<number>()
    let after: string | null = null
    for (let i = 0; i < 60; i++) {
      const answer = await call(server, 'GET', '/api/me')
      statuses.add(answer.status)
      if (answer.status === 429) after = answer.headers.get('retry-after')
    }
    expect([...statuses].toSorted((a, b) => a - b)).toEqual([200, 429])
    expect(Number(after)).toBeGreaterThan(0)
  })
})
