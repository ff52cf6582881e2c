// A person's own account: password, second factor, passkeys, sessions. What changes how somebody signs in asks for the password
// once more, or for a session that was proven just now; and each change ends what it should.
import type { OwnSession } from '@peyvand/core/answer/account.ts'
import { Hono, type Context as HonoContext } from 'hono'
import { isJsonObject, type JsonObject } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { isUuid } from '@peyvand/core/base/uuid.ts'
import { readAccount } from '../../auth/account.ts'
import { forgetAttempts, mayTry } from '../../auth/attempts.ts'
import { note, type SecurityEvent } from '../../audit/note.ts'
import type { Known } from '../../auth/identify.ts'
import { revokeKeys } from '../../auth/keys.ts'
import { endLinks } from '../../auth/link.ts'
import { checkPassword } from '../../auth/password.ts'
import { endSessions, listSessions } from '../../auth/session.ts'
import type { RunningPlatform } from '../../platform.ts'
import { answerWith, ask, bodyOf, doerOf, fullySignedIn, refusal, signedIn, textOf } from './ask.ts'

const wrong = 'The password is not right'

/** The routes of one's own account. */
export function accountRoutes(platform: RunningPlatform): Hono {
  const app = new Hono()
  app.get('/account', async (c) => c.json(await accountOf(platform, await signedIn(platform, c))))
  app.post('/confirm', async (c) => {
    const known = await signedIn(platform, c)
    await provePassword(platform, known, textOf(await bodyOf(c), 'password'))
    const renewed = await ask(platform, c, '/renew', {})
    platform.events.emit({ kind: 'access', user: known.actor.user })
    return answerWith(renewed, { success: true })
  })
  app.post('/change-password', (c) => changePassword(platform, c))
  app.route('/', factorRoutes(platform))
  app.route('/', passkeyRoutes(platform))
  app.route('/', sessionRoutes(platform))
  return app
}

async function accountOf({ database }: RunningPlatform, known: Known): Promise<JsonObject> {
  const facts = await readAccount(database, known.actor.user)
  return { email: known.email, ...facts, strong: known.strong }
}

/** Asks for the password once more. throws: Problem. */
async function provePassword(platform: RunningPlatform, { actor }: Known, password: string): Promise<void> {
  const key = `confirm ${actor.user}`
  await mayTry(
    platform.database,
    [{ key, most: platform.config.signInLimit, window: 60_000 }],
    'Too many wrong passwords',
  )
  const { rows } = await platform.database.query<{ password: string | null }>({
    text: "select c.password from platform.credential c where c.user_id = $1::uuid and c.provider_id = 'credential'",
    values: [actor.user],
  })
  const hash = rows[0]?.password
  if (hash == null || !(await (await platform.identities()).verify(password, hash))) {
    await note(platform, { kind: 'password', outcome: 'refused', user: actor.user })
    throw new Problem('auth.invalid', { detail: wrong })
  }
  await forgetAttempts(platform.database, key)
}

/** The password in the body, or a session that was proven just now. `always`: who has a password gives it. throws: Problem. */
async function prove(platform: RunningPlatform, known: Known, body: JsonObject, always = false): Promise<void> {
  if (body['password'] !== undefined) return provePassword(platform, known, textOf(body, 'password'))
  if (always && (await accountOf(platform, known))['password'] === true)
    throw new Problem('auth.stale', { hint: 'Send your password along.' })
  const { rows } = await platform.database.query({
    text: "select 1 from platform.session s where s.id = $1::uuid and s.created_at > now() - interval '10 minutes'",
    values: [known.credential],
  })
  if (rows.length === 0) throw new Problem('auth.stale', { hint: 'Send your password to /api/auth/confirm.' })
}

async function changePassword(platform: RunningPlatform, c: HonoContext): Promise<Response> {
  const known = await signedIn(platform, c)
  const body = await bodyOf(c)
  const [currentPassword, newPassword] = [textOf(body, 'currentPassword'), textOf(body, 'newPassword')]
  await provePassword(platform, known, currentPassword)
  await checkPassword(platform.config, newPassword, '/newPassword')
  const answer = await ask(platform, c, '/change-password', { currentPassword, newPassword, revokeOtherSessions: true })
  if (!answer.ok) throw refusal(answer, wrong)
  const { user } = known.actor
  await endLinks(platform.database, user)
  platform.events.emit({ kind: 'access', user })
  await note(platform, { kind: 'password', outcome: 'changed', user, ...doerOf(c, platform) })
  if (body['endKeys'] === true) await revokeKeys(platform, user, doerOf(c, platform))
  return answerWith(answer, { success: true })
}

