// What indexes and foreign keys risk: rows that are there and contradict them.
import { quoteName } from '../../base/sql.ts'
import { columnBefore, qualified, type StepContext } from '../context.ts'
import { offendersTwice } from '../offenders.ts'
import type { StepOf } from '../steps.ts'
import { safe, worst, type Assessment } from './assessment.ts'

/** Reads the table; a unique index is refused where values are there twice. */
export function addIndex({ table, index }: StepOf<'add_index'>, schema: string, context: StepContext): Assessment {
  const cost: Assessment = { ...safe, lock: 'SHARE', perRow: 3 }
  if (!context.now.has(table)) return { ...cost, lock: 'none', perRow: 0 }
  if (!index.unique) return cost
  const at = context.tables.get(table)
  const columns = index.columns
    .map((name) => at?.columns.find((column) => column.name === name))
    .map((column) => (column === undefined ? undefined : columnBefore(context.now, table, column.id)?.name))
  if (columns.some((name) => name === undefined)) return cost
  const names = columns.map((name) => quoteName(name!))
  const filled = names.map((name) => `${name} is not null`).join(' and ')
  const on = qualified(schema, context.now.get(table)!.name)
  const text = `select count(*) as n from (select 1 from ${on} where ${filled} group by ${names.join(', ')} having count(*) > 1) as doubles`
  return {
    ...cost,
    ...worst('blocked', {
      text,
      zero: 'safe',
      because: `{n} values of ${index.columns.join(', ')} are there more than once`,
      offenders: offendersTwice(
        table,
        on,
        columns.map((name) => name!),
      ),
    }),
  }
}

/** Records that point at what is not there stand in the way. */
export function addForeignKey(
  { table, foreignKey: key }: StepOf<'add_foreign_key'>,
  schema: string,
  context: StepContext,
): Assessment {
  const cost: Assessment = { ...safe, lock: 'SHARE ROW EXCLUSIVE', perRow: 2 }
  const column = context.tables.get(table)?.columns.find((one) => one.name === key.column)
  const before = column === undefined ? undefined : columnBefore(context.now, table, column.id)
  if (before === undefined) return { ...cost, perRow: 0 }
  const pointed = [...context.tables.values()].find((one) => one.name === key.table)
  const pointedBefore = pointed === undefined ? undefined : context.now.get(pointed.id)
  const name = `one.${quoteName(before.name)}`
  const exists =
    pointedBefore === undefined
      ? ''
      : ` and not exists (select 1 from ${qualified(schema, pointedBefore.name)} as other where other."id" = ${name})`
  const text = `select count(*) as n from ${qualified(schema, context.now.get(table)!.name)} as one where ${name} is not null${exists}`
  return {
    ...cost,
    ...worst('blocked', { text, zero: 'safe', because: `{n} records point at records that are not in ${key.table}` }),
  }
}
