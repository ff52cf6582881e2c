// The physical schema as plain data: how steps change it in memory. The same rules PostgreSQL has (a name is free or not,
// an index follows its column) are kept here, so that a plan can be proven before any SQL runs.
import type { Id } from '../model/model.ts'
import {
  byKind,
  type ByKind,
  type Step,
  type StepOf,
  type Table,
  type TableColumn,
  type TableForeignKey,
  type TableIndex,
  type Tables,
} from './steps.ts'

/** The tables after these steps. throws: RangeError for a step that cannot be done here. */
export function applySteps(tables: Tables, steps: readonly Step[]): Tables {
  return steps.reduce(applyStep, tables)
}

/** The tables after one step. throws: RangeError when it cannot be done. */
export function applyStep(tables: Tables, step: Step): Tables {
  return byKind(effects, step, tables)
}

const effects: ByKind<[Tables], Tables> = {
  create_table: createTable,
  drop_table: dropTable,
  rename_table: renameTable,
  add_column: (step, tables) =>
    change(tables, step.table, (table) => {
      if (table.columns.some((column) => column.id === step.column.id || column.name === step.column.name))
        refuse(step, 'the column is there')
      return { ...table, columns: [...table.columns, step.column] }
    }),
  drop_column: dropColumn,
  rename_column: (step, tables) => change(tables, step.table, (table) => renameColumn(table, step)),
  retype_column: (step, tables) => {
    const retyped = changeColumn(tables, step, step.from.id, ({ name, notNull }) => ({ ...step.to, name, notNull }))
    return step.twin === undefined ? retyped : dropColumn({ ...step, column: step.twin }, retyped)
  },
  move_values: (step, tables) =>
    change(tables, step.table, (table) => {
      for (const { column } of step.columns) columnById(table, column.id, step)
      return table
    }),
  backfill: (step, tables) => changeColumn(tables, step, step.column.id, (column) => withDerived(column, step.column)),
  check_values: (_step, tables) => tables,
  set_not_null: (step, tables) =>
    changeColumn(tables, step, step.column.id, (column) => ({ ...column, notNull: true })),
  drop_not_null: (step, tables) =>
    changeColumn(tables, step, step.column.id, (column) => ({ ...column, notNull: false })),
  add_index: (step, tables) => change(tables, step.table, (table) => addIndex(table, step)),
  drop_index: (step, tables) =>
    change(tables, step.table, (table) => ({ ...table, indexes: without(table.indexes, step.index.id, step) })),
  add_foreign_key: (step, tables) =>
    change(tables, step.table, (table) => {
      const { foreignKey } = step
      if (tableNamed(tables, foreignKey.table) === undefined) refuse(step, `there is no table ${foreignKey.table}`)
      if (table.foreignKeys.some((key) => key.name === foreignKey.name)) refuse(step, 'the foreign key is there')
      return { ...table, foreignKeys: [...table.foreignKeys, foreignKey] }
    }),
  drop_foreign_key: (step, tables) =>
    change(tables, step.table, (table) => ({
      ...table,
      foreignKeys: without(table.foreignKeys, step.foreignKey.id, step),
    })),
}

function dropColumn(
  step: StepOf<'drop_column'> | (StepOf<'retype_column'> & { readonly column: TableColumn }),
  tables: Tables,
): Tables {
  return change(tables, step.table, (table) => {
    if (uses(table, columnById(table, step.column.id, step).name)) refuse(step, 'an index or foreign key uses it')
    return { ...table, columns: table.columns.filter((column) => column.id !== step.column.id) }
  })
}

function createTable(step: StepOf<'create_table'>, tables: Tables): Tables {
  if (tables.has(step.table.id)) refuse(step, 'the table is there')
  if (tableNamed(tables, step.table.name) !== undefined) refuse(step, 'the name is taken')
  return new Map(tables).set(step.table.id, step.table)
}

function dropTable(step: StepOf<'drop_table'>, tables: Tables): Tables {
  const left = new Map(tables)
  if (!left.delete(step.table.id)) refuse(step, 'there is no such table')
  for (const table of left.values())
    if (table.foreignKeys.some((key) => key.table === step.table.name)) refuse(step, `${table.name} points at it`)
  return left
}

