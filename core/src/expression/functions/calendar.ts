// Days as people count them: numbers and first days of years, quarters, months and weeks in the caller's calendar, time zone and
// fiscal year, and the Persian and Buddhist calendars by name. SQL does the integer arithmetic of base/calendar.ts, so that both
// backends agree and no extension is needed; whose calendar it is comes in as a parameter, so that everyone shares a statement.
import {
  dayIn,
  localDay,
  numberOf,
  persianEpoch,
  plainReckoning,
  startOf,
  weekShift,
  type Calendar,
  type Unit,
} from '../../base/calendar.ts'
import type { Value } from '../../base/kind.ts'
import { once, param, quoted, sql, whole, type Sql } from '../fragment.ts'
import type { Case, FunctionDefinition, Overload, SqlCall, Surroundings } from './function.ts'
import { fromDays, toDays, toTime } from './value.ts'

/** The day of a date, or of a moment where the caller lives. unit: days since 1970. */
export function dayOfValue(
  value: Value,
  kind: string | undefined,
  { reckoning = plainReckoning }: Surroundings,
): number {
  return kind === 'datetime' ? localDay(toTime(value), reckoning.timeZone) : toDays(value)
}

const zone = param({ from: 'reckoning', take: 'zone' }, 'text')
const callers = param({ from: 'reckoning', take: 'calendar' }, 'text')
const fiscalCalendar = param({ from: 'reckoning', take: 'fiscal_calendar' }, 'text')
const fiscalMonth = param({ from: 'reckoning', take: 'fiscal_month' }, 'integer')
const epoch = sql`date '1970-01-01'`

/** The day itself as a date. */
function localDate(value: Sql, { kinds }: Pick<SqlCall, 'kinds'>): Sql {
  return kinds[0] === 'datetime' ? sql`(${value} at time zone ${zone})::date` : value
}

/** A day number as a date; null before the year 1. */
function asDate(days: Sql): Sql {
  return once({ n: days }, ({ n }) => sql`case when ${n} >= -719162 then ${epoch} + ${n} end`)
}

// ---- the Persian calendar in SQL ------------------------------------------------------------------------------------

/** So many cycles of 33 years are added before dividing, because SQL cuts where the arithmetic rounds down. */
const cycles = 100
const [shift, years] = [cycles * 12_053 - persianEpoch, cycles * 33]
const newYear = (year: Sql) => sql`(365 * (${year} - 1) + (8 * ${year} + 21) / 33)`
const before = (month: Sql) => sql`(case when ${month} <= 6 then 31 * ${month} else 30 * ${month} + 6 end)`

/** Something of "y" (the year, shifted), "r" (days since New Year), "m" (the month from 0) and "s" (the day, shifted). */
function persian(date: Sql, out: Sql): Sql {
  return once({ d: date }, ({ d }) => {
    const days = sql`select (${d} - ${epoch}) + ${whole(shift)} as "s"`
    const year = sql`select "s", 1 + (33 * "s" + 3) / 12053 as "y" from (${days}) "~d"`
    const rest = sql`select "s", "y", "s" - ${newYear(sql`"y"`)} as "r" from (${year}) "~y"`
    const month = sql`select "s", "y", "r", case when "r" < 216 then "r" / 31 else ("r" - 6) / 30 end as "m" from (${rest}) "~r"`
    return sql`(select ${out} from (${month}) "~m")`
  })
}

const persianYear = sql`"y" - ${whole(years)}`
const persianMonth = sql`"m" + 1`
const persianDay = sql`"r" - ${before(sql`"m"`)} + 1`
const firstDay = (month: Sql) => sql`"s" - "r" + ${before(month)} - ${whole(shift)}`

// ---- a unit in whatever calendar ------------------------------------------------------------------------------------

type Plain = 'year' | 'quarter' | 'month' | 'week' | 'day'
const part = (unit: string, date: Sql) => sql`extract(${{ pieces: [unit] }} from ${date})::integer`
const trunc = (unit: Plain, date: Sql) => sql`(date_trunc(${quoted(unit)}, ${date}::timestamp)::date - ${epoch})`

/** The first day of the week a day lies in, both as numbers. */
function weekStart(days: Sql, calendar: Calendar): Sql {
  return sql`(select "w" - mod("w" + ${whole(weekShift[calendar] + 7 * 200_000)}, 7) from (select ${days} as "w") "~w")`
}

