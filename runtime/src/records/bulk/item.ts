// What many records are while they are written together: one item each, and what became of it.
import { gather, type Problem } from '@peyvand/core/base/problem.ts'
import type { Id } from '@peyvand/core/model/model.ts'
import type { Values } from '../input.ts'

/** One record to write, as values by column; `given` are those that the caller gave, without defaults. */
export interface Item {
  readonly operation: 'create' | 'update'
  readonly id: Id
  /** The id of a new record is the caller's own choice. */
  readonly chosen?: boolean
  readonly values: Values
  readonly given: readonly string[]
  /** The version a change is of, as its row says it. */
  readonly ifMatch?: string
}

/** What became of a record. */
export interface Outcome {
  readonly id: Id
  readonly outcome: 'created' | 'updated' | 'deleted'
}

/** unit: problems that are told one by one */
const mostShown = 100

/** The problems of all rows as one. */
export function allOf(problems: readonly Problem[]): Problem {
  const flat = problems
    .flatMap((problem) => (problem.problems.length > 0 ? problem.problems : [problem]))
    .slice(0, mostShown)
  const status = problems.find(({ status }) => status < 422) ?? problems[0]!
  return flat.length === 1
    ? flat[0]!
    : gather(status.code, flat, `${problems.length} rows are wrong; nothing was written`)
}
