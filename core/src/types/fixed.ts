// Exact numbers with a fixed count of digits, whatever their type: how they are stored, limited and converted. A value is text
// inside, so that no digit is lost between the wire and numeric(p,s).
import { compareDecimals, wholeDigits, withScale } from '../base/decimal.ts'
import type { Problem } from '../base/problem.ts'
import type { Field } from '../model/model.ts'
import { numberToNumber } from './casts.ts'
import { numberLimits } from './limits.ts'
import { readNumber } from './number.ts'
import { limitOf, outside } from './range.ts'
import type { Cast, FieldType } from './type.ts'
import { refuse, settingProblem, withoutValue } from './value.ts'

/** Digits in all, and after the point. */
export interface Digits {
  readonly precision: number
  readonly scale: number
}

/** The settings min and max. */
export const limitSetting = {
  type: ['number', 'string'],
  maxLength: 60,
  description: 'A number; as text when it has more than 15 digits.',
}

/** What types have in common whose digits a field says. */
export function fixedPoint(
  digitsOf: (field: Field) => Digits,
): Pick<FieldType, 'columns' | 'check' | 'parse' | 'limits'> {
  return {
    columns: (field) => {
      const { precision, scale } = digitsOf(field)
      return [{ suffix: '', kind: 'decimal', sqlType: `numeric(${precision},${scale})`, edm: 'Edm.Decimal' }]
    },
    check(field) {
      const { precision, scale } = digitsOf(field)
      return [
        ...(scale > precision ? [settingProblem('scale', `scale can be at most precision (${precision})`)] : []),
        ...checkLimits(field),
      ]
    },
    parse(input, field) {
      const none = withoutValue(input[''], field)
      if (none !== undefined) return none
      const value = fitNumber(readNumber(input['']!), field, digitsOf(field))
      return typeof value === 'string' ? { '': value } : value
    },
    limits: numberLimits,
  }
}

/** Canonical text of a number that obeys a field's digits and limits, or the problem. */
export function fitNumber(text: string | undefined, field: Field, digits: Digits): string | Problem {
  if (text === undefined) return refuse(field, { rule: 'number', says: 'must be a number', hint: 'Like 1250.50' })
  const whole = digits.precision - digits.scale
  const fitted = withScale(text, digits.scale)
  if (fitted === undefined)
    return refuse(field, {
      rule: 'scale',
      says: `can have at most ${digits.scale} digits after the point`,
      limit: digits.scale,
    })
  if (wholeDigits(text) > whole)
    return refuse(field, { rule: 'precision', says: `can have at most ${whole} digits before the point`, limit: whole })
  return outside(field, text, { min: limitOf(field['min']), max: limitOf(field['max']) }) ?? fitted
}

/** Problems of the limits min and max, which may be numbers or texts. */
export function checkLimits(field: Field): Problem[] {
  const bad = ['min', 'max'].filter((name) => field[name] !== undefined && limitOf(field[name]) === undefined)
  if (bad.length > 0) return bad.map((name) => settingProblem(name, `${name} must be a number`))
  const [min, max] = [limitOf(field['min']), limitOf(field['max'])]
  return min !== undefined && max !== undefined && compareDecimals(min, max) > 0
    ? [settingProblem('max', 'max must not be below min')]
    : []
}

/** A cast of any number type to numeric(p,s). `from`: the digits it has now, where they are known. */
export function castToFixed({ precision, scale }: Digits, from?: Digits): Cast {
  const loses = from === undefined || from.scale > scale
  return numberToNumber(
    `numeric(${precision},${scale})`,
    `1${'0'.repeat(precision - scale)}`,
    scale,
    loses ? 'lossy' : 'safe',
  )
}
