// From the log to deliveries: reads what happened since a webhook's cursor, keeps what it wants to hear and its user may know, and
// puts that into the queue in the transaction that moves the cursor. Whoever comes second finds the cursor moved and does nothing.
import type { Actor } from '@peyvand/core/access/actor.ts'
import { readableWire } from '@peyvand/core/access/field.ts'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Webhook } from '@peyvand/core/model/model.ts'
import { seenParts } from '@peyvand/core/query/snapshot.ts'
import { webhookLimits } from '../limits.ts'
import type { RunningPlatform } from '../platform.ts'
import { newId } from '../records/id.ts'
import { accessMark, userNamed } from './actor.ts'
import { eventOf, wantedOf, withoutValues, type WebhookEvent } from './event.ts'
import { nextStretch, readLog, type Stretch } from './log.ts'
import { countWaiting, putDeliveries, type NewDelivery } from './queue.ts'
import { seenUpTo } from './seen.ts'
import { readGone, readRecords, type Asking } from './sight.ts'
import { moveSeen, noteProblem, type WorkState } from './state.ts'

/** What came of reading: no delivery, perhaps some, or some with more of the log behind them. */
export type Gathered = 'nothing' | 'done' | 'more'

/** Reads one part of the log for a webhook. */
export async function gather(
  platform: RunningPlatform,
  hook: Webhook,
  { state, actorOf }: { readonly state: WorkState; readonly actorOf: () => Promise<Actor | Problem> },
): Promise<Gathered> {
  const { database, schema } = platform
  const entity = platform.model().entities.get(hook.entity)!
  const [was, is] = [seenParts(state.seen), seenParts(state.now)]
  const place = { session: database, schema, entity: entity.id }
  const stretch = await nextStretch(place, was.snapshot)
  if (stretch === undefined) return 'nothing'
  if (state.waiting && (await countWaiting(database, schema, hook.id, webhookLimits.waiting)) >= webhookLimits.waiting)
    return 'nothing'
  const actor = await actorOf()
  if (actor instanceof Problem) {
    await noteProblem(database, schema, state, problemMembers(actor))
    return 'nothing'
  }
  const asking = { hook, entity, context: platform.contextFor(actor) }
  const events = await eventsIn(platform, asking, stretch)
  const access = accessMark(actor, asking.context.model.revision)
  const seen = `${stretch.last === undefined ? stretch.now : seenUpTo(stretch.now, stretch.last)}/${is.history}`
  const done = await database.transaction(async (session) => {
    if (!(await moveSeen(session, schema, state, seen))) return false
    await putDeliveries(session, schema, hook.id, deliveriesOf(hook, events, access))
    return true
  })
  return done && stretch.last !== undefined ? 'more' : 'done'
}

/**
 * Whether what happened passes a webhook by: it is off, or the database is another one than its cursor speaks of, as after a
 * restore, where transactions are counted anew.
 */
export async function passesBy(
  { database, schema }: RunningPlatform,
  hook: Webhook,
  state: WorkState,
): Promise<boolean> {
  const isOther = seenParts(state.seen).history !== seenParts(state.now).history
  if (hook.active && !isOther) return false
  if (isOther || state.fresh) await moveSeen(database, schema, state, state.now)
  return true
}

/** What is told of a part of the log, in order. throws: Problem when the webhook asks what its user may not. */
async function eventsIn(platform: RunningPlatform, asking: Asking, stretch: Stretch): Promise<WebhookEvent[]> {
  const { hook, entity, context } = asking
  const { model, actor, database, schema } = context
  const wire = readableWire(model, actor, entity.id)
  const rows = await readLog({ session: database, schema, entity: entity.id }, stretch, wire)
  const named = await Promise.all((hook.skip?.users ?? []).map((user) => userNamed(platform, user)))
  const users = new Set([...named.filter((user) => user !== undefined), ...(hook.skipOwn ? [actor.user] : [])])
  const wanted = rows.flatMap((row) => wantedOf(hook, row, wire, { users }) ?? [])
  const ids = [...new Set(wanted.map(({ row }) => row.record))]
  const records = await readRecords(asking, ids)
  const missing = ids.filter((id) => !records.has(id))
  const gone = await readGone(asking, missing, stretch.since)
  return wanted.flatMap((one) => {
    const { record: id } = one.row
    const record = records.get(id) ?? null
    return record === null && !gone.has(id) ? [] : [eventOf(hook, one, { record, wire })]
  })
}

/** Events as deliveries: each its own, or as lists of a webhook that takes some at once. */
export function deliveriesOf(hook: Webhook, events: readonly WebhookEvent[], access: string): NewDelivery[] {
  const texts = events.map((event) => ({ id: event.data.id, text: textOf(event) }))
  if (hook.batch === 1)
    return texts.map(({ id, text }) => ({ id: newId(), lane: id, records: [id], events: 1, body: text, access }))
  const deliveries: NewDelivery[] = []
  let part: typeof texts = []
  let size = 0
  const close = () => {
    if (part.length === 0) return
    const records = [...new Set(part.map(({ id }) => id))]
    const body = `[${part.map(({ text }) => text).join(',')}]`
    deliveries.push({ id: newId(), lane: '', records, events: part.length, body, access })
    ;[part, size] = [[], 0]
  }
  for (const one of texts) {
    if (part.length === hook.batch || size + one.text.length > webhookLimits.body) close()
    part.push(one)
    size += one.text.length
  }
  close()
  return deliveries
}

function textOf(event: WebhookEvent): string {
  const text = JSON.stringify(event)
  return Buffer.byteLength(text) > webhookLimits.body ? JSON.stringify(withoutValues(event)) : text
}

/** What is kept of a problem. */
export function problemMembers({ code, title, message, target, hint }: Problem): JsonObject {
  return {
    code,
    title,
    ...(message === title ? {} : { detail: message }),
    ...(target === undefined ? {} : { target }),
    ...(hint === undefined ? {} : { hint }),
  }
}
