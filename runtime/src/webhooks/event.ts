// What is said of one change: the event, and which changes a webhook wants to hear of. Pure; the values in it were trimmed before.
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import type { Webhook, WebhookField } from '@peyvand/core/model/model.ts'
import type { WireEntity } from '@peyvand/core/model/wire.ts'
import { changedValues } from '../records/history.ts'
import type { LogRow } from './log.ts'

/** A change as it is told. shape: the body of Standard Webhooks */
export interface WebhookEvent {
  readonly type: string
  /** ISO 8601 */
  readonly timestamp: string
  readonly data: {
    readonly entity: string
    readonly id: string
    readonly change: LogRow['change']
    readonly version?: number
    /** Id of the user who made the change. */
    readonly by?: string
    /** What changed, by property; absent where that is not noted. */
    readonly changes?: Changes
    /** The record as it is when the event is made; null when it is not there any more. */
    readonly record: JsonObject | null
    /** The event was too large: the record and its values were left out. */
    readonly cut?: true
  }
}

type Changes = Readonly<Record<string, { readonly from: JsonValue; readonly to: JsonValue }>>

const past = { create: 'created', update: 'updated', delete: 'deleted' } as const

/** The people whose changes are not told. */
export interface Skipped {
  readonly users: ReadonlySet<string>
}

/** A change that is told unless its record may not be read, still without the record. */
export interface Wanted {
  readonly row: LogRow
  readonly changes: Changes | undefined
}

/** What a webhook wants to hear of a change; undefined when it does not. */
export function wantedOf(hook: Webhook, row: LogRow, wire: WireEntity, { users }: Skipped): Wanted | undefined {
  if (!hook.on.includes(row.change)) return undefined
  if (row.by !== null && users.has(row.by)) return undefined
  if (hook.skip?.requests?.some((prefix) => row.request?.startsWith(prefix))) return undefined
  if (!row.known) return isRelevant(hook, row, wire) ? { row, changes: undefined } : undefined
  const all = changesOf(row, wire)
  if (row.change === 'update') {
    if (Object.keys(all).length === 0) return undefined
    if (hook.fields !== undefined && !hook.fields.some((field) => isMet(field, all, wire))) return undefined
  }
  const include = hook.include && new Set(hook.include)
  const kept = Object.entries(all).filter(([name]) => include?.has(wire.shown.get(name)!.field.name) ?? true)
  return { row, changes: Object.fromEntries(kept) }
}

/** A change of which no values are noted: rollups of audited entities, and everything of others. */
function isRelevant({ fields }: Webhook, { change }: LogRow, { entity }: WireEntity): boolean {
  if (change !== 'update' || fields === undefined) return true
  return fields.some(
    ({ field, ...values }) =>
      Object.keys(values).length === 0 && entity.fields.some(({ name, type }) => name === field && type === 'rollup'),
  )
}

function changesOf({ before, after }: LogRow, wire: WireEntity): Changes {
  const values = changedValues(before, after, wire)
  const names = new Set([...Object.keys(values.before), ...Object.keys(values.after)])
  return Object.fromEntries(
    [...names].map((name) => [name, { from: values.before[name] ?? null, to: values.after[name] ?? null }]),
  )
}

/** Whether a field changed as it must have. */
function isMet({ field, ...values }: WebhookField, changes: Changes, { shown }: WireEntity): boolean {
  const names = Object.keys(changes).filter((name) => shown.get(name)?.field.name === field)
  const main = names.find((name) => name === field) ?? names.find((name) => name === `${field}_id`) ?? names[0]
  if (main === undefined) return false
  return (['from', 'to'] as const).every((side) => {
    const wanted = values[side]
    return wanted === undefined || isSame(changes[main]![side], wanted)
  })
}

/** Numbers that a double would round are told as text. */
function isSame(value: JsonValue, wanted: JsonValue): boolean {
  return textOf(value) === textOf(wanted)
}

function textOf(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** The event of a change that is told. */
export function eventOf(
  hook: Webhook,
  { row, changes }: Wanted,
  { record, wire }: { readonly record: JsonObject | null; readonly wire: WireEntity },
): WebhookEvent {
  const { record: id, change, version, by, at } = row
  return {
    type: `${hook.entity}.${past[change]}`,
    timestamp: at,
    data: {
      entity: hook.entity,
      id,
      change,
      ...(version === null ? {} : { version }),
      ...(by !== null && wire.shown.has('modified_by_id') ? { by } : {}),
      ...(changes === undefined ? {} : { changes }),
      record,
    },
  }
}

/** The same event without its values. */
export function withoutValues({ data, ...event }: WebhookEvent): WebhookEvent {
  const { changes: _changes, ...rest } = data
  return { ...event, data: { ...rest, record: null, cut: true } }
}
