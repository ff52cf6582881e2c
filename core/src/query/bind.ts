// Query + path → BoundRead: names become properties and navigations, every list gets a total order, literals take kinds.
// `wire` decides what names exist: the whole model, or only what the caller may read.
import { queryLimits, type QueryLimits } from '../base/limits.ts'
import { must, Problem } from '../base/problem.ts'
import { bindExpression } from '../expression/bind.ts'
import { reading } from '../expression/reader.ts'
import { copyLimit, type Scope } from '../expression/scope.ts'
import type { Expression } from '../expression/tree.ts'
import type { Entity, Id, Model } from '../model/model.ts'
import type { WireEntity } from '../model/wire.ts'
import { amounts } from './amount.ts'
import { bindApply } from './bind-apply.ts'
import { bindComputes, computedScope } from './bind-compute.ts'
import { bindExpands, type Budget } from './bind-expand.ts'
import { bindLists } from './bind-list.ts'
import { bindAfter, bindOrder, totalOrder } from './bind-order.ts'
import { bindFilter, bindPath } from './bind-path.ts'
import { bindSelect } from './bind-select.ts'
import { searchable, searchSyntax } from './bind-stage.ts'
import type { PathStep } from './path.ts'
import type { Query } from './syntax.ts'
import type { BoundOrder, BoundQuery, BoundRead, PipeSource, RecordStage, ResultKind } from './tree.ts'

/** What names can mean. */
export interface Names {
  readonly model: Model
  readonly wire: (entity: Id) => WireEntity
  /** How large the query may be; the usual limits when absent. */
  readonly limits?: QueryLimits
}

/** Binds a resource path with its query. */
export function bindRead(path: readonly PathStep[], query: Query, names: Names): BoundRead | Problem {
  return reading(() => {
    const { filters, ...way } = bindPath(path, names, query.aliases)
    refuseOptions(query, way.result)
    const { entity } = way.steps.at(-1)!
    const bound = bindFor(query, entity, names, newBudget(names))
    const within = filters.map((where) => bindFilter(where, names.wire(entity.id), names, query.aliases))
    return { ...way, query: narrowed(bound, within) }
  })
}

/** Binds a query over an entity's records. */
export function bindQuery(query: Query, entity: Entity, names: Names): BoundQuery | Problem {
  return reading(() => bindFor(query, entity, names, newBudget(names)))
}

/** The records of a query that also meet these conditions, before anything else is done with them. */
function narrowed(query: BoundQuery, within: readonly Expression[]): BoundQuery {
  if (within.length === 0) return query
  const stages = within.map((where) => ({ op: 'filter' as const, where }))
  if (query.pipes)
    return { ...query, pipes: query.pipes.map((pipe) => ({ ...pipe, source: narrowedSource(pipe.source, stages) })) }
  return { ...query, records: [...stages, ...(query.records ?? [])] }
}

function narrowedSource(source: PipeSource, stages: readonly RecordStage[]): PipeSource {
  if (source.op !== 'union') return { ...source, records: [...stages, ...source.records] }
  return { ...source, parts: source.parts.map((part) => ({ ...part, source: narrowedSource(part.source, stages) })) }
}

const forRecords = new Set<keyof Query>(['select', 'lists', 'expand', 'compute', 'aliases'])
const forCounts = new Set<keyof Query>(['filter', 'search', 'compute', 'aliases', 'apply'])

/** Options that make no sense for what is asked are wrong, not ignored. */
function refuseOptions(query: Query, result: ResultKind): void {
  if (result === 'collection' || result === 'refs') return
  const allowed = result === 'record' ? forRecords : result === 'count' ? forCounts : new Set<keyof Query>(['aliases'])
  for (const name of Object.keys(query) as (keyof Query)[]) {
    if (allowed.has(name) || name.endsWith('Slot')) continue
    const target = name === 'after' ? '$skiptoken' : `$${name}`
    throw new Problem('request.malformed', {
      detail: `"${target}" cannot be used here`,
      target,
      hint: 'It belongs to a list of records',
    })
  }
}

function newBudget({ limits = queryLimits }: Names): Budget {
  return { copies: { left: copyLimit }, expands: limits.expandsInAll }
}

function bindFor(query: Query, entity: Entity, names: Names, budget: Budget): BoundQuery {
  const wire = names.wire(entity.id)
  const root = scopeOf(query, wire, names, budget)
  if (query.apply) {
    const applied = bindApply(query, wire, root)
    if (applied.pipes) return applied
    const expand = [...(query.expand ?? []), ...applied.expand]
    return bindRecords({ ...query, ...(expand.length > 0 ? { expand } : {}) }, wire, names, budget, applied)
  }
  return bindRecords(query, wire, names, budget, {})
}

function scopeOf(query: Query, wire: WireEntity, names: Names, budget: Budget): Scope {
  return {
    root: wire,
    wire: names.wire,
    aliases: query.aliases,
    budget: budget.copies,
    searching: searchSyntax,
  }
}

/** A query that gives records. `given` is what $apply made of them before. */
function bindRecords(
  query: Query,
  wire: WireEntity,
  names: Names,
  budget: Budget,
  given: Pick<BoundQuery, 'records' | 'computed'> & { readonly order?: readonly BoundOrder[] },
): BoundQuery {
  const root = scopeOf(query, wire, names, budget)
  const before = given.computed ?? []
  const computed = [
    ...before,
    ...bindComputes(query.compute ?? [], { ...computedScope(root, before), target: '$compute' }),
  ]
  const scope = computedScope(root, computed)
  const order = totalOrder(
    query.orderby || !given.order ? (query.orderby ?? []).map((key) => bindOrder(key, scope)) : given.order,
    wire,
  )
  const select = bindSelect(query, wire, computed)
  return {
    entity: wire.entity,
    ...select,
    ...(query.lists ? { lists: bindLists(query.lists, wire, scope) } : {}),
    ...(given.records && given.records.length > 0 ? { records: given.records } : {}),
    ...(query.filter ? { filter: must(bindExpression(query.filter, { ...scope, target: '$filter' }, 'boolean')) } : {}),
    ...(query.search ? { search: query.search } : {}),
    searched: query.search ? searchable(wire) : [],
    navigations: [...wire.navigations.keys()],
    order,
    expand: bindExpands(query, wire, names, budget, bindFor),
    ...amounts(query),
    count: query.count ?? false,
    ...(query.after ? { after: bindAfter(query.after, order) } : {}),
    ...(query.positions ? { positions: true } : {}),
  }
}
