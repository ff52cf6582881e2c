// The parts of an estimate as they are gathered: each with the option that causes it, and what would make it cheaper.
import type { Expression } from '../../expression/tree.ts'
import type { Counted } from './counts.ts'
import { weightOf } from './effort.ts'

/** One part of a query and the records it makes the database look at. */
export interface CostPart {
  /** The query option, as people write it. */
  readonly target: string
  readonly rows: number
  /** Why it is dear, as the end of a sentence. */
  readonly because: string
  readonly hint: string
}

/** An estimate while it is made. */
export interface Weighing extends Counted {
  readonly parts: CostPart[]
}

/** Adds a part; what costs nothing is none. */
export function add({ parts }: Weighing, part: CostPart): void {
  if (part.rows > 0) parts.push(part)
}

/** What it costs to sort so many records. */
export const sorting = (target: string, rows: number): CostPart => ({
  target,
  rows,
  because: 'sorts every record',
  hint: 'Sort by created_at or leave $orderby out, or add a condition that leaves fewer records',
})

/** What it costs to search so many records. */
export const searching = (target: string, rows: number): CostPart => ({
  target,
  // Words of three letters and more are found by an index; a tenth stands for what is left to look at.
  rows: rows / 10,
  because: 'looks through the texts of many records',
  hint: 'Search with longer words, or add a condition that leaves fewer records',
})

/** Adds what one expression costs when it is asked of so many records. */
export function weighCondition(weighing: Weighing, expression: Expression, rows: number, target: string): void {
  if (rows <= 0) return
  const { effort, because, hint } = weightOf(weighing, expression)
  if (effort > 0) add(weighing, { target, rows: rows * effort, because, hint })
}
