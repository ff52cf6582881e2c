// What the database knows of files: the rows of `_file`. A row is there before its content is kept and goes before its content
// goes, so that no content is ever without somebody who knows of it.
import type { Id } from '@peyvand/core/model/model.ts'
import { lockSpace } from '../db/migrate.ts'
import type { Database, Session } from '../db/database.ts'

export interface FileRow {
  readonly id: Id
  readonly name: string
  readonly type: string
  readonly size: number
  /** SHA-256 of the content, hex. */
  readonly hash: string
  readonly width: number | null
  readonly height: number | null
  readonly createdBy: Id
  /** The field of the record that holds it; null while it waits for one. */
  readonly place: { readonly entity: Id; readonly record: Id; readonly field: Id } | null
}

/** Held while it is decided whether a content stays: by who adds a file with it and who takes the last one away. */
export const lockContent = (session: Session, hash: string): Promise<unknown> =>
  session.query({
    text: 'select pg_advisory_xact_lock($1::int, pg_catalog.hashtext($2))',
    values: [lockSpace, `file/${hash}`],
  })

/** Notes a file whose content is about to be kept. */
export function addFile(database: Database, schema: string, file: Omit<FileRow, 'place'>): Promise<void> {
  return database.transaction(async (session) => {
    await lockContent(session, file.hash)
    await session.query({
      text: `insert into "${schema}"."_file" ("id", "name", "type", "size", "hash", "width", "height", "created_by")
        values ($1::uuid, $2::text, $3::text, $4::bigint, $5::text, $6::int, $7::int, $8::uuid)`,
      values: [file.id, file.name, file.type, file.size, file.hash, file.width, file.height, file.createdBy],
    })
  })
}

/** The content is kept: the file may be linked and read. */
export async function markReady(database: Database, schema: string, id: Id): Promise<void> {
  await database.query({ text: `update "${schema}"."_file" set "ready" = true where "id" = $1::uuid`, values: [id] })
}

interface Stored {
  readonly id: string
  readonly name: string
  readonly type: string
  readonly size: string
  readonly hash: string
  readonly width: number | null
  readonly height: number | null
  readonly created_by: string
  readonly entity_id: string | null
  readonly record_id: string | null
  readonly field_id: string | null
}

/** A file by its id, whoever may read it. */
export async function fileRow(database: Database, schema: string, id: Id): Promise<FileRow | undefined> {
  const { rows } = await database.query<Stored>({
    text: `select "id"::text, "name", "type", "size"::text, "hash", "width", "height", "created_by"::text, "entity_id"::text,
      "record_id"::text, "field_id"::text from "${schema}"."_file" where "id" = $1::uuid and "ready"`,
    values: [id],
    name: 'peyvand_file',
  })
  const row = rows[0]
  if (row === undefined) return undefined
  const { entity_id: entity, record_id: record, field_id: field } = row
  return {
    ...row,
    size: Number(row.size),
    createdBy: row.created_by,
    place: entity === null || record === null || field === null ? null : { entity, record, field },
  }
}
