// What imports remember: the rows of their files, which of them failed, and which records were written. A file in which a trace
// is found goes, with what is known of it; the import stays as something that was done.
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Id } from '@peyvand/core/model/model.ts'
import type { Session } from '../../db/database.ts'
import type { Platform } from '../../platform.ts'
import type { WrittenIds } from '../../records/import/journal.ts'
import { openTable } from '../../records/import/rows.ts'
import { pagesOf } from '../pages.ts'
import { erasedMark } from '../traces.ts'
import type { Erasing } from './erasing.ts'

/** Imports whose files name the person. */
export async function eraseImports(erasing: Erasing, pattern: string): Promise<void> {
  const { platform } = erasing
  const told = new RegExp(pattern, 'iu')
  const pages = pagesOf<KeptFile>((after) =>
    erasing.through((session, schema) => importsAfter(session, schema, pattern, after?.id)),
  )
  for await (const page of pages)
    for (const { id, content, tells } of page) {
      if (!tells && (content === null || !(await tellsOf(platform, content, told)))) continue
      await erasing.through((session) => forgetImport(platform, session, id, pattern))
      erasing.count('imports', 1)
    }
}

/** Takes an import its file, and what it knows of it. The file goes before what knows of it. */
export async function forgetImport(
  { schema, files }: Pick<Platform, 'schema' | 'files'>,
  session: Session,
  id: string,
  pattern: string,
): Promise<void> {
  const { rows } = await session.query<{ content: string | null }>({
    text: `select i."content" from "${schema}"."_import" i where i."id" = $1::uuid for update`,
    values: [id],
  })
  const content = rows[0]?.content ?? null
  if (content !== null) await files.delete(content)
  await scrubImport(session, schema, id, pattern)
}

/** Takes records out of the journals of imports, so that undoing one neither needs nor restores what they were. */
export async function scrubJournals(session: Session, schema: string, ids: readonly Id[]): Promise<string[]> {
  const { rows } = await session.query<{ import_id: string; number: number; writes: readonly WrittenIds[] }>({
    text: `select c."import_id", c."number", c."writes" from "${schema}"."_import_chunk" c where c."writes"::text ~ $1`,
    values: [ids.join('|')],
  })
  const gone = new Set(ids)
  for (const { import_id, number, writes } of rows) {
    const left = writes.map(({ created, updated, changes, ...each }) => ({
      ...each,
      ...(created === undefined ? {} : { created: created.filter((id) => !gone.has(id)) }),
      ...(updated === undefined ? {} : { updated: updated.filter((id) => !gone.has(id)) }),
      ...(changes === undefined
        ? {}
        : { changes: Object.fromEntries(Object.entries(changes).filter(([id]) => !gone.has(id))) }),
    }))
    await session.query({
      text: `update "${schema}"."_import_chunk" set "writes" = $3::jsonb where "import_id" = $1::uuid and "number" = $2::int`,
      values: [import_id, number, JSON.stringify(left)],
    })
  }
  return [...new Set(rows.map(({ import_id }) => import_id))]
}

/** An import, and the file it was given. */
interface KeptFile {
  readonly id: string
  readonly content: string | null
  /** Whether what is remembered of it tells of the person. */
  readonly tells: boolean
}

/** Imports behind an id, in their order. */
async function importsAfter(
  session: Session,
  schema: string,
  pattern: string,
  after: string | undefined,
): Promise<KeptFile[]> {
  const failed = `exists (select 1 from "${schema}"."_import_chunk" c where c."import_id" = i."id" and c."failed"::text ~* $2)`
  const { rows } = await session.query<KeptFile>({
    text: `select i."id", i."content", (coalesce(i."facts"::text, '') || coalesce(i."checked"::text, '') || coalesce(i."file", '')
        || coalesce(i."problem"::text, '') || i."mapping"::text) ~* $2 or ${failed} as "tells"
      from "${schema}"."_import" i where $1::uuid is null or i."id" > $1::uuid order by i."id" limit 50`,
    values: [after ?? null, pattern],
  })
  return rows
}

/** Whether a trace stands in a row of a kept file; one that cannot be read any more is taken for one that tells. */
async function tellsOf({ files }: Platform, content: string, pattern: RegExp): Promise<boolean> {
  const bytes = await files.get(content)
  if (bytes === undefined) return false
  try {
    const table = await openTable(bytes, {})
    try {
      for await (const row of table.rows) if (pattern.test(JSON.stringify(row))) return true
      return table.sample.some((row) => pattern.test(JSON.stringify(row)))
    } finally {
      await table.close()
    }
  } catch (error) {
    if (error instanceof Problem) return true
    throw error
  }
}

/** Takes what an import remembers of its file: what it looked like, which rows failed, and the file itself. */
async function scrubImport(session: Session, schema: string, id: string, pattern: string): Promise<void> {
  const scrubbed = (column: string, type: string) =>
    `"${column}" = regexp_replace("${column}"::text, $2, $3, 'gi')::${type}`
  await session.query({
    text: `update "${schema}"."_import" set "facts" = null, "checked" = null, "content" = null, ${scrubbed('file', 'text')},
      ${scrubbed('problem', 'jsonb')}, ${scrubbed('mapping', 'jsonb')},
      "state" = case when "state" in ('staged', 'checking', 'checked') then 'cancelled' else "state" end where "id" = $1::uuid`,
    values: [id, pattern, erasedMark],
  })
  await session.query({
    text: `update "${schema}"."_import_chunk" set "failed" = '[]' where "import_id" = $1::uuid`,
    values: [id],
  })
}
