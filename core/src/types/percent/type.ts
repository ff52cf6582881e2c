// Shares of a hundred. A value is the figure people see before the sign: 12.5 is stored and sent for 12.5 %, so that the
// API, an import file and the screen say the same number.
import { numberFormat } from '../../base/intl.ts'
import { valueText } from '../../base/kind.ts'
import { latinNumber } from '../../base/digits.ts'
import type { Field } from '../../model/model.ts'
import { asText, textToNumber } from '../casts.ts'
import { castToDecimal } from '../decimal/type.ts'
import { castToFixed, fixedPoint, limitSetting, type Digits } from '../fixed.ts'
import { anyMasks } from '../mask.ts'
import { readTypedNumber } from '../number.ts'
import type { Cast, FieldType } from '../type.ts'
import { refuse } from '../value.ts'

export interface PercentField extends Field {
  readonly precision?: number
  readonly scale?: number
  readonly min?: number | string
  readonly max?: number | string
}

/** Digits in all and after the point. */
function digitsOf(field: Field): Digits {
  return { precision: (field['precision'] as number) ?? 9, scale: (field['scale'] as number) ?? 2 }
}

/** A cast to the digits of a percent field. */
function toPercent(to: Field, from?: Digits): Cast {
  return castToFixed(digitsOf(to), from)
}

export const type: FieldType<PercentField> = {
  name: 'percent',
  label: { en: 'Percentage', fa: 'درصد', ru: 'Процент', th: 'เปอร์เซ็นต์', ro: 'Procent' },
  group: 'number',
  icon: 'percent',
  description: {
    en: 'Shares like 12.5 %; the number is stored as it is written',
    fa: 'سهم، مانند ۱۲٫۵٪؛ عدد همان‌گونه که نوشته شود ذخیره می‌شود',
    ru: 'Доли, например 12,5 %; число хранится как написано',
    th: 'สัดส่วน เช่น 12.5% เก็บตัวเลขตามที่เขียน',
    ro: 'Cote precum 12,5 %; numărul se păstrează cum este scris',
  },
  settings: {
    properties: {
      precision: { type: 'integer', minimum: 1, maximum: 38, description: 'Digits in all; 9 by default.' },
      scale: { type: 'integer', minimum: 0, maximum: 20, description: 'Digits after the point; 2 by default.' },
      min: limitSetting,
      max: limitSetting,
    },
  },
  ...fixedPoint(digitsOf),
  format(value, field, { language }) {
    if (value === null) return ''
    const text = valueText(value)
    const written = numberFormat(language, { maximumFractionDigits: digitsOf(field).scale }).format(text as `${number}`)
    return signed(language, written, text.startsWith('-'))
  },
  fromText(text, field) {
    const plain = latinNumber(text).replace(/\s*[%\u066a\uff05]\s*$/, '')
    if (plain.trim() === '') return null
    return readTypedNumber(plain) ?? refuse(field, { rule: 'number', says: 'must be a percentage', hint: 'Like 12.5' })
  },
  operators: ['eq', 'ne', 'gt', 'ge', 'lt', 'le'],
  casts: {
    text: () => asText,
    percent: (from, to) => toPercent(to, digitsOf(from)),
    decimal: (from, to) => castToDecimal(to, digitsOf(from)),
    float: () => ({ risk: 'lossy', using: (column) => `${column}::double precision` }),
  },
  castsFrom: {
    integer: (_from, to) => toPercent(to, { precision: 10, scale: 0 }),
    decimal: (from, to) => toPercent(to, { precision: 38, scale: (from['scale'] as number) ?? 2 }),
    text: (_from, to) => {
      const { precision, scale } = digitsOf(to)
      return textToNumber(`numeric(${precision},${scale})`, `1${'0'.repeat(precision - scale)}`, scale)
    },
  },
  masks: anyMasks,
  indexable: true,
  schema: (field) => ({
    type: ['number', 'string'],
    description: `A percentage: 12.5 is 12.5 %. At most ${digitsOf(field).scale} digits after the point`,
  }),
}

/** The written figure with the language's percent sign where the language puts it. */
function signed(language: string, written: string, negative: boolean): string {
  const parts = numberFormat(language, { style: 'percent' }).formatToParts(negative ? -0.01 : 0.01)
  const plain = negative ? written.replace(/^[\u200e\u061c]?[-\u2212][\u200e]?/, '') : written
  return parts.map(({ type: part, value }) => (part === 'integer' ? plain : value)).join('')
}
