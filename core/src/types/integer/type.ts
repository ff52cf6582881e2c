// Whole numbers in four bytes.
import { compareDecimals } from '../../base/decimal.ts'
import { numberFormat } from '../../base/intl.ts'
import type { Field } from '../../model/model.ts'
import { asText, numberToNumber } from '../casts.ts'
import { anyMasks } from '../mask.ts'
import { readNumber, readTypedNumber } from '../number.ts'
import type { FieldType } from '../type.ts'
import { rangeProblem, refuse, withoutValue } from '../value.ts'

export interface IntegerField extends Field {
  readonly min?: number
  readonly max?: number
}

const [least, most] = [-2_147_483_648, 2_147_483_647]

export const type: FieldType<IntegerField> = {
  name: 'integer',
  label: { en: 'Whole number', fa: 'عدد صحیح', ru: 'Целое число', th: 'จำนวนเต็ม', ro: 'Număr întreg' },
  group: 'number',
  icon: 'number-sign',
  description: {
    en: 'Counts and quantities without decimals',
    fa: 'شمار و مقدار بدون اعشار',
    ru: 'Количества без дробной части',
    th: 'จำนวนที่ไม่มีทศนิยม',
    ro: 'Cantități fără zecimale',
  },
  settings: {
    properties: {
      min: { type: 'integer', minimum: least, maximum: most },
      max: { type: 'integer', minimum: least, maximum: most },
    },
  },
  columns: () => [{ suffix: '', kind: 'integer', sqlType: 'integer', edm: 'Edm.Int32' }],
  check: (field) => rangeProblem(field.min, field.max),
  parse(input, field) {
    const none = withoutValue(input[''], field)
    if (none !== undefined) return none
    const text = readNumber(input['']!)
    if (text === undefined || text.includes('.'))
      return refuse(field, { rule: 'integer', says: 'must be a whole number' })
    const [min, max] = [field.min ?? least, field.max ?? most]
    if (compareDecimals(text, String(min)) < 0)
      return refuse(field, { rule: 'min', says: `must be at least ${min}`, limit: min })
    if (compareDecimals(text, String(max)) > 0)
      return refuse(field, { rule: 'max', says: `must be at most ${max}`, limit: max })
    return { '': Number(text) }
  },
  format: (value, _field, { language }) =>
    value === null ? '' : numberFormat(language, { maximumFractionDigits: 0 }).format(Number(value)),
  fromText(text, field) {
    if (text.trim() === '') return null
    const number = readTypedNumber(text)
    return number === undefined || number.includes('.')
      ? refuse(field, { rule: 'integer', says: 'must be a whole number' })
      : number
  },
  operators: ['eq', 'ne', 'gt', 'ge', 'lt', 'le', 'in'],
  casts: {
    text: () => asText,
    autonumber: () => asText,
    decimal: (_from, to) => {
      const precision = (to['precision'] as number | undefined) ?? 18
      const scale = (to['scale'] as number | undefined) ?? 2
      return numberToNumber(`numeric(${precision},${scale})`, `1${'0'.repeat(precision - scale)}`, scale, 'safe')
    },
    money: () => numberToNumber('numeric(19,4)', '1000000000000000', 4, 'safe'),
    boolean: () => ({
      risk: 'lossy',
      using: (column) => `(${column} = 1)`,
      fails: (column) => `${column} not in (0, 1)`,
    }),
  },
  masks: anyMasks,
  indexable: true,
  schema: (field) => ({ type: 'integer', minimum: field.min ?? least, maximum: field.max ?? most }),
}
