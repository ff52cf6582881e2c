// `$orderby` → an order that is total, so that a page can continue behind any record of it, and the place where it does.
// How an order is compared in SQL is order.ts's.
import { isOrdered, type ValueKind } from '../base/kind.ts'
import { must, Problem } from '../base/problem.ts'
import { bindExpression } from '../expression/bind.ts'
import { kindName, readLiteral } from '../expression/literal.ts'
import type { Scope } from '../expression/scope.ts'
import type { Expression } from '../expression/tree.ts'
import type { WireEntity } from '../model/wire.ts'
import type { Query } from './syntax.ts'
import type { BoundOrder } from './tree.ts'

/** One key of a sort order. throws: Problem. */
export function bindOrder({ by, descending }: NonNullable<Query['orderby']>[number], scope: Scope): BoundOrder {
  const bound = must(bindExpression(by, { ...scope, target: '$orderby' }))
  if (bound.op === 'literal' || !isOrdered(bound.kind))
    throw new Problem('request.type', {
      detail: `Records cannot be sorted by ${kindName(bound.kind)}`,
      target: '$orderby',
      position: by.position,
    })
  return { by: bound, descending }
}

/** Ends with the id, in the direction of the last key, so that an index can be read either way. */
export function totalOrder(order: readonly BoundOrder[], wire: WireEntity): BoundOrder[] {
  const id = wire.properties.get('id')!
  const isId = ({ by }: BoundOrder) => by.op === 'property' && by.property.name === 'id' && by.through.length === 0
  const cut = order.findIndex(isId)
  if (cut >= 0) return order.slice(0, cut + 1)
  return [
    ...order,
    { by: { op: 'property', through: [], property: id, kind: 'uuid' }, descending: order.at(-1)?.descending ?? false },
  ]
}

/** Where a page continues: one literal for each key of the order. throws: Problem */
export function bindAfter(after: NonNullable<Query['after']>, order: readonly BoundOrder[]): Expression[] {
  if (after.length !== order.length)
    throw new Problem('request.malformed', {
      detail: 'The page token does not belong to this query',
      target: '$skiptoken',
      hint: 'Use @odata.nextLink as it was given',
    })
  return after.map(({ text, slot }, i) => {
    const kind = order[i]!.by.kind as ValueKind
    if (slot !== undefined || text === null)
      return { op: 'literal', kind, value: text, ...(slot === undefined ? {} : { slot }) }
    return { op: 'literal', kind, value: must(readLiteral(kind, text)) as string }
  })
}