function factorRoutes(platform: RunningPlatform): Hono {
  const app = new Hono()
  /** One step of the library's, told afterwards. */
  const step = async (c: HonoContext, path: string, body: JsonObject, event: Pick<SecurityEvent, 'outcome'>) => {
    const known = await signedIn(platform, c)
    const sent = await bodyOf(c)
    // Somebody who has a second factor shows it before it is changed.
    if (!known.strong && ((await accountOf(platform, known))['secondFactor'] as boolean))
      throw new Problem('auth.factor')
    await prove(platform, known, sent, true)
    const answer = await ask(platform, c, path, {
      ...body,
      ...(sent['password'] === undefined ? {} : { password: sent['password'] }),
    })
    if (!answer.ok) throw refusal(answer, wrong)
    platform.events.emit({ kind: 'access', user: known.actor.user })
    await note(platform, { kind: 'factor', ...event, user: known.actor.user, ...doerOf(c, platform) })
    return answer
  }
  app.post('/two-factor/enroll', async (c) => {
    const answer = await step(c, '/two-factor/enable', { method: 'totp' }, { outcome: 'asked' })
    const { totpURI, backupCodes } = answer.body as JsonObject
    return answerWith(answer, { uri: totpURI, recoveryCodes: backupCodes })
  })
  app.post('/two-factor/codes', async (c) => {
    const answer = await step(c, '/two-factor/generate-backup-codes', {}, { outcome: 'changed' })
    return answerWith(answer, { recoveryCodes: (answer.body as JsonObject)['backupCodes'] })
  })
  app.post('/two-factor/disable', async (c) => {
    const answer = await step(c, '/two-factor/disable', {}, { outcome: 'removed' })
    await endOthers(platform, await userIdOf(platform, c))
    return answerWith(answer, { success: true })
  })
  return app
}

async function userIdOf(platform: RunningPlatform, c: HonoContext): Promise<string> {
  return (await signedIn(platform, c).catch(() => undefined))?.actor.user ?? ''
}

/** A second factor that is gone leaves no session behind that was opened with it. */
async function endOthers(platform: RunningPlatform, user: string): Promise<void> {
  if (user !== '')
    await platform.database.query({
      text: 'update platform.session set strong = false where user_id = $1::uuid',
      values: [user],
    })
}

function passkeyRoutes(platform: RunningPlatform): Hono {
  const app = new Hono()
  app.get('/passkeys', async (c) => {
    const { rows } = await platform.database.query({
      text: `select p.id, p.name, p.device_type, p.backed_up, to_json(p.created_at) as created_at
        from platform.passkey p where p.user_id = $1::uuid order by p.created_at desc`,
      values: [(await signedIn(platform, c)).actor.user],
    })
    return c.json({ value: rows })
  })
  app.get('/passkeys/options', async (c) => {
    const answer = await ask(platform, c, '/passkey/generate-register-options')
    if (!answer.ok) throw refusal(answer, 'Sign in first')
    return answerWith(answer, answer.body)
  })
  app.post('/passkeys', async (c) => {
    const known = await signedIn(platform, c)
    const { response, name } = await bodyOf(c)
    if (!isJsonObject(response)) throw new Problem('request.malformed', { pointer: '/response' })
    if (!known.strong && ((await accountOf(platform, known))['secondFactor'] as boolean))
      throw new Problem('auth.factor')
    const label: JsonObject = typeof name === 'string' && name.trim() !== '' ? { name: name.slice(0, 100) } : {}
    const answer = await ask(platform, c, '/passkey/verify-registration', { response, ...label })
    if (!answer.ok) throw refusal(answer, 'The passkey could not be checked')
    await note(platform, { kind: 'passkey', outcome: 'created', user: known.actor.user, ...doerOf(c, platform) })
    return answerWith(answer, { id: (answer.body as JsonObject)['id'] }, 201)
  })
  app.delete('/passkeys/:id', async (c) => {
    const known = await signedIn(platform, c)
    const id = c.req.param('id')
    await prove(platform, known, {})
    const { rowCount } = isUuid(id)
      ? await platform.database.query({
          text: 'delete from platform.passkey where id = $1::uuid and user_id = $2::uuid',
          values: [id, known.actor.user],
        })
      : { rowCount: 0 }
    if (rowCount === 0) throw new Problem('missing.record', { detail: 'There is no such passkey' })
    await note(platform, { kind: 'passkey', outcome: 'removed', user: known.actor.user, ...doerOf(c, platform) })
    return c.body(null, 204)
  })
  return app
}

function sessionRoutes(platform: RunningPlatform): Hono {
  const app = new Hono()
  app.get('/sessions', async (c) => {
    const known = await fullySignedIn(platform, c)
    const rows = await listSessions(platform, known.actor.user)
    return c.json({ value: rows.map((row): OwnSession => ({ ...row, current: row.id === known.credential })) })
  })
  app.delete('/sessions', async (c) => {
    const known = await fullySignedIn(platform, c)
    const ended = await endSessions(platform, { user: known.actor.user, except: known.credential }, doerOf(c, platform))
    return c.json({ ended })
  })
  app.delete('/sessions/:id', async (c) => {
    const known = await fullySignedIn(platform, c)
    const id = c.req.param('id')
    if (!isUuid(id)) throw new Problem('missing.record', { detail: 'There is no such session' })
    await endSessions(platform, { user: known.actor.user, id }, doerOf(c, platform))
    return c.body(null, 204)
  })
  return app
}
