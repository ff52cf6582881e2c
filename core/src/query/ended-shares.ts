// What ends with a record: shares of it, and where the record is somebody, shares with them. One more part of the statement that
// deletes, so that a record that is made again under the same id is nobody else's.
import { nothing, param, sql, type Sql } from '../expression/fragment.ts'
import type { Entity } from '../model/model.ts'
import { table } from './frame.ts'
import type { WritePlan } from './write-plan.ts'

/** Entities whose records things are shared with. */
export const receivers = ['user', 'team'] as const

/** Whether records of an entity can be shared: those that belong to everybody need not be. */
export function isShareable({ ownership, intersect }: Entity): boolean {
  return ownership === 'user' && intersect !== true
}

/** The part of a delete that ends shares; nothing where there can be none. */
export function endedShares({ build, wire: { entity } }: WritePlan): Sql {
  const somebody = (receivers as readonly string[]).includes(entity.name)
  if (!isShareable(entity) && !somebody) return nothing
  const id = param({ from: 'value', value: entity.id }, 'uuid')
  const which = somebody
    ? sql`"x"."principal_id" = "w"."id"`
    : sql`"x"."entity_id" = ${id} and "x"."record_id" = "w"."id"`
  return sql`, "e" as (delete from ${table(build, '_share')} "x" using "w" where ${which})`
}
