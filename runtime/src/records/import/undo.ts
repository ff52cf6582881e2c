// Taking an import back: its transactions from the last to the first, each in one transaction. What it created is deleted, what
// it changed gets its old values, by the same writes and with the same rights as any other. What others did since stays: a
// field with another value than the import gave, a record that was changed or is in use. Each of those is told.
import { readableWire } from '@peyvand/core/access/field.ts'
import { plainText, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Entity, Id } from '@peyvand/core/model/model.ts'
import { wireOf, type Property } from '@peyvand/core/model/wire.ts'
import type { Context } from '../../context.ts'
import type { Session } from '../../db/database.ts'
import type { Platform } from '../../platform.ts'
import { writeItems } from '../bulk/write.ts'
import { lookupColumns, waysTo } from '../cascade/dependents.ts'
import { exactly } from '../history.ts'
import { readInput } from '../input.ts'
import { findIn } from '../select.ts'
import { together } from '../together.ts'
import { deleteRecord } from '../write.ts'
import { spell } from './compare.ts'
import type { Chunk, ImportRecord, KeptChange, WrittenIds } from './journal.ts'

/** Why something was left: changed by others, pointed at by records of others, not there (for this person), or refused. */
export type LeftReason = 'changed' | 'in_use' | 'gone' | 'refused'

/** A record, or fields of one, that did not go back. */
export interface Left {
  readonly entity: string
  readonly id: Id
  readonly reason: LeftReason
  /** The fields that others changed; the record's other fields went back. */
  readonly fields?: readonly string[]
  /** In the words of whatever refused it. */
  readonly detail?: string
}

/** What came of taking back: `left` are records of which something stayed. */
export interface Undone {
  readonly deleted: number
  readonly restored: number
  readonly left: readonly Left[]
}

export interface UndoOrder {
  readonly record: ImportRecord
  readonly hold: (session: Session) => Promise<void>
  readonly progress: (done: number, total: number) => Promise<void>
  readonly signal: AbortSignal
}

/** Takes an import back, from where it was stopped. throws: Problem, or what `hold` throws. */
export async function undoImport(platform: Platform, context: Context, order: UndoOrder): Promise<void> {
  const { record, hold, signal, progress } = order
  const total = record.progress.chunks
  for (;;) {
    signal.throwIfAborted()
    const chunk = await lastChunk(context, record.id)
    if (chunk === undefined) return
    await together(platform, context, async (one, inside) => {
      await hold(inside.database)
      const own = await ownTransactions(inside, record.id)
      const undone = await undoChunk(one, inside, chunk, own)
      await inside.database.query({
        text: `update "${inside.schema}"._import_chunk set undone = $3::jsonb, undo_xid = pg_current_xact_id()
          where import_id = $1::uuid and number = $2::int`,
        values: [record.id, chunk.number, JSON.stringify(undone)],
      })
    })
    await progress(total - chunk.number + 1, total)
  }
}

/** The last transaction of an import that is not taken back yet. */
async function lastChunk({ database, schema }: Context, id: Id): Promise<Chunk | undefined> {
  const { rows } = await database.query<Chunk>({
    text: `select c.number, c.xid::text as xid, c.writes from "${schema}"._import_chunk c
      where c.import_id = $1::uuid and c.undone is null order by c.number desc limit 1`,
    values: [id],
  })
  return rows[0]
}

/** The transactions of an import and of its undoing: what they wrote is nobody else's. */
async function ownTransactions({ database, schema }: Context, id: Id): Promise<string[]> {
  const { rows } = await database.query<{ xid: string }>({
    text: `select c.xid::text as xid from "${schema}"._import_chunk c where c.import_id = $1::uuid
      union select c.undo_xid::text from "${schema}"._import_chunk c where c.import_id = $1::uuid and c.undo_xid is not null`,
    values: [id],
  })
  return rows.map(({ xid }) => xid)
}

async function undoChunk(platform: Platform, context: Context, chunk: Chunk, own: readonly string[]): Promise<Undone> {
  const [left, count] = [[] as Left[], { deleted: 0, restored: 0 }]
  for (const written of chunk.writes.toReversed()) {
    const entity = context.model.entityById.get(written.entity)
    // An entity that was dropped took its records along.
    if (entity === undefined) continue
    const restored = await restore(platform, context, entity, { written, xid: chunk.xid })
    const deleted = await remove(platform, context, entity, written.created ?? [], own)
    count.restored += restored.done
    count.deleted += deleted.done
    left.push(...restored.left, ...deleted.left)
  }
  return { ...count, left }
}

