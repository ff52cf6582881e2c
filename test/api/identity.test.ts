// Second factors, one-time links, passwords, sessions, keys, acting as others: what each opens, what it ends, and what it never
// tells. On PostgreSQL with two processes, which share their limits and forget together.
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { codeAt, nextCode } from '../support/authenticator.ts'
import { adminEmail, adminPassword, call, engines, startServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'
import { Visitor } from '../support/visitor.ts'

const password = 'a good password'
const role = (name: string, more: object = {}) => ({
  op: 'put',
  definition: {
    kind: 'role',
    name,
    grants: ['*', 'team'].map((entity) => ({ entity, read: 'all', create: 'all', write: 'all' })),
    ...more,
  },
})

describe.each(engines)('%s', (engine) => {
  let server: TestServer
  let other: TestServer | undefined
  let database: pg.Client | undefined
  const env = { SECRET: 's'.repeat(40), SIGN_IN_LIMIT: '0', RESET_LIMIT: '0' }

  beforeAll(async () => {
    server = await startServer({ engine, env })
    if (server.databaseUrl !== undefined) {
      other = await startServer({ engine, env: { ...env, DATABASE_URL: server.databaseUrl } })
      database = new pg.Client({ connectionString: server.databaseUrl })
      await database.connect()
    }
    const changes = [
      role('clerk'),
      role('guarded', { secondFactor: true }),
      role('actor', { privileges: ['impersonate'] }),
    ]
    const applied = await call(server, 'POST', '/api/model/apply', { changes })
    expect(applied.status, applied.text).toBe(200)
  })
  afterAll(async () => {
    await database?.end()
    await other?.stop()
    await server?.stop()
  })

  const admin = (method: string, path: string, body?: unknown, headers?: Record<string, string>) =>
    call(server, method, path, body, headers)
  let count = 0
  const addPerson = async (roles: readonly string[] = ['clerk']) => {
    const email = `person${count++}@example.com`
    const made = await admin('POST', '/api/users', { email, name: email, password, roles })
    expect(made.status, made.text).toBe(201)
    return { id: (made.json as { id: string }).id, email }
  }
  const signedIn = async (roles?: readonly string[]) => {
    const person = await addPerson(roles)
    const visitor = new Visitor(server)
    expect((await visitor.signIn(person.email, password)).status).toBe(200)
    return { ...person, visitor }
  }
  const withFactor = async (roles?: readonly string[]) => {
    const person = await signedIn(roles)
    const enrolled = await person.visitor.post('/two-factor/enroll', { password })
    expect(enrolled.status, enrolled.text).toBe(200)
    const { uri, recoveryCodes } = enrolled.json as { uri: string; recoveryCodes: string[] }
    expect((await person.visitor.post('/sign-in/code', { code: codeAt(uri) })).status).toBe(200)
    return { ...person, uri, recoveryCodes }
  }
  const processes = () => [server, other].filter((each) => each !== undefined)
  const goneWithin5s = async (headers: Record<string, string>) => {
    for (const at of processes()) {
      const status = async () => (await fetch(`${at.url}/api/me`, { headers })).status
      await until(async () => ((await status()) === 401 ? true : undefined), 5_000)
    }
  }

  describe('second factor', () => {
    it('is asked for after the password, and a password alone opens nothing', async () => {
      const { email, uri } = await withFactor()
      const visitor = new Visitor(server)
      const first = await visitor.signIn(email, password)
      expect([first.status, first.json]).toEqual([200, { secondFactor: true }])
      expect(visitor.cookies.has('sid')).toBe(false)
      expect(await visitor.status()).toBe(401)
      expect((await visitor.post('/sign-in/code', { code: '000000' })).status).toBe(401)
      expect((await visitor.post('/sign-in/code', { code: nextCode(uri) })).status).toBe(200)
      expect(await visitor.status()).toBe(200)
    })

    it('takes a code for one time', async () => {
      const { email, uri } = await withFactor()
      const code = nextCode(uri)
      const tries = await Promise.all(
        [0, 1, 2].map(async () => {
          const visitor = new Visitor(server)
          await visitor.signIn(email, password)
          return (await visitor.post('/sign-in/code', { code })).status
        }),
      )
      expect(tries.toSorted((a, b) => a - b)).toEqual([200, 401, 401])
    })

    it('takes each recovery code for one time, however it is typed, and keeps none as it is', async () => {
      const { id, email, visitor: own, recoveryCodes } = await withFactor()
      expect(recoveryCodes).toHaveLength(10)
      const use = async (code: string) => {
        const visitor = new Visitor(server)
        await visitor.signIn(email, password)
        return (await visitor.post('/sign-in/recovery', { code })).status
      }
      expect(await use(recoveryCodes[0]!.toLowerCase().replace('-', ' '))).toBe(200)
      expect(await use(recoveryCodes[0]!)).toBe(401)
      expect(await use('AAAAA-AAAAA')).toBe(401)
      expect((await own.ask('GET', '/api/auth/account')).json).toMatchObject({
        recoveryCodesLeft: 9,
        secondFactor: true,
      })
      const { rows } = (await database?.query('select * from platform.two_factor where user_id = $1', [id])) ?? {
        rows: [],
      }
      for (const code of recoveryCodes) expect(JSON.stringify(rows)).not.toContain(code)
    })

    it('gives the session a new id, and ends the one before', async () => {
      const { visitor } = await signedIn()
      const before = visitor.cookie
      const { uri } = (await visitor.post('/two-factor/enroll', { password })).json as { uri: string }
      expect((await visitor.post('/sign-in/code', { code: codeAt(uri) })).status).toBe(200)
      expect(visitor.cookie).not.toBe(before)
      await goneWithin5s({ cookie: before })
    })

    it('is demanded of who has a role that says so, before anything else is reached', async () => {
      const { visitor } = await signedIn(['guarded'])
      for (const path of ['/api/me', '/api/model', '/api/data/v1/users', '/api/keys', '/api/events'])
        expect([path, (await visitor.ask('GET', path)).text]).toEqual([path, expect.stringContaining('"auth.factor"')])
      expect((await visitor.ask('POST', '/api/keys', { name: 'x' })).status).toBe(403)
      const { uri } = (await visitor.post('/two-factor/enroll', { password })).json as { uri: string }
      await visitor.post('/sign-in/code', { code: codeAt(uri) })
      expect(await visitor.status()).toBe(200)
    })

    it('is not turned off by a session that has not shown it, nor without the password', async () => {
      const { visitor, email } = await withFactor()
      expect((await visitor.post('/two-factor/disable')).json).toMatchObject({ code: 'auth.stale' })
      expect((await visitor.post('/two-factor/disable', { password: 'wrong password' })).status).toBe(401)
      expect((await visitor.post('/two-factor/disable', { password })).status).toBe(200)
      expect((await visitor.ask('GET', '/api/auth/account')).json).toMatchObject({ secondFactor: false, strong: false })
      expect((await new Visitor(server).signIn(email, password)).json).not.toHaveProperty('secondFactor')
      expect((await new Visitor(server).ask('GET', '/api/auth/account')).status).toBe(401)
    })

    it('asks for the password again before a passkey is taken away from a session that is not fresh', async () => {
      if (database === undefined) return
      const { visitor, id } = await signedIn()
      await database.query("update platform.session set created_at = now() - interval '1 hour' where user_id = $1", [
        id,
      ])
      const remove = () => visitor.ask('DELETE', '/api/auth/passkeys/00000000-0000-4000-8000-000000000001')
      expect((await remove()).json).toMatchObject({ code: 'auth.stale' })
      expect((await visitor.post('/confirm', { password: 'wrong password' })).status).toBe(401)
      const before = visitor.cookie
      expect((await visitor.post('/confirm', { password })).status).toBe(200)
      expect(visitor.cookie).not.toBe(before)
      expect((await remove()).status).toBe(404)
    })
  })

  describe('passwords', () => {
    it('are changed with the old one, which ends every other session and, if wanted, the keys', async () => {
      const { email, visitor } = await signedIn()
      const elsewhere = new Visitor(other ?? server)
      await elsewhere.signIn(email, password)
      const { key } = (await visitor.ask('POST', '/api/keys', { name: 'x' })).json as { key: string }
      const change = (body: object) => visitor.post('/change-password', { newPassword: 'quite another one', ...body })
      expect((await change({ currentPassword: 'wrong password' })).status).toBe(401)
      expect((await change({ currentPassword: password, newPassword: 'short' })).status).toBe(422)
      const before = visitor.cookie
      expect((await change({ currentPassword: password, endKeys: true })).status).toBe(200)
      expect(await visitor.status()).toBe(200)
      await goneWithin5s({ cookie: elsewhere.cookie })
      await goneWithin5s({ cookie: before })
      await goneWithin5s({ authorization: `Bearer ${key}` })
      expect((await new Visitor(server).signIn(email, password)).status).toBe(401)
    })
  })

  describe('one-time links', () => {
    const linkIn = (kind: string) =>
      until(() =>
        [...server.output().matchAll(new RegExp(`(https?://[^\\s"\\\\]+)/${kind}\\?token=([\\w-]+)`, 'g'))].at(-1),
      )
    const linksSoFar = () => server.output().match(/new-password\?token=/g)?.length ?? 0

    it('GHSA-hvp3-26wx-g2w4: set a new password once, and end all sessions', async () => {
      const { email, visitor } = await signedIn()
      const [, base, token] = await (async () => {
        const before = linksSoFar()
        expect((await new Visitor(server).post('/reset', { email: email.toUpperCase() })).status).toBe(202)
        await until(() => (linksSoFar() > before ? true : undefined))
        return linkIn('new-password')
      })()
      expect(base).toBe(server.url)
      const stranger = new Visitor(server)
      expect((await stranger.post('/link', { token })).json).toMatchObject({ kind: 'reset', email })
      expect((await stranger.post('/link', { token, password: 'short' })).status).toBe(422)
      const used = await Promise.all(
        [1, 2, 3].map(() => new Visitor(server).post('/link', { token, password: 'brand new words' })),
      )
      expect(used.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 401, 401])
      await goneWithin5s({ cookie: visitor.cookie })
      expect((await new Visitor(server).signIn(email, 'brand new words')).status).toBe(200)
      expect((await stranger.post('/link', { token: 'x'.repeat(43) })).status).toBe(401)
    })

    it('end when the person gets another address: the old one may be read by somebody else', async () => {
      const { email, id } = await addPerson()
      const made = await admin('POST', '/api/users/invite', { email })
      const token = /token=([\w-]+)/.exec((made.json as { link: string }).link)![1]!
      expect((await new Visitor(server).post('/link', { token })).status).toBe(200)
      const same = await admin('PATCH', `/api/data/v1/users(${id})`, { email: email.toUpperCase() })
      expect(same.status, same.text).toBe(200)
      expect((await new Visitor(server).post('/link', { token })).status).toBe(200)
      const moved = await admin('PATCH', `/api/data/v1/users(${id})`, { email: `new.${email}` })
      expect(moved.status, moved.text).toBe(200)
      for (const body of [{ token }, { token, password: 'whose words are these' }])
        expect((await new Visitor(server).post('/link', body)).status).toBe(401)
      const again = await admin('POST', '/api/users/invite', { email: `new.${email}` })
      const fresh = /token=([\w-]+)/.exec((again.json as { link: string }).link)![1]!
      expect((await new Visitor(server).post('/link', { token: fresh, password })).status).toBe(200)
    })

    it('end with a new password, however it came', async () => {
      const linkFor = async (email: string) => {
        const before = linksSoFar()
        expect((await new Visitor(server).post('/reset', { email })).status).toBe(202)
        await until(() => (linksSoFar() > before ? true : undefined))
        return (await linkIn('new-password'))[2]!
      }
      const { email, visitor } = await signedIn()
      const ways: readonly (() => Promise<{ status: number }>)[] = [
        () => visitor.post('/change-password', { currentPassword: password, newPassword: 'quite another one' }),
        () => call(server, 'POST', '/api/users/password', { email, password: 'one from the desk' }),
      ]
      for (const change of ways) {
        const token = await linkFor(email)
        expect((await new Visitor(server).post('/link', { token })).status).toBe(200)
        expect((await change()).status).toBe(200)
        expect((await new Visitor(server).post('/link', { token })).status).toBe(401)
        expect((await new Visitor(server).post('/link', { token, password: 'whose words are these' })).status).toBe(401)
      }
    })

    it('CVE-2026-22794, GHSA-7hf5-mc28-xmcv: begin with the address that is set, whatever a request says of itself', async () => {
      const { email } = await addPerson()
      const lies = [
        'Host',
        'X-Forwarded-Host',
        'X-Forwarded-For',
        'X-Forwarded-Proto',
        'Forwarded',
        'X-Original-URL',
        'Referer',
      ]
      for (const name of lies) {
        const before = linksSoFar()
        const value =
          name === 'Forwarded'
            ? 'host=evil.example;proto=https'
            : name === 'Referer'
              ? 'https://evil.example/'
              : 'evil.example'
        await rawPost(server.url, '/api/auth/reset', { email }, { [name]: value })
        await until(() => (linksSoFar() > before ? true : undefined))
      }
      expect(server.output()).not.toContain('evil.example')
    })

    it('invite somebody who then has their first password', async () => {
      const email = `guest${engine}@example.com`
      const made = await admin('POST', '/api/users/invite', { email, name: 'Guest', roles: ['clerk'] })
      expect(made.status, made.text).toBe(201)
      const { link } = made.json as { link: string }
      expect(link.startsWith(`${server.url}/invitation?token=`)).toBe(true)
      const token = new URL(link).searchParams.get('token')
      const visitor = new Visitor(server)
      expect((await visitor.post('/link', { token, password: 'my first password' })).status).toBe(200)
      expect(await visitor.status()).toBe(200)
    })

    it('invite nobody who is suspended, and give them no role by the attempt', async () => {
      const { id, email } = await addPerson([])
      expect((await admin('PATCH', `/api/data/v1/users(${id})`, { state: 'inactive' })).status).toBe(200)
      const made = await admin('POST', '/api/users/invite', { email, roles: ['clerk'] })
      expect(made.status, made.text).toBe(422)
      const { json } = await admin('GET', `/api/data/v1/role_assignments?$filter=user_id eq ${id}`)
      expect(json).toMatchObject({ value: [] })
    })

    it('are kept as hashes, for 30 minutes and 7 days', async () => {
      if (database === undefined) return
      const { email, id } = await addPerson()
      const before = linksSoFar()
      await new Visitor(server).post('/reset', { email })
      await until(() => (linksSoFar() > before ? true : undefined))
      const [, , token] = await linkIn('new-password')
      const read =
        'select *, extract(epoch from expires_at - created_at)::int as seconds from platform.one_time_link where user_id = $1'
      const { rows } = await until(async () => {
        const found = await database!.query<{ seconds: number }>(read, [id])
        return found.rows.length > 0 ? found : undefined
      })
      expect(rows.map(({ seconds }) => seconds)).toEqual([1_800])
      expect(JSON.stringify(rows)).not.toContain(token)
      await database.query(
        "update platform.one_time_link set expires_at = now() - interval '1 second' where user_id = $1",
        [id],
      )
      expect((await new Visitor(server).post('/link', { token, password: 'too late for this' })).status).toBe(401)
    })
  })

  describe('nobody learns who has an account', () => {
    it('neither by what is answered nor by its status', async () => {
      const { email } = await addPerson()
      const agent = await addPerson()
      await admin('PATCH', `/api/data/v1/users(${agent.id})`, { kind: 'agent' })
      const left = await addPerson()
      await admin('PATCH', `/api/data/v1/users(${left.id})`, { state: 'inactive' })
      const answers = await Promise.all([
        new Visitor(server).signIn(email, 'wrong password'),
        new Visitor(server).signIn('nobody@example.com', 'wrong password'),
        // Right passwords of who may not come in are wrong ones.
        new Visitor(server).signIn(agent.email, password),
        new Visitor(server).signIn(left.email, password),
      ])
      expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
      const resets = await Promise.all(
        [email, 'nobody@example.com', 'x', left.email].map((each) =>
          new Visitor(server).post('/reset', { email: each }),
        ),
      )
      expect(new Set(resets.map(({ status, text }) => `${status} ${text}`)).size).toBe(1)
    })

    it('nor by how long it takes', async () => {
      const { email } = await addPerson()
      const time = async (of: string) => {
        const times: number[] = []
        for (let i = 0; i < 9; i++) {
          const began = performance.now()
          await new Visitor(server).signIn(of, 'wrong password')
          times.push(performance.now() - began)
        }
        // The machine only adds to it: the shortest is what it costs.
        return Math.min(...times)
      }
      await time(email)
      const [known, unknown] = [await time(email), await time('nobody@example.com')]
      // A hash is most of the time: without it an unknown address would be answered in a tenth.
      expect(Math.max(known, unknown) / Math.min(known, unknown)).toBeLessThan(2)
    })

    const alike: readonly [string, string][] = [
      ['a letter with an accent', 'pérson0@example.com'],
      ['a dotless i', 'admın@example.com'],
      ['a dotted capital I', 'ADMİN@example.com'],
      ['a Cyrillic letter', 'аdmin@example.com'],
      ['a full-width letter', 'ａdmin@example.com'],
      ['an invisible sign', 'ad\u200Bmin@example.com'],
      ['a combining accent', 'a\u0301dmin@example.com'],
      ['another domain', 'admin@examplе.com'],
    ]
    it.each(alike)(
      'CVE-2024-27295, GHSA-qw9g-7549-7wg5: takes no address with %s for another one',
      async (_title, email) => {
        expect((await new Visitor(server).signIn(email, adminPassword)).status).toBe(401)
      },
    )
    it('takes the sign of Kelvin for no K', async () => {
      await admin('POST', '/api/users', { email: `kim${engine}@example.com`, name: 'Kim', password, roles: [] })
      expect((await new Visitor(server).signIn(`\u212Aim${engine}@example.com`, password)).status).toBe(401)
      expect((await new Visitor(server).signIn(`KIM${engine}@example.com`, password)).status).toBe(200)
    })
  })

  describe('sessions', () => {
    it('are listed and ended by their owner and by an administrator, and by nobody else', async () => {
      const { id, email, visitor } = await signedIn()
      const second = new Visitor(other ?? server)
      await second.signIn(email, password)
      const third = new Visitor(server)
      await third.signIn(email, password)
      const list = async () =>
        (await visitor.ask('GET', '/api/auth/sessions')).json['value'] as { id: string; current: boolean }[]
      expect((await list()).filter(({ current }) => current)).toHaveLength(1)
      expect(await list()).toHaveLength(3)
      expect(JSON.stringify(await list())).not.toContain(visitor.cookies.get('sid')!.split('.')[0])
      const stranger = await signedIn()
      const target = (await list()).find(({ current }) => !current)!
      expect((await stranger.visitor.ask('DELETE', `/api/auth/sessions/${target.id}`)).status).toBe(404)
      expect((await stranger.visitor.ask('GET', `/api/users/${id}/sessions`)).status).toBe(403)
      expect((await visitor.ask('DELETE', '/api/auth/sessions')).json).toEqual({ ended: 2 })
      for (const gone of [second, third]) await goneWithin5s({ cookie: gone.cookie })
      const seen = (await admin('GET', `/api/users/${id}/sessions`)).json as { value: { id: string }[] }
      expect(seen.value).toHaveLength(1)
      expect((await admin('DELETE', `/api/users/${id}/sessions/${seen.value[0]!.id}`)).status).toBe(204)
      await goneWithin5s({ cookie: visitor.cookie })
    })

    it('CVE-2025-4644: begin under a new id each time, whatever cookie was there before', async () => {
      const { email, visitor } = await signedIn()
      const first = visitor.cookies.get('sid')
      await visitor.signIn(email, password)
      expect(visitor.cookies.get('sid')).not.toBe(first)
      const planted = new Visitor(server)
      planted.cookies.set('sid', 'planted.AAAA')
      await planted.signIn(email, password)
      expect(planted.cookies.get('sid')).not.toContain('planted')
    })

    it('go on under a new id when the roles of their owner change, once, as old as they were', async () => {
      const { id, visitor } = await signedIn()
      expect(await visitor.status()).toBe(200)
      const before = visitor.cookies.get('sid')!
      const list = async () =>
        (
          (await admin('GET', `/api/users/${id}/sessions`)).json as {
            value: { created_at: string; expires_at: string }[]
          }
        ).value
      const [old] = await list()
      await admin('POST', '/api/data/v1/role_assignments', { user_id: id, role: 'actor' })
      await until(async () => {
        await visitor.status()
        return visitor.cookies.get('sid') === before ? undefined : true
      }, 5_000)
      const after = visitor.cookies.get('sid')!
      // Requests that were on their way with the id before are answered, and get no third one.
      const late = await Promise.all(
        [1, 2, 3].map(() => fetch(`${server.url}/api/me`, { headers: { cookie: `sid=${before}` } })),
      )
      expect(late.map(({ status }) => status)).toEqual([200, 200, 200])
      expect(late.flatMap(({ headers }) => headers.getSetCookie())).toEqual([])
      expect(await visitor.status()).toBe(200)
      expect(visitor.cookies.get('sid')).toBe(after)
      const now = await list()
      expect(now.map(({ created_at }) => created_at)).toEqual([old!.created_at, old!.created_at])
      const soon = now.filter(({ expires_at }) => Date.parse(expires_at) < Date.now() + 61_000)
      expect(soon).toHaveLength(1)
      // What was proven is no fresher than it was.
      if (database !== undefined) {
        const { rows } = await database.query(
          'select distinct s.created_at from platform.session s where s.user_id = $1',
          [id],
        )
        expect(rows).toHaveLength(1)
      }
    })

    it('end when they are not used for long, and at last even if they are', async () => {
      if (database === undefined) return
      for (const change of ["expires_at = now() - interval '1 second'", "entered_at = now() - interval '31 days'"]) {
        const { id, visitor } = await signedIn()
        expect(await visitor.status(other)).toBe(200)
        await database.query(`update platform.session set ${change} where user_id = $1`, [id])
        await database.query("select pg_notify('peyvand_events_t_default', $1)", [
          JSON.stringify({ from: 'test', events: [{ kind: 'access' }] }),
        ])
        await goneWithin5s({ cookie: visitor.cookie })
      }
    })

    it('of somebody who was suspended do not come back with them', async () => {
      const { id, visitor } = await signedIn()
      for (const state of ['inactive', 'active']) {
        expect((await admin('PATCH', `/api/data/v1/users(${id})`, { state })).status).toBe(200)
        if (state === 'inactive') await goneWithin5s({ cookie: visitor.cookie })
      }
      expect(await visitor.status()).toBe(401)
    })

    it('of somebody who was deleted are gone, and so are their keys', async () => {
      const { id, visitor } = await signedIn()
      const { key } = (await visitor.ask('POST', '/api/keys', { name: 'x' })).json as { key: string }
      expect((await admin('DELETE', `/api/data/v1/users(${id})`)).status).toBe(204)
      await goneWithin5s({ cookie: visitor.cookie })
      await goneWithin5s({ authorization: `Bearer ${key}` })
    })
  })

  describe('keys', () => {
    const keyOf = async (wish: object) => {
      const made = await admin('POST', '/api/keys', { name: 'bound', ...wish })
      expect(made.status, made.text).toBe(201)
      return { url: server.url, adminKey: (made.json as { key: string }).key }
    }

    it('are of use only from their networks', async () => {
      expect((await call(await keyOf({ networks: ['127.0.0.0/8', '::1'] }), 'GET', '/api/me')).status).toBe(200)
      const far = await keyOf({ networks: ['203.0.113.0/24', '2001:db8::/32'] })
      expect((await call(far, 'GET', '/api/me')).status).toBe(401)
      expect((await call(far, 'GET', '/api/me', undefined, { 'x-forwarded-for': '203.0.113.9' })).status).toBe(401)
      expect((await admin('POST', '/api/keys', { name: 'x', networks: ['10.0.0.0/33'] })).status).toBe(422)
    })

    it('CVE-2026-29182, CVE-2026-30228, CVE-2026-30229: that only read change nothing', async () => {
      const key = await keyOf({ readOnly: true })
      expect((await call(key, 'GET', '/api/data/v1/users')).status).toBe(200)
      for (const [method, path] of [
        ['POST', '/api/data/v1/teams'],
        ['PATCH', '/api/me'],
        ['POST', '/api/keys'],
        ['POST', '/api/data/v1/$batch'],
        ['POST', '/api/graphql'],
        ['POST', '/api/model/apply'],
        ['DELETE', '/api/data/v1/teams(00000000-0000-0000-0000-000000000001)'],
      ] as const)
        expect([path, (await call(key, method, path, {})).status]).toEqual([path, 403])
    })

    it('say when they were used last, and who made them', async () => {
      const key = await keyOf({ name: 'used' })
      await call(key, 'GET', '/api/me')
      const row = await until(async () => {
        const { value } = (await admin('GET', '/api/keys')).json as {
          value: { name: string; last_used_at: string | null }[]
        }
        return value.find(({ name, last_used_at }) => name === 'used' && last_used_at !== null)
      })
      expect(row).toMatchObject({ created_by: expect.any(String) as string, read_only: false })
    })
  })

  describe('acting as somebody else', () => {
    it('has the rights of that person only, and is told with both names', async () => {
      const clerk = await addPerson()
      const headers = { 'act-as': clerk.id }
      const me = (await admin('GET', '/api/me', undefined, headers)).json
      expect(me).toMatchObject({ user: { id: clerk.id }, roles: ['clerk'], privileges: [] })
      expect((await admin('POST', '/api/model/apply', { changes: [] }, headers)).status).toBe(403)
      for (const name of ['MSCRMCallerID', 'CallerObjectId'])
        expect((await admin('GET', '/api/me', undefined, { [name]: clerk.id })).json).toMatchObject({
          user: { id: clerk.id },
        })
      const made = await admin('POST', '/api/data/v1/teams', { name: `Team ${engine}` }, headers)
      expect(made.status, made.text).toBe(201)
      const { id, created_by_id } = made.json as { id: string; created_by_id: string }
      expect(created_by_id).toBe(clerk.id)
      const own = (await admin('GET', '/api/me')).json as { user: { id: string } }
      const { rows } = (await database?.query<object>(
        'select actor_id, via_id from t_default._audit where record_id = $1',
        [id],
      )) ?? {
        rows: undefined,
      }
      if (rows !== undefined) expect(rows).toEqual([{ actor_id: clerk.id, via_id: own.user.id }])
    })

    it('is for who may, as people who may no more than they, in no chain, and not for what is personal', async () => {
      const clerk = await addPerson()
      const stranger = await signedIn()
      const actor = await signedIn(['actor', 'clerk'])
      const { user } = (await admin('GET', '/api/me')).json as { user: { id: string } }
      const as = (id: string, more: Record<string, string> = {}) => ({ 'act-as': id, ...more })
      expect((await stranger.visitor.ask('GET', '/api/me', undefined, as(clerk.id))).status).toBe(403)
      expect((await actor.visitor.ask('GET', '/api/me', undefined, as(clerk.id))).status).toBe(200)
      expect((await actor.visitor.ask('GET', '/api/me', undefined, as(user.id))).status).toBe(403)
      expect((await actor.visitor.ask('GET', '/api/me', undefined, as('nobody'))).status).toBe(400)
      expect(
        (await actor.visitor.ask('GET', '/api/me', undefined, as(clerk.id, { callerobjectid: clerk.id }))).status,
      ).toBe(400)
      const unknown = await actor.visitor.ask('GET', '/api/me', undefined, as('00000000-0000-4000-8000-000000000001'))
      expect(unknown.text).toBe((await actor.visitor.ask('GET', '/api/me', undefined, as(user.id))).text)
      for (const [method, path] of [
        ['GET', '/api/keys'],
        ['POST', '/api/keys'],
        ['PATCH', '/api/me'],
        ['GET', '/api/auth/sessions'],
      ] as const)
        expect([
          path,
          (await actor.visitor.ask(method, path, method === 'GET' ? undefined : { name: 'x' }, as(clerk.id))).status,
        ]).toEqual([path, 403])
      await admin('PATCH', `/api/data/v1/users(${clerk.id})`, { state: 'inactive' })
      for (const at of processes())
        await until(
          async () =>
            (await actor.visitor.ask('GET', `${at.url}/api/me`, undefined, as(clerk.id))).status === 403
              ? true
              : undefined,
          5_000,
        )
    })
  })

  it('writes down what happens at the doors, and nothing that was typed', async () => {
    if (database === undefined) return
    const { id, email } = await withFactor()
    await new Visitor(server).signIn(email, 'wrong password 77')
    const { rows } = await database.query<{ kind: string; outcome: string }>(
      'select * from t_default._security where user_id = $1 order by at',
      [id],
    )
    expect(rows.map(({ kind, outcome }) => `${kind} ${outcome}`)).toEqual([
      'sign-in accepted',
      'factor asked',
      'factor accepted',
    ])
    const all = JSON.stringify((await database.query('select * from t_default._security')).rows)
    for (const secret of [password, 'wrong password 77', adminPassword]) expect(all).not.toContain(secret)
  })
})

