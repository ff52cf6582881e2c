// The arguments of lists and groups: which records, in which order, how many, from where. They become the same parts of a query
// that the options of an address are read into.
import type { OrderSyntax, Position, Search } from '@peyvand/core/query/syntax.ts'
import { getArgumentValues, type FieldNode, type GraphQLField } from 'graphql'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { QueryLimits } from '@peyvand/core/base/limits.ts'
import { readExpression } from '@peyvand/core/expression/parse-odata.ts'
import { expectEnd, readerOf, reading } from '@peyvand/core/expression/reader.ts'
import type { Syntax } from '@peyvand/core/expression/tree.ts'
import type { Id } from '@peyvand/core/model/model.ts'
import { splitSearch } from '@peyvand/core/query/search.ts'
import { readToken } from '@peyvand/core/query/token.ts'
import { graphqlLimits } from '../../limits.ts'
import { conditionOf } from './filter.ts'
import type { Walk } from './walk.ts'

export type Args = Readonly<Record<string, unknown>>

/** The arguments of a field, as its type reads them. throws: GraphQLError */
export function argumentsOf(field: GraphQLField<unknown, unknown>, node: FieldNode, { variables }: Walk): Args {
  return getArgumentValues(field, node, variables)
}

/** Records of one page when nothing is said: in a list of its own, and in a record. */
export const pageLimits = { usual: 50, nested: 20 } as const

/** How many records a page has. throws: Problem */
export function pageSize({ first }: Args, usual: number): number {
  if (first === undefined || first === null) return usual
  const size = first as number
  if (size < 0) throw new Problem('request.type', { detail: '"first" must be a whole number from 0', target: 'first' })
  return Math.min(size, graphqlLimits.page)
}

/** Which records: what the filter, the written condition and the words to search for leave. throws: Problem */
export function narrowingOf(
  entity: Id,
  args: Args,
  walk: Walk,
): { readonly filter?: Syntax; readonly search?: Search } {
  const { filter, where, search } = args
  const parts = [
    ...(isGiven(filter) ? [conditionOf(filter as Args, scopeOf(entity, walk))] : []),
    ...(isGiven(where) ? [readWhere(where as string, walk.limits)] : []),
  ].filter((part) => part !== undefined)
  const condition: Syntax | undefined =
    parts.length > 1 ? { op: 'call', name: 'and', args: parts, position: 0 } : parts[0]
  return {
    ...(condition ? { filter: condition } : {}),
    ...(isGiven(search) ? { search: readSearch(search as string, walk.limits) } : {}),
  }
}

function scopeOf(entity: Id, { types, limits, left }: Walk): Parameters<typeof conditionOf>[1] {
  const { properties, navigations } = types.wire(entity)
  return { properties, navigations, wire: types.wire, limits, budget: left, prefix: [], depth: 0 }
}

export const isGiven = (value: unknown): boolean => value !== undefined && value !== null

function readWhere(text: string, limits: QueryLimits): Syntax {
  const read = reading(() => {
    const reader = readerOf(bounded(text, 'where', limits), 'where', undefined, limits)
    const condition = readExpression(reader)
    expectEnd(reader)
    return condition
  })
  if (read instanceof Problem) throw read
  return read
}

function readSearch(text: string, limits: QueryLimits): Search {
  const search = splitSearch(bounded(text, 'search', limits))
  if (search instanceof Problem) throw search
  return search
}

function bounded(text: string, target: string, { length }: QueryLimits): string {
  if (text.length <= length) return text
  throw new Problem('limit.size', { detail: `"${target}" is longer than ${length} characters`, target })
}

const mostKeys = 10

/** The sort keys; undefined when there are none. throws: Problem */
export function orderOf(given: unknown, prefix: readonly string[] = []): OrderSyntax | undefined {
  if (!isGiven(given)) return undefined
  const keys = given as readonly Args[]
  if (keys.length > mostKeys)
    throw new Problem('limit.size', { detail: `There are more than ${mostKeys} sort keys`, target: 'orderBy' })
  return keys.length === 0 ? undefined : keys.map((key) => sortKey(key, prefix))
}

/** `{ account: { name: DESC } }` */
function sortKey(key: Args, prefix: readonly string[]): OrderSyntax[number] {
  const [name, value] = Object.entries(key)[0]!
  const names = [...prefix, name]
  if (typeof value === 'object') return sortKey(value as Args, names)
  return { by: { op: 'path', names, position: 0 }, descending: value === 'desc' }
}

/** Where a page begins; undefined at the start. throws: Problem */
export function positionOf({ after }: Args): Position | undefined {
  if (!isGiven(after)) return undefined
  const token = readToken(after as string)
  if (!(token instanceof Problem)) return token.keys.map((text) => ({ text }))
  throw new Problem('request.malformed', {
    detail: 'The cursor cannot be read',
    target: 'after',
    hint: 'Use a cursor as it was given, with the same orderBy',
  })
}

/** How a part of a query that stands in a problem of the data service is called here. */
const spellings: Readonly<Record<string, string>> = {
  $filter: 'filter',
  $orderby: 'orderBy',
  $search: 'search',
  $skiptoken: 'after',
  $top: 'first',
  $apply: 'by',
}

/** The same problem in the words of a GraphQL request. */
export function respelled(problem: Problem): Problem {
  const target = problem.target === undefined ? undefined : (spellings[problem.target] ?? problem.target)
  if (target === problem.target) return problem
  const { code, message: detail, pointer, hint, problems, params } = problem
  return new Problem(code, { detail, pointer, hint, problems, params, target })
}
