// Rows as JSON: the columns of a record with what is expanded in it, and lists of such rows with their conditions. Expands are
// correlated subselects, which PostgreSQL evaluates for the rows of the page only.
import { allOf, ident, join, nothing, quoted, sql, whole, type Sql } from '../expression/fragment.ts'
import { outgoing } from '../expression/outgoing.ts'
import { amountSql } from './amount.ts'
import { armsOf, recordsSeen, type Arm } from './arms.ts'
import { pipesCount, pipesSelect, type Records } from './compile-apply.ts'
import { etag, fullControl, propertyColumns, refColumn, shownValue } from './compile-columns.ts'
import type { CompileOptions } from './compile.ts'
import { expandLink, mayContinue } from './expand-link.ts'
import { column, joinsOf, linkSql, newFrame, ruleSql, tableOf, type Build, type Frame } from './frame.ts'
import { afterSql, orderSql, positionColumn, sortKeys, type SortKey } from './order.ts'
import type { BoundExpand, BoundQuery, RecordStage } from './tree.ts'
import { joinedFrames, recordConditions, whereSql, type Link } from './stages.ts'
import { conditionsOf } from './where.ts'

/** One read that is being written. */
export interface Writing extends CompileOptions {
  readonly build: Build
}

/** The columns of a record in the order of the JSON: etag, properties, expands. */
export function recordColumns(writing: Writing, query: BoundQuery, frame: Frame): Sql {
  const computed = (query.computed ?? []).map(
    ({ name, value }) => sql`${shownValue(writing.build, frame, value)} as ${ident(name)}`,
  )
  const expands = query.expand.flatMap((expand) => expandColumns(writing, expand, frame))
  const properties = propertyColumns(writing.build, query.select, frame, query.lists)
  const control = writing.metadata === 'none' ? [] : [sql`${etag(frame)} as "@odata.etag"`]
  const full = writing.metadata === 'full' ? fullControl(query, frame) : []
  return join([...control, ...full, ...properties, ...computed, ...expands], ', ')
}

function expandColumns(writing: Writing, expand: BoundExpand, parent: Frame): Sql[] {
  const { navigation, as: name = navigation.name, query, ref, countOnly } = expand
  const { build, maxPageSize } = writing
  if (!navigation.collection) return [sql`${singleSql(writing, expand, parent)} as ${ident(name)}`]
  const link = (frame: Frame) => linkSql(build, navigation, parent, frame)
  const counted =
    query.count || countOnly ? [sql`(${countOf(build, query, link)}) as ${ident(`${name}@odata.count`)}`] : []
  if (countOnly) return counted
  if (query.pipes) return [...counted, sql`${groupsSql(writing, query, link)} as ${ident(name)}`]
  const limit = query.top ? amountSql(query.top, maxPageSize) : whole(maxPageSize)
  const list = listSelect(writing, query, { link, limit, ref: ref === true })
  return [
    ...counted,
    sql`(select coalesce(json_agg("~q"), '[]') from (${list.select}) "~q") as ${ident(name)}`,
    ...(writing.links && !ref && mayContinue(query, maxPageSize)
      ? [sql`${nextOf(writing, expand, parent, link)} as ${ident(`${name}@odata.nextLink`)}`]
      : []),
  ]
}

/** Groups of the records a relationship leads to. */
function groupsSql({ build, maxPageSize }: Writing, query: BoundQuery, link: Link): Sql {
  const select = pipesSelect(build, query, (stages) => recordsOf(build, query, stages, link), maxPageSize)
  return sql`(select coalesce(json_agg("~q"."r"), '[]') from (${select}) "~q")`
}

