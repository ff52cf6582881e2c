// `$apply` → nested selects. Every level has the columns c0, c1, …; the last one gives them their names, nests keys behind
// navigations, and leaves out what a rollup rolled up.
import { ident, join, nothing, quoted, sql, whole, type Sql } from '../expression/fragment.ts'
import { outgoing } from '../expression/outgoing.ts'
import { amountSql } from './amount.ts'
import { conditionSql, joinsOf, tableOf, valueSql, type Build, type Frame } from './frame.ts'
import { orderSql, sortKeys } from './order.ts'
import type { BoundAggregate, BoundCut, BoundGroup, BoundQuery, Pipe, TableColumn, TableStage } from './tree.ts'

/** Where the records come from: their frame, and the condition, which is asked after the joins are known. */
export interface Records {
  readonly frame: Frame
  readonly where: () => Sql
}

/** The rows of all pipes as one select with the column "r", the JSON of a row. */
export function pipesSelect(build: Build, query: BoundQuery, records: (pipe: Pipe) => Records, cap: number): Sql {
  const pipes = query.pipes!
  const limit = query.top ? amountSql(query.top, cap) : whole(cap)
  const skip = query.skip ? sql` offset ${amountSql(query.skip)}` : nothing
  const cut = sql` limit ${limit}${skip}`
  const [only] = pipes
  if (pipes.length === 1) return sql`${rowsOf(build, only!, records(only!))}${cut}`
  const parts = pipes.map((pipe, i) => {
    const rows = ident(`u${i}`)
    return sql`select ${whole(i)} as "part", row_number() over () as "n", ${rows}."r" from (${rowsOf(build, pipe, records(pipe))}) ${rows}`
  })
  return sql`select "all"."r" from (${join(parts, ' union all ')}) "all" order by "all"."part", "all"."n"${cut}`
}

/** How many rows come out. */
export function pipesCount(build: Build, query: BoundQuery, records: (pipe: Pipe) => Records): Sql {
  const counts = query.pipes!.map(
    (pipe) => sql`(select count(*) from (${tableSelect(build, pipe, records(pipe))}) "g")`,
  )
  return sql`select ${join(counts, ' + ')}`
}

// ---- one pipe -------------------------------------------------------------------------------------------------------

function rowsOf(build: Build, pipe: Pipe, records: Records): Sql {
  const frame = derived(build)
  const json = pipe.rolled ? rolledJson(pipe, frame) : rowJson(pipe.columns, frame)
  const keys = sortKeys(build, frame, pipe.order)
  const level = pipe.rolled ? [sql`${frame.alias}."level" desc`] : []
  const sorted = [...(keys.length > 0 ? [orderSql(keys)] : []), ...level]
  const order = sorted.length === 0 ? nothing : sql` order by ${join(sorted, ', ')}`
  return sql`select ${json} as "r" from (${tableSelect(build, pipe, records)}) ${frame.alias}${order}`
}

/** The columns c0, c1, … (and the level of a rollup) after all stages. */
function tableSelect(build: Build, pipe: Pipe, records: Records): Sql {
  const first = groupSelect(build, pipe.group, records.frame, () => {
    const where = records.where()
    const condition = where.pieces.length === 0 ? nothing : sql` where ${where}`
    return sql`${tableOf(build, records.frame.entity)} ${records.frame.alias}${joinsOf(records.frame)}${condition}`
  })
  let width = widthOf(pipe.group)
  let levels = pipe.group.rollup !== undefined
  let select = first
  for (const stage of pipe.after) {
    select = stageSelect(build, stage, select, width, levels)
    if (stage.op === 'compute') width += stage.values.length
    if (stage.op === 'group') [width, levels] = [widthOf(stage), stage.rollup !== undefined]
  }
  return select
}

function widthOf({ by, aggregate }: BoundGroup): number {
  return by.length + aggregate.length
}

function derived(build: Build): Frame {
  return { entity: '', alias: ident(`g${build.aliases++}`), joins: new Map(), exact: build.exact }
}

function stageSelect(build: Build, stage: TableStage, before: Sql, width: number, levels: boolean): Sql {
  const frame = derived(build)
  const from = sql`(${before}) ${frame.alias}`
  if (stage.op === 'group') return groupSelect(build, stage, frame, () => from)
  const kept = [
    ...Array.from({ length: width }, (_none, at) => sql`${frame.alias}.${ident(`c${at}`)}`),
    ...(levels ? [sql`${frame.alias}."level"`] : []),
  ]
  if (stage.op === 'filter')
    return sql`select ${join(kept, ', ')} from ${from} where ${conditionSql(build, [frame], stage.where)!}`
  if (stage.op === 'cut') return sql`select ${join(kept, ', ')} from ${from}${cutSql(build, frame, stage)}`
  const added = stage.values.map((value, i) => sql`${valueSql(build, [frame], value)} as ${ident(`c${width + i}`)}`)
  return sql`select ${join([...kept, ...added], ', ')} from ${from}`
}

