// What a list asks the server for: the view's condition and order with the address's on top, as OData text.
import { printSyntax } from '@peyvand/core/expression/print.ts'
import type { Syntax } from '@peyvand/core/expression/tree.ts'
import type { Entity, View } from '@peyvand/core/model/model.ts'
import { columnOf, type Column, type Sort } from './columns.ts'
import { printFilter, type Group } from './filter.ts'

/** A click on a head: `add` keeps the other columns, `descending` says the direction, else it turns round. */
export interface SortWish {
  readonly path: string
  readonly add?: boolean
  readonly descending?: boolean
}

/** The view's condition and the person's, both to be met. */
export function conditionOf(ofView: Syntax | null, own: Group): string | undefined {
  const parts = [ofView ? printSyntax(ofView) : '', printFilter(own)].filter(Boolean)
  return parts.length > 1 ? parts.map((part) => `(${part})`).join(' and ') : parts[0]
}

/** The order: the address's (`close_date,-amount`), else the view's. */
export function sortOf(view: View | undefined, address: string | null): readonly Sort[] {
  if (address)
    return address
      .split(',')
      .filter(Boolean)
      .map((part) => ({ path: part.replace(/^-/, ''), descending: part.startsWith('-') }))
  return (view?.sort ?? []).map(({ field, descending }) => ({ path: field, descending: descending === true }))
}

/** An order as the address writes it. */
export const writeSort = (sort: readonly Sort[]): string =>
  sort.map(({ path, descending }) => `${descending ? '-' : ''}${path}`).join(',')

/** An order after a wish: ascending, then descending, then (when it is the person's own) as the view has it. */
export function sortBy(
  sort: readonly Sort[],
  { path, add = false, descending }: SortWish,
  isOwn: boolean,
): readonly Sort[] {
  const now = sort.find((each) => each.path === path)
  const rest = add ? sort.filter((each) => each.path !== path) : []
  if (descending === undefined && now?.descending && isOwn) return rest
  return [...rest, { path, descending: descending ?? (now !== undefined && !now.descending) }]
}

/** An order as $orderby; what this person cannot see is left out. */
export function orderOf(entity: Entity, columns: readonly Column[], sort: readonly Sort[]): string | undefined {
  const parts = sort.flatMap(({ path, descending }) => {
    const column = columns.find((each) => each.path === path) ?? columnOf(entity, path)
    return column && !column.masked ? [`${column.orderby}${descending ? ' desc' : ''}`] : []
  })
  return parts.join(',') || undefined
}
