// `groupby` and `aggregate` → groups: keys and values, what is done inside each group before, and values that are aggregated
// twice (`from`).
import type { ValueKind } from '../base/kind.ts'
import { Problem } from '../base/problem.ts'
import { bindPath } from '../expression/bind.ts'
import { shown } from '../expression/reader.ts'
import type { Scope } from '../expression/scope.ts'
import type { Expression, Syntax } from '../expression/tree.ts'
import { bound, copyOf, scopeOf, type State } from './apply-state.ts'
import { bindAggregate, kindOf, wrongKind } from './bind-aggregate.ts'
import { levelsOf } from './rollups.ts'
import type { ApplyStep, GroupSyntax } from './syntax.ts'
import type { BoundGroup, PipeSource, RecordStage, TableColumn, TableStage } from './tree.ts'

type Advance = (state: State, step: ApplyStep) => State
type GroupStep = Extract<ApplyStep, { op: 'groupby' | 'aggregate' }>

/** Groups, after what is done inside each group, and by what a `from` names first. */
export function group(state: State, step: GroupStep, scope: Scope, advance: Advance): State {
  const filters = filtersOf(step)
  if (filters) return groupOnce(state, step, scope, bound(filters, scope, 'boolean'))
  const inner = step.op === 'groupby' && step.within ? inGroups(state, step, step.within, scope, advance) : state
  if (step.op === 'groupby' && step.aggregate === undefined) return inner
  const first = step.aggregate!.find(({ from }) => from !== undefined)
  if (first) return groupTwice(inner, step, first.from!.by)
  return groupOnce(inner, step, inner === state ? scope : scopeOf(inner))
}

/** The one condition of a sequence that only filters before it aggregates: a group of which nothing is left still counts. */
function filtersOf(step: GroupStep): Syntax | undefined {
  if (step.op !== 'groupby' || !step.within || !step.aggregate || step.aggregate.some(({ from }) => from))
    return undefined
  const filters = step.within.flatMap((each) => (each.op === 'filter' ? [each.where] : []))
  if (filters.length < step.within.length) return undefined
  return filters.length === 1 ? filters[0] : { op: 'call', name: 'and', args: filters, position: step.position }
}

/** Filters, computed values and cuts inside groups: a cut takes so many of each group. */
function inGroups(
  state: State,
  step: Extract<ApplyStep, { op: 'groupby' }>,
  within: readonly ApplyStep[],
  scope: Scope,
  advance: Advance,
): State {
  if (step.rollups)
    throw new Problem('request.unsupported', {
      detail: 'A sequence inside a groupby with rollup is not supported',
      target: '$apply',
      position: step.position,
    })
  const partition = step.by.map(({ names, position }) => bindPath(names, scope, position))
  const from = copyOf(state)
  const done = within.reduce(advance, from)
  if (done.table?.source !== state.table?.source || within.some(({ op }) => !inGroup.has(op)))
    throw new Problem('request.unsupported', {
      detail: 'This sequence inside groupby is not supported',
      target: '$apply',
      position: within[0]!.position,
      hint: 'Filter, compute, sort, take the best and aggregate',
    })
  const parted = <S extends RecordStage | TableStage>(stage: S): S =>
    stage.op === 'cut' || stage.op === 'share' ? { ...stage, partition } : stage
  const before = (state.table ? state.table.after : state.records).length
  const mark = <S extends RecordStage | TableStage>(stages: readonly S[]) =>
    stages.map((stage, i) => (i < before ? stage : parted(stage)))
  if (done.table) return { ...done, order: state.order, table: { ...done.table, after: mark(done.table.after) } }
  return { ...done, order: state.order, records: mark(done.records) }
}

const inGroup: ReadonlySet<string> = new Set(['filter', 'compute', 'orderby', 'top', 'skip', 'cut', 'share', 'search'])

