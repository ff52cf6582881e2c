// What publishes took away and can still be had again: entities, fields and keys that are in no definition any more. Found by
// walking the history back; what of them lies in the database is known by the names that were logged. Decides nothing about
// how they come back: that is restore.ts's.
import type { DroppedItem } from '@peyvand/core/answer/bin.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import type { Label } from '@peyvand/core/base/label.ts'
import type { Step, Table, TableColumn } from '@peyvand/core/plan/steps.ts'
import type { Session } from '../db/database.ts'
import { mergeStored } from './assemble.ts'
import type { State } from './current.ts'
import type { LoggedStep } from './history.ts'
import { lostWith, type Lost } from './lost.ts'
import { applyChanges, type Changes } from './store.ts'

/** The same with what brings it back. */
export interface Dropped extends Omit<DroppedItem, 'closed' | 'opened'> {
  /** Id of the entity. */
  readonly table: string
  /** The definition, or the part of one, as it was. */
  readonly body: JsonObject
  /** Views, forms and relationships that were about the entity and went with it. */
  readonly along: readonly JsonObject[]
  /** What roles had opened and closed of it. */
  readonly lost: readonly Lost[]
  readonly tables: readonly Table[]
  readonly columns: readonly TableColumn[]
}

interface Entry {
  readonly id: string
  readonly revision: number
  readonly actor: string
  readonly at: string
  readonly steps: readonly LoggedStep[]
  readonly before: Changes
}

/** Everything that can still be had again, the newest first. */
export async function droppedFrom(session: Session, schema: string, state: State, days: number): Promise<Dropped[]> {
  const { rows: binned } = await session.query<{ name: string }>({
    text: `select b.bin_name as name from "${schema}"._bin b`,
  })
  const kept = new Set(binned.map(({ name }) => name))
  const found = new Map<string, Dropped>()
  const present = idsOf(state.definitions)
  for (const item of await dropsOf(session, schema, state, days))
    if (!present.has(item.id) && !found.has(item.id) && isThere(item, kept)) found.set(item.id, withLinks(item, kept))
  return [...found.values()]
}

/** Every time that something was dropped in so many days, the newest first; what came back is among them. */
export async function dropsOf(session: Session, schema: string, state: State, days: number): Promise<Dropped[]> {
  const { rows } = await session.query<Entry>({
    text: `select h.id, h.revision, h.actor_name as actor, to_json(h.at) as at, h.steps, h.before from "${schema}"._history h
      where h.at > now() - make_interval(days => $1::int) and h.revision <= $2::int order by h.revision desc`,
    values: [days, state.stored.revision],
  })
  const drops: Dropped[] = []
  let { stored } = state
  for (const entry of rows) {
    const before = applyChanges(stored, entry.before, entry.revision - 1)
    if (entry.before.definitions.some(({ kind, body }) => kind === 'entity' && body !== null))
      drops.push(...itemsOf(entry, mergeStored(before).definitions, mergeStored(stored).definitions, days))
    stored = before
  }
  return drops
}

function isThere({ kind, id, tables, columns }: Dropped, kept: ReadonlySet<string>): boolean {
  const own = tables.filter((one) => one.id === id)
  if (kind === 'entity' && own.length === 0) return false
  return [...own, ...columns].every(({ name }) => kept.has(name))
}

/** With those relationships alone whose links are there still: the entity at the other end can have brought them back. */
function withLinks(item: Dropped, kept: ReadonlySet<string>): Dropped {
  const taken = new Set(item.tables.flatMap((one) => (kept.has(one.name) ? [] : [one.id])))
  return taken.size === 0 ? item : without(item, taken)
}

/** Without some of what went along, and its tables. */
export function without(item: Dropped, ids: ReadonlySet<unknown>): Dropped {
  return {
    ...item,
    along: item.along.filter(({ id }) => !ids.has(id)),
    tables: item.tables.filter(({ id }) => !ids.has(id)),
  }
}

