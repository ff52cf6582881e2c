// How much of what a type can hold a field takes, in a way that two definitions of the field can be compared: by that a plan
// finds the values that were fine and are not any more. What a writer is told stands in each type's parse.
import { compareDecimals } from '../base/decimal.ts'
import { quoteText } from '../base/sql.ts'
import type { Field } from '../model/model.ts'
import { limitOf } from './range.ts'

/** What of its type a field takes: values between two measures, or values of a list. */
export type Limits = Range | Options

/** The smallest and the largest measure of a value, as canonical decimals; open where there is none. */
interface Range {
  /** The SQL number that is compared, from the quoted main column. */
  readonly measure: (column: string) => string
  readonly least?: string | undefined
  readonly most?: string | undefined
}

interface Options {
  readonly options: readonly string[]
  /** SQL that is true for values that are, or hold, one of some options, from the quoted main column and the quoted options. */
  readonly holds: (column: string, options: string) => string
}

/** Values that only the limits of before took. */
export interface Beyond {
  /** SQL that is true for them, from the quoted main column. */
  readonly where: (column: string) => string
  /** What is said of them, behind "{n} values of … ". */
  readonly says: string
}

/** The settings min and max of a number. */
export function numberLimits({ min, max }: Field & { readonly min?: unknown; readonly max?: unknown }): Limits {
  return { measure: (column) => column, least: limitOf(min), most: limitOf(max) }
}

/** Values that the limits of before took and the later ones do not; undefined where the later ones take all of them. */
export function beyond(before: Limits, after: Limits): Beyond | undefined {
  if ('options' in after) return 'options' in before ? gone(before, after) : undefined
  return 'options' in before ? undefined : outside(before, after)
}

function outside(before: Range, after: Range): Beyond | undefined {
  const isTighter = (side: 'least' | 'most', sign: number): boolean => {
    const [was, is] = [before[side], after[side]]
    return is !== undefined && (was === undefined || compareDecimals(is, was) * sign > 0)
  }
  const sides = [
    ...(isTighter('least', 1) ? [`< ${after.least}`] : []),
    ...(isTighter('most', -1) ? [`> ${after.most}`] : []),
  ]
  if (sides.length === 0) return undefined
  return {
    where: (column) => sides.map((side) => `${after.measure(column)} ${side}`).join(' or '),
    says: 'are outside of its new limits',
  }
}

function gone(before: Options, after: Options): Beyond | undefined {
  const options = before.options.filter((option) => !after.options.includes(option))
  if (options.length === 0) return undefined
  return {
    where: (column) => after.holds(column, options.map(quoteText).join(', ')),
    says: 'hold options that go; deactivate these options instead, or give the records others first',
  }
}