interface Part {
  readonly done: number
  readonly left: readonly Left[]
}

const nothing: Part = { done: 0, left: [] }

/** Gives changed records their old values, field by field. */
async function restore(
  platform: Platform,
  context: Context,
  entity: Entity,
  { written: { updated = [], changes }, xid }: { readonly written: WrittenIds; readonly xid: string },
): Promise<Part> {
  if (updated.length === 0) return nothing
  const { model, actor } = context
  const kept = changes === undefined ? await auditOf(context, entity, updated, xid) : new Map(Object.entries(changes))
  const properties = readableWire(model, actor, entity.id).properties
  const writable = [...properties.values()].filter(({ readOnly, name }) => !readOnly && name !== 'id')
  const records = await findIn(context, entity, ['id'], updated, [['id'], ...writable.map(({ name }) => [name])])
  const now = new Map(records.map((record) => [plainText(record['id']), record]))
  const left: Left[] = []
  const items = updated.flatMap((id) => {
    const [record, change] = [now.get(id), kept.get(id)]
    if (record === undefined || change === undefined) {
      left.push({ entity: entity.name, id, reason: record === undefined ? 'gone' : 'refused' })
      return []
    }
    const { body, others } = goesBack(writable, record, change)
    if (others.length > 0) left.push({ entity: entity.name, id, reason: 'changed', fields: others })
    if (Object.keys(body).length === 0) return []
    const input = readInput(context, entity, body, 'update', id)
    if (!(input instanceof Problem)) return [{ operation: 'update' as const, id, ...input }]
    left.push({ entity: entity.name, id, reason: 'refused', detail: input.message })
    return []
  })
  const outcomes = items.length === 0 ? [] : await writeItems(platform, context, entity, items, false)
  for (const [i, outcome] of outcomes.entries())
    if (outcome instanceof Problem)
      left.push({ entity: entity.name, id: items[i]!.id, reason: 'refused', detail: outcome.message })
  return { done: outcomes.filter((outcome) => !(outcome instanceof Problem)).length, left }
}

/** What one record gets back, and which fields others have changed since. */
function goesBack(
  properties: readonly Property[],
  record: JsonObject,
  { before, after }: KeptChange,
): { body: Record<string, JsonValue>; others: string[] } {
  const body: Record<string, JsonValue> = {}
  const others: string[] = []
  for (const { name, kind } of properties) {
    if (!(name in before) || !(name in after)) continue
    const same = (a: JsonValue | undefined, b: JsonValue | undefined) => spell(kind, a) === spell(kind, b)
    if (same(before[name], after[name]) || same(before[name], record[name])) continue
    if (same(after[name], record[name])) body[name] = before[name]!
    else others.push(name)
  }
  return { body, others }
}

/** What the audit log says that one transaction changed. */
async function auditOf(
  { database, schema, model }: Context,
  entity: Entity,
  ids: readonly Id[],
  xid: string,
): Promise<Map<Id, KeptChange>> {
  const { rows } = await database.query<{ id: Id; before: string; after: string }>({
    text: `select a.record_id::text as id, a.before::text as before, a.after::text as after from "${schema}"._audit a
      where a.record_id = any($1::uuid[]) and a.entity_id = $2::uuid and a.xid = $3::xid8 and a.change = 'update'
      order by a.record_id, a.at, a.version`,
    values: [ids, entity.id, xid],
  })
  const { properties } = wireOf(model, entity)
  const read = (text: string) => JSON.parse(text, exactly(properties)) as JsonObject
  const changes = new Map<Id, KeptChange>()
  for (const { id, before, after } of rows) {
    // Two changes in one transaction are one: from what was before the first to what is after the last.
    const earlier = changes.get(id)
    changes.set(id, {
      before: { ...read(before), ...earlier?.before },
      after: { ...earlier?.after, ...read(after) },
    })
  }
  return changes
}

