// /api/users: people and keys as an administrator handles them — what the command line calls. A person's own keys are at
// /api/keys; names, units and roles can also be changed as records. Every route asks for the privilege `administer`.
import { randomBytes } from 'node:crypto'
import { Hono, type Context as HonoContext, type MiddlewareHandler } from 'hono'
import type { Actor } from '@peyvand/core/access/actor.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { suggest } from '@peyvand/core/base/name.ts'
import { gather, Problem } from '@peyvand/core/base/problem.ts'
import { isUuid } from '@peyvand/core/base/uuid.ts'
import type { Model } from '@peyvand/core/model/model.ts'
import { note } from '../audit/note.ts'
import { readAccount } from '../auth/account.ts'
import { createKey, listKeys, revokeKey, type Doer } from '../auth/keys.ts'
import { addresseeOf, sendLink } from '../auth/link.ts'
import { endSessions, listSessions, removeFactors } from '../auth/session.ts'
import { addUser, emailKey, findUser } from '../auth/user.ts'
import type { ApiEnv, RunningPlatform } from '../platform.ts'
import { readBody } from './body.ts'
import { clientAddress } from './gate.ts'
import { readKeyWish } from './keys.ts'

/** The routes under /api/users. */
export function userRoutes(platform: RunningPlatform): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.use(administratorsOnly)
  app.post('/', async (c) => {
    const { email, name, password, roles, unit } = readMembers(await readBody(c), {
      email: 'text!',
      name: 'text',
      password: 'text',
      roles: 'texts',
      unit: 'text',
    })
    const done = await addUser(platform, {
      email: email as string,
      name: name as string,
      password: password as string,
      roles: roles as string[],
      unit: unit as string,
    })
    return c.json({ ...done, email: email as string }, done.created ? 201 : 200)
  })
  app.post('/password', async (c) => {
    const { email, password } = readMembers(await readBody(c), { email: 'text!', password: 'text' })
    await userId(platform, email as string)
    const made = (password as string | undefined) ?? randomBytes(12).toString('base64url')
    const { id } = await addUser(platform, { email: email as string, password: made })
    return c.json({ id, email: email as string, ...(password === undefined ? { password: made } : {}) })
  })
  app.post('/invite', (c) => invite(platform, c))
  app.post('/keys', async (c) => {
    const { email, ...body } = readMembers(await readBody(c), keyMembers)
    const user = await userId(platform, email as string)
    const roles = [...platform.model().roles.keys()]
    const wish = readKeyWish({ ...body, name: body['name'] ?? 'command line' }, { roles })
    const made = await createKey(platform, { ...wish, user, by: doerOf(platform, c) })
    return c.json({ ...made, ...(wish.expires === undefined ? {} : { expires: wish.expires.toISOString() }) }, 201)
  })
  app.delete('/keys/:id', async (c) => {
    await revokeKey(platform, idIn(c, 'id', 'There is no such key'), { by: doerOf(platform, c) })
    return c.body(null, 204)
  })
  app.get('/:user/account', async (c) => c.json({ ...(await readAccount(platform.database, idIn(c, 'user'))) }))
  app.get('/:user/keys', async (c) => c.json({ value: await listKeys(platform, idIn(c, 'user')) }))
  app.get('/:user/sessions', async (c) => c.json({ value: await listSessions(platform, idIn(c, 'user')) }))
  app.delete('/:user/sessions', async (c) => {
    const ended = await endSessions(platform, { user: idIn(c, 'user') }, doerOf(platform, c))
    return c.json({ ended })
  })
  app.delete('/:user/sessions/:id', async (c) => {
    await endSessions(platform, { user: idIn(c, 'user'), id: idIn(c, 'id') }, doerOf(platform, c))
    return c.body(null, 204)
  })
  app.delete('/:user/second-factor', async (c) => {
    const user = idIn(c, 'user')
    await removeFactors(platform, user)
    await endSessions(platform, { user }, doerOf(platform, c))
    await note(platform, { kind: 'factor', outcome: 'removed', user, ...doerOf(platform, c) })
    return c.body(null, 204)
  })
  return app
}

const keyMembers = {
  email: 'text!',
  name: 'text',
  roles: 'texts',
  expiresInDays: 'days',
  networks: 'texts',
  readOnly: 'flag',
} as const

