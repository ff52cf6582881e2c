// What columns risk that come, go, hand their values on or begin to require one.
import { quoteName } from '../../base/sql.ts'
import { typeOf } from '../../types/index.ts'
import { columnBefore, fieldIn, qualified, type StepContext } from '../context.ts'
import { differing, leftBehind, moveOfColumn, overruled, unreached } from '../moved.ts'
import { beyondIn } from '../narrow.ts'
import { judgedIn, offendersWhere } from '../offenders.ts'
import type { StepOf } from '../steps.ts'
import { countBefore, nameOf, safe, worst, type Assessment } from './assessment.ts'

/** What would go to the recycle bin: all values, or of those that move the ones no record takes. */
export function dropColumn({ table, column }: StepOf<'drop_column'>, schema: string, context: StepContext): Assessment {
  const before = column.derived === undefined ? columnBefore(context.now, table, column.id) : undefined
  if (before === undefined) return safe
  const name = nameOf(table, column, context)
  const move = moveOfColumn(context, 'source', table, column.id)
  if (move?.isMain === false) return safe
  const text =
    move === undefined
      ? countBefore(table, schema, context, `${quoteName(before.name)} is not null`)
      : leftBehind(move.step, schema, context)
  if (text === undefined) return safe
  const because =
    move === undefined
      ? `{n} records have a value in "${name}", which goes to the recycle bin`
      : `{n} values of "${name}" have no record to go to; they stay in the recycle bin`
  return { ...safe, ...worst('lossy', { text, zero: 'safe', because }) }
}

/** Children that say different things of one parent are refused, or some of their values lose. */
export function moveValues(step: StepOf<'move_values'>, schema: string, context: StepContext): Assessment {
  const cost: Assessment = { ...safe, lock: 'ROW EXCLUSIVE', perRow: 15 }
  if (step.toward === 'child') return cost
  const name = nameOf(step.source, step.columns[0]!.column, context)
  if (step.take === 'refuse') {
    const because = `{n} records would get several values of "${name}"; say which is taken, the latest or the first`
    return { ...cost, ...worst('blocked', { ...differing(step, schema, context), zero: 'safe', because }) }
  }
  const because = `{n} values of "${name}" are not taken, because another record of the same parent gives the ${step.take} one; they stay in the recycle bin`
  return { ...cost, ...worst('lossy', { text: overruled(step, schema, context), zero: 'safe', because }) }
}

/** Values that a field took until now, and takes no longer, stand in the way. */
export function checkValues(
  { table, column }: StepOf<'check_values'>,
  schema: string,
  context: StepContext,
): Assessment {
  const cost: Assessment = { ...safe, lock: 'none', perRow: 0.2 }
  const before = columnBefore(context.now, table, column.id)
  const beyond = beyondIn(context, table, column.id)
  if (before === undefined || beyond === undefined) return cost
  const where = beyond.where(quoteName(before.name))
  const text = countBefore(table, schema, context, where)
  if (text === undefined) return cost
  const because = `{n} values of "${nameOf(table, column, context)}" ${beyond.says}`
  const offenders = offendersWhere(table, schema, context, [before.name], where)
  const judged = judgedIn(table, schema, context, before.name)
  return { ...cost, ...worst('blocked', { text, zero: 'safe', because, offenders, judged }) }
}

/** A new column is free; a column that a field needs because its type changed must not lose what the field held. */
export function addColumn({ table, column }: StepOf<'add_column'>, schema: string, context: StepContext): Assessment {
  const from = fieldIn(context.after, table, column.id)
  const before =
    from === undefined
      ? undefined
      : context.before?.entityById.get(table)?.fields.find((field) => field.id === from.field.id)
  if (from === undefined || before === undefined) return safe
  const main = typeOf(from.field).columns(from.field)[0]!.suffix
  const held = typeOf(before).columns(before)[0]!.suffix
  const isLink = typeOf(from.field).link?.(from.field).typeSuffix === from.suffix
  if (from.suffix !== main && !isLink) return safe
  const old = columnBefore(context.now, table, before.id + held)
  const text = old === undefined ? undefined : countBefore(table, schema, context, `${quoteName(old.name)} is not null`)
  if (text === undefined) return safe
  const what = isLink
    ? 'a lookup to one entity cannot become one to several'
    : `${before.type} cannot become ${from.field.type}`
  return {
    ...safe,
    ...worst('blocked', {
      text,
      zero: 'safe',
      because: `{n} records have a value in "${nameOf(table, column, context)}", and ${what}; add a new field instead`,
    }),
  }
}

/** Records without a value stand in the way, unless they are given one. */
export function setNotNull(
  { table, column }: StepOf<'set_not_null'>,
  schema: string,
  context: StepContext,
): Assessment {
  const before = columnBefore(context.now, table, column.id)
  const cost: Assessment = { ...safe, perRow: 0.5 }
  const move = before === undefined ? moveOfColumn(context, 'table', table, column.id) : undefined
  if (column.fill !== undefined && (before !== undefined || move !== undefined)) return cost
  if (move !== undefined) return requireMoved(move.step, schema, context)
  const isEmpty = before === undefined ? undefined : `${quoteName(before.name)} is null`
  const text = countBefore(table, schema, context, isEmpty)
  if (text === undefined) return safe
  const label = nameOf(table, column, context)
  return {
    ...cost,
    ...worst('blocked', {
      text,
      zero: 'safe',
      because: `{n} records have no value in "${label}"; give the field a default, or fill them first`,
      offenders: offendersWhere(table, schema, context, before === undefined ? [] : [before.name], isEmpty),
    }),
  }
}

/** Every record must get a value of those that come. */
function requireMoved(step: StepOf<'move_values'>, schema: string, context: StepContext): Assessment {
  const on = qualified(schema, context.now.get(step.table)!.name)
  const where = unreached(step, schema, context)
  const label = nameOf(step.table, step.columns[0]!.column, context)
  return {
    ...safe,
    perRow: 0.5,
    ...worst('blocked', {
      text: `select count(*) as n from ${on} as one where ${where}`,
      zero: 'safe',
      because: `{n} records would have no value in "${label}"; give the field a default, or make it optional first`,
      offenders: {
        entity: step.table,
        columns: [],
        text: `select one."id" from ${on} as one where ${where} order by one."id" limit $1::int`,
      },
    }),
  }
}
