// What publishes took away and can still be had again: entities, fields and keys that are in no definition any more. Found by
// walking the history back; what of them lies in the database is known by the names that were logged. Decides nothing about
// how they come back: a restore is a publish like any other.
import type { DroppedItem } from '@peyvand/core/answer/bin.ts'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import type { Label } from '@peyvand/core/base/label.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Step, Table, TableColumn, Tables } from '@peyvand/core/plan/steps.ts'
import { keyOf } from '@peyvand/core/solution/merge.ts'
import type { Session } from '../db/database.ts'
import { mergeStored } from './assemble.ts'
import type { Change } from './change.ts'
import { closedAgain, closingsOf, type Closing } from './closed.ts'
import type { State } from './current.ts'
import type { LoggedStep } from './history.ts'
import { applyChanges, type Changes } from './store.ts'

/** The same with what brings it back. */
export interface Dropped extends Omit<DroppedItem, 'closed'> {
  /** Id of the entity. */
  readonly table: string
  /** The definition, or the part of one, as it was. */
  readonly body: JsonObject
  /** Views and forms that were only about the entity and went with it. */
  readonly along: readonly JsonObject[]
  /** What roles had closed of it. */
  readonly closings: readonly Closing[]
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
    if (!present.has(item.id) && !found.has(item.id) && isThere(item, kept)) found.set(item.id, item)
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

function isThere({ kind, tables, columns }: Dropped, kept: ReadonlySet<string>): boolean {
  if (kind === 'entity' && tables.length === 0) return false
  return [...tables, ...columns].every(({ name }) => kept.has(name))
}

/** Ids of entities and of their fields and keys. */
function idsOf(definitions: readonly JsonObject[]): Set<string> {
  return new Set(
    definitions.flatMap((definition) =>
      [definition, ...partsOf(definition, 'fields'), ...partsOf(definition, 'keys')].map(({ id }) => id as string),
    ),
  )
}

function partsOf(definition: JsonObject, list: 'fields' | 'keys'): JsonObject[] {
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
      closings:
        kind === 'key' ? [] : closingsOf(before, entity, kind === 'field' ? (body['name'] as string) : undefined),
      tables: [],
      columns: [],
    })
    if (now === undefined) {
      const along = before.filter((one) => one['entity'] === entity && !left.has(one['id']))
      return [{ ...item('entity', definition), along, tables: entry.steps.flatMap((one) => binnedTable(one, table)) }]
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

function takesAway(step: Step, table: string, id: string): boolean {
  if (step.kind === 'drop_table') return step.table.id === id
  return step.kind === 'drop_column' && step.table === table && step.column.id.startsWith(id)
}

const renamed = / rename (?:column "[^"]+" )?to "(_bin_[^"]+)"$/

function binned(sql: readonly string[]): string | undefined {
  return sql.map((text) => renamed.exec(text)?.[1]).find(Boolean)
}

/** The table as it lies in the bin: under another name, without indexes and references. */
function binnedTable({ step, sql }: LoggedStep, id: string): Table[] {
  const name = step.kind === 'drop_table' && step.table.id === id ? binned(sql) : undefined
  return name === undefined || step.kind !== 'drop_table' ? [] : [{ ...step.table, name }]
}

/** A column as it lies in the bin. What was worked out from others is worked out again. */
function binnedColumn({ step, sql }: LoggedStep, table: string, field: string): TableColumn[] {
  if (step.kind !== 'drop_column' || step.table !== table || step.column.derived !== undefined) return []
  const name = step.column.id.startsWith(field) ? binned(sql) : undefined
  return name === undefined ? [] : [{ ...step.column, name, notNull: false }]
}

/** The tables with something of the bin in them, so that a plan finds it there and gives it its name again. */
export function withBinned(tables: Tables, { table, tables: binnedTables, columns }: Dropped): Tables {
  const next = new Map(tables)
  for (const one of binnedTables) next.set(one.id, one)
  const at = next.get(table)
  if (at !== undefined && columns.length > 0) next.set(table, { ...at, columns: [...at.columns, ...columns] })
  return next
}

/** The change that brings something back, under another name where one is given. throws: Problem. */
export function restoreChange({ definitions }: State, item: Dropped, given?: string): Change[] {
  const { kind, body, along, table } = item
  const put = (definition: JsonObject): Change => ({ op: 'put', definition })
  const owner = definitions.find(({ id }) => id === table)
  if (kind !== 'entity' && owner === undefined)
    throw new Problem('plan.blocked', {
      detail: `The entity "${item.entity}" is not there any more`,
      hint: 'Restore the entity first.',
    })
  const others =
    kind === 'entity'
      ? definitions.filter((one) => one['kind'] === 'entity')
      : partsOf(owner!, kind === 'key' ? 'keys' : 'fields')
  const name = given ?? item.name
  if (others.some((one) => one['name'] === name))
    throw new Problem('plan.blocked', {
      detail: `The name "${name}" was taken meanwhile`,
      hint: `Restore it under another name, like "${freeName(name, others)}".`,
    })
  const named = { ...body, name }
  if (kind === 'key') return [put({ ...owner!, keys: [...partsOf(owner!, 'keys'), named] })]
  if (kind === 'field') {
    const roles = closedAgain(definitions, item.closings, { entity: owner!['name'] as string, field: name })
    return [{ ...owner!, fields: [...partsOf(owner!, 'fields'), named] }, ...roles].map(put)
  }
  const taken = new Set(definitions.map(keyOf))
  const free = along.filter((one) => !taken.has(keyOf(one)))
  const entitySet: JsonObject = name === item.name ? {} : { entitySet: `${name}s` }
  const roles = closedAgain(definitions, item.closings, { entity: name })
  return [{ ...named, ...entitySet }, ...free.map((one) => ({ ...one, entity: name })), ...roles].map(put)
}

/** The name, or the next one like it that nothing has. */
export function freeName(name: string, others: readonly JsonObject[]): string {
  const taken = new Set(others.map((one) => one['name']))
  for (let i = 2; ; i++) if (!taken.has(`${name}_${i}`)) return `${name}_${i}`
}