describe.each(engines)('limits on %s', (engine) => {
  let server: TestServer
  let other: TestServer | undefined
  beforeAll(async () => {
    const env = { SECRET: 's'.repeat(40), SIGN_IN_LIMIT: '5' }
    server = await startServer({ engine, env })
    if (server.databaseUrl !== undefined)
      other = await startServer({ engine, env: { ...env, DATABASE_URL: server.databaseUrl } })
  })
  afterAll(async () => {
    await other?.stop()
    await server?.stop()
  })

  const tally = (statuses: readonly number[]) =>
    Object.fromEntries([...Map.groupBy(statuses, (each) => each)].map(([status, all]) => [status, all.length]))

  it('count wrong sign-ins before they are tried, in all processes together', async () => {
    const tries = Array.from({ length: 12 }, (_, i) =>
      new Visitor(i % 2 ? (other ?? server) : server).signIn('victim@example.com', 'wrong password'),
    )
    expect(tally((await Promise.all(tries)).map(({ status }) => status))).toEqual({ 401: 5, 429: 7 })
    const next = await new Visitor(server).signIn('victim@example.com', 'wrong password')
    expect(Number(next.headers.get('retry-after'))).toBeGreaterThan(55)
  })

  it('do not count the right password', async () => {
    for (let i = 0; i < 8; i++) expect((await new Visitor(server).signIn(adminEmail, adminPassword)).status).toBe(200)
  })

  it('are three links in an hour', async () => {
    const answers = await Promise.all(
      Array.from({ length: 5 }, () => new Visitor(other ?? server).post('/reset', { email: 'x@example.com' })),
    )
    expect(tally(answers.map(({ status }) => status))).toEqual({ 202: 3, 429: 2 })
  })

  it('are twenty for one address, whoever it tries to be', async () => {
    const statuses: number[] = []
    for (let i = 0; i < 25; i++)
      statuses.push((await new Visitor(server).signIn(`someone${i}@example.com`, 'wrong password')).status)
    expect(statuses.filter((each) => each === 429).length).toBeGreaterThan(4)
  })
})

