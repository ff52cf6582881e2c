// The settings min and max of numbers: whether they are numbers, and what is outside of them. Compared as decimals, so that no digit
// is lost.
import { compareDecimals } from '../base/decimal.ts'
import type { Problem } from '../base/problem.ts'
import type { Field } from '../model/model.ts'
import { readNumber } from './number.ts'
import { refuse } from './value.ts'

/** A limit as canonical text; undefined when it is not set, or no number. */
export function limitOf(setting: unknown): string | undefined {
  return typeof setting === 'number' || typeof setting === 'string' ? readNumber(setting) : undefined
}

/** Why a number, as canonical text, is outside of its limits. */
export function outside(
  field: Field,
  text: string,
  { min, max }: { readonly min?: number | string; readonly max?: number | string },
): Problem | undefined {
  if (min !== undefined && compareDecimals(text, String(min)) < 0)
    return refuse(field, { rule: 'min', says: `must be at least ${min}`, limit: min })
  if (max !== undefined && compareDecimals(text, String(max)) > 0)
    return refuse(field, { rule: 'max', says: `must be at most ${max}`, limit: max })
  return undefined
}
