// The gate before every signed-in route: request id, origin, caller, limits, and the context that is pinned to the request.
// The only place where a request becomes an actor; routes behind it find `c.get('context')`.
import type { Context as HonoContext, MiddlewareHandler } from 'hono'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { labelLanguage } from './language.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { anonymousAt } from '../auth/anonymous.ts'
import type { Bearing, Known } from '../auth/identify.ts'
import { Counter, tooMany } from '../auth/limit.ts'
import { rotateSession } from '../auth/rotate.ts'
import { Turns } from '../auth/turn.ts'
import { checkOrigin } from '../auth/origin.ts'
import type { Config } from '../config.ts'
import type { ApiEnv, RunningPlatform } from '../platform.ts'
import { problemAnswer, shapeOf } from './problem.ts'

const fiveMinutes = 300_000

/** The middleware for routes that need a caller. */
export function gate(platform: RunningPlatform): MiddlewareHandler<ApiEnv> {
  const known = new Counter(platform.config.rateLimit, fiveMinutes)
  const strangers = new Counter(platform.config.anonymousLimit, fiveMinutes)
  const { userRequests, userQueue, userWait } = platform.config
  const turns = new Turns({ what: 'requests', atOnce: userRequests, waiting: userQueue, wait: userWait })
  const { direct } = platform.database
  return async (c, next) => {
    const request = { method: c.req.method, ...requestBearing(c, platform.config) }
    const found = platform.callers.identify(request)
    const proven = found instanceof Promise ? await found : found
    const missing = proven instanceof Problem && proven.code === 'auth.required'
    const caller = (missing ? anonymousAt(platform.model(), c.req.method, c.req.path) : undefined) ?? proven
    if (caller instanceof Problem) return refuse(c, caller)
    if (caller.proof === 'cookie') {
      const foreign = checkOrigin(request, platform.config.publicUrl)
      if (foreign !== undefined) return refuse(c, foreign)
    }
    if (caller.proof === 'cookie' && platform.callers.takeChange(caller)) await giveNewId(platform, c, caller)
    const unfit = fits(caller, request.method, c.req.path)
    if (unfit !== undefined) return refuse(c, unfit)
    // Nobody is many: each address counts for itself. Who acts as somebody else pays for it themselves.
    const { user: own, via = own } = caller.actor
    const rate = caller.proof === 'none' ? strangers : known
    const user = caller.proof === 'none' ? clientAddress(c, platform.config.trustProxy) : via
    const wait = rate.add(user)
    tellLeft(c, rate.left(user))
    if (wait > 0) return refuse(c, tooMany(wait))
    const turn = turns.begin(user)
    const late = turn instanceof Promise ? await turn : turn
    if (late !== undefined) return refuse(c, late)
    try {
      // While notifications do not reach this process, the stored revision is asked for each time.
      if (direct !== undefined && !direct.connected) await platform.refresh()
      c.set(
        'context',
        platform.contextFor(
          caller.actor,
          labelLanguage(request.headers.get('accept-language'), caller.language),
          requestId(c),
        ),
      )
      return await next()
    } finally {
      turns.end(user)
    }
  }
}

const reading = new Set(['GET', 'HEAD', 'OPTIONS'])
/** What is a person's own and is not done in their name. */
const personal = /^\/api\/(?:keys|users|me)(?:\/|$)/

/** What a caller's credential is not good for, whatever their rights. */
function fits(caller: Known, method: string, path: string): Problem | undefined {
  const reads = reading.has(method) || (method === 'POST' && /\/(?:\$|%24)query\/*$/i.test(path))
  if (caller.view !== undefined && !reads && !(method === 'DELETE' && path === '/api/access/view'))
    return new Problem('access.denied', {
      target: 'view',
      detail: 'You are looking as somebody else: nothing can be changed',
      hint: 'Leave the view first.',
    })
  if (caller.readOnly && caller.view === undefined && !reads)
    return new Problem('access.denied', { detail: 'This key only reads', hint: 'Use GET, or a key that may write.' })
  if (caller.actor.via !== undefined && personal.test(path) && !(method === 'GET' && path === '/api/me'))
    return new Problem('access.denied', { target: 'Act-As', detail: 'This is not done in the name of somebody else' })
  return undefined
}

/** Sends the session's new id along, whatever the answer will be. */
async function giveNewId(platform: RunningPlatform, c: HonoContext, caller: Known): Promise<void> {
  const headers = headersOf(c)
  const cookies = await rotateSession(platform, caller, {
    cookie: headers.get('cookie') ?? '',
    agent: headers.get('user-agent') ?? undefined,
    address: clientAddress(c, platform.config.trustProxy),
  })
  const outgoing = (c.env as { outgoing?: ServerResponse } | undefined)?.outgoing
  if (cookies.length > 0) outgoing?.appendHeader('set-cookie', cookies)
}

/** What of a request its caller is known by. */
export function requestBearing(c: HonoContext, { trustProxy }: Config): Bearing {
  return { headers: headersOf(c), address: clientAddress(c, trustProxy) }
}

/** How much the caller has left, on Node's own answer: every answer carries it, also one that a route makes whole. */
function tellLeft(c: HonoContext, left: ReturnType<Counter['left']>): void {
  const outgoing = (c.env as { outgoing?: ServerResponse } | undefined)?.outgoing
  if (left === undefined || outgoing === undefined) return
  outgoing.setHeader('RateLimit-Limit', left.most)
  outgoing.setHeader('RateLimit-Remaining', left.remaining)
  outgoing.setHeader('RateLimit-Reset', left.seconds)
}

function refuse(c: HonoContext, problem: Problem): Response {
  const after = problem.params?.['retryAfter']
  return problemAnswer(problem, shapeOf(c.req.path), after === undefined ? {} : { 'retry-after': String(after) })
}

/** The id this request is known by, in answers and observations. */
export function requestId(c: HonoContext): string {
  return incomingOf(c)?.requestId ?? 'none'
}

/** Address of the caller; behind a trusted proxy the one it names. */
export function clientAddress(c: HonoContext, trustProxy: boolean): string {
  const named = trustProxy ? c.req.header('x-forwarded-for')?.split(',').at(-1)?.trim() : undefined
  return named ?? peerAddress(c) ?? 'unknown'
}

/** Address of whoever holds the other end of the connection: the caller, or a proxy. */
export function peerAddress(c: HonoContext): string | undefined {
  return incomingOf(c)?.socket.remoteAddress
}

interface Incoming extends IncomingMessage {
  requestId?: string
}

function incomingOf(c: HonoContext): Incoming | undefined {
  return (c.env as { incoming?: Incoming } | undefined)?.incoming
}

/** The request's headers. Reading Node's parsed ones is far cheaper than building a Headers object for each request. */
export function headersOf(c: HonoContext): Pick<Headers, 'get'> {
  const incoming = incomingOf(c)
  if (incoming === undefined) return c.req.raw.headers
  return {
    get: (name) => {
      const value = incoming.headers[name]
      return value === undefined ? null : Array.isArray(value) ? value.join(', ') : value
    },
  }
}
