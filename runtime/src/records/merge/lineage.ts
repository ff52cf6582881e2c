// What a merge leaves behind so that it can be taken back: which records it changed, from what to what, in order.
import type { Id } from '@peyvand/core/model/model.ts'
import type { Context } from '../../context.ts'
import type { Cells } from './cells.ts'

/** One change a merge made. A link that was there twice was deleted; all else was changed. */
export interface MergeStep {
  readonly entity: Id
  readonly record: Id
  readonly change: 'update' | 'delete'
  readonly before: Cells
  readonly after: Cells
}

export interface Merge {
  readonly id: Id
  readonly entity: Id
  readonly winner: Id
  readonly loser: Id
  readonly steps: readonly MergeStep[]
}

/** Writes down a merge. */
export async function noteMerge({ database, schema, actor }: Context, merge: Merge): Promise<void> {
  const { id, entity, winner, loser, steps } = merge
  await database.query({
    text: `insert into "${schema}"."_merge" ("id", "at", "actor_id", "entity_id", "winner_id", "loser_id", "steps")
      values ($1::uuid, $2::timestamptz, $3::uuid, $4::uuid, $5::uuid, $6::uuid, $7::jsonb)`,
    values: [id, new Date().toISOString(), actor.user, entity, winner, loser, JSON.stringify(steps)],
  })
}

/** The merge that took a record in and was not taken back. */
export async function mergeOf({ database, schema }: Context, entity: Id, loser: Id): Promise<Merge | undefined> {
  const { rows } = await database.query<Merge>({
    text: `select "id", "entity_id" as "entity", "winner_id" as "winner", "loser_id" as "loser", "steps"
      from "${schema}"."_merge" where "loser_id" = $1::uuid and "entity_id" = $2::uuid and "split_at" is null
      order by "at" desc, "id" desc limit 1 for update`,
    values: [loser, entity],
  })
  return rows[0]
}

/** Notes that a merge was taken back. */
export async function noteSplit({ database, schema, actor }: Context, { id }: Merge): Promise<void> {
  await database.query({
    text: `update "${schema}"."_merge" set "split_at" = $2::timestamptz, "split_by" = $3::uuid where "id" = $1::uuid`,
    values: [id, new Date().toISOString(), actor.user],
  })
}
