// Arithmetic, exact on both sides. Everything runs in numeric, so that no whole number overflows; dividing by zero gives
// null instead of an error, because a formula over many rows must not fail for one of them.
import type { Value, ValueKind } from '../../base/kind.ts'
import {
  addDecimals,
  divideDecimals,
  multiplyDecimals,
  negate,
  quotient,
  remainder,
  toWhole,
  type Decimal,
} from '../decimal.ts'
import { once, sql, type Sql } from '../fragment.ts'
import { forKinds, type Call, type Case, type FunctionDefinition } from './function.ts'
import {
  timeDifference,
  timeKinds,
  timeNegative,
  timeProduct,
  timeQuotient,
  timeSum,
  type TimeArithmetic,
} from './span.ts'
import { fromDecimal, toDecimal } from './value.ts'

const numbers: readonly ValueKind[] = ['integer', 'decimal']
const pairs = forKinds(numbers, (kind) => ({ params: [kind, kind], gives: kind }))

type Two = (a: Decimal, b: Decimal) => Decimal | undefined

function binary(
  name: string,
  infix: number,
  doc: string,
  run: Two,
  write: (a: Sql, b: Sql) => Sql,
  cases: readonly Case[],
): FunctionDefinition {
  return {
    name,
    infix,
    doc,
    overloads: pairs,
    cases,
    evaluate: ([a, b], call) => computed(run(toDecimal(a!), toDecimal(b!)), call.gives),
    sql: ([a, b]) => write(numeric(a!), numeric(b!)),
  }
}

/** What days, moments and durations do with the same sign, behind what numbers do. */
function withTime(numbers: FunctionDefinition, time: TimeArithmetic): FunctionDefinition {
  const isTime = ({ kinds }: Call) => kinds.some((kind) => timeKinds.includes(kind))
  return {
    ...numbers,
    doc: time.doc,
    overloads: [...numbers.overloads, ...time.overloads],
    cases: [...numbers.cases, ...time.cases],
    evaluate: (args, call, surroundings) =>
      isTime(call) ? time.evaluate(args, call) : numbers.evaluate(args, call, surroundings),
    sql: (args, call) => (isTime(call) ? time.sql(args, call) : numbers.sql(args, call)),
  }
}

function computed(value: Decimal | undefined, kind: ValueKind): Value {
  return value === undefined ? null : fromDecimal(value, kind)
}

function numeric(value: Sql): Sql {
  return sql`(${value})::numeric`
}

const add = binary('add', 5, 'The sum of two numbers', addDecimals, (a, b) => sql`(${a} + ${b})`, [
  { args: [2, 3], gives: 5 },
  { args: ['0.1', '0.2'], gives: '0.3', overload: 1 },
  { args: [null, 1], gives: null },
  { args: ['9223372036854775807', 1], gives: '9223372036854775808' },
])
const sub = binary(
  'sub',
  5,
  'The difference of two numbers',
  (a, b) => addDecimals(a, negate(b)),
  (a, b) => sql`(${a} - ${b})`,
  [
    { args: [2, 3], gives: -1 },
    { args: ['1.50', '1.5'], gives: '0', overload: 1 },
  ],
)
const mul = binary('mul', 6, 'The product of two numbers', multiplyDecimals, (a, b) => sql`(${a} * ${b})`, [
  { args: [4, -3], gives: -12 },
  { args: ['1.5', '1.5'], gives: '2.25', overload: 1 },
])
const mod = binary(
  'mod',
  6,
  'What is left after a whole division',
  remainder,
  (a, b) => sql`mod(${a}, nullif(${b}, 0))`,
  [
    { args: [7, 3], gives: 1 },
    { args: [-7, 3], gives: -1 },
    { args: ['7.5', '2'], gives: '1.5', overload: 1 },
    { args: [7, 0], gives: null },
  ],
)

/** Cut off after ten digits on both sides; numeric's own scale rule depends on the operands. */
function divide(a: Sql, b: Sql): Sql {
  return sql`(div(${a} * 10000000000, nullif(${b}, 0)) * 0.0000000001)`
}

const div: FunctionDefinition = {
  name: 'div',
  infix: 6,
  doc: 'Quotient; whole for two whole numbers, null for division by zero',
  overloads: pairs,
  evaluate: ([a, b], call) =>
    computed((call.gives === 'integer' ? quotient : divideDecimals)(toDecimal(a!), toDecimal(b!)), call.gives),
  sql: ([a, b], call) =>
    call.gives === 'integer' ? sql`div(${numeric(a!)}, nullif(${numeric(b!)}, 0))` : divide(numeric(a!), numeric(b!)),
  cases: [
    { args: [7, 2], gives: 3 },
    { args: [-7, 2], gives: -3 },
    { args: ['7', '2'], gives: '3.5', overload: 1 },
    { args: ['2', '3'], gives: '0.6666666666', overload: 1 },
    { args: [1, 0], gives: null },
  ],
}

const divby: FunctionDefinition = {
  name: 'divby',
  infix: 6,
  doc: 'Quotient with fraction, also for whole numbers',
  overloads: [{ params: ['decimal', 'decimal'], gives: 'decimal' }],
  evaluate: ([a, b], call) => computed(divideDecimals(toDecimal(a!), toDecimal(b!)), call.gives),
  sql: ([a, b]) => divide(numeric(a!), numeric(b!)),
  cases: [
    { args: ['7', '2'], gives: '3.5' },
    { args: ['-1', '3'], gives: '-0.3333333333' },
    { args: ['1', '0.0'], gives: null },
  ],
}

