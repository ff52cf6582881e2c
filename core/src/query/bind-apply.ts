// `$apply` → stages: records are filtered, computed and cut; a group turns them into rows of numbered columns; rows are
// filtered, computed, cut and grouped again. Without any group it stays a query for records. $filter, $compute, $orderby and
// $select beside it speak of what comes out.
import { isOrdered, type ValueKind } from '../base/kind.ts'
import { suggest } from '../base/name.ts'
import { Problem } from '../base/problem.ts'
import { bindExpression, bindPath } from '../expression/bind.ts'
import { shown } from '../expression/reader.ts'
import type { Scope } from '../expression/scope.ts'
import type { Expression, Syntax } from '../expression/tree.ts'
import type { Field } from '../model/model.ts'
import type { WireEntity } from '../model/wire.ts'
import { amounts } from './amount.ts'
import { bindAggregate, kindOf, wrongKind } from './bind-aggregate.ts'
import { bindComputes, computedScope } from './bind-compute.ts'
import type {
  Amount,
  ApplyStep,
  BoundComputed,
  BoundCut,
  BoundGroup,
  BoundOrder,
  BoundQuery,
  OrderSyntax,
  Pipe,
  Query,
  RecordStage,
  TableColumn,
  TableStage,
} from './tree.ts'

type Applied =
  | (BoundQuery & { readonly pipes: readonly Pipe[] })
  | {
      readonly pipes?: undefined
      readonly records: readonly RecordStage[]
      readonly computed: readonly BoundComputed[]
      readonly order?: readonly BoundOrder[]
    }

/** Where a sequence of transformations has come to. */
interface State {
  readonly scope: Scope
  readonly records: RecordStage[]
  readonly computed: BoundComputed[]
  /** Sort keys that were asked for and not used by a cut yet. */
  order: readonly BoundOrder[]
  table?: {
    readonly group: BoundGroup
    readonly after: TableStage[]
    columns: TableColumn[]
    keys: number
    width: number
    rolled?: readonly number[]
  }
}

/** Binds a query with `$apply`: groups, or what it does to records. throws: Problem */
export function bindApply(query: Query, wire: WireEntity, scope: Scope): Applied {
  const steps = query.apply!
  const root = { ...scope, target: '$apply' }
  const last = steps.at(-1)
  const fork = last?.op === 'concat' ? last : undefined
  const start: State = { scope: root, records: [], computed: [], order: [] }
  const state = (fork ? steps.slice(0, -1) : steps).reduce(advance, start)
  if (fork)
    return concatenated(
      query,
      wire,
      fork.branches.map((branch) => branch.reduce(advance, copyOf(state))),
    )
  if (!state.table)
    return {
      records: state.records,
      computed: state.computed,
      ...(state.order.length > 0 ? { order: state.order } : {}),
    }
  refuse(query, ['expand', 'search', 'after'])
  if (query.compute) computeRows(state, query.compute, '$compute')
  if (query.filter)
    state.table.after.push({ op: 'filter', where: bound(query.filter, tableScope(state, '$filter'), 'boolean') })
  if (query.orderby) state.order = bindOrder(query.orderby, tableScope(state, '$orderby'))
  if (query.select) selectColumns(state, query.select)
  return result(query, wire, [pipeOf(state)])
}

function concatenated(query: Query, wire: WireEntity, states: readonly State[]): Applied {
  refuse(query, ['expand', 'search', 'after', 'filter', 'compute', 'orderby', 'select'])
  return result(query, wire, states.map(pipeOf))
}

