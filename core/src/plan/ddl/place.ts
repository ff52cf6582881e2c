// What every statement is made of: where a step is done, and the two lists of statements it comes to.
import type { StepContext } from '../context.ts'
import type { Table } from '../steps.ts'

/** What is run, and what takes it back: each statement alone, in order. */
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
export interface Place extends IndexPlace {
  readonly table: Table
  readonly context: StepContext
}
