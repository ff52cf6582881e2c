// The fragment of `@odata.context`: which set, which columns, whether one record or many.
import type { BoundQuery, BoundRead } from './tree.ts'

/** `accounts`, `accounts(name,contacts())`, `accounts/$entity`, `accounts(…)` of a navigation's target, … */
export function contextOf({ result, steps, query, property }: BoundRead): string {
  const set = steps.at(-1)!.entity.entitySet
  switch (result) {
    case 'record':
      return `${set}${columnsOf(query)}/$entity`
    case 'collection':
      return `${set}${columnsOf(query)}`
    case 'ref':
      return '$ref'
    case 'refs':
      return 'Collection($ref)'
    case 'count':
      return `${set}/$count`
    default:
      return `${set}/${property!.name}`
  }
}

function columnsOf(query: BoundQuery): string {
  const items = namesOf(query)
  return items.length > 0 ? `(${items.join(',')})` : ''
}

function namesOf({ pipes, select, selected, computed = [], expand }: BoundQuery): string[] {
  if (pipes) return [...new Set(pipes.flatMap(({ columns }) => columns.map(({ path }) => path.join('/'))))]
  const columns = selected ? [...select, ...computed].map(({ name }) => name) : []
  return [
    ...columns,
    ...expand.flatMap(({ navigation, query, ref, countOnly }) =>
      countOnly ? [] : ref ? [`${navigation.name}/$ref`] : [`${navigation.name}(${namesOf(query).join(',')})`],
    ),
  ]
}
