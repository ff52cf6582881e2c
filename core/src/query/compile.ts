// TrimmedRead → one SQL statement whose result is the finished JSON text. Rows are built from explicit columns; expands are
// correlated subselects, which PostgreSQL evaluates for the rows of the page only. Values are parameters.
//
// The one row of the result, by result kind:
//   record, ref       `body` text of the object (null when a single-valued navigation leads nowhere), `etag`; no row: not found
//   collection, refs  `body` text of the array · `count` text, with $count · `next` JSON list of the last record's sort
//                     values as text, null on the last page · no row: the record that holds the list was not found
//   property, value   `body` JSON text of the value, or its plain text · `etag`
//   count             `body`
import { allOf, ident, join, nothing, param, quoted, render, sql, whole, type Sql } from '../expression/fragment.ts'
import { likePattern, readText } from '../expression/literal.ts'
import type { Model } from '../model/model.ts'
import type { Property } from '../model/wire.ts'
import { amountSql } from './amount.ts'
import { groupCount, groupSelect } from './compile-apply.ts'
import {
  column,
  conditionSql,
  joinsOf,
  linkSql,
  newBuild,
  newFrame,
  ruleSql,
  tableOf,
  valueSql,
  type Build,
  type Frame,
} from './frame.ts'
import { afterSql, orderSql, sortKeys, type SortKey } from './order.ts'
import type { BoundExpand, BoundQuery, BoundStep, Compiled, SearchTerm, TrimmedRead } from './tree.ts'

export interface CompileOptions {
  readonly model: Model
  /** PostgreSQL schema of the tenant. */
  readonly schema: string
  readonly pageSize: number
  readonly maxPageSize: number
}

/** The statement of a read. */
export function compileRead(read: TrimmedRead, options: CompileOptions): Compiled {
  const writing: Writing = { ...options, build: newBuild(options.model, options.schema, read.rules) }
  return render(readSql(writing, read))
}

/** Whether a list is cut by the page size, so that there may be a next page. */
export function isPaged({ group, top }: BoundQuery, pageSize: number): boolean {
  return group === undefined && (top === undefined || top.value > pageSize)
}

interface Writing extends CompileOptions {
  readonly build: Build
}

function readSql(writing: Writing, read: TrimmedRead): Sql {
  const { build } = writing
  const way = wayTo(build, read.steps)
  switch (read.result) {
    case 'record':
    case 'ref':
      return recordSql(writing, read, way)
    case 'property':
    case 'value':
      return propertySql(build, read, way)
    case 'count':
      return sql`select (${countSql(build, read.query, read.steps, way)})::text as "body"${way.from}`
    default:
      return collectionSql(writing, read, way)
  }
}

// ---- the way along the path -----------------------------------------------------------------------------------------

interface Way {
  /** Frames of the records before the last step. */
  readonly parents: readonly Frame[]
  readonly tables: Sql
  readonly conditions: readonly (Sql | undefined)[]
  /** ` from … where …` of the parents, nothing when there are none. */
  readonly from: Sql
}

function wayTo(build: Build, steps: readonly BoundStep[]): Way {
  const parents = steps.slice(0, -1).map(({ entity }) => newFrame(build, entity.id))
  const tables = join(
    parents.map((parent) => sql`${tableOf(build, parent.entity)} ${parent.alias}`),
    ', ',
  )
  const conditions = parents.flatMap((parent, i) => stepConditions(build, steps[i]!, parent, parents[i - 1]))
  return {
    parents,
    tables,
    conditions,
    from: parents.length === 0 ? nothing : sql` from ${tables} where ${allOf(conditions)}`,
  }
}

function stepConditions(build: Build, step: BoundStep, frame: Frame, before: Frame | undefined): (Sql | undefined)[] {
  const key = (step.key ?? []).map(
    ({ property, value }) => sql`${column(frame, property.column)} = ${valueSql(build, [frame], value)}`,
  )
  return [...key, linkTo(build, step, frame, before), ruleSql(build, frame)]
}

function linkTo(build: Build, { navigation }: BoundStep, frame: Frame, before: Frame | undefined): Sql | undefined {
  return navigation && before && linkSql(build, navigation, before, frame)
}

/** Whether the last step is a single-valued navigation, which may lead nowhere. */
function mayBeEmpty(steps: readonly BoundStep[]): boolean {
  const last = steps.at(-1)!
  return last.navigation !== undefined && last.key === undefined
}

/** ` from … ` and ` where …` for one record; one that may be missing is joined from the left, so that its parent's row stays. */
function recordFrom(
  build: Build,
  steps: readonly BoundStep[],
  { parents, tables, conditions }: Way,
  frame: Frame,
): [from: Sql, where: Sql] {
  const own = stepConditions(build, steps.at(-1)!, frame, parents.at(-1))
  const target = sql`${tableOf(build, frame.entity)} ${frame.alias}`
  if (parents.length === 0) return [sql` from ${target}`, sql` where ${allOf(own)}`]
  if (!mayBeEmpty(steps)) return [sql` from ${tables}, ${target}`, sql` where ${allOf([...conditions, ...own])}`]
  return [sql` from ${tables} left join ${target} on ${allOf(own)}`, sql` where ${allOf(conditions)}`]
}

