// Exact decimal numbers, as many digits as the field says (fixed.ts).
import { numberFormat } from '../../base/intl.ts'
import { valueText } from '../../base/kind.ts'
import type { Field } from '../../model/model.ts'
import { asText, numberToNumber } from '../casts.ts'
import { castToFixed, fixedPoint, limitSetting, type Digits } from '../fixed.ts'
import { anyMasks } from '../mask.ts'
import { readTypedNumber } from '../number.ts'
import type { Cast, FieldType } from '../type.ts'
import { refuse } from '../value.ts'

export interface DecimalField extends Field {
  readonly precision?: number
  readonly scale?: number
  readonly min?: number | string
  readonly max?: number | string
}

/** Digits in all and after the point. */
function shapeOf(field: Field): Digits {
  return {
    precision: (field['precision'] as number | undefined) ?? 18,
    scale: (field['scale'] as number | undefined) ?? 2,
  }
}

/** A cast of any number type to the digits of a decimal field. */
export function castToDecimal(to: Field, from?: Digits): Cast {
  return castToFixed(shapeOf(to), from)
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
  ...fixedPoint(shapeOf),
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
