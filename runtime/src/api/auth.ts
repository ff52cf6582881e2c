// /api/auth: sign-in, sign-out, sessions, the first administrator. Decides which of the sign-in library's routes are open,
// counts failures, keeps to our problem shape, and tells every process when sessions end.
import { Hono, type Context as HonoContext } from 'hono'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { Problem, type ProblemCode } from '@peyvand/core/base/problem.ts'
import { Counter, tooMany } from '../auth/limit.ts'
import { checkOrigin } from '../auth/origin.ts'
import { useSetupToken } from '../auth/setup.ts'
import { emailKey } from '../auth/user.ts'
import { observe } from '../observe.ts'
import type { RunningPlatform } from '../platform.ts'
import { objectOf } from './body.ts'
import { clientAddress } from './gate.ts'

const minute = 60_000
/** The library's routes that are open, and whether they may end sessions. */
const open: ReadonlyMap<string, { readonly method: 'GET' | 'POST'; readonly ends: boolean }> = new Map([
  ['get-session', { method: 'GET', ends: false }],
  ['list-sessions', { method: 'GET', ends: false }],
  ['sign-out', { method: 'POST', ends: true }],
  ['change-password', { method: 'POST', ends: true }],
  ['revoke-session', { method: 'POST', ends: true }],
  ['revoke-sessions', { method: 'POST', ends: true }],
  ['revoke-other-sessions', { method: 'POST', ends: true }],
])

/** The routes under /api/auth. Nobody needs to be signed in to reach them. */
export function authRoutes(platform: RunningPlatform): Hono {
  const app = new Hono()
  const failures = {
    account: new Counter(platform.config.signInLimit, minute),
    address: new Counter(platform.config.signInLimit * 4, minute),
  }
  app.use('*', async (c, next) => {
    const foreign = checkOrigin(c.req.raw, platform.config.publicUrl)
    if (foreign !== undefined) throw foreign
    await next()
    c.header('cache-control', 'no-store')
  })
  app.post('/sign-in/email', async (c) => {
    const { email, password, body } = readCredentials(objectOf(await c.req.text()))
    const keys = { account: emailKey(email), address: clientAddress(c, platform.config.trustProxy) }
    const wait = Math.max(failures.account.wait(keys.account), failures.address.wait(keys.address))
    if (wait > 0) {
      observe({ kind: 'sign-in', outcome: 'limited' })
      throw tooMany(wait, 'Too many failed sign-ins')
    }
    const answer = await signIn(platform, c, email, password, body['rememberMe'] !== false)
    if (answer.ok) failures.account.clear(keys.account)
    else for (const kind of ['account', 'address'] as const) failures[kind].add(keys[kind])
    observe({ kind: 'sign-in', outcome: answer.ok ? 'accepted' : 'refused' })
    return answer.ok ? withoutToken(answer) : refused(answer)
  })
  app.post('/setup', async (c) => {
    const body = objectOf(await c.req.text())
    const [token, email, password] = ['token', 'email', 'password'].map((name) => textOf(body, name)) as [
      string,
      string,
      string,
    ]
    const name = typeof body['name'] === 'string' && body['name'].trim() !== '' ? body['name'].slice(0, 200) : undefined
    await useSetupToken(platform, token, { email, name, password })
    return withoutToken(await signIn(platform, c, email, password, true))
  })
  app.on(['GET', 'POST'], '/:name{.+}', async (c) => {
    const route = open.get(c.req.param('name'))
    if (route === undefined) throw new Problem('missing.path')
    if (route.method !== c.req.method) throw new Problem('request.method')
    const before = route.ends ? await platform.callers.identify(c.req.raw) : undefined
    const body = route.method === 'POST' ? librarysBody(c.req.param('name'), await c.req.text()) : undefined
    const answer = await ask(platform, c, body)
    if (route.ends && before !== undefined && !(before instanceof Problem))
      platform.events.emit({ kind: 'access', user: before.actor.user })
    return answer.ok ? withoutToken(answer) : refused(answer)
  })
  return app
}

function readCredentials(body: JsonObject): { email: string; password: string; body: JsonObject } {
  return { email: textOf(body, 'email'), password: textOf(body, 'password'), body }
}

function textOf(body: JsonObject, name: string): string {
  const value = body[name]
  if (typeof value === 'string' && value !== '' && value.length <= 512) return value
  throw new Problem('request.malformed', { pointer: `/${name}`, detail: `A text "${name}" is needed` })
}

function signIn(
  platform: RunningPlatform,
  c: HonoContext,
  email: string,
  password: string,
  rememberMe: boolean,
): Promise<Response> {
  return ask(platform, c, JSON.stringify({ email: emailKey(email), password, rememberMe }), '/api/auth/sign-in/email')
}

/** A new password ends all other sessions, whatever the caller asks for. */
function librarysBody(route: string, text: string): string {
  const body = objectOf(text || '{}')
  return JSON.stringify(route === 'change-password' ? { ...body, revokeOtherSessions: true } : body)
}

/** Asks the library with a request of our own making: only the headers it needs, and the address we believe. */
async function ask(
  platform: RunningPlatform,
  c: HonoContext,
  body: string | undefined,
  path = c.req.path,
): Promise<Response> {
  const headers = new Headers({ 'x-forwarded-for': clientAddress(c, platform.config.trustProxy) })
  for (const name of ['cookie', 'user-agent'])
    if (c.req.header(name) !== undefined) headers.set(name, c.req.header(name)!)
  if (body !== undefined) headers.set('content-type', 'application/json')
  const request = new Request(new URL(path, 'http://localhost'), {
    method: body === undefined ? 'GET' : 'POST',
    headers,
    body,
  })
  return (await platform.identities()).answer(request)
}

/** The library repeats the session token in its JSON; scripts of a page have no business with it. */
async function withoutToken(answer: Response): Promise<Response> {
  const text = await answer.text()
  const body: unknown =
    text === '' ? null : JSON.parse(text, (name, value: unknown) => (name === 'token' ? undefined : value))
  const headers = new Headers({ 'content-type': 'application/json', 'cache-control': 'no-store' })
  for (const cookie of answer.headers.getSetCookie()) headers.append('set-cookie', cookie)
  return new Response(JSON.stringify(body), { status: answer.status, headers })
}

const codes: Readonly<Record<number, ProblemCode>> = {
  401: 'auth.invalid',
  403: 'access.denied',
  404: 'missing.path',
  415: 'request.media',
  429: 'limit.rate',
}

async function refused(answer: Response): Promise<never> {
  const text = await answer.text()
  const message = /"message":"([^"\\]{1,300})"/.exec(text)?.[1]
  if (answer.status >= 500) throw new Problem('internal.unexpected')
  // A malformed address cannot be an account: it gets the same answer as a wrong password.
  const code = /INVALID_EMAIL"/.test(text) ? 'auth.invalid' : (codes[answer.status] ?? 'request.malformed')
  throw new Problem(code, { detail: code === 'auth.invalid' ? 'The e-mail address or the password is wrong' : message })
}
