// A step → SQL, and the SQL back. One action per statement, every name qualified and quoted by one function; nothing is
// dropped: tables, columns and the old values of a lossy retype are renamed into the recycle bin.
import { hash48 } from '../base/hash.ts'
import { skeletonAround } from '../base/fold-sql.ts'
import { quoteName, quoteText } from '../base/sql.ts'
import { otherwiseText } from '../query/shadows/twin.ts'
import { shadowId } from '../query/shadows/shadow.ts'
import type { Cast } from '../types/type.ts'
import { movedValues } from './moved.ts'
import { binName, castOf, qualified, tableOf, type StepContext } from './context.ts'
import {
  byKind,
  type ByKind,
  type Step,
  type StepOf,
  type Table,
  type TableColumn,
  type TableForeignKey,
  type TableIndex,
} from './steps.ts'
import { undo as undoStep } from './undo.ts'

export interface Ddl {
  readonly sql: readonly string[]
  readonly undo: readonly string[]
}

/** The schema, and the qualified name of the table. */
export interface IndexPlace {
  readonly schema: string
  readonly on: string
}

/** Where a step is done, and the table as it is just before. */
interface Place extends IndexPlace {
  readonly table: Table
  readonly context: StepContext
}

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

function columnType(column: TableColumn): string {
  return column.collation === undefined ? column.sqlType : `${column.sqlType} collate ${quoteName(column.collation)}`
}

