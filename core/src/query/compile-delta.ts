// What has changed in a list since a snapshot → one statement. The log says which records were touched by transactions the
// snapshot did not see; each of them is read as the list reads it now, with the caller's rights. One that is not in the list
// is told as removed when it was there before. What the caller neither sees nor saw is in no page, no count and no token, and
// what happened to such a record is no change of one that leads to it.
//
// The one row of the result: `body` text of the array · `count` text · `next` id of the last record when there are more ·
// `seen` what this statement saw (snapshot.ts) · `lost` true when the log cannot tell (values were changed under it, or the snapshot is
// not of this database).
import { allOf, join, nothing, param, quoted, render, sql, whole, type Sql } from '../expression/fragment.ts'
import type { Id } from '../model/model.ts'
import type { Navigation } from '../model/wire.ts'
import type { CompileOptions } from './compile.ts'
import { listSelect, type Writing } from './compile-rows.ts'
import { column, linkSql, newBuild, newFrame, ruleSql, table, tableOf, type Build, type Frame } from './frame.ts'
import { pastOf, wasSeen } from './past.ts'
import { seenSql } from './snapshot.ts'
import type { Tracking } from './tracking.ts'
import type { Compiled, TrimmedRead } from './tree.ts'

export interface DeltaOptions extends Omit<CompileOptions, 'pageSize'> {
  readonly tracking: Tracking
  /** How a removed record is spelled. */
  readonly version: '4.0' | '4.01'
}

const since = param({ from: 'input', name: '@since' }, 'pg_snapshot')
const after = param({ from: 'input', name: '@after' }, 'uuid')
const size = param({ from: 'input', name: '@size' }, 'bigint')
const base = param({ from: 'input', name: '@base' }, 'text')

/** The statement; its inputs are `@since`, `@after` (an id, or null), `@size` of a page and `@base` (the service root). */
export function compileDelta(read: TrimmedRead, options: DeltaOptions): Compiled {
  const { model, schema, tracking } = options
  const build = newBuild(model, schema, read.rules, options.exact)
  const entity = read.query.entity.id
  const related = tracking.ways.map((way) => relatedSql(build, entity, way, tracking))
  const others = new Set(tracking.ways.map((way) => way.at(-1)!.target).filter((each) => each !== entity))
  const resets = [...others].map(
    (each) => sql` or exists (select 1 from (${logOf(build, each)}) "l" where "l"."change" = 'reset')`,
  )
  const touched = sql`select distinct "id" from "c" where "change" <> 'reset'`
  const more = related.length > 0 ? sql` union ${join(related, ' union ')}` : nothing
  const { past, page, count } = toldOf(build, read, tracking)
  const parts = [
    sql`"c" as materialized (${logOf(build, entity)})`,
    sql`"a" as materialized (${touched}${more})`,
    ...(past === undefined ? [] : [sql`"b" as materialized (${past})`]),
    sql`"p" as materialized (${page})`,
  ]
  const columns = [
    sql`coalesce(json_agg("x"."item" order by "x"."id") filter (where "x"."n" <= ${size}), '[]')::text as "body"`,
    sql`${count} as "count"`,
    sql`case when count(*) > ${size} then (max("x"."id"::text) filter (where "x"."n" = ${size})) end as "next"`,
    sql`${seenSql} as "seen"`,
    sql`(exists (select 1 from "c" where "change" = 'reset')${join(resets, '')} or pg_snapshot_xmax(${since}) > pg_snapshot_xmax(pg_current_snapshot())) as "lost"`,
  ]
  const rows = itemsSql({ ...options, pageSize: options.maxPageSize, build }, read, options)
  return render(sql`with ${join(parts, ', ')} select ${join(columns, ', ')} from (${rows}) "x"`)
}

interface Told {
  /** What the touched records were before; undefined where all of them were seen. */
  readonly past: Sql | undefined
  readonly page: Sql
  readonly count: Sql
}

