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
import { applyRoles, roleColumns, type ConnectionRoles } from './connection.ts'
import type { Values } from './input.ts'

/** The columns of one amount. */
export interface Amount {
  readonly amount: string
  readonly currency: string
  readonly base: string
  /** Where the rate that was used is kept. */
  readonly rate?: string
  /** The column whose day decides the rate. */
  readonly day?: string
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
  /** Columns that roles of connections have a say in. */
  readonly roles: readonly string[]
}

const known = new WeakMap<Entity, Derived>()

function derivedOf(entity: Entity): Derived {
  let derived = known.get(entity)
  if (derived === undefined)
    known.set(
      entity,
      (derived = {
        amounts: entity.fields.flatMap((field) => amountOf(entity, field)),
        composed: entity.fields.flatMap((field) => composedOf(entity, field)),
        roles: roleColumns(entity),
      }),
    )
  return derived
}

function amountOf(entity: Entity, field: Field): Amount[] {
  const exchange = typeOf(field).exchange
  if (exchange === undefined) return []
  const rate = exchange.rate?.(field)
  const day = entity.fields.find(({ name }) => name === exchange.day?.(field))
  return [
    {
      amount: field.name,
      currency: field.name + exchange.currency,
      base: field.name + exchange.base,
      ...(rate === undefined ? {} : { rate: field.name + rate }),
      ...(day === undefined ? {} : { day: day.name + typeOf(day).columns(day)[0]!.suffix }),
    },
  ]
}

/** The columns an amount in the base currency follows from. */
export function sourcesOf({ amount, currency, day }: Amount): string[] {
  return [amount, currency, ...(day === undefined ? [] : [day])]
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

/** The amounts of an entity that are kept in the base currency too. */
export function amountsOf(entity: Entity): readonly Amount[] {
  return derivedOf(entity).amounts
}

/** Whether anything of the entity is worked out by the server. */
export function derives(entity: Entity): boolean {
  const { amounts, composed, roles } = derivedOf(entity)
  return amounts.length > 0 || composed.length > 0 || roles.length > 0
}

/** Whether amounts are written that need the exchange rates, or a connection that needs the roles. */
export function needsRates(entity: Entity, values: Values): boolean {
  const { amounts, roles } = derivedOf(entity)
  if (roles.some((column) => column in values)) return true
  return amounts.some((amount) => sourcesOf(amount).some((column) => column in values))
}

/** Columns of the stored record that a change of these values needs beside them. */
export function storedColumns(entity: Entity, values: Values): string[] {
  const { amounts, composed, roles } = derivedOf(entity)
  const columns = new Set<string>()
  if (roles.some((column) => column in values)) for (const each of roles) if (!(each in values)) columns.add(each)
  for (const amount of amounts) {
    const sources = sourcesOf(amount)
    if (!sources.some((column) => column in values) || values[amount.amount] === null) continue
    for (const column of sources) if (!(column in values)) columns.add(column)
  }
  for (const { column, parts } of composed) {
    if (column in values || !parts.some((part) => part.column in values)) continue
    for (const part of parts) if (!(part.column in values)) columns.add(part.column)
  }
  return [...columns]
}

/** What is known beyond the record: exchange rates, and the roles of connections. */
export interface Rates {
  /** Codes of the currencies there are. */
  readonly codes: readonly string[]
  /** The currency whose rate is 1. */
  readonly base: string | undefined
  /** The rate of a currency in force on a day (ISO date); today's when there is none. */
  on(code: string, day: string | undefined): string | undefined
  readonly roles: ConnectionRoles
}

/** Fills in what follows from the values; `stored` holds what storedColumns asked for. */
export function derive(
  entity: Entity,
  values: Values,
  rates: Rates,
  stored: Readonly<Record<string, Value>> = {},
): Problem | undefined {
  const { amounts, composed, roles } = derivedOf(entity)
  const valueOf = (column: string): Value => (column in values ? values[column]! : (stored[column] ?? null))
  const problems: Problem[] = []
  for (const each of amounts) {
    if (!sourcesOf(each).some((column) => column in values)) continue
    const problem = exchange(each, values, valueOf, rates)
    if (problem) problems.push(problem)
  }
  for (const { field, column, parts, make } of composed) {
    if (column in values || !parts.some((part) => part.column in values)) continue
    const made = make((name) => valueOf(parts.find((part) => part.name === name)!.column))
    values[column] = made
    if (made === null && field.required === true) problems.push(missing(field))
  }
  if (roles.length > 0) problems.push(...applyRoles(values, valueOf, rates.roles))
  return problems.length > 0 ? gather(problems[0]!.code, problems) : undefined
}

/** Most digits of an amount before the point. */
const mostDigits = 15

function exchange(each: Amount, values: Values, valueOf: (column: string) => Value, rates: Rates): Problem | undefined {
  const { amount, currency, base, day } = each
  const keep = (sum: string | null, rate: string | null): undefined => {
    values[base] = sum
    if (each.rate !== undefined) values[each.rate] = rate
  }
  const sum = valueOf(amount) as string | number | null
  const code = (valueOf(currency) ?? rates.base ?? null) as string | null
  if (sum === null || code === null) return keep(null, null)
  const date = day === undefined ? null : valueOf(day)
  const rate = rates.on(code, typeof date === 'string' ? date.slice(0, 10) : undefined)
  if (rate === undefined)
    return new Problem('check.reference', {
      detail: `There is no currency "${code}"`,
      target: currency,
      pointer: pointer(currency),
      hint: `Known currencies: ${rates.codes.slice(0, 20).join(', ') || 'none'}`,
    })
  const product = multiplyDecimals(String(sum), rate, 4)
  if (product.replace(/^-/, '').split('.')[0]!.length > mostDigits)
    return new Problem('check.invalid', {
      detail: `"${amount}" is too large in the base currency "${rates.base ?? ''}"`,
      target: amount,
      pointer: pointer(amount),
      hint: `It would have more than ${mostDigits} digits there`,
    })
  values[currency] = code
  return keep(product, rate)
}
