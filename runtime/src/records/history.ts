// What happened to one record, as its audit log tells it: who changed which fields, from what to what, the newest first.
// Only what the caller may read now is told: fields that are closed to them, and changes of nothing else, do not exist.
import { readableWire } from '@peyvand/core/access/field.ts'
import { quoteText } from '@peyvand/core/base/sql.ts'
import { ident, quoted, render, sql } from '@peyvand/core/expression/fragment.ts'
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import { linkOf } from '@peyvand/core/types/lookup/type.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import type { Property, WireEntity } from '@peyvand/core/model/wire.ts'
import type { Context } from '../context.ts'
import type { Platform } from '../platform.ts'
import { namesOf } from './names.ts'

/** One change of a record. Values are told by wire name, numbers that a double would round as text. */
export interface Change {
  readonly id: string
  /** ISO 8601 */
  readonly at: string
  readonly change: string
  readonly version: number | null
  /** Id of the user who made it. */
  readonly by: string
  /** Id of who acted as that user, when somebody did. */
  readonly via?: string
  /** What it was, of the fields that changed; empty for a new record. */
  readonly before: JsonObject
  readonly after: JsonObject
}

/** One page of a record's changes. */
export interface History {
  readonly value: readonly Change[]
  /** Names of the records that changes speak of, by id, as far as the caller may read them. */
  readonly names: Readonly<Record<string, string>>
  /** Id of the change behind which the next page begins; null when there is none. */
  readonly next: string | null
}

interface Logged {
  readonly id: string
  readonly at: string
  readonly change: string
  readonly version: number | null
  readonly by: string
  readonly via: string | null
  readonly before: string | null
  readonly after: string | null
}

/** What stands in every change anyway. */
const own = new Set(['id', 'version', 'created_at', 'created_by', 'modified_at', 'modified_by'])

/** The changes of a record that the caller is known to read. `after`: id of the last change they have. throws: Problem. */
export async function historyOf(
  platform: Platform,
  context: Context,
  {
    entity,
    id,
    top,
    after,
  }: { readonly entity: Entity; readonly id: string; readonly top: number; readonly after: string | null },
): Promise<History> {
  const wire = readableWire(context.model, context.actor, entity.id)
  const rows = await logOf(context, wire, id, top + 1, after)
  const page = rows.slice(0, top)
  const value = page.map((row) => told(row, wire)).filter((each) => each !== undefined)
  return {
    value,
    names: await namesIn(platform, context, wire, value),
    next: rows.length > top ? page.at(-1)!.id : null,
  }
}

async function logOf(
  { database, schema }: Context,
  { entity: { id: entity }, shown }: WireEntity,
  record: string,
  top: number,
  after: string | null,
): Promise<readonly Logged[]> {
  const log = `"${schema}"._audit`
  const { rows } = await database.query<Logged>({
    text: `select a.id, to_char(a.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, a.change, a.version,
        a.actor_id as by, a.via_id as via, ${loggedValues('before', shown)} as before, ${loggedValues('after', shown)} as after
      from ${log} a where a.record_id = $1::uuid and a.entity_id = $2::uuid and a.change in ('create', 'update', 'delete')
        and ($3::uuid is null or (a.at, a.id) < (select b.at, b.id from ${log} b where b.record_id = $1::uuid and b.id = $3::uuid))
      order by a.at desc, a.id desc limit $4::int`,
    values: [record, entity, after, top],
  })
  return rows
}

/** SQL of the values of one side of a change (row `a` of the log), masked by the database where only a mask may be seen. */
export function loggedValues(side: 'before' | 'after', shown: ReadonlyMap<string, Property>): string {
  const masks = [...shown.values()].filter(({ mask }) => mask !== undefined)
  const values = masks.map(({ column, mask }) => {
    const name = quoted(column)
    const { text } = render(mask!(sql`(a.${ident(side)} ->> ${name})`))
    return `case when a.${side} ? ${quoteText(column)} then jsonb_build_object(${quoteText(column)}, ${text}) else '{}' end`
  })
  return values.length === 0 ? `a.${side}::text` : `(a.${side} || ${values.join(' || ')})::text`
}

/** A change as the caller may know it; undefined when nothing of it is theirs to know. */
function told({ id, at, change, version, by, via, before, after }: Logged, wire: WireEntity): Change | undefined {
  const values = changedValues(before, after, wire)
  if (change === 'update' && Object.keys({ ...values.before, ...values.after }).length === 0) return undefined
  return { id, at, change, version, by, ...(via === null ? {} : { via }), ...values }
}

/** What changed of what may be known, from what to what, by wire name. */
export function changedValues(
  before: string | null,
  after: string | null,
  wire: WireEntity,
): { readonly before: JsonObject; readonly after: JsonObject } {
  const was = valuesIn(before, wire)
  const is = valuesIn(after, wire)
  const changed = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter(
    (name) => JSON.stringify(was[name] ?? null) !== JSON.stringify(is[name] ?? null),
  )
  // A value of several columns is read as a whole: an amount is nothing without its currency.
  const fields = new Set(changed.map((name) => wire.shown.get(name)!.field.name))
  const only = (values: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(values).filter(([name]) => fields.has(wire.shown.get(name)!.field.name)))
  return { before: only(was), after: only(is) }
}

function valuesIn(text: string | null, { shown }: WireEntity): JsonObject {
  if (text === null) return {}
  const values = JSON.parse(text, exactly(shown)) as JsonObject
  return Object.fromEntries(
    Object.entries(values).filter(([name]) => {
      const property = shown.get(name)
      return property !== undefined && !own.has(property.field.name)
    }),
  )
}

/** Numbers as they were written, where the type of their column has more digits than a double. */
export function exactly(properties: ReadonlyMap<string, Property>) {
  return (name: string, value: JsonValue, { source }: { readonly source?: string } = {}): JsonValue => {
    const edm = typeof value === 'number' ? properties.get(name)?.edm : undefined
    return source !== undefined && (edm === 'Edm.Decimal' || edm === 'Edm.Int64') ? source : value
  }
}

/** The names of whoever made the changes and of the records they link, read as the caller reads them. */
async function namesIn(
  platform: Platform,
  context: Context,
  wire: WireEntity,
  changes: readonly Change[],
): Promise<Record<string, string>> {
  const wanted = new Map([['user', new Set(changes.map(({ by }) => by))]])
  for (const { before, after } of changes)
    for (const values of [before, after])
      for (const [name, id] of Object.entries(values)) {
        const target = typeof id === 'string' ? targetOf(wire.shown.get(name)!, values) : undefined
        if (target !== undefined) wanted.set(target, (wanted.get(target) ?? new Set()).add(id as string))
      }
  const found = await Promise.all([...wanted].map(([name, ids]) => namesOf(platform, context, name, [...ids])))
  return Object.assign({}, ...found) as Record<string, string>
}

/** The entity that the id in a property leads to. */
function targetOf({ name, field }: Property, values: JsonObject): string | undefined {
  if (field.type !== 'lookup' || name !== `${field.name}_id`) return undefined
  const { targets, polymorphic } = linkOf(field)
  const type = values[`${field.name}_type`]
  return polymorphic ? (typeof type === 'string' ? type : undefined) : targets[0]
}
