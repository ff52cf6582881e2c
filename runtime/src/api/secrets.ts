// /api/secrets: named secrets, write-only. They are set, listed by name and removed, never read; and all keys can be rotated.
// Every route asks for the privilege `administer`.
import { Hono, type MiddlewareHandler } from 'hono'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { hasPrivilege } from '@peyvand/core/model/rights.ts'
import type { sealSeedsAnew } from '../auth/seeds.ts'
import type { ApiEnv, RunningPlatform } from '../platform.ts'
import { rotate } from '../secrets/rotate.ts'
import { listSecrets, removeSecret, setSecret } from '../secrets/stored.ts'
import { readObject } from './body.ts'

const longest = 10_000

/** The routes under /api/secrets. */
export function secretRoutes(platform: RunningPlatform): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.use(administratorsOnly)
  app.get('/', async (c) => c.json({ value: await listSecrets(platform) }))
  app.post('/rotate', async (c) => {
    const { newSecret = false } = known(await readObject(c), ['newSecret'])
    if (typeof newSecret !== 'boolean')
      throw new Problem('request.type', { pointer: '/newSecret', detail: 'true or false is expected' })
    // The sign-in library is loaded only now.
    const also = async (...given: Parameters<typeof sealSeedsAnew>) =>
      (await import('../auth/seeds.ts')).sealSeedsAnew(...given)
    const done = await rotate({ ...platform, vault: platform.secrets, also }, { newSecret })
    if (newSecret) platform.reopenIdentities()
    return c.json({ ...done })
  })
  app.put('/:name', async (c) => {
    const name = named(c.req.param('name'))
    const { value } = known(await readObject(c), ['value'])
    if (typeof value !== 'string' || value === '' || value.length > longest)
      throw new Problem('check.invalid', {
        pointer: '/value',
        detail: `A text of 1 to ${longest} characters is needed`,
      })
    await setSecret(platform, { name, value, by: c.get('context').actor.user })
    return c.body(null, 204)
  })
  app.delete('/:name', async (c) => {
    await removeSecret(platform, c.req.param('name'))
    return c.body(null, 204)
  })
  return app
}

const administratorsOnly: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const { actor, model } = c.get('context')
  if (!hasPrivilege(model, actor, 'administer'))
    throw new Problem('access.denied', { detail: 'Only administrators may do this' })
  await next()
}

function named(name: string): string {
  if (/^[a-z][a-z0-9_]{0,47}$/.test(name)) return name
  throw new Problem('check.invalid', {
    target: 'name',
    detail: 'A name has small letters, digits and _, begins with a letter, and has at most 48 characters',
  })
}

function known(body: JsonObject, members: readonly string[]): JsonObject {
  const other = Object.keys(body).find((name) => !members.includes(name))
  if (other === undefined) return body
  throw new Problem('request.unknown', {
    pointer: `/${other.slice(0, 100)}`,
    detail: `"${other.slice(0, 100)}" is not known here`,
  })
}
