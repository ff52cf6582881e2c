// Where a sequence of transformations has come to: records that were filtered, computed and cut, or a table of numbered columns;
// and what names mean there.
import { isOrdered, type ValueKind } from '../base/kind.ts'
import { Problem } from '../base/problem.ts'
import { bindExpression } from '../expression/bind.ts'
import type { Scope } from '../expression/scope.ts'
import type { Expression, Syntax } from '../expression/tree.ts'
import type { Field } from '../model/model.ts'
import { wrongKind } from './bind-aggregate.ts'
import { computedScope } from './bind-compute.ts'
import type { Level } from './rollups.ts'
import type { Amount, ExpandSyntax, OrderSyntax } from './syntax.ts'
import type { BoundComputed, BoundCut, BoundOrder, PipeSource, RecordStage, TableColumn, TableStage } from './tree.ts'

/** Where a sequence of transformations has come to. */
export interface State {
  readonly scope: Scope
  readonly records: RecordStage[]
  readonly computed: BoundComputed[]
  /** Sort keys that were asked for and not used by a cut yet. */
  order: readonly BoundOrder[]
  readonly expand: ExpandSyntax[]
  table?: {
    readonly source: PipeSource
    readonly after: TableStage[]
    columns: TableColumn[]
    keys: number
    width: number
    rolled?: readonly Level[]
  }
}

/** The same state, to be continued in another way. */
export function copyOf(state: State): State {
  const { table } = state
  return {
    ...state,
    records: [...state.records],
    computed: [...state.computed],
    expand: [...state.expand],
    ...(table ? { table: { ...table, after: [...table.after] } } : {}),
  }
}

/** What names mean where a sequence has come to. */
export function scopeOf(state: State): Scope {
  return state.table ? tableScope(state, '$apply') : computedScope(state.scope, state.computed)
}

/** What names mean behind a group: the columns so far. */
export function tableScope(state: State, target: string): Scope {
  const computed = new Map(
    state.table!.columns.map(({ path, at, kind }) => [path.join('/'), columnOf(at, kind) as Expression] as const),
  )
  return { ...state.scope, computed, closed: true, target }
}

const noField: Field = { id: '', name: '', type: '' }

/** The n-th column of the rows so far. */
export function columnOf(at: number, kind: ValueKind): Extract<Expression, { op: 'property' }> {
  const name = `c${at}`
  const property = { name, column: name, field: noField, kind, edm: '', nullable: true, readOnly: true }
  return { op: 'property', through: [], property, kind }
}

/** The kind of a column by its number. */
export function kindAt({ columns }: NonNullable<State['table']>, at: number): ValueKind {
  return columns.find((column) => column.at === at)?.kind ?? 'text'
}

/**
 * What makes an order of rows total: the keys of a group; the id of records; where parts were put together, the part and all
 * that is seen of it.
 */
export function tieBreaks(table: NonNullable<State['table']>): Extract<Expression, { op: 'property' }>[] {
  const { keys, source, columns, after } = table
  if (keys > 0 || source.op === 'group' || after.some(({ op }) => op === 'group'))
    return Array.from({ length: keys }, (_none, at) => columnOf(at, kindAt(table, at)))
  if (source.op === 'rows') {
    const id = source.values.findIndex((value) => value.op === 'property' && value.property.name === 'id')
    return [columnOf(id, 'uuid')]
  }
  const seen = columns.filter(({ kind }) => isOrdered(kind)).map(({ at, kind }) => columnOf(at, kind))
  return [columnOf(source.kinds.length, 'integer'), ...seen]
}

/** Records that were joined have no place of their own in an answer. */
export function refuseOpen({ records }: Pick<State, 'records'>): void {
  if (records.some(({ op }) => op === 'join'))
    throw new Problem('request.unsupported', {
      detail: '"join" without "groupby" or "aggregate" behind it is not supported',
      target: '$apply',
      hint: 'Group what was joined: join(contacts as c)/groupby((name,c/last_name))',
    })
}

/** So many of the rows, in the order that was asked for; the rest of the order makes it total. throws: Problem */
export function cut({ order, table, scope, records }: State, amount: { top?: Amount; skip?: Amount }): BoundCut {
  if (!table) refuseOpen({ records })
  const id = scope.root.properties.get('id')!
  const rest: Expression[] = table ? tieBreaks(table) : [{ op: 'property', through: [], property: id, kind: 'uuid' }]
  return { op: 'cut', order: [...order, ...rest.map((by) => ({ by, descending: false }))], ...amount }
}

/** Binds an expression; a problem is thrown. */
export function bound(syntax: Syntax, scope: Scope, kind?: ValueKind): Expression {
  const expression = bindExpression(syntax, scope, kind)
  if (expression instanceof Problem) throw expression
  return expression
}

/** Sort keys. throws: Problem */
export function bindOrder(order: OrderSyntax, scope: Scope): BoundOrder[] {
  return order.map(({ by, descending }) => {
    const expression = bound(by, scope)
    if (expression.op === 'literal' || !isOrdered(expression.kind))
      throw wrongKind('orderby', expression.kind, by.position, scope.target)
    return { by: expression, descending }
  })
}