/** `amount with sum from close_date with average as x`: grouped by the date too, then without it. */
function groupTwice(state: State, step: GroupStep, by: GroupSyntax['by'][number]): State {
  const keys = step.op === 'groupby' ? step.by : []
  const other = step.aggregate!.find(({ from }) => from?.by.names.join('/') !== by.names.join('/'))
  if (other || (step.op === 'groupby' && step.rollups))
    throw new Problem('request.unsupported', {
      detail: 'Aggregates with "from" beside others in one step are not supported',
      target: '$apply',
      position: (other ?? step).position,
    })
  const { position } = step
  const inner = step.aggregate!.map(({ from: _none, ...rest }) => rest)
  const first = groupOnce(state, { op: 'groupby', by: [...keys, by], aggregate: inner, position }, scopeOf(state))
  const outer = step.aggregate!.map((each) => ({
    of: { op: 'path' as const, names: [each.alias], position: each.position },
    method: each.from!.method,
    alias: each.alias,
    position: each.position,
  }))
  const own = first.table!.columns.slice(0, keys.length)
  const paths = own.map(({ path }) => ({ op: 'path' as const, names: path, position }))
  return groupOnce(first, { op: 'groupby', by: paths, aggregate: outer, position }, scopeOf(first))
}

function groupOnce(state: State, step: GroupStep, scope: Scope, where?: Expression): State {
  const written = step.aggregate ?? []
  const paths = step.op === 'groupby' ? step.by : []
  const by = paths.map(({ names, position }) => bindPath(names, scope, position))
  by.forEach(({ kind }, i) => {
    if (kind === 'json' || kind === 'point' || kind === 'polygon') throw wrongKind('groupby', kind, paths[i]!.position)
  })
  const aggregate = written.map((item) => ({ ...bindAggregate(item, scope), ...(where ? { where } : {}) }))
  const columns = [
    ...by.map((expression, at): TableColumn => ({
      path: pathOf(expression, paths[at]!.names, scope),
      at,
      kind: expression.kind as ValueKind,
    })),
    ...aggregate.map((each, i): TableColumn => ({
      path: [written[i]!.alias],
      at: by.length + i,
      kind: kindOf(each),
    })),
  ]
  refuseTwice(columns, step, by.length)
  const rollups = step.op === 'groupby' ? step.rollups : undefined
  const bounds: BoundGroup = { op: 'group', by, aggregate, ...(rollups ? { rollups } : {}) }
  const rolled = rollups && levelsOf(rollups, by.length)
  const shape = { columns, keys: by.length, width: columns.length }
  if (state.table) {
    const { rolled: _before, ...table } = state.table
    return {
      ...state,
      order: [],
      table: { ...table, after: [...table.after, bounds], ...shape, ...(rolled ? { rolled } : {}) },
    }
  }
  const source: PipeSource = { op: 'group', records: state.records, group: bounds }
  return { ...state, order: [], table: { source, after: [], ...shape, ...(rolled ? { rolled } : {}) } }
}

/** The path as it is answered: a lookup's bare name is its id, a computed value keeps its name. */
function pathOf(expression: Expression, names: readonly string[], { computed }: Scope): readonly string[] {
  if (computed?.has(names.join('/')) || expression.op !== 'property') return names
  const alias = expression.scope ? names.slice(0, 1) : []
  return [...alias, ...expression.through.map(({ name }) => name), expression.property.name]
}

function refuseTwice(
  columns: readonly TableColumn[],
  step: Extract<ApplyStep, { op: 'groupby' | 'aggregate' }>,
  keys: number,
): void {
  const used = new Set<string>()
  columns.forEach(({ path }, i) => {
    const name = path.join('/')
    const clash = used.has(name) || (i >= keys && columns.slice(0, keys).some((key) => key.path[0] === name))
    if (clash)
      throw new Problem('request.malformed', {
        detail: `"${shown(name)}" is used twice in $apply`,
        target: '$apply',
        position: i < keys ? step.position : step.aggregate![i - keys]!.position,
      })
    used.add(name)
  })
}
