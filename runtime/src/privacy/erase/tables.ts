// What is left of a person in our own tables: kept answers, jobs, lineage of merges, whatever comes later. Found by the person's
// traces and by the ids of their records; a table that is made later is looked through without a line here.
import { quoteName } from '@peyvand/core/base/sql.ts'
import type { Id } from '@peyvand/core/model/model.ts'
import type { Session } from '../../db/database.ts'
import { erasedMark } from '../traces.ts'
import { isBinned, scrubBin } from './bin.ts'
import { columnsIn } from './columns.ts'
import type { Erasing } from './erasing.ts'

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

/** Every table beside those of records. */
export async function eraseTables(erasing: Erasing, pattern: string): Promise<void> {
  await erasing.through(async (session, schema) => {
    erasing.count('answers', await dropAnswers(session, schema, pattern))
    await dropMerges(session, schema, [], pattern)
    await scrubTables(session, schema, pattern)
    await scrubBin(session, schema, pattern)
  })
}

/** Takes the traces out of our own tables. Gives how many values changed. */
async function scrubTables(session: Session, schema: string, pattern: string): Promise<number> {
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
