// /api/privacy: one person across everything that is kept: found, handed out, held, erased. Every route asks for the privilege
// `privacy`, which reaches records whoever owns them; each use is written down, without anything personal. What is asked for
// comes in bodies: a name or an address in a URL would stand in logs.
import { holdKinds } from '@peyvand/core/answer/person.ts'
import { Hono, type Context as HonoContext, type MiddlewareHandler } from 'hono'
import { isJsonObject, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { suggest } from '@peyvand/core/base/name.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { isUuid } from '@peyvand/core/base/uuid.ts'
import { hasPrivilege } from '@peyvand/core/model/rights.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import { note, type SecurityOutcome } from '../audit/note.ts'
import type { Context } from '../context.ts'
import { enqueueErase } from '../jobs/kinds/erase.ts'
import type { ApiEnv, RunningPlatform } from '../platform.ts'
import { exportPerson } from '../privacy/export.ts'
import { dossierOf, findPeople } from '../privacy/find.ts'
import { liftHold, listHolds, placeHold } from '../privacy/hold.ts'
import { listErasures, orderErasure, planErasure, replayErasure } from '../privacy/order.ts'
import { wholePerson } from '../privacy/person.ts'
import { listedOf, readList } from '../privacy/tombstones.ts'
import type { Target } from '../records/cascade/reach.ts'
import { readObject } from './body.ts'
import { downloads } from './download.ts'
import { clientAddress } from './gate.ts'

/** unit: records that can be named as one person */
const most = 50
/** unit: characters */
const longest = 500

/** The routes under /api/privacy. */
export function privacyRoutes(platform: RunningPlatform, streams: Set<() => void>): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  const download = downloads(platform, streams)
  app.use(privilegedOnly)
  const noted = noting(platform)
  app.post('/find', async (c) => {
    const body = known(await readObject(c), ['text', 'records'])
    const context = c.get('context')
    if (body['text'] === undefined) {
      const { persons, dossier } = await dossierOf(platform, context, recordsIn(context, body))
      await noted(c, 'asked', 'find', persons)
      return c.json(dossier)
    }
    const people = await findPeople(platform, context, textIn(body, 'text'))
    await noted(c, 'asked', 'search', [])
    return c.json({ people })
  })
  app.post('/export', async (c) => {
    const context = c.get('context')
    const persons = await wholePerson(context, recordsIn(context, known(await readObject(c), ['records'])))
    await noted(c, 'sent', 'export', persons)
    return download(c, {
      name: 'person.zip',
      type: 'application/zip',
      begin: (signal) => Promise.resolve(exportPerson(platform, context, persons, signal)),
    })
  })
  app.post('/plan', async (c) => {
    const context = c.get('context')
    const records = recordsIn(context, known(await readObject(c), ['records']))
    const plan = await planErasure(platform, context, records)
    await noted(c, 'asked', 'plan', records)
    return c.json(plan)
  })
  app.post('/erase', (c) => erase(platform, c, noted))
  app.get('/erasures', async (c) => c.json({ value: await listErasures(c.get('context')) }))
  app.post('/replay', (c) => replay(platform, c, noted))
  app.get('/holds', async (c) => {
    const { entity, id, ...other } = c.req.query()
    known(other, [])
    const of =
      entity === undefined && id === undefined
        ? undefined
        : recordIn(c.get('context'), { entity, id } as JsonObject, '')
    return c.json({ value: await listHolds(c.get('context'), of) })
  })
  app.post('/holds', (c) => hold(c, noted))
  app.delete('/holds/:id', async (c) => {
    await liftHold(c.get('context'), c.req.param('id'))
    await noted(c, 'removed', 'hold', [])
    return c.body(null, 204)
  })
  return app
}

const privilegedOnly: MiddlewareHandler<ApiEnv> = async (c, next) => {
  const { actor, model } = c.get('context')
  if (!hasPrivilege(model, actor, 'privacy'))
    throw new Problem('access.denied', {
      detail: 'This takes the privilege "privacy"',
      hint: 'A role gives it: "privileges": ["privacy"]',
    })
  await next()
}

type Noting = (
  c: HonoContext<ApiEnv>,
  outcome: SecurityOutcome,
  what: string,
  persons: readonly Target[],
) => Promise<void>

/** Writes down who did what with whose data: ids alone. */
function noting(platform: RunningPlatform): Noting {
  return async (c, outcome, what, persons) => {
    const { actor, requestId } = c.get('context')
    await note(platform, {
      kind: 'privacy',
      outcome,
      actor: actor.user,
      ...(actor.via === undefined ? {} : { via: actor.via }),
      address: clientAddress(c, platform.config.trustProxy),
      detail: { what, entities: [...new Set(persons.map(({ entity }) => entity.name))] },
      records: persons.map(({ id }) => id),
      request: requestId,
    })
  }
}

