// The files of a person: their names go at once, in the transaction of their record; their contents in a step of their own, which
// can be done again.
import { personalOf } from '@peyvand/core/model/personal.ts'
import type { Id } from '@peyvand/core/model/model.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import type { Session } from '../../db/database.ts'
import { lockContent } from '../../files/row.ts'
import { deleteContent } from '../../files/sweep.ts'
import type { Erasing, Part } from './erasing.ts'

/** A file that has to go was given up at the beginning of time, so that no sweep leaves it either. */
const marked = `"orphaned_at" = to_timestamp(0)`

/** Marks files that have to go. */
export async function markFiles(
  session: Session,
  schema: string,
  { entity, ids }: Part,
  subject: 'keep' | 'delete',
): Promise<void> {
  const held = entity.fields.filter((field) => typeOf(field).files !== undefined)
  const kept = held.filter((field) => subject === 'keep' && personalOf(field)?.erase !== 'clear')
  const all = subject === 'delete' || entity.person === true
  await session.query({
    text: `update "${schema}"."_file" set ${marked}, "name" = '' where "record_id" = any($1::uuid[])
      and "entity_id" = $2::uuid and ($3 or not "field_id" = any($4::uuid[]))
      and not ("field_id" = any($5::uuid[]))`,
    values: [
      ids,
      entity.id,
      all,
      kept.map(({ id }) => id),
      kept.filter((field) => personalOf(field)?.erase === 'keep').map(({ id }) => id),
    ],
  })
}

/** unit: files of one transaction */
const batch = 20

/** The contents of marked files. */
export async function eraseFiles(erasing: Erasing): Promise<void> {
  for (;;) {
    const removed = await erasing.through((session, schema) => removeSome(erasing, session, schema))
    erasing.count('files', removed)
    if (removed === 0) return
  }
}

/** A content goes before the row that knows of it: stopped in between, the row is found again. */
async function removeSome({ platform: { files } }: Erasing, session: Session, schema: string): Promise<number> {
  const { rows } = await session.query<{ id: Id; hash: string }>({
    text: `select f."id", f."hash" from "${schema}"."_file" f where f.${marked} order by f."hash", f."id" limit ${batch}`,
  })
  for (const { id, hash } of rows) {
    await lockContent(session, hash)
    const { rows: others } = await session.query({
      text: `select 1 from "${schema}"."_file" f where f."hash" = $1 and f."id" <> $2::uuid limit 1`,
      values: [hash, id],
    })
    if (others.length === 0) await deleteContent(files, hash)
    await session.query({ text: `delete from "${schema}"."_file" where "id" = $1::uuid`, values: [id] })
  }
  return rows.length
}
