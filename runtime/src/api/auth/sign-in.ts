// Signing in and out: by password, by the second step, by passkey, by a provider. Every attempt is counted before it is made, and
// every one is noted, however it ended.
import { Hono, type Context as HonoContext } from 'hono'
import { isJsonObject, type JsonObject } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { forgetAttempts, giveBack, mayTry, type AttemptLimit } from '../../auth/attempts.ts'
import { cookieName } from '../../auth/cookie.ts'
import { takeCode, type Method } from '../../auth/entry.ts'
import { note, type SecurityEvent } from '../../audit/note.ts'
import { emailKey } from '../../auth/user.ts'
import { publicUrl } from '../../config.ts'
import type { RunningPlatform } from '../../platform.ts'
import { clientAddress } from '../gate.ts'
import { answerWith, ask, bodyOf, doerOf, refusal, signedIn, textOf, type Answer } from './ask.ts'

const minute = 60_000
const wrongPassword = 'The e-mail address or the password is wrong'
const wrongCode = 'The code is not right, or was used already'
const wrongPasskey = 'This passkey is not known here'

/** The routes of signing in and out. */
export function signInRoutes(platform: RunningPlatform): Hono {
  const app = new Hono()
  app.get('/methods', async (c) => {
    const { providers } = await platform.identities()
    return c.json({ providers: providers.map(({ id, name }) => ({ id, name })), passkeys: takesPasskeys(platform) })
  })
  app.post('/sign-in/email', async (c) => {
    const body = await bodyOf(c)
    return signInWithPassword(platform, c, {
      email: textOf(body, 'email'),
      password: textOf(body, 'password'),
      rememberMe: body['rememberMe'] !== false,
    })
  })
  app.post('/sign-in/code', (c) => secondStep(platform, c, 'totp'))
  app.post('/sign-in/recovery', (c) => secondStep(platform, c, 'recovery'))
  app.get('/sign-in/passkey', async (c) => {
    const answer = await ask(platform, c, '/passkey/generate-authenticate-options', undefined, '')
    return answerWith(answer, answer.body, answer.status)
  })
  app.post('/sign-in/passkey', (c) => withPasskey(platform, c))
  app.post('/sign-in/provider', async (c) => {
    const body = await bodyOf(c)
    const id = textOf(body, 'id')
    const { providers } = await platform.identities()
    if (!providers.some((each) => each.id === id))
      throw new Problem('missing.path', { detail: 'There is no such provider' })
    const base = publicUrl(platform.config)
    const answer = await ask(platform, c, '/sign-in/social', {
      provider: id,
      callbackURL: base + localPath(body['next']),
      errorCallbackURL: `${base}/sign-in`,
      disableRedirect: true,
    })
    if (!answer.ok || !isJsonObject(answer.body))
      throw new Problem('internal.unavailable', { detail: 'The provider cannot be reached right now' })
    return answerWith(answer, { url: answer.body['url'] })
  })
  app.get('/callback/:id', (c) => fromProvider(platform, c))
  app.post('/sign-out', async (c) => {
    const known = await signedIn(platform, c).catch(() => undefined)
    const answer = await ask(platform, c, '/sign-out', {})
    if (known !== undefined) {
      platform.events.emit({ kind: 'access', user: known.actor.user })
      await note(platform, { kind: 'sign-out', outcome: 'accepted', user: known.actor.user, ...doerOf(c, platform) })
    }
    return answerWith(answer, { success: true })
  })
  return app
}

