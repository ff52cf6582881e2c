// TrimmedRead → one SQL statement whose result is the finished JSON text. Rows are built from explicit columns
// (compile-rows.ts), reached along the path (compile-way.ts). Values are parameters.
//
// The one row of the result, by result kind:
//   record, ref       `body` text of the object (null when a single-valued navigation leads nowhere), `etag`; no row: not found
//   collection, refs  `body` text of the array · `count` text, with $count · `next` JSON list of the last record's sort
//                     values as text, null on the last page · `seen` (snapshot.ts), when asked for · no row: the record that holds the list was not found
//                     with `apart` one row for each record instead: `body` text of the object
//   property, value   `body` JSON text of the value, or its plain text · `etag`
//   count             `body`
import { allOf, ident, join, nothing, render, sql, whole, type Sql } from '../expression/fragment.ts'
import type { Model } from '../model/model.ts'
import type { Property } from '../model/wire.ts'
import { typeOf } from '../types/index.ts'
import { amountSql } from './amount.ts'
import { pipesSelect } from './compile-apply.ts'
import { etag, propertyOut, refColumn } from './compile-columns.ts'
import { countOf, listSelect, recordColumns, recordsOf, type Writing } from './compile-rows.ts'
import { linkTo, mayBeEmpty, recordFrom, wayTo, type Way } from './compile-way.ts'
import { newBuild, newFrame, type Build, type Frame } from './frame.ts'
import { seenSql } from './snapshot.ts'
import type { BoundQuery, BoundStep, Compiled, TrimmedRead } from './tree.ts'
import type { Link } from './stages.ts'

/** How much control information goes with records: none, what cannot be worked out, or all there is. */
export type MetadataLevel = 'none' | 'minimal' | 'full'

export interface CompileOptions {
  readonly model: Model
  /** PostgreSQL schema of the tenant. */
  readonly schema: string
  readonly pageSize: number
  readonly maxPageSize: number
  /** 8-byte and decimal numbers go out as text. */
  readonly exact?: boolean
  /** Whose order texts have; the root order without one. */
  readonly language?: string
  /** Whether lists inside records say where they continue. */
  readonly links?: boolean
  /** A list also says which transactions it saw. */
  readonly snapshot?: boolean
  readonly metadata?: MetadataLevel
  /** Values that are null are left out. */
  readonly omitted?: boolean
  /** The caller has just written the one record that is read: its rule is not asked. */
  readonly written?: boolean
  /** The rule of the list is asked of rows in its order (sight.ts). */
  readonly asked?: boolean
  /** Every record of the list is a row of its own, whatever the page size: for those who read row by row. */
  readonly apart?: boolean
}

/** The statement of a read. */
export function compileRead(read: TrimmedRead, options: CompileOptions): Compiled {
  const writing: Writing & CompileOptions = {
    ...options,
    build: newBuild(options.model, options.schema, read.rules, options.exact, options.language),
  }
  const statement = readSql(writing, read)
  return render(options.omitted === true ? withoutNulls(statement, read, options) : statement)
}

/** The same statement, its body without the members that are null. */
function withoutNulls(statement: Sql, { result, query, steps }: TrimmedRead, options: CompileOptions): Sql {
  const others =
    result === 'record'
      ? ['etag']
      : [
          ...(isPaged(query, options.pageSize) ? ['next'] : []),
          ...(query.count ? ['count'] : []),
          ...(options.snapshot === true && steps.length === 1 ? ['seen'] : []),
        ]
  const columns = others.map((name) => sql`, "o".${ident(name)}`)
  return sql`select json_strip_nulls("o"."body"::json)::text as "body"${join(columns, '')} from (${statement}) "o"`
}

/** Whether a list is cut by the page size, so that there may be a next page. */
export function isPaged({ pipes, top }: BoundQuery, pageSize: number): boolean {
  return pipes === undefined && (top === undefined || top.value > pageSize)
}