/** The number of the first day of the unit. */
function startSql(unit: Plain, date: Sql, calendar: Calendar): Sql {
  if (unit === 'day') return sql`(${date} - ${epoch})`
  if (unit === 'week') return weekStart(sql`(${date} - ${epoch})`, calendar)
  if (calendar !== 'persian') return trunc(unit, date)
  return persian(date, firstDay({ year: sql`0`, quarter: sql`(3 * ("m" / 3))`, month: sql`"m"` }[unit]))
}

function numberSql(unit: Plain, date: Sql, calendar: Calendar): Sql {
  if (unit === 'week') {
    const first = weekStart(startSql('year', date, calendar), calendar)
    return sql`((${startSql('week', date, calendar)} - ${first}) / 7 + 1)`
  }
  if (calendar === 'persian')
    return persian(date, { year: persianYear, quarter: sql`"m" / 3 + 1`, month: persianMonth, day: persianDay }[unit])
  return unit === 'year' && calendar === 'buddhist' ? sql`(${part('year', date)} + 543)` : part(unit, date)
}

/** One of three, by the caller's calendar. */
function byCalendar(of: (calendar: Calendar) => Sql, calendar: Sql = callers): Sql {
  return sql`case ${calendar} when 'persian' then ${of('persian')} when 'buddhist' then ${of('buddhist')} else ${of('gregory')} end`
}

/** Months since the first fiscal month of the year 0, shifted like the Persian years so that none is negative. */
function fiscalIndex(date: Sql): Sql {
  const months = (calendar: Calendar) =>
    sql`(${numberSql('year', date, calendar)}) * 12 + (${numberSql('month', date, calendar)})`
  return sql`(${byCalendar(months, fiscalCalendar)} - ${fiscalMonth} + ${whole(12 * years)})`
}

/** The first day of the fiscal unit: so many months before the month the day lies in. */
function fiscalStart(date: Sql, length: 3 | 12): Sql {
  const first = once({ i: fiscalIndex(date) }, ({ i }) => sql`${i} - mod(${i}, ${whole(length)}) + ${fiscalMonth} - 1`)
  return once({ o: first }, ({ o }) => {
    const gregorian = (later: number) =>
      sql`case when ${o} / 12 - ${whole(later)} >= 1 then make_date(${o} / 12 - ${whole(later)}, mod(${o}, 12) + 1, 1) - ${epoch} end`
    const persianDays = sql`${newYear(sql`(${o} / 12)`)} + ${before(sql`mod(${o}, 12)`)} - ${whole(shift)}`
    const start = (calendar: Calendar) =>
      calendar === 'persian' ? persianDays : gregorian(years + (calendar === 'buddhist' ? 543 : 0))
    return byCalendar(start, fiscalCalendar)
  })
}

// ---- functions ------------------------------------------------------------------------------------------------------

const overloads = (gives: 'integer' | 'date'): readonly Overload[] => [
  { params: ['date'], gives },
  { params: ['datetime'], gives },
]

function named(
  calendar: 'persian' | 'buddhist',
  unit: 'year' | 'month' | 'day',
  cases: readonly Case[],
): FunctionDefinition {
  return {
    name: `${calendar}_${unit}`,
    doc: `The ${unit} of a day or moment in the ${calendar === 'persian' ? 'Persian' : 'Buddhist'} calendar`,
    zoned: true,
    depends: 'actor',
    overloads: overloads('integer'),
    evaluate: ([value], { kinds }, surroundings) => dayIn(calendar, dayOfValue(value!, kinds[0], surroundings))[unit],
    sql: ([value], call) => numberSql(unit, localDate(value!, call), calendar),
    cases,
  }
}

const lengthOf = { fiscal_year: 12, fiscal_quarter: 3 } as const

