// How the routes of sign-in ask the library: with a request of our own making, so that it sees only the headers it needs and the
// address we believe; and how its answers become ours. A session's token never stands in a body.
import type { Context as HonoContext } from 'hono'
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import { Problem, type ProblemCode } from '@peyvand/core/base/problem.ts'
import type { Doer } from '../../auth/keys.ts'
import type { Known } from '../../auth/identify.ts'
import type { RunningPlatform } from '../../platform.ts'
import { objectOf } from '../body.ts'
import { clientAddress, requestBearing } from '../gate.ts'

/** What the library answered. */
export interface Answer {
  readonly ok: boolean
  readonly status: number
  readonly body: JsonValue
  readonly text: string
  readonly cookies: readonly string[]
  readonly location: string | null
}

/** Asks a route of the library. A body makes it a POST. */
export async function ask(
  platform: RunningPlatform,
  c: HonoContext,
  path: string,
  body?: JsonObject,
  cookie = c.req.header('cookie'),
): Promise<Answer> {
  const headers = new Headers({ 'x-forwarded-for': clientAddress(c, platform.config.trustProxy) })
  if (cookie !== undefined) headers.set('cookie', cookie)
  const agent = c.req.header('user-agent')
  if (agent !== undefined) headers.set('user-agent', agent)
  if (body !== undefined) headers.set('content-type', 'application/json')
  const request = new Request(new URL(`/api/auth${path}`, 'http://localhost'), {
    method: body === undefined ? 'GET' : 'POST',
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const response = await (await platform.identities()).answer(request)
  const text = await response.text()
  return {
    ok: response.ok,
    status: response.status,
    text,
    body: text.startsWith('{') || text.startsWith('[') ? (JSON.parse(text) as JsonValue) : null,
    cookies: response.headers.getSetCookie(),
    location: response.headers.get('location'),
  }
}

/** Our answer with the cookies of the library's. */
export function answerWith({ cookies }: Pick<Answer, 'cookies'>, body: unknown, status = 200): Response {
  const headers = new Headers({ 'content-type': 'application/json', 'cache-control': 'no-store' })
  for (const cookie of cookies) headers.append('set-cookie', cookie)
  return new Response(
    JSON.stringify(body, (name, value: unknown) => (name === 'token' ? undefined : value)),
    {
      status,
      headers,
    },
  )
}

const codes: Readonly<Record<number, ProblemCode>> = {
  401: 'auth.invalid',
  403: 'access.denied',
  404: 'missing.path',
  415: 'request.media',
  429: 'limit.rate',
}

/** The problem for what the library refused. `wrong`: what is said of a proof that was not right. */
export function refusal({ status, text }: Pick<Answer, 'status' | 'text'>, wrong: string): Problem {
  if (status >= 500) return new Problem('internal.unexpected')
  if (text.includes('SESSION_NOT_FRESH'))
    return new Problem('auth.stale', { hint: 'Send your password to /api/auth/confirm.' })
  if (status === 429 || text.includes('TOO_MANY_ATTEMPTS') || text.includes('LOCKED'))
    return new Problem('limit.rate', { detail: 'Too many wrong attempts; try again later', params: { retryAfter: 60 } })
  // A malformed address cannot be an account, a malformed code no code: they get the answer of a wrong one.
  if (status === 401 || /"code":"(?:INVALID|PASSKEY|CHALLENGE|AUTHENTICATION|FAILED)/.test(text))
    return new Problem('auth.invalid', { detail: wrong })
  const message = /"message":"([^"\\]{1,300})"/.exec(text)?.[1]
  return new Problem(codes[status] ?? 'request.malformed', message === undefined ? {} : { detail: message })
}

/** Who asks from where, for what is noted. */
export function doerOf(
  c: HonoContext,
  { config }: RunningPlatform,
  actor?: string,
): Doer & { readonly agent?: string } {
  const agent = c.req.header('user-agent')
  return {
    address: clientAddress(c, config.trustProxy),
    ...(agent === undefined ? {} : { agent }),
    ...(actor === undefined ? {} : { actor }),
  }
}

/** Who is signed in by a cookie, whether or not their second factor is still to come. throws: Problem. */
export async function signedIn(platform: RunningPlatform, c: HonoContext): Promise<Known> {
  const known = await platform.callers.session(requestBearing(c, platform.config))
  if (known instanceof Problem) throw known
  return known
}

/** Who is signed in with all that is asked of them. throws: Problem. */
export async function fullySignedIn(platform: RunningPlatform, c: HonoContext): Promise<Known> {
  const known = await platform.callers.identify(requestBearing(c, platform.config))
  if (known instanceof Problem) throw known
  if (known.proof !== 'cookie')
    throw new Problem('access.denied', { detail: 'This is done by the person, signed in, and not with a key' })
  return known
}

/** The body of a request as an object. throws: Problem. */
export async function bodyOf(c: HonoContext): Promise<JsonObject> {
  const type = c.req.header('content-type')
  // What a form of another site can send without asking is not JSON.
  if (type !== undefined && !/^application\/json\b/i.test(type)) throw new Problem('request.media')
  return objectOf((await c.req.text()) || '{}')
}

/** A text of a body. throws: Problem when it is missing or too long. */
export function textOf(body: JsonObject, name: string): string {
  const value = body[name]
  if (typeof value === 'string' && value !== '' && value.length <= 512) return value
  throw new Problem('request.malformed', { pointer: `/${name}`, detail: `A text "${name}" is needed` })
}
