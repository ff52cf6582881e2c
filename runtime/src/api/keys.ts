// /api/keys: a person's own API keys. Decides what may be asked for; auth/keys.ts decides what a key is.
import { Hono } from 'hono'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { gather, Problem } from '@peyvand/core/base/problem.ts'
import { isUuid } from '@peyvand/core/base/uuid.ts'
import { createKey, listKeys, revokeKey } from '../auth/keys.ts'
import type { ApiEnv, RunningPlatform } from '../platform.ts'
import { readObject } from './body.ts'

const longest = 3_650

/** The routes under /api/keys. */
export function keyRoutes(platform: RunningPlatform): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.get('/', async (c) => c.json({ value: await listKeys(platform, c.get('context').actor.user) }))
  app.post('/', async (c) => {
    const { actor } = c.get('context')
    const { name, roles, days } = readWish(await readObject(c), actor.roles)
    const expires = days === undefined ? undefined : new Date(Date.now() + days * 86_400_000)
    // A key never does more than the key that made it; made by the person it follows the person's roles.
    const proof = c.req.header('authorization') === undefined ? 'cookie' : 'key'
    return c.json(
      await createKey(platform, {
        user: actor.user,
        name,
        roles: roles ?? (proof === 'key' ? actor.roles : undefined),
        expires,
      }),
      201,
    )
  })
  app.delete('/:id', async (c) => {
    const id = c.req.param('id')
    if (!isUuid(id)) throw new Problem('missing.record', { detail: 'There is no such key' })
    await revokeKey(platform, id, c.get('context').actor.user)
    return c.body(null, 204)
  })
  return app
}

function readWish(body: JsonObject, own: readonly string[]): { name: string; roles?: string[]; days?: number } {
  const problems: Problem[] = []
  const wrong = (pointer: string, detail: string) =>
    void problems.push(new Problem('check.invalid', { pointer, detail }))
  const { name, roles, expiresInDays: days } = body
  for (const member of Object.keys(body))
    if (!['name', 'roles', 'expiresInDays'].includes(member)) wrong(`/${member}`, `"${member}" is not known here`)
  if (typeof name !== 'string' || name.trim() === '' || name.length > 200)
    wrong('/name', 'A name of 1 to 200 characters is needed')
  if (roles !== undefined && !(Array.isArray(roles) && roles.every((role) => typeof role === 'string')))
    wrong('/roles', 'A list of role names is expected')
  else
    for (const [i, role] of (roles ?? []).entries())
      if (!own.includes(role)) wrong(`/roles/${i}`, `You do not have the role "${role}"`)
  if (days !== undefined && !(typeof days === 'number' && days > 0 && days <= longest))
    wrong('/expiresInDays', `A number of days up to ${longest} is expected`)
  if (problems.length > 0) throw gather('check.invalid', problems)
  return { name: name as string, roles: roles as string[] | undefined, days: days as number | undefined }
}
