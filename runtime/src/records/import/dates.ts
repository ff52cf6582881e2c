// Dates as people write them, in three calendars, as ISO text. Formats are patterns of yyyy, MM, dd, MMM, HH, mm, ss;
// without one the pattern of a column is found out from its cells, and refused when two patterns would both do.
import {
  BuddhistCalendar,
  CalendarDate,
  CalendarDateTime,
  GregorianCalendar,
  PersianCalendar,
  toCalendar,
  toZoned,
  type Calendar,
} from '@internationalized/date'
import { Problem } from '@peyvand/core/base/problem.ts'
import { latinDigits } from '@peyvand/core/base/digits.ts'

export const calendarNames = ['gregory', 'persian', 'buddhist'] as const
export type CalendarName = (typeof calendarNames)[number]

export const dateOrders = ['dmy', 'mdy'] as const
/** What comes first where day and month could change places. */
export type DateOrder = (typeof dateOrders)[number]

export interface DateStyle {
  /** A pattern such as `dd/MM/yyyy`, or `iso`. */
  readonly format: string
  readonly calendar: CalendarName
}

const calendars: Readonly<Record<CalendarName, Calendar>> = {
  gregory: new GregorianCalendar(),
  persian: new PersianCalendar(),
  buddhist: new BuddhistCalendar(),
}
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const tokens: Readonly<Record<string, string>> = {
  yyyy: '(?<y>\\d{4})',
  MMM: '(?<n>[A-Za-z]{3})',
  MM: '(?<M>\\d{1,2})',
  M: '(?<M>\\d{1,2})',
  dd: '(?<d>\\d{1,2})',
  d: '(?<d>\\d{1,2})',
  HH: '(?<H>\\d{1,2})',
  H: '(?<H>\\d{1,2})',
  mm: '(?<m>\\d{2})',
  ss: '(?<s>\\d{2})',
}
const compact: Readonly<Record<string, string>> = {
  yyyyMMdd: '(?<y>\\d{4})(?<M>\\d{2})(?<d>\\d{2})',
  ddMMyyyy: '(?<d>\\d{2})(?<M>\\d{2})(?<y>\\d{4})',
}
const time = '(?:[T ,]+(?<H>\\d{1,2}):(?<m>\\d{2})(?::(?<s>\\d{2})(?:[.,](?<f>\\d+))?)?\\s*(?<p>[AaPp]\\.?[Mm]\\.?)?)?'

/** Patterns tried for a column without one, the likeliest first. */
const guesses = [
  'yyyy-MM-dd',
  'yyyy/MM/dd',
  'yyyy.MM.dd',
  'dd/MM/yyyy',
  'MM/dd/yyyy',
  'dd.MM.yyyy',
  'dd-MM-yyyy',
  'MM-dd-yyyy',
  'dd MMM yyyy',
  'dd-MMM-yyyy',
  'yyyyMMdd',
]

const patterns = new Map<string, RegExp>()

/** The pattern's regular expression. throws: Problem when the pattern names no year, month and day. */
function patternOf(format: string): RegExp {
  const known = patterns.get(format)
  if (known) return known
  const body =
    compact[format] ??
    format.replace(
      /yyyy|MMM|MM?|dd?|HH?|mm|ss|[^A-Za-z]|[A-Za-z]/g,
      (part) => tokens[part] ?? part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'),
    )
  const whole = ['<y>', '<d>'].every((part) => body.includes(part)) && /<[Mn]>/.test(body)
  if (!whole)
    throw new Problem('request.malformed', {
      detail: `"${format}" is no date format.`,
      hint: 'A format has yyyy, MM (or MMM) and dd, for example "dd/MM/yyyy" or "yyyy-MM-dd HH:mm".',
    })
  const pattern = new RegExp(`^${body}${body.includes('<H>') ? '' : time}$`)
  patterns.set(format, pattern)
  return pattern
}

/**
 * A cell as ISO text: a date ("2026-11-25") or, for `kind: datetime`, an instant ("2026-11-25T10:00:00.000Z"; a time
 * without a zone is in `timeZone`). Undefined when the cell is no such date.
 */
export function readDate(
  cell: string,
  kind: 'date' | 'datetime',
  style: DateStyle,
  timeZone = 'UTC',
): string | undefined {
  const text = latinDigits(cell)
    .replace(/\p{Cf}/gu, '')
    .trim()
  if (style.format === 'iso' || (style.calendar === 'gregory' && /T\d\d:\d\d.*(Z|[+-]\d\d:?\d\d)$/.test(text)))
    return readIso(text, kind, timeZone)
  const parts = patternOf(style.format).exec(text)?.groups
  if (!parts) return undefined
  const month = parts['n'] === undefined ? Number(parts['M']) : months.indexOf(parts['n'].toLowerCase()) + 1
  return build(
    { year: Number(parts['y']), month, day: Number(parts['d']) },
    clock(parts),
    kind,
    calendars[style.calendar],
    timeZone,
  )
}