/** ` order by … limit … offset …` */
export function cutSql(build: Build, frame: Frame, { order, top, skip }: BoundCut): Sql {
  const keys = sortKeys(build, frame, order)
  const by = keys.length === 0 ? nothing : sql` order by ${orderSql(keys)}`
  return sql`${by}${top ? sql` limit ${amountSql(top)}` : nothing}${skip ? sql` offset ${amountSql(skip)}` : nothing}`
}

/** Keys and the values of aggregates are worked out first, so that a key may be any expression; then they are grouped. */
function groupSelect(build: Build, group: BoundGroup, frame: Frame, from: () => Sql): Sql {
  const rows = ident(`p${build.aliases++}`)
  const inner = [
    ...group.by.map((key, i) => sql`${valueSql(build, [frame], key)} as ${ident(`k${i}`)}`),
    ...group.aggregate.flatMap(({ of }, i) => (of ? [sql`${valueSql(build, [frame], of)} as ${ident(`v${i}`)}`] : [])),
  ]
  const keys = group.by.map((_key, i) => sql`${rows}.${ident(`k${i}`)}`)
  const outer = [
    ...keys.map((key, i) => sql`${key} as ${ident(`c${i}`)}`),
    ...group.aggregate.map(
      (each, i) => sql`${aggregateSql(each, sql`${rows}.${ident(`v${i}`)}`)} as ${ident(`c${keys.length + i}`)}`,
    ),
    ...(group.rollup ? [sql`grouping(${join(keys.slice(group.rollup.from), ', ')}) as "level"`] : []),
  ]
  const columns = inner.length === 0 ? sql`1 as "one"` : join(inner, ', ')
  return sql`select ${join(outer, ', ')} from (select ${columns} from ${from()}) ${rows}${groupBy(group, keys)}`
}

function groupBy({ rollup }: BoundGroup, keys: readonly Sql[]): Sql {
  if (keys.length === 0) return nothing
  if (!rollup) return sql` group by ${join(keys, ', ')}`
  const plain = keys.slice(0, rollup.from)
  const rolled = keys.slice(rollup.from)
  const least = rollup.all ? 0 : 1
  const sets = rolled
    .map((_key, i) => rolled.slice(0, rolled.length - i))
    .concat(least === 0 ? [[]] : [])
    .map((set) => sql`(${join([...plain, ...set], ', ')})`)
  return sql` group by grouping sets (${join(sets, ', ')})`
}

function aggregateSql({ of, method }: BoundAggregate, value: Sql): Sql {
  switch (method) {
    case 'count':
      return of ? sql`count(${value})` : sql`count(*)`
    case 'countdistinct':
      return sql`count(distinct ${value})`
    case 'average':
      return sql`trim_scale(round(avg(${value}), 10))`
    default:
      return sql`${{ pieces: [method] }}(${value})`
  }
}

// ---- rows -----------------------------------------------------------------------------------------------------------

interface Cell {
  readonly path: readonly string[]
  readonly value: Sql
}

/** A row as JSON; the alias is none that a column can have. */
function rowJson(columns: readonly TableColumn[], frame: Frame): Sql {
  const cells = columns.map(({ path, at, kind }): Cell => ({
    path,
    value: outgoing(kind, sql`${frame.alias}.${ident(`c${at}`)}`, frame.exact),
  }))
  const members = membersOf(cells).map(([name, value]) => sql`${value} as ${ident(name)}`)
  return sql`(select row_to_json("~r") from (select ${join(members, ', ')}) "~r")`
}

/** Cells by the first name of their paths; those behind the same navigation stand in one object. */
function membersOf(cells: readonly Cell[]): (readonly [name: string, value: Sql])[] {
  const roots = [...new Set(cells.map(({ path }) => path[0]!))]
  return roots.map((root) => {
    const below = cells.filter(({ path }) => path[0] === root)
    if (below[0]!.path.length === 1) return [root, below[0]!.value]
    const inner = membersOf(below.map(({ path, value }) => ({ path: path.slice(1), value })))
    const pairs = inner.map(([name, value]) => sql`${quoted(name)}, ${value}`)
    return [root, sql`json_build_object(${join(pairs, ', ')})`]
  })
}

/** Each level of a rollup has its own members: the n finest keys are left out on level n. */
function rolledJson({ columns, rolled }: Pipe, frame: Frame): Sql {
  const levels = rolled!.map((_key, i) => {
    const gone = new Set(rolled!.slice(0, i + 1))
    return sql`when ${whole(2 ** (i + 1) - 1)} then ${rowJson(
      columns.filter(({ at }) => !gone.has(at)),
      frame,
    )}`
  })
  return sql`case ${frame.alias}."level" ${join(levels, ' ')} else ${rowJson(columns, frame)} end`
}
