// What a worked-out value (formula, rollup) can be, each by the plain type it looks like: how it is stored, shown, typed in a
// filter and described is that type's. A new entry here is all it takes to return one more kind of value.
import type { JsonObject } from '../base/json.ts'
import type { Value } from '../base/kind.ts'
import type { Field, Model } from '../model/model.ts'
import { type as bigint } from './bigint/type.ts'
import { type as boolean } from './boolean/type.ts'
import { type as date } from './date/type.ts'
import { type as datetime } from './datetime/type.ts'
import { type as decimal } from './decimal/type.ts'
import { type as duration } from './duration/type.ts'
import { type as money } from './money/type.ts'
import { type as percent } from './percent/type.ts'
import { type as text } from './text/type.ts'
import { type as time } from './time/type.ts'
import type { Column, FieldType, FormatContext } from './type.ts'
import { refuse } from './value.ts'

/** Digits of a worked-out decimal: in all, and after the point when the field says nothing. */
export const decimalShape = { precision: 38, scale: 10 } as const

const plain = { text, integer: bigint, decimal, percent, money, boolean, date, datetime, time, duration }

/** Names of what can be returned. */
export type Returns = keyof typeof plain
export const returnNames = Object.keys(plain) as readonly Returns[]

/** The plain type a worked-out field looks like. */
export function plainType(returns: Returns): FieldType {
  return plain[returns]
}

/** The field as one of its plain type. Decimals show as many places as the field says, two by default. */
function asPlain(field: Field, returns: Returns): Field {
  const { precision } = decimalShape
  return returns === 'decimal' || returns === 'percent'
    ? { ...field, type: returns, precision, scale: placesOf(field) }
    : { ...field, type: plainType(returns).name }
}

function placesOf({ scale }: Field & { readonly scale?: number }): number {
  return scale ?? 2
}

/** The one column of a worked-out field. */
export function returnedColumn(field: Field, returns: Returns): Column {
  const [column] = plainType(returns).columns(asPlain(field, returns))
  const exact = returns === 'decimal' || returns === 'percent' || returns === 'money'
  const { precision, scale } = decimalShape
  return { ...column!, readOnly: true, ...(exact ? { sqlType: `numeric(${precision},${scale})` } : {}) }
}

/** The record with a currency for the amount: its own, or the base currency where the amounts it comes from have several. */
export function inCurrency(
  { name }: Field,
  { currency }: FormatContext,
  record?: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> | undefined {
  const own = `${name}_currency`
  return currency === undefined || typeof record?.[own] === 'string' ? record : { ...record, [own]: currency }
}

type Shared = Pick<
  FieldType,
  'parse' | 'format' | 'fromText' | 'operators' | 'casts' | 'operatorsOf' | 'wide' | 'schema'
>

/** What every worked-out type has in common; `of` says what a field returns. */
export function returnedBy(of: (field: Field) => Returns): Shared {
  return {
    parse: (_input, field) =>
      refuse(field, { rule: 'computed', says: 'is worked out and cannot be written', hint: 'Leave it out' }),
    format: (value: Value, field: Field, context: FormatContext, record) =>
      plainType(of(field)).format(value, asPlain(field, of(field)), context, inCurrency(field, context, record)),
    fromText: (_text, field) => refuse(field, { rule: 'computed', says: 'is worked out and cannot be imported' }),
    operators: ['eq', 'ne'],
    operatorsOf: (field) => plainType(of(field)).operators,
    casts: {},
    wide: () => false,
    schema: (field: Field, model: Model): JsonObject => ({
      ...plainType(of(field)).schema(asPlain(field, of(field)), model),
      readOnly: true,
    }),
  }
}
