// How people count days: the year, quarter, month and week a day lies in, in the Gregorian, Persian and Buddhist calendars and in
// the fiscal year, and which day a moment is where they live. Days are whole numbers since 1970-01-01; no formatter is asked,
// so that SQL can do the same arithmetic.

export const calendars = ['gregory', 'persian', 'buddhist'] as const
export type Calendar = (typeof calendars)[number]

export const units = ['year', 'quarter', 'month', 'week', 'day', 'fiscal_year', 'fiscal_quarter'] as const
export type Unit = (typeof units)[number]

/** How a caller counts time. */
export interface Reckoning {
  readonly calendar: Calendar
  /** IANA name, or an offset such as +03:30. */
  readonly timeZone: string
  /** Where the fiscal year begins: a month of a calendar. */
  readonly fiscal: { readonly calendar: Calendar; readonly month: number }
}

/** Where nothing is said. */
export const plainReckoning: Reckoning = {
  calendar: 'gregory',
  timeZone: 'UTC',
  fiscal: { calendar: 'gregory', month: 1 },
}

export interface Day {
  readonly year: number
  /** From 1. */
  readonly month: number
  readonly day: number
}

/** The Persian calendar of ICU: leap years by the 33-year cycle. Its first day, counted from 1970. */
export const persianEpoch = -492_268
const cycle = 12_053

/** Days from the first day of the Persian calendar to the first of a year. */
function persianNewYear(year: number): number {
  return 365 * (year - 1) + Math.floor((8 * year + 21) / 33)
}

function persianDay(days: number): Day {
  const since = days - persianEpoch
  const year = 1 + Math.floor((33 * since + 3) / cycle)
  const rest = since - persianNewYear(year)
  const month = rest < 216 ? Math.floor(rest / 31) : Math.floor((rest - 6) / 30)
  return { year, month: month + 1, day: rest - before(month) + 1 }
}

/** Days of a Persian year before a month (from 0). */
function before(month: number): number {
  return month <= 6 ? 31 * month : 30 * month + 6
}

function gregorianDay(days: number): Day {
  const date = new Date(days * 86_400_000)
  return { year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate() }
}

/** Year, month and day of a day in a calendar. */
export function dayIn(calendar: Calendar, days: number): Day {
  if (calendar === 'persian') return persianDay(days)
  const day = gregorianDay(days)
  return calendar === 'buddhist' ? { ...day, year: day.year + 543 } : day
}

/** The first day of a month; months run on over the ends of the year (13 is the first of the next). */
export function firstOf(calendar: Calendar, year: number, month: number): number {
  const index = year * 12 + month - 1
  const [own, rest] = [Math.floor(index / 12), ((index % 12) + 12) % 12]
  if (calendar === 'persian') return persianEpoch + persianNewYear(own) + before(rest)
  const date = new Date(0)
  date.setUTCFullYear(own - (calendar === 'buddhist' ? 543 : 0), rest, 1)
  return Math.round(date.getTime() / 86_400_000)
}

/** How far a week's first day lies behind Thursday, the day of 1970-01-01: Monday, Saturday in Iran, Sunday in Thailand. */
export const weekShift: Readonly<Record<Calendar, number>> = { gregory: 3, persian: 5, buddhist: 4 }

const lengths: Readonly<Record<'year' | 'quarter' | 'month', number>> = { year: 12, quarter: 3, month: 1 }

/** The first day of the unit a day lies in, or of one so many units later. */
export function startOf(unit: Unit, days: number, { calendar, fiscal }: Reckoning, later = 0): number {
  if (unit === 'day') return days + later
  if (unit === 'week') {
    const shift = weekShift[calendar]
    return days - ((((days + shift) % 7) + 7) % 7) + 7 * later
  }
  const isFiscal = unit === 'fiscal_year' || unit === 'fiscal_quarter'
  const own = isFiscal ? fiscal.calendar : calendar
  const first = isFiscal ? fiscal.month : 1
  const length = lengths[isFiscal ? (unit.slice(7) as 'year' | 'quarter') : unit]
  const { year, month } = dayIn(own, days)
  const index = year * 12 + month - first
  const start = index - (((index % length) + length) % length) + later * length
  return firstOf(own, Math.floor(start / 12), (((start % 12) + 12) % 12) + first)
}

/** The number of the unit a day lies in: the year, 1 to 4, 1 to 12, the day of the month; weeks are counted from New Year. */
export function numberOf(unit: Unit, days: number, reckoning: Reckoning): number {
  const { calendar, fiscal } = reckoning
  const { year, month, day } = dayIn(calendar, days)
  switch (unit) {
    case 'year':
      return year
    case 'quarter':
      return Math.floor((month - 1) / 3) + 1
    case 'month':
      return month
    case 'day':
      return day
    case 'week': {
      const first = startOf('week', startOf('year', days, reckoning), reckoning)
      return (startOf('week', days, reckoning) - first) / 7 + 1
    }
    case 'fiscal_year':
    case 'fiscal_quarter': {
      const own = dayIn(fiscal.calendar, days)
      const index = own.year * 12 + own.month - fiscal.month
      return unit === 'fiscal_year' ? Math.floor(index / 12) : Math.floor((((index % 12) + 12) % 12) / 3) + 1
    }
  }
}

const clocks = new Map<string, Intl.DateTimeFormat>()

/** The clock of a zone; kept, because making one costs far more than reading it. */
function clockOf(timeZone: string): Intl.DateTimeFormat {
  let clock = clocks.get(timeZone)
  if (clock === undefined) {
    if (clocks.size > 500) clocks.clear()
    const [numeric, calendar] = ['numeric', 'gregory'] as const
    const day = { era: 'short', year: numeric, month: numeric, day: numeric } as const
    const time = { hour: numeric, minute: numeric, second: numeric, hourCycle: 'h23' } as const
    clock = new Intl.DateTimeFormat('en', { timeZone, calendar, numberingSystem: 'latn', ...day, ...time })
    clocks.set(timeZone, clock)
  }
  return clock
}

/** Milliseconds that a zone's clocks are ahead of UTC at a moment. */
function offsetAt(time: number, timeZone: string): number {
  if (timeZone === 'UTC') return 0
  const parts = new Map(
    clockOf(timeZone)
      .formatToParts(time)
      .map(({ type, value }) => [type, value]),
  )
  const read = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type))
  const local = new Date(0)
  local.setUTCFullYear(
    parts.get('era')?.startsWith('B') ? 1 - read('year') : read('year'),
    read('month') - 1,
    read('day'),
  )
  local.setUTCHours(read('hour'), read('minute'), read('second'))
  return local.getTime() - Math.floor(time / 1000) * 1000
}

/** The day a moment is in a time zone. unit: milliseconds in, days out. */
export function localDay(time: number, timeZone: string): number {
  return Math.floor((time + offsetAt(time, timeZone)) / 86_400_000)
}

/** The first moment of a day in a time zone, also where clocks skip midnight. unit: milliseconds. */
export function firstMoment(day: number, timeZone: string): number {
  const midnight = day * 86_400_000
  const [ahead, behind] = [offsetAt(midnight - 86_400_000, timeZone), offsetAt(midnight + 86_400_000, timeZone)]
  const tries = [midnight - ahead, midnight - behind].sort((a, b) => a - b)
  const found = tries.find((time) => localDay(time, timeZone) === day)
  return found ?? tries[1]!
}