function numbered(unit: Unit, cases: readonly Case[]): FunctionDefinition {
  const isFiscal = unit === 'fiscal_year' || unit === 'fiscal_quarter'
  const inSql = (date: Sql): Sql => {
    if (!isFiscal) return byCalendar((calendar) => numberSql(unit, date, calendar))
    return unit === 'fiscal_year'
      ? sql`(${fiscalIndex(date)} / 12 - ${whole(years)})`
      : sql`(mod(${fiscalIndex(date)}, 12) / 3 + 1)`
  }
  return {
    name: isFiscal ? unit : `calendar_${unit}`,
    doc: `The ${unit.replace('_', ' ')} of a day or moment, as the caller's calendar counts`,
    zoned: true,
    depends: 'actor',
    overloads: overloads('integer'),
    evaluate: ([value], { kinds }, surroundings) =>
      numberOf(unit, dayOfValue(value!, kinds[0], surroundings), surroundings.reckoning ?? plainReckoning),
    sql: ([value], call) => once({ d: localDate(value!, call) }, ({ d }) => inSql(d)),
    cases,
  }
}

function bucket(unit: Unit, start: string): FunctionDefinition {
  const inSql = (date: Sql): Sql =>
    unit === 'fiscal_year' || unit === 'fiscal_quarter'
      ? fiscalStart(date, lengthOf[unit])
      : byCalendar((calendar) => startSql(unit, date, calendar))
  return {
    name: `bucket_${unit}`,
    doc: `The first day of the ${unit.replace('_', ' ')} a day or moment lies in, as the caller's calendar counts`,
    zoned: true,
    depends: 'actor',
    overloads: overloads('date'),
    evaluate: ([value], { kinds }, surroundings) =>
      fromDays(startOf(unit, dayOfValue(value!, kinds[0], surroundings), surroundings.reckoning ?? plainReckoning)),
    sql: ([value], call) => once({ d: localDate(value!, call) }, ({ d }) => asDate(inSql(d))),
    cases: [
      { args: ['2026-05-14'], gives: start },
      { args: ['2026-05-14T23:30:00.000-02:00'], gives: unit === 'day' ? '2026-05-15' : start, overload: 1 },
      { args: [null], gives: null },
    ],
  }
}

const ownDay: FunctionDefinition = {
  name: 'local_date',
  doc: 'The day of a moment where the caller lives',
  zoned: true,
  depends: 'actor',
  overloads: [
    { params: ['datetime'], gives: 'date' },
    { params: ['date'], gives: 'date' },
  ],
  evaluate: ([value], { kinds }, surroundings) => fromDays(dayOfValue(value!, kinds[0], surroundings)),
  sql: ([value], call) => localDate(value!, call),
  cases: [
    { args: ['2026-03-04T23:30:00.000-02:00'], gives: '2026-03-05' },
    { args: ['2026-03-04'], gives: '2026-03-04', overload: 1 },
  ],
}

export const calendarFunctions: readonly FunctionDefinition[] = [
  ownDay,
  named('persian', 'year', [
    { args: ['2026-03-20'], gives: 1404 },
    { args: ['2026-03-21'], gives: 1405 },
    { args: ['2025-03-20'], gives: 1403 },
    { args: ['0001-01-01'], gives: -621 },
    { args: [null], gives: null },
  ]),
  named('persian', 'month', [
    { args: ['2026-03-20'], gives: 12 },
    { args: ['2026-09-22'], gives: 6 },
  ]),
  named('persian', 'day', [
    { args: ['2025-03-20'], gives: 30 },
    { args: ['2026-03-20T20:29:59.999Z'], gives: 29, overload: 1 },
  ]),
  named('buddhist', 'year', [{ args: ['2026-03-20'], gives: 2569 }]),
  numbered('year', [{ args: ['2026-05-14'], gives: 2026 }]),
  numbered('quarter', [{ args: ['2026-05-14'], gives: 2 }]),
  numbered('month', [{ args: ['2026-05-14'], gives: 5 }]),
  numbered('week', [
    { args: ['2026-01-01'], gives: 1 },
    { args: ['2026-01-05'], gives: 2 },
  ]),
  numbered('day', [{ args: ['2026-05-14'], gives: 14 }]),
  numbered('fiscal_year', [{ args: ['2026-05-14'], gives: 2026 }]),
  numbered('fiscal_quarter', [{ args: ['2026-05-14'], gives: 2 }]),
  bucket('year', '2026-01-01'),
  bucket('quarter', '2026-04-01'),
  bucket('month', '2026-05-01'),
  bucket('week', '2026-05-11'),
  bucket('day', '2026-05-14'),
  bucket('fiscal_year', '2026-01-01'),
  bucket('fiscal_quarter', '2026-04-01'),
]
