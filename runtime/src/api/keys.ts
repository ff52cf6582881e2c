// /api/keys: a person's own API keys. Decides what may be asked for; auth/keys.ts decides what a key is. A key that is limited to
// some of the person's roles sees and ends itself and what was made with it, and no other.
import { Hono, type Context as HonoContext } from 'hono'
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import { gather, Problem } from '@peyvand/core/base/problem.ts'
import { isUuid } from '@peyvand/core/base/uuid.ts'
import type { Known } from '../auth/identify.ts'
import { createKey, listKeys, revokeKey, type KeyWish } from '../auth/keys.ts'
import { isNetwork } from '../net/within.ts'
import type { ApiEnv, RunningPlatform } from '../platform.ts'
import { readObject } from './body.ts'
import { clientAddress, requestBearing } from './gate.ts'

const longest = 3_650

/** The routes under /api/keys. */
export function keyRoutes(platform: RunningPlatform): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  const knownOf = async (c: HonoContext<ApiEnv>): Promise<Known> => {
    const known = await platform.callers.identify(requestBearing(c, platform.config))
    if (known instanceof Problem) throw known
    return known
  }
  const reach = ({ actor, credential }: Known): string | undefined => (actor.limited ? credential : undefined)
  app.get('/', async (c) => {
    const known = await knownOf(c)
    return c.json({ value: await listKeys(platform, known.actor.user, reach(known)) })
  })
  app.post('/', async (c) => {
    const { actor } = c.get('context')
    const wish = readKeyWish(await readObject(c), { roles: actor.roles })
    const known = await knownOf(c)
    // A key never does more than the key that made it, nor for longer; made by the person it follows the person's roles.
    const bound = known.proof === 'key'
    const ends = Math.min(wish.expires?.getTime() ?? Infinity, bound ? known.expires : Infinity)
    const made = await createKey(platform, {
      ...wish,
      ...(Number.isFinite(ends) && { expires: new Date(ends) }),
      user: actor.user,
      roles: wish.roles ?? (bound ? actor.roles : undefined),
      networks: known.networks ?? wish.networks,
      ...(bound && { within: known.credential }),
      by: { address: clientAddress(c, platform.config.trustProxy), actor: actor.user },
    })
    return c.json(made, 201)
  })
  app.delete('/:id', async (c) => {
    const id = c.req.param('id')
    if (!isUuid(id)) throw new Problem('missing.record', { detail: 'There is no such key' })
    const known = await knownOf(c)
    const { user } = known.actor
    const by = { address: clientAddress(c, platform.config.trustProxy), actor: user }
    await revokeKey(platform, id, { user, within: reach(known), by })
    return c.body(null, 204)
  })
  return app
}

const members = ['name', 'roles', 'expiresInDays', 'networks', 'readOnly']
const mostNetworks = 50

/** What a key shall be, read from a body. `roles`: those it may be limited to. throws: Problem with one problem per wrong member. */
export function readKeyWish(
  body: JsonObject,
  { roles: own, more = [] }: { readonly roles: readonly string[]; readonly more?: readonly string[] },
): Omit<KeyWish, 'user' | 'by'> {
  const problems: Problem[] = []
  const wrong = (pointer: string, detail: string) =>
    void problems.push(new Problem('check.invalid', { pointer, detail }))
  const { name, roles, expiresInDays: days, networks, readOnly } = body
  for (const member of Object.keys(body))
    if (![...members, ...more].includes(member)) wrong(`/${member}`, `"${member}" is not known here`)
  if (typeof name !== 'string' || name.trim() === '' || name.length > 200)
    wrong('/name', 'A name of 1 to 200 characters is needed')
  if (roles !== undefined && !isTexts(roles)) wrong('/roles', 'A list of role names is expected')
  else
    for (const [i, role] of (roles ?? []).entries())
      if (!own.includes(role)) wrong(`/roles/${i}`, `There is no role "${role.slice(0, 60)}" to give`)
  if (days !== undefined && !(typeof days === 'number' && days > 0 && days <= longest))
    wrong('/expiresInDays', `A number of days up to ${longest} is expected`)
  if (networks !== undefined && !(isTexts(networks) && networks.length > 0 && networks.length <= mostNetworks))
    wrong('/networks', `A list of 1 to ${mostNetworks} addresses and ranges is expected`)
  else
    for (const [i, network] of (networks ?? []).entries())
      if (!isNetwork(network))
        wrong(`/networks/${i}`, 'This is no address and no range, such as 10.0.0.0/8 or 2001:db8::/32')
  if (readOnly !== undefined && typeof readOnly !== 'boolean') wrong('/readOnly', 'true or false is expected')
  if (problems.length > 0) throw gather('check.invalid', problems)
  return {
    name: name as string,
    roles: roles as string[] | undefined,
    networks: networks as string[] | undefined,
    readOnly: readOnly === true,
    ...(days === undefined ? {} : { expires: new Date(Date.now() + (days as number) * 86_400_000) }),
  }
}

function isTexts(value: JsonValue): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}
