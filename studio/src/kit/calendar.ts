// Calendar arithmetic for pickers: month grids, reading and writing dates in the reader's calendar. Storage stays ISO; nothing here shifts a date by zone.
import {
  BuddhistCalendar,
  type Calendar as Arithmetic,
  CalendarDate,
  endOfMonth,
  getWeeksInMonth,
  GregorianCalendar,
  parseDate,
  PersianCalendar,
  startOfMonth,
  startOfWeek,
  toCalendar,
  today,
} from '@internationalized/date'
import { latinDigits } from '@peyvand/core/base/digits.ts'
import { foldSpaced } from '@peyvand/core/base/fold.ts'
import type { Calendar } from '../data/settings.ts'

const arithmetic: Readonly<Record<Calendar, Arithmetic>> = {
  gregory: new GregorianCalendar(),
  persian: new PersianCalendar(),
  buddhist: new BuddhistCalendar(),
}

export interface Day {
  readonly iso: string
  readonly label: string
  readonly outside: boolean
  readonly today: boolean
  readonly date: CalendarDate
}
export interface Reading {
  readonly calendar: Calendar
  readonly locale: string
  readonly timeZone: string
}

/** A date in the reader's calendar, from ISO; today when there is none. */
export function dateIn(iso: string | null | undefined, { calendar, timeZone }: Reading): CalendarDate {
  const date = iso && /^\d{4}-\d{2}-\d{2}/.test(iso) ? parseDate(iso.slice(0, 10)) : today(timeZone)
  return toCalendar(date, arithmetic[calendar])
}

/** ISO text of a date of any calendar. */
export const isoOf = (date: CalendarDate): string => toCalendar(date, arithmetic.gregory).toString()

/** The weeks of the month a date lies in, each of seven days, starting on the language's first day of the week. */
export function weeksOf(date: CalendarDate, reading: Reading): readonly (readonly Day[])[] {
  const first = startOfWeek(startOfMonth(date), reading.locale)
  const now = isoOf(today(reading.timeZone))
  const digits = new Intl.NumberFormat(reading.locale)
  return Array.from({ length: getWeeksInMonth(date, reading.locale) }, (_, week) =>
    Array.from({ length: 7 }, (_, day) => {
      const one = first.add({ days: week * 7 + day })
      const iso = isoOf(one)
      return { iso, date: one, label: digits.format(one.day), outside: one.month !== date.month, today: iso === now }
    }),
  )
}

/** Short names of the week's days, in order. */
export function weekdays(date: CalendarDate, reading: Reading): readonly { short: string; long: string }[] {
  const first = startOfWeek(date, reading.locale)
  const [short, long] = (['narrow', 'long'] as const).map(
    (weekday) => new Intl.DateTimeFormat(reading.locale, { weekday, timeZone: 'UTC' }),
  )
  return Array.from({ length: 7 }, (_, day) => {
    const at = first.add({ days: day }).toDate('UTC')
    return { short: short!.format(at), long: long!.format(at) }
  })
}

/** Month and year as the picker's title. */
export function monthTitle(date: CalendarDate, { locale }: Reading): string {
  const title = new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric', timeZone: 'UTC' })
  const parts = title.formatToParts(date.toDate('UTC'))
  // Persian readers name the month first, what the browser knows of their calendar does not.
  if (locale.startsWith('fa') && parts[0]?.type === 'year') parts.reverse()
  return parts.map(({ value }) => value).join('')
}

