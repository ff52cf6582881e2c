// Whole numbers in eight bytes. Inside and on the way to the database a value beyond 2^53 is text, because a JavaScript
// number would lose its last digits; a JSON number that may already have lost them is refused.
import { compareDecimals } from '../../base/decimal.ts'
import type { JsonValue } from '../../base/json.ts'
import type { Problem } from '../../base/problem.ts'
import type { Field } from '../../model/model.ts'
import { asText, numberToNumber, textToNumber, unchanged } from '../casts.ts'
import { castToDecimal } from '../decimal/type.ts'
import { numberLimits } from '../limits.ts'
import { numberMasks } from '../mask.ts'
import { readNumber } from '../number.ts'
import { limitOf, outside } from '../range.ts'
import type { FieldType } from '../type.ts'
import { refuse, settingProblem, withoutValue } from '../value.ts'
import { groupingSetting, whole, wholeText } from '../whole.ts'

export interface BigintField extends Field {
  readonly min?: number | string
  readonly max?: number | string
  /** false: shown without separators between groups of digits. */
  readonly grouping?: boolean
}

const least = '-9223372036854775808'
const most = '9223372036854775807'

/** A canonical whole number as a value: a number while that is exact, else its text. */
function exact(text: string): number | string {
  return Number.isSafeInteger(Number(text)) ? Number(text) : text
}

function limitsOf({ min, max }: BigintField): { readonly min: string; readonly max: string } {
  return { min: limitOf(min) ?? least, max: limitOf(max) ?? most }
}

const limitSetting = {
  type: ['integer', 'string'],
  maxLength: 20,
  description: 'A whole number; as text when it has more than 15 digits.',
}

export const type: FieldType<BigintField> = {
  name: 'bigint',
  label: {
    en: 'Large whole number',
    fa: 'عدد صحیح بزرگ',
    ru: 'Большое целое',
    th: 'จำนวนเต็มขนาดใหญ่',
    ro: 'Număr întreg mare',
  },
  group: 'number',
  icon: 'number-sign',
  description: {
    en: 'Whole numbers of up to 18 digits, like ids of other systems',
    fa: 'عدد صحیح تا ۱۸ رقم، مانند شناسهٔ سامانه‌های دیگر',
    ru: 'Целые числа до 18 цифр, например номера других систем',
    th: 'จำนวนเต็มได้ถึง 18 หลัก เช่น รหัสจากระบบอื่น',
    ro: 'Numere întregi de până la 18 cifre, ca identificatorii altor sisteme',
  },
  settings: { properties: { min: limitSetting, max: limitSetting, grouping: groupingSetting } },
  columns: () => [{ suffix: '', kind: 'integer', sqlType: 'bigint', edm: 'Edm.Int64' }],
  check(field) {
    const bad = (['min', 'max'] as const).filter(
      (name) => field[name] !== undefined && !/^-?\d+$/.test(readNumber(field[name]) ?? ''),
    )
    if (bad.length > 0) return bad.map((name) => settingProblem(name, `${name} must be a whole number`))
    const { min, max } = limitsOf(field)
    return compareDecimals(min, max) > 0 ? [settingProblem('max', 'max must not be below min')] : []
  },
  parse(input, field) {
    const none = withoutValue(input[''], field)
    if (none !== undefined) return none
    const text = readWhole(input['']!, field)
    if (typeof text !== 'string') return text
    return outside(field, text, limitsOf(field)) ?? { '': exact(text) }
  },
  ...wholeText,
  operators: ['eq', 'ne', 'gt', 'ge', 'lt', 'le', 'in'],
  casts: {
    text: () => asText,
    autonumber: () => asText,
    integer: () => numberToNumber('integer', '2147483648', 0, 'lossy'),
    bigint: () => unchanged,
    decimal: (_from, to) => castToDecimal(to, { precision: 19, scale: 0 }),
    money: () => numberToNumber('numeric(19,4)', '1000000000000000', 4, 'safe'),
  },
  castsFrom: {
    integer: () => ({ risk: 'safe', using: (column) => `${column}::bigint` }),
    decimal: () => numberToNumber('bigint', '9223372036854775808', 0, 'lossy'),
    money: () => numberToNumber('bigint', '9223372036854775808', 0, 'lossy'),
    text: () => textToNumber('bigint', '9223372036854775808', 0),
  },
  masks: numberMasks,
  limits: numberLimits,
  indexable: true,
  schema(field) {
    const { min, max } = limitsOf(field)
    return {
      type: ['integer', 'string'],
      format: 'int64',
      description: `From ${min} to ${max}; as text when it is beyond 2^53`,
    }
  },
}

function readWhole(value: JsonValue, field: Field): string | Problem {
  const text = whole(readNumber(value), field)
  if (typeof text !== 'string') return text
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    return refuse(field, {
      rule: 'exact',
      says: 'is beyond 2^53 and may have lost digits as a JSON number',
      hint: 'Send it as text, like "9007199254740993"',
    })
  return text
}
