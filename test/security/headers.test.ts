// What stands on every answer of every route, and what another site's page can make a browser do: headers, CORS, CSRF,
// clickjacking, redirects, links made of a forged host.
// Modelled on CVE-2024-28239 (Directus open redirect), CVE-2026-22794 (Appsmith, links from Origin) and OWASP ASVS V3.
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openCors } from '@peyvand/runtime/api/cors.ts'
import { routeDeclarations } from '@peyvand/runtime/api/inventory.ts'
import { isOrigin } from '@peyvand/runtime/net/origin.ts'
import { keyFor } from '../support/people.ts'
import { adminEmail, adminPassword, call, startServer, type TestServer } from '../support/server.ts'

const base = 'https://crm.example.com'
const friend = 'https://friend.example.com'
const id = '018f3c1e-0000-7000-8000-0000000000aa'

function sample(path: string): string {
  const parts: Readonly<Record<string, string>> = { entity: 'user', relationship: 'links', name: 'who_am_i' }
  return path
    .replaceAll(/:(\w+)(\{[^/]*\})?/g, (_, name: string) => parts[name] ?? id)
    .replace('/api/auth/who_am_i', '/api/auth/get-session')
    .replace('/api/data/*', '/api/data/v1/users')
    .replace('/*', '/')
}

/** Addresses beside those of the routes: parts of the data service, pages, what is not there, what cannot be read. */
const more = [
  '/api/data/v1/',
  '/api/data/v1/$metadata',
  '/api/data/v1/users?$filter=nothing',
  '/api/data/v1/nothing',
  '/api/nothing',
  '/api',
  '/studio',
  '/a/administration/user',
  '/nothing.js',
  '/assets/nothing.js',
  '/metrics/x',
  '/%',
  '/api/data/v1/users(%)',
]
/** Every address: those of the routes and more. */
const addresses = [...new Set([...routeDeclarations.map(({ path }) => sample(path)), ...more])]

/** One of a few, for what is the same on all of them. */
const some = addresses.filter((_, i) => i % 8 === 0)

function directives(policy: string): Map<string, string[]> {
  return new Map(
    policy.split(';').map((each) => {
      const [name = '', ...values] = each.trim().split(/\s+/)
      return [name, values] as const
    }),
  )
}

/** What is wrong with the headers of an answer. */
function faults(path: string, headers: Headers): string[] {
  const policy = directives(headers.get('content-security-policy') ?? '')
  const scripts = policy.get('script-src') ?? policy.get('default-src') ?? ['*']
  const wanted: Readonly<Record<string, RegExp>> = {
    'x-content-type-options': /^nosniff$/,
    'referrer-policy': /^same-origin$/,
    'permissions-policy': /camera=\(\).*microphone=\(\)/,
    'cross-origin-opener-policy': /^same-origin$/,
    'cross-origin-resource-policy': /^same-origin$/,
    'x-frame-options': /^DENY$/,
    'strict-transport-security': /^max-age=31536000/,
    'x-request-id': /./,
    'cache-control': path.startsWith('/api') ? /no-store|^private, no-cache$/ : /./,
  }
  return [
    ...Object.entries(wanted).flatMap(([name, is]) =>
      is.test(headers.get(name) ?? '') ? [] : [`${path}: ${name} is ${headers.get(name)}`],
    ),
    ...(policy.get('default-src')?.join() === "'none'" ? [] : [`${path}: something is allowed by default`]),
    ...(scripts.every((each) => each === "'none'" || each === "'self'")
      ? []
      : [`${path}: scripts from ${scripts.join()}`]),
    ...['frame-ancestors', 'base-uri', 'form-action'].flatMap((name) =>
      ["'none'", "'self'"].includes(policy.get(name)?.join() ?? '') ? [] : [`${path}: ${name} is open`],
    ),
    ...(policy.get('frame-ancestors')?.join() === "'none'" ? [] : [`${path}: can be framed`]),
    ...(headers.has('x-powered-by') || headers.has('server') ? [`${path}: tells what it runs on`] : []),
  ]
}

