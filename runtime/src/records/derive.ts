// What the server works out from other values of a record: the currency an amount has when none is given, the amount in the
// base currency, texts that are composed of others. Knows which stored values it needs for that; reads none itself.
import { multiplyDecimals } from '@peyvand/core/base/decimal.ts'
import { gather, Problem } from '@peyvand/core/base/problem.ts'
import { pointer } from '@peyvand/core/base/pointer.ts'
import type { Value } from '@peyvand/core/base/kind.ts'
import type { Entity, Field } from '@peyvand/core/model/model.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import { missing } from '@peyvand/core/types/value.ts'
import type { Composition } from '@peyvand/core/types/type.ts'
import type { Values } from './input.ts'

interface Amount {
  readonly amount: string
  readonly currency: string
  readonly base: string
}
interface Composed {
  readonly field: Field
  readonly column: string
  readonly parts: readonly { readonly name: string; readonly column: string }[]
  readonly make: Composition['make']
}
interface Derived {
  readonly amounts: readonly Amount[]
  readonly composed: readonly Composed[]
}

const known = new WeakMap<Entity, Derived>()

function derivedOf(entity: Entity): Derived {
  let derived = known.get(entity)
  if (derived === undefined)
    known.set(
      entity,
      (derived = {
        amounts: entity.fields.flatMap(amountOf),
        composed: entity.fields.flatMap((field) => composedOf(entity, field)),
      }),
    )
  return derived
}

function amountOf(field: Field): Amount[] {
  const exchange = typeOf(field).exchange
  return exchange === undefined
    ? []
    : [{ amount: field.name, currency: field.name + exchange.currency, base: field.name + exchange.base }]
}

function composedOf(entity: Entity, field: Field): Composed[] {
  const composition = typeOf(field).composition?.(field)
  if (composition === undefined) return []
  const parts = composition.from.flatMap((name) => {
    if (name.startsWith('_')) return [{ name, column: field.name + name }]
    const part = entity.fields.find((each) => each.name === name)
    return part === undefined ? [] : [{ name, column: name + typeOf(part).columns(part)[0]!.suffix }]
  })
  return [{ field, column: field.name, parts, make: (valueOf) => composition.make(valueOf) }]
}

/** Whether anything of the entity is worked out by the server. */
export function derives(entity: Entity): boolean {
  const { amounts, composed } = derivedOf(entity)
  return amounts.length > 0 || composed.length > 0
}

/** Whether amounts are written that need the exchange rates. */
export function needsRates(entity: Entity, values: Values): boolean {
  return derivedOf(entity).amounts.some(({ amount, currency }) => amount in values || currency in values)
}

/** Columns of the stored record that a change of these values needs beside them. */
export function storedColumns(entity: Entity, values: Values): string[] {
  const { amounts, composed } = derivedOf(entity)
  const columns = new Set<string>()
  for (const { amount, currency } of amounts) {
    if (amount in values && values[amount] !== null && !(currency in values)) columns.add(currency)
    if (currency in values && !(amount in values)) columns.add(amount)
  }
  for (const { column, parts } of composed) {
    if (column in values || !parts.some((part) => part.column in values)) continue
    for (const part of parts) if (!(part.column in values)) columns.add(part.column)
  }
  return [...columns]
}

export interface Rates {
  readonly rates: ReadonlyMap<string, string>
  readonly base: string | undefined
}

/** Fills in what follows from the values; `stored` holds what storedColumns asked for. */
export function derive(
  entity: Entity,
  values: Values,
  rates: Rates,
  stored: Readonly<Record<string, Value>> = {},
): Problem | undefined {
  const { amounts, composed } = derivedOf(entity)
  const valueOf = (column: string): Value => (column in values ? values[column]! : (stored[column] ?? null))
  const problems: Problem[] = []
  for (const each of amounts) {
    if (!(each.amount in values) && !(each.currency in values)) continue
    const problem = exchange(each, values, valueOf, rates)
    if (problem) problems.push(problem)
  }
  for (const { field, column, parts, make } of composed) {
    if (column in values || !parts.some((part) => part.column in values)) continue
    const made = make((name) => valueOf(parts.find((part) => part.name === name)!.column))
    values[column] = made
    if (made === null && field.required === true) problems.push(missing(field))
  }
  return problems.length > 0 ? gather(amounts.length > 0 ? 'check.reference' : 'check.invalid', problems) : undefined
}

function exchange(
  { amount, currency, base }: Amount,
  values: Values,
  valueOf: (column: string) => Value,
  { rates, base: baseCode }: Rates,
): Problem | undefined {
  const sum = valueOf(amount) as string | number | null
  if (sum === null) {
    values[base] = null
    return undefined
  }
  const code = (valueOf(currency) ?? baseCode ?? null) as string | null
  if (code === null) {
    values[base] = null
    return undefined
  }
  const rate = rates.get(code)
  if (rate === undefined)
    return new Problem('check.reference', {
      detail: `There is no currency "${code}"`,
      target: currency,
      pointer: pointer(currency),
      hint: `Known currencies: ${[...rates.keys()].slice(0, 20).join(', ') || 'none'}`,
    })
  values[currency] = code
  values[base] = multiplyDecimals(String(sum), rate.replace(/\.?0+$/, '') || '0', 4)
  return undefined
}
