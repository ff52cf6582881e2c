// Two physical schemas → the steps from one to the other, matched by id: a rename is a rename. Decides what changes, not in
// which order (order.ts) and not at what cost (risk.ts).
import { shadowId } from '../query/shadows/shadow.ts'
import { moveStep, type Wishes } from './moved.ts'
import { order } from './order.ts'
import type { Otherwise, Step, StepOf, Table, TableColumn, TableForeignKey, TableIndex, Tables } from './steps.ts'

/**
 * The ordered steps from `now` to `next`; `wishes` says which values go along with a field to another table, and what becomes
 * of those that would not convert. law: none when they are the same; applied to `now` they give `next`.
 */
export function diff(now: Tables, next: Tables, wishes: Wishes = {}): Step[] {
  const steps = (wishes.moves ?? []).flatMap((move): Step[] => moveStep(move, now, next, wishes.stamp ?? ''))
  const moved = new Map(steps.flatMap((step) => (step.kind === 'move_values' ? movedIn(step) : [])))
  const names = newNames(now, next)
  for (const table of now.values()) if (!next.has(table.id)) steps.push(...dropTable(table))
  for (const table of next.values()) {
    const before = now.get(table.id)
    steps.push(
      ...(before === undefined
        ? createTable(table)
        : changeTable(before, table, { names, moved, otherwise: wishes.otherwise })),
    )
  }
  return order(steps, now)
}

function dropTable(table: Table): Step[] {
  return [
    ...table.foreignKeys.map((foreignKey): Step => ({ kind: 'drop_foreign_key', table: table.id, foreignKey })),
    ...table.indexes.map((index): Step => ({ kind: 'drop_index', table: table.id, index })),
    { kind: 'drop_table', table: { ...table, indexes: [], foreignKeys: [] } },
  ]
}

function createTable(table: Table): Step[] {
  return [
    { kind: 'create_table', table: { ...table, indexes: [], foreignKeys: [] } },
    ...table.indexes.map((index): Step => ({ kind: 'add_index', table: table.id, index })),
    ...table.foreignKeys.map((foreignKey): Step => ({ kind: 'add_foreign_key', table: table.id, foreignKey })),
  ]
}

/** The columns whose values come from another table, by table and id. */
function movedIn({ table, columns }: StepOf<'move_values'>): [string, true][] {
  return columns.map(({ column }) => [`${table} ${column.id}`, true])
}

/** Both sides of a change, and what is wished beyond them. */
interface Sides {
  /** Table name of now → its name in next. */
  readonly names: ReadonlyMap<string, string | undefined>
  readonly moved: ReadonlyMap<string, true>
  readonly otherwise?: ReadonlyMap<string, Otherwise>
}

function changeTable(before: Table, after: Table, { names: tables, moved, otherwise }: Sides): Step[] {
  if (before === after && before.foreignKeys.every(({ table }) => tables.get(table) === table)) return []
  const steps: Step[] = []
  const table = before.id
  if (before.name !== after.name) steps.push({ kind: 'rename_table', table, from: before.name, to: after.name })
  const kept = byId(after.columns)
  const known = byId(before.columns)
  const names = new Map(before.columns.map((column) => [column.name, kept.get(column.id)?.name]))
  const twins = new Map(after.columns.map((column) => [column.id, twinFor(known.get(column.id), column, before)]))
  const taken = new Set([...twins.values()].map((twin) => twin?.id))
  // What reads a column goes before it, so that on the way back it comes after it and is filled from it.
  const gone = before.columns.filter((column) => !kept.has(column.id) && !taken.has(column.id))
  const shadowsFirst = [...gone.filter(({ derived }) => derived), ...gone.filter(({ derived }) => !derived)]
  for (const column of shadowsFirst) steps.push({ kind: 'drop_column', table, column })
  const changed = after.columns.filter(
    (column) => isRewritten(known.get(column.id), column) && twins.get(column.id) === undefined,
  )
  const rewritten = new Set(changed.map((column) => column.name))
  for (const column of after.columns) {
    const reads = changed.some(({ id }) => column.derived?.includes(`{{${id}}}`))
    steps.push(
      ...changeColumn(table, known.get(column.id), column, {
        reads,
        twin: twins.get(column.id),
        isMoved: moved.has(`${table} ${column.id}`),
        otherwise: otherwise?.get(column.id),
      }),
    )
  }
  steps.push(...changeIndexes(before, after, names, rewritten))
  steps.push(...changeForeignKeys(before, after, names, tables))
  return steps
}

interface Context {
  readonly reads: boolean
  readonly twin: TableColumn | undefined
  readonly isMoved: boolean
  readonly otherwise: Otherwise | undefined
}

function changeColumn(
  table: string,
  before: TableColumn | undefined,
  after: TableColumn,
  { reads, twin, isMoved, otherwise }: Context,
): Step[] {
  if (before === undefined) return addColumn(table, after, isMoved)
  const steps: Step[] = []
  if (after.derived !== undefined) return changeShadow(table, before, after, reads)
  if (before.name !== after.name)
    steps.push({ kind: 'rename_column', table, column: after.id, from: before.name, to: after.name })
  const named = { ...before, name: after.name }
  if (before.notNull && !after.notNull) steps.push({ kind: 'drop_not_null', table, column: before })
  if (isRetyped(before, after))
    steps.push({
      kind: 'retype_column',
      table,
      from: { ...named, notNull: before.notNull && after.notNull },
      to: { ...after, notNull: before.notNull && after.notNull },
      ...(twin === undefined ? (otherwise === undefined ? {} : { otherwise }) : { twin }),
    })
  if (!before.notNull && after.notNull) {
    if (after.fill !== undefined) steps.push({ kind: 'backfill', table, column: { ...after, notNull: false } })
    steps.push({ kind: 'set_not_null', table, column: { ...after, notNull: false } })
  }
  return steps
}

