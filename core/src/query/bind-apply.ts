// `$apply` → stages: records are filtered, searched, joined and cut; a group turns them into rows of numbered columns; rows are
// filtered, computed, cut and grouped again. Without any group it stays a query for records. $filter, $compute, $orderby and
// $select beside it speak of what comes out.
import { Problem } from '../base/problem.ts'
import type { Scope } from '../expression/scope.ts'
import type { WireEntity } from '../model/wire.ts'
import { amounts } from './amount.ts'
import { bindOrder, bound, copyOf, cut, refuseOpen, scopeOf, tableScope, tieBreaks, type State } from './apply-state.ts'
import { wrongKind } from './bind-aggregate.ts'
import { bindComputes } from './bind-compute.ts'
import { group } from './bind-group.ts'
import { bindJoin, bindSearch, bindTree, onlyRecords } from './bind-stage.ts'
import { asTable, computeRows, selectColumns, union } from './bind-table.ts'
import type { ApplyStep, ExpandSyntax, Query } from './syntax.ts'
import type { BoundComputed, BoundOrder, BoundQuery, BoundShare, Pipe, RecordStage, TableStage } from './tree.ts'

type Applied =
  | (BoundQuery & { readonly pipes: readonly Pipe[] })
  | {
      readonly pipes?: undefined
      readonly records: readonly RecordStage[]
      readonly computed: readonly BoundComputed[]
      readonly order?: readonly BoundOrder[]
      readonly expand: readonly ExpandSyntax[]
    }

/** Binds a query with `$apply`: groups, or what it does to records. throws: Problem */
export function bindApply(query: Query, wire: WireEntity, scope: Scope): Applied {
  const steps = query.apply!
  const root = { ...scope, target: '$apply' }
  const last = steps.at(-1)
  const fork = last?.op === 'concat' && !asksMore(query) ? last : undefined
  const start: State = { scope: root, records: [], computed: [], order: [], expand: [] }
  const state = (fork ? steps.slice(0, -1) : steps).reduce(advance, start)
  if (fork)
    return concatenated(
      query,
      wire,
      fork.branches.map((branch) => asTable(branch.reduce(advance, copyOf(state)))),
    )
  if (!state.table) {
    refuseOpen(state)
    return {
      records: state.records,
      computed: state.computed,
      expand: state.expand,
      ...(state.order.length > 0 ? { order: state.order } : {}),
    }
  }
  refuse(query, ['expand', 'search', 'after'])
  if (query.compute) computeRows(state, query.compute, '$compute')
  if (query.filter)
    state.table.after.push({ op: 'filter', where: bound(query.filter, tableScope(state, '$filter'), 'boolean') })
  if (query.orderby) state.order = bindOrder(query.orderby, tableScope(state, '$orderby'))
  if (query.select) selectColumns(state, query.select)
  return result(query, wire, [pipeOf(state)])
}

/** Options that speak of all parts of a concat together. */
function asksMore({ filter, compute, orderby, select }: Query): boolean {
  return [filter, compute, orderby, select].some((option) => option !== undefined)
}

function concatenated(query: Query, wire: WireEntity, states: readonly State[]): Applied {
  refuse(query, ['expand', 'search', 'after'])
  return result(query, wire, states.map(pipeOf))
}

function refuse(query: Query, options: readonly (keyof Query)[]): void {
  for (const option of options) {
    if (query[option] === undefined) continue
    const name = `$${option === 'after' ? 'skiptoken' : option}`
    throw new Problem('request.unsupported', {
      detail: `"${name}" together with this $apply is not supported`,
      target: name,
    })
  }
}

function result(query: Query, wire: WireEntity, pipes: readonly Pipe[]): Applied {
  return {
    entity: wire.entity,
    select: [],
    selected: true,
    searched: [],
    order: [],
    expand: [],
    ...amounts(query),
    count: query.count ?? false,
    pipes,
  }
}

