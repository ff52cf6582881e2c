// Which seal a row lies under, and what that seal keeps of it: for those who change the audit in a declared way.
import type { Session } from '../db/database.ts'
import { unpackEntries, type Entry } from './entries.ts'

/** What a row of the audit is found by. */
export interface RowKey {
  readonly source: number
  readonly id: string
  /** ISO 8601 */
  readonly at: string
  /** The record of a row of `_audit`. */
  readonly record: string
  readonly xid: string
  readonly era: number
}

const moment = (name: string): string => `to_char(${name} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as at`

/** The columns of a key but source and record, of a table called `a`. */
export const keyColumns = `a.id, ${moment('a.at')}, coalesce(a.xid, '0'::xid8)::text as xid, a.era`

/** A row and the number of its seal; null where it is not sealed yet. */
export type Sealed = RowKey & { readonly seal: string | null }

/** The seal each row lies under. */
export async function sealsOf(session: Session, schema: string, rows: readonly RowKey[]): Promise<Sealed[]> {
  const { rows: found } = await session.query<Sealed>({
    text: `select r.source, r.id, ${moment('r.at')}, r.record, r.xid, r.era, (select l.number::text from "${schema}"._seal l
        where l.era = r.era and (l.until_xid, l.until_source, l.until_id) >= (r.xid::xid8, r.source, r.id)
        order by l.era, l.until_xid, l.until_source, l.until_id limit 1) as seal
      from json_to_recordset($1::json) as r (source int, id uuid, at timestamptz, record uuid, xid text, era int)`,
    values: [JSON.stringify(rows)],
  })
  return found
}

/** The entries and salts under a seal, locked; undefined where all were removed. */
export async function keptEntries(
  session: Session,
  schema: string,
  number: string,
): Promise<{ entries: Entry[]; salts: Buffer } | undefined> {
  const { rows } = await session.query<{ entries: string; salts: string }>({
    text: `select encode(r.entries, 'hex') as entries, encode(r.salts, 'hex') as salts from "${schema}"._seal_rows r
      where r.number = $1::bigint and r.entries is not null for update`,
    values: [number],
  })
  if (rows[0] === undefined) return undefined
  return { entries: unpackEntries(Buffer.from(rows[0].entries, 'hex')), salts: Buffer.from(rows[0].salts, 'hex') }
}
