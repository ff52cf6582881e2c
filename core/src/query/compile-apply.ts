// `$apply` → nested selects. Every level has the columns c0, c1, …; the last one gives them their names, nests keys behind
// navigations, and leaves out what a rollup rolled up.
import { ident, join, nothing, quoted, sql, whole, type Sql } from '../expression/fragment.ts'
import { outgoing } from '../expression/outgoing.ts'
import { amountSql } from './amount.ts'
import { castOf } from '../expression/sql-type.ts'
import { pickSelect } from './compile-pick.ts'
import { conditionSql, valueSql, type Build, type Frame } from './frame.ts'
import { orderSql, sortKeys } from './order.ts'
import { levelsOf } from './rollups.ts'
import type {
  BoundAggregate,
  BoundGroup,
  BoundQuery,
  Pipe,
  PipeSource,
  RecordStage,
  TableColumn,
  TableStage,
} from './tree.ts'

/** Where records come from: their frames (the record, then what is joined), and the tables, asked after the joins are known. */
export interface Records {
  readonly frames: readonly Frame[]
  readonly from: () => Sql
}
type ReadRecords = (stages: readonly RecordStage[]) => Records

/** The rows of all pipes as one select with the column "r", the JSON of a row. */
export function pipesSelect(build: Build, query: BoundQuery, records: ReadRecords, cap: number): Sql {
  const pipes = query.pipes!
  const limit = query.top ? amountSql(query.top, cap) : whole(cap)
  const skip = query.skip ? sql` offset ${amountSql(query.skip)}` : nothing
  const cut = sql` limit ${limit}${skip}`
  const [only] = pipes
  if (pipes.length === 1) return sql`${rowsOf(build, only!, records)}${cut}`
  const parts = pipes.map((pipe, i) => {
    const rows = ident(`u${i}`)
    return sql`select ${whole(i)} as "part", row_number() over () as "n", ${rows}."r" from (${rowsOf(build, pipe, records)}) ${rows}`
  })
  return sql`select "all"."r" from (${join(parts, ' union all ')}) "all" order by "all"."part", "all"."n"${cut}`
}

/** How many rows come out. */
export function pipesCount(build: Build, query: BoundQuery, records: ReadRecords): Sql {
  const counts = query.pipes!.map((pipe) => sql`(select count(*) from (${tableSelect(build, pipe, records)}) "g")`)
  return sql`select ${join(counts, ' + ')}`
}

// ---- one pipe -------------------------------------------------------------------------------------------------------

function rowsOf(build: Build, pipe: Pipe, records: ReadRecords): Sql {
  const frame = derived(build)
  const json = pipe.rolled ? rolledJson(pipe, frame) : rowJson(pipe.columns, frame)
  const keys = sortKeys(build, frame, pipe.order)
  const level = pipe.rolled ? [sql`${frame.alias}."level" desc`] : []
  const sorted = [...(keys.length > 0 ? [orderSql(keys)] : []), ...level]
  const order = sorted.length === 0 ? nothing : sql` order by ${join(sorted, ', ')}`
  return sql`select ${json} as "r" from (${tableSelect(build, pipe, records)}) ${frame.alias}${order}`
}

/** The columns c0, c1, … (and the level of a rollup) after all stages. */
function tableSelect(build: Build, { source, after }: Pick<Pipe, 'source' | 'after'>, records: ReadRecords): Sql {
  let width =
    source.op === 'group'
      ? widthOf(source.group)
      : source.op === 'rows'
        ? source.values.length
        : source.kinds.length + 1
  let levels = source.op === 'group' && source.group.rollups !== undefined
  let select = sourceSelect(build, source, records)
  for (const stage of after) {
    select = stageSelect(build, stage, select, width, levels)
    if (stage.op === 'compute') width += stage.values.length
    if (stage.op === 'group') [width, levels] = [widthOf(stage), stage.rollups !== undefined]
  }
  return select
}

function sourceSelect(build: Build, source: PipeSource, records: ReadRecords): Sql {
  if (source.op === 'union') return unionSelect(build, source, records)
  const { frames, from } = records(source.records)
  if (source.op === 'group') return groupSelect(build, source.group, frames, from)
  const values = source.values.map((value, i) => sql`${valueSql(build, frames, value)} as ${ident(`c${i}`)}`)
  return sql`select ${join(values, ', ')} from ${from()}`
}

