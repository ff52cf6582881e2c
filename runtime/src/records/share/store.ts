// The table of shares and its log: rows are written and taken away here, and each time the record's log says so, from which
// history, delta links and the audit tell it. Whether somebody may share is share.ts's question.
import type { Actor } from '@peyvand/core/access/actor.ts'
import type { ShareRight } from '@peyvand/core/access/reach.ts'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import type { Entity, Id } from '@peyvand/core/model/model.ts'
import type { Context } from '../../context.ts'
import type { Session } from '../../db/database.ts'

/** With whom a record is shared. */
export interface Receiver {
  readonly type: 'user' | 'team'
  readonly id: Id
}

/** What is given to whom, and until when (ISO moment; null: without end). */
export interface Gift {
  readonly receiver: Receiver
  readonly rights: readonly ShareRight[]
  readonly expires: string | null
}

/** A row of the table. Moments are ISO texts. */
export interface ShareRow {
  readonly entity: Id
  readonly record: Id
  readonly receiver: Id
  readonly type: Receiver['type']
  readonly source: Id
  readonly rights: readonly ShareRight[]
  readonly expires: string | null
  readonly by: Id
  readonly at: string
}

/** Where shares are written, and as whom. */
export type Place = Pick<Context, 'schema' | 'model' | 'requestId'> & {
  readonly database: Session
  readonly actor: Actor
}

const moment = (name: string): string => `to_char(s."${name}" at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`
const columns = `s."entity_id" as "entity", s."record_id" as "record", s."principal_id" as "receiver", s."principal_type" as "type",
  s."source_id" as "source", s."rights", ${moment('expires_at')} as "expires", s."shared_by" as "by", ${moment('shared_at')} as "at"`

/** The shares of a record that are in force, the oldest first. */
export async function readShares(
  { database, schema }: Pick<Place, 'database' | 'schema'>,
  entity: Entity,
  id: Id,
): Promise<ShareRow[]> {
  const { rows } = await database.query<ShareRow>({
    text: `select ${columns} from "${schema}"."_share" s where s."entity_id" = $1::uuid and s."record_id" = $2::uuid
      and (s."expires_at" is null or s."expires_at" > $3::timestamptz) order by s."shared_at", s."principal_id", s."source_id"`,
    values: [entity.id, id, new Date().toISOString()],
  })
  return rows
}

/** Gives a gift on records of an entity; what their receiver had from the same source is replaced. */
export async function putShares(
  place: Place,
  entity: Entity,
  ids: readonly Id[],
  { receiver, rights, expires, source }: Gift & { readonly source: Id },
): Promise<void> {
  const { database, schema, actor } = place
  const { rows: before } = await database.query<ShareRow>({
    text: `select ${columns} from "${schema}"."_share" s where s."entity_id" = $1::uuid and s."record_id" = any($2::uuid[])
      and s."principal_id" = $3::uuid and s."source_id" = $4::uuid for update`,
    values: [entity.id, ids, receiver.id, source],
  })
  const at = new Date().toISOString()
  await database.query({
    text: `insert into "${schema}"."_share" ("entity_id", "record_id", "principal_id", "source_id", "principal_type", "rights",
        "expires_at", "shared_by", "shared_at")
      select $1::uuid, r.id, $3::uuid, $4::uuid, $5::text, $6::text[], $7::timestamptz, $8::uuid, $9::timestamptz
      from unnest($2::uuid[]) r (id) order by r.id
      on conflict on constraint _share_pkey do update set "rights" = excluded."rights", "expires_at" = excluded."expires_at",
        "shared_by" = excluded."shared_by", "shared_at" = excluded."shared_at"`,
    values: [entity.id, ids, receiver.id, source, receiver.type, rights, expires, actor.user, at],
  })
  const had = new Map(before.map((row) => [row.record, row]))
  const after = told({ receiver: receiver.id, type: receiver.type, rights, expires, source })
  await note(
    place,
    'share',
    entity.id,
    ids.map((record) => ({ record, before: had.has(record) ? told(had.get(record)!) : null, after })),
  )
}

/** Takes away what somebody has on a record, and what came to others from sharing it with them. Gives the rows that went. */
export async function takeShares(place: Place, entity: Entity, id: Id, receiver: Id): Promise<ShareRow[]> {
  const { rows } = await place.database.query<ShareRow>({
    text: `delete from "${place.schema}"."_share" s where s."principal_id" = $3::uuid
      and ((s."entity_id" = $1::uuid and s."record_id" = $2::uuid) or s."source_id" = $2::uuid) returning ${columns}`,
    values: [entity.id, id, receiver],
  })
  await noteTaken(place, rows)
  return rows
}

/** Takes shares away whose time is over, so many at most. Gives the rows that went. */
export async function takeEnded(place: Place, now: string, most: number): Promise<ShareRow[]> {
  const table = `"${place.schema}"."_share"`
  const { rows } = await place.database.query<ShareRow>({
    text: `delete from ${table} s where (s."entity_id", s."record_id", s."principal_id", s."source_id") in (
        select x."entity_id", x."record_id", x."principal_id", x."source_id" from ${table} x
        where x."expires_at" <= $1::timestamptz order by x."expires_at" limit ${most} for update skip locked)
      returning ${columns}`,
    values: [now],
  })
  await noteTaken(place, rows)
  return rows
}

async function noteTaken(place: Place, rows: readonly ShareRow[]): Promise<void> {
  for (const [entity, some] of Map.groupBy(rows, (row) => row.entity))
    await note(
      place,
      'unshare',
      entity,
      some.map((row) => ({ record: row.record, before: told(row), after: null })),
    )
}

/** What the log says of a share. Names that no column has. */
function told({
  receiver,
  type,
  rights,
  expires,
  source,
}: Omit<ShareRow, 'entity' | 'record' | 'by' | 'at'>): JsonObject {
  return { '@principal': receiver, '@type': type, '@rights': [...rights], '@expires': expires, '@source': source }
}

interface Noted {
  readonly record: Id
  readonly before: JsonObject | null
  readonly after: JsonObject | null
}

async function note(
  { database, schema, model, actor, requestId }: Place,
  change: 'share' | 'unshare',
  entity: Id,
  rows: readonly Noted[],
): Promise<void> {
  const list = `json_to_recordset($1::json) as r ("record" uuid, "before" jsonb, "after" jsonb)`
  const values = [JSON.stringify(rows), entity, change]
  if (model.entityById.get(entity)?.audit !== true)
    return void (await database.query({
      text: `insert into "${schema}"."_change" ("entity_id", "record_id", "change", "before")
        select $2::uuid, r."record", $3::text, r."before" from ${list}`,
      values,
    }))
  await database.query({
    text: `insert into "${schema}"."_audit" ("at", "actor_id", "via_id", "request_id", "entity_id", "record_id", "change", "before", "after")
      select $4::timestamptz, $5::uuid, $7::uuid, $6::text, $2::uuid, r."record", $3::text, r."before", r."after" from ${list}`,
    values: [...values, new Date().toISOString(), actor.user, requestId, actor.via ?? null],
  })
}