function addIndex(table: Table, step: StepOf<'add_index'>): Table {
  if (table.indexes.some((index) => index.name === step.index.name)) refuse(step, 'the index is there')
  const unknown = step.index.columns.find((name) => !table.columns.some((column) => column.name === name))
  if (unknown !== undefined) refuse(step, `there is no column ${unknown}`)
  return { ...table, indexes: [...table.indexes, step.index] }
}

/** A shadow is filled with the values of its newest expression. */
function withDerived(column: TableColumn, { derived }: TableColumn): TableColumn {
  return derived === undefined ? column : { ...column, derived }
}

function changeColumn(
  tables: Tables,
  step: Exclude<Step, { readonly table: Table }>,
  id: string,
  to: (column: TableColumn) => TableColumn,
): Tables {
  return change(tables, step.table, (table) => replaceColumn(table, id, step, to))
}

function renameTable(step: StepOf<'rename_table'>, tables: Tables): Tables {
  if (tableNamed(tables, step.to) !== undefined) refuse(step, 'the name is taken')
  const renamed = change(tables, step.table, (table) => ({ ...table, name: step.to }))
  const follow = (key: TableForeignKey): TableForeignKey => (key.table === step.from ? { ...key, table: step.to } : key)
  return new Map([...renamed].map(([id, table]) => [id, { ...table, foreignKeys: table.foreignKeys.map(follow) }]))
}

function renameColumn(table: Table, step: StepOf<'rename_column'>): Table {
  if (table.columns.some((column) => column.name === step.to)) refuse(step, 'the name is taken')
  const follow = (name: string): string => (name === step.from ? step.to : name)
  return {
    ...replaceColumn(table, step.column, step, (column) => ({ ...column, name: step.to })),
    indexes: table.indexes.map((index): TableIndex => ({ ...index, columns: index.columns.map(follow) })),
    foreignKeys: table.foreignKeys.map((key) => ({ ...key, column: follow(key.column) })),
  }
}

function change(tables: Tables, id: Id, to: (table: Table) => Table): Tables {
  const table = tables.get(id)
  if (table === undefined) throw new RangeError(`there is no table ${id}`)
  return new Map(tables).set(id, to(table))
}

function replaceColumn(table: Table, id: string, step: Step, to: (column: TableColumn) => TableColumn): Table {
  columnById(table, id, step)
  return { ...table, columns: table.columns.map((column) => (column.id === id ? to(column) : column)) }
}

function columnById(table: Table, id: string, step: Step): TableColumn {
  return table.columns.find((column) => column.id === id) ?? refuse(step, 'there is no such column')
}

function without<P extends { readonly id: string }>(parts: readonly P[], id: string, step: Step): P[] {
  const left = parts.filter((part) => part.id !== id)
  if (left.length === parts.length) refuse(step, 'it is not there')
  return left
}

function uses(table: Table, column: string): boolean {
  return (
    table.indexes.some((index) => index.columns.includes(column)) ||
    table.foreignKeys.some((key) => key.column === column)
  )
}

function refuse(step: Step, why: string): never {
  throw new RangeError(`${step.kind}: ${why}`)
}

/** The table of that physical name. */
export function tableNamed(tables: Tables, name: string): Table | undefined {
  for (const table of tables.values()) if (table.name === name) return table
  return undefined
}

/** The same tables in one order of everything, without what is not physical: equal schemas have equal text. */
export function canonical(tables: Tables): string {
  const byId = <P extends { readonly id: string }>(parts: readonly P[]): P[] =>
    parts.toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
  const column = ({ id, name, sqlType, collation, notNull, type, derived }: TableColumn) => [
    id,
    name,
    sqlType,
    collation ?? '',
    notNull,
    type,
    derived ?? '',
  ]
  const table = (one: Table) => [
    one.id,
    one.name,
    byId(one.columns).map(column),
    byId(one.indexes).map(({ id, name, columns, unique, trigrams = false }) => [id, name, columns, unique, trigrams]),
    byId(one.foreignKeys).map(({ id, name, column: from, table: to, onDelete }) => [id, name, from, to, onDelete]),
  ]
  return JSON.stringify(byId([...tables.values()]).map(table))
}