const collector = 'token-of-a-collector-of-metrics-0001'

describe('what stands on every answer', () => {
  let server: TestServer
  let cookie: string
  beforeAll(async () => {
    server = await startServer({
      engine: 'pglite',
      env: { PUBLIC_URL: base, METRICS_TOKEN: collector, CORS_ORIGINS: `${friend}, http://localhost:5173` },
    })
    const answer = await signIn({ origin: base })
    cookie = answer.headers.getSetCookie()[0]!.split(';')[0]!
  })
  afterAll(() => server?.stop())
  const signIn = (headers: Record<string, string>) =>
    fetch(`${server.url}/api/auth/sign-in/email`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ email: adminEmail, password: adminPassword }),
    })
  const send = async (
    path: string,
    { method = 'GET', headers = {} }: { method?: string; headers?: Record<string, string> },
  ) => {
    const sends = !['GET', 'HEAD'].includes(method)
    const answer = await fetch(server.url + path, {
      method,
      headers: { ...(sends ? { 'content-type': 'application/json' } : {}), ...headers },
      redirect: 'manual',
      ...(sends ? { body: '{}' } : {}),
    })
    if (answer.headers.get('content-type')?.startsWith('text/event-stream')) await answer.body?.cancel()
    else await answer.arrayBuffer()
    return answer
  }
  const key = () => ({ authorization: `Bearer ${server.adminKey}` })

  it('the headers, on every route and method, whoever asks', async () => {
    const found = await Promise.all(
      addresses.flatMap((path) =>
        ['GET', 'HEAD', 'POST', 'PUT', 'OPTIONS'].flatMap((method) =>
          [{}, key()].map(async (headers) => faults(path, (await send(path, { method, headers })).headers)),
        ),
      ),
    )
    expect([...new Set(found.flat())]).toEqual([])
  })

  it('counts are for administrators and collectors, once others can reach the server', async () => {
    const statusFor = async (token?: string) =>
      (await send('/metrics', { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })).status
    const low = await keyFor(server, 'low@example.com', [])
    expect(await Promise.all([undefined, low, `${collector}x`, server.adminKey, collector].map(statusFor))).toEqual([
      401, 403, 401, 200, 200,
    ])
    expect((await call({ url: server.url, adminKey: collector }, 'GET', '/api/me')).status).toBe(401)
  })

  it('what is no request at all is answered as plainly', async () => {
    const { port } = new URL(server.url)
    const text = await new Promise<string>((done) => {
      let answer = ''
      const socket = connect(Number(port), '127.0.0.1', () => socket.write('NONSENSE\r\n\r\n'))
      socket.on('data', (chunk: Buffer) => (answer += chunk.toString()))
      socket.on('close', () => done(answer))
    })
    expect(text).toMatch(/^HTTP\/1.1 400 /)
    expect(text).toMatch(/x-content-type-options: nosniff/i)
    expect(text).toMatch(/cache-control: no-store/i)
  })

  it('the cookie is bound to the host, and no script reads it', async () => {
    const [set] = (await signIn({ origin: base })).headers.getSetCookie()
    expect(set).toMatch(/^__Host-sid=/)
    for (const word of ['HttpOnly', 'Secure', 'Path=/', 'SameSite=Lax']) expect(set).toContain(word)
    expect(set).not.toMatch(/domain=/i)
  })

  describe('CSRF', () => {
    const foreign: readonly Record<string, string>[] = [
      { origin: 'https://evil.example' },
      { origin: friend },
      { origin: 'null' },
      { origin: `${base}.evil.example` },
      { origin: 'https://evil.example/crm.example.com' },
      { origin: 'http://crm.example.com:444' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'same-site', origin: 'https://other.example.com' },
      { 'sec-fetch-site': 'cross-site', origin: base.toUpperCase() + '.x' },
      { referer: 'https://evil.example/', origin: 'https://evil.example' },
    ]
    const changing = routeDeclarations.filter(({ method }) => !['GET', 'HEAD'].includes(method))
    it.each(foreign)('%j changes nothing with a session', async (headers) => {
      for (const { method, path } of headers === foreign[0] ? changing : changing.filter((_, i) => i % 6 === 0)) {
        const each = method === 'ALL' ? ['POST', 'PUT', 'PATCH', 'DELETE'] : [method]
        for (const one of each) {
          const { status } = await send(sample(path), { method: one, headers: { cookie, ...headers } })
          expect([one, path, status]).toEqual([one, path, 403])
        }
      }
      const { status } = await signIn(headers)
      expect(status, 'signing in as the attacker').toBe(403)
    })

    it('our own pages may, and reading needs no proof', async () => {
      const ours: Record<string, string>[] = [
        { origin: base },
        { 'sec-fetch-site': 'same-origin' },
        { origin: server.url },
      ]
      for (const headers of ours)
        expect((await send('/api/me', { method: 'PATCH', headers: { cookie, ...headers } })).status).toBe(204)
      expect((await send('/api/me', { headers: { cookie, origin: 'https://evil.example' } })).status).toBe(200)
    })

    it('a method in a header or a query is not believed', async () => {
      const before = await call(server, 'GET', '/api/data/v1/business_units')
      const [unit] = (before.json as { value: { id: string }[] }).value
      for (const header of ['x-http-method-override', 'x-http-method', 'x-method-override'])
        await send(`/api/data/v1/business_units(${unit!.id})?_method=DELETE`, {
          headers: { ...key(), [header]: 'DELETE' },
        })
      expect((await call(server, 'GET', '/api/data/v1/business_units')).text).toBe(before.text)
    })

    it('what a form can send is no body', async () => {
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']) {
        const answer = await call(server, 'POST', '/api/data/v1/teams', '{"name":"x"}', { 'content-type': type })
        expect([type, answer.status]).toEqual([type, 415])
      }
    })
  })

  describe('CORS', () => {
    const asked = { 'access-control-request-method': 'PATCH', 'access-control-request-headers': 'authorization' }
    const told = (headers: Headers) =>
      [...headers].filter(([name]) => name.startsWith('access-control-')).map(([name, value]) => `${name}: ${value}`)

    it('an origin that is named may read with a key, and never with a cookie', async () => {
      const answer = await send('/api/data/v1/users', { headers: { ...key(), origin: friend } })
      expect(answer.status).toBe(200)
      expect(answer.headers.get('access-control-allow-origin')).toBe(friend)
      expect(answer.headers.get('vary')).toMatch(/origin/i)
      const preflight = await send('/api/data/v1/users', { method: 'OPTIONS', headers: { origin: friend, ...asked } })
      expect(preflight.status).toBe(204)
      expect(preflight.headers.get('access-control-allow-methods')).toContain('PATCH')
      expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization')
      for (const { headers } of [answer, preflight]) expect(headers.has('access-control-allow-credentials')).toBe(false)
    })

    it.each([
      'https://evil.example',
      'null',
      `${friend}.evil.example`,
      'http://friend.example.com',
      'https://friend.example.com:8443',
      '',
    ])('origin %j is told nothing', async (origin) => {
      for (const path of some)
        for (const method of ['GET', 'OPTIONS']) {
          const { headers } = await send(path, { method, headers: { ...key(), origin, ...asked } })
          expect([path, told(headers)]).toEqual([path, []])
        }
    })

    it('nobody signs in from another origin, and pages are for no other', async () => {
      for (const path of ['/api/auth/sign-in/email', '/api/auth/get-session', '/', '/metrics'])
        for (const method of ['GET', 'OPTIONS'])
          expect(told((await send(path, { method, headers: { origin: friend, ...asked } })).headers)).toEqual([])
    })

    it('with a wildcard no answer allows credentials', () => {
      for (const origins of [['*'], ['*', friend]]) {
        const set: Record<string, string> = {}
        const outgoing = { setHeader: (name: string, value: string) => (set[name.toLowerCase()] = value) }
        const incoming = { url: '/api/data/v1/', method: 'GET', headers: { origin: 'https://any.example' } }
        expect(openCors(origins)(incoming as never, outgoing as never)).toBe(false)
        expect(set['access-control-allow-origin']).toBe('*')
        expect(set).not.toHaveProperty('access-control-allow-credentials')
      }
    })

    it('a setting names origins and nothing else', () => {
      for (const text of ['*', friend, 'http://localhost:5173']) expect([text, isOrigin(text)]).toEqual([text, true])
      for (const text of [
        'null',
        'friend.example.com',
        `${friend}/`,
        `${friend}/x`,
        '*.example.com',
        'https://*',
        'ftp://x',
        'HTTPS://X',
      ])
        expect([text, isOrigin(text)]).toEqual([text, false])
    })
  })

  it('CVE-2026-22794: no link is made of what a request says its host is', async () => {
    const { port } = new URL(server.url)
    const forged = [
      ['GET', '/api/data/v1/users?$top=1'],
      ['GET', '/api/data/v1/'],
      ['GET', '/api/data/v1/$metadata'],
      ['GET', '/api/openapi.json'],
      ['GET', '/api/docs'],
      ['POST', '/api/data/v1/teams'],
    ] as const
    for (const [method, path] of forged) {
      const body = method === 'POST' ? '{"name":"x"}' : ''
      const text = await new Promise<string>((done) => {
        let answer = ''
        const socket = connect(Number(port), '127.0.0.1')
        socket.on('data', (chunk: Buffer) => (answer += chunk.toString())).on('close', () => done(answer))
        const lines = [
          `${method} ${path} HTTP/1.1`,
          'Host: evil.example',
          'X-Forwarded-Host: evil.example',
          'X-Forwarded-Proto: gopher',
          'Forwarded: host=evil.example',
          'Origin: https://evil.example',
          'Content-Type: application/json',
          `Content-Length: ${body.length}`,
          `Authorization: Bearer ${server.adminKey}`,
          'Connection: close',
        ]
        socket.write(`${lines.join('\r\n')}\r\n\r\n${body}`)
      })
      expect(text).toMatch(/^HTTP\/1.1 20/)
      expect(text).not.toContain('evil.example')
    }
  })

  it('CVE-2024-28239: nothing is redirected to another site', async () => {
    const places = [
      '//evil.example',
      '/\\evil.example',
      '/%2f%2fevil.example',
      '/%5cevil.example',
      '/.//evil.example',
      '/;@evil.example',
      '/api//evil.example',
      '/a/..//evil.example',
    ]
    const queries = ['next', 'redirect', 'redirect_to', 'url', 'returnTo', 'callbackURL'].map(
      (name) => `?${name}=//evil.example`,
    )
    for (const path of [
      ...places,
      ...['/', '/sign-in', '/api/auth/get-session', '/api/auth/sign-out'].flatMap((path) =>
        queries.map((query) => path + query),
      ),
    ]) {
      const { port } = new URL(server.url)
      const head = await new Promise<string>((done) => {
        let answer = ''
        const socket = connect(Number(port), '127.0.0.1', () =>
          socket.write(`GET ${path} HTTP/1.1\r\nHost: ${new URL(server.url).host}\r\nConnection: close\r\n\r\n`),
        )
        socket
          .on('data', (chunk: Buffer) => (answer += chunk.toString()))
          .on('close', () => done(answer.split('\r\n\r\n')[0]!))
      })
      expect(head, path).not.toMatch(/^location:.*evil/im)
      expect(head, path).not.toMatch(/^HTTP\/1.1 3/)
    }
  })
})