/** Browsers make passkeys for names only, not for addresses of the network. */
function takesPasskeys({ config }: RunningPlatform): boolean {
  return !/^\[|^\d+(?:\.\d+){3}$/.test(new URL(publicUrl(config)).hostname)
}

/** A path of our own, or the start page: never an address of somebody else. */
export function localPath(next: unknown): string {
  if (typeof next !== 'string' || next.length > 2_000 || !/^\/(?![/\\])[^\\\p{Cc}]*$/u.test(next)) return '/'
  return new URL(next, 'http://here').host === 'here' ? next : '/'
}

interface Limits {
  readonly account?: AttemptLimit
  readonly address: AttemptLimit
}

function limitsOf({ config }: RunningPlatform, c: HonoContext, account?: string): Limits {
  const most = config.signInLimit
  return {
    ...(account === undefined ? {} : { account: { key: `sign-in ${account}`, most, window: minute } }),
    address: { key: `from ${clientAddress(c, config.trustProxy)}`, most: most * 4, window: minute },
  }
}

/** Counts an attempt before it is made. throws: Problem limit.rate. */
async function begin(platform: RunningPlatform, c: HonoContext, limits: Limits, method: Method): Promise<void> {
  try {
    await mayTry(platform.database, Object.values(limits), 'Too many failed sign-ins')
  } catch (error) {
    await note(platform, { kind: 'sign-in', outcome: 'limited', ...doerOf(c, platform), detail: { method } })
    throw error
  }
}

/** The attempt was a good one. */
async function forgive({ database }: RunningPlatform, { account, address }: Limits): Promise<void> {
  if (account !== undefined) await forgetAttempts(database, account.key)
  await giveBack(database, address.key)
}

/** Signs in with a password. A person with a second factor gets no session yet, but the way to the second step. */
export async function signInWithPassword(
  platform: RunningPlatform,
  c: HonoContext,
  { email, password, rememberMe }: { readonly email: string; readonly password: string; readonly rememberMe: boolean },
): Promise<Response> {
  const limits = limitsOf(platform, c, emailKey(email))
  await begin(platform, c, limits, 'password')
  // Whoever was signed in here before is not asked: a new session begins, with an id of its own.
  const answer = await ask(platform, c, '/sign-in/email', { email: emailKey(email), password, rememberMe }, '')
  if (!answer.ok) return refused(platform, c, answer, 'password', wrongPassword)
  await forgive(platform, limits)
  if (isJsonObject(answer.body) && answer.body['twoFactorRedirect'] === true) {
    await note(platform, { kind: 'factor', outcome: 'asked', ...doerOf(c, platform) })
    return answerWith(answer, { secondFactor: true })
  }
  return accepted(platform, c, answer, 'password')
}

/** The second step of signing in: a code of the authenticator or a recovery code. */
async function secondStep(platform: RunningPlatform, c: HonoContext, method: 'totp' | 'recovery'): Promise<Response> {
  const code = textOf(await bodyOf(c), 'code').trim()
  const limits = limitsOf(platform, c)
  await begin(platform, c, limits, method)
  const session = await signedIn(platform, c).catch(() => undefined)
  const user = session?.actor.user
  // To a session that is there already the library makes no other one, which is where a code is taken otherwise.
  if (
    user !== undefined &&
    method === 'totp' &&
    (await hasFactor(platform, user)) &&
    !(await takeCode(platform.database, user, code))
  )
    return refused(platform, c, { status: 401, text: '' }, method, wrongCode)
  const identities = await platform.identities()
  const answer = await ask(
    platform,
    c,
    method === 'totp' ? '/two-factor/verify-totp' : '/two-factor/verify-backup-code',
    { code: method === 'totp' ? code.replace(/\s/g, '') : identities.plainCode(code) },
  )
  if (!answer.ok) return refused(platform, c, answer, method, wrongCode)
  await forgive(platform, limits)
  if (session === undefined) return accepted(platform, c, answer, method)
  return stepUp(platform, c, answer, { user: session.actor.user, id: session.credential, method })
}

async function hasFactor({ database }: RunningPlatform, user: string): Promise<boolean> {
  const { rows } = await database.query({
    text: 'select 1 from platform.two_factor f where f.user_id = $1::uuid and f.verified',
    values: [user],
  })
  return rows.length > 0
}

/** A session that has just shown a second factor: stronger, and under a new id. The first code of all makes that by itself. */
async function stepUp(
  platform: RunningPlatform,
  c: HonoContext,
  answer: Answer,
  { user, id, method }: { readonly user: string; readonly id: string; readonly method: Method },
): Promise<Response> {
  await platform.database.query({
    text: 'update platform.session set strong = true, method = $2 where id = $1::uuid',
    values: [id, method],
  })
  const renewed = (await userOf(platform, answer)) === user ? answer : await ask(platform, c, '/renew', {})
  platform.events.emit({ kind: 'access', user })
  await note(platform, { kind: 'factor', outcome: 'accepted', user, ...doerOf(c, platform), detail: { method } })
  return answerWith(renewed, { success: true })
}

async function withPasskey(platform: RunningPlatform, c: HonoContext): Promise<Response> {
  const { response } = await bodyOf(c)
  if (!isJsonObject(response)) throw new Problem('request.malformed', { pointer: '/response' })
  const limits = limitsOf(platform, c)
  await begin(platform, c, limits, 'passkey')
  const answer = await ask(platform, c, '/passkey/verify-authentication', { response })
  if (!answer.ok) return refused(platform, c, answer, 'passkey', wrongPasskey)
  await forgive(platform, limits)
  return accepted(platform, c, answer, 'passkey')
}

async function fromProvider(platform: RunningPlatform, c: HonoContext): Promise<Response> {
  const provider = c.req.param('id') ?? ''
  const answer = await ask(platform, c, `/callback/${encodeURIComponent(provider)}${new URL(c.req.url).search}`)
  const user = await userOf(platform, answer)
  await note(platform, {
    kind: 'sign-in',
    outcome: user === undefined ? 'refused' : 'accepted',
    ...(user === undefined ? {} : { user }),
    ...doerOf(c, platform),
    detail: { method: 'provider', provider: provider.slice(0, 40) },
  })
  // Where to is our own: the library was told paths of ours, and of what else it says only the error's name is kept.
  const to = new URL(answer.location ?? '/sign-in', publicUrl(platform.config))
  const error = to.searchParams.get('error')
  const failed = user === undefined || error !== null
  const path = failed
    ? `/sign-in?error=${encodeURIComponent((error ?? 'provider').slice(0, 60))}`
    : to.pathname + to.search
  const headers = new Headers({ location: publicUrl(platform.config) + localPath(path), 'cache-control': 'no-store' })
  for (const cookie of answer.cookies) headers.append('set-cookie', cookie)
  return new Response(null, { status: 302, headers })
}

/** Whose session an answer begins. */
async function userOf(platform: RunningPlatform, { cookies }: Answer): Promise<string | undefined> {
  const name = cookieName(platform.config)
  const cookie = cookies.find((each) => each.startsWith(`${name}=`))?.split(';', 1)[0]
  if (cookie === undefined || cookie === `${name}=`) return undefined
  return (await (await platform.identities()).sessionOf(new Headers({ cookie })))?.user
}

async function accepted(platform: RunningPlatform, c: HonoContext, answer: Answer, method: Method): Promise<Response> {
  const user = await userOf(platform, answer)
  const event: SecurityEvent = {
    kind: 'sign-in',
    outcome: 'accepted',
    user,
    ...doerOf(c, platform),
    detail: { method },
  }
  await note(platform, event)
  if (method === 'recovery') await note(platform, { ...event, kind: 'factor', outcome: 'used' })
  const person = isJsonObject(answer.body) && isJsonObject(answer.body['user']) ? answer.body['user'] : {}
  return answerWith(answer, { user: shown(person) })
}

/** Of the library's idea of a person what pages need. */
function shown({ id, name, email }: JsonObject): JsonObject {
  return { id: id ?? null, name: name ?? null, email: email ?? null }
}

async function refused(
  platform: RunningPlatform,
  c: HonoContext,
  answer: Pick<Answer, 'status' | 'text'>,
  method: Method,
  wrong: string,
): Promise<never> {
  await note(platform, { kind: 'sign-in', outcome: 'refused', ...doerOf(c, platform), detail: { method } })
  throw refusal(answer, wrong)
}
