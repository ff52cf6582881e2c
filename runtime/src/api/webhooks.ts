// /api/webhooks: how webhooks fare in this installation: their signing secrets, what was sent and what came back, trying a target
// and sending again. What a webhook is stands in the model. Every route asks for the privilege `administer`.
import {
  deliveryStates,
  type DeliveryState,
  type Ping,
  type WebhookFare,
  type WholeDelivery,
} from '@peyvand/core/answer/webhook.ts'
import { randomUUID } from 'node:crypto'
import { Hono, type Context as HonoContext, type MiddlewareHandler } from 'hono'
import { Problem } from '@peyvand/core/base/problem.ts'
import { isUuid } from '@peyvand/core/base/uuid.ts'
import type { Webhook } from '@peyvand/core/model/model.ts'
import { hasPrivilege } from '@peyvand/core/model/rights.ts'
import { webhookLimits } from '../limits.ts'
import type { ApiEnv, RunningPlatform } from '../platform.ts'
import { actorFor } from '../webhooks/actor.ts'
import { noteTold } from '../webhooks/noted.ts'
import { findDelivery, listDeliveries, sendAgain, tallyDeliveries } from '../webhooks/queue.ts'
import { send } from '../webhooks/send.ts'
import { endSecret, loadStates, renewSecret, reopen, type WebhookState } from '../webhooks/state.ts'
import { readObject } from './body.ts'

/** The routes under /api/webhooks. */
export function webhookRoutes(platform: RunningPlatform): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  const { database, schema } = platform
  app.use(administratorsOnly)
  app.get('/', async (c) => c.json({ value: await faresOf(platform) }))
  app.get('/:name', async (c) => {
    const hook = named(platform, c)
    return c.json((await faresOf(platform, hook))[0])
  })
  app.post('/:name/secret', async (c) => {
    const hook = named(platform, c)
    const hours = await hoursIn(c)
    const secret = await renewSecret(database, platform, { id: hook.id, by: c.get('context').actor.user, hours })
    platform.events.emit({ kind: 'webhook' })
    return c.json({ secret }, 201)
  })
  app.delete('/:name/secret', async (c) => {
    if (!(await endSecret(database, schema, named(platform, c).id)))
      throw new Problem('missing.record', { detail: 'The webhook has no secret' })
    return c.body(null, 204)
  })
  app.post('/:name/ping', async (c) => c.json(await ping(platform, named(platform, c))))
  app.post('/:name/resend', async (c) => c.json({ deliveries: await again(platform, named(platform, c)) }))
  app.get('/:name/deliveries', async (c) => {
    const { top, after, state } = pageIn(c)
    const list = { webhook: named(platform, c).id, state, top: top + 1, after }
    const rows = await listDeliveries(database, schema, list)
    return c.json({ value: rows.slice(0, top), next: rows.length > top ? rows[top - 1]!.id : null })
  })
  app.get('/:name/deliveries/:id', async (c) => c.json(await told(platform, c)))
  app.post('/:name/deliveries/:id/resend', async (c) => {
    const { id, state } = await delivery(platform, c)
    if ((await again(platform, named(platform, c), id)) === 0)
      throw new Problem('conflict.locked', {
        detail: `The delivery is ${state}; only what was sent or is dead is sent again`,
      })
    return c.json(await told(platform, c))
  })
  return app
}

const administratorsOnly: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const { actor, model } = c.get('context')
  if (!hasPrivilege(model, actor, 'administer'))
    throw new Problem('access.denied', { detail: 'Only administrators may do this' })
  await next()
}

function named(platform: RunningPlatform, c: HonoContext<ApiEnv>): Webhook {
  const hook = platform.model().webhooks.get(c.req.param('name') ?? '')
  if (hook !== undefined) return hook
  throw new Problem('missing.definition', { detail: 'There is no such webhook' })
}

/** One webhook or all of them, with how they fare. */
async function faresOf(platform: RunningPlatform, only?: Webhook): Promise<WebhookFare[]> {
  const { database, schema } = platform
  const [states, tallies] = [await loadStates(database, schema), await tallyDeliveries(database, schema)]
  const hooks = only === undefined ? [...platform.model().webhooks.values()] : [only]
  return Promise.all(
    hooks.map(async (hook) => {
      const state = states.get(hook.id)
      const { name, label, url, entity, active } = hook
      const { waiting = 0, dead = 0, lastSent = null } = tallies.get(hook.id) ?? {}
      const own = { name, label, url, entity, active, waiting, dead, lastSent }
      return state === undefined ? { ...own, secret: null } : { ...own, ...(await fares(platform, hook, state)) }
    }),
  )
}