/** The parts one after the other, each column under its number in the whole; the last column is the number of the part. */
function unionSelect(build: Build, { parts, kinds }: Extract<PipeSource, { op: 'union' }>, records: ReadRecords): Sql {
  const selects = parts.map((part, n) => {
    const rows = derived(build)
    const columns = part.columns.map((at, i) => {
      const type = { pieces: [castOf[kinds[i]!]] }
      const value = at === undefined ? sql`null` : sql`${rows.alias}.${ident(`c${at}`)}`
      return sql`${value}::${type} as ${ident(`c${i}`)}`
    })
    const own = join([...columns, sql`${whole(n)} as ${ident(`c${kinds.length}`)}`], ', ')
    return sql`(select ${own} from (${tableSelect(build, part, records)}) ${rows.alias})`
  })
  return join(selects, ' union all ')
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
  if (stage.op === 'group') return groupSelect(build, stage, [frame], () => from)
  if (stage.op === 'cut' || stage.op === 'share') {
    const names = [...Array.from({ length: width }, (_none, at) => `c${at}`), ...(levels ? ['level'] : [])]
    const own = names.map((name) => ({ value: sql`${frame.alias}.${ident(name)}`, name }))
    return pickSelect(build, frame, stage, own, () => from)
  }
  const kept = [
    ...Array.from({ length: width }, (_none, at) => sql`${frame.alias}.${ident(`c${at}`)}`),
    ...(levels ? [sql`${frame.alias}."level"`] : []),
  ]
  if (stage.op === 'filter')
    return sql`select ${join(kept, ', ')} from ${from} where ${conditionSql(build, [frame], stage.where)!}`
  const added = stage.values.map((value, i) => sql`${valueSql(build, [frame], value)} as ${ident(`c${width + i}`)}`)
  return sql`select ${join([...kept, ...added], ', ')} from ${from}`
}

/** Keys and the values of aggregates are worked out first, so that a key may be any expression; then they are grouped. */
function groupSelect(build: Build, group: BoundGroup, frames: readonly Frame[], from: () => Sql): Sql {
  const rows = ident(`p${build.aliases++}`)
  const inner = [
    ...group.by.map((key, i) => sql`${valueSql(build, frames, key)} as ${ident(`k${i}`)}`),
    ...group.aggregate.flatMap(({ of, where }, i) => [
      ...(of ? [sql`${valueSql(build, frames, of)} as ${ident(`v${i}`)}`] : []),
      ...(where ? [sql`(${conditionSql(build, frames, where)!}) as ${ident(`w${i}`)}`] : []),
    ]),
  ]
  const keys = group.by.map((_key, i) => sql`${rows}.${ident(`k${i}`)}`)
  const outer = [
    ...keys.map((key, i) => sql`${key} as ${ident(`c${i}`)}`),
    ...group.aggregate.map(
      (each, i) =>
        sql`${aggregateSql(each, sql`${rows}.${ident(`v${i}`)}`, sql`${rows}.${ident(`w${i}`)}`)} as ${ident(`c${keys.length + i}`)}`,
    ),
    ...(group.rollups ? [sql`grouping(${join(keys.slice(group.rollups[0]!.from), ', ')}) as "level"`] : []),
  ]
  const columns = inner.length === 0 ? sql`1 as "one"` : join(inner, ', ')
  return sql`select ${join(outer, ', ')} from (select ${columns} from ${from()}) ${rows}${groupBy(group, keys)}`
}

function groupBy({ rollups }: BoundGroup, keys: readonly Sql[]): Sql {
  if (keys.length === 0) return nothing
  if (!rollups) return sql` group by ${join(keys, ', ')}`
  const sets = levelsOf(rollups, keys.length).map(({ gone }) => {
    const left = keys.filter((_key, i) => !gone.includes(i))
    return sql`(${join(left, ', ')})`
  })
  return sql` group by grouping sets (${join(sets, ', ')})`
}

function aggregateSql({ of, method, where }: BoundAggregate, value: Sql, condition: Sql): Sql {
  const some = where ? sql` filter (where ${condition})` : nothing
  switch (method) {
    case 'count':
      return of ? sql`count(${value})${some}` : sql`count(*)${some}`
    case 'countdistinct':
      return sql`count(distinct ${value})${some}`
    case 'average':
      return of!.kind === 'duration'
        ? sql`date_trunc('milliseconds', avg(${value})${some})`
        : sql`trim_scale(round(avg(${value})${some}, 10))`
    default:
      return sql`${{ pieces: [method] }}(${value})${some}`
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

/** Each level of a rollup has its own members: the keys that are rolled up there are left out. */
function rolledJson({ columns, rolled }: Pipe, frame: Frame): Sql {
  const levels = rolled!.flatMap(({ number, gone }) => {
    const left = columns.filter(({ at }) => !gone.includes(at))
    return number === 0 ? [] : [sql`when ${whole(number)} then ${rowJson(left, frame)}`]
  })
  return sql`case ${frame.alias}."level" ${join(levels, ' ')} else ${rowJson(columns, frame)} end`
}