/** Deletes created records that nobody has changed since and no record of others points at. */
async function remove(
  platform: Platform,
  context: Context,
  entity: Entity,
  ids: readonly Id[],
  own: readonly string[],
): Promise<Part> {
  if (ids.length === 0) return nothing
  const there = await lockExisting(context, entity, ids)
  const changed = await changedByOthers(context, entity, ids, own)
  const used = await usedByOthers(context, entity, ids)
  const left: Left[] = []
  let done = 0
  for (const id of ids.toReversed()) {
    const reason = !there.has(id) ? 'gone' : changed.has(id) ? 'changed' : used.has(id) ? 'in_use' : undefined
    const problem = reason ?? (await deleteOne(platform, context, entity, id))
    if (problem === undefined) done++
    else if (problem instanceof Problem) {
      const unseen = problem.code === 'missing.record'
      left.push({
        entity: entity.name,
        id,
        ...(unseen ? { reason: 'gone' } : { reason: 'refused', detail: problem.message }),
      })
    } else if (problem !== 'gone') left.push({ entity: entity.name, id, reason: problem })
  }
  return { done, left }
}

/** Deletes a record in a savepoint of its own: one that is refused takes nothing else along. */
async function deleteOne(platform: Platform, context: Context, { name }: Entity, id: Id): Promise<Problem | undefined> {
  try {
    await context.database.transaction(() => deleteRecord(platform, context, name, { id }, { returning: 'nothing' }))
    return undefined
  } catch (thrown) {
    if (thrown instanceof Problem) return thrown
    throw thrown
  }
}

/** The records that are still there, locked so that nobody changes them between the look and the deletion. */
async function lockExisting({ database, schema }: Context, entity: Entity, ids: readonly Id[]): Promise<Set<Id>> {
  const { rows } = await database.query<{ id: Id }>({
    text: `select t."id"::text as id from "${schema}"."${entity.name}" t where t."id" = any($1::uuid[]) order by t."id" for update`,
    values: [ids],
  })
  return new Set(rows.map(({ id }) => id))
}

/** Which records another transaction has changed, as the logs say; without audit they reach back `DELTA_DAYS`. */
async function changedByOthers(
  { database, schema }: Context,
  entity: Entity,
  ids: readonly Id[],
  own: readonly string[],
): Promise<Set<Id>> {
  const log = entity.audit ? '_audit' : '_change'
  const { rows } = await database.query<{ id: Id }>({
    text: `select distinct a.record_id::text as id from "${schema}"."${log}" a where a.record_id = any($1::uuid[])
      and a.entity_id = $2::uuid and a.change in ('create', 'update') and not (a.xid = any($3::xid8[])) and a.xid <> pg_current_xact_id()`,
    values: [ids, entity.id, own],
  })
  return new Set(rows.map(({ id }) => id))
}

/** Which records others point at. Those of this import that did are gone by now, or stay. */
async function usedByOthers(
  { database, schema, model }: Context,
  entity: Entity,
  ids: readonly Id[],
): Promise<Set<Id>> {
  const parts = waysTo(model, entity).map((way) => {
    const { column, typeColumn } = lookupColumns(model, way)
    const from = model.entityById.get(way.from)!
    const typed = typeColumn === undefined ? '' : ` and t."${typeColumn}" = '${entity.name}'`
    const foreign = from.id === entity.id ? ' and not (t."id" = any($1::uuid[]))' : ''
    return `select t."${column}"::text as id from "${schema}"."${from.name}" t where t."${column}" = any($1::uuid[])${typed}${foreign}`
  })
  if (parts.length === 0) return new Set()
  const { rows } = await database.query<{ id: Id }>({ text: parts.join(' union '), values: [ids] })
  return new Set(rows.map(({ id }) => id))
}

/** What came of taking an import back, all chunks together; of what was left at most `most`. */
export async function undoneOf(
  session: Session,
  schema: string,
  id: Id,
  most: number,
): Promise<Undone & { readonly leftCount: number }> {
  const { rows } = await session.query<{ deleted: number; restored: number; count: number; left: Left[] | null }>({
    text: `select coalesce(sum((c.undone ->> 'deleted')::int), 0)::int as deleted, coalesce(sum((c.undone ->> 'restored')::int), 0)::int as restored,
        coalesce(sum(jsonb_array_length(c.undone -> 'left')), 0)::int as count,
        (select jsonb_agg(l.value) from (select l.value from "${schema}"._import_chunk d, jsonb_array_elements(d.undone -> 'left') l
          where d.import_id = $1::uuid order by d.number limit $2::int) l) as left
      from "${schema}"._import_chunk c where c.import_id = $1::uuid and c.undone is not null`,
    values: [id, most],
  })
  const { deleted = 0, restored = 0, count: leftCount = 0, left } = rows[0] ?? {}
  return { deleted, restored, leftCount, left: left ?? [] }
}