interface Day {
  readonly year: number
  readonly month: number
  readonly day: number
}
interface Clock {
  readonly hour: number
  readonly minute: number
  readonly second: number
  readonly millisecond: number
}

function clock(parts: Readonly<Record<string, string | undefined>>): Clock {
  const half = parts['p']?.toLowerCase()[0]
  const hour = Number(parts['H'] ?? 0)
  return {
    hour: half === undefined ? hour : (hour % 12) + (half === 'p' ? 12 : 0),
    minute: Number(parts['m'] ?? 0),
    second: Number(parts['s'] ?? 0),
    millisecond: Number((parts['f'] ?? '').padEnd(3, '0').slice(0, 3)),
  }
}

function build(
  { year, month, day }: Day,
  { hour, minute, second, millisecond }: Clock,
  kind: 'date' | 'datetime',
  calendar: Calendar,
  timeZone: string,
): string | undefined {
  if (hour > 23 || minute > 59 || second > 59 || month < 1 || day < 1) return undefined
  const written = new CalendarDate(calendar, year, month, day)
  if (written.year !== year || written.month !== month || written.day !== day) return undefined
  const { year: y, month: m, day: d } = toCalendar(written, calendars.gregory)
  if (kind === 'date') return new CalendarDate(y, m, d).toString()
  return toZoned(new CalendarDateTime(y, m, d, hour, minute, second, millisecond), timeZone)
    .toDate()
    .toISOString()
}

function readIso(text: string, kind: 'date' | 'datetime', timeZone: string): string | undefined {
  const zoned = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d(:?\d\d)?)$/.test(text)
  if (zoned && kind === 'datetime') {
    const instant = new Date(text.replace(/([+-]\d\d)$/, '$1:00'))
    return Number.isNaN(instant.getTime()) ? undefined : instant.toISOString()
  }
  return readDate(zoned ? text.slice(0, 10) : text, kind, { format: 'yyyy-MM-dd', calendar: 'gregory' }, timeZone)
}

/** The calendar that years of this size belong to in our countries. */
function calendarOf(cells: readonly string[]): CalendarName {
  const years = cells.map((cell) => Number(/\d{4}/.exec(latinDigits(cell))?.[0] ?? 0)).filter((year) => year > 0)
  const all = (from: number, to: number) => years.length > 0 && years.every((year) => year >= from && year < to)
  return all(1200, 1500) ? 'persian' : all(2400, 2700) ? 'buddhist' : 'gregory'
}

/**
 * How a column writes its dates, found out from some of its cells. `format` or `calendar` that are given hold; `order` decides
 * where day and month could change places in every cell. Without it that is a Problem: guessing would make wrong dates that
 * nobody sees.
 */
export function detectDates(
  cells: readonly string[],
  given: Partial<DateStyle> & { readonly order?: DateOrder } = {},
): DateStyle | Problem {
  const filled = cells.filter((cell) => cell.trim() !== '')
  const calendar = given.calendar ?? calendarOf(filled)
  if (given.format !== undefined) return { format: given.format, calendar }
  const counted = guesses
    .map((format) => ({ format, texts: filled.map((cell) => readDate(cell, 'date', { format, calendar })) }))
    .map((guess) => ({ ...guess, hits: guess.texts.filter((text) => text !== undefined).length }))
  const most = Math.max(...counted.map((guess) => guess.hits))
  if (most === 0) return { format: 'yyyy-MM-dd', calendar }
  const best = counted.filter((guess) => guess.hits === most)
  const rival = best.find((guess) => guess.texts.some((text, place) => text !== best[0]!.texts[place]))
  if (!rival) return { format: best[0]!.format, calendar }
  const wanted = given.order && best.find(({ format }) => orderOf(format) === given.order)
  if (wanted) return { format: wanted.format, calendar }
  const example = filled.find((_, place) => best[0]!.texts[place] !== rival.texts[place])
  return new Problem('request.malformed', {
    detail: `"${example}" can be read as ${best[0]!.format} and as ${rival.format}.`,
    hint: `Say which it is in the mapping: "dateOrder": "dmy" or "mdy", or "date": "${best[0]!.format}".`,
  })
}

function orderOf(format: string): DateOrder {
  return format.indexOf('d') < format.indexOf('M') ? 'dmy' : 'mdy'
}
