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

function namesOf({ group, select, selected, expand }: BoundQuery): string[] {
  if (group) return [...group.by.map(({ path }) => path.join('/')), ...group.aggregate.map(({ alias }) => alias)]
  const columns = selected ? select.map(({ name }) => name) : []
  return [
    ...columns,
    ...expand.flatMap(({ navigation, query, ref, countOnly }) =>
      countOnly ? [] : ref ? [`${navigation.name}/$ref`] : [`${navigation.name}(${namesOf(query).join(',')})`],
    ),
  ]
}
