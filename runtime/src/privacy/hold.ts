// Legal holds and restrictions: what keeps a person's records, and what keeps them from being used. A hold refuses to delete and
// to erase (query/hold.ts asks for it in the statement that deletes); a restriction leaves everything as it is, and nobody may
// write to the person.
import type { Hold, HoldKind } from '@peyvand/core/answer/person.ts'
import { held } from '@peyvand/core/access/outcome.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { isUuid } from '@peyvand/core/base/uuid.ts'
import type { Id } from '@peyvand/core/model/model.ts'
import type { Context } from '../context.ts'
import { holdInForce } from '../db/hold.ts'
import { nestedIn } from '../db/nested.ts'
import { newId } from '../records/id.ts'
import { lockRecords } from '../records/cascade/dependents.ts'
import type { Target } from '../records/cascade/reach.ts'
import { leadingTo, linkedText, tableOf } from './person.ts'

export interface NewHold extends Target {
  readonly kind: HoldKind
  readonly reason: string
  readonly until: string | null
}

type Place = Pick<Context, 'model' | 'database' | 'schema'>

const columns = `h."id", h."kind", h."entity_id" as "entity", h."record_id" as "record", h."reason", to_json(h."until") as "until",
  h."placed_by", to_json(h."placed_at") as "placed_at", h."lifted_by", to_json(h."lifted_at") as "lifted_at"`

/** Places a hold on a record, of any entity. Gives its id. throws: Problem when there is no such record. */
export async function placeHold(context: Context, { entity, id, kind, reason, until }: NewHold): Promise<Id> {
  return context.database.transaction(async (session) => {
    // Whoever deletes it at the same moment has done so, or sees the hold.
    await lockRecords({ ...context, database: nestedIn(context.database, session) }, entity, [id])
    const { rows } = await session.query({
      text: `select 1 from ${tableOf(context, entity)} where "id" = $1::uuid`,
      values: [id],
    })
    if (rows.length === 0)
      throw new Problem('missing.record', { detail: `There is no record ${id} in "${entity.entitySet}"`, target: 'id' })
    const made = newId()
    await session.query({
      text: `insert into "${context.schema}"."_hold" ("id", "kind", "entity_id", "record_id", "reason", "until", "placed_by")
        values ($1::uuid, $2, $3::uuid, $4::uuid, $5, $6::timestamptz, $7::uuid)`,
      values: [made, kind, entity.id, id, reason, until, context.actor.user],
    })
    return made
  })
}

/** Lifts a hold. throws: Problem when there is none in force. */
export async function liftHold({ database, schema, actor }: Context, id: string): Promise<void> {
  const { rowCount } = isUuid(id)
    ? await database.query({
        text: `update "${schema}"."_hold" h set "lifted_at" = now(), "lifted_by" = $2::uuid where h."id" = $1::uuid and ${holdInForce}`,
        values: [id, actor.user],
      })
    : { rowCount: 0 }
  if (rowCount === 0) throw new Problem('missing.record', { detail: 'There is no such hold in force', target: 'id' })
}

/** Holds, the newest first: of a record, or all that are in force. */
export async function listHolds({ database, schema, model }: Place, of?: Target): Promise<Hold[]> {
  const { rows } = await database.query<Hold>({
    text: `select ${columns} from "${schema}"."_hold" h
      where ${of === undefined ? holdInForce : 'h."record_id" = $1::uuid and h."entity_id" = $2::uuid'} order by h."placed_at" desc, h."id" limit 1000`,
    values: of === undefined ? [] : [of.id, of.entity.id],
  })
  return rows.map((row) => ({ ...row, entity: model.entityById.get(row.entity ?? '')?.name ?? null }))
}

/** Which of some records are under a hold or a restriction now. */
export async function holdsOn({ database, schema }: Place, ids: readonly Id[], kind: HoldKind): Promise<Hold[]> {
  const { rows } = await database.query<Hold>({
    text: `select ${columns} from "${schema}"."_hold" h where h."record_id" = any($1::uuid[]) and h."kind" = $2 and ${holdInForce}
      order by h."placed_at", h."id" limit 100`,
    values: [ids, kind],
  })
  return rows
}

/** throws: Problem that names the hold, when something of the person is under one. */
export async function refuseHeld(place: Place, persons: readonly Target[]): Promise<void> {
  const [first] = await holdsAround(place, persons)
  if (first !== undefined) throw held(first)
}

/** The holds on a person: on what is the person, and on what an erasure would change or delete. */
export async function holdsAround(place: Place, persons: readonly Target[]): Promise<Hold[]> {
  const { database, schema, model } = place
  const own = await holdsOn(
    place,
    persons.map(({ id }) => id),
    'hold',
  )
  const found = new Map(own.map((hold) => [hold.id, hold]))
  for (const leading of leadingTo(model, persons)) {
    if (leading.subject === undefined) continue
    const { rows } = await database.query<Hold>({
      text: `select ${columns} from "${schema}"."_hold" h where h."kind" = 'hold' and ${holdInForce}
        and h."record_id" in (${linkedText(place, leading)}) order by h."placed_at", h."id" limit 100`,
      values: [leading.ids],
    })
    for (const hold of rows) found.set(hold.id, hold)
  }
  return [...found.values()].map((row) => ({ ...row, entity: model.entityById.get(row.entity ?? '')?.name ?? null }))
}
