// `$expand` → what is read along: `*` becomes every relationship, `$levels` a chain of the same one, and how much one request
// may ask for in all is bounded.
import { queryLimits } from '../base/limits.ts'
import { Problem } from '../base/problem.ts'
import { shown } from '../expression/reader.ts'
import { unknownName } from '../expression/scope.ts'
import type { Entity } from '../model/model.ts'
import type { Navigation, WireEntity } from '../model/wire.ts'
import type { Names } from './bind.ts'
import type { ExpandSyntax, Query } from './syntax.ts'
import type { BoundExpand, BoundQuery } from './tree.ts'

/** What is left of what one request may ask for. */
export interface Budget {
  /** Nodes that aliases and computed values may still add. */
  readonly copies: { left: number }
  expands: number
}

type BindQuery = (query: Query, entity: Entity, names: Names, budget: Budget) => BoundQuery

/** Binds the expands of a query. throws: Problem */
export function bindExpands(
  { expand = [], aliases }: Query,
  wire: WireEntity,
  names: Names,
  budget: Budget,
  bindQuery: BindQuery,
): BoundExpand[] {
  const { limits = queryLimits } = names
  return everyOne(expand, wire, limits.expands).map((item) => {
    const navigation = wire.navigations.get(item.name)
    if (!navigation) throw unknownName(wire, item.name, '$expand', item.position)
    if (!navigation.collection) refuseInSingle(item)
    if (--budget.expands < 0)
      throw new Problem('limit.size', {
        detail: `$expand follows more than ${limits.expandsInAll} relationships in all`,
        target: '$expand',
        position: item.position,
      })
    const target = names.model.entityById.get(navigation.target)!
    const own = item.query.aliases
    const known = own ? new Map([...(aliases ?? []), ...own]) : aliases
    const query = bindQuery(
      { ...item.query, ...deeper(item, navigation, wire, limits.expandDepth), aliases: known },
      target,
      names,
      budget,
    )
    return {
      navigation,
      query,
      ...(item.as === undefined ? {} : { as: item.as }),
      ...(item.ref ? { ref: true } : {}),
      ...(item.countOnly ? { countOnly: true } : {}),
      ...(item.options ? { options: item.options } : {}),
    }
  })
}

/** `*` is every relationship that is not named beside it. */
function everyOne(items: readonly ExpandSyntax[], { navigations, entity }: WireEntity, most: number): ExpandSyntax[] {
  const named = new Set(items.map(({ name }) => name))
  return items.flatMap((item) => {
    if (item.name !== '*') return [item]
    const all = [...navigations.values()].filter(({ name }) => !named.has(name))
    if (all.length > most)
      throw new Problem('limit.size', {
        detail: `"${entity.name}" has ${all.length} relationships; "*" follows at most ${most}`,
        target: '$expand',
        position: item.position,
        hint: 'Name those you need',
      })
    const { options: _none, ...rest } = item
    return all.map(({ name, target }): ExpandSyntax => {
      const { levels, ...once } = rest
      return target === entity.id && levels !== undefined ? { ...rest, name } : { ...once, name }
    })
  })
}

/** The next level of `$levels`: the same item once more inside itself. */
function deeper(item: ExpandSyntax, navigation: Navigation, wire: WireEntity, most: number): Pick<Query, 'expand'> {
  if (item.levels === undefined) return {}
  if (navigation.target !== wire.entity.id)
    throw new Problem('request.malformed', {
      detail: `"$levels" cannot be used for "${shown(item.name)}", which leads to another entity`,
      target: '$expand',
      position: item.position,
    })
  const levels = item.levels === 'max' ? most : item.levels
  if (levels <= 1) return {}
  return { expand: [...(item.query.expand ?? []), { ...item, levels: levels - 1 }] }
}

/** Options that only lists have. */
function refuseInSingle({ name, query, position, countOnly }: ExpandSyntax): void {
  const wrong = countOnly
    ? '$count'
    : (['filter', 'orderby', 'top', 'skip', 'count', 'search'] as const).find((option) => query[option] !== undefined)
  if (!wrong) return
  throw new Problem('request.malformed', {
    detail: `"${wrong}" cannot be used for "${name}", which leads to one record`,
    target: '$expand',
    position,
  })
}
