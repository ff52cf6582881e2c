// Statements about a whole table: made, renamed, and dropped into the recycle bin, out of which it may come back.
import { hash48 } from '../../base/hash.ts'
import { quoteName } from '../../base/sql.ts'
import { binName, qualified } from '../context.ts'
import type { Table } from '../steps.ts'
import { columnType } from './column.ts'
import { renameIndex } from './indexes.ts'
import type { Ddl, Place } from './place.ts'

/** Makes a table with all its columns; what refers to others follows when all tables are there. */
export function createTable(table: Table, on: string): string {
  const columns = table.columns.map(
    (column) => `${quoteName(column.name)} ${columnType(column)}${column.notNull ? ' not null' : ''}`,
  )
  const key = table.columns.some((column) => column.name === 'id')
    ? [`constraint ${quoteName(primaryKeyName(table))} primary key ("id")`]
    : []
  return `create table ${on} (${[...columns, ...key].join(', ')})`
}

/** The name of a table's primary key, made of its id. */
export function primaryKeyName(table: { readonly id: string }): string {
  return `pk_${hash48(table.id)}`
}

/** Into the recycle bin, with its primary key, so that a table of the same name or id can be made again. */
export function dropTable(table: Table, { schema, context }: Place): Ddl {
  const bin = binName(table.id, table.name, context.stamp)
  const [key, binKey] = [primaryKeyName(table), binName(table.id, 'pk', context.stamp)]
  return {
    sql: [renameTable(schema, table.name, bin), renameIndex(schema, key, binKey)],
    undo: [renameIndex(schema, binKey, key), renameTable(schema, bin, table.name)],
  }
}

/** A table that leaves the recycle bin has its primary key under its own name again. */
export function outOfBin(from: string, table: Table, schema: string): string[] {
  const stamped = /^_bin_[0-9a-f]{8}_/.exec(from)
  return stamped === null ? [] : [renameIndex(schema, `${stamped[0]}pk`, primaryKeyName(table))]
}

/** Renames a table. */
export function renameTable(schema: string, from: string, to: string): string {
  return `alter table ${qualified(schema, from)} rename to ${quoteName(to)}`
}