/** Makes a person and sends them the link with which they choose their password. Without mail the link is told here, too. */
async function invite(platform: RunningPlatform, c: HonoContext<ApiEnv>): Promise<Response> {
  const { email, name, roles, unit } = readMembers(await readBody(c), {
    email: 'text!',
    name: 'text',
    roles: 'texts',
    unit: 'text',
  })
  const inactive = () => new Problem('check.invalid', { pointer: '/email', detail: 'This account is not active' })
  const addressee = () => addresseeOf(platform, emailKey(email as string))
  // Who cannot be invited is given no roles by the attempt either.
  const known = await findUser(platform.database, platform.schema, email as string)
  if (known !== undefined && (await addressee()) === undefined) throw inactive()
  const done = await addUser(platform, {
    email: email as string,
    name: name as string,
    roles: roles as string[],
    unit: unit as string,
  })
  const to = await addressee()
  if (to === undefined) throw inactive()
  const link = await sendLink(platform, 'invite', to, doerOf(platform, c))
  const told = platform.config.mailUrl === undefined ? { link } : {}
  return c.json({ ...done, email: to.email, ...told }, done.created ? 201 : 200)
}

function doerOf(platform: RunningPlatform, c: HonoContext<ApiEnv>): Doer {
  return { actor: c.get('context').actor.user, address: clientAddress(c, platform.config.trustProxy) }
}

function idIn(c: HonoContext<ApiEnv>, name: string, detail = 'There is no such user'): string {
  const id = c.req.param(name) ?? ''
  if (!isUuid(id)) throw new Problem('missing.record', { detail })
  return id
}

const administratorsOnly: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const { actor, model } = c.get('context')
  if (!mayAdminister(actor, model)) throw new Problem('access.denied', { detail: 'Only administrators may do this' })
  await next()
}

function mayAdminister(actor: Actor, model: Model): boolean {
  return actor.system === true || actor.roles.some((role) => model.roles.get(role)?.privileges.includes('administer'))
}

async function userId(platform: RunningPlatform, email: string): Promise<string> {
  const id = await findUser(platform.database, platform.schema, email)
  if (id === undefined)
    throw new Problem('missing.record', {
      detail: `There is no user with the e-mail address "${email}"`,
      target: 'email',
    })
  return id
}

const shapes = {
  'text!': { test: (value: JsonValue | undefined) => isText(value), wants: 'a text' },
  text: { test: (value: JsonValue | undefined) => value === undefined || isText(value), wants: 'a text' },
  texts: {
    test: (value: JsonValue | undefined) =>
      value === undefined || (Array.isArray(value) && value.length <= 100 && value.every(isText)),
    wants: 'a list of names',
  },
  days: {
    test: (value: JsonValue | undefined) =>
      value === undefined || (typeof value === 'number' && value > 0 && value <= 3650),
    wants: 'a number of days up to 3650',
  },
  flag: {
    test: (value: JsonValue | undefined) => value === undefined || typeof value === 'boolean',
    wants: 'true or false',
  },
} as const

function isText(value: JsonValue | undefined): boolean {
  return typeof value === 'string' && value.length > 0 && value.length <= 1000
}

/** The members of a body. throws: Problem with one problem per wrong or unknown member. */
function readMembers(body: JsonValue, wanted: Readonly<Record<string, keyof typeof shapes>>): JsonObject {
  if (!isJsonObject(body)) throw new Problem('request.malformed', { detail: 'A JSON object is expected', pointer: '' })
  const unknown = Object.keys(body).filter((name) => !Object.hasOwn(wanted, name))
  const problems = [
    ...unknown.map(
      (name) =>
        new Problem('request.unknown', {
          detail: `"${name.slice(0, 100)}" is not known here`,
          pointer: `/${name.slice(0, 100)}`,
          hint: suggest(name, Object.keys(wanted)),
        }),
    ),
    ...Object.entries(wanted).flatMap(([name, shape]) =>
      shapes[shape].test(body[name])
        ? []
        : [new Problem('check.invalid', { detail: `"${name}" must be ${shapes[shape].wants}`, pointer: `/${name}` })],
    ),
  ]
  if (problems.length > 0) throw gather('check.invalid', problems)
  return body
}
