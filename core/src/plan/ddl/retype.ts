// A column gets another type: in place where nothing is lost, by a copy whose old values stay in the recycle bin where something
// is, or by the exchange with a twin that a job has filled.
import { quoteName } from '../../base/sql.ts'
import { otherwiseText } from '../../query/shadows/twin.ts'
import type { Cast } from '../../types/type.ts'
import { binName, castOf } from '../context.ts'
import type { StepOf, TableColumn } from '../steps.ts'
import { undo as undoStep } from '../undo.ts'
import { columnType, dropCheck, notNull, renameColumn } from './column.ts'
import { dropIndex, renameIndex, twinIndex } from './indexes.ts'
import type { Ddl, Place } from './place.ts'

type Retype = StepOf<'retype_column'>

/** Gives a column another type. */
export function retypeColumn(step: Retype, place: Place): Ddl {
  if (step.twin !== undefined) return exchange(step, step.twin, place)
  const { on, context } = place
  const cast = forgiving(castOf(step, context.before, context.after) ?? throughText(step.to), step)
  const back = castOf(undoStep(step) as Retype, context.after, context.before)
  const samePhysical = step.from.sqlType === step.to.sqlType && step.from.collation === step.to.collation
  if (samePhysical && (cast.risk !== 'lossy' || convert(on, step.to, cast).length === 0))
    return { sql: convert(on, step.to, cast), undo: [] }
  if (cast.risk === 'lossy') return retypeByCopy(step, cast, back, place)
  const alter = (to: TableColumn, by: Cast): string =>
    `alter table ${on} alter column ${quoteName(to.name)} type ${columnType(to)} using ${by.using(quoteName(to.name))}`
  return { sql: [alter(step.to, cast)], undo: [alter(step.from, back ?? throughText(step.from))] }
}

/** The cast between types that know nothing of each other. */
function throughText({ sqlType }: TableColumn): Cast {
  return { risk: 'lossy', using: (column) => `${column}::text::${sqlType}` }
}

/** Whether the column must have a value just before the step. */
function isRequired({ from }: Retype, { table }: Place): boolean {
  return table.columns.find((column) => column.id === from.id)?.notNull === true
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
function exchange(step: Retype, twin: TableColumn, place: Place): Ddl {
  const { from, to } = step
  const { on, schema, table, context } = place
  const bin = binName(from.id, from.name, context.stamp)
  const required = isRequired(step, place)
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
      ...indexes.map((index) => renameIndex(schema, twinIndex(index).name, index.name)),
    ],
    undo: [],
  }
}

/**
 * A conversion that loses something keeps the old column in the recycle bin; the way back restores it, and what was written since:
 * what is no more what the old value had become.
 */
function retypeByCopy(step: Retype, cast: Cast, back: Cast | undefined, place: Place): Ddl {
  const { from, to } = step
  const { on, context } = place
  const required = isRequired(step, place)
  const old = binName(from.id, from.name, context.stamp)
  const made = binName(from.id, to.name, `${context.stamp} back`)
  const set = (column: string, value: string, where: string): string =>
    `update ${on} set ${quoteName(column)} = ${value} where ${where}`
  const [was, is] = [quoteName(from.name), quoteName(made)]
  const became = `(case when ${was} is null then null else ${cast.using(was)} end)::${to.sqlType}`
  const later = `${is} is distinct from ${became}`
  const converts = back?.fails === undefined ? later : `${later} and not coalesce(${back.fails(is)}, false)`
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
      ...(back === undefined ? [] : [set(from.name, back.using(is), converts)]),
      ...(required ? [notNull(on, from.name, true)] : []),
    ],
  }
}
