// Exact decimal numbers. A value is text inside, so that no digit is lost between the wire and numeric(p,s).
import { valueText } from '../../base/kind.ts'
import { compareDecimals, wholeDigits, withScale } from '../../base/decimal.ts'
import { numberFormat } from '../../base/intl.ts'
import type { Problem } from '../../base/problem.ts'
import type { Field } from '../../model/model.ts'
import { asText, numberToNumber } from '../casts.ts'
import { anyMasks } from '../mask.ts'
import { readNumber, readTypedNumber } from '../number.ts'
import type { Cast, FieldType } from '../type.ts'
import { refuse, settingProblem, withoutValue } from '../value.ts'

export interface DecimalField extends Field {
  readonly precision?: number
  readonly scale?: number
  readonly min?: number | string
  readonly max?: number | string
}

/** Digits in all and after the point. */
export function shapeOf(field: Field): { precision: number; scale: number } {
  return {
    precision: (field['precision'] as number | undefined) ?? 18,
    scale: (field['scale'] as number | undefined) ?? 2,
  }
}

/** Canonical text of a number that obeys a field's digits and limits, or the problem. */
export function fitNumber(
  text: string | undefined,
  field: Field,
  digits: { precision: number; scale: number },
): string | Problem {
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
  const [min, max] = [limitOf(field['min']), limitOf(field['max'])]
  if (min !== undefined && compareDecimals(text, min) < 0)
    return refuse(field, { rule: 'min', says: `must be at least ${min}`, limit: min })
  if (max !== undefined && compareDecimals(text, max) > 0)
    return refuse(field, { rule: 'max', says: `must be at most ${max}`, limit: max })
  return fitted
}

function limitOf(setting: unknown): string | undefined {
  return typeof setting === 'number' || typeof setting === 'string' ? readNumber(setting) : undefined
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

/** A cast of any number type to numeric(p,s). */
export function castToDecimal(to: Field, from?: { precision: number; scale: number }): Cast {
  const { precision, scale } = shapeOf(to)
  const loses = from === undefined || from.scale > scale
  return numberToNumber(
    `numeric(${precision},${scale})`,
    `1${'0'.repeat(precision - scale)}`,
    scale,
    loses ? 'lossy' : 'safe',
  )
}

export const limitSetting = {
  type: ['number', 'string'],
  maxLength: 60,
  description: 'A number; as text when it has more than 15 digits.',
}

export const type: FieldType<DecimalField> = {
  name: 'decimal',
  label: { en: 'Decimal number', fa: 'عدد اعشاری', ru: 'Десятичное число', th: 'เลขทศนิยม', ro: 'Număr zecimal' },
  group: 'number',
  icon: 'measure',
  description: {
    en: 'Exact numbers with a fixed count of decimals',
    fa: 'عدد دقیق با شمار ثابت اعشار',
    ru: 'Точные числа с дробной частью',
    th: 'ตัวเลขที่มีทศนิยมคงที่',
    ro: 'Numere exacte cu zecimale fixe',
  },
  settings: {
    properties: {
      precision: { type: 'integer', minimum: 1, maximum: 38, description: 'Digits in all; 18 by default.' },
      scale: { type: 'integer', minimum: 0, maximum: 38, description: 'Digits after the point; 2 by default.' },
      min: limitSetting,
      max: limitSetting,
    },
  },
  columns: (field) => {
    const { precision, scale } = shapeOf(field)
    return [{ suffix: '', kind: 'decimal', sqlType: `numeric(${precision},${scale})`, edm: 'Edm.Decimal' }]
  },
  check(field) {
    const { precision, scale } = shapeOf(field)
    return [
      ...(scale > precision ? [settingProblem('scale', `scale can be at most precision (${precision})`)] : []),
      ...checkLimits(field),
    ]
  },
  parse(input, field) {
    const none = withoutValue(input[''], field)
    if (none !== undefined) return none
    const value = fitNumber(readNumber(input['']!), field, shapeOf(field))
    return typeof value === 'string' ? { '': value } : value
  },
  format: (value, field, { language }) => {
    if (value === null) return ''
    return numberFormat(language, {
      minimumFractionDigits: shapeOf(field).scale,
      maximumFractionDigits: shapeOf(field).scale,
    }).format(valueText(value) as `${number}`)
  },
  fromText(text, field) {
    if (text.trim() === '') return null
    return readTypedNumber(text) ?? refuse(field, { rule: 'number', says: 'must be a number', hint: 'Like 1250.50' })
  },
  operators: ['eq', 'ne', 'gt', 'ge', 'lt', 'le'],
  casts: {
    text: () => asText,
    decimal: (from, to) => castToDecimal(to, shapeOf(from)),
    money: (from) => numberToNumber('numeric(19,4)', '1000000000000000', 4, shapeOf(from).scale > 4 ? 'lossy' : 'safe'),
    integer: (from) => numberToNumber('integer', '2147483648', 0, shapeOf(from).scale > 0 ? 'lossy' : 'safe'),
  },
  masks: anyMasks,
  indexable: true,
  schema: (field) => {
    const { precision, scale } = shapeOf(field)
    return { type: ['number', 'string'], description: `At most ${precision} digits, ${scale} of them after the point` }
  },
}
