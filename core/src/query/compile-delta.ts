// What has changed in a list since a snapshot → one statement. The log says which records were touched by transactions the
// snapshot did not see; each of them is read as the list reads it now, with the caller's rights. One that is not in the list
// is told as removed when it was there before.
//
// The one row of the result: `body` text of the array · `count` text · `next` id of the last record when there are more ·
// `seen` what this statement saw (snapshot.ts) · `lost` true when the log cannot tell (values were changed under it, or the snapshot is
// not of this database).
import { allOf, ident, join, nothing, param, quoted, render, sql, whole, type Sql } from '../expression/fragment.ts'
import { castOf } from '../expression/sql-type.ts'
import type { Id } from '../model/model.ts'
import type { Navigation } from '../model/wire.ts'
import { asShared } from './arms.ts'
import type { CompileOptions } from './compile.ts'
import { listSelect, type Writing } from './compile-rows.ts'
import {
  column,
  conditionSql,
  linkSql,
  newBuild,
  newFrame,
  ruleSql,
  table,
  tableOf,
  type Build,
  type Frame,
} from './frame.ts'
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
  const related = tracking.ways.map((way) => relatedSql(build, entity, way))
  const others = new Set(tracking.ways.map((way) => way.at(-1)!.target).filter((each) => each !== entity))
  const resets = [...others].map(
    (each) => sql` or exists (select 1 from (${logOf(build, each)}) "l" where "l"."change" = 'reset')`,
  )
  const touched = sql`select distinct "id" from "c" where "change" <> 'reset'`
  const more = related.length > 0 ? sql` union ${join(related, ' union ')}` : nothing
  const page = sql`select "a".*, row_number() over (order by "a"."id") as "n" from "a" where ${after} is null or "a"."id" > ${after} order by "a"."id" limit ${size} + 1`
  const parts = [
    sql`"c" as materialized (${logOf(build, entity)})`,
    sql`"a" as materialized (${touched}${more})`,
    sql`"p" as materialized (${page})`,
    ...(tracking.before.length > 0 ? [sql`"b" as materialized (${beforeSql(tracking)})`] : []),
  ]
  const columns = [
    sql`coalesce(json_agg("x"."item" order by "x"."id") filter (where "x"."n" <= ${size} and "x"."item" is not null), '[]')::text as "body"`,
    sql`(select count(*) from "a")::text as "count"`,
    sql`case when count(*) > ${size} then (max("x"."id"::text) filter (where "x"."n" = ${size})) end as "next"`,
    sql`${seenSql} as "seen"`,
    sql`(exists (select 1 from "c" where "change" = 'reset')${join(resets, '')} or pg_snapshot_xmax(${since}) > pg_snapshot_xmax(pg_current_snapshot())) as "lost"`,
  ]
  const rows = itemsSql({ ...options, pageSize: options.maxPageSize, build }, read, options)
  return render(sql`with ${join(parts, ', ')} select ${join(columns, ', ')} from (${rows}) "x"`)
}

/** What was written to records of an entity by transactions that the snapshot does not show. */
function logOf(build: Build, entity: Id): Sql {
  const own = param({ from: 'value', value: entity }, 'uuid')
  const from = (name: string) =>
    sql`select "record_id" as "id", "change", "version", "xid", "before" from ${table(build, name)} where "entity_id" = ${own} and "xid" >= pg_snapshot_xmin(${since}) and not pg_visible_in_snapshot("xid", ${since})`
  return sql`${from('_audit')} union all ${from('_change')}`
}

/** Records of the list from which a way leads to a record that was touched. */
function relatedSql(build: Build, entity: Id, way: readonly Navigation[]): Sql {
  const first = newFrame(build, entity)
  let frame = first
  const joins = way.map((navigation) => {
    const next = newFrame(build, navigation.target)
    const text = sql` join ${tableOf(build, navigation.target)} ${next.alias} on ${linkSql(build, navigation, frame, next)}`
    frame = next
    return text
  })
  const from = sql`${tableOf(build, entity)} ${first.alias}${join(joins, '')}`
  return sql`select ${column(first, 'id')} as "id" from ${from} where ${column(frame, 'id')} in (select "l"."id" from (${logOf(build, frame.entity)}) "l")`
}

