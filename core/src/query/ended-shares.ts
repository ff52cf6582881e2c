// What ends with a record: shares of it, and where the record is somebody, shares with them. More parts of the statement that
// deletes, so that a record that is made again under the same id is nobody else's, and whoever followed it hears of its end.
import { ident, join, nothing, param, quoted, sql, type Sql } from '../expression/fragment.ts'
import type { Entity } from '../model/model.ts'
import { table } from './frame.ts'
import { nowParam, type WritePlan } from './write-plan.ts'

/** Entities whose records things are shared with. */
const receivers: ReadonlySet<string> = new Set(['user', 'team'])

/** Whether records of an entity can be shared: those that belong to everybody need not be. */
export function isShareable({ ownership, intersect }: Entity): boolean {
  return ownership === 'user' && intersect !== true
}

/** The parts of a delete that end shares; nothing where there can be none. */
export function endedShares(plan: WritePlan): Sql {
  const { build, wire } = plan
  const from = sql`, "e" as (delete from ${table(build, '_share')} "x" using "w" where`
  // Those with whom something was shared are others now, so that nobody has to be told.
  if (receivers.has(wire.entity.name)) return sql`${from} "x"."principal_id" = "w"."id")`
  if (!isShareable(wire.entity)) return nothing
  const id = param({ from: 'value', value: wire.entity.id }, 'uuid')
  const ended = sql`${from} "x"."entity_id" = ${id} and "x"."record_id" = "w"."id" returning "x"."record_id", "x"."principal_id", "x"."principal_type", "x"."rights", "x"."expires_at", "x"."source_id")`
  return sql`${ended}, "f" as (${logSql(plan, id)})`
}

/** The rows of the log, as sharing itself writes them. */
function logSql({ build, audit }: WritePlan, entity: Sql): Sql {
  const before = sql`jsonb_build_object('@principal', "e"."principal_id", '@type', "e"."principal_type", '@rights', "e"."rights", '@expires', "e"."expires_at", '@source', "e"."source_id")`
  const row: Readonly<Record<string, Sql>> = {
    entity_id: entity,
    record_id: sql`"e"."record_id"`,
    change: quoted('unshare'),
    before,
    ...(audit
      ? {
          at: nowParam,
          actor_id: param({ from: 'actor', take: 'user' }, 'uuid'),
          request_id: param({ from: 'input', name: '@request' }, 'text'),
        }
      : {}),
  }
  const names = join(Object.keys(row).map(ident), ', ')
  const values = join(Object.values(row), ', ')
  return sql`insert into ${table(build, audit ? '_audit' : '_change')} (${names}) select ${values} from "e"`
}
