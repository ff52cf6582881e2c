// One kind as another: `cast` on the wire, string() and int() in CEL. Only conversions that cannot fail, so that a formula
// over many rows never breaks on one of them.
import { valueText } from '../../base/kind.ts'
import { parseDecimal, printDecimal } from '../decimal.ts'
import { sql, type Sql } from '../fragment.ts'
import type { FunctionDefinition } from './function.ts'
import { dayOf, fromDecimal, toDecimal } from './value.ts'

const numeric = (value: Sql) => sql`(${value})::numeric`

const toText: FunctionDefinition = {
  name: 'to_text',
  cel: 'string',
  doc: 'A value as text; numbers without trailing zeros',
  overloads: (['integer', 'decimal', 'boolean', 'date', 'uuid', 'time'] as const).map((kind) => ({
    params: [kind],
    gives: 'text',
  })),
  evaluate: ([value], { kinds: [kind] }) => {
    if (kind === 'integer' || kind === 'decimal') return printDecimal(parseDecimal(valueText(value!))!)
    return valueText(value!).toLowerCase()
  },
  sql: ([value], { kinds: [kind] }) =>
    kind === 'integer' || kind === 'decimal'
      ? sql`(trim_scale(${numeric(value!)})::text collate "C")`
      : sql`(${value!}::text collate "C")`,
  cases: [
    { args: [12], gives: '12' },
    { args: ['12.50'], gives: '12.5', overload: 1 },
    { args: [true], gives: 'true', overload: 2 },
    { args: ['2026-03-04'], gives: '2026-03-04', overload: 3 },
    { args: [null], gives: null },
  ],
}

const toInteger: FunctionDefinition = {
  name: 'to_integer',
  cel: 'int',
  doc: 'A number without its fraction',
  overloads: [{ params: ['decimal'], gives: 'integer' }],
  evaluate: ([value]) => {
    const { digits, scale } = toDecimal(value!)
    return fromDecimal({ digits: digits / 10n ** BigInt(scale), scale: 0 }, 'integer')
  },
  sql: ([value]) => sql`trunc(${numeric(value!)})`,
  cases: [
    { args: ['2.9'], gives: 2 },
    { args: ['-2.9'], gives: -2 },
  ],
}

const toDecimalKind: FunctionDefinition = {
  name: 'to_decimal',
  doc: 'A whole number or a float as a decimal; a float by its shortest text',
  overloads: [
    { params: ['integer'], gives: 'decimal' },
    { params: ['float'], gives: 'decimal' },
  ],
  evaluate: ([value]) => printDecimal(toDecimal(value!)),
  sql: ([value], { kinds: [kind] }) => (kind === 'float' ? sql`((${value!})::text)::numeric` : numeric(value!)),
  cases: [
    { args: [7], gives: '7' },
    { args: [0.1], gives: '0.1', overload: 1 },
    { args: [1e21], gives: '1000000000000000000000', overload: 1 },
    { args: [-1.5e-7], gives: '-0.00000015', overload: 1 },
  ],
}

const toDate: FunctionDefinition = {
  name: 'to_date',
  doc: 'The day of a moment, in UTC',
  overloads: [{ params: ['datetime'], gives: 'date' }],
  evaluate: ([value]) => dayOf(value!),
  sql: ([value]) => sql`(${value!} at time zone 'UTC')::date`,
  cases: [{ args: ['2026-03-04T23:30:00.000-02:00'], gives: '2026-03-05' }],
}

const toDatetime: FunctionDefinition = {
  name: 'to_datetime',
  doc: 'The first moment of a day, in UTC',
  overloads: [{ params: ['date'], gives: 'datetime' }],
  evaluate: ([value]) => `${dayOf(value!)}T00:00:00.000Z`,
  sql: ([value]) => sql`(${value!}::timestamp at time zone 'UTC')`,
  cases: [{ args: ['2026-03-04'], gives: '2026-03-04T00:00:00.000Z' }],
}

export const castFunctions = [toText, toInteger, toDecimalKind, toDate, toDatetime]
