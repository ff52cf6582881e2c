// Statements about one column: made, filled, required, renamed, and dropped into the recycle bin, where its values stay. Another
// type for it is retype.ts's.
import { hash48 } from '../../base/hash.ts'
import { quoteName, quoteText } from '../../base/sql.ts'
import { shadowId } from '../../query/shadows/shadow.ts'
import { otherwiseText } from '../../query/shadows/twin.ts'
import { binName } from '../context.ts'
import type { Table, TableColumn } from '../steps.ts'
import { dropIndex, twinIndex } from './indexes.ts'
import type { Ddl, Place } from './place.ts'

/** The type of a column as SQL, with how its texts sort. */
export function columnType(column: TableColumn): string {
  return column.collation === undefined ? column.sqlType : `${column.sqlType} collate ${quoteName(column.collation)}`
}

/** A constant default fills the rows that are there without touching them; it goes at once, because defaults are ours to give. */
export function addColumn(on: string, column: TableColumn): string[] {
  if (column.restores !== undefined) return [renameColumn(on, column.restores, column.name)]
  const add = `alter table ${on} add column ${quoteName(column.name)} ${columnType(column)}`
  if (!column.notNull) return [add]
  return [
    `${add} default ${constant(column)} not null`,
    `alter table ${on} alter column ${quoteName(column.name)} drop default`,
  ]
}

function constant({ fill, sqlType }: TableColumn): string {
  return fill === undefined ? 'null' : otherwiseText({ value: fill }, sqlType)
}

/** Into the recycle bin, where it requires nothing any more. What follows from other columns is worked out anew on the way back. */
export function dropColumn(column: TableColumn, { on, schema, table, context }: Place): Ddl {
  const bin = binName(column.id, column.name, context.stamp)
  if (column.derived !== undefined)
    return {
      sql: [...withoutProofs(column, { on, schema, table }), renameColumn(on, column.name, bin)],
      undo: [renameColumn(on, bin, column.name), backfill(on, column, table)],
    }
  return {
    sql: [renameColumn(on, column.name, bin), ...(column.notNull ? [notNull(on, bin, false)] : [])],
    undo: [renameColumn(on, bin, column.name), ...(column.notNull ? [notNull(on, column.name, true)] : [])],
  }
}

/** What a job has put around a twin goes with it. */
function withoutProofs(column: TableColumn, { on, schema, table }: Pick<Place, 'on' | 'schema' | 'table'>): string[] {
  if (!column.id.endsWith('~twin')) return []
  const main = table.columns.find(({ id }) => shadowId(id, 'twin') === column.id)
  const indexes = table.indexes.filter(({ columns }) => columns.includes(main?.name ?? ''))
  return [
    dropCheck(on, column, 'equal'),
    dropCheck(on, column, 'present'),
    ...indexes.map((index) => dropIndex(schema, twinIndex(index))),
  ]
}

/** Renames a column. */
export function renameColumn(on: string, from: string, to: string): string {
  return `alter table ${on} rename column ${quoteName(from)} to ${quoteName(to)}`
}

/** NOT NULL, set or dropped. */
export function notNull(on: string, column: string, set: boolean): string {
  return `alter table ${on} alter column ${quoteName(column)} ${set ? 'set' : 'drop'} not null`
}

/** Gives the rows that lack it a column's value. */
export function backfill(on: string, column: TableColumn, table: Table): string {
  const { set, lacks } = filling(column, table)
  return `update ${on} set ${set} where ${lacks}`
}

/** What a backfill writes into a column, and the condition on rows that need it. Over the names the table has now. */
export function filling(column: TableColumn, table: Table): Filling {
  const name = quoteName(column.name)
  const written = (value: string, has: string, lacks: string): Filling => ({ set: `${name} = ${value}`, lacks, has })
  const names = new Map([...table.columns, column].map((one) => [one.id, quoteName(one.name)]))
  const named = (text: string): string =>
    text.replaceAll(/\{\{([^{}]+)\}\}/g, (place, id: string) => names.get(id) ?? place)
  const { unsuited } = column
  if (unsuited !== undefined) {
    const rows = named(unsuited.rows)
    return written(quoteText(unsuited.fill), `not (${rows})`, rows)
  }
  if (column.derived === undefined) return written(constant(column), `${name} is not null`, `${name} is null`)
  const value = named(column.derived)
  if (column.agrees !== undefined) return written(value, named(column.agrees), `not (${named(column.agrees)})`)
  return written(value, `${name} is not distinct from ${value}`, `${name} is distinct from ${value}`)
}

/** SQL over a table: what an update sets, and which rows lack it or have it. */
export interface Filling {
  readonly set: string
  readonly lacks: string
  readonly has: string
}

/** A check that proves something of every row while a job works: that there is a value, that a twin has the right one. */
export function checkName(column: { readonly id: string }, proves: 'present' | 'equal'): string {
  return `ck_${hash48(`${column.id}/${proves}`)}`
}

/** Drops such a check, whether it is there or not. */
export function dropCheck(on: string, column: { readonly id: string }, proves: 'present' | 'equal'): string {
  return `alter table ${on} drop constraint if exists ${quoteName(checkName(column, proves))}`
}