function readSql(writing: Writing & CompileOptions, read: TrimmedRead): Sql {
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

function recordSql(writing: Writing, read: TrimmedRead, way: Way): Sql {
  const own = newFrame(writing.build, read.query.entity.id)
  const frame = writing.written === true ? { ...own, rule: null } : own
  const columns = read.result === 'ref' ? refColumn(frame, read.query) : recordColumns(writing, read.query, frame)
  const [from, where] = recordFrom(writing.build, read.steps, way, frame)
  const inner = sql`select ${etag(frame)} as "etag", "r"${from} cross join lateral (select ${columns}) "r"${where}`
  const json = sql`row_to_json("q"."r")::text`
  const body = mayBeEmpty(read.steps) ? sql`case when "q"."etag" is not null then ${json} end` : json
  const tag = drifts(read.query.select) ? digested(sql`"q"."etag"`, json) : sql`"q"."etag"`
  return sql`select ${body} as "body", ${tag} as "etag" from (${inner}) "q"`
}

/** Whether values among these change without the record being written: rollups, and formulas over parents or the clock. */
function drifts(select: readonly Property[]): boolean {
  return select.some(({ formula, field }) => formula !== undefined || typeOf(field).rollup !== undefined)
}

/** The etag with a digest of what is answered, so that a cached answer is never taken for fresh when only that changed. */
function digested(tag: Sql, json: Sql): Sql {
  return sql`left(${tag}, -1) || '.' || left(md5(${json}), 8) || '"'`
}

function propertySql(build: Build, read: TrimmedRead, way: Way): Sql {
  const frame = newFrame(build, read.query.entity.id)
  const json = sql`to_json(${propertyOut(build, read.property!, frame)})`
  const [from, where] = recordFrom(build, read.steps, way, frame)
  const body = read.result === 'value' ? sql`${json} #>> '{}'` : sql`${json}::text`
  const tag = drifts([read.property!]) ? digested(etag(frame), sql`${json}::text`) : etag(frame)
  return sql`select ${body} as "body", ${tag} as "etag"${from}${where}`
}

function collectionSql(writing: Writing & CompileOptions, read: TrimmedRead, way: Way): Sql {
  const { build, pageSize } = writing
  const { query, steps } = read
  const link = (frame: Frame) => linkTo(build, steps.at(-1)!, frame, way.parents.at(-1))
  if (writing.apart === true) return apartSql(writing, query, link)
  const [columns, from] = query.pipes
    ? groupList(writing, query, link)
    : isPaged(query, pageSize)
      ? pagedList(writing, read, link)
      : plainList(writing, read, link)
  const count = query.count ? sql`, (${countSql(build, query, steps, way)})::text as "count"` : nothing
  const seen = writing.snapshot === true ? sql`, ${seenSql} as "seen"` : nothing
  if (way.parents.length === 0) return sql`select ${columns}${count}${seen} from ${from}`
  const paged = isPaged(query, pageSize) ? sql`, "l"."next"` : nothing
  const list = sql`cross join lateral (select ${columns} from ${from}) "l"`
  return sql`select "l"."body"${paged}${count} from ${way.tables} ${list} where ${allOf(way.conditions)}`
}

/** All records, one row each. */
function apartSql(writing: Writing & CompileOptions, query: BoundQuery, link: Link): Sql {
  const { select } = listSelect(writing, query, { link, ref: false })
  return sql`select row_to_json("~q")::text as "body" from (${select}) "~q"`
}

/** What a list selects and from where. */
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

function groupList({ build, maxPageSize }: Writing, query: BoundQuery, link: Link): List {
  const select = pipesSelect(build, query, (stages) => recordsOf(build, query, stages, link), maxPageSize)
  return [sql`coalesce(json_agg("~q"."r"), '[]')::text as "body"`, sql`(${select}) "~q"`]
}

function countSql(build: Build, query: BoundQuery, steps: readonly BoundStep[], way: Way): Sql {
  return countOf(build, query, (frame) => linkTo(build, steps.at(-1)!, frame, way.parents.at(-1)))
}