function createTable(table: Table, on: string): string {
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
function dropTable(table: Table, { schema, context }: Place): Ddl {
  const bin = binName(table.id, table.name, context.stamp)
  const [key, binKey] = [primaryKeyName(table), binName(table.id, 'pk', context.stamp)]
  return {
    sql: [renameTable(schema, table.name, bin), renameIndex(schema, key, binKey)],
    undo: [renameIndex(schema, binKey, key), renameTable(schema, bin, table.name)],
  }
}

/** A table that leaves the recycle bin has its primary key under its own name again. */
function outOfBin(from: string, table: Table, schema: string): string[] {
  const stamped = /^_bin_[0-9a-f]{8}_/.exec(from)
  return stamped === null ? [] : [renameIndex(schema, `${stamped[0]}pk`, primaryKeyName(table))]
}

function renameIndex(schema: string, from: string, to: string): string {
  return `alter index ${qualified(schema, from)} rename to ${quoteName(to)}`
}

function renameTable(schema: string, from: string, to: string): string {
  return `alter table ${qualified(schema, from)} rename to ${quoteName(to)}`
}

/** A constant default fills the rows that are there without touching them; it goes at once, because defaults are ours to give. */
function addColumn(on: string, column: TableColumn): string[] {
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

function dropColumn(column: TableColumn, { on, schema, table, context }: Place): Ddl {
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

function renameColumn(on: string, from: string, to: string): string {
  return `alter table ${on} rename column ${quoteName(from)} to ${quoteName(to)}`
}

/** NOT NULL, set or dropped. */
export function notNull(on: string, column: string, set: boolean): string {
  return `alter table ${on} alter column ${quoteName(column)} ${set ? 'set' : 'drop'} not null`
}

function backfill(on: string, column: TableColumn, table: Table): string {
  const { set, lacks } = filling(column, table)
  return `update ${on} set ${set} where ${lacks}`
}

/** What a backfill writes into a column, and the condition on rows that need it. Over the names the table has now. */
export function filling(column: TableColumn, table: Table): Filling {
  const name = quoteName(column.name)
  const written = (value: string, has: string, lacks: string): Filling => ({ set: `${name} = ${value}`, lacks, has })
  if (column.derived === undefined) return written(constant(column), `${name} is not null`, `${name} is null`)
  const names = new Map([...table.columns, column].map((one) => [one.id, quoteName(one.name)]))
  const named = (text: string): string =>
    text.replaceAll(/\{\{([^{}]+)\}\}/g, (place, id: string) => names.get(id) ?? place)
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

type Retype = StepOf<'retype_column'>

function retypeColumn(step: Retype, { on, schema, table, context }: Place): Ddl {
  if (step.twin !== undefined) return exchange(step, step.twin, { on, schema, table, context })
  const plain: Cast = { risk: 'lossy', using: (column) => `${column}::text::${step.to.sqlType}` }
  const cast = forgiving(castOf(step, context.before, context.after) ?? plain, step)
  const back = castOf(undoStep(step) as Retype, context.after, context.before)
  const required = table.columns.find((column) => column.id === step.from.id)?.notNull === true
  const samePhysical = step.from.sqlType === step.to.sqlType && step.from.collation === step.to.collation
  if (samePhysical && (cast.risk !== 'lossy' || convert(on, step.to, cast).length === 0))
    return { sql: convert(on, step.to, cast), undo: [] }
  if (cast.risk === 'lossy') return retypeByCopy(step, on, cast, back, required, context)
  const alter = (to: TableColumn, by: Cast): string =>
    `alter table ${on} alter column ${quoteName(to.name)} type ${columnType(to)} using ${by.using(quoteName(to.name))}`
  return {
    sql: [alter(step.to, cast)],
    undo: [alter(step.from, back ?? { risk: 'lossy', using: (column) => `${column}::text::${step.from.sqlType}` })],
  }
}

/** The cast that gives values which would not convert what was chosen for them; the old ones stay in the recycle bin. */
function forgiving(cast: Cast, { to, otherwise }: Retype): Cast {
  const { fails, using } = cast
  if (otherwise === undefined || fails === undefined) return cast
  const instead = otherwiseText(otherwise, to.sqlType)
  return {
    risk: 'lossy',
    using: (column) => `(case when coalesce(${fails(column)}, false) then ${instead} else ${using(column)} end)`,
  }
}

/** Same physical type, another meaning: values change only where the conversion changes them. */
function convert(on: string, column: TableColumn, cast: Cast): string[] {
  const name = quoteName(column.name)
  const value = cast.using(name)
  return value === name ? [] : [`update ${on} set ${name} = ${value} where ${name} is distinct from ${value}`]
}

/** The twin becomes the column, with the indexes that were made over it; the old one goes into the bin. */
function exchange({ from, to }: Retype, twin: TableColumn, { on, schema, table, context }: Place): Ddl {
  const bin = binName(from.id, from.name, context.stamp)
  const required = table.columns.find((column) => column.id === from.id)?.notNull === true
  const indexes = table.indexes.filter(({ columns }) => columns.includes(from.name))
  const gone = (context.now.get(table.id)?.indexes ?? []).filter(
    ({ id }) => !table.indexes.some((one) => one.id === id),
  )
  return {
    sql: [
      dropCheck(on, twin, 'equal'),
      ...gone.map((index) => dropIndex(schema, twinIndex(index))),
      ...indexes.map((index) => dropIndex(schema, index)),
      renameColumn(on, from.name, bin),
      ...(required ? [notNull(on, bin, false)] : []),
      renameColumn(on, twin.name, to.name),
      ...(required ? [notNull(on, to.name, true), dropCheck(on, twin, 'present')] : []),
      ...indexes.map(
        (index) => `alter index ${qualified(schema, twinIndex(index).name)} rename to ${quoteName(index.name)}`,
      ),
    ],
    undo: [],
  }
}

/** The index over a twin while there is one over the column too. */
export function twinIndex(index: TableIndex): TableIndex {
  return { ...index, name: `${index.name}_twin` }
}

/** A check that proves something of every row while a job works: that there is a value, that a twin has the right one. */
export function checkName(column: { readonly id: string }, proves: 'present' | 'equal'): string {
  return `ck_${hash48(`${column.id}/${proves}`)}`
}

/** Drops such a check, whether it is there or not. */
export function dropCheck(on: string, column: { readonly id: string }, proves: 'present' | 'equal'): string {
  return `alter table ${on} drop constraint if exists ${quoteName(checkName(column, proves))}`
}

/** A conversion that loses something keeps the old column in the recycle bin; the way back restores it, with later values. */
function retypeByCopy(
  step: Retype,
  on: string,
  cast: Cast,
  back: Cast | undefined,
  required: boolean,
  context: StepContext,
): Ddl {
  const { from, to } = step
  const old = binName(from.id, from.name, context.stamp)
  const made = binName(from.id, to.name, `${context.stamp} back`)
  const set = (column: string, value: string, where: string): string =>
    `update ${on} set ${quoteName(column)} = ${value} where ${where}`
  const later = `${quoteName(from.name)} is null and ${quoteName(made)} is not null`
  const converts =
    back?.fails === undefined ? later : `${later} and not coalesce(${back.fails(quoteName(made))}, false)`
  return {
    sql: [
      renameColumn(on, from.name, old),
      ...(required ? [notNull(on, old, false)] : []),
      `alter table ${on} add column ${quoteName(to.name)} ${columnType(to)}`,
      set(to.name, cast.using(quoteName(old)), `${quoteName(old)} is not null`),
      ...(required ? [notNull(on, to.name, true)] : []),
    ],
    undo: [
      renameColumn(on, to.name, made),
      ...(required ? [notNull(on, made, false)] : []),
      renameColumn(on, old, from.name),
      ...(back === undefined ? [] : [set(from.name, back.using(quoteName(made)), converts)]),
      ...(required ? [notNull(on, from.name, true)] : []),
    ],
  }
}

/** `concurrently` must stand outside of a transaction. */
export function addIndex({ schema, on }: IndexPlace, index: TableIndex, concurrently = false): string {
  if (index.trigrams) return addTrigrams({ schema, on }, index)
  return `create ${index.unique ? 'unique ' : ''}index ${concurrently ? 'concurrently ' : ''}${quoteName(index.name)} on ${on} ${index.method === undefined ? '' : `using ${index.method} `}(${index.columns.map(quoteName).join(', ')})`
}

function dropIndex(schema: string, index: TableIndex): string {
  return `drop index if exists ${qualified(schema, index.name)}`
}

/**
 * Trigrams are an extension that the database may lack; a search is then a scan. What waits to be put into the index is read
 * by every search, so it is kept short.
 */
function addTrigrams({ schema, on }: IndexPlace, index: TableIndex): string {
  const [before, after] = trigramsOn(on, index, false)
  return `do $peyvand$ declare place text; begin
    select pg_catalog.quote_ident(n.nspname) into place from pg_catalog.pg_opclass c
      join pg_catalog.pg_namespace n on n.oid = c.opcnamespace where c.opcname = 'gin_trgm_ops';
    if place is not null then
      execute ${quoteText(before)} || place || ${quoteText(after)};
      execute ${quoteText(trigramStatistics(qualified(schema, index.name)))};
    end if;
  end $peyvand$`
}

/** The statement before and after the schema in which the database has its trigrams. */
export function trigramsOn(
  on: string,
  { name, columns: [column] }: TableIndex,
  concurrently: boolean,
): [before: string, after: string] {
  const create = `create index ${concurrently ? 'concurrently ' : ''}if not exists ${quoteName(name)} on ${on}`
  return [
    `${create} using gin ((${skeletonAround.join(quoteName(column!))}) `,
    '.gin_trgm_ops) with (gin_pending_list_limit = 512)',
  ]
}

/**
 * How well the planner knows the searched texts. With the usual 100 values it takes a rare fragment for a hundredth of all
 * records, and then reads an owner's whole index beside the trigrams.
 */
export function trigramStatistics(index: string): string {
  return `alter index ${index} alter column 1 set statistics 400`
}

/** NOT VALID takes its lock for a moment only; the check of the rows that are there follows under a weaker one. */
export function foreignKeyStatements(
  schema: string,
  on: string,
  key: TableForeignKey,
): [add: string, validate: string] {
  const constraint = `constraint ${quoteName(key.name)}`
  const references = `references ${qualified(schema, key.table)} ("id") on delete ${key.onDelete}`
  return [
    `alter table ${on} add ${constraint} foreign key (${quoteName(key.column)}) ${references} not valid`,
    `alter table ${on} validate ${constraint}`,
  ]
}

function dropForeignKey(on: string, key: TableForeignKey): string {
  return `alter table ${on} drop constraint if exists ${quoteName(key.name)}`
}
