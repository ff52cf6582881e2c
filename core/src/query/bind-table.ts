// Tables of $apply: records as rows, parts put one after the other, and what `compute` and `$select` do to columns.
import type { ValueKind } from '../base/kind.ts'
import { suggest } from '../base/name.ts'
import { Problem } from '../base/problem.ts'
import { shown } from '../expression/reader.ts'
import type { Expression } from '../expression/tree.ts'
import { columnOf, refuseOpen, tableScope, type State } from './apply-state.ts'
import { wrongKind } from './bind-aggregate.ts'
import { bindComputes } from './bind-compute.ts'
import type { Query } from './syntax.ts'
import type { BoundOrder, PipeSource, TableColumn } from './tree.ts'

/** Records as rows of their properties and computed values. */
export function asTable(state: State): State {
  if (state.table) return state
  refuseOpen(state)
  const { root } = state.scope
  const properties = [...root.properties.values()]
  const values: Expression[] = [
    ...properties.map((property): Expression => ({ op: 'property', through: [], property, kind: property.kind })),
    ...state.computed.map(({ value }) => value),
  ]
  const names = [...properties, ...state.computed].map(({ name }) => name)
  const columns = values.map(({ kind }, at): TableColumn => ({ path: [names[at]!], at, kind: kind as ValueKind }))
  const id = names.indexOf('id')
  const order = state.order.flatMap(({ by, descending }) => {
    const at = by.op === 'property' && by.through.length === 0 ? names.indexOf(by.property.name) : -1
    return at < 0 ? [] : [{ by: columnOf(at, by.kind as ValueKind), descending }]
  })
  const total = [...order, { by: columnOf(id, 'uuid'), descending: false }]
  const source: PipeSource = { op: 'rows', records: state.records, values }
  return { ...state, order: total, table: { source, after: [], columns, keys: 0, width: values.length } }
}

/** The rows of all parts, columns of one name being one; a hidden last column keeps the parts in order. */
export function union(parts: readonly State[], before: State): State {
  const paths = new Map<string, TableColumn>()
  for (const { table } of parts)
    for (const column of table!.columns) {
      const name = column.path.join('/')
      const known = paths.get(name)
      if (known && known.kind !== column.kind) throw wrongKind('concat', column.kind, 0)
      if (!known) paths.set(name, { ...column, at: paths.size })
    }
  const columns = [...paths.values()]
  const source: PipeSource = {
    op: 'union',
    kinds: columns.map(({ kind }) => kind),
    parts: parts.map(({ table }) => ({
      source: table!.source,
      after: table!.after,
      columns: [...paths.keys()].map((name) => table!.columns.find(({ path }) => path.join('/') === name)?.at),
    })),
  }
  const part: BoundOrder = { by: columnOf(columns.length, 'integer'), descending: false }
  return {
    ...before,
    order: [part],
    table: { source, after: [], columns, keys: 0, width: columns.length + 1 },
  }
}

/** Adds computed columns. throws: Problem */
export function computeRows(state: State, values: Parameters<typeof bindComputes>[0], target: string): void {
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

/** Leaves the columns that are named. throws: Problem */
export function selectColumns(state: State, select: NonNullable<Query['select']>): void {
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
