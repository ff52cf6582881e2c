// A time of day without a date and without a zone: opening hours, the start of a shift. Exact to the millisecond.
import { readTime } from '../../base/clock.ts'
import { latinDigits } from '../../base/digits.ts'
import { dateFormat } from '../../base/intl.ts'
import { valueText } from '../../base/kind.ts'
import type { Field } from '../../model/model.ts'
import { unchanged } from '../casts.ts'
import { anyMasks } from '../mask.ts'
import type { FieldType } from '../type.ts'
import { refuse, settingProblem, withoutValue } from '../value.ts'

export interface TimeField extends Field {
  readonly seconds?: boolean
  readonly min?: string
  readonly max?: string
}

const form = String.raw`'^\s*([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?\s*$'`
const limitSetting = { type: 'string', maxLength: 15, description: 'A time of day like 08:30.' }

export const type: FieldType<TimeField> = {
  name: 'time',
  label: { en: 'Time of day', fa: 'ساعت', ru: 'Время суток', th: 'เวลา', ro: 'Ora' },
  group: 'time',
  icon: 'clock',
  description: {
    en: 'A time like 08:30, the same in every time zone',
    fa: 'ساعتی مانند ۰۸:۳۰، یکسان در همهٔ منطقه‌های زمانی',
    ru: 'Время, например 08:30, одинаковое во всех поясах',
    th: 'เวลา เช่น 08:30 เหมือนกันทุกเขตเวลา',
    ro: 'O oră precum 08:30, aceeași în orice fus orar',
  },
  settings: {
    properties: {
      seconds: { type: 'boolean', description: 'Show seconds too.' },
      min: limitSetting,
      max: limitSetting,
    },
  },
  columns: () => [{ suffix: '', kind: 'time', sqlType: 'time(3)', edm: 'Edm.TimeOfDay' }],
  check(field) {
    const bad = (['min', 'max'] as const).filter(
      (name) => field[name] !== undefined && readTime(field[name]) === undefined,
    )
    if (bad.length > 0) return bad.map((name) => settingProblem(name, `${name} must be a time like 08:30`))
    const [min, max] = limitsOf(field)
    return min !== undefined && max !== undefined && min > max
      ? [settingProblem('max', 'max must not be below min')]
      : []
  },
  parse(input, field) {
    const none = withoutValue(input[''], field)
    if (none !== undefined) return none
    const value = input['']
    const time = typeof value === 'string' ? readTime(value) : undefined
    if (time === undefined) return refuse(field, { rule: 'time', says: 'must be a time of day', hint: 'Like 08:30:00' })
    const [min, max] = limitsOf(field)
    if (min !== undefined && time < min)
      return refuse(field, { rule: 'min', says: `must be at ${min} or later`, limit: min })
    if (max !== undefined && time > max)
      return refuse(field, { rule: 'max', says: `must be at ${max} or earlier`, limit: max })
    return { '': time }
  },
  format(value, field, { language }) {
    if (value === null) return ''
    const timeStyle = field.seconds === true ? 'medium' : 'short'
    return dateFormat(language, { timeStyle, timeZone: 'UTC' }).format(new Date(`1970-01-01T${valueText(value)}Z`))
  },
  fromText(text, field) {
    const plain = latinDigits(text).trim()
    if (plain === '') return null
    const padded = /^\d:/.test(plain) ? `0${plain}` : plain
    return (
      readTime(padded) ??
      readTwelve(padded) ??
      refuse(field, { rule: 'time', says: 'must be a time of day', hint: 'Like 08:30' })
    )
  },
  operators: ['eq', 'ne', 'gt', 'ge', 'lt', 'le'],
  casts: {
    time: () => unchanged,
    text: () => ({ risk: 'safe', using: (column) => `${column}::text` }),
  },
  castsFrom: {
    text: () => ({
      risk: 'lossy',
      using: (column) => `nullif(btrim(${column}), '')::time(3)`,
      fails: (column) => `(btrim(${column}) <> '' and ${column} !~ ${form})`,
    }),
    datetime: () => ({ risk: 'lossy', using: (column) => `(${column} at time zone 'UTC')::time(3)` }),
  },
  limits(field) {
    const [least, most] = limitsOf(field).map((time) => time && String(Date.parse(`1970-01-01T${time}Z`)))
    return { measure: (column) => `extract(epoch from ${column}) * 1000`, least, most }
  },
  masks: anyMasks,
  indexable: true,
  schema: () => ({ type: 'string', format: 'time', examples: ['08:30:00'] }),
}

function limitsOf({ min, max }: TimeField): [min: string | undefined, max: string | undefined] {
  return [min === undefined ? undefined : readTime(min), max === undefined ? undefined : readTime(max)]
}

/** "08:30 PM" in twenty-four hours. */
function readTwelve(text: string): string | undefined {
  const match = /^(0[1-9]|1[0-2])(:[0-5]\d(?::[0-5]\d)?)?\s*([ap])\.?m\.?$/i.exec(text)
  if (!match) return undefined
  const hour = (Number(match[1]) % 12) + (match[3]!.toLowerCase() === 'p' ? 12 : 0)
  return readTime(`${String(hour).padStart(2, '0')}${match[2] ?? ':00'}`)
}
