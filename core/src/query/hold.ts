// Legal holds: a record that is held is not deleted, whoever asks and however they come to it. Asked in the statement that would
// delete it, so that no way of deleting passes it by and none races it.
import { param, sql, type Sql } from '../expression/fragment.ts'
import { column, table, type Frame } from './frame.ts'
import { nowParam, type WritePlan } from './write-plan.ts'

/** The hold on a record as JSON text with `reason` and `until`; null where there is none. */
export function heldSql({ build, wire }: Pick<WritePlan, 'build' | 'wire'>, frame: Frame): Sql {
  const entity = param({ from: 'value', value: wire.entity.id }, 'uuid')
  const told = sql`json_build_object('reason', "h"."reason", 'until', "h"."until")::text`
  const active = sql`"h"."kind" = 'hold' and "h"."lifted_at" is null and ("h"."until" is null or "h"."until" > ${nowParam})`
  return sql`(select ${told} from ${table(build, '_hold')} "h" where "h"."record_id" = ${column(frame, 'id')} and "h"."entity_id" = ${entity} and ${active} order by "h"."placed_at" limit 1)`
}
