// What is left of a person outside of their records and of the log: in our own tables (kept answers, jobs, journals of imports,
// lineage of merges, whatever comes later), in files that were imported, in the recycle bin. Found by the person's traces and by
// the ids of their records; a table that is made later is looked through without a line here.
import { Problem } from '@peyvand/core/base/problem.ts'
import { quoteName } from '@peyvand/core/base/sql.ts'
import type { Id } from '@peyvand/core/model/model.ts'
import type { Session } from '../db/database.ts'
import type { Platform } from '../platform.ts'
import type { WrittenIds } from '../records/import/journal.ts'
import { openTable } from '../records/import/rows.ts'
import { erasedMark } from './traces.ts'

/** Tables that hold no values of records, or that have a way of their own. */
const apart: ReadonlySet<string> = new Set([
  '_audit',
  '_security',
  '_erasure',
  '_hold',
  '_layer',
  '_definition',
  '_history',
  '_table',
  '_bin',
  '_counter',
  '_groundwork',
  '_secret',
  '_file',
  '_request',
  '_import',
  '_import_chunk',
  '_merge',
  '_change',
  '_share',
])
const isSeal = (name: string): boolean => /^_(seal|audit)/.test(name)

interface TextColumn {
  readonly table: string
  readonly column: string
  readonly type: string
}

async function columnsIn(session: Session, schema: string, where: string): Promise<TextColumn[]> {
  const { rows } = await session.query<TextColumn>({
    text: `select c.relname as "table", a.attname as "column", t.typname as "type"
      from pg_catalog.pg_attribute a join pg_catalog.pg_class c on c.oid = a.attrelid
        join pg_catalog.pg_namespace n on n.oid = c.relnamespace join pg_catalog.pg_type t on t.oid = a.atttypid
      where n.nspname = $1 and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped and ${where}
      order by c.relname, a.attnum`,
    values: [schema],
  })
  return rows
}

/** Takes the traces out of our own tables. Gives how many values changed. */
export async function scrubTables(session: Session, schema: string, pattern: string): Promise<number> {
  const all = await columnsIn(session, schema, `c.relname like '\\_%' and t.typname in ('text', 'json', 'jsonb')`)
  let changed = 0
  for (const { table, column, type } of all) {
    if (apart.has(table) || isSeal(table) || isBinned(table)) continue
    const name = quoteName(column)
    const { rowCount } = await session.query({
      text: `update "${schema}".${quoteName(table)} t set ${name} = regexp_replace(t.${name}::text, $1, $2, 'gi')::${type}
        where t.${name}::text ~* $1`,
      values: [pattern, erasedMark],
    })
    changed += rowCount
  }
  return changed
}

/** Removes answers that were kept for requests that are sent again: they hold whole records. */
export async function dropAnswers(session: Session, schema: string, pattern: string): Promise<number> {
  const { rowCount } = await session.query({
    text: `delete from "${schema}"."_request" r where r."body" ~* $1 or r."headers"::text ~* $1`,
    values: [pattern],
  })
  return rowCount
}

/** Removes the lineage of merges the records took part in: it holds what they were. They cannot be split any more. */
export async function dropMerges(
  session: Session,
  schema: string,
  ids: readonly Id[],
  pattern: string,
): Promise<number> {
  const { rowCount } = await session.query({
    text: `delete from "${schema}"."_merge" m where m."winner_id" = any($1::uuid[]) or m."loser_id" = any($1::uuid[])
      or m."steps"::text ~* $2`,
    values: [ids, pattern],
  })
  return rowCount
}

/** Records as one pattern. */
export const idPattern = (ids: readonly Id[]): string => ids.join('|')

const isBinned = (name: string): boolean => /^_bin_[0-9a-f]{8}_/.test(name)

/** Takes from records what they had in columns that lie in the recycle bin. */
export async function emptyBinned(session: Session, schema: string, table: string, ids: readonly Id[]): Promise<void> {
  const columns = await columnsIn(session, schema, `a.attname ~ '^_bin_[0-9a-f]{8}_'`)
  const own = columns.filter((one) => one.table === table)
  if (own.length === 0) return
  await session.query({
    text: `update "${schema}".${quoteName(table)} t set ${own.map(({ column }) => `${quoteName(column)} = null`).join(', ')}
      where t."id" = any($1::uuid[])`,
    values: [ids],
  })
}

/** Removes rows of tables in the recycle bin in which a trace is found: nothing else says what they were about. */
export async function scrubBin(session: Session, schema: string, pattern: string): Promise<number> {
  const all = await columnsIn(session, schema, `c.relname ~ '^_bin_[0-9a-f]{8}_' and a.attnum = 1`)
  let removed = 0
  for (const { table } of all)
    removed += (
      await session.query({
        text: `delete from "${schema}".${quoteName(table)} t where t::text ~* $1`,
        values: [pattern],
      })
    ).rowCount
  return removed
}

/** Takes records out of the journals of imports, so that undoing one neither needs nor restores what they were. */
export async function scrubJournals(session: Session, schema: string, ids: readonly Id[]): Promise<string[]> {
  const { rows } = await session.query<{ import_id: string; number: number; writes: readonly WrittenIds[] }>({
    text: `select c."import_id", c."number", c."writes" from "${schema}"."_import_chunk" c where c."writes"::text ~ $1`,
    values: [idPattern(ids)],
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

interface KeptFile {
  readonly id: string
  readonly content: string | null
}

/** Imports behind an id, in their order, and whether what is remembered of them tells. */
export async function importsAfter(
  session: Session,
  schema: string,
  pattern: string,
  after: string | undefined,
): Promise<(KeptFile & { readonly tells: boolean })[]> {
  const failed = `exists (select 1 from "${schema}"."_import_chunk" c where c."import_id" = i."id" and c."failed"::text ~* $2)`
  const { rows } = await session.query<KeptFile & { readonly tells: boolean }>({
    text: `select i."id", i."content", (coalesce(i."facts"::text, '') || coalesce(i."checked"::text, '') || coalesce(i."file", '')
        || coalesce(i."problem"::text, '') || i."mapping"::text) ~* $2 or ${failed} as "tells"
      from "${schema}"."_import" i where $1::uuid is null or i."id" > $1::uuid order by i."id" limit 50`,
    values: [after ?? null, pattern],
  })
  return rows
}

/** Whether a trace stands in a row of a kept file; one that cannot be read any more is taken for one that tells. */
export async function tellsOf({ files }: Platform, content: string, pattern: RegExp): Promise<boolean> {
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
export async function scrubImport(session: Session, schema: string, id: string, pattern: string): Promise<void> {
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
