// The rows that stand in the way of a step, as SQL that gives some of their ids: what people mend before they plan again.
// Says which rows; who may be told of them is decided where they are read.
import { quoteName } from '../base/sql.ts'
import type { Id } from '../model/model.ts'
import { qualified, type StepContext } from './context.ts'

/** Rows that stand in the way of a step. Uses the names before the plan. */
export interface Offenders {
  readonly entity: Id
  /** The columns whose values are wrong; none when the column is only to come. */
  readonly columns: readonly string[]
  /** Rows of one column `id`, at most `$1` of them. */
  readonly text: string
}

/** Values that a step is judged by: the answer, yes or no, tells something of each of them. */
export interface Judged {
  readonly entity: Id
  /** The name of the column before the plan. */
  readonly column: string
  /** One row, one column `held`: whether there is any value. */
  readonly text: string
}

/** One of them, as the caller may read it. */
export interface Sample {
  readonly id: string
  /** What the record is called; null when it has no name, or none that the caller may read. */
  readonly name: string | null
  /** The value in the way; a list where several fields are unique together. */
  readonly value: unknown
}

/** The rows of a table for which a condition holds. The scan ends with the last one that is told. */
export function offendersWhere(
  table: Id,
  schema: string,
  { now }: StepContext,
  columns: readonly string[],
  where?: string,
): Offenders | undefined {
  const before = now.get(table)
  if (before === undefined) return undefined
  const condition = where === undefined ? '' : ` where ${where}`
  const found = `select "id" from ${qualified(schema, before.name)}${condition} limit $1::int`
  return { entity: table, columns, text: `select found."id" from (${found}) as found order by found."id"` }
}

/** The values of a column; undefined where the table is new. */
export function judgedIn(table: Id, schema: string, { now }: StepContext, column: string): Judged | undefined {
  const before = now.get(table)
  if (before === undefined) return undefined
  const held = `select 1 from ${qualified(schema, before.name)} where ${quoteName(column)} is not null`
  return { entity: table, column, text: `select exists (${held}) as held` }
}

/** The rows that have the same values in some columns, those that are the same beside each other. */
export function offendersTwice(table: Id, on: string, columns: readonly string[]): Offenders {
  const names = columns.map(quoteName)
  const filled = names.map((name) => `${name} is not null`).join(' and ')
  const twice = `select ${names.join(', ')} from ${on} where ${filled} group by ${names.join(', ')} having count(*) > 1 limit $1::int`
  const same = names.map((name) => `one.${name} = twice.${name}`).join(' and ')
  const order = [...names, '"id"'].map((name) => `one.${name}`).join(', ')
  const text = `select one."id" from ${on} as one join (${twice}) as twice on ${same} order by ${order} limit $1::int`
  return { entity: table, columns, text }
}
