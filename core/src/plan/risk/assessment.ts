// What is said of a step before it runs, and the words every assessment is made of.
import { labelText } from '../../base/label.ts'
import { fieldIn, qualified, type StepContext } from '../context.ts'
import type { Judged, Offenders } from '../offenders.ts'
import type { Risk, TableColumn } from '../steps.ts'

/** A count the database is asked before the plan runs. */
export interface Question {
  /** One row, one column `n`. Uses the names before the plan. */
  readonly text: string
  /** The risk when the count is zero. */
  readonly zero: Risk
  /** Why, when it is not; `{n}` is the count. */
  readonly because: string
  /** The rows that were counted, where people can mend them. */
  readonly offenders?: Offenders
  /** What the count tells of, where that is more than how many records have a value or share one. */
  readonly judged?: Judged
}

/** What a step takes and what may happen, before the database is asked. */
export interface Assessment {
  /** The worst case; holds until the question is answered. */
  readonly risk: Risk
  readonly lock: string
  readonly rewrite: boolean
  /** How much work the step is for each row. unit: microseconds. */
  readonly perRow: number
  readonly because?: string
  readonly question?: Question
}

/** Nothing can be lost, and a moment's lock is all it takes. */
export const safe: Assessment = { risk: 'safe', lock: 'ACCESS EXCLUSIVE', rewrite: false, perRow: 0 }

/** The risk if any row is counted, said without the number until the count is known. */
export function worst(level: Risk, question: Question): Pick<Assessment, 'risk' | 'question' | 'because'> {
  return { risk: level, question, because: question.because.replace('{n} ', '') }
}

/** Counts rows of a table by its name before the plan. */
export function count(schema: string, table: string, where?: string): string {
  return `select count(*) as n from ${qualified(schema, table)}${where === undefined ? '' : ` where ${where}`}`
}

/** Counts rows of a table by its id; undefined when the table is new. */
export function countBefore(table: string, schema: string, context: StepContext, where?: string): string | undefined {
  const before = context.now.get(table)
  return before === undefined ? undefined : count(schema, before.name, where)
}

/** What people call the field of a column. */
export function nameOf(table: string, column: TableColumn, context: StepContext): string {
  const found = fieldIn(context.after, table, column.id) ?? fieldIn(context.before, table, column.id)
  return labelText(found?.field.label, 'en', column.name)
}
