// A message that was made with other rights than its user has now, or on another model: what they may not know any more is taken
// out of it before it leaves, however long it has waited.
import { readableWire } from '@peyvand/core/access/field.ts'
import { ruleOf } from '@peyvand/core/access/rule.ts'
import type { Webhook } from '@peyvand/core/model/model.ts'
import type { RunningPlatform } from '../platform.ts'
import type { Actor } from '@peyvand/core/access/actor.ts'
import type { WebhookEvent } from './event.ts'
import { readRecords } from './sight.ts'

/** The body as its user may know it now; undefined when nothing of it is left. */
export async function recheck(
  platform: RunningPlatform,
  { hook, actor }: { readonly hook: Webhook; readonly actor: Actor },
  body: string,
): Promise<string | undefined> {
  const context = platform.contextFor(actor)
  const entity = context.model.entities.get(hook.entity)
  if (entity === undefined) return undefined
  const made = JSON.parse(body) as WebhookEvent | readonly WebhookEvent[]
  const events = Array.isArray(made) ? (made as readonly WebhookEvent[]) : [made as WebhookEvent]
  const ids = [...new Set(events.map(({ data }) => data.id))]
  const records = await readRecords({ hook, entity, context }, ids, { filtered: false })
  const seesAll = ruleOf(context.model, actor, entity, 'read') === null
  const { shown } = readableWire(context.model, actor, entity.id)
  const kept = events.flatMap((event): WebhookEvent[] => {
    const record = records.get(event.data.id) ?? null
    // Of what is gone nobody can say any more whose it was.
    if (record === null && !seesAll) return []
    const changes = Object.entries(event.data.changes ?? {}).filter(
      ([name]) => shown.get(name)?.mask === undefined && shown.has(name),
    )
    const told = event.data.changes === undefined ? {} : { changes: Object.fromEntries(changes) }
    return [{ ...event, data: { ...event.data, ...told, record: event.data.cut ? null : record } }]
  })
  if (kept.length === 0) return undefined
  return JSON.stringify(Array.isArray(made) ? kept : kept[0])
}
