// Rows as JSON: the columns of a record with what is expanded in it, and lists of such rows with their conditions. Expands are
// correlated subselects, which PostgreSQL evaluates for the rows of the page only.
import { allOf, ident, join, nothing, param, quoted, sql, whole, type Sql } from '../expression/fragment.ts'
import { likePattern, readText } from '../expression/literal.ts'
import type { Property } from '../model/wire.ts'
import { amountSql } from './amount.ts'
import { groupCount } from './compile-apply.ts'
import type { CompileOptions } from './compile.ts'
import { column, conditionSql, joinsOf, linkSql, newFrame, ruleSql, tableOf, type Build, type Frame } from './frame.ts'
import { afterSql, orderSql, sortKeys, type SortKey } from './order.ts'
import type { BoundExpand, BoundQuery, SearchTerm } from './tree.ts'

/** One read that is being written. */
export interface Writing extends CompileOptions {
  readonly build: Build
}

/** How the rows of a list hang on what they belong to. */
export type Link = (frame: Frame) => Sql | undefined

/** The weak etag of a row. */
export function etag(frame: Frame): Sql {
  return sql`'W/"' || ${column(frame, 'version')} || '"'`
}

/** The columns of a record in the order of the JSON: etag, properties, expands. */
export function recordColumns(writing: Writing, query: BoundQuery, frame: Frame): Sql {
  const expands = query.expand.flatMap((expand) => expandColumns(writing, expand, frame))
  return join([sql`${etag(frame)} as "@odata.etag"`, ...propertyColumns(query.select, frame), ...expands], ', ')
}

/** Plain columns under their wire names. */
export function propertyColumns(properties: readonly Property[], frame: Frame): Sql[] {
  return properties.map(({ name, column: own }) =>
    name === own ? column(frame, own) : sql`${column(frame, own)} as ${ident(name)}`,
  )
}

/** The address of a record, for links. */
export function refColumn(frame: Frame, query: BoundQuery): Sql {
  return sql`${quoted(`${query.entity.entitySet}(`)} || ${column(frame, 'id')} || ')' as "@odata.id"`
}

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
  const from = sql`from ${tableOf(writing.build, navigation.target)} ${frame.alias} where ${where}`
  return sql`(select row_to_json("r") from (select ${columns} ${from}) "r")`
}

/** Which rows of a list, and how. */
interface ListOptions {
  readonly link: Link
  readonly limit: Sql
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

/** What the rows of a list meet: the link to their parent, rights, filter and search. */
export function conditionsOf(build: Build, query: BoundQuery, frame: Frame, link: Link): Sql {
  return allOf([
    link(frame),
    ruleSql(build, frame),
    conditionSql(build, [frame], query.filter),
    ...(query.search ?? []).map((term) => searchSql(query, frame, term)),
  ])
}

/** How many rows a list has, whatever the page. */
export function countOf(build: Build, query: BoundQuery, link: Link): Sql {
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