function copyOf(state: State): State {
  const { table } = state
  return {
    ...state,
    records: [...state.records],
    computed: [...state.computed],
    ...(table ? { table: { ...table, after: [...table.after] } } : {}),
  }
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

function pipeOf({ records, table, order }: State): Pipe {
  if (!table)
    throw new Problem('request.unsupported', {
      detail: '"concat" of records is not supported',
      target: '$apply',
      hint: 'Group or aggregate in each part',
    })
  const { group, after, columns, keys, rolled } = table
  const rest = Array.from({ length: keys }, (_none, at) => columnOf(at, kindAt(table, at)))
    .filter((key) => !order.some(({ by }) => by.op === 'property' && by.property.column === key.property.column))
    .map((by): BoundOrder => ({ by, descending: false }))
  return { records, group, after, columns, order: [...order, ...rest], ...(rolled ? { rolled } : {}) }
}

// ---- steps ----------------------------------------------------------------------------------------------------------

function advance(state: State, step: ApplyStep): State {
  const scope = state.table ? tableScope(state, '$apply') : computedScope(state.scope, state.computed)
  const stages: (RecordStage | TableStage)[] = state.table ? state.table.after : state.records
  switch (step.op) {
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
      return group(state, step, scope)
    case 'concat':
      throw new Problem('request.unsupported', {
        detail: '"concat" before other transformations is not supported',
        target: '$apply',
        position: step.position,
      })
  }
}

function cut({ order, table, scope }: State, amount: { top?: Amount; skip?: Amount }): BoundCut {
  const id = scope.root.properties.get('id')!
  const rest: Expression[] = table
    ? Array.from({ length: table.keys }, (_none, at) => columnOf(at, kindAt(table, at)))
    : [{ op: 'property', through: [], property: id, kind: 'uuid' }]
  return { op: 'cut', order: [...order, ...rest.map((by) => ({ by, descending: false }))], ...amount }
}

function group(state: State, step: Extract<ApplyStep, { op: 'groupby' | 'aggregate' }>, scope: Scope): State {
  const paths = step.op === 'groupby' ? step.by : []
  const by = paths.map(({ names, position }) => bindPath(names, scope, position))
  by.forEach(({ kind }, i) => {
    if (kind === 'json' || kind === 'point') throw wrongKind('groupby', kind, paths[i]!.position)
  })
  const aggregate = step.aggregate.map((item) => bindAggregate(item, scope))
  const columns = [
    ...by.map((expression, at): TableColumn => ({
      path: pathOf(expression, paths[at]!.names, scope),
      at,
      kind: expression.kind as ValueKind,
    })),
    ...aggregate.map((each, i): TableColumn => ({
      path: [step.aggregate[i]!.alias],
      at: by.length + i,
      kind: kindOf(each),
    })),
  ]
  refuseTwice(columns, step, by.length)
  const rollup = step.op === 'groupby' ? step.rollup : undefined
  const bounds: BoundGroup = { op: 'group', by, aggregate, ...(rollup ? { rollup } : {}) }
  const rolled =
    rollup &&
    by
      .map((_key, at) => at)
      .slice(rollup.from)
      .reverse()
  const shape = { columns, keys: by.length, width: columns.length }
  if (state.table) {
    const { rolled: _before, ...table } = state.table
    return {
      ...state,
      order: [],
      table: { ...table, after: [...table.after, bounds], ...shape, ...(rolled ? { rolled } : {}) },
    }
  }
  return { ...state, order: [], table: { group: bounds, after: [], ...shape, ...(rolled ? { rolled } : {}) } }
}

/** The path as it is answered: a lookup's bare name is its id, a computed value keeps its name. */
function pathOf(expression: Expression, names: readonly string[], { computed }: Scope): readonly string[] {
  if (computed?.has(names.join('/')) || expression.op !== 'property') return names
  return [...expression.through.map(({ name }) => name), expression.property.name]
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
        position: i < keys ? step.position : step.aggregate[i - keys]!.position,
      })
    used.add(name)
  })
}

function computeRows(state: State, values: Parameters<typeof bindComputes>[0], target: string): void {
  const table = state.table!
  const computed = bindComputes(values, tableScope(state, target))
  table.after.push({ op: 'compute', values: computed.map(({ value }) => value) })
  table.columns = [
    ...table.columns,
    ...computed.map(({ name, value }, i): TableColumn => ({
      path: [name],
      at: table.width + i,
      kind: value.kind as ValueKind,
    })),
  ]
  table.width += computed.length
}

function selectColumns(state: State, select: NonNullable<Query['select']>): void {
  const table = state.table!
  if (select.some(([name]) => name === '*')) return
  const names = table.columns.map(({ path }) => path.join('/'))
  table.columns = select.map((path) => {
    const at = names.indexOf(path.join('/'))
    if (at >= 0) return table.columns[at]!
    throw new Problem('request.unknown', {
      detail: `"${shown(path.join('/'))}" does not come out of $apply`,
      target: '$select',
      hint: suggest(path.join('/'), names),
    })
  })
}

// ---- what names mean behind a group ---------------------------------------------------------------------------------

const noField: Field = { id: '', name: '', type: '' }

/** The n-th column of the rows so far. */
function columnOf(at: number, kind: ValueKind): Extract<Expression, { op: 'property' }> {
  const name = `c${at}`
  const property = { name, column: name, field: noField, kind, edm: '', nullable: true, readOnly: true }
  return { op: 'property', through: [], property, kind }
}

function kindAt({ columns }: NonNullable<State['table']>, at: number): ValueKind {
  return columns.find((column) => column.at === at)?.kind ?? 'text'
}

function tableScope(state: State, target: string): Scope {
  const computed = new Map(
    state.table!.columns.map(({ path, at, kind }) => [path.join('/'), columnOf(at, kind) as Expression] as const),
  )
  return { ...state.scope, computed, closed: true, target }
}

function bound(syntax: Syntax, scope: Scope, kind?: ValueKind): Expression {
  const expression = bindExpression(syntax, scope, kind)
  if (expression instanceof Problem) throw expression
  return expression
}

function bindOrder(order: OrderSyntax, scope: Scope): BoundOrder[] {
  return order.map(({ by, descending }) => {
    const expression = bound(by, scope)
    if (expression.op === 'literal' || !isOrdered(expression.kind))
      throw wrongKind('orderby', expression.kind, by.position, scope.target)
    return { by: expression, descending }
  })
}
