// Decides for each row between a new record, a change and nothing, by the key of the import, and has it written. A row that
// says what is there already is not written. Rows with the key of an earlier row of the batch come after it.
import { plainText, type JsonObject } from '@peyvand/core/base/json.ts'
import type { ValueKind } from '@peyvand/core/base/kind.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { asNew, type Input, type Writer } from '../input.ts'
import type { Assignments } from './assign.ts'
import type { CellError, ReadRow } from './cell.ts'
import { changedValues, spell } from './compare.ts'
import { locate, errorAt } from './locate.ts'
import type { Store, Values } from './store.ts'

/** A row whose lookups are resolved and whose values are good. */
export interface ReadyRow {
  readonly read: ReadRow
  /** The row as a change. */
  readonly input: Input
  /** The values of the key in one spelling; absent without a key. */
  readonly key?: string
  /** The id the file gives. */
  readonly id?: string
}

/** Who is told what came of each row. */
export interface Listener {
  fail(read: ReadRow, errors: readonly CellError[]): void
  done(read: ReadRow, id: string, count: 'created' | 'updated' | 'unchanged', values: Values): void
}

export interface Placing {
  readonly writer: Writer
  readonly plan: Assignments
  readonly store: Store
  readonly kinds: ReadonlyMap<string, ValueKind>
  readonly listener: Listener
}

/** Writes rows. Every row is told of exactly once. */
export async function placeRows(placing: Placing, rows: readonly ReadyRow[]): Promise<void> {
  for (let rest = rows; rest.length > 0;) {
    const seen = new Set<string>()
    const now = new Set(rest.filter(({ key }) => key === undefined || (!seen.has(key) && seen.add(key))))
    const existing = await findExisting(placing, [...now])
    await create(
      placing,
      [...now].filter((row) => existing.get(row.key ?? '') === undefined),
    )
    await update(placing, [...now], existing)
    rest = rest.filter((row) => !now.has(row))
  }
}

/** The values of a key in one spelling. */
export function keyText(
  key: readonly string[],
  values: Readonly<Record<string, unknown>>,
  kinds: Placing['kinds'],
): string {
  return JSON.stringify(key.map((name) => spell(kinds.get(name) ?? 'text', values[name] as string)))
}

/** The records that have the keys of the rows, with every property the rows would write. */
async function findExisting(
  { plan, store, kinds }: Placing,
  rows: readonly ReadyRow[],
): Promise<Map<string, JsonObject[]>> {
  const [first] = plan.key
  if (first === undefined || rows.length === 0) return new Map()
  const values = [
    ...new Set(
      rows.map(({ input: { values: row }, id }) => spell(kinds.get(first)!, first === 'id' ? id! : row[first]!)!),
    ),
  ]
  const columns = new Set(['id', ...plan.key, ...rows.flatMap(({ input }) => Object.keys(input.values))])
  const records = await store.find(
    plan.entity,
    [first],
    values,
    [...columns].map((name) => [name]),
  )
  return Map.groupBy(records, (record) => keyText(plan.key, record, kinds))
}

async function create({ writer, plan, store, listener }: Placing, rows: readonly ReadyRow[]): Promise<void> {
  const fresh = rows.flatMap((row) => {
    const { id: _, ...body } = row.read.body
    const input =
      plan.mode === 'update'
        ? new Problem('missing.record', { detail: 'There is no record with this key' })
        : asNew(writer, plan.entity, row.input, body)
    if (!(input instanceof Problem)) return [{ row, ...input, ...(row.id === undefined ? {} : { id: row.id }) }]
    listener.fail(
      row.read,
      plan.mode === 'update' ? [errorAt(plan, row.read, plan.key[0]!, input)] : locate(plan, row.read, input),
    )
    return []
  })
  if (fresh.length === 0) return
  const ids = await store.create(plan.entity, fresh)
  fresh.forEach(({ row, values }, place) => tell(plan, listener, row.read, ids[place]!, 'created', values))
}

async function update(
  { plan, store, kinds, listener }: Placing,
  rows: readonly ReadyRow[],
  existing: ReadonlyMap<string, readonly JsonObject[]>,
): Promise<void> {
  const changes = rows.flatMap((row) => {
    const [record, ...others] = existing.get(row.key ?? '') ?? []
    if (record === undefined) return []
    if (plan.mode === 'create' || others.length > 0) {
      const detail =
        others.length > 0 ? `${others.length + 1} records have this key` : 'A record with this key is there already'
      listener.fail(row.read, [errorAt(plan, row.read, plan.key[0]!, new Problem('conflict.duplicate', { detail }))])
      return []
    }
    const id = plainText(record['id'])
    const values = changedValues(row.input.values, record, kinds)
    if (values) return [{ row, id, values, given: Object.keys(values), before: only(record, Object.keys(values)) }]
    listener.done(row.read, id, 'unchanged', row.input.values)
    return []
  })
  if (changes.length === 0) return
  const ids = await store.update(plan.entity, changes)
  changes.forEach(({ row }, place) => tell(plan, listener, row.read, ids[place]!, 'updated', row.input.values))
}

function only(record: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(names.map((name) => [name, record[name] ?? null]))
}

function tell(
  plan: Assignments,
  listener: Listener,
  read: ReadRow,
  outcome: string | Problem,
  count: 'created' | 'updated',
  values: Values,
): void {
  if (outcome instanceof Problem) listener.fail(read, locate(plan, read, outcome))
  else listener.done(read, outcome, count, values)
}
