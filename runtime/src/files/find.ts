// Who may read a file: whoever may read the field of the record that holds it, by the same trimmed read as any other; and who
// uploaded it, until a record holds it. Everything else is the same as a file that does not exist.
import { mayField } from '@peyvand/core/access/field.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { isUuid } from '@peyvand/core/base/uuid.ts'
import type { Entity, Field } from '@peyvand/core/model/model.ts'
import type { Value } from '@peyvand/core/base/kind.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import type { Context } from '../context.ts'
import type { Platform } from '../platform.ts'
import { readRecords } from '../records/read.ts'
import { fileRow, type FileRow } from './row.ts'

export interface FoundFile extends FileRow {
  /** Sizes its small versions can have. unit: pixels. */
  readonly thumbnails: readonly number[]
}

/** What every file that is not there for the caller is answered with. */
export const noFile = (): Problem => new Problem('missing.record', { detail: 'There is no such file', target: 'path' })

/** A file the caller may read. throws: Problem missing.record. */
export async function findFile(platform: Platform, context: Context, id: string): Promise<FoundFile> {
  const { model, actor, database, schema } = context
  const row = isUuid(id) ? await fileRow(database, schema, id.toLowerCase()) : undefined
  if (row === undefined) throw noFile()
  if (row.place === null) {
    if (row.createdBy !== actor.user) throw noFile()
    return { ...row, thumbnails: allThumbnails(row) }
  }
  const entity = model.entityById.get(row.place.entity)
  const field = entity?.fields.find((each) => each.id === row.place!.field)
  if (entity === undefined || field === undefined) throw noFile()
  const path = `${entity.entitySet}(${row.place.record})`
  const ids = await heldFiles(platform, context, { entity, field, path })
  if (!ids?.includes(row.id)) throw noFile()
  return shownBy(field, row)
}

/** A file that a field of a record holds, as the caller was told by heldFiles. throws: Problem missing.record. */
export async function heldFile({ database, schema }: Context, field: Field, id: string): Promise<FoundFile> {
  const row = await fileRow(database, schema, id)
  if (row === undefined) throw noFile()
  return shownBy(field, row)
}

function shownBy(field: Field, row: FileRow): FoundFile {
  return { ...row, thumbnails: typeOf(field).files?.thumbnails?.(field) ?? allThumbnails(row) }
}

/** A picture in a field of any files is shown small, too. */
function allThumbnails({ type }: FileRow): readonly number[] {
  return type.startsWith('image/') ? [48, 96, 192, 384, 768, 1536] : []
}

/** Where files are held: a field of the record a path leads to. */
export interface Held {
  readonly entity: Entity
  readonly field: Field
  /** Below the service root. */
  readonly path: string
}

/**
 * The ids a field of a record holds, as the caller sees it; undefined when it is not there for the caller. The content of one is
 * told next: that is noted here, where the reads of the record are kept.
 */
export async function heldFiles(
  platform: Platform,
  context: Context,
  { entity, field, path }: Held,
): Promise<readonly string[] | undefined> {
  const files = typeOf(field).files
  if (files === undefined || !mayField(context.model, context.actor, entity, field, 'read')) return undefined
  const column = field.name + files.holds(field)
  try {
    const { row } = await readRecords(platform, context, { path, query: `$select=id,${column}`, content: field.name })
    if (!row?.body) return undefined
    return files.ids((JSON.parse(row.body) as Record<string, Value>)[column] ?? null)
  } catch (error) {
    // An entity or field that is closed is unknown when names are bound.
    if (error instanceof Problem && error.status < 500) return undefined
    throw error
  }
}