describe('over https', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startServer({
      engine: 'pglite',
      unclaimed: true,
      env: { PUBLIC_URL: 'https://crm.example.com', ADMIN_EMAIL: adminEmail, ADMIN_PASSWORD: adminPassword },
    })
  })
  afterAll(() => server?.stop())

  it('binds every cookie to the host', async () => {
    const visitor = new Visitor(server)
    const answer = await visitor.post(
      '/sign-in/email',
      { email: adminEmail, password: adminPassword },
      { origin: 'https://crm.example.com' },
    )
    expect(answer.status).toBe(200)
    for (const cookie of answer.headers.getSetCookie()) {
      expect(cookie).toMatch(/^__Host-/)
      for (const part of ['Secure', 'HttpOnly', 'SameSite=Lax', 'Path=/']) expect(cookie).toContain(part)
      expect(cookie).not.toMatch(/domain=/i)
    }
    expect((await visitor.ask('GET', '/api/me')).status).toBe(200)
  })

  it('lets nobody sign a browser in from another site', async () => {
    const body = { email: adminEmail, password: adminPassword }
    const lies: readonly Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site', origin: 'https://crm.example.com.evil.example' },
    ]
    for (const headers of lies)
      expect((await new Visitor(server).post('/sign-in/email', body, headers)).status).toBe(403)
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data'])
      expect(
        (
          await new Visitor(server).post('/sign-in/email', body, {
            origin: 'https://crm.example.com',
            'content-type': type,
          })
        ).status,
      ).toBe(415)
  })
})

/** A request whose Host header is what we say: fetch would not let us. */
async function rawPost(base: string, path: string, body: unknown, headers: Record<string, string>): Promise<number> {
  const { request } = await import('node:http')
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const sent = request(
    base + path,
    { method: 'POST', headers: { 'content-type': 'application/json', ...headers } },
    (answer) => {
      answer.resume()
      answer.once('end', () => resolve(answer.statusCode ?? 0))
    },
  )
  sent.once('error', reject)
  sent.end(JSON.stringify(body))
  return promise
}
