// What the signs of arithmetic mean for days, moments and durations, as OData defines it: a moment and a duration give a moment,
// two moments the duration between them (below zero when the first is the earlier one), a duration is made longer or shorter by
// a number. Days are 24 hours long: everything is reckoned in UTC. What lies outside of the years 1 to 9999 is null, as it would be an error for one row of many otherwise.
import { longestSpan, printDuration } from '../../base/clock.ts'
import type { Value, ValueKind } from '../../base/kind.ts'
import { multiplyDecimals, quotient, type Decimal } from '../decimal.ts'
import { once, sql, type Sql } from '../fragment.ts'
import type { Call, Case, Overload } from './function.ts'
import { fromDays, toDays, toDecimal, toLength, toTime } from './value.ts'

/** The part of a sign that is no matter of numbers alone. */
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

/** The kinds by which a sign is known to be about time. */
export const timeKinds: readonly ValueKind[] = ['datetime', 'date', 'duration']

const moved: readonly Overload[] = timeKinds.map((kind) => ({
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

const lengthOf = (value: Value): Decimal => ({ digits: BigInt(toLength(value)), scale: 0 })
const millisecondsOf = (value: Sql): Sql => sql`(extract(epoch from ${value}) * 1000)`
const number = (value: Sql): Sql => sql`(${value})::numeric`

/** A count of milliseconds as a duration; parts of one are cut off. */
function ofLength(length: Decimal | undefined): Value {
  return length === undefined ? null : inSpan(Number(length.digits / 10n ** BigInt(length.scale)))
}

function ofLengthSql(length: Sql): Sql {
  return once(
    { n: sql`trunc(${length})` },
    ({ n }) =>
      sql`case when abs(${n}) <= ${longestSeconds} * 1000 then make_interval(days => div(${n}, 86400000)::integer, secs => (mod(${n}, 86400000) * 0.001)::float8) end`,
  )
}

/** What "mul" does with durations. */
export const timeProduct: TimeArithmetic = {
  doc: 'The product of two numbers; a duration so many times as long',
  overloads: [
    { params: ['duration', 'decimal'], gives: 'duration' },
    { params: ['decimal', 'duration'], gives: 'duration' },
  ],
  evaluate: ([a, b], { kinds: [first] }) =>
    ofLength(
      first === 'duration'
        ? multiplyDecimals(lengthOf(a!), toDecimal(b!))
        : multiplyDecimals(lengthOf(b!), toDecimal(a!)),
    ),
  sql: ([a, b], { kinds: [first] }) =>
    ofLengthSql(
      first === 'duration' ? sql`${millisecondsOf(a!)} * ${number(b!)}` : sql`${millisecondsOf(b!)} * ${number(a!)}`,
    ),
  cases: [
    { args: ['PT45M', '2'], gives: 'PT1H30M', overload: 2 },
    { args: ['PT1S', '-0.0015'], gives: '-PT0.001S', overload: 2 },
    { args: ['P3660000D', '1.0000001'], gives: null, overload: 2 },
    { args: ['PT1S', null], gives: null, overload: 2 },
    { args: ['1.5', 'P1D'], gives: 'P1DT12H', overload: 3 },
  ],
}

/** What "div" does with durations. */
export const timeQuotient: TimeArithmetic = {
  doc: 'Quotient; whole for two whole numbers, null for division by zero; a part of a duration',
  overloads: [{ params: ['duration', 'decimal'], gives: 'duration' }],
  evaluate: ([a, b]) => ofLength(quotient(lengthOf(a!), toDecimal(b!))),
  sql: ([a, b]) => ofLengthSql(sql`div(${millisecondsOf(a!)}, nullif(${number(b!)}, 0))`),
  cases: [
    { args: ['PT1H30M', '2'], gives: 'PT45M', overload: 2 },
    { args: ['P1D', '-0.5'], gives: '-P2D', overload: 2 },
    { args: ['PT1S', '3'], gives: 'PT0.333S', overload: 2 },
    { args: ['PT1S', '0'], gives: null, overload: 2 },
    { args: ['P3660000D', '0.1'], gives: null, overload: 2 },
  ],
}

/** What "neg" does with durations. */
export const timeNegative: TimeArithmetic = {
  doc: 'The negative of a number, or a duration back',
  overloads: [{ params: ['duration'], gives: 'duration' }],
  evaluate: ([value]) => printDuration(0 - toLength(value!)),
  sql: ([value]) => sql`(- ${value!})`,
  cases: [
    { args: ['PT1H'], gives: '-PT1H', overload: 2 },
    { args: ['-P1DT0.5S'], gives: 'P1DT0.5S', overload: 2 },
  ],
}