/** A date for reading: "3 Dec 2026", "۱۲ آذر ۱۴۰۵". */
export function showDate(iso: string, { locale }: Reading): string {
  if (!/^\d{4}-\d{2}-\d{2}/.test(iso)) return iso
  return new Intl.DateTimeFormat(locale, { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' }).format(
    new Date(`${iso.slice(0, 10)}T00:00:00Z`),
  )
}

/** A date as typed in any digits, order by the language, month names allowed → ISO; undefined when it is none. */
export function readDate(text: string, reading: Reading): string | undefined {
  const plain = foldSpaced(latinDigits(text)).replace(/[\u200e\u200f]/g, '')
  const month = monthNamed(plain, reading)
  const numbers = (plain.match(/\d+/g) ?? []).map(Number)
  if (numbers.length === 1 && String(numbers[0]).length === 8)
    return readDate(String(numbers[0]).replace(/(\d{4})(\d{2})(\d{2})/, '$1-$2-$3'), reading)
  const parts = month ? withMonth(numbers, month, reading) : withoutMonth(numbers, plain, reading)
  return parts && isoFrom(parts, reading)
}

type Parts = readonly [year: number, month: number, day: number]

function withMonth(numbers: readonly number[], month: number, reading: Reading): Parts | undefined {
  if (numbers.length < 1 || numbers.length > 2) return undefined
  const [a, b = dateIn(undefined, reading).year] = numbers as [number, number?]
  return a > 31 ? [a, month, b] : [b, month, a]
}

function withoutMonth(numbers: readonly number[], plain: string, reading: Reading): Parts | undefined {
  if (numbers.length < 2 || numbers.length > 3) return undefined
  const [a, b, c = dateIn(undefined, reading).year] = numbers as [number, number, number?]
  const first = plain.match(/\d+/)![0]
  const yearFirst =
    numbers.length === 3 && (first.length > 2 || (reading.calendar === 'persian' && String(c).length < 3))
  return yearFirst ? [a, b, c] : [c, b, a]
}

function isoFrom([given, month, day]: Parts, reading: Reading): string | undefined {
  const century = reading.calendar === 'persian' ? 1400 : reading.calendar === 'buddhist' ? 2500 : 2000
  const year = given < 100 ? century + given : given
  const calendar: Calendar = year > 2400 ? 'buddhist' : year < 1700 ? 'persian' : 'gregory'
  const date = new CalendarDate(arithmetic[calendar], year, month, 1)
  const inRange = month >= 1 && month <= 12 && day >= 1 && day <= endOfMonth(date).day && date.year === year
  return inRange ? isoOf(date.set({ day })) : undefined
}

/** Hour and minute as typed in any digits: "9", "930", "9:30", "21.30", "9:30 pm"; undefined when they are none. */
export function readTime(text: string): readonly [hour: number, minute: number] | undefined {
  const plain = latinDigits(text).trim().toLowerCase()
  if (plain === '') return [0, 0]
  const found = /^(\d{1,2})(?:\s*[:.٫\s]\s*(\d{1,2})(?:[:.٫]\d{2})?|(\d{2}))?\s*([ap])?\.?(?:m\.?)?$/.exec(plain)
  if (!found) return undefined
  const [, given = '', apart, together, half] = found
  const minute = Number(apart ?? together ?? 0)
  const hour = half === undefined ? Number(given) : (Number(given) % 12) + (half === 'p' ? 12 : 0)
  return hour < 24 && minute < 60 && (half === undefined || Number(given) <= 12) ? [hour, minute] : undefined
}

/** A date and the time after it, as typed or pasted together. */
export function splitMoment(text: string): readonly [date: string, time: string | undefined] {
  const found = /^(.*?)(?:\s+|,\s*|(?<=\d)t)(\d{1,2}:\d{1,2}(?::\d{2})?\s*(?:[ap]\.?m\.?)?)$/i.exec(
    latinDigits(text).trim(),
  )
  return found ? [found[1]!, found[2]] : [text, undefined]
}

/** The month whose name stands in the text; the longest name wins, because «فروردین» holds «دی». */
function monthNamed(plain: string, reading: Reading): number | undefined {
  let best = { month: undefined as number | undefined, length: 0 }
  for (let month = 1; month <= 12; month++) {
    for (const name of monthNames(month, reading))
      if (name.length > best.length && plain.includes(name)) best = { month, length: name.length }
  }
  return best.month
}

/** A month's names as typed: long and short, alone and in a date, where some languages decline them. */
function monthNames(month: number, reading: Reading): readonly string[] {
  const at = new CalendarDate(arithmetic[reading.calendar], dateIn(undefined, reading).year, month, 1).toDate('UTC')
  const styles = [
    { month: 'long' },
    { month: 'short' },
    { day: 'numeric', month: 'long' },
    { day: 'numeric', month: 'short' },
  ] as const
  const names = styles.map(
    (style) =>
      new Intl.DateTimeFormat(reading.locale, { ...style, timeZone: 'UTC' })
        .formatToParts(at)
        .find((part) => part.type === 'month')?.value ?? '',
  )
  return names.filter((name) => /\p{L}/u.test(name)).map((name) => foldSpaced(name).replace(/\.$/, ''))
}
