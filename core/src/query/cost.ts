// What a query asks of the database, estimated before it runs: how many records it has to look at, part by part, from the
// query, the model and how many records there are. Pure arithmetic, a fraction of a millisecond. It errs on the dear side
// where only the data could tell (conditions that no index answers look at every record), and it leaves out what the caller
// cannot change: row rules. The statement timeout stands behind it.
import { queryLimits, type QueryLimits } from '../base/limits.ts'
import { Problem } from '../base/problem.ts'
import type { Expression } from '../expression/tree.ts'
import { nodesIn } from '../expression/visit.ts'
import { weighPipe, weighStages } from './cost/apply.ts'
import { fanOf, rowsOf, type Counted } from './cost/counts.ts'
import { conjuncts, isIndexed, narrowed } from './cost/indexed.ts'
import { add, searching, sorting, weighCondition, type CostPart, type Weighing } from './cost/part.ts'
import type { BoundCross, BoundExpand, BoundQuery, BoundRead } from './tree.ts'

/** What a query costs in all, and of what it is made up. */
export interface Cost {
  readonly rows: number
  readonly parts: readonly CostPart[]
}

/** How large the data and the pages are. */
export interface CostOptions extends Counted {
  readonly pageSize: number
  readonly maxPageSize: number
}

/** Lists that are weighed, with the page of those that are expanded. */
type Lists = Weighing & Pick<CostOptions, 'maxPageSize'>

/** The cost of a read. */
export function costOf(read: BoundRead, options: CostOptions): Cost {
  const weighing: Lists = { ...options, parts: [] }
  const last = read.steps.at(-1)!
  const all = () => (last.navigation ? fanOf(weighing, last.navigation) : rowsOf(weighing, last.entity.id))
  const there = last.key ? 1 : all()
  const limit = read.result === 'count' ? 0 : pageOf(read.query, options.pageSize)
  weighList(weighing, read.query, { there, limit, counted: read.result === 'count', at: '' })
  return total(weighing)
}

/** The cost of a cross join: every record of one set with every record of the others, unless a condition joins them. */
export function costOfCross({ parts, filter }: BoundCross, options: Counted): Cost {
  const weighing: Weighing = { ...options, parts: [] }
  const sizes = parts.map(({ query }) => rowsOf(weighing, query.entity.id))
  const joined = new Set(filter ? conjuncts(filter).flatMap(scopesJoined) : [])
  const apart = sizes.filter((_, i) => !joined.has(i + 1)).reduce((product, size) => product * Math.max(1, size), 1)
  const together = sizes.reduce((sum, size) => sum + size, 0)
  add(weighing, {
    target: '$crossjoin',
    rows: together * 2 + apart * Math.max(1, ...sizes.filter((_, i) => joined.has(i + 1))),
    because: 'puts every record of one set beside every record of another',
    hint: 'Compare a property of one set with a property of the other in $filter, such as a/id eq b/account_id',
  })
  return total(weighing)
}

/** The problem with what costs more than the limit. Says how dear it is as a multiple, never how many records there are. */
export function checkCost({ rows, parts }: Cost, { cost: most }: QueryLimits = queryLimits): Problem | undefined {
  if (most === 0 || rows <= most) return undefined
  const dearest = parts.reduce((one, other) => (other.rows > one.rows ? other : one))
  const times = Math.min(1_000_000, Math.ceil(rows / most))
  const share = Math.max(1, Math.round((dearest.rows / rows) * 100))
  return new Problem('limit.cost', {
    detail: `This would cost about ${times} times what one query may cost; ${share} % of it because ${dearest.target} ${dearest.because}`,
    target: dearest.target,
    hint: dearest.hint,
    params: { times, share },
  })
}

function total({ parts }: Weighing): Cost {
  return { rows: parts.reduce((sum, { rows }) => sum + rows, 0), parts }
}

/** One list of a query: the root, or one that is expanded. */
interface Listing {
  /** Records there are before the filter. */
  readonly there: number
  /** Records that are answered at most. */
  readonly limit: number
  /** All records are counted, or grouped. */
  readonly counted: boolean
  /** Where it stands: empty at the root, `$expand=contacts` below. */
  readonly at: string
  /** How many lists of this kind are read. */
  readonly times?: number
}

function weighList(weighing: Lists, query: BoundQuery, { there, limit, counted, at, times = 1 }: Listing): void {
  const target = (option: string) => (at === '' ? option : at)
  const found = query.filter ? Math.min(there, narrowed(weighing, query.entity, query.filter)) : there
  const all = counted || query.count || query.pipes !== undefined
  const sorts = !isIndexed(query.entity, query.order)
  const scanned = all || sorts || query.filter ? found : Math.min(found, limit)
  add(weighing, {
    target: target(query.filter ? '$filter' : all ? '$count' : '$orderby'),
    rows: times * scanned,
    because: query.filter
      ? 'has no condition that an index answers, so every record is looked at'
      : all
        ? 'looks at every record'
        : 'sorts every record',
    hint: 'Add a condition on an indexed field (a lookup, a key, a field marked as indexed)',
  })
  if (query.filter) weighCondition(weighing, query.filter, times * scanned, target('$filter'))
  for (const { by } of query.order) weighCondition(weighing, by, times * (sorts ? scanned : 0), target('$orderby'))
  if (sorts && !all) add(weighing, sorting(target('$orderby'), times * scanned))
  for (const { value } of query.computed ?? [])
    weighCondition(weighing, value, times * Math.min(scanned, limit), target('$compute'))
  if (query.search) add(weighing, searching(target('$search'), times * scanned))
  const kept = weighStages(weighing, query.records ?? [], times * scanned, target('$apply'))
  for (const { source, after } of query.pipes ?? []) weighPipe(weighing, source, after, kept, target('$apply'))
  for (const expand of query.expand) weighExpand(weighing, expand, times * Math.min(found, limit), at)
}

function weighExpand(
  weighing: Lists,
  { navigation, query, countOnly }: BoundExpand,
  parents: number,
  at: string,
): void {
  const fan = fanOf(weighing, navigation)
  const name = at === '' ? `$expand=${navigation.name}` : `${at}/${navigation.name}`
  // Finding the way to each list costs a few records, however short it is.
  add(weighing, {
    target: name,
    rows: parents * 2,
    because: `is read for each of ${Math.ceil(parents).toLocaleString('en')} records`,
    hint: 'Ask for a smaller page, or expand fewer relationships',
  })
  const limit = countOnly ? 0 : pageOf(query, weighing.maxPageSize)
  weighList(weighing, query, { there: fan, limit, counted: countOnly === true, at: name, times: parents })
}

/** The sets of a cross join that one condition ties together. */
function scopesJoined(condition: Expression): number[] {
  if (condition.op !== 'call' || condition.function !== 'eq') return []
  const scopes = condition.args.map((arg) => [...nodesIn(arg)].find((node) => node.op === 'property')?.scope ?? 0)
  return new Set(scopes).size > 1 && condition.args.every(({ op }) => op === 'property') ? scopes : []
}

function pageOf({ top }: BoundQuery, size: number): number {
  return top && top.slot === undefined ? Math.min(top.value, size) : size
}
