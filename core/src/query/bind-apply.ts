// `$apply` → a group: filter steps join the filter, group keys and aggregates are bound, and $orderby speaks of what comes out.
import type { ValueKind } from '../base/kind.ts'
import { suggest } from '../base/name.ts'
import { Problem } from '../base/problem.ts'
import { bindExpression, bindPath, type Scope } from '../expression/bind.ts'
import { kindName } from '../expression/literal.ts'
import { shown } from '../expression/reader.ts'
import type { Expression, Syntax } from '../expression/tree.ts'
import type { WireEntity } from '../model/wire.ts'
import { amounts } from './amount.ts'
import {
  aggregateMethods,
  type AggregateMethod,
  type AggregateSyntax,
  type ApplyStep,
  type BoundAggregate,
  type BoundGroup,
  type BoundQuery,
  type Query,
} from './tree.ts'

/** Binds a query with `$apply`. throws: Problem */
export function bindApply(query: Query, wire: WireEntity, scope: Scope): BoundQuery {
  for (const option of ['filter', 'select', 'expand', 'search', 'after'] as const) {
    if (query[option] !== undefined)
      throw new Problem('request.unsupported', {
        detail: `"$${option === 'after' ? 'skiptoken' : option}" together with $apply is not supported`,
        target: `$${option}`,
        hint: option === 'filter' ? 'Write $apply=filter(…)/groupby(…)' : undefined,
      })
  }
  const inner = { ...scope, target: '$apply' }
  const filters: Expression[] = []
  let group: Omit<BoundGroup, 'order'> | undefined
  for (const step of query.apply!) {
    if (step.op === 'filter') filters.push(bound(step.where, inner, 'boolean'))
    else group = bindGroup(step, inner)
  }
  if (!group)
    throw new Problem('request.unsupported', {
      detail: '$apply with filter alone is not supported',
      target: '$apply',
      hint: 'Write $filter=…',
    })
  const filter =
    filters.length > 1 ? { op: 'call' as const, function: 'and', args: filters, kind: 'boolean' as const } : filters[0]
  return {
    entity: wire.entity,
    select: [],
    selected: true,
    searched: [],
    order: [],
    expand: [],
    ...amounts(query),
    count: query.count ?? false,
    ...(filter ? { filter } : {}),
    group: { ...group, order: bindOrder(query, group) },
  }
}

function bound(syntax: Syntax, scope: Scope, kind?: ValueKind): Expression {
  const expression = bindExpression(syntax, scope, kind)
  if (expression instanceof Problem) throw expression
  return expression
}

function bindGroup(step: Exclude<ApplyStep, { op: 'filter' }>, scope: Scope): Omit<BoundGroup, 'order'> {
  const paths = step.op === 'groupby' ? step.by : []
  const by = paths.map((syntax) => {
    const { names, position } = syntax as Extract<Syntax, { op: 'path' }>
    const expression = bindPath(names, scope, position)
    return { expression, path: [...expression.through.map(({ name }) => name), expression.property.name] }
  })
  const aggregate = step.aggregate.map((item) => bindAggregate(item, scope))
  const used = new Set<string>(by.map(({ path }) => path[0]!))
  for (const { alias, position } of step.aggregate) {
    if (used.has(alias))
      throw new Problem('request.malformed', {
        detail: `"${alias}" is used twice in $apply`,
        target: '$apply',
        position,
      })
    used.add(alias)
  }
  return { by, aggregate }
}

const sorted: ReadonlySet<string> = new Set<ValueKind>(['text', 'integer', 'decimal', 'date', 'datetime'])

function bindAggregate({ of, method, alias, position }: AggregateSyntax, scope: Scope): BoundAggregate {
  if (!(aggregateMethods as readonly string[]).includes(method))
    throw new Problem('request.unknown', {
      detail: `There is no aggregate method "${shown(method)}"`,
      target: '$apply',
      position,
      hint: suggest(method, aggregateMethods),
    })
  const known = method as AggregateMethod
  if (!of) return { method: known, alias }
  const expression = bound(of, scope)
  const { kind } = expression
  const fits =
    known === 'sum' || known === 'average'
      ? kind === 'integer' || kind === 'decimal'
      : known === 'min' || known === 'max'
        ? sorted.has(kind)
        : kind !== 'json'
  if (!fits)
    throw new Problem('request.type', {
      detail: `"${method}" cannot take ${kindName(kind)}`,
      target: '$apply',
      position,
    })
  return { of: expression, method: known, alias }
}

function bindOrder(query: Query, { by, aggregate }: Omit<BoundGroup, 'order'>): BoundGroup['order'] {
  return (query.orderby ?? []).map(({ by: syntax, descending }) => {
    const name = syntax.op === 'path' ? syntax.names.join('/') : ''
    const key = by.findIndex(({ path }) => path.join('/') === name)
    if (key >= 0) return { of: 'by', index: key, descending }
    const index = aggregate.findIndex(({ alias }) => alias === name)
    if (index >= 0) return { of: 'aggregate', index, descending }
    throw new Problem('request.unknown', {
      detail: `"${shown(name)}" does not come out of $apply`,
      target: '$orderby',
      position: syntax.position,
      hint: suggest(name, [...by.map(({ path }) => path.join('/')), ...aggregate.map(({ alias }) => alias)]),
    })
  })
}