const neg: FunctionDefinition = {
  name: 'neg',
  doc: 'The negative of a number',
  overloads: forKinds(numbers, (kind) => ({ params: [kind], gives: kind })),
  evaluate: ([value], call) => fromDecimal(negate(toDecimal(value!)), call.gives),
  sql: ([value]) => sql`(- ${numeric(value!)})`,
  cases: [
    { args: [5], gives: -5 },
    { args: ['-1.5'], gives: '1.5', overload: 1 },
    { args: [null], gives: null },
  ],
}

function whole(
  name: 'round' | 'floor' | 'ceiling',
  doc: string,
  write: (value: Sql) => Sql,
  cases: readonly Case[],
): FunctionDefinition {
  return {
    name,
    doc,
    cases,
    overloads: forKinds(numbers, (kind) => ({ params: [kind], gives: kind })),
    evaluate: ([value], call) => fromDecimal(toWhole(toDecimal(value!), name), call.gives),
    sql: ([value]) => write(numeric(value!)),
  }
}

const round = whole('round', 'Nearest whole number; halves away from zero', (value) => sql`round(${value})`, [
  { args: ['2.5'], gives: '3', overload: 1 },
  { args: ['-2.5'], gives: '-3', overload: 1 },
  { args: ['2.4999'], gives: '2', overload: 1 },
  { args: [7], gives: 7 },
])
const floor = whole('floor', 'Next whole number below', (value) => sql`floor(${value})`, [
  { args: ['2.9'], gives: '2', overload: 1 },
  { args: ['-2.1'], gives: '-3', overload: 1 },
])
const ceiling = whole('ceiling', 'Next whole number above', (value) => sql`ceil(${value})`, [
  { args: ['2.1'], gives: '3', overload: 1 },
  { args: ['-2.9'], gives: '-2', overload: 1 },
])

const mostPlaces = 10
const mostDigits = 28

const rounded: FunctionDefinition = {
  name: 'rounded',
  doc: 'A number with at most so many digits after the point (0 to 10), halves away from zero; null beyond 28 digits before it',
  overloads: [{ params: ['decimal', 'integer'], gives: 'decimal' }],
  evaluate: ([value, places]) => {
    const scale = Math.min(Math.max(Number(places), 0), mostPlaces)
    const { digits, scale: from } = toDecimal(value!)
    const unit = toWhole({ digits: digits * 10n ** BigInt(scale), scale: from }, 'round')
    const size = unit.digits < 0n ? -unit.digits : unit.digits
    return size >= 10n ** BigInt(mostDigits + scale) ? null : fromDecimal({ digits: unit.digits, scale }, 'decimal')
  },
  sql: ([value, places]) => {
    const scale = sql`least(greatest(${places!}, 0), ${whole10})::integer`
    const most = sql`1e${{ pieces: [String(mostDigits)] }}`
    const exact = sql`trim_scale(round(${numeric(value!)}, ${scale}))`
    return once({ v: exact }, ({ v }) => sql`case when abs(${v}) < ${most} then ${v} end`)
  },
  cases: [
    { args: ['2.345', 2], gives: '2.35' },
    { args: ['-2.345', 2], gives: '-2.35' },
    { args: ['2.5', 0], gives: '3' },
    { args: ['1.23456789012345', 99], gives: '1.2345678901' },
    { args: ['9999999999999999999999999999', 0], gives: '9999999999999999999999999999' },
    { args: ['10000000000000000000000000000', 0], gives: null },
    { args: [null, 2], gives: null },
  ],
}
const whole10: Sql = { pieces: [String(mostPlaces)] }

const [leastWhole, mostWhole] = [-(2n ** 63n), 2n ** 63n - 1n]

const bounded: FunctionDefinition = {
  name: 'bounded',
  doc: 'A whole number of eight bytes, or null when it is larger',
  overloads: [{ params: ['integer'], gives: 'integer' }],
  evaluate: ([value]) => {
    const { digits } = toWhole(toDecimal(value!), 'round')
    return digits < leastWhole || digits > mostWhole ? null : fromDecimal({ digits, scale: 0 }, 'integer')
  },
  sql: ([value]) => {
    const range = sql`between ${{ pieces: [String(leastWhole)] }} and ${{ pieces: [String(mostWhole)] }}`
    return once({ v: sql`round(${numeric(value!)})` }, ({ v }) => sql`case when ${v} ${range} then ${v}::bigint end`)
  },
  cases: [
    { args: [7], gives: 7 },
    { args: ['9223372036854775807'], gives: '9223372036854775807' },
    { args: ['-9223372036854775808'], gives: '-9223372036854775808' },
    { args: [null], gives: null },
  ],
}

export const numberFunctions = [
  withTime(add, timeSum),
  withTime(sub, timeDifference),
  withTime(mul, timeProduct),
  withTime(div, timeQuotient),
  divby,
  mod,
  withTime(neg, timeNegative),
  round,
  floor,
  ceiling,
  rounded,
  bounded,
]
