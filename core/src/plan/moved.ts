// Values that go with a field to another entity: which step carries them, its SQL, and what of them would be left behind.
// The old column lies in the recycle bin by then and is read there, so that taking the move back finds every value as it was.
import { quoteName } from '../base/sql.ts'
import type { Id } from '../model/model.ts'
import type { Move, Take } from '../model/move.ts'
import { typeOf } from '../types/index.ts'
import { binName, columnBefore, fieldIn, qualified, type StepContext } from './context.ts'
import type { Offenders } from './offenders.ts'
import type { Otherwise, StepOf, TableColumn, Tables } from './steps.ts'

/** What is wished of a change beyond the tables it leads to. */
export interface Wishes {
  readonly moves?: readonly Move[]
  /** By the id of the column that is converted. */
  readonly otherwise?: ReadonlyMap<string, Otherwise>
  /** Of the plan: names of the recycle bin are made of it. */
  readonly stamp?: string
}

type MoveValues = StepOf<'move_values'>

/** The step that carries the values of a move; none for a field that has no columns. */
export function moveStep(move: Move, now: Tables, next: Tables, stamp: string): MoveValues[] {
  const { field, from, to, lookup, toward, take } = move
  const old = new Map((now.get(from)?.columns ?? []).map((column) => [column.id, column]))
  const columns = (next.get(to)?.columns ?? []).flatMap((column) => {
    const before = column.id.startsWith(field) && column.derived === undefined ? old.get(column.id) : undefined
    return before === undefined
      ? []
      : [{ column: { ...column, notNull: false }, from: binName(column.id, before.name, stamp) }]
  })
  return columns.length === 0 ? [] : [{ kind: 'move_values', table: to, columns, source: from, lookup, toward, take }]
}

/** What an update writes into the records a field went to, and which of them still lack it. Over the names of now. */
export function movedValues(step: MoveValues, schema: string, tables: Tables): { set: string; lacks: string } {
  const { table, source, columns, toward, take } = step
  const on = qualified(schema, tables.get(table)!.name)
  const lookup = quoteName(tables.get(toward === 'parent' ? source : table)!.columns.find(hasId(step.lookup))!.name)
  const link = toward === 'parent' ? `"from".${lookup} = ${on}."id"` : `"from"."id" = ${on}.${lookup}`
  const given = `${qualified(schema, tables.get(source)!.name)} as "from" where ${link} and "from".${quoteName(columns[0]!.from)} is not null`
  const names = columns.map(({ column }) => quoteName(column.name))
  const values = columns.map(({ from }) => `"from".${quoteName(from)}`)
  return {
    set: `(${names.join(', ')}) = (select ${values.join(', ')} from ${given} order by ${winner('"from".')[take]} limit 1)`,
    lacks: `${names[0]} is null and exists (select 1 from ${given})`,
  }
}

/** Who gives the value where several could: the record that was written last, or made first. */
const winner = (of: string): Readonly<Record<Take, string>> => ({
  latest: `${of}"modified_at" desc, ${of}"id" desc`,
  first: `${of}"created_at", ${of}"id"`,
  refuse: `${of}"id"`,
})

const hasId =
  (id: string) =>
  (column: TableColumn): boolean =>
    column.id === id

/** Names of before the plan: the table and columns values come from. */
function before({ source, table, columns, lookup, toward }: MoveValues, schema: string, { now }: StepContext) {
  const name = (owner: Id, id: string): string => quoteName(columnBefore(now, owner, id)!.name)
  return {
    source: qualified(schema, now.get(source)!.name),
    target: qualified(schema, now.get(table)!.name),
    main: name(source, columns[0]!.column.id),
    lookup: name(toward === 'parent' ? source : table, lookup),
  }
}

/** The columns people write: two values are the same when these are. */
function written({ source, columns }: MoveValues, { now, before: model }: StepContext): string {
  const own = columns.filter(({ column }) => {
    const found = fieldIn(model, source, column.id)
    const column_ =
      found &&
      typeOf(found.field)
        .columns(found.field)
        .find(({ suffix }) => suffix === found.suffix)
    return column_?.readOnly !== true
  })
  const texts = (own.length === 0 ? columns.slice(0, 1) : own).map(
    ({ column }) => `${quoteName(columnBefore(now, source, column.id)!.name)}::text`,
  )
  return texts.length === 1 ? texts[0]! : `row(${texts.join(', ')})::text`
}

/** Parents whose children say different things: how many, and the children. */
export function differing(
  step: MoveValues,
  schema: string,
  context: StepContext,
): { readonly text: string; readonly offenders: Offenders } {
  const { source, main, lookup } = before(step, schema, context)
  const groups = `select ${lookup} from ${source} where ${lookup} is not null and ${main} is not null
    group by ${lookup} having count(distinct ${written(step, context)}) > 1`
  const column = columnBefore(context.now, step.source, step.columns[0]!.column.id)!.name
  return {
    text: `select count(*) as n from (${groups}) as differing`,
    offenders: {
      entity: step.source,
      columns: [column],
      text: `select "id" from ${source} where ${lookup} in (${groups} limit $1::int) and ${main} is not null order by ${lookup}, "id" limit $1::int`,
    },
  }
}

/** Counts the values of children that do not win. */
export function overruled(step: MoveValues, schema: string, context: StepContext): string {
  const { source, main, lookup } = before(step, schema, context)
  const value = written(step, context)
  const taken = `first_value(${value}) over (partition by ${lookup} order by ${winner('')[step.take]})`
  return `select count(*) as n from (select ${value} as own, ${taken} as taken from ${source}
    where ${lookup} is not null and ${main} is not null) as given where own is distinct from taken`
}

/** Counts the values that no record of the other entity takes. */
export function leftBehind(step: MoveValues, schema: string, context: StepContext): string {
  const { source, target, main, lookup } = before(step, schema, context)
  const nowhere =
    step.toward === 'parent'
      ? `one.${lookup} is null`
      : `not exists (select 1 from ${target} as other where other.${lookup} = one."id")`
  return `select count(*) as n from ${source} as one where one.${main} is not null and ${nowhere}`
}

/** The condition on records of the other entity, called `one`, that get no value. */
export function unreached(step: MoveValues, schema: string, context: StepContext): string {
  const { source, main, lookup } = before(step, schema, context)
  const link = step.toward === 'parent' ? `other.${lookup} = one."id"` : `other."id" = one.${lookup}`
  return `not exists (select 1 from ${source} as other where ${link} and other.${main} is not null)`
}

/** The step that carries the values of a column out of a table, or into it. */
export function moveOfColumn(
  { moves = [] }: StepContext,
  side: 'source' | 'table',
  table: Id,
  column: string,
): { readonly step: MoveValues; readonly isMain: boolean } | undefined {
  for (const step of moves) {
    const at = step[side] === table ? step.columns.findIndex((one) => one.column.id === column) : -1
    if (at >= 0) return { step, isMain: at === 0 }
  }
  return undefined
}
