// What is left of a person in the recycle bin: in columns and tables that were taken away and can still be had again.
import { quoteName } from '@peyvand/core/base/sql.ts'
import type { Id } from '@peyvand/core/model/model.ts'
import type { Session } from '../../db/database.ts'
import { columnsIn } from './columns.ts'

const binned = '^_bin_[0-9a-f]{8}_'

/** Whether a table lies in the recycle bin. */
export const isBinned = (name: string): boolean => new RegExp(binned).test(name)

/** Takes from records what they had in columns that lie in the recycle bin. */
export async function emptyBinned(session: Session, schema: string, table: string, ids: readonly Id[]): Promise<void> {
  const columns = await columnsIn(session, schema, `a.attname ~ '${binned}'`)
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
  const all = await columnsIn(session, schema, `c.relname ~ '${binned}' and a.attnum = 1`)
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