// ---- one record -----------------------------------------------------------------------------------------------------

function recordSql(writing: Writing, read: TrimmedRead, way: Way): Sql {
  const frame = newFrame(writing.build, read.query.entity.id)
  const columns = read.result === 'ref' ? refColumn(frame, read.query) : recordColumns(writing, read.query, frame)
  const [from, where] = recordFrom(writing.build, read.steps, way, frame)
  const inner = sql`select ${etag(frame)} as "etag", "r"${from} cross join lateral (select ${columns}) "r"${where}`
  const json = sql`row_to_json("q"."r")::text`
  const body = mayBeEmpty(read.steps) ? sql`case when "q"."etag" is not null then ${json} end` : json
  return sql`select ${body} as "body", "q"."etag" from (${inner}) "q"`
}

function propertySql(build: Build, read: TrimmedRead, way: Way): Sql {
  const frame = newFrame(build, read.query.entity.id)
  const json = sql`to_json(${column(frame, read.property!.column)})`
  const [from, where] = recordFrom(build, read.steps, way, frame)
  return sql`select ${read.result === 'value' ? sql`${json} #>> '{}'` : sql`${json}::text`} as "body", ${etag(frame)} as "etag"${from}${where}`
}

/** The weak etag of a row. */
export function etag(frame: Frame): Sql {
  return sql`'W/"' || ${column(frame, 'version')} || '"'`
}

/** The columns of a record in the order of the JSON: etag, properties, expands. */
function recordColumns(writing: Writing, query: BoundQuery, frame: Frame): Sql {
  const expands = query.expand.flatMap((expand) => expandColumns(writing, expand, frame))
  return join([sql`${etag(frame)} as "@odata.etag"`, ...propertyColumns(query.select, frame), ...expands], ', ')
}

/** Plain columns under their wire names. */
export function propertyColumns(properties: readonly Property[], frame: Frame): Sql[] {
  return properties.map(({ name, column: own }) =>
    name === own ? column(frame, own) : sql`${column(frame, own)} as ${ident(name)}`,
  )
}

