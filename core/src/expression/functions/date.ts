// Days and moments. Parts of a moment are read in UTC, so that the same row gives the same answer everywhere; `now` and
// `today` are parameters, never the database's clock.
import { readTime } from '../../base/clock.ts'
import { valueText, type Value } from '../../base/kind.ts'
import { printDecimal } from '../decimal.ts'
import { once, param, quoted, sql, type Sql } from '../fragment.ts'
import type { Case, FunctionDefinition } from './function.ts'
import { dayOf, fromDays, toDays, toDecimal, toLength, toTime } from './value.ts'

const utc = (value: Sql) => sql`(${value} at time zone 'UTC')`

/** A time of day as a moment, to read its parts. */
const onFirstDay = (time: Value) => `1970-01-01T${valueText(time)}Z`

function part(
  name: string,
  doc: string,
  read: (date: Date) => number,
  withDays: boolean,
  cases: readonly Case[],
): FunctionDefinition {
  const moment = { params: ['datetime'], gives: 'integer' } as const
  return {
    name,
    doc,
    cases,
    overloads: withDays
      ? [{ params: ['date'], gives: 'integer' }, moment]
      : [moment, { params: ['time'], gives: 'integer' }],
    evaluate: ([value], call) => read(new Date(toTime(call.kinds[0] === 'time' ? onFirstDay(value!) : value!))),
    sql: ([value], call) =>
      sql`floor(extract(${{ pieces: [name] }} from ${call.kinds[0] === 'datetime' ? utc(value!) : value!}))::integer`,
  }
}

const parts = [
  part('year', 'Year of a day or moment', (date) => date.getUTCFullYear(), true, [
    { args: ['2026-03-04'], gives: 2026 },
    { args: ['2026-12-31T23:30:00.000-02:00'], gives: 2027, overload: 1 },
  ]),
  part('month', 'Month, from 1', (date) => date.getUTCMonth() + 1, true, [
    { args: ['2026-03-04'], gives: 3 },
    { args: [null], gives: null },
  ]),
  part('day', 'Day of the month', (date) => date.getUTCDate(), true, [{ args: ['2026-03-04'], gives: 4 }]),
  part('hour', 'Hour in UTC', (date) => date.getUTCHours(), false, [
    { args: ['2026-03-04T05:06:07.890Z'], gives: 5 },
    { args: ['23:59:00'], gives: 23, overload: 1 },
  ]),
  part('minute', 'Minute', (date) => date.getUTCMinutes(), false, [{ args: ['2026-03-04T05:06:07.890Z'], gives: 6 }]),
  part('second', 'Second', (date) => date.getUTCSeconds(), false, [
    { args: ['2026-03-04T05:06:07.890Z'], gives: 7 },
    { args: ['10:00:59.999'], gives: 59, overload: 1 },
  ]),
]

const fractionalseconds: FunctionDefinition = {
  name: 'fractionalseconds',
  doc: 'The part of a second, as 0.123',
  overloads: [{ params: ['datetime'], gives: 'decimal' }],
  evaluate: ([value]) => printDecimal({ digits: BigInt(new Date(toTime(value!)).getUTCMilliseconds()), scale: 3 }),
  sql: ([value]) => sql`trim_scale(mod(extract(second from ${value!}), 1))`,
  cases: [
    { args: ['2026-03-04T05:06:07.890Z'], gives: '0.89' },
    { args: ['2026-03-04T05:06:07Z'], gives: '0' },
  ],
}

function edge(name: string, doc: string, moment: string): FunctionDefinition {
  return {
    name,
    doc,
    overloads: [{ params: [], gives: 'datetime' }],
    evaluate: () => moment,
    sql: () => sql`${quoted(moment)}::timestamptz`,
    cases: [{ args: [], gives: moment }],
  }
}

const edges = [
  edge('mindatetime', 'The earliest moment there is', '0001-01-01T00:00:00.000Z'),
  edge('maxdatetime', 'The latest moment there is', '9999-12-31T23:59:59.999Z'),
]

const date: FunctionDefinition = {
  name: 'date',
  doc: 'The day of a moment, in UTC',
  overloads: [{ params: ['datetime'], gives: 'date' }],
  evaluate: ([value]) => dayOf(value!),
  sql: ([value]) => sql`${utc(value!)}::date`,
  cases: [
    { args: ['2026-03-04T23:30:00.000-02:00'], gives: '2026-03-05' },
    { args: [null], gives: null },
  ],
}

const time: FunctionDefinition = {
  name: 'time',
  doc: 'The time of day of a moment, in UTC',
  overloads: [{ params: ['datetime'], gives: 'time' }],
  evaluate: ([value]) => readTime(new Date(toTime(value!)).toISOString().slice(11, 23)) ?? null,
  sql: ([value]) => sql`${utc(value!)}::time`,
  cases: [
    { args: ['2026-03-04T23:30:00.500-02:00'], gives: '01:30:00.5' },
    { args: ['2026-03-04T23:30:00.000Z'], gives: '23:30:00' },
    { args: [null], gives: null },
  ],
}

const totalOffsetMinutes: FunctionDefinition = {
  name: 'totaloffsetminutes',
  doc: 'How far the zone of a moment lies from UTC; moments are kept in UTC, so it is 0',
  overloads: [{ params: ['datetime'], gives: 'integer' }],
  evaluate: () => 0,
  sql: ([value]) => sql`case when ${value!} is not null then 0 end`,
  cases: [
    { args: ['2026-03-04T05:06:07.000+03:30'], gives: 0 },
    { args: [null], gives: null },
  ],
}