/** Ids of entities and of their fields and keys. */
function idsOf(definitions: readonly JsonObject[]): Set<string> {
  return new Set(
    definitions.flatMap((definition) =>
      [definition, ...partsOf(definition, 'fields'), ...partsOf(definition, 'keys')].map(({ id }) => id as string),
    ),
  )
}

/** The fields or keys of an entity. */
export function partsOf(definition: JsonObject, list: 'fields' | 'keys'): JsonObject[] {
  return definition['kind'] === 'entity' && Array.isArray(definition[list]) ? (definition[list] as JsonObject[]) : []
}

function itemsOf(entry: Entry, before: readonly JsonObject[], after: readonly JsonObject[], days: number): Dropped[] {
  const left = new Map(after.map((definition) => [definition['id'], definition]))
  const common = {
    actor: entry.actor,
    at: entry.at,
    change: entry.id,
    expires: new Date(new Date(entry.at).getTime() + days * 86_400_000).toISOString(),
  }
  return before.flatMap((definition): Dropped[] => {
    if (definition['kind'] !== 'entity') return []
    const [table, entity] = [definition['id'] as string, definition['name'] as string]
    const now = left.get(definition['id'])
    const item = (kind: Dropped['kind'], body: JsonObject): Dropped => ({
      ...common,
      id: body['id'] as string,
      kind,
      name: body['name'] as string,
      label: (body['label'] ?? body['name']) as Label,
      entity,
      table,
      body,
      rows: entry.steps.find(({ step }) => takesAway(step, table, body['id'] as string))?.count ?? null,
      along: [],
      lost: kind === 'key' ? [] : lostWith(before, entity, kind === 'field' ? (body['name'] as string) : undefined),
      tables: [],
      columns: [],
    })
    if (now === undefined) {
      const along = before.filter((one) => entitiesOf(one).includes(entity) && !left.has(one['id']))
      const ids = new Set([table, ...along.map((one) => one['id'] as string)])
      return [{ ...item('entity', definition), along, tables: entry.steps.flatMap((one) => binnedTable(one, ids)) }]
    }
    const gone = (list: 'fields' | 'keys') => {
      const kept = new Set(partsOf(now, list).map(({ id }) => id))
      return partsOf(definition, list).filter(({ id }) => !kept.has(id))
    }
    return [
      ...gone('fields').map((field) => ({
        ...item('field', field),
        columns: entry.steps.flatMap((one) => binnedColumn(one, table, field['id'] as string)),
      })),
      ...gone('keys').map((key) => item('key', key)),
    ]
  })
}

/** Where a relationship says its entities. */
export const ends = ['from', 'to', 'through'] as const

/** The entities that a definition is about: one, or those at the ends of a relationship and between them. */
function entitiesOf(definition: JsonObject): JsonValue[] {
  return definition['kind'] === 'relationship'
    ? ends.flatMap((end) => (isJsonObject(definition[end]) ? [definition[end]['entity']!] : []))
    : [definition['entity'] ?? null]
}

function takesAway(step: Step, table: string, id: string): boolean {
  if (step.kind === 'drop_table') return step.table.id === id
  return step.kind === 'drop_column' && step.table === table && step.column.id.startsWith(id)
}

const renamed = / rename (?:column "[^"]+" )?to "(_bin_[^"]+)"$/

function binned(sql: readonly string[]): string | undefined {
  return sql.map((text) => renamed.exec(text)?.[1]).find(Boolean)
}

/** One of some tables as it lies in the bin: under another name, without indexes and references. */
function binnedTable({ step, sql }: LoggedStep, ids: ReadonlySet<string>): Table[] {
  const name = step.kind === 'drop_table' && ids.has(step.table.id) ? binned(sql) : undefined
  return name === undefined || step.kind !== 'drop_table' ? [] : [{ ...step.table, name }]
}

/** A column as it lies in the bin. What was worked out from others is worked out again. */
function binnedColumn({ step, sql }: LoggedStep, table: string, field: string): TableColumn[] {
  if (step.kind !== 'drop_column' || step.table !== table || step.column.derived !== undefined) return []
  const name = step.column.id.startsWith(field) ? binned(sql) : undefined
  return name === undefined ? [] : [{ ...step.column, name, notNull: false }]
}
