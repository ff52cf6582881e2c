// An instant, to the millisecond. Stored and sent in UTC, shown in the reader's time zone and calendar.
import { valueText } from '../../base/kind.ts'
import { latinDigits } from '../../base/digits.ts'
import { dateFormat } from '../../base/intl.ts'
import { readDate } from '../date/type.ts'
import { anyMasks } from '../mask.ts'
import type { FieldType } from '../type.ts'
import { refuse, withoutValue } from '../value.ts'

const form =
  /^(\d{4}-\d{2}-\d{2})[Tt ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,12}))?)?([Zz]|[+-](?:0\d|1[0-4]):?[0-5]\d)$/

/** The instant as "2026-11-25T10:00:00.000Z"; digits below the millisecond are cut. Undefined when the text is no instant. */
export function readDatetime(text: string): string | undefined {
  const match = form.exec(latinDigits(text))
  if (!match || readDate(match[1]!) === undefined) return undefined
  const [, date, hour, minute, second = '00', fraction = '', zone] = match
  const offset =
    zone!.toUpperCase() === 'Z' ? 'Z' : zone!.includes(':') ? zone! : `${zone!.slice(0, 3)}:${zone!.slice(3)}`
  const instant = new Date(`${date}T${hour}:${minute}:${second}.${fraction.slice(0, 3).padEnd(3, '0')}${offset}`)
  const year = instant.getUTCFullYear()
  return Number.isNaN(instant.getTime()) || year < 1 || year > 9999 ? undefined : instant.toISOString()
}

export const type: FieldType = {
  name: 'datetime',
  label: { en: 'Date and time', fa: 'تاریخ و ساعت', ru: 'Дата и время', th: 'วันและเวลา', ro: 'Dată și oră' },
  group: 'time',
  icon: 'date-time',
  description: {
    en: 'A moment, shown in the time zone of the reader',
    fa: 'یک لحظه، در منطقهٔ زمانی خواننده',
    ru: 'Момент в часовом поясе читателя',
    th: 'ช่วงเวลา แสดงตามเขตเวลาของผู้อ่าน',
    ro: 'Un moment, în fusul orar al cititorului',
  },
  settings: { properties: {} },
  columns: () => [{ suffix: '', kind: 'datetime', sqlType: 'timestamptz(3)', edm: 'Edm.DateTimeOffset' }],
  check: () => [],
  parse(input, field) {
    const none = withoutValue(input[''], field)
    if (none !== undefined) return none
    const value = input['']
    const instant = typeof value === 'string' ? readDatetime(value) : undefined
    if (instant !== undefined) return { '': instant }
    return refuse(field, {
      rule: 'datetime',
      says: 'must be a date and time with its offset',
      hint: 'Like 2026-11-25T10:00:00Z or 2026-11-25T10:00:00+03:30',
    })
  },
  format(value, _field, { language, calendar, timeZone }) {
    if (value === null) return ''
    return dateFormat(language, { dateStyle: 'medium', timeStyle: 'short', timeZone, calendar }).format(
      new Date(valueText(value)),
    )
  },
  fromText(text, field) {
    const plain = latinDigits(text).trim()
    if (plain === '') return null
    const withTime = readDate(plain) === undefined ? plain : `${plain}T00:00:00`
    const instant = readDatetime(withTime) ?? readDatetime(`${withTime}Z`)
    return (
      instant ??
      refuse(field, {
        rule: 'datetime',
        says: 'must be a date and time',
        hint: 'Like 2026-11-25 10:00 (UTC) or 2026-11-25T10:00:00+03:30',
      })
    )
  },
  operators: ['eq', 'ne', 'gt', 'ge', 'lt', 'le'],
  casts: {
    text: () => ({
      risk: 'safe',
      using: (column) => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`,
    }),
    date: () => ({ risk: 'lossy', using: (column) => `(${column} at time zone 'UTC')::date` }),
  },
  masks: anyMasks,
  indexable: true,
  schema: () => ({ type: 'string', format: 'date-time' }),
}
