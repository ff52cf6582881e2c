// The person in the log of changes: which columns of which records have to lose their values there. What a record's own log
// holds beside what is not personal goes, under whatever name it was written; in the logs of others what a trace is found in. How
// values leave a sealed log is audit/redact.ts's.
import { personEntities, personalOf } from '@peyvand/core/model/personal.ts'
import type { Entity, Id } from '@peyvand/core/model/model.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import type { AuditPlace } from '../../audit/chain.ts'
import { redactAudit, type Erased } from '../../audit/redact.ts'
import type { Context } from '../../context.ts'
import type { Session } from '../../db/database.ts'
import type { Erasing, Part } from './erasing.ts'

/** Who erases, and why. */
type Eraser = Erasing['by']

interface Place extends Pick<Context, 'model' | 'schema'> {
  readonly audit: AuditPlace
}

/** Erases what the log says of the person in these records of an entity. Gives how many rows changed. */
export async function eraseOwnHistory(
  session: Session,
  place: Place,
  { entity, ids, ...by }: Eraser & Part,
): Promise<number> {
  const { rows } = await session.query<Erased>({
    text: `select a."entity_id" as "entity", a."record_id" as "record", array_agg(distinct k."name") as "columns"
      from "${place.schema}"."_audit" a,
        jsonb_object_keys(coalesce(a."before", '{}') || coalesce(a."after", '{}')) as k ("name")
      where a."record_id" = any($1::uuid[]) and a."entity_id" = $2::uuid and not k."name" = any($3::text[])
      group by a."entity_id", a."record_id"`,
    values: [ids, entity.id, impersonal(place, entity)],
  })
  return redactAudit(session, place.audit, { ...by, records: rows })
}

/** Columns that say nothing of a person. A column that the entity has no more is none of them: nobody knows what it held. */
function impersonal({ model }: Place, entity: Entity): string[] {
  const { properties } = wireOf(model, entity)
  return [...properties.values()]
    .filter(({ field }) => personalOf(field) === undefined || personalOf(field)!.erase === 'keep')
    .map(({ column }) => column)
}

/** The whole log, page after page. */
export async function eraseHistory(erasing: Erasing, pattern: string): Promise<void> {
  for (let after: string | undefined; ;) {
    const { changed, next } = await erasing.through((session) =>
      erasePage(session, erasing.log, { pattern, after, ...erasing.by }),
    )
    erasing.count('changes', changed)
    if (next === undefined) return
    after = next
  }
}

/** One page of the log that was looked through. */
interface Looked {
  readonly changed: number
  /** Where the next page begins; absent behind the last one. */
  readonly next?: string
}

/** unit: rows of the log that are looked at together */
const page = 2_000

/** Erases values in which a pattern is found, in one page of the whole log. */
async function erasePage(
  session: Session,
  place: Place,
  { pattern, after, ...by }: Eraser & { readonly pattern: string; readonly after: string | undefined },
): Promise<Looked> {
  const [record = null, at = null, id = null] = after?.split('|') ?? []
  const log = `"${place.schema}"."_audit"`
  const { rows: last } = await session.query<{ key: string }>({
    text: `select p."record_id"::text || '|' || to_json(p."at")::text || '|' || p."id"::text as "key" from (
        select a."record_id", a."at", a."id" from ${log} a
        where $1::uuid is null or (a."record_id", a."at", a."id") > ($1::uuid, $2::timestamptz, $3::uuid)
        order by a."record_id", a."at", a."id" limit ${page}) p
      order by p."record_id" desc, p."at" desc, p."id" desc limit 1`,
    values: [record, at, id],
  })
  const next = last[0]?.key.replaceAll('"', '')
  if (next === undefined) return { changed: 0 }
  const [untilRecord, untilAt, untilId] = next.split('|')
  // Other people may be called the same: their past stays theirs. The person's own went with their records.
  const others = personEntities(place.model).map((entity) => entity.id)
  const { rows } = await session.query<Erased>({
    text: `select a."entity_id" as "entity", a."record_id" as "record", array_agg(distinct v."name") as "columns"
      from ${log} a, lateral (select * from jsonb_each_text(coalesce(a."before", '{}'))
        union all select * from jsonb_each_text(coalesce(a."after", '{}'))) as v ("name", "value")
      where ($1::uuid is null or (a."record_id", a."at", a."id") > ($1::uuid, $2::timestamptz, $3::uuid))
        and (a."record_id", a."at", a."id") <= ($4::uuid, $5::timestamptz, $6::uuid)
        and not a."entity_id" = any($8::uuid[]) and (a."before"::text ~* $7 or a."after"::text ~* $7) and v."value" ~* $7
      group by a."entity_id", a."record_id"`,
    values: [record, at, id, untilRecord, untilAt, untilId, pattern, others],
  })
  return { changed: await redactAudit(session, place.audit, { ...by, records: rows }), next }
}

/** Erases the addresses and browsers of users from what they did at the doors. */
export function eraseDoors(
  session: Session,
  place: Place,
  { people, ...by }: Eraser & { readonly people: readonly Id[] },
) {
  return redactAudit(session, place.audit, { ...by, people })
}
