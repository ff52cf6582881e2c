// Confused tokens: does an ID token prove anything when it was made for somebody else, by somebody else, for another sign-in, at
// another time, or with another way of signing? A provider that lies, against the real server.
// Modelled on CVE-2026-30863 (Parse Server: audience), CVE-2015-9235 (algorithm `none`, RSA key as HMAC secret) and CVE-2018-0114
// (a key in the header).
import { createHmac, createSign, generateKeyPairSync } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer, type TestServer } from '../support/server.ts'
import { Visitor } from '../support/visitor.ts'

const pair = () => generateKeyPairSync('rsa', { modulusLength: 2048 })
const [ours, foreign] = [pair(), pair()]
const jwk = { ...ours.publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'RS256', use: 'sig' }
const pem = ours.publicKey.export({ type: 'spki', format: 'pem' })
const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const now = () => Math.floor(Date.now() / 1_000)

type Claims = Record<string, unknown>
interface Lie {
  readonly title: string
  readonly header?: Claims
  /** Over the right claims; undefined takes one away. */
  readonly claims?: (right: Claims) => Claims
  readonly sign?: (text: string) => string
}

const byKey = (key: typeof ours.privateKey) => (text: string) =>
  createSign('RSA-SHA256').update(text).sign(key, 'base64url')
const lies: readonly Lie[] = [
  { title: 'CVE-2026-30863: for another client', claims: () => ({ aud: 'another-client' }) },
  { title: 'CVE-2026-30863: for several, not for us', claims: () => ({ aud: ['a', 'b'] }) },
  { title: 'CVE-2026-30863: for nobody', claims: () => ({ aud: undefined }) },
  { title: 'of another issuer', claims: () => ({ iss: 'https://accounts.example.com' }) },
  { title: 'of an issuer that begins alike', claims: ({ iss }) => ({ iss: `${String(iss)}.evil.example` }) },
  { title: 'that has ended', claims: () => ({ iat: now() - 9_000, exp: now() - 3_600 }) },
  { title: 'without an end', claims: () => ({ exp: undefined }) },
  { title: 'of another sign-in', claims: () => ({ nonce: 'another nonce' }) },
  { title: 'of no sign-in at all', claims: () => ({ nonce: undefined }) },
  { title: 'of nobody', claims: () => ({ sub: undefined }) },
  { title: 'signed by another key', sign: byKey(foreign.privateKey) },
  { title: 'signed by a key it does not name', header: { kid: 'two' }, sign: byKey(foreign.privateKey) },
  {
    title: 'CVE-2018-0114: with its own key in the header',
    header: { jwk: foreign.publicKey.export({ format: 'jwk' }), kid: undefined },
    sign: byKey(foreign.privateKey),
  },
  { title: 'CVE-2015-9235: not signed', header: { alg: 'none' }, sign: () => '' },
  { title: 'CVE-2015-9235: not signed, written otherwise', header: { alg: 'NoNe' }, sign: () => '' },
  {
    title: 'CVE-2015-9235: signed with the public key as a secret',
    header: { alg: 'HS256' },
    sign: (text) => createHmac('sha256', pem).update(text).digest('base64url'),
  },
  {
    title: 'signed with the secret of the client',
    header: { alg: 'HS256', kid: undefined },
    sign: (text) => createHmac('sha256', 'a secret of the client').update(text).digest('base64url'),
  },
  { title: 'with a signature that was touched', sign: (text) => `AAAA${byKey(ours.privateKey)(text).slice(4)}` },
]

describe('a provider that lies', () => {
  let server: TestServer
  let provider: Server
  let issuer: string
  let lie: Lie | undefined
  let nonce: string | null
  beforeAll(async () => {
    provider = createServer((request, response) => {
      const say = (value: object) => {
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify(value))
      }
      if (request.url?.includes('openid-configuration')) return say(discovery())
      if (request.url === '/jwks') return say({ keys: [jwk] })
      if (request.url === '/me') return say({ sub: 'somebody', email: 'somebody@example.com', email_verified: true })
      return say({ access_token: 'x', token_type: 'Bearer', expires_in: 60, id_token: token() })
    })
    await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
    issuer = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`
    const settings = [
      {
        id: 'liar',
        name: 'Liar',
        issuer,
        clientId: 'peyvand',
        clientSecret: 'a secret of the client',
        create: { role: 'administrator' },
      },
    ]
    server = await startServer({ engine: 'pglite', env: { OIDC_PROVIDERS: JSON.stringify(settings) } })
  })
  afterAll(async () => {
    await server?.stop()
    provider?.close()
    provider?.closeAllConnections()
  })

  const discovery = () => ({
    issuer,
    authorization_endpoint: `${issuer}/auth`,
    token_endpoint: `${issuer}/token`,
    jwks_uri: `${issuer}/jwks`,
    userinfo_endpoint: `${issuer}/me`,
    response_types_supported: ['code'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
    code_challenge_methods_supported: ['S256'],
  })
  const token = () => {
    const right: Claims = {
      iss: issuer,
      aud: 'peyvand',
      sub: 'somebody',
      email: 'somebody@example.com',
      email_verified: true,
      name: 'Somebody',
      nonce,
      iat: now(),
      exp: now() + 300,
    }
    const claims = { ...right, ...lie?.claims?.(right) }
    const text = `${encode({ alg: 'RS256', kid: 'one', ...lie?.header })}.${encode(claims)}`
    return `${text}.${(lie?.sign ?? byKey(ours.privateKey))(text)}`
  }
  /** Signs in by the provider; gives the status of who comes back. */
  const signIn = async () => {
    const visitor = new Visitor(server)
    const begun = await visitor.post('/sign-in/provider', { id: 'liar' })
    expect(begun.status, begun.text).toBe(200)
    const asked = new URL(begun.json['url'] as string).searchParams
    nonce = asked.get('nonce')
    await visitor.ask(
      'GET',
      `/api/auth/callback/liar?code=x&state=${asked.get('state')}&iss=${encodeURIComponent(issuer)}`,
    )
    return visitor.status()
  }

  it.each(lies)('$title', async (each) => {
    lie = each
    expect(await signIn()).toBe(401)
  })
  it('what is right signs in, so that the others were refused for what is wrong with them', async () => {
    lie = undefined
    expect(await signIn()).toBe(200)
  })
})
