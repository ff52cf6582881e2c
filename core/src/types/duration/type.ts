// A length of time: how long a call took, what a contract allows. Days, hours, minutes and seconds to the millisecond; never
// negative, and without months and years, which have no fixed length. The wire says ISO 8601 (PT1H30M).
import { durationOf, longestDuration, printDuration, readDuration } from '../../base/clock.ts'
import { latinNumber } from '../../base/digits.ts'
import { numberFormat } from '../../base/intl.ts'
import { valueText } from '../../base/kind.ts'
import type { Field } from '../../model/model.ts'
import { unchanged } from '../casts.ts'
import { castToDecimal } from '../decimal/type.ts'
import { anyMasks } from '../mask.ts'
import type { FieldType } from '../type.ts'
import { refuse, settingProblem, withoutValue } from '../value.ts'

export interface DurationField extends Field {
  readonly min?: string
  readonly max?: string
}

/** From the largest; with the names people type, in the languages of the app. */
const units = [
  ['day', 86_400_000, 'd day days روز д дн день дня дней วัน z zi zile'],
  ['hour', 3_600_000, 'h hr hrs hour hours ساعت ч час часа часов ชม ชั่วโมง o oră ore'],
  ['minute', 60_000, 'm min mins minute minutes دقیقه м мин минута минуты минут น นาที minut'],
  ['second', 1000, 's sec secs second seconds ثانیه с сек секунда секунды секунд ว วินาที secundă secunde'],
] as const

const limitSetting = { type: 'string', maxLength: 60, description: 'A duration like PT1H30M.' }
const form = String.raw`'^\s*P(?=[0-9T])([0-9]{1,5}W)?([0-9]{1,6}D)?(T(?=[0-9])([0-9]{1,7}H)?([0-9]{1,8}M)?([0-9]{1,9}(\.[0-9]{1,6})?S)?)?\s*$'`

export const type: FieldType<DurationField> = {
  name: 'duration',
  label: { en: 'Duration', fa: 'مدت', ru: 'Длительность', th: 'ระยะเวลา', ro: 'Durată' },
  group: 'time',
  icon: 'history',
  description: {
    en: 'A length of time like 1 h 30 min',
    fa: 'درازای زمان، مانند ۱ ساعت و ۳۰ دقیقه',
    ru: 'Отрезок времени, например 1 ч 30 мин',
    th: 'ความยาวของเวลา เช่น 1 ชม. 30 นาที',
    ro: 'Un interval de timp precum 1 h 30 min',
  },
  settings: { properties: { min: limitSetting, max: limitSetting } },
  columns: () => [{ suffix: '', kind: 'duration', sqlType: 'interval(3)', edm: 'Edm.Duration' }],
  check(field) {
    const bad = (['min', 'max'] as const).filter(
      (name) => field[name] !== undefined && durationOf(field[name]) === undefined,
    )
    if (bad.length > 0) return bad.map((name) => settingProblem(name, `${name} must be a duration like PT1H30M`))
    const [min, max] = limitsOf(field)
    return min > max ? [settingProblem('max', 'max must not be below min')] : []
  },
  parse(input, field) {
    const none = withoutValue(input[''], field)
    if (none !== undefined) return none
    const value = input['']
    const length = typeof value === 'string' ? readLength(value) : undefined
    if (length === undefined)
      return refuse(field, {
        rule: 'duration',
        says: 'must be a duration',
        hint: 'Like PT1H30M (ISO 8601 with days, hours, minutes and seconds), 1:30 or 1h 30m',
      })
    const [min, max] = limitsOf(field)
    if (length < min)
      return refuse(field, { rule: 'min', says: `must be at least ${printDuration(min)}`, limit: printDuration(min) })
    if (length > max)
      return refuse(field, { rule: 'max', says: `must be at most ${printDuration(max)}`, limit: printDuration(max) })
    return { '': printDuration(length) }
  },
  format(value, _field, { language }) {
    let rest = value === null ? undefined : durationOf(valueText(value))
    if (rest === undefined) return value === null ? '' : valueText(value)
    const parts: string[] = []
    for (const [unit, size] of units) {
      const count = unit === 'second' ? rest / size : Math.floor(rest / size)
      rest %= size
      if (count > 0 || (unit === 'second' && parts.length === 0))
        parts.push(numberFormat(language, { style: 'unit', unit, unitDisplay: 'short' }).format(count))
    }
    return parts.join(' ')
  },
  fromText(text, field) {
    if (text.trim() === '') return null
    const length = readLength(text)
    return length === undefined
      ? refuse(field, { rule: 'duration', says: 'must be a duration', hint: 'Like 1:30, 1h 30m or PT1H30M' })
      : printDuration(length)
  },
  operators: ['gt', 'ge', 'lt', 'le', 'eq', 'ne'],
  casts: {
    duration: () => unchanged,
    decimal: (_from, to) => {
      const { risk, using, fails } = castToDecimal(to, { precision: 18, scale: 3 })
      const seconds = (column: string): string => `extract(epoch from ${column})`
      return { risk, using: (column) => using(seconds(column)), fails: fails && ((column) => fails(seconds(column))) }
    },
  },
  castsFrom: {
    text: () => ({
      risk: 'lossy',
      using: (column) => `nullif(btrim(${column}), '')::interval(3)`,
      fails: (column) => `(btrim(${column}) <> '' and ${column} !~ ${form})`,
    }),
    integer: () => ({
      risk: 'safe',
      using: (column) => `make_interval(secs => ${column})::interval(3)`,
      fails: (column) => `(${column} < 0)`,
    }),
  },
  limits(field) {
    const [least, most] = limitsOf(field)
    return { measure: (column) => `extract(epoch from ${column}) * 1000`, least: String(least), most: String(most) }
  },
  masks: anyMasks,
  indexable: true,
  schema: () => ({ type: 'string', format: 'duration', examples: ['PT1H30M'] }),
}

function limitsOf({ min, max }: DurationField): [min: number, max: number] {
  return [durationOf(min ?? '') ?? 0, durationOf(max ?? '') ?? longestDuration]
}

/** Milliseconds of "PT1H30M", "1:30", "1:30:15", "1h 30m" or "1.5 h". */
function readLength(text: string): number | undefined {
  const plain = latinNumber(text)
  const iso = readDuration(plain)
  if (iso !== undefined) return durationOf(iso)
  const clock = /^(\d{1,6}):([0-5]\d)(?::([0-5]\d))?$/.exec(plain)
  const length = clock
    ? Number(clock[1]) * 3_600_000 + Number(clock[2]) * 60_000 + Number(clock[3] ?? 0) * 1000
    : readUnits(plain.toLowerCase())
  return length !== undefined && length <= longestDuration ? length : undefined
}

function readUnits(text: string): number | undefined {
  const parts = [...text.matchAll(/(\d{1,9}(?:\.\d{1,9})?)\s*(\p{L}[\p{L}\p{M}]*)\.?/gu)]
  const rest = parts.reduce((left, [part]) => left.replace(part, ''), text)
  if (parts.length === 0 || !/^[\s,و]*$/.test(rest)) return undefined
  let total = 0
  let last = Number.POSITIVE_INFINITY
  for (const [, count, name] of parts) {
    const size = units.find(([, , names]) => names.split(' ').includes(name!))?.[1]
    if (size === undefined || size >= last) return undefined
    total += Number(count) * size
    last = size
  }
  return Math.round(total)
}
