// Whole numbers in four bytes.
import type { Field } from '../../model/model.ts'
import { asText, numberToNumber } from '../casts.ts'
import { castToDecimal } from '../decimal/type.ts'
import { numberLimits } from '../limits.ts'
import { anyMasks } from '../mask.ts'
import { readNumber } from '../number.ts'
import { outside } from '../range.ts'
import type { FieldType } from '../type.ts'
import { rangeProblem, withoutValue } from '../value.ts'
import { groupingSetting, whole, wholeText } from '../whole.ts'

export interface IntegerField extends Field {
  readonly min?: number
  readonly max?: number
  /** false: shown without separators between groups of digits. */
  readonly grouping?: boolean
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
      grouping: groupingSetting,
    },
  },
  columns: () => [{ suffix: '', kind: 'integer', sqlType: 'integer', edm: 'Edm.Int32' }],
  check: (field) => rangeProblem(field.min, field.max),
  parse(input, field) {
    const none = withoutValue(input[''], field)
    if (none !== undefined) return none
    const text = whole(readNumber(input['']!), field)
    if (typeof text !== 'string') return text
    return outside(field, text, { min: field.min ?? least, max: field.max ?? most }) ?? { '': Number(text) }
  },
  ...wholeText,
  operators: ['eq', 'ne', 'gt', 'ge', 'lt', 'le', 'in'],
  casts: {
    text: () => asText,
    autonumber: () => asText,
    decimal: (_from, to) => castToDecimal(to, { precision: 10, scale: 0 }),
    money: () => numberToNumber('numeric(19,4)', '1000000000000000', 4, 'safe'),
    boolean: () => ({
      risk: 'lossy',
      using: (column) => `(${column} = 1)`,
      fails: (column) => `${column} not in (0, 1)`,
    }),
  },
  limits: numberLimits,
  masks: anyMasks,
  indexable: true,
  schema: (field) => ({ type: 'integer', minimum: field.min ?? least, maximum: field.max ?? most }),
}
