// Floating-point numbers in eight bytes, for measurements: fast and wide, not exact. There is no NaN and no infinity, and
// no minus zero, so that every value is equal to itself and JSON can say it.
import { numberFormat } from '../../base/intl.ts'
import type { Field } from '../../model/model.ts'
import { castToDecimal } from '../decimal/type.ts'
import { numberToNumber, unchanged } from '../casts.ts'
import { numberLimits } from '../limits.ts'
import { anyMasks } from '../mask.ts'
import { readNumber, readTypedNumber } from '../number.ts'
import type { FieldType } from '../type.ts'
import { rangeProblem, refuse, withoutValue } from '../value.ts'

export interface FloatField extends Field {
  readonly min?: number
  readonly max?: number
}

/** Text that PostgreSQL reads as a double without an error. */
const form = String.raw`'^\s*[+-]?[0-9]{1,60}(\.[0-9]{0,60})?([eE][+-]?[0-9]{1,2})?\s*$'`

export const type: FieldType<FloatField> = {
  name: 'float',
  label: {
    en: 'Floating-point number',
    fa: 'عدد ممیز شناور',
    ru: 'Число с плавающей точкой',
    th: 'เลขทศนิยมลอยตัว',
    ro: 'Număr în virgulă mobilă',
  },
  group: 'number',
  icon: 'activity',
  description: {
    en: 'Measurements of any size; not for money',
    fa: 'اندازه‌گیری با هر بزرگی؛ نه برای پول',
    ru: 'Измерения любой величины; не для денег',
    th: 'ค่าที่วัดได้ทุกขนาด ไม่ใช่สำหรับเงิน',
    ro: 'Măsurători de orice mărime; nu pentru bani',
  },
  settings: { properties: { min: { type: 'number' }, max: { type: 'number' } } },
  columns: () => [{ suffix: '', kind: 'float', sqlType: 'double precision', edm: 'Edm.Double' }],
  check: (field) => rangeProblem(field.min, field.max),
  parse(input, field) {
    const none = withoutValue(input[''], field)
    if (none !== undefined) return none
    const text = readNumber(input['']!)
    const value = text === undefined ? Number.NaN : Number(text)
    if (!Number.isFinite(value)) return refuse(field, { rule: 'number', says: 'must be a number', hint: 'Like 1250.5' })
    if (field.min !== undefined && value < field.min)
      return refuse(field, { rule: 'min', says: `must be at least ${field.min}`, limit: field.min })
    if (field.max !== undefined && value > field.max)
      return refuse(field, { rule: 'max', says: `must be at most ${field.max}`, limit: field.max })
    return { '': value }
  },
  format(value, _field, { language }) {
    if (value === null) return ''
    const size = Math.abs(Number(value))
    const far = size !== 0 && (size >= 1e15 || size < 1e-6)
    return numberFormat(language, {
      maximumSignificantDigits: 15,
      ...(far ? { notation: 'scientific' as const } : {}),
    }).format(Number(value))
  },
  fromText(text, field) {
    if (text.trim() === '') return null
    const number = Number(readTypedNumber(text) ?? Number.NaN)
    return Number.isFinite(number)
      ? number
      : refuse(field, { rule: 'number', says: 'must be a number', hint: 'Like 1250.5' })
  },
  operators: ['gt', 'ge', 'lt', 'le', 'eq', 'ne'],
  casts: {
    text: () => ({ risk: 'safe', using: (column) => `${column}::text` }),
    float: () => unchanged,
    decimal: (_from, to) => viaText(castToDecimal(to)),
    integer: () => viaText(numberToNumber('integer', '2147483648', 0, 'lossy')),
    bigint: () => viaText(numberToNumber('bigint', '9223372036854775808', 0, 'lossy')),
  },
  castsFrom: {
    integer: () => ({ risk: 'safe', using: (column) => `${column}::double precision` }),
    bigint: () => ({ risk: 'lossy', using: (column) => `${column}::double precision` }),
    decimal: () => ({ risk: 'lossy', using: (column) => `${column}::double precision` }),
    money: () => ({ risk: 'lossy', using: (column) => `${column}::double precision` }),
    text: () => ({
      risk: 'lossy',
      using: (column) => `nullif(btrim(${column}), '')::double precision`,
      fails: (column) => `(btrim(${column}) <> '' and ${column} !~ ${form})`,
    }),
  },
  masks: anyMasks,
  limits: numberLimits,
  indexable: true,
  schema: ({ min, max }) => ({
    type: 'number',
    format: 'double',
    ...(min === undefined ? {} : { minimum: min }),
    ...(max === undefined ? {} : { maximum: max }),
  }),
}

/** A cast of exact numbers, from the shortest text of the double: 0.1 is 0.1 and not what lies next to it. */
function viaText({ risk, using, fails }: ReturnType<typeof numberToNumber>): ReturnType<typeof numberToNumber> {
  const exact = (column: string): string => `(${column}::text)::numeric`
  return {
    risk: risk === 'safe' ? 'lossy' : risk,
    using: (column) => using(exact(column)),
    fails: fails && ((column) => fails(exact(column))),
  }
}
