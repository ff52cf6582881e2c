// Options of a selected list of values: `$select=tags($filter=$this ne 'old';$top=2)`. The values are `$this`.
import { Problem } from '../base/problem.ts'
import { bindExpression } from '../expression/bind.ts'
import { propertyOf, unknownName, type Scope } from '../expression/scope.ts'
import type { WireEntity } from '../model/wire.ts'
import { amounts } from './amount.ts'
import type { ListSyntax, Query } from './syntax.ts'
import type { BoundList } from './tree.ts'

/** Binds the options of the lists that are selected. throws: Problem */
export function bindLists(
  lists: NonNullable<Query['lists']>,
  wire: WireEntity,
  scope: Scope,
): ReadonlyMap<string, BoundList> {
  return new Map([...lists].map(([name, options]) => [name, bindList(name, options, wire, scope)]))
}

function bindList(name: string, options: ListSyntax, wire: WireEntity, scope: Scope): BoundList {
  const property = propertyOf(wire, name)
  if (!property) throw unknownName(wire, name, '$select')
  if (property.kind !== 'texts')
    throw new Problem('request.type', {
      detail: `"${name}" is no list of values`,
      target: '$select',
      hint: 'Only lists of values have options in $select; related records have them in $expand',
    })
  const { filter, orderby, count = false } = options
  const item = { name: '$this', item: 'text' } as const
  const inner: Scope = { ...scope, target: '$select', variables: [item] }
  const where = filter && bindExpression(filter, inner, 'boolean')
  if (where instanceof Problem) throw where
  const [order, more] = orderby ?? []
  if (more || (order && (order.by.op !== 'path' || order.by.names.join('/') !== '$this')))
    throw new Problem('request.unsupported', {
      detail: 'A list of values can be sorted by $this only',
      target: '$select',
      hint: 'Write $orderby=$this desc',
    })
  return {
    count,
    ...(where ? { where } : {}),
    ...(order ? { descending: order.descending } : {}),
    ...amounts(options),
  }
}
