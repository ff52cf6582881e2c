// A calendar day without a time: the same day for everyone, whatever the time zone.
import { valueText } from '../../base/kind.ts'
import { latinDigits } from '../../base/digits.ts'
import { dateFormat } from '../../base/intl.ts'
import { anyMasks } from '../mask.ts'
import type { FieldType } from '../type.ts'
import { refuse, withoutValue } from '../value.ts'

const form = /^(\d{4})-(\d{2})-(\d{2})$/

/** The day in ISO form, or undefined when the text is no day between 0001-01-01 and 9999-12-31. */
export function readDate(text: string): string | undefined {
  const match = form.exec(latinDigits(text))
  if (!match) return undefined
  const [whole, year, month, day] = match
  if (year === '0000' || day === '00') return undefined
  return Number(day) <= daysOf(Number(year), Number(month)) ? whole : undefined
}

/** Days of a month; none of one that there is not. */
function daysOf(year: number, month: number): number {
  if (month < 1 || month > 12) return 0
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

export const type: FieldType = {
  name: 'date',
  label: { en: 'Date', fa: 'تاریخ', ru: 'Дата', th: 'วันที่', ro: 'Dată' },
  group: 'time',
  icon: 'calendar',
  description: {
    en: 'A day, the same in every time zone',
    fa: 'یک روز، یکسان در همهٔ منطقه‌های زمانی',
    ru: 'День, одинаковый во всех часовых поясах',
    th: 'วันเดียวกันในทุกเขตเวลา',
    ro: 'O zi, aceeași în orice fus orar',
  },
  settings: { properties: {} },
  columns: () => [{ suffix: '', kind: 'date', sqlType: 'date', edm: 'Edm.Date' }],
  check: () => [],
  parse(input, field) {
    const none = withoutValue(input[''], field)
    if (none !== undefined) return none
    const value = input['']
    const date = typeof value === 'string' ? readDate(value) : undefined
    return date === undefined
      ? refuse(field, { rule: 'date', says: 'must be a date', hint: 'Like 2026-11-25' })
      : { '': date }
  },
  format(value, _field, { language, calendar }) {
    if (value === null) return ''
    return dateFormat(language, { dateStyle: 'medium', timeZone: 'UTC', calendar }).format(
      new Date(`${valueText(value)}T00:00:00Z`),
    )
  },
  fromText(text, field) {
    const plain = latinDigits(text).trim()
    if (plain === '') return null
    const iso = plain
      .replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3')
      .replace(/^(\d{4})[/.](\d{2})[/.](\d{2})$/, '$1-$2-$3')
      .replace(/[T ]00:00(:00(\.0+)?)?Z?$/, '')
    return (
      readDate(iso) ??
      refuse(field, { rule: 'date', says: 'must be a date', hint: 'Like 2026-11-25 (year, month, day)' })
    )
  },
  operators: ['eq', 'ne', 'gt', 'ge', 'lt', 'le'],
  casts: {
    text: () => ({ risk: 'safe', using: (column) => `to_char(${column}, 'YYYY-MM-DD')` }),
    datetime: () => ({ risk: 'safe', using: (column) => `(${column}::timestamp at time zone 'UTC')::timestamptz(3)` }),
  },
  masks: anyMasks,
  indexable: true,
  schema: () => ({ type: 'string', format: 'date' }),
}