/** Of the touched records those that are told: a page of them behind an id, and how many they are. */
function toldOf(build: Build, { query }: TrimmedRead, { past, filtered }: Tracking): Told {
  const was = wasSeen(build, query.entity.id, past, filtered ? query.filter : undefined)
  const more = was === undefined ? nothing : sql`, "b"."list"${past.shared ? sql`, "b"."unshared"` : nothing}`
  const joined = was === undefined ? nothing : sql` left join "b" on "b"."id" = "a"."id"`
  const where = was ?? sql`true`
  const from = sql`select "a"."id"${more} from "a"${joined}`
  // Behind the page that was asked for nothing is looked at.
  const rest = sql`${from} where ${after} is null or "a"."id" > ${after} order by "a"."id" offset 0`
  return {
    past: was && pastOf(sql`"c"`, past),
    page: sql`select "f"."id", row_number() over (order by "f"."id") as "n" from (${rest}) "f" where ${where} order by "f"."id" limit ${size} + 1`,
    count: query.count ? sql`(select count(*) from (${from}) "f" where ${where})::text` : quoted('0'),
  }
}

/** What was written to records of an entity by transactions that the snapshot does not show. */
function logOf(build: Build, entity: Id): Sql {
  const own = param({ from: 'value', value: entity }, 'uuid')
  const from = (name: string) =>
    sql`select "record_id" as "id", "change", "version", "xid", "before" from ${table(build, name)} where "entity_id" = ${own} and "xid" >= pg_snapshot_xmin(${since}) and not pg_visible_in_snapshot("xid", ${since})`
  return sql`${from('_audit')} union all ${from('_change')}`
}

/** Records of the list from which a way leads to a record that was touched and is seen, or was. */
function relatedSql(build: Build, entity: Id, way: readonly Navigation[], { seen }: Tracking): Sql {
  const first = newFrame(build, entity)
  let frame = first
  const joins = way.map((navigation, i) => {
    const next = newFrame(build, navigation.target)
    const on = linkSql(build, navigation, frame, next)
    frame = next
    const rule = i < way.length - 1 ? ruleSql(build, next) : undefined
    return sql` join ${tableOf(build, navigation.target)} ${next.alias} on ${allOf([on, rule])}`
  })
  const log = sql`(${logOf(build, frame.entity)})`
  const past = seen.get(frame.entity)!
  const was = wasSeen(build, frame.entity, past)
  const touched =
    was === undefined
      ? sql`select "l"."id" from ${log} "l"`
      : sql`select "f"."id" from (${pastOf(log, past)}) "f" where ${was}`
  const from = sql`${tableOf(build, entity)} ${first.alias}${join(joins, '')}`
  return sql`select ${column(first, 'id')} as "id" from ${from} where ${column(frame, 'id')} in (${touched})`
}

/** Each record of the page as the list has it now, or that it was removed. */
function itemsSql(writing: Writing, read: TrimmedRead, { version }: DeltaOptions): Sql {
  const { build } = writing
  const { entity } = read.query
  const link = (frame: Frame) => sql`${column(frame, 'id')} = "p"."id"`
  const { select } = listSelect(writing, read.query, { link, limit: whole(1), ref: false, keys: true })
  const now = sql`select row_to_json("~q"."r") as "json" from (${select}) "~q"`
  const there = sql`exists (select 1 from ${tableOf(build, entity.id)} "s" where "s"."id" = "p"."id")`
  const reason = sql`case when ${there} then 'changed' else 'deleted' end`
  const address = sql`${quoted(`${entity.entitySet}(`)} || "p"."id" || ')'`
  const context = sql`${base} || ${quoted(`/$metadata#${entity.entitySet}/$deletedEntity`)}`
  const removed =
    version === '4.0'
      ? sql`json_build_object('@odata.context', ${context}, 'id', ${address}, 'reason', ${reason})`
      : sql`json_build_object('@removed', json_build_object('reason', ${reason}), '@odata.id', ${address}, 'id', "p"."id")`
  const item = sql`coalesce("q"."json", ${removed}) as "item"`
  return sql`select "p"."id", "p"."n", ${item} from "p" left join lateral (${now}) "q" on true`
}
