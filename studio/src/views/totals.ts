// Totals of columns: which are asked of the server, and how what it answers is shown like any value of the column.
import type { Reader } from '@peyvand/core/elements'
import { current } from '../data/model.ts'
import type { Total } from '../data/records.ts'
import { totalProperty, type Column } from './columns.ts'

/** What the server answered, by `<property>_total`. */
export type Totals = Readonly<Record<string, unknown>>

/** The totals some columns want. */
export function totalsOf(columns: readonly Column[]): readonly Total[] {
  return columns
    .filter(({ total, path }) => total !== undefined && !path.includes('.'))
    .map((column) => ({ property: totalProperty(column), method: column.total! }))
}

/** A column's total as the column shows its values, money in the currency it was added in; undefined when there is none. */
export function paintTotal(column: Column, totals: Totals, reader: Reader): unknown {
  const { entity, field, element, total } = column
  const property = totalProperty(column)
  const value = totals[`${property}_total`]
  if (total === undefined || value === undefined || value === null) return undefined
  if (total.startsWith('count')) return new Intl.NumberFormat(reader.locale).format(Number(value))
  const record = {
    [field.name]: value,
    ...(property === field.name ? {} : { [`${field.name}_currency`]: current().currency }),
  }
  const shown = { entity, field, record, reader }
  return element.total ? element.total(shown) : element.cell(shown)
}