async function erase(platform: RunningPlatform, c: HonoContext<ApiEnv>, noted: Noting): Promise<Response> {
  const context = c.get('context')
  const body = known(await readObject(c), ['records', 'plan', 'mentions', 'reason'])
  const { mentions = false } = body
  if (typeof mentions !== 'boolean')
    throw new Problem('request.type', { pointer: '/mentions', detail: 'true or false is expected' })
  const records = recordsIn(context, body)
  const wish = { records, plan: textIn(body, 'plan'), mentions, reason: textIn(body, 'reason') }
  let job = ''
  const erasure = await orderErasure(platform, context, wish, async (session, id) => {
    job = await enqueueErase(session, context.schema, id, context.actor.user)
  })
  await noted(c, 'removed', `erase ${erasure}`, records)
  return c.json({ erasure, job }, 202)
}

async function replay(platform: RunningPlatform, c: HonoContext<ApiEnv>, noted: Noting): Promise<Response> {
  const context = c.get('context')
  const { erasures } = known(await readObject(c), ['erasures'])
  if (erasures !== undefined && !Array.isArray(erasures))
    throw new Problem('request.type', { pointer: '/erasures', detail: 'A list is expected' })
  const list = erasures?.map((one, i) => listedOf(one, i + 1)) ?? (await readList(platform))
  const jobs: string[] = []
  for (const one of list)
    await replayErasure(platform, context, one, async (session, id) => {
      jobs.push(await enqueueErase(session, context.schema, id, context.actor.user))
    })
  await noted(c, 'removed', `replay ${jobs.length}`, [])
  return c.json({ known: list.length, replayed: jobs.length, jobs })
}

async function hold(c: HonoContext<ApiEnv>, noted: Noting): Promise<Response> {
  const context = c.get('context')
  const body = known(await readObject(c), ['entity', 'id', 'kind', 'reason', 'until'])
  const { until = null } = body
  const kind = holdKinds.find((one) => one === (body['kind'] ?? 'hold'))
  if (kind === undefined)
    throw new Problem('check.invalid', { pointer: '/kind', detail: `One of: ${holdKinds.join(', ')}` })
  const target = recordIn(context, body, '')
  const id = await placeHold(context, { ...target, kind, reason: textIn(body, 'reason'), until: endIn(until) })
  await noted(c, 'created', kind, [target])
  return c.json({ id }, 201)
}

/** When a hold ends. throws: Problem for what is no moment to come. */
function endIn(until: JsonValue): string | null {
  if (until === null) return null
  if (typeof until === 'string' && /^\d{4}-\d\d-\d\d/.test(until) && Date.parse(until) > Date.now())
    return new Date(until).toISOString()
  throw new Problem('check.invalid', {
    pointer: '/until',
    detail: 'A moment that is still to come, or null for no end',
  })
}

/** The records a body names. throws: Problem. */
function recordsIn(context: Context, { records }: JsonObject): Target[] {
  if (!Array.isArray(records) || records.length === 0 || records.length > most || !records.every(isJsonObject))
    throw new Problem('check.invalid', {
      pointer: '/records',
      detail: `A list of 1 to ${most} records is needed`,
      hint: '{"records": [{"entity": "contact", "id": "…"}]}',
    })
  return records.map((record, i) => recordIn(context, known(record, ['entity', 'id']), `/records/${i}`))
}

function recordIn({ model }: Context, { entity: name, id }: JsonObject, at: string): Target {
  const entity: Entity | undefined = typeof name === 'string' ? model.entities.get(name) : undefined
  if (entity === undefined)
    throw new Problem('request.unknown', {
      pointer: `${at}/entity`,
      target: 'entity',
      detail: 'There is no such entity',
      hint: typeof name === 'string' ? suggest(name, model.entities.keys()) : undefined,
    })
  if (typeof id !== 'string' || !isUuid(id))
    throw new Problem('check.invalid', { pointer: `${at}/id`, target: 'id', detail: 'The id of a record is needed' })
  return { entity, id: id.toLowerCase() }
}

function textIn(body: JsonObject, name: string): string {
  const value = body[name]
  if (typeof value === 'string' && value.trim() !== '' && value.length <= longest) return value.trim()
  throw new Problem('check.invalid', { pointer: `/${name}`, detail: `A text of 1 to ${longest} characters is needed` })
}

function known<T extends Readonly<Record<string, JsonValue>>>(body: T, members: readonly string[]): T {
  const other = Object.keys(body).find((name) => !members.includes(name))
  if (other === undefined) return body
  throw new Problem('request.unknown', {
    pointer: `/${other.slice(0, 100)}`,
    detail: `"${other.slice(0, 100)}" is not known here`,
    hint: suggest(other, members),
  })
}
