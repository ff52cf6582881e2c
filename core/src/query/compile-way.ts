// The way along a resource path: the records before the last step, how each is reached from the one before, and where one
// record is read from. Every record on the way must be visible to the caller.
import { allOf, join, nothing, sql, type Sql } from '../expression/fragment.ts'
import { linkSql, newFrame, propertyValue, ruleSql, tableOf, valueSql, type Build, type Frame } from './frame.ts'
import type { BoundStep } from './tree.ts'

/** The records before the last step of a path. */
export interface Way {
  /** Frames of the records before the last step. */
  readonly parents: readonly Frame[]
  readonly tables: Sql
  readonly conditions: readonly (Sql | undefined)[]
  /** ` from … where …` of the parents, nothing when there are none. */
  readonly from: Sql
}

/** The records before the last step, each visible and linked to the one before. */
export function wayTo(build: Build, steps: readonly BoundStep[]): Way {
  const parents = steps.slice(0, -1).map(({ entity }) => newFrame(build, entity.id))
  const tables = join(
    parents.map((parent) => sql`${tableOf(build, parent.entity)} ${parent.alias}`),
    ', ',
  )
  const conditions = parents.flatMap((parent, i) => stepConditions(build, steps[i]!, parent, parents[i - 1]))
  return {
    parents,
    tables,
    conditions,
    from: parents.length === 0 ? nothing : sql` from ${tables} where ${allOf(conditions)}`,
  }
}

function stepConditions(build: Build, step: BoundStep, frame: Frame, before: Frame | undefined): (Sql | undefined)[] {
  const key = (step.key ?? []).map(
    ({ property, value }) => sql`${propertyValue(build, frame, property, 'all')} = ${valueSql(build, [frame], value)}`,
  )
  return [...key, linkTo(build, step, frame, before), ruleSql(build, frame)]
}

/** How the record of a step is reached from the one before. */
export function linkTo(
  build: Build,
  { navigation }: BoundStep,
  frame: Frame,
  before: Frame | undefined,
): Sql | undefined {
  return navigation && before && linkSql(build, navigation, before, frame)
}

/** Whether the last step is a single-valued navigation, which may lead nowhere. */
export function mayBeEmpty(steps: readonly BoundStep[]): boolean {
  const last = steps.at(-1)!
  return last.navigation !== undefined && last.key === undefined
}

/** From and where of one record; one that may be missing is joined from the left, so that its parent's row stays. */
export function recordFrom(
  build: Build,
  steps: readonly BoundStep[],
  { parents, tables, conditions }: Way,
  frame: Frame,
): [from: Sql, where: Sql] {
  const own = stepConditions(build, steps.at(-1)!, frame, parents.at(-1))
  const target = sql`${tableOf(build, frame.entity)} ${frame.alias}`
  if (parents.length === 0) return [sql` from ${target}`, sql` where ${allOf(own)}`]
  if (!mayBeEmpty(steps)) return [sql` from ${tables}, ${target}`, sql` where ${allOf([...conditions, ...own])}`]
  return [sql` from ${tables} left join ${target} on ${allOf(own)}`, sql` where ${allOf(conditions)}`]
}
