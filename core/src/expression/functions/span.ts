// What "add" and "sub" mean for days, moments and durations, as OData defines it: a moment and a duration give a moment, two
// moments the duration between them (below zero when the first is the earlier one). Days are 24 hours long: everything is
// reckoned in UTC. What lies outside of the years 1 to 9999 is null, as it would be an error for one row of many otherwise.
import { longestSpan, printDuration } from '../../base/clock.ts'
import type { Value, ValueKind } from '../../base/kind.ts'
import { once, sql, type Sql } from '../fragment.ts'
import type { Call, Case, Overload } from './function.ts'
import { fromDays, toDays, toLength, toTime } from './value.ts'

/** The part of "add" or "sub" that is no matter of numbers. */
export interface TimeArithmetic {
  readonly doc: string
  readonly overloads: readonly Overload[]
  readonly cases: readonly Case[]
  evaluate(args: readonly Value[], call: Call): Value
  sql(args: readonly Sql[], call: Call): Sql
}

const dayLength = 86_400_000
/** The first moment of year 1, and the first behind year 9999. unit: seconds since 1970. */
const [firstSecond, endSecond] = [sql`-62135596800`, sql`253402300800`]
const [firstMoment, endMoment] = [-62_135_596_800_000, 253_402_300_800_000]
const [firstDay, lastDay] = [sql`-719162`, sql`2932896`]
const longestSeconds: Sql = { pieces: [String(longestSpan / 1000)] }

const moved: readonly Overload[] = (['datetime', 'date', 'duration'] as const).map((kind) => ({
  params: [kind, 'duration'],
  gives: kind,
}))
const between: readonly Overload[] = (['datetime', 'date'] as const).map((kind) => ({
  params: [kind, kind],
  gives: 'duration',
}))

function move(value: Value, by: number, kind: ValueKind): Value {
  if (kind === 'date') return fromDays(Math.floor((toDays(value) * dayLength + by) / dayLength))
  if (kind === 'duration') return inSpan(toLength(value) + by)
  const moment = toTime(value) + by
  return moment >= firstMoment && moment < endMoment ? new Date(moment).toISOString() : null
}

function inSpan(milliseconds: number): Value {
  return Math.abs(milliseconds) <= longestSpan ? printDuration(milliseconds) : null
}

function moveSql(value: Sql, by: Sql, sign: Sql, kind: ValueKind): Sql {
  if (kind === 'date') {
    const days = sql`floor(((${value} - date '1970-01-01')::numeric * 86400 ${sign} extract(epoch from ${by})) / 86400)`
    return once(
      { n: days },
      ({ n }) => sql`case when ${n} between ${firstDay} and ${lastDay} then date '1970-01-01' + ${n}::integer end`,
    )
  }
  const seconds = (v: Sql, d: Sql) => sql`extract(epoch from ${v}) ${sign} extract(epoch from ${d})`
  if (kind === 'duration')
    return once(
      { v: value, d: by },
      ({ v, d }) => sql`case when abs(${seconds(v, d)}) <= ${longestSeconds} then ${v} ${sign} ${d} end`,
    )
  return once(
    { v: value, d: by },
    ({ v, d }) =>
      sql`case when ${seconds(v, d)} >= ${firstSecond} and ${seconds(v, d)} < ${endSecond} then ((${v} at time zone 'UTC') ${sign} ${d}) at time zone 'UTC' end`,
  )
}

/** What "add" does with days, moments and durations. */
export const timeSum: TimeArithmetic = {
  doc: 'The sum of two numbers or durations; a day or moment so much later',
  overloads: moved,
  evaluate: ([value, by], { kinds }) => move(value!, toLength(by!), kinds[0]!),
  sql: ([value, by], { kinds }) => moveSql(value!, by!, sql`+`, kinds[0]!),
  cases: [
    { args: ['2026-03-28T23:30:00.000Z', 'P1DT1H'], gives: '2026-03-30T00:30:00.000Z', overload: 2 },
    { args: ['2026-03-28T23:30:00.000Z', '-PT0.5S'], gives: '2026-03-28T23:29:59.500Z', overload: 2 },
    { args: ['9999-12-31T23:00:00.000Z', 'PT1H'], gives: null, overload: 2 },
    { args: [null, 'PT1H'], gives: null, overload: 2 },
    { args: ['2026-02-28', 'P1D'], gives: '2026-03-01', overload: 3 },
    { args: ['2026-02-28', 'PT47H'], gives: '2026-03-01', overload: 3 },
    { args: ['9999-12-31', 'P1D'], gives: null, overload: 3 },
    { args: ['PT45M', 'PT30M'], gives: 'PT1H15M', overload: 4 },
    { args: ['P3660000D', 'PT0.001S'], gives: null, overload: 4 },
  ],
}

/** What "sub" does with days, moments and durations. */
export const timeDifference: TimeArithmetic = {
  doc: 'The difference of two numbers or durations; a day or moment so much earlier, or how long lies between two of them',
  overloads: [...moved, ...between],
  evaluate: ([a, b], { kinds: [first, second] }) => {
    if (second === 'duration') return move(a!, -toLength(b!), first!)
    return printDuration(first === 'date' ? (toDays(a!) - toDays(b!)) * dayLength : toTime(a!) - toTime(b!))
  },
  sql: ([a, b], { kinds: [first, second] }) => {
    if (second === 'duration') return moveSql(a!, b!, sql`-`, first!)
    return first === 'date' ? sql`make_interval(days => ${a!} - ${b!})` : sql`(${a!} - ${b!})`
  },
  cases: [
    { args: ['2026-03-30T00:30:00.000Z', 'P1DT1H'], gives: '2026-03-28T23:30:00.000Z', overload: 2 },
    { args: ['0001-01-01T00:00:00.000Z', 'P999999D'], gives: null, overload: 2 },
    { args: ['2026-03-01', 'P1D'], gives: '2026-02-28', overload: 3 },
    { args: ['2026-03-01', 'PT1H'], gives: '2026-02-28', overload: 3 },
    { args: ['PT30M', 'PT45M'], gives: '-PT15M', overload: 4 },
    { args: ['PT30M', '-PT45M'], gives: 'PT1H15M', overload: 4 },
    { args: ['2026-03-02T10:00:00.000+02:00', '2026-03-01T00:00:00.250Z'], gives: 'P1DT7H59M59.75S', overload: 5 },
    { args: ['0001-01-01T00:00:00.000Z', '9999-12-31T00:00:00.000Z'], gives: '-P3652058D', overload: 5 },
    { args: ['2026-03-01', '2026-02-27'], gives: 'P2D', overload: 6 },
    { args: ['2026-02-27', '2026-03-01'], gives: '-P2D', overload: 6 },
    { args: ['2026-02-27', null], gives: null, overload: 6 },
  ],
}
