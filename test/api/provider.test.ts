// Signing in at an OpenID provider, a real one in a process of its own: who is let in, who is linked to whom, who is made, and
// what of the protocol cannot be played with.
import { spawn, type ChildProcess } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../support/postgres.ts'
import { call, engines, startServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'
import { Visitor } from '../support/visitor.ts'

const ids = ['strict', 'linking', 'open'] as const

describe.each(engines)('%s', (engine) => {
  let server: TestServer
  let provider: ChildProcess
  let issuer: string
  beforeAll(async () => {
    const [port, own] = [await freePort(), await freePort()]
    issuer = `http://127.0.0.1:${own}`
    const redirects = ids.map((id) => `http://127.0.0.1:${port}/api/auth/callback/${id}`)
    provider = spawn(process.execPath, ['test/support/oidc-process.ts', String(own), ...redirects], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    })
    let output = ''
    for (const stream of [provider.stdout, provider.stderr])
      stream?.on('data', (chunk: Buffer) => (output += chunk.toString()))
    await until(() => (output.includes('ready') ? true : undefined)).catch(() => Promise.reject(new Error(output)))
    const settings = ids.map((id) => ({
      id,
      name: `Provider ${id}`,
      issuer,
      clientId: `peyvand-${id}`,
      clientSecret: 'a secret of the client',
      link: id !== 'strict',
      ...(id === 'open' ? { create: { role: 'guest' } } : {}),
    }))
    server = await startServer({ engine, port, env: { OIDC_PROVIDERS: JSON.stringify(settings) } })
    const guest = { kind: 'role', name: 'guest', grants: [{ entity: 'team', read: 'all' }] }
    const applied = await call(server, 'POST', '/api/model/apply', { changes: [{ op: 'put', definition: guest }] })
    expect(applied.status, applied.text).toBe(200)
  })
  afterAll(async () => {
    await server?.stop()
    provider?.kill()
  })

  const begin = async (visitor: Visitor, id: string, next?: string) => {
    const answer = await visitor.post('/sign-in/provider', { id, ...(next === undefined ? {} : { next }) })
    expect(answer.status, answer.text).toBe(200)
    return new URL(answer.json['url'] as string)
  }
  /** Walks through the provider's own pages as somebody; gives where it sends the browser back to. */
  const walk = async (start: URL, login: string): Promise<string> => {
    const browser = new Visitor({ url: issuer })
    let at = start.href
    for (let i = 0; i < 12; i++) {
      if (at.startsWith(server.url)) return at
      const isQuestion = at.includes('/interaction/')
      const page = isQuestion ? await browser.ask('GET', at) : undefined
      const prompt = /name="prompt" value="(\w+)"/.exec(page?.text ?? '')?.[1]
      const answer = isQuestion
        ? await submit(browser, at, { prompt: prompt ?? 'login', login, password: 'x' })
        : await browser.ask('GET', at)
      const to = answer.headers.get('location')
      if (to === null) throw new Error(`the provider stopped at ${at}: ${answer.status} ${answer.text.slice(0, 400)}`)
      at = new URL(to, issuer).href
    }
    throw new Error(`the provider never sent back; the last was ${at}`)
  }
  const submit = async (browser: Visitor, at: string, fields: Record<string, string>) => {
    const answer = await fetch(at, {
      method: 'POST',
      redirect: 'manual',
      headers: { cookie: browser.cookie, 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams(fields),
    })
    return { status: answer.status, headers: answer.headers, text: await answer.text() }
  }
  const signIn = async (id: string, login: string, next?: string) => {
    const visitor = new Visitor(server)
    const back = await walk(await begin(visitor, id, next), login)
    const answer = await visitor.ask('GET', back)
    return { visitor, back, location: answer.headers.get('location') ?? '', status: answer.status }
  }
  const addPerson = async (email: string) => {
    const made = await call(server, 'POST', '/api/users', { email, name: email, roles: ['guest'] })
    expect(made.status, made.text).toBe(201)
    return (made.json as { id: string }).id
  }
  const isOut = async (id: string, login: string) => {
    const { visitor, location } = await signIn(id, login)
    expect(new URL(location).pathname).toBe('/sign-in')
    expect(new URL(location).searchParams.get('error')).not.toBe(null)
    expect(await visitor.status()).toBe(401)
  }

  it('says which providers there are', async () => {
    const { json } = await new Visitor(server).ask('GET', '/api/auth/methods')
    expect(json['providers']).toEqual(ids.map((id) => ({ id, name: `Provider ${id}` })))
    expect(JSON.stringify(json)).not.toContain('secret')
  })

  it('asks with a code, PKCE, state, nonce and exactly our own address', async () => {
    const url = await begin(new Visitor(server), 'strict')
    expect(url.origin).toBe(issuer)
    expect(url.searchParams.get('response_type')).toBe('code')
    expect(url.searchParams.get('code_challenge_method')).toBe('S256')
    expect(url.searchParams.get('redirect_uri')).toBe(`${server.url}/api/auth/callback/strict`)
    for (const name of ['state', 'nonce', 'code_challenge'])
      expect(url.searchParams.get(name)?.length).toBeGreaterThan(15)
    const lied = await new Visitor(server).post(
      '/sign-in/provider',
      { id: 'strict' },
      { 'x-forwarded-host': 'evil.example' },
    )
    expect(new URL(lied.json['url'] as string).searchParams.get('redirect_uri')).toBe(
      `${server.url}/api/auth/callback/strict`,
    )
  })

  it('makes no account unless that is configured, and links none unless that is', async () => {
    await isOut('strict', 'stranger')
    await isOut('linking', 'stranger')
    await addPerson('known@example.com')
    await isOut('strict', 'known')
  })

  it('knows a person by a verified address where that is configured, and from then on by the subject', async () => {
    const id = await addPerson('ann@example.com')
    const { visitor, location } = await signIn('linking', 'ann', '/a/sales/account?x=1')
    expect(location).toBe(`${server.url}/a/sales/account?x=1`)
    expect((await visitor.ask('GET', '/api/me')).json).toMatchObject({ user: { id } })
    const sessions = (await visitor.ask('GET', '/api/auth/sessions')).json['value']
    expect(sessions).toMatchObject([{ method: 'provider', strong: false, current: true }])
    // The same subject under another address is still this person.
    provider.send({ id: 'ann', email: 'other@example.com' })
    const again = await signIn('linking', 'ann')
    expect((await again.visitor.ask('GET', '/api/me')).json).toMatchObject({ user: { id } })
  })

  it('believes no address that the provider did not verify', async () => {
    await addPerson('unverified-bob@example.com')
    await isOut('linking', 'unverified-bob')
    await isOut('open', 'unverified-bob')
  })

  it('makes a person with the role that is set', async () => {
    const { visitor } = await signIn('open', 'newcomer')
    expect((await visitor.ask('GET', '/api/me')).json).toMatchObject({
      roles: ['guest'],
      user: { email: 'newcomer@example.com' },
    })
  })

  it('lets nobody in who was suspended', async () => {
    const id = await addPerson('left@example.com')
    await signIn('linking', 'left')
    await call(server, 'PATCH', `/api/data/v1/users(${id})`, { state: 'inactive' })
    await isOut('linking', 'left')
  })

  it('sends nobody to another site', async () => {
    await addPerson('carl@example.com')
    for (const next of ['//evil.example', 'https://evil.example', '/\\evil.example'])
      expect((await signIn('linking', 'carl', next)).location).toBe(`${server.url}/`)
  })

  it('takes an answer only from the browser that asked, with the state that was asked with, once', async () => {
    await addPerson('dora@example.com')
    const visitor = new Visitor(server)
    const back = await walk(await begin(visitor, 'linking'), 'dora')
    const refused = async (who: Visitor, address: string) => {
      const answer = await who.ask('GET', address)
      expect(answer.status).toBe(302)
      expect(await who.status()).toBe(401)
    }
    await refused(new Visitor(server), back)
    const forged = new URL(back)
    forged.searchParams.set('state', 'x'.repeat(32))
    await refused(visitor, forged.href)
    const fresh = await signIn('linking', 'dora')
    expect(await fresh.visitor.status()).toBe(200)
    await refused(new Visitor(server), fresh.back)
    const elsewhere = new URL(back)
    elsewhere.pathname = '/api/auth/callback/open'
    await refused(new Visitor(server), elsewhere.href)
  })
})