async function fares(
  platform: RunningPlatform,
  hook: Webhook,
  state: WebhookState,
): Promise<Omit<WebhookFare, 'name' | 'waiting' | 'dead' | 'lastSent'>> {
  const { madeAt, beforeUntil, failures, closed, problem } = state
  const actor = await actorFor(platform, hook, state)
  const runAs = actor instanceof Problem ? null : { id: actor.user, name: actor.name }
  const secret = { madeAt, beforeUntil }
  return { secret, runAs, failures, closed: closed === null ? null : Math.ceil(closed / 1_000), problem }
}

/** How long the secret before stays valid. unit: hours; a day by default. */
async function hoursIn(c: HonoContext<ApiEnv>): Promise<number> {
  const hasBody = (c.req.header('content-length') ?? '0') !== '0' || c.req.header('transfer-encoding') !== undefined
  const { keepHours = 24, ...others } = hasBody ? await readObject(c) : {}
  const [unknown] = Object.keys(others)
  if (unknown !== undefined)
    throw new Problem('request.unknown', {
      pointer: `/${unknown.slice(0, 100)}`,
      detail: 'Only "keepHours" is known here',
    })
  if (typeof keepHours === 'number' && Number.isInteger(keepHours) && keepHours >= 0 && keepHours <= 168)
    return keepHours
  throw new Problem('check.invalid', { pointer: '/keepHours', detail: 'It must be a whole number from 0 to 168' })
}

/** Sends a message that says nothing, now, and tells how it fared. */
async function ping(platform: RunningPlatform, hook: Webhook): Promise<Ping> {
  const state = (await loadStates(platform.database, platform.schema)).get(hook.id)
  if (state === undefined)
    throw new Problem('conflict.dependency', {
      detail: 'The webhook has no signing secret yet',
      hint: 'Make one first: POST …/secret',
    })
  const event = { type: 'ping', timestamp: new Date().toISOString(), data: { webhook: hook.name } }
  const body = JSON.stringify(hook.batch > 1 ? [event] : event)
  const {
    isTaken,
    status = null,
    ms,
    answer = null,
    error = null,
  } = await send(platform, { hook, state }, { id: randomUUID(), body })
  return { taken: isTaken, status, ms: Math.round(ms), answer, error, body }
}

async function again(platform: RunningPlatform, hook: Webhook, id?: string): Promise<number> {
  const count = await sendAgain(platform.database, platform.schema, hook.id, id)
  if (count > 0) await reopen(platform.database, platform.schema, hook.id)
  platform.events.emit({ kind: 'webhook' })
  return count
}

async function delivery(platform: RunningPlatform, c: HonoContext<ApiEnv>): Promise<WholeDelivery> {
  const id = c.req.param('id') ?? ''
  const hook = named(platform, c)
  const found = isUuid(id) ? await findDelivery(platform.database, platform.schema, hook.id, id) : undefined
  if (found !== undefined) return found
  throw new Problem('missing.record', { detail: 'There is no such delivery' })
}

/** One delivery for who asks, with its body: a read of the records in it. */
async function told(platform: RunningPlatform, c: HonoContext<ApiEnv>): Promise<WholeDelivery> {
  const found = await delivery(platform, c)
  const hook = named(platform, c)
  const context = c.get('context')
  const entity = context.model.entities.get(hook.entity)
  if (entity !== undefined) await noteTold({ hook, entity, context }, found.body)
  return found
}

function pageIn(c: HonoContext<ApiEnv>): { top: number; after: string | undefined; state: DeliveryState | undefined } {
  const { top = '50', after, state } = c.req.query()
  if (!/^\d{1,3}$/.test(top) || Number(top) < 1 || Number(top) > webhookLimits.page)
    throw new Problem('request.malformed', {
      target: 'top',
      detail: `It must be a whole number from 1 to ${webhookLimits.page}`,
    })
  if (after !== undefined && !isUuid(after))
    throw new Problem('request.malformed', { target: 'after', detail: 'The id of a delivery is expected' })
  const known = deliveryStates.find((one) => one === state)
  if (state !== undefined && known === undefined)
    throw new Problem('request.unknown', { target: 'state', detail: `A delivery is ${deliveryStates.join(', ')}` })
  return { top: Number(top), after, state: known }
}