const totalSeconds: FunctionDefinition = {
  name: 'totalseconds',
  doc: 'The length of a duration in seconds',
  overloads: [{ params: ['duration'], gives: 'decimal' }],
  evaluate: ([value]) => printDecimal({ digits: BigInt(toLength(value!)), scale: 3 }),
  sql: ([value]) => sql`extract(epoch from ${value!})`,
  cases: [
    { args: ['PT1H30M'], gives: '5400' },
    { args: ['P1DT0.25S'], gives: '86400.25' },
    { args: [null], gives: null },
  ],
}

const startOfDay: FunctionDefinition = {
  name: 'start_of_day',
  doc: 'The first moment of a day, in UTC',
  overloads: [{ params: ['date'], gives: 'datetime' }],
  evaluate: ([value]) => `${dayOf(value!)}T00:00:00.000Z`,
  sql: ([value]) => sql`(${value!}::timestamp at time zone 'UTC')`,
  cases: [{ args: ['2026-03-04'], gives: '2026-03-04T00:00:00.000Z' }],
}

const now: FunctionDefinition = {
  name: 'now',
  depends: 'moment',
  doc: 'This moment',
  overloads: [{ params: [], gives: 'datetime' }],
  evaluate: (_args, _call, { now }) => now,
  sql: () => param({ from: 'now', take: 'now' }, 'timestamptz'),
  cases: [],
}

const today: FunctionDefinition = {
  name: 'today',
  depends: 'moment',
  doc: 'This day, in UTC',
  overloads: [{ params: [], gives: 'date' }],
  evaluate: (_args, _call, { now }) => dayOf(now),
  sql: () => param({ from: 'now', take: 'today' }, 'date'),
  cases: [],
}

const daysBetween: FunctionDefinition = {
  name: 'days_between',
  doc: 'Days from the first day to the second',
  overloads: [
    { params: ['date', 'date'], gives: 'integer' },
    { params: ['datetime', 'datetime'], gives: 'integer' },
  ],
  evaluate: ([from, to]) => toDays(dayOf(to!)) - toDays(dayOf(from!)),
  sql: ([from, to], call) =>
    call.kinds[0] === 'date' ? sql`(${to!} - ${from!})` : sql`(${utc(to!)}::date - ${utc(from!)}::date)`,
  cases: [
    { args: ['2026-02-27', '2026-03-01'], gives: 2 },
    { args: ['2026-03-01', '2026-02-27'], gives: -2 },
    { args: ['2026-03-01', null], gives: null },
  ],
}

type Unit = 'week' | 'month' | 'quarter' | 'year'
const months: Readonly<Record<Exclude<Unit, 'week'>, number>> = { month: 1, quarter: 3, year: 12 }

/** Days since 1970 of the first day of the unit the day lies in, or of the next such unit. */
function unitStart(day: Value, unit: Unit, next: number): number {
  const days = toDays(day)
  if (unit === 'week') return days - ((((days + 3) % 7) + 7) % 7) + 7 * next
  const text = valueText(day)
  const size = months[unit]
  const index = Math.floor((Number(text.slice(5, 7)) - 1) / size) * size + next * size
  const date = new Date(0)
  date.setUTCFullYear(Number(text.slice(0, 4)), index, 1)
  return Math.round(date.getTime() / 86_400_000)
}

function unitEdges(unit: Unit, start: string, end: string): FunctionDefinition[] {
  const overloads = [{ params: ['date'], gives: 'date' } as const]
  const first = (value: Sql) => sql`date_trunc(${quoted(unit)}, ${value}::timestamp)`
  const length = unit === 'quarter' ? sql`interval '3 months'` : sql`interval ${quoted(`1 ${unit}`)}`
  return [
    {
      name: `start_of_${unit}`,
      doc: `First day of the ${unit} (weeks start on Monday)`,
      overloads,
      evaluate: ([day]) => fromDays(unitStart(day!, unit, 0)),
      sql: ([day]) => sql`${first(day!)}::date`,
      cases: [{ args: ['2026-05-14'], gives: start }],
    },
    {
      name: `end_of_${unit}`,
      doc: `Last day of the ${unit}`,
      overloads,
      evaluate: ([day]) => fromDays(unitStart(day!, unit, 1) - 1),
      sql: ([day]) => sql`(${first(day!)} + ${length} - interval '1 day')::date`,
      cases: [{ args: ['2026-05-14'], gives: end }],
    },
  ]
}

const span = 36_500
const clamp = (value: Value) => Math.min(Math.max(Number(toDecimal(value).digits), -span), span)

const addDays: FunctionDefinition = {
  name: 'add_days',
  doc: 'So many days later (at most 36,500)',
  overloads: [{ params: ['date', 'integer'], gives: 'date' }],
  evaluate: ([day, count]) => fromDays(toDays(day!) + clamp(count!)),
  sql: ([day, count]) =>
    sql`(${day!} + ${once({ n: count! }, ({ n }) => sql`case when ${n} is not null then least(greatest((${n})::numeric, -36500), 36500)::integer end`)})`,
  cases: [
    { args: ['2026-02-27', 3], gives: '2026-03-02' },
    { args: ['2026-01-01', -1], gives: '2025-12-31' },
  ],
}

export const dateFunctions = [
  ...parts,
  fractionalseconds,
  ...edges,
  date,
  time,
  totalSeconds,
  totalOffsetMinutes,
  startOfDay,
  now,
  today,
  daysBetween,
  addDays,
  ...unitEdges('week', '2026-05-11', '2026-05-17'),
  ...unitEdges('month', '2026-05-01', '2026-05-31'),
  ...unitEdges('quarter', '2026-04-01', '2026-06-30'),
  ...unitEdges('year', '2026-01-01', '2026-12-31'),
]
