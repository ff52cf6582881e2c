// A step → SQL, and the SQL back. One action per statement, every name qualified and quoted by one function; nothing is
// dropped: tables, columns and the old values of a lossy retype are renamed into the recycle bin.
import { addColumn, backfill, dropColumn, notNull, renameColumn } from './ddl/column.ts'
import { dropForeignKey, foreignKeyStatements } from './ddl/foreign-key.ts'
import { addIndex, dropIndex } from './ddl/indexes.ts'
import type { Ddl, Place } from './ddl/place.ts'
import { retypeColumn } from './ddl/retype.ts'
import { createTable, dropTable, outOfBin, renameTable } from './ddl/table.ts'
import { movedValues } from './moved.ts'
import { qualified, tableOf, type StepContext } from './context.ts'
import { byKind, type ByKind, type Step } from './steps.ts'

/** The statements of a step and those that take it back, each to be run alone, in order. */
export function ddl(step: Step, schema: string, context: StepContext): Ddl {
  const table = tableOf(step, context.tables)
  return byKind(statements, step, { schema, on: qualified(schema, table.name), table, context })
}

const statements: ByKind<[Place], Ddl> = {
  create_table: ({ table }, at) => ({ sql: [createTable(table, at.on)], undo: dropTable(table, at).sql }),
  drop_table: ({ table }, at) => dropTable(table, at),
  rename_table: ({ from, to }, { schema, table }) => ({
    sql: [renameTable(schema, from, to), ...outOfBin(from, table, schema)],
    undo: [renameTable(schema, to, from)],
  }),
  add_column: ({ column }, at) => ({ sql: addColumn(at.on, column), undo: dropColumn(column, at).sql }),
  drop_column: ({ column }, at) => dropColumn(column, at),
  rename_column: ({ from, to }, { on }) => ({ sql: [renameColumn(on, from, to)], undo: [renameColumn(on, to, from)] }),
  retype_column: (step, at) => retypeColumn(step, at),
  move_values: (step, { on, schema, context }) => {
    const { set, lacks } = movedValues(step, schema, context.tables)
    return { sql: [`update ${on} set ${set} where ${lacks}`], undo: [] }
  },
  backfill: ({ column }, { on, table }) => ({ sql: [backfill(on, column, table)], undo: [] }),
  check_values: () => ({ sql: [], undo: [] }),
  set_not_null: ({ column }, { on }) => ({
    sql: [notNull(on, column.name, true)],
    undo: [notNull(on, column.name, false)],
  }),
  drop_not_null: ({ column }, { on }) => ({
    sql: [notNull(on, column.name, false)],
    undo: [notNull(on, column.name, true)],
  }),
  add_index: ({ index }, at) => ({ sql: [addIndex(at, index)], undo: [dropIndex(at.schema, index)] }),
  drop_index: ({ index }, at) => ({ sql: [dropIndex(at.schema, index)], undo: [addIndex(at, index)] }),
  add_foreign_key: ({ foreignKey }, { on, schema }) => ({
    sql: foreignKeyStatements(schema, on, foreignKey),
    undo: [dropForeignKey(on, foreignKey)],
  }),
  drop_foreign_key: ({ foreignKey }, { on, schema }) => ({
    sql: [dropForeignKey(on, foreignKey)],
    undo: foreignKeyStatements(schema, on, foreignKey),
  }),
}
