// Money: an amount, its currency, and the amount in the base currency, which the server computes from the rate of the day.
import { valueText } from '../../base/kind.ts'
import { numberFormat } from '../../base/intl.ts'
import type { JsonValue } from '../../base/json.ts'
import type { Problem } from '../../base/problem.ts'
import { suggest } from '../../base/name.ts'
import type { Field, Model } from '../../model/model.ts'
import { asText, numberToNumber } from '../casts.ts'
import { castToDecimal } from '../decimal/type.ts'
import { checkLimits, fitNumber, limitSetting } from '../fixed.ts'
import { numberLimits } from '../limits.ts'
import { anyMasks } from '../mask.ts'
import { readNumber, readTypedNumber } from '../number.ts'
import type { FieldType, Parsed } from '../type.ts'
import { refuse, settingProblem, withoutValue } from '../value.ts'

export interface MoneyField extends Field {
  readonly min?: number | string
  readonly max?: number | string
  /** The date of the record whose day decides the rate. */
  readonly rateDate?: string
}

const digits = { precision: 19, scale: 4 }
const sqlType = 'numeric(19,4)'

const dates: ReadonlySet<string> = new Set(['date', 'datetime', 'local_datetime'])

export const type: FieldType<MoneyField> = {
  name: 'money',
  label: { en: 'Money', fa: 'پول', ru: 'Деньги', th: 'เงิน', ro: 'Bani' },
  group: 'number',
  icon: 'money-bills',
  description: {
    en: 'An amount with its currency',
    fa: 'مبلغ با واحد پول',
    ru: 'Сумма с валютой',
    th: 'จำนวนเงินพร้อมสกุลเงิน',
    ro: 'O sumă cu moneda ei',
  },
  settings: {
    properties: {
      min: limitSetting,
      max: limitSetting,
      rateDate: {
        $ref: 'common.schema.json#/$defs/name',
        description:
          'A date of the record: the exchange rate of its day counts, and is kept. Else the rate of the day of writing.',
      },
    },
  },
  fieldSettings: ['rateDate'],
  siblings: [...dates],
  columns: (field) => [
    { suffix: '', kind: 'decimal', sqlType, edm: 'Edm.Decimal' },
    { suffix: '_currency', kind: 'text', sqlType: 'text', collation: 'C', edm: 'Edm.String' },
    { suffix: '_base', kind: 'decimal', sqlType, edm: 'Edm.Decimal', readOnly: true },
    ...(field.rateDate === undefined
      ? []
      : [{ suffix: '_rate', kind: 'decimal', sqlType: 'numeric(24,12)', edm: 'Edm.Decimal', readOnly: true } as const]),
  ],
  check: (field, model) => [...checkLimits(field), ...dateProblems(field, model)],
  parse(input, field) {
    if (input['_base'] !== undefined)
      return refuse(field, {
        rule: 'readOnly',
        says: 'is computed in the base currency and cannot be written',
        suffix: '_base',
      })
    const currency = parseCurrency(input['_currency'], field)
    if (currency instanceof Error) return currency
    const none = withoutValue(input[''], field)
    if (none instanceof Error) return none
    if (none !== undefined) return { ...none, ...currency }
    const amount = fitNumber(readNumber(input['']!), field, digits)
    return typeof amount === 'string' ? { '': amount, ...currency } : amount
  },
  format(value, field, { language }, record) {
    if (value === null) return ''
    const currency = record?.[`${field.name}_currency`]
    const amount = valueText(value) as `${number}`
    if (typeof currency !== 'string' || !/^[A-Z]{3}$/.test(currency))
      return numberFormat(language, { minimumFractionDigits: 2, maximumFractionDigits: 4 }).format(amount)
    return numberFormat(language, { style: 'currency', currency }).format(amount)
  },
  fromText(text, field) {
    if (text.trim() === '') return null
    return readTypedNumber(text) ?? refuse(field, { rule: 'number', says: 'must be an amount', hint: 'Like 1250.50' })
  },
  operators: ['eq', 'ne', 'gt', 'ge', 'lt', 'le'],
  casts: {
    text: () => asText,
    decimal: (_from, to) => castToDecimal(to, digits),
    integer: () => numberToNumber('integer', '2147483648', 0, 'lossy'),
  },
  masks: anyMasks,
  limits: numberLimits,
  indexable: true,
  amount: () => ({ currency: '_currency', base: '_base' }),
  exchange: {
    currency: '_currency',
    base: '_base',
    rate: ({ rateDate }) => (rateDate === undefined ? undefined : '_rate'),
    day: ({ rateDate }) => rateDate,
  },
  schema: () => ({
    type: ['number', 'string'],
    description: 'An amount with at most 15 digits before and 4 after the point',
  }),
}

function dateProblems(field: MoneyField, model: Model): Problem[] {
  const { rateDate } = field
  if (rateDate === undefined) return []
  const siblings = [...model.entities.values()].find((each) => each.fields.includes(field))?.fields ?? []
  if (siblings.some(({ name, type: of }) => name === rateDate && dates.has(of))) return []
  const known = siblings.filter(({ type: of }) => dates.has(of)).map(({ name }) => name)
  return [settingProblem('rateDate', `There is no date "${rateDate}" beside it`, suggest(rateDate, known))]
}

function parseCurrency(value: JsonValue | undefined, field: Field): Parsed | Problem {
  if (value === undefined) return {}
  if (value === null || (typeof value === 'string' && /^[A-Z]{3}$/.test(value))) return { _currency: value }
  return refuse(field, {
    rule: 'currency',
    says: 'needs a currency code of three capital letters',
    suffix: '_currency',
    hint: 'Like EUR',
  })
}