/** Nothing in a shadow is worth keeping: one of another type is made anew, one of another expression is filled again. */
function changeShadow(table: string, before: TableColumn, after: TableColumn, readsChanged: boolean): Step[] {
  if (isRewritten(before, after)) return [{ kind: 'drop_column', table, column: before }, ...addColumn(table, after)]
  const steps: Step[] = []
  if (before.name !== after.name)
    steps.push({ kind: 'rename_column', table, column: after.id, from: before.name, to: after.name })
  if (before.derived !== after.derived || readsChanged)
    steps.push({ kind: 'backfill', table, column: after, before: before.derived })
  return steps
}

/**
 * A required column with a default is added in one go; without one it becomes NOT NULL in a step of its own. One whose values
 * come from elsewhere is open until they are there, and only what is left then gets the default.
 */
function addColumn(table: string, column: TableColumn, isMoved = false): Step[] {
  if (column.derived !== undefined)
    return [
      { kind: 'add_column', table, column },
      { kind: 'backfill', table, column },
    ]
  if (!column.notNull || (column.fill !== undefined && !isMoved))
    return [
      { kind: 'add_column', table, column },
      ...(column.unsuited === undefined ? [] : [{ kind: 'backfill', table, column } as const]),
    ]
  const open = { ...column, notNull: false }
  return [
    { kind: 'add_column', table, column: open },
    ...(isMoved && column.fill !== undefined ? [{ kind: 'backfill', table, column: open } as const] : []),
    { kind: 'set_not_null', table, column: open },
  ]
}

/** The twin of a column that changes its type, if it has the values of that type already. */
function twinFor(before: TableColumn | undefined, after: TableColumn, table: Table): TableColumn | undefined {
  if (before === undefined || !isRetyped(before, after)) return undefined
  const twin = table.columns.find(({ id }) => id === shadowId(after.id, 'twin'))
  return twin?.sqlType === after.sqlType && twin.collation === after.collation ? twin : undefined
}

function isRetyped(before: TableColumn, after: TableColumn): boolean {
  return before.type !== after.type || isRewritten(before, after)
}

function isRewritten(before: TableColumn | undefined, after: TableColumn): boolean {
  return before !== undefined && (before.sqlType !== after.sqlType || before.collation !== after.collation)
}

/** An index is made anew when its columns are others, or when the values in them are. */
function changeIndexes(
  before: Table,
  after: Table,
  names: ReadonlyMap<string, string | undefined>,
  rewritten: ReadonlySet<string>,
): Step[] {
  const table = before.id
  const steps: Step[] = []
  const wanted = byId(after.indexes)
  const isSame = (index: TableIndex): boolean => {
    const other = wanted.get(index.id)
    const columns = index.columns.map((column) => names.get(column))
    return (
      other !== undefined &&
      other.name === index.name &&
      other.unique === index.unique &&
      other.trigrams === index.trigrams &&
      other.columns.join() === columns.join() &&
      !other.columns.some((column) => rewritten.has(column))
    )
  }
  const same = new Set(before.indexes.filter(isSame).map((index) => index.id))
  for (const index of before.indexes) if (!same.has(index.id)) steps.push({ kind: 'drop_index', table, index })
  for (const index of after.indexes) if (!same.has(index.id)) steps.push({ kind: 'add_index', table, index })
  return steps
}

function changeForeignKeys(
  before: Table,
  after: Table,
  names: ReadonlyMap<string, string | undefined>,
  tables: ReadonlyMap<string, string | undefined>,
): Step[] {
  const table = before.id
  const steps: Step[] = []
  const wanted = byId(after.foreignKeys)
  const isSame = (key: TableForeignKey): boolean => {
    const other = wanted.get(key.id)
    return (
      other !== undefined &&
      other.name === key.name &&
      other.onDelete === key.onDelete &&
      other.column === names.get(key.column) &&
      other.table === tables.get(key.table)
    )
  }
  const same = new Set(before.foreignKeys.filter(isSame).map((key) => key.id))
  for (const foreignKey of before.foreignKeys)
    if (!same.has(foreignKey.id)) steps.push({ kind: 'drop_foreign_key', table, foreignKey })
  for (const foreignKey of after.foreignKeys)
    if (!same.has(foreignKey.id)) steps.push({ kind: 'add_foreign_key', table, foreignKey })
  return steps
}

/** Table name of now → its name in next, undefined when it goes. */
function newNames(now: Tables, next: Tables): ReadonlyMap<string, string | undefined> {
  return new Map([...now.values()].map((table) => [table.name, next.get(table.id)?.name]))
}

function byId<P extends { readonly id: string }>(parts: readonly P[]): ReadonlyMap<string, P> {
  return new Map(parts.map((part) => [part.id, part]))
}
