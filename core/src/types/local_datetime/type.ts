// A date and a time on the wall: the same figures for everyone, wherever they are (a flight leaves at 10:00 local time).
// Stored and sent as that time in UTC, as users of Dataverse know it from "time-zone independent", so that every OData
// client reads it and every date function works; it is never converted to the reader's zone.
import { latinDigits } from '../../base/digits.ts'
import { dateFormat } from '../../base/intl.ts'
import { valueText } from '../../base/kind.ts'
import { readDate } from '../date/type.ts'
import { type as datetime, readDatetime } from '../datetime/type.ts'
import { textToDatetime, unchanged } from '../casts.ts'
import { anyMasks } from '../mask.ts'
import type { FieldType } from '../type.ts'
import { refuse, withoutValue } from '../value.ts'

/** The wall time as its UTC spelling; a text with another offset than zero is refused, because it means a moment. */
export function readLocal(text: string): string | undefined {
  const plain = latinDigits(text)
  if (/[+-](?!00:?00$)\d{2}:?\d{2}$/.test(plain) && /[T ]\d{2}:\d{2}/i.test(plain)) return undefined
  return readDatetime(plain) ?? readDatetime(`${plain}Z`)
}

export const type: FieldType = {
  name: 'local_datetime',
  label: {
    en: 'Local date and time',
    fa: 'تاریخ و ساعت محلی',
    ru: 'Местные дата и время',
    th: 'วันและเวลาท้องถิ่น',
    ro: 'Dată și oră locală',
  },
  group: 'time',
  icon: 'date-time',
  description: {
    en: 'A date and time on the wall, the same in every time zone',
    fa: 'تاریخ و ساعت روی دیوار، یکسان در همهٔ منطقه‌های زمانی',
    ru: 'Дата и время на месте, одинаковые во всех поясах',
    th: 'วันและเวลาตามท้องที่ เหมือนกันทุกเขตเวลา',
    ro: 'Data și ora locului, aceleași în orice fus orar',
  },
  settings: { properties: {} },
  columns: () => [{ suffix: '', kind: 'datetime', sqlType: 'timestamptz(3)', edm: 'Edm.DateTimeOffset' }],
  check: () => [],
  parse(input, field) {
    const none = withoutValue(input[''], field)
    if (none !== undefined) return none
    const value = input['']
    const local = typeof value === 'string' ? readLocal(value) : undefined
    if (local !== undefined) return { '': local }
    return refuse(field, {
      rule: 'datetime',
      says: 'must be a date and time without an offset',
      hint: 'Like 2026-11-25T10:00:00, or with Z for clients that need an offset',
    })
  },
  format(value, _field, { language, calendar }) {
    if (value === null) return ''
    return dateFormat(language, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC', calendar }).format(
      new Date(valueText(value)),
    )
  },
  fromText(text, field) {
    const plain = latinDigits(text).trim()
    if (plain === '') return null
    const local = readLocal(readDate(plain) === undefined ? plain : `${plain}T00:00:00`)
    return local ?? refuse(field, { rule: 'datetime', says: 'must be a date and time', hint: 'Like 2026-11-25 10:00' })
  },
  operators: ['eq', 'ne', 'gt', 'ge', 'lt', 'le'],
  casts: {
    text: () => ({
      risk: 'safe',
      using: (column) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS')`,
    }),
    date: (from, to) => datetime.casts['date']!(from, to),
    time: () => ({ risk: 'lossy', using: (column) => `(${column} at time zone 'UTC')::time(3)` }),
    datetime: () => unchanged,
  },
  castsFrom: {
    datetime: () => unchanged,
    date: () => ({ risk: 'safe', using: (column) => `(${column}::timestamp at time zone 'UTC')::timestamptz(3)` }),
    text: () => textToDatetime,
  },
  masks: anyMasks,
  indexable: true,
  wallTime: true,
  schema: () => ({
    type: 'string',
    format: 'date-time',
    description: 'A wall time written in UTC: the same figures in every time zone',
  }),
}
