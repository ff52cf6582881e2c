// How much of what a type can hold a field takes, in a way that two definitions of the field can be compared: by that a plan
// finds the values that were fine and are not any more. What a writer is told stands in each type's parse.
import { compareDecimals } from '../base/decimal.ts'
import type { Field } from '../model/model.ts'
import { limitOf } from './range.ts'

/** The smallest and the largest measure of a value that a field takes, as canonical decimals; open where there is none. */
export interface Limits {
  /** The SQL number that is compared, from the quoted main column. */
  readonly measure: (column: string) => string
  readonly least?: string | undefined
  readonly most?: string | undefined
}

/** The settings min and max of a number. */
export function numberLimits({ min, max }: Field & { readonly min?: unknown; readonly max?: unknown }): Limits {
  return { measure: (column) => column, least: limitOf(min), most: limitOf(max) }
}

/** SQL that is true for values that only the limits of before took; undefined where the later ones take all of them. */
export function beyond(before: Limits, after: Limits, column: string): string | undefined {
  const measure = after.measure(column)
  const tighter = (side: 'least' | 'most', sign: number): boolean => {
    const [was, is] = [before[side], after[side]]
    return is !== undefined && (was === undefined || compareDecimals(is, was) * sign > 0)
  }
  const conditions = [
    ...(tighter('least', 1) ? [`${measure} < ${after.least}`] : []),
    ...(tighter('most', -1) ? [`${measure} > ${after.most}`] : []),
  ]
  return conditions.length === 0 ? undefined : conditions.join(' or ')
}
