// The selection of groups → steps of `$apply`: what `by` and `parts` select are the keys, what is selected beside them are the
// aggregates; conditions and sort keys may name further ones.
import type { AggregateSyntax, ApplyStep, ComputeSyntax, OrderSyntax } from '@peyvand/core/query/syntax.ts'
import type { GraphQLObjectType } from 'graphql'
import { isJsonObject, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import type { ValueKind } from '@peyvand/core/base/kind.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Syntax } from '@peyvand/core/expression/tree.ts'
import type { Id } from '@peyvand/core/model/model.ts'
import { aggregateKind } from '@peyvand/core/query/bind-aggregate.ts'
import type { AggregateMethod } from '@peyvand/core/query/tree.ts'
import { argumentsOf, isGiven, narrowingOf, orderOf, pageLimits, pageSize, type Args } from './arguments.ts'
import { valueCondition } from './filter.ts'
import { methodOf } from './group-types.ts'
import { meaningOf } from './meaning.ts'
import { below, fieldsOf } from './selection.ts'
import { objectType, spendRecords, type Nodes, type Place, type Plan, type Walk } from './walk.ts'

type Path = Extract<Syntax, { op: 'path' }>

/** Groups that are asked for. */
export interface AskedGroups {
  /** The type of one group. */
  readonly type: GraphQLObjectType
  readonly entity: Id
  readonly args: Args
  readonly nodes: Nodes
}

/** What the groups come to. */
interface Grouping {
  readonly keys: Map<string, Path>
  readonly computes: ComputeSyntax[]
  readonly aggregates: Map<string, AggregateSyntax>
}

type Read = (row: JsonObject) => unknown
type Parts = readonly (readonly [name: string, value: Read])[]

const most = { keys: 10, aggregates: 20 } as const

/** Plans groups. throws: Problem */
export function planGroups(asked: AskedGroups, walk: Walk, { times }: Place): Plan<readonly JsonValue[]> {
  const { args, entity } = asked
  const grouping: Grouping = { keys: new Map(), computes: [], aggregates: new Map() }
  const parts = groupParts(asked, grouping, walk)
  const having = havingOf(args['having'], entity, grouping, walk)
  const orderby = sortKeys(args['orderBy'], grouping)
  const size = pageSize(args, pageLimits.usual)
  const [keys, aggregates] = [[...grouping.keys.values()], [...grouping.aggregates.values()]]
  if (keys.length > most.keys || aggregates.length > most.aggregates)
    throw new Problem('limit.size', {
      detail: `Groups may have ${most.keys} keys and ${most.aggregates} values`,
      target: 'by',
    })
  // One group of all records has one value at least, or there would be nothing to ask for.
  if (keys.length === 0 && aggregates.length === 0) aggregates.push(counted(grouping))
  spendRecords(walk, times * size)
  const { filter, search } = narrowingOf(entity, args, walk)
  const at = { position: 0 }
  const apply: ApplyStep[] = [
    ...(search ? [{ op: 'search' as const, search, ...at }] : []),
    ...(filter ? [{ op: 'filter' as const, where: filter, ...at }] : []),
    ...(grouping.computes.length > 0 ? [{ op: 'compute' as const, values: grouping.computes, ...at }] : []),
    keys.length > 0
      ? { op: 'groupby', by: keys, aggregate: aggregates, ...at }
      : { op: 'aggregate', aggregate: aggregates, ...at },
    ...(having ? [{ op: 'filter' as const, where: having, ...at }] : []),
  ]
  return {
    query: { apply, top: size, ...(orderby ? { orderby } : {}) },
    shape: (rows) => rows.map((row) => shaped(parts, row as JsonObject)),
  }
}

function shaped(parts: Parts, row: JsonObject): Readonly<Record<string, unknown>> {
  return Object.fromEntries(parts.map(([name, value]) => [name, value(row)]))
}

function groupParts({ type, nodes }: AskedGroups, grouping: Grouping, walk: Walk): Parts {
  return [...fieldsOf(below(nodes), walk)].flatMap(([name, found]): Parts => {
    const field = type.getFields()[found[0].name.value]
    const means = field && meaningOf(field)
    if (field === undefined || means === undefined) return []
    switch (means.op) {
      case 'count': {
        const { alias } = counted(grouping)
        return [[name, (row) => row[alias]]]
      }
      case 'keys':
        return nested(name, keyParts(objectType(field), found, [], grouping, walk))
      case 'parts':
        return nested(name, dateParts(objectType(field), found, grouping, walk))
      case 'aggregate':
        return nested(name, valueParts(objectType(field), found, means.method, grouping, walk))
      default:
        return []
    }
  })
}

const nested = (name: string, parts: Parts): Parts => [[name, (row) => shaped(parts, row)]]

/** The selected values of records, and of records they lead to, as keys. */
function keyParts(
  type: GraphQLObjectType,
  nodes: Nodes,
  prefix: readonly string[],
  grouping: Grouping,
  walk: Walk,
): Parts {
  return [...fieldsOf(below(nodes), walk)].flatMap(([name, found]): Parts => {
    const field = type.getFields()[found[0].name.value]
    const means = field && meaningOf(field)
    if (means?.op === 'value') {
      const names = [...prefix, means.property.name]
      const { per } = argumentsOf(field!, found[0], walk)
      if (isGiven(per)) return [[name, computedKey(grouping, per as string, names)]]
      grouping.keys.set(names.join('/'), { op: 'path', names, position: 0 })
      return [[name, (row) => valueAt(row, names)]]
    }
    if (means?.op !== 'one' || prefix.length >= walk.limits.expandDepth) return []
    return nested(name, keyParts(objectType(field!), found, [...prefix, means.navigation.name], grouping, walk))
  })
}

/** A value behind lookups; nothing where one of them leads nowhere. */
function valueAt(row: JsonObject, names: readonly string[]): JsonValue | null {
  let value: JsonValue | undefined = row
  for (const name of names) value = isJsonObject(value) ? value[name] : undefined
  return value ?? null
}

/** Parts of dates as keys. */
function dateParts(type: GraphQLObjectType, nodes: Nodes, grouping: Grouping, walk: Walk): Parts {
  return [...fieldsOf(below(nodes), walk)].flatMap(([name, found]): Parts => {
    const field = type.getFields()[found[0].name.value]
    const means = field && meaningOf(field)
    if (means?.op !== 'value') return []
    const { of } = argumentsOf(field!, found[0], walk)
    return [[name, computedKey(grouping, of as string, [means.property.name])]]
  })
}

/** What a function makes of a value, as a key. */
function computedKey({ computes, keys }: Grouping, call: string, names: readonly string[]): Read {
  const alias = `K${computes.length}`
  const value: Syntax = { op: 'call', name: call, args: [{ op: 'path', names, position: 0 }], position: 0 }
  computes.push({ value, name: alias, position: 0 })
  keys.set(alias, { op: 'path', names: [alias], position: 0 })
  return (row) => row[alias]
}

function valueParts(
  type: GraphQLObjectType,
  nodes: Nodes,
  method: AggregateMethod,
  grouping: Grouping,
  walk: Walk,
): Parts {
  return [...fieldsOf(below(nodes), walk)].flatMap(([name, found]): Parts => {
    const field = type.getFields()[found[0].name.value]
    const means = field && meaningOf(field)
    if (means?.op !== 'value') return []
    const { alias } = aggregated(grouping, method, means.property.name)
    return [[name, (row) => row[alias]]]
  })
}

// ---- aggregates -----------------------------------------------------------------------------------------------------

/** How many records a group has. */
function counted({ aggregates }: Grouping): AggregateSyntax {
  return known(aggregates, 'count', (alias) => ({ method: 'count', alias, position: 0 }))
}

function aggregated({ aggregates }: Grouping, method: AggregateMethod, property: string): AggregateSyntax {
  const of: Path = { op: 'path', names: [property], position: 0 }
  return known(aggregates, `${method} ${property}`, (alias) => ({ of, method, alias, position: 0 }))
}

/** Each aggregate once, under a name that no property can have. */
function known(
  aggregates: Grouping['aggregates'],
  key: string,
  make: (alias: string) => AggregateSyntax,
): AggregateSyntax {
  const before = aggregates.get(key)
  if (before !== undefined) return before
  const made = make(`A${aggregates.size}`)
  aggregates.set(key, made)
  return made
}

/** The condition on groups; undefined when there is none. throws: Problem */
function havingOf(given: unknown, entity: Id, grouping: Grouping, walk: Walk): Syntax | undefined {
  if (!isGiven(given)) return undefined
  const scope = { limits: walk.limits, budget: walk.left }
  const condition = ({ alias }: AggregateSyntax, kind: ValueKind, filter: unknown): Syntax[] => {
    const found = isGiven(filter)
      ? valueCondition({ op: 'path', names: [alias], position: 0 }, kind, filter as Args, scope)
      : undefined
    return found === undefined ? [] : [found]
  }
  const parts = Object.entries(given as Args).flatMap(([name, value]) => {
    if (name === 'count') return condition(counted(grouping), 'integer', value)
    const method = methodOf(name)
    return Object.entries((value ?? {}) as Args).flatMap(([property, filter]) => {
      const { kind } = walk.types.wire(entity).properties.get(property)!
      return condition(aggregated(grouping, method, property), aggregateKind(method, kind)!, filter)
    })
  })
  return parts.length > 1 ? { op: 'call', name: 'and', args: parts, position: 0 } : parts[0]
}

/** The sort keys of groups; undefined when there are none. throws: Problem when a key is not selected. */
function sortKeys(given: unknown, grouping: Grouping): OrderSyntax | undefined {
  if (!isGiven(given)) return undefined
  const keys = (given as readonly Args[]).slice(0, most.keys).map((key): OrderSyntax[number] => {
    const [name, value] = Object.entries(key)[0]!
    if (name === 'by') return orderOf([value])![0]!
    const descending = (way: unknown) => way === 'desc'
    const by = ({ alias }: AggregateSyntax): Path => ({ op: 'path', names: [alias], position: 0 })
    if (name === 'count') return { by: by(counted(grouping)), descending: descending(value) }
    const [property, way] = Object.entries(value as Args)[0]!
    return { by: by(aggregated(grouping, methodOf(name), property)), descending: descending(way) }
  })
  return keys.length === 0 ? undefined : keys
}
