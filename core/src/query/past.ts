// Whether the caller sees a record that the log names, or saw it before what the log tells: its values are undone step by step, and
// the rule is asked of each state. Whoever neither sees nor saw a record is told nothing of it. `"f"` is the record in question:
// `id`, `list` of what changes took away, the oldest first, `unshared` whether a share with the caller ended.
import { allOf, ident, join, param, quoted, sql, whole, type Sql } from '../expression/fragment.ts'
import { castOf } from '../expression/sql-type.ts'
import type { Expression } from '../expression/tree.ts'
import type { Id } from '../model/model.ts'
import { asShared } from './arms.ts'
import { conditionSql, ruleSql, tableOf, type Build, type Frame } from './frame.ts'
import type { Past } from './tracking.ts'

const receivers = param({ from: 'actor', take: 'receivers' }, 'uuid[]')
const taken = sql`"l"."change" = 'unshare' and ("l"."before" ->> '@principal')::uuid = any(${receivers})`

/** Per record of a log (`id`, `change`, `version`, `xid`, `before`) what `"f"` says of it. */
export function pastOf(log: Sql, { before, shared }: Past): Sql {
  const names = join(
    before.map(({ column }) => quoted(column)),
    ', ',
  )
  const list = sql`array_agg("l"."before" order by "l"."xid", "l"."version") filter (where "l"."before" ?| array[${names}])`
  const unshared = shared ? sql`, coalesce(bool_or(${taken}), false) as "unshared"` : sql``
  return sql`select "l"."id", ${list} as "list"${unshared} from ${log} "l" where "l"."change" <> 'reset' group by "l"."id"`
}

/** Of a record that changed more often, not every state is looked at: it counts as having been seen. */
const mostStates = 100

/**
 * Whether `"f"` was seen, and met a filter, at any time since the snapshot, now included: pages of one round are read one after the
 * other, so that the caller may have got any of its states. undefined when every record was.
 */
export function wasSeen(build: Build, entity: Id, past: Past, filter?: Expression): Sql | undefined {
  const { before } = past
  if (before.length === 0) return undefined
  // The log has the columns of fields alone.
  const alias = ident('~b')
  const instead = new Map([['id', sql`"f"."id"`]])
  const frame: Frame = { entity, alias, joins: new Map(), exact: build.exact, instead }
  const condition = allOf([ruleThen(build, frame, past), conditionSql(build, [frame], filter)])
  const shape = join(
    before.map(({ column, kind }) => sql`${ident(column)} ${{ pieces: [castOf[kind]] }}`),
    ', ',
  )
  const current = join(
    before.map(({ column }) => sql`"s".${ident(column)}`),
    ', ',
  )
  const stored = sql`(select to_jsonb("u") from (select ${current} from ${tableOf(build, entity)} "s" where "s"."id" = "f"."id") "u") as "now"`
  const undone = sql`(select jsonb_object_agg("k"."key", "k"."value" order by "e"."n" desc) from unnest("z"."list") with ordinality "e"("before", "n") cross join lateral jsonb_each("e"."before") "k" where "e"."n" >= "i")`
  const states = sql`(select ${stored}, coalesce("f"."list", '{}') as "list") "z" cross join lateral generate_series(1, least(cardinality("z"."list"), ${whole(mostStates)}) + 1) "i" cross join lateral jsonb_to_record(coalesce("z"."now", '{}') || coalesce(${undone}, '{}')) as "~b"(${shape})`
  const existed = sql`("i" <= cardinality("z"."list") or "z"."now" is not null)`
  return sql`exists (select 1 from ${states} where cardinality("z"."list") > ${whole(mostStates)} or ${existed} and ${condition})`
}

/** The rule; a share that was taken away counts as being there, and no more than a share: what else is asked holds beside it. */
function ruleThen(build: Build, frame: Frame, { shared }: Past): Sql | undefined {
  const rule = ruleSql(build, frame)
  if (rule === undefined || !shared) return rule
  const beside = ruleSql(build, { ...frame, rule: asShared(build.rules.get(frame.entity)!) })!
  return sql`(${rule} or "f"."unshared" and ${beside})`
}
