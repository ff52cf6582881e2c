// `$top` and `$skip`: whole numbers that are either part of a shape or read per request.
import { Problem } from '../base/problem.ts'
import { param, whole, type Sql } from '../expression/fragment.ts'
import type { Amount, Query } from './syntax.ts'

/** `$top` and `$skip` of a query, with their slots. */
export function amounts(query: Query): { top?: Amount; skip?: Amount } {
  const { top, topSlot, skip, skipSlot } = query
  return {
    ...(top === undefined ? {} : { top: { value: top, ...(topSlot === undefined ? {} : { slot: topSlot }) } }),
    ...(skip === undefined ? {} : { skip: { value: skip, ...(skipSlot === undefined ? {} : { slot: skipSlot }) } }),
  }
}

/** The number as SQL, never above `cap`. */
export function amountSql(amount: Amount, cap = Number.MAX_SAFE_INTEGER): Sql {
  if (amount.slot === undefined) return whole(Math.min(amount.value, cap))
  const convert = (text: string | boolean | null) => {
    const value = Number(text)
    return Number.isSafeInteger(value) && value >= 0
      ? String(Math.min(value, cap))
      : new Problem('request.type', { detail: '$top and $skip must be whole numbers from 0' })
  }
  return param({ from: 'literal', slot: amount.slot, convert }, 'bigint')
}