function pipeOf(state: State): Pipe {
  const { order } = state
  const table = state.table!
  const { source, after, columns, rolled } = table
  const rest = tieBreaks(table)
    .filter((key) => !order.some(({ by }) => by.op === 'property' && by.property.column === key.property.column))
    .map((by): BoundOrder => ({ by, descending: false }))
  return { source, after, columns, order: [...order, ...rest], ...(rolled ? { rolled } : {}) }
}

function advance(state: State, step: ApplyStep): State {
  const scope = scopeOf(state)
  const stages: (RecordStage | TableStage)[] = state.table ? state.table.after : state.records
  switch (step.op) {
    case 'search':
      if (state.table) throw onlyRecords('search', step.position)
      state.records.push(bindSearch(step.search, scope.root))
      return state
    case 'expand':
      if (state.table) throw onlyRecords('expand', step.position)
      state.expand.push(step.expand)
      return state
    case 'tree':
      if (state.table) throw onlyRecords(step.test, step.position)
      state.records.push({ ...bindTree(step, scope), start: stagesOf(step.start, scope) })
      return state
    case 'join':
      if (state.table) throw onlyRecords('join', step.position)
      return join(state, step)
    case 'share':
      stages.push(share(state, step, scope))
      return state
    case 'filter':
      stages.push({ op: 'filter', where: bound(step.where, scope, 'boolean') })
      return state
    case 'compute':
      if (state.table) computeRows(state, step.values, '$apply')
      else state.computed.push(...bindComputes(step.values, scope))
      return state
    case 'orderby':
      state.order = bindOrder(step.order, scope)
      return state
    case 'top':
    case 'skip':
      stages.push(cut(state, { [step.op]: step.amount }))
      return state
    case 'cut':
      state.order = bindOrder(step.order, scope)
      stages.push(cut(state, { top: step.amount }))
      return state
    case 'groupby':
    case 'aggregate':
      return group(state, step, scope, advance)
    case 'concat':
      return union(
        step.branches.map((branch) => asTable(branch.reduce(advance, copyOf(state)))),
        state,
      )
  }
}

/** The stages of a sequence that only picks records. */
function stagesOf(steps: readonly ApplyStep[], scope: Scope): RecordStage[] {
  const state = steps.reduce(advance, { scope, records: [], computed: [], order: [], expand: [] } as State)
  const wrong = state.table ?? state.records.find(({ op }) => op === 'join')
  if (wrong)
    throw new Problem('request.unsupported', {
      detail: 'A sequence that gives no records is not supported here',
      target: '$apply',
      position: steps[0]?.position,
    })
  return state.records
}

/** Each record with each of its related ones, which the alias names from here on. */
function join(state: State, step: Extract<ApplyStep, { op: 'join' }>): State {
  const { navigation, wire } = bindJoin(step, state.scope)
  const within = stagesOf(step.within, { ...state.scope, root: wire, variables: [] })
  const joined: RecordStage = { op: 'join', navigation, outer: step.outer, within }
  const variables = [...(state.scope.variables ?? []), { name: step.alias, wire }]
  return { ...state, scope: { ...state.scope, variables }, records: [...state.records, joined] }
}

/** The rows with the highest or lowest values that make up an amount. */
function share(state: State, step: Extract<ApplyStep, { op: 'share' }>, scope: Scope): BoundShare {
  const value = bound(step.of, scope)
  if (value.kind !== 'integer' && value.kind !== 'decimal') throw wrongKind('topsum', value.kind, step.of.position)
  const amount = bound(step.amount, scope, step.amount.op === 'literal' ? 'decimal' : undefined)
  if (amount.op !== 'literal') throw wrongKind('topsum', amount.kind, step.amount.position)
  const { order } = cut({ ...state, order: [{ by: value, descending: step.best }] }, {})
  return { op: 'share', order, amount, percent: step.percent }
}