/** Per record of the page the values that changes since then took away, the oldest first: what it was before each of them. */
function beforeSql({ before }: Tracking): Sql {
  const names = join(
    before.map(({ column: name }) => quoted(name)),
    ', ',
  )
  return sql`select "c"."id", array_agg("c"."before" order by "c"."xid", "c"."version") as "list" from "c" join "p" on "p"."id" = "c"."id" where "c"."before" ?| array[${names}] group by "c"."id"`
}

/** Each touched record of the page as the list has it now, or that it was removed. */
function itemsSql(writing: Writing, read: TrimmedRead, { tracking, version }: DeltaOptions): Sql {
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
  const told = wasSql(build, read, tracking) ?? sql`true`
  const item = sql`case when "q"."json" is not null then "q"."json" when ${told} then ${removed} end as "item"`
  return sql`select "p"."id", "p"."n", ${item} from "p" left join lateral (${now}) "q" on true`
}

/** Whether a share with the caller was taken away since. */
const wasShared = sql`exists (select 1 from "c" where "c"."id" = "p"."id" and "c"."change" = 'unshare' and ("c"."before" ->> '@principal')::uuid = any(${param({ from: 'actor', take: 'receivers' }, 'uuid[]')}))`

/** What else a share that was taken away had asked of the record. */
function unsharedSql(build: Build, frame: Frame): Sql {
  return ruleSql(build, { ...frame, rule: asShared(build.rules.get(frame.entity)!) }) ?? sql`true`
}

/** Of a record that changed more often, not every state is looked at: it counts as having been in the list. */
const mostStates = 100

/**
 * Whether a record was in the list at any time since the snapshot: pages of one round are read one after the other, so that
 * the caller may have got any of its states. undefined when every record was.
 */
function wasSql(build: Build, { query }: TrimmedRead, { before, filtered, shared }: Tracking): Sql | undefined {
  if (before.length === 0) return undefined
  // The log has the columns of fields alone.
  const alias = ident('~b')
  const instead = new Map([['id', sql`"p"."id"`]])
  const frame: Frame = { entity: query.entity.id, alias, joins: new Map(), exact: build.exact, instead }
  const seen = ruleSql(build, frame)
  const rule = shared ? sql`(${seen!} or ${wasShared} and ${unsharedSql(build, frame)})` : seen
  const condition = allOf([rule, filtered ? conditionSql(build, [frame], query.filter) : undefined])
  const shape = join(
    before.map(({ column: name, kind }) => sql`${ident(name)} ${{ pieces: [castOf[kind]] }}`),
    ', ',
  )
  const current = join(
    before.map(({ column: name }) => sql`"s".${ident(name)}`),
    ', ',
  )
  const stored = sql`(select to_jsonb("u") from (select ${current} from ${tableOf(build, query.entity.id)} "s" where "s"."id" = "p"."id") "u") as "now"`
  const list = sql`coalesce((select "b"."list" from "b" where "b"."id" = "p"."id"), '{}') as "list"`
  const undone = sql`(select jsonb_object_agg("k"."key", "k"."value" order by "e"."n" desc) from unnest("z"."list") with ordinality "e"("before", "n") cross join lateral jsonb_each("e"."before") "k" where "e"."n" >= "i")`
  const states = sql`(select ${stored}, ${list}) "z" cross join lateral generate_series(1, least(cardinality("z"."list"), ${whole(mostStates)}) + 1) "i" cross join lateral jsonb_to_record(coalesce("z"."now", '{}') || coalesce(${undone}, '{}')) as "~b"(${shape})`
  const existed = sql`("i" <= cardinality("z"."list") or "z"."now" is not null)`
  return sql`exists (select 1 from ${states} where cardinality("z"."list") > ${whole(mostStates)} or ${existed} and ${condition})`
}