/** Where a list inside a record continues. */
function nextOf({ build, maxPageSize }: Writing, expand: BoundExpand, parent: Frame, link: Link): Sql {
  const { query } = expand
  const set = build.model.entityById.get(parent.entity)!.entitySet
  const last = query.order.map((_key, i) => sql`to_json("k".${ident(`k${i}`)}) #>> '{}'`)
  return expandLink(expand, {
    cap: maxPageSize,
    holder: sql`${quoted(`/${set}(`)} || ${column(parent, 'id')} || ')'`,
    keys: sql`substr(json_build_array(${join(last, ', ')})::text, 2)`,
    from: (offset) => {
      const frame = newFrame(build, query.entity.id)
      const keys = sortKeys(build, frame, query.order)
      const where = whereSql(conditionsOf(build, query, frame, link))
      const values = keyColumns(query, keys)
      return sql`select ${join(values, ', ')} from ${tableOf(build, frame.entity)} ${frame.alias}${joinsOf(frame)}${where} order by ${orderSql(keys)} limit 1 offset ${offset}`
    },
  })
}

function singleSql(writing: Writing, { navigation, query, ref }: BoundExpand, parent: Frame): Sql {
  const frame: Frame = { ...newFrame(writing.build, navigation.target), asked: true }
  const columns = ref ? refColumn(frame, query) : recordColumns(writing, query, frame)
  const where = allOf([linkSql(writing.build, navigation, parent, frame), ruleSql(writing.build, frame)])
  const from = sql`from ${tableOf(writing.build, navigation.target)} ${frame.alias} where ${where}`
  return sql`(select row_to_json("r") from (select ${columns} ${from}) "r")`
}

/** Which rows of a list, and how. */
interface ListOptions {
  readonly link: Link
  /** All rows when absent. */
  readonly limit?: Sql
  readonly ref: boolean
  /** Also select the sort values as k0, k1, … */
  readonly keys?: boolean
}

/**
 * `select … from … where … order by … limit …`. Its alias must be none that a column can have ("~q"): a name that is both
 * means the column. With keys the columns are one value "r" beside them.
 */
export function listSelect(
  writing: Writing,
  query: BoundQuery,
  { link, limit, ref, keys: withKeys }: ListOptions,
): { select: Sql; keys: readonly SortKey[] } {
  const { build } = writing
  const { frame, table, where } = listedRows(writing, query, link, limit)
  const keys = sortKeys(build, frame, query.order)
  const own = ref ? refColumn(frame, query) : recordColumns(writing, query, frame)
  const columns = query.positions ? sql`${own}, ${positionSql(query, keys)}` : own
  const conditions = where(keys)
  const selected = withKeys ? join([sql`"r"`, ...keyColumns(query, keys)], ', ') : columns
  const skip = query.skip ? sql` offset ${amountSql(query.skip)}` : nothing
  const cut = limit === undefined ? skip : sql` limit ${limit}${skip}`
  const row = withKeys ? sql` cross join lateral (select ${columns}) "r"` : nothing
  const from = sql`${table}${joinsOf(frame)}${row}`
  return {
    keys,
    select: sql`select ${selected} from ${from}${whereSql(conditions)} order by ${orderSql(keys)}${cut}`,
  }
}

/** Where rows come from, and what they have to meet; asked after the sort keys are known. */
interface Rows {
  readonly frame: Frame
  readonly table: Sql
  readonly where: (keys: readonly SortKey[]) => Sql
}

/**
 * The rows of a list. Where the caller's rule has several parts, the first rows of each of them are found by themselves, and
 * the list is the first of those; a list that has no end is made of all rows of all parts.
 */
function listedRows({ build, asked = false }: Writing, query: BoundQuery, link: Link, limit: Sql | undefined): Rows {
  const isAsked = asked && link(newFrame(build, query.entity.id)) === undefined
  const arms = limit === undefined || isAsked ? undefined : partsOf(build, query, link, 'first')
  if (limit === undefined || arms === undefined) {
    const { frame: own, from } = limit === undefined ? sourceOf(build, query, link) : tableSource(build, query)
    const frame = { ...own, asked: isAsked }
    return { frame, table: from, where: (keys) => rowConditions(build, query, { frame, link, keys }) }
  }
  const { id } = query.entity
  const frame = { ...newFrame(build, id), rule: null }
  const firsts = arms.map(({ found }) => {
    const own = { ...newFrame(build, id), rule: found }
    const keys = sortKeys(build, own, query.order)
    const where = whereSql(rowConditions(build, query, { frame: own, link, keys }))
    const most = query.skip ? sql`${limit} + ${amountSql(query.skip)}` : limit
    return sql`(select ${column(own, 'id')} from ${tableOf(build, id)} ${own.alias}${joinsOf(own)}${where} order by ${orderSql(keys)} limit ${most})`
  })
  const where = sql`${column(frame, 'id')} = any(array(${join(firsts, ' union all ')}))`
  return { frame, table: sql`${tableOf(build, id)} ${frame.alias}`, where: () => where }
}

/** Everything a row of a list has to meet. */
function rowConditions(
  build: Build,
  query: BoundQuery,
  { frame, link, keys }: { readonly frame: Frame; readonly link: Link; readonly keys: readonly SortKey[] },
): Sql {
  return allOf([conditionsOf(build, query, frame, link), query.after && afterSql(build, frame, keys, query.after)])
}

/** A row, and what stands behind `from`. */
interface Source {
  readonly frame: Frame
  readonly from: Sql
}

/** Where all records of a query come from. */
function sourceOf(build: Build, query: BoundQuery, link: Link): Source {
  const arms = partsOf(build, query, link, 'all')
  return arms === undefined ? tableSource(build, query) : recordsSeen(build, query.entity.id, arms)
}

function tableSource(build: Build, { entity }: BoundQuery): Source {
  const frame = newFrame(build, entity.id)
  return { frame, from: sql`${tableOf(build, entity.id)} ${frame.alias}` }
}

/** The parts of the rule, where they are worth it: of the records that one record leads to there are few, and an index finds them. */
function partsOf(
  build: Build,
  { entity, records = [] }: BoundQuery,
  link: Link,
  wanted: 'first' | 'all',
): readonly Arm[] | undefined {
  const arms = records.some(({ op }) => op === 'cut' || op === 'share') ? undefined : armsOf(build, entity.id, wanted)
  return arms && link(newFrame(build, entity.id)) === undefined ? arms : undefined
}

/** Where a record stands, as a page token carries it. */
function positionSql({ order }: BoundQuery, keys: readonly SortKey[]): Sql {
  const values = keys.map(({ value }, i) => sql`to_json(${outgoing(order[i]!.by.kind, value)}) #>> '{}'`)
  return sql`json_build_array(${join(values, ', ')})::text as ${ident(positionColumn)}`
}

/** The sort values as k0, k1, …, in the spelling that a page token carries. */
function keyColumns({ order }: BoundQuery, keys: readonly SortKey[]): Sql[] {
  return keys.map(({ value }, i) => sql`${outgoing(order[i]!.by.kind, value)} as ${ident(`k${i}`)}`)
}

/** How many rows a list has, whatever the page. */
export function countOf(build: Build, query: BoundQuery, link: Link): Sql {
  if (query.pipes) return pipesCount(build, query, (stages) => recordsOf(build, query, stages, link))
  const { frame, from } = sourceOf(build, query, link)
  const where = whereSql(conditionsOf(build, query, frame, link))
  return sql`select count(*) from ${from}${joinsOf(frame)}${where}`
}

/** The records a pipe of $apply begins with. */
export function recordsOf(build: Build, query: BoundQuery, stages: readonly RecordStage[], link: Link): Records {
  const { frame: root, from } = sourceOf(build, query, link)
  const { frames, joined } = joinedFrames(build, root, stages)
  return {
    frames,
    from() {
      const where = whereSql(recordConditions(build, frames, link, stages))
      return sql`${from}${joinsOf(root)}${joined()}${where}`
    },
  }
}
