// Beginning and ending to look at the app as somebody else, and the cookie that says so.
import type { Context as HonoContext } from 'hono'
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { isUuid } from '@peyvand/core/base/uuid.ts'
import { hasPrivilege } from '@peyvand/core/model/rights.ts'
import { cookieName, isSecure } from '../auth/cookie.ts'
import { viewAs, viewValue, type View } from '../auth/view.ts'
import { note } from '../audit/note.ts'
import type { ApiEnv, RunningPlatform } from '../platform.ts'
import { doerOf } from './auth/ask.ts'
import { readObject } from './body.ts'
import { requestBearing } from './gate.ts'

/** A view ends by itself after a working day. unit: seconds */
const longest = 8 * 3600

/** Begins to look as somebody else. throws: Problem. */
export async function beginView(platform: RunningPlatform, c: HonoContext<ApiEnv>): Promise<Response> {
  const { actor, model } = c.get('context')
  if (!hasPrivilege(model, actor, 'impersonate'))
    throw new Problem('access.denied', { detail: 'You may not look as somebody else' })
  const view = readWish(await readObject(c))
  const known = await platform.callers.identify(requestBearing(c, platform.config))
  if (known instanceof Problem) throw known
  if (known.proof !== 'cookie' || actor.via !== undefined)
    throw new Problem('request.malformed', { detail: 'This is a mode of a session: sign in, and not with a key' })
  const { database, schema } = platform
  const seen = await viewAs({ database, schema, model }, known, view)
  if (seen instanceof Problem) throw seen
  await noteView(platform, c, { actor: actor.user, view, outcome: 'asked' })
  setCookie(platform, c, viewValue(known.credential, view), longest)
  return c.json({ view, name: seen.actor.name })
}

/** Ends it, also where it was no more than a cookie. */
export async function leaveView(platform: RunningPlatform, c: HonoContext<ApiEnv>): Promise<Response> {
  const known = await platform.callers.identify(requestBearing(c, platform.config))
  if (!(known instanceof Problem) && known.view !== undefined)
    await noteView(platform, c, { actor: known.actor.via!, view: known.view, outcome: 'ended' })
  endView(platform, c)
  return c.body(null, 204)
}

/** Takes the cookie away. */
export function endView(platform: RunningPlatform, c: HonoContext): void {
  setCookie(platform, c, '', 0)
}

/** What of the routes of sign-in is about one's own account, and is not done while looking as somebody else. */
export function isPersonal(method: string, path: string): boolean {
  return method !== 'GET' && /^\/api\/auth\/(?:confirm|change-password|two-factor|passkeys|sessions)(?:\/|$)/.test(path)
}

function noteView(
  platform: RunningPlatform,
  c: HonoContext,
  { actor, view, outcome }: { readonly actor: string; readonly view: View; readonly outcome: 'asked' | 'ended' },
): Promise<void> {
  const { user, role, unit } = { user: undefined, role: undefined, unit: undefined, ...view }
  return note(platform, {
    kind: 'impersonation',
    outcome,
    user: user ?? actor,
    ...doerOf(c, platform, actor),
    detail: { mode: 'view', ...(role === undefined ? {} : { role }), ...(unit == null ? {} : { unit }) },
  })
}

function setCookie({ config }: RunningPlatform, c: HonoContext, value: string, seconds: number): void {
  const parts = [`${cookieName(config, 'view')}=${value}`, 'Path=/', 'HttpOnly', 'SameSite=Lax', `Max-Age=${seconds}`]
  c.header('set-cookie', [...parts, ...(isSecure(config) ? ['Secure'] : [])].join('; '), { append: true })
}

/** throws: Problem. */
function readWish({ user, role, unit, ...more }: JsonObject): View {
  const wrong = (pointer: string, detail: string) => new Problem('request.malformed', { pointer, detail })
  const [unknown] = Object.keys(more)
  if (unknown !== undefined) throw wrong(`/${unknown.slice(0, 60)}`, `"${unknown.slice(0, 60)}" is not known here`)
  const isText = (value: JsonValue | undefined): value is string => typeof value === 'string'
  if (isText(user) && role === undefined && unit === undefined) {
    if (isUuid(user)) return { user: user.toLowerCase() }
    throw wrong('/user', '"user" is the id of a user')
  }
  if (user !== undefined || !isText(role) || !(unit == null || (isText(unit) && isUuid(unit))))
    throw wrong('', 'A view is as a "user", or as a "role" with a "unit" or without')
  return { role, unit: unit?.toLowerCase() ?? null }
}
