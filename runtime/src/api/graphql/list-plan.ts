// The selection of a page of records: what its records are asked for (in `nodes`, in `edges`, under several names) is put together
// into one query, and the page says where it stands in the list.
import type { Query } from '@peyvand/core/query/syntax.ts'
import type { GraphQLObjectType } from 'graphql'
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import type { Id } from '@peyvand/core/model/model.ts'
import { positionColumn } from '@peyvand/core/query/order.ts'
import { writeToken } from '@peyvand/core/query/token.ts'
import { narrowingOf, orderOf, pageSize, positionOf, type Args } from './arguments.ts'
import { below, fieldsOf } from './selection.ts'
import { objectType, spendRecords, type Nodes, type Place, type Plan, type PlanRecord, type Walk } from './walk.ts'

/** A list that is asked for. */
export interface AskedList {
  /** The type of its page. */
  readonly type: GraphQLObjectType
  readonly entity: Id
  readonly args: Args
  readonly nodes: Nodes
  /** Records of a page when nothing is said. */
  readonly usual: number
  readonly planRecord: PlanRecord
}

/** A list as it came back: one row more than the page when there is a next one, and how many there are where that was asked. */
export interface Rows {
  readonly rows: readonly JsonValue[]
  readonly count: JsonValue | undefined
}

/** One page. */
interface Page {
  readonly records: readonly JsonObject[]
  readonly more: boolean
  readonly count: JsonValue | undefined
}

/** What all that is asked of the page's records comes to. */
interface Wanted {
  readonly select: Set<string>
  readonly expand: NonNullable<Query['expand']>[number][]
  rows: boolean
  positions: boolean
  count: boolean
}

type Part<From> = readonly [name: string, value: (from: From) => unknown]

/** Plans a page. `counts`: only the number of records is asked for. throws: Problem */
export function planList(list: AskedList, walk: Walk, place: Place): Plan<Rows> & { readonly counts: boolean } {
  const { args, entity, nodes } = list
  const size = pageSize(args, list.usual)
  const wanted: Wanted = { select: new Set(['id']), expand: [], rows: false, positions: false, count: false }
  const after = positionOf(args)
  const inside = { ...place, times: place.times * size }
  const planNodes = nodesPlanner(list, wanted, walk, inside)
  const parts = partsOf({ nodes, wanted, planNodes, behind: after !== undefined }, walk)
  if (wanted.rows) spendRecords(walk, inside.times)
  const orderby = orderOf(args['orderBy'])
  return {
    counts: !wanted.rows && wanted.count,
    query: {
      ...narrowingOf(entity, args, walk),
      ...(orderby ? { orderby } : {}),
      ...(after ? { after } : {}),
      ...(wanted.count ? { count: true } : {}),
      ...(wanted.positions ? { positions: true } : {}),
      ...(wanted.expand.length > 0 ? { expand: wanted.expand } : {}),
      select: [...wanted.select].map((name) => [name]),
      // One more than the page: whether it is there says whether there is a next page.
      top: wanted.rows ? size + 1 : 0,
    },
    shape: ({ rows, count }) =>
      shaped(parts, { records: rows.slice(0, size) as JsonObject[], more: rows.length > size, count }),
  }
}

function shaped<From>(parts: readonly Part<From>[], from: From): Readonly<Record<string, unknown>> {
  return Object.fromEntries(parts.map(([name, value]) => [name, value(from)]))
}

/** Plans a selection of the page's records; all of them together are one query. */
type PlanNodes = (nodes: Nodes) => Plan<JsonObject>['shape']

function nodesPlanner({ type, planRecord }: AskedList, wanted: Wanted, walk: Walk, place: Place): PlanNodes {
  const node = objectType(type.getFields()['nodes']!)
  return (nodes) => {
    const { query, shape } = planRecord(node, nodes, walk, place)
    wanted.rows = true
    for (const [name] of query.select ?? []) wanted.select.add(name!)
    wanted.expand.push(...(query.expand ?? []))
    return shape
  }
}

interface PageSelection {
  readonly nodes: Nodes
  readonly wanted: Wanted
  readonly planNodes: PlanNodes
  /** Whether the page begins behind another one. */
  readonly behind: boolean
}

function partsOf({ nodes, wanted, planNodes, behind }: PageSelection, walk: Walk): readonly Part<Page>[] {
  return [...fieldsOf(below(nodes), walk)].flatMap(([name, found]): Part<Page>[] => {
    switch (found[0].name.value) {
      case 'totalCount':
        wanted.count = true
        return [[name, ({ count }) => count]]
      case 'nodes': {
        const shape = planNodes(found)
        return [[name, ({ records }) => records.map(shape)]]
      }
      case 'edges': {
        const edge = edgeParts(found, wanted, planNodes, walk)
        return [[name, ({ records }) => records.map((record) => shaped(edge, record))]]
      }
      case 'pageInfo': {
        const info = infoParts(found, walk, behind)
        wanted.rows = wanted.positions = true
        return [[name, (page) => shaped(info, page)]]
      }
      default:
        return []
    }
  })
}

function edgeParts(nodes: Nodes, wanted: Wanted, planNodes: PlanNodes, walk: Walk): readonly Part<JsonObject>[] {
  wanted.rows = true
  return [...fieldsOf(below(nodes), walk)].flatMap(([name, found]): Part<JsonObject>[] => {
    if (found[0].name.value === 'node') return [[name, planNodes(found)]]
    if (found[0].name.value !== 'cursor') return []
    wanted.positions = true
    return [[name, cursorOf]]
  })
}

function infoParts(nodes: Nodes, walk: Walk, behind: boolean): readonly Part<Page>[] {
  const values: Readonly<Record<string, (page: Page) => unknown>> = {
    hasNextPage: ({ more }) => more,
    hasPreviousPage: () => behind,
    startCursor: ({ records }) => cursorOf(records[0]),
    endCursor: ({ records }) => cursorOf(records.at(-1)),
  }
  return [...fieldsOf(below(nodes), walk)].flatMap(([name, [{ name: what }]]): Part<Page>[] => {
    const value = values[what.value]
    return value === undefined ? [] : [[name, value]]
  })
}

/** Where a record stands, as text that continues a list behind it; null where there is no record. */
function cursorOf(record: JsonObject | undefined): string | null {
  const position = record?.[positionColumn]
  return typeof position === 'string' ? writeToken(null, position) : null
}
