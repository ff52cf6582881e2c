// Files nobody needs any more: uploads no record took within a day, and files whose record no longer holds them (replaced,
// deleted, field taken away) once they have been kept for FILE_DAYS. A content goes with its last file. What is taken again in
// the meantime stays: it is asked again, under a lock on the file, before anything is taken away.
import type { Entity, Field, Model } from '@peyvand/core/model/model.ts'
import { thumbnailSizes } from '@peyvand/core/types/image/type.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import { quoteName } from '@peyvand/core/base/sql.ts'
import type { Session } from '../db/database.ts'
import type { Platform } from '../platform.ts'
import { fewTimesADay, regularly } from '../regularly.ts'
import { lockContent } from './row.ts'
import { contentKey, thumbnailKey, type Storage } from './storage.ts'

export interface Swept {
  /** Files that are not held any more since the last time. */
  readonly orphaned: number
  /** Files that went for good. */
  readonly removed: number
}

/** Files of one transaction. */
const batch = 200

/** Looks through all files once. `now` is when that is. */
export async function sweepFiles(platform: Platform, now: Date = new Date()): Promise<Swept> {
  const { database, schema, files, config } = platform
  const model = platform.model()
  const holders = holdersIn(model)
  const known = holders.map(({ field }) => field.id)
  let orphaned = 0
  for (const holder of holders) {
    await markHeld(database, schema, holder)
    orphaned += await markOrphaned(database, schema, holder, now)
  }
  orphaned += await markUnknown(database, schema, known, now)
  const before = new Date(now.getTime() - config.fileDays * 86_400_000)
  const staged = new Date(now.getTime() - 86_400_000)
  let removed = 0
  for (;;) {
    const hashes = await database.transaction((session) => removeSome(session, schema, holders, before, staged))
    for (const hash of new Set(hashes)) await dropContent(platform, files, hash)
    removed += hashes.length
    if (hashes.length < batch) return { orphaned, removed }
  }
}

interface Holder {
  readonly entity: Entity
  readonly field: Field
}

function holdersIn(model: Model): Holder[] {
  return [...model.entities.values()].flatMap((entity) =>
    entity.fields.filter((field) => typeOf(field).files !== undefined).map((field) => ({ entity, field })),
  )
}

/** SQL that is true when the record of file `f` holds it. */
function holds(schema: string, { entity, field }: Holder): string {
  const files = typeOf(field).files!
  const column = `e.${quoteName(field.name + files.holds(field))}`
  const has =
    files.most(field) === 1
      ? `${column} = f."id"`
      : `${column} @> jsonb_build_array(jsonb_build_object('id', f."id"::text))`
  return `exists (select 1 from "${schema}".${quoteName(entity.name)} e where e."id" = f."record_id" and ${has})`
}

async function markHeld(session: Session, schema: string, holder: Holder): Promise<void> {
  await session.query({
    text: `update "${schema}"."_file" f set "orphaned_at" = null
      where f."field_id" = $1::uuid and f."orphaned_at" is not null and ${holds(schema, holder)}`,
    values: [holder.field.id],
  })
}

async function markOrphaned(session: Session, schema: string, holder: Holder, now: Date): Promise<number> {
  const { rowCount } = await session.query({
    text: `update "${schema}"."_file" f set "orphaned_at" = $2::timestamptz
      where f."field_id" = $1::uuid and f."orphaned_at" is null and not ${holds(schema, holder)}`,
    values: [holder.field.id, now],
  })
  return rowCount
}

/** Files of fields that are not there any more; in the recycle bin they may be, so their days are counted as well. */
async function markUnknown(session: Session, schema: string, known: readonly string[], now: Date): Promise<number> {
  const { rowCount } = await session.query({
    text: `update "${schema}"."_file" f set "orphaned_at" = $2::timestamptz
      where f."record_id" is not null and f."orphaned_at" is null and f."field_id" <> all ($1::uuid[])`,
    values: [known, now],
  })
  return rowCount
}

/** Takes rows away whose time is over. shape: hashes of their contents. */
async function removeSome(
  session: Session,
  schema: string,
  holders: readonly Holder[],
  before: Date,
  staged: Date,
): Promise<string[]> {
  const due = await session.query<{ id: string; field_id: string | null }>({
    text: `select f."id"::text, f."field_id"::text from "${schema}"."_file" f
      where f."orphaned_at" < $1::timestamptz or (f."record_id" is null and f."created_at" < $2::timestamptz)
      order by f."id" for update skip locked limit ${batch}`,
    values: [before, staged],
  })
  const ids = due.rows.map(({ id }) => id)
  if (ids.length === 0) return []
  // Locked now: a statement of its own sees what was taken again up to this moment.
  for (const holder of holders)
    if (due.rows.some(({ field_id: field }) => field === holder.field.id)) await markHeld(session, schema, holder)
  const { rows } = await session.query<{ hash: string }>({
    text: `delete from "${schema}"."_file" f where f."id" = any ($1::uuid[]) and (f."orphaned_at" is not null or f."record_id" is null)
      returning f."hash"`,
    values: [ids],
  })
  return rows.map(({ hash }) => hash)
}

/** Takes a content away that no file has any more. */
async function dropContent({ database, schema }: Platform, files: Storage, hash: string): Promise<void> {
  await database.transaction(async (session) => {
    await lockContent(session, hash)
    const { rows } = await session.query({
      text: `select 1 from "${schema}"."_file" f where f."hash" = $1::text limit 1`,
      values: [hash],
    })
    if (rows.length === 0) await deleteContent(files, hash)
  })
}

/** Takes a content and its small versions out of the storage; what is not there is no failure. */
export async function deleteContent(files: Storage, hash: string): Promise<void> {
  for (const size of thumbnailSizes) await files.delete(thumbnailKey(hash, size))
  await files.delete(contentKey(hash))
}

/** Sweeps soon and then a few times a day, until stopped. */
export function keepFilesSwept(platform: Platform): () => void {
  return regularly('file sweep', fewTimesADay(90_000), () => sweepFiles(platform))
}