function refColumn(frame: Frame, query: BoundQuery): Sql {
  return sql`${quoted(`${query.entity.entitySet}(`)} || ${column(frame, 'id')} || ')' as "@odata.id"`
}

// ---- expand ---------------------------------------------------------------------------------------------------------

function expandColumns(writing: Writing, expand: BoundExpand, parent: Frame): Sql[] {
  const { navigation, query, ref, countOnly } = expand
  const { build, maxPageSize } = writing
  if (!navigation.collection) return [sql`${singleSql(writing, expand, parent)} as ${ident(navigation.name)}`]
  const link = (frame: Frame) => linkSql(build, navigation, parent, frame)
  const counted =
    query.count || countOnly
      ? [sql`(${countOf(build, query, link)}) as ${ident(`${navigation.name}@odata.count`)}`]
      : []
  if (countOnly) return counted
  const limit = query.top ? amountSql(query.top, maxPageSize) : whole(maxPageSize)
  const list = listSelect(writing, query, { link, limit, ref: ref === true })
  return [
    ...counted,
    sql`(select coalesce(json_agg("~q"), '[]') from (${list.select}) "~q") as ${ident(navigation.name)}`,
  ]
}

function singleSql(writing: Writing, { navigation, query, ref }: BoundExpand, parent: Frame): Sql {
  const frame = newFrame(writing.build, navigation.target)
  const columns = ref ? refColumn(frame, query) : recordColumns(writing, query, frame)
  const where = allOf([linkSql(writing.build, navigation, parent, frame), ruleSql(writing.build, frame)])
  return sql`(select row_to_json("r") from (select ${columns} from ${tableOf(writing.build, navigation.target)} ${frame.alias} where ${where}) "r")`
}

// ---- lists ----------------------------------------------------------------------------------------------------------

function collectionSql(writing: Writing, read: TrimmedRead, way: Way): Sql {
  const { build, pageSize } = writing
  const { query, steps } = read
  const link = (frame: Frame) => linkTo(build, steps.at(-1)!, frame, way.parents.at(-1))
  const [columns, from] = query.group
    ? groupList(writing, query, link)
    : isPaged(query, pageSize)
      ? pagedList(writing, read, link)
      : plainList(writing, read, link)
  const count = query.count ? sql`, (${countSql(build, query, steps, way)})::text as "count"` : nothing
  if (way.parents.length === 0) return sql`select ${columns}${count} from ${from}`
  const paged = isPaged(query, pageSize) ? sql`, "l"."next"` : nothing
  return sql`select "l"."body"${paged}${count} from ${way.tables} cross join lateral (select ${columns} from ${from}) "l" where ${allOf(way.conditions)}`
}

type Link = (frame: Frame) => Sql | undefined
type List = [columns: Sql, from: Sql]

function plainList(writing: Writing, { query, result }: TrimmedRead, link: Link): List {
  const { select } = listSelect(writing, query, { link, limit: amountSql(query.top!), ref: result === 'refs' })
  return [sql`coalesce(json_agg("~q"), '[]')::text as "body"`, sql`(${select}) "~q"`]
}

/** One record more than the page holds is read; when it is there, the page's last sort values lead on. */
function pagedList(writing: Writing, { query, result }: TrimmedRead, link: Link): List {
  const { pageSize } = writing
  const size = whole(pageSize)
  const { select, keys } = listSelect(writing, query, {
    link,
    limit: whole(pageSize + 1),
    ref: result === 'refs',
    keys: true,
  })
  const last = keys.map(
    (_key, i) => sql`to_json((array_agg("p".${ident(`k${i}`)}) filter (where "p"."n" = ${size}))[1]) #>> '{}'`,
  )
  const next = sql`case when count(*) > ${size} then json_build_array(${join(last, ', ')})::text end as "next"`
  const numbered = join(
    [sql`"q"."r"`, ...keys.map((_key, i) => sql`"q".${ident(`k${i}`)}`), sql`row_number() over () as "n"`],
    ', ',
  )
  return [
    sql`coalesce(json_agg("p"."r") filter (where "p"."n" <= ${size}), '[]')::text as "body", ${next}`,
    sql`(select ${numbered} from (${select}) "q") "p"`,
  ]
}

function groupList(writing: Writing, query: BoundQuery, link: Link): List {
  const frame = newFrame(writing.build, query.entity.id)
  const select = groupSelect(
    writing.build,
    query,
    frame,
    () => conditionsOf(writing.build, query, frame, link),
    writing.maxPageSize,
  )
  return [sql`coalesce(json_agg("~q"), '[]')::text as "body"`, sql`(${select}) "~q"`]
}

interface ListOptions {
  readonly link: Link
  readonly limit: Sql
  readonly ref: boolean
  /** Also select the sort values as k0, k1, … */ readonly keys?: boolean
}

/**
 * `select … from … where … order by … limit …`. Its alias must be none that a column can have ("~q"): a name that is both
 * means the column. With keys the columns are one value "r" beside them.
 */
function listSelect(
  writing: Writing,
  query: BoundQuery,
  { link, limit, ref, keys: withKeys }: ListOptions,
): { select: Sql; keys: readonly SortKey[] } {
  const { build } = writing
  const frame = newFrame(build, query.entity.id)
  const columns = ref ? refColumn(frame, query) : recordColumns(writing, query, frame)
  const keys = sortKeys(build, frame, query.order)
  const where = allOf([
    conditionsOf(build, query, frame, link),
    query.after && afterSql(build, frame, keys, query.after),
  ])
  const selected = withKeys
    ? join([sql`"r"`, ...keys.map(({ value }, i) => sql`${value} as ${ident(`k${i}`)}`)], ', ')
    : columns
  const skip = query.skip ? sql` offset ${amountSql(query.skip)}` : nothing
  const row = withKeys ? sql` cross join lateral (select ${columns}) "r"` : nothing
  const from = sql`${tableOf(build, frame.entity)} ${frame.alias}${joinsOf(frame)}${row}`
  return {
    keys,
    select: sql`select ${selected} from ${from}${whereSql(where)} order by ${orderSql(keys)} limit ${limit}${skip}`,
  }
}

function whereSql(conditions: Sql): Sql {
  return conditions.pieces.length === 0 ? nothing : sql` where ${conditions}`
}

function conditionsOf(build: Build, query: BoundQuery, frame: Frame, link: Link): Sql {
  return allOf([
    link(frame),
    ruleSql(build, frame),
    conditionSql(build, [frame], query.filter),
    ...(query.search ?? []).map((term) => searchSql(query, frame, term)),
  ])
}

function countSql(build: Build, query: BoundQuery, steps: readonly BoundStep[], way: Way): Sql {
  return countOf(build, query, (frame) => linkTo(build, steps.at(-1)!, frame, way.parents.at(-1)))
}

function countOf(build: Build, query: BoundQuery, link: Link): Sql {
  const frame = newFrame(build, query.entity.id)
  if (query.group) return groupCount(build, query, frame, () => conditionsOf(build, query, frame, link))
  const where = whereSql(conditionsOf(build, query, frame, link))
  return sql`select count(*) from ${tableOf(build, frame.entity)} ${frame.alias}${joinsOf(frame)}${where}`
}

/** A word is found when any searched text holds it, whatever the case. */
function searchSql({ searched }: BoundQuery, frame: Frame, { text, not, slot }: SearchTerm): Sql {
  const convert = (written: string | boolean | null) => {
    const read = readText(String(written))
    return typeof read === 'string' ? likePattern(read, true, true) : read
  }
  const pattern = param(
    slot === undefined ? { from: 'value', value: convert(text) } : { from: 'literal', slot, convert },
    'text',
  )
  const found = searched.map(
    (property) => sql`(${column(frame, property.column)} collate "und-x-icu") ilike ${pattern}`,
  )
  if (found.length === 0) return not ? sql`true` : sql`false`
  return not ? sql`(${join(found, ' or ')}) is not true` : sql`(${join(found, ' or ')})`
}
