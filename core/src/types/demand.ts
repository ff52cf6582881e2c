// What a written value demands of its record: of what a column held before the write, or holds after it. A demand is one of
// five relations between the values there and a list, so that memory (browser, new records) and the statement that changes
// a stored record decide the same. Which demands there are is the type's business; the SQL of the five is query/demand.ts.
import type { Value } from '../base/kind.ts'
import type { Problem } from '../base/problem.ts'
import type { Entity, Model } from '../model/model.ts'

/** Holds: all of the list are there; apart: none is; meets: one is; within: nothing else is; some: anything at all is there. */
export type DemandRelation = 'holds' | 'apart' | 'meets' | 'within' | 'some'

export interface Demand {
  /** The column that is looked at. */
  readonly column: string
  /** What the column held before the write, or what it holds afterwards. */
  readonly when: 'before' | 'after'
  readonly relation: DemandRelation
  readonly values: readonly string[]
  /** Why the write is refused; `held` is what is there, where the writer may know. */
  refusal(held: readonly string[] | undefined): Problem
}

/** A write as its demands see it. */
export interface Change {
  readonly entity: Entity
  readonly model: Model
  /** What is not written is empty. */
  readonly isNew?: boolean
  /** The value a column gets; undefined for one that is not written. */
  written(column: string): Value | undefined
}

/** Whether what is there is as demanded. */
export function isMet({ relation, values }: Demand, held: readonly string[]): boolean {
  if (relation === 'holds') return values.every((value) => held.includes(value))
  if (relation === 'some') return held.length > 0
  if (relation === 'within') return held.every((value) => values.includes(value))
  return held.some((value) => values.includes(value)) === (relation === 'meets')
}

/** A value as the list that demands look at. */
export function listOf(value: Value | undefined): readonly string[] {
  if (Array.isArray(value)) return value.map(String)
  return typeof value === 'string' ? [value] : []
}
