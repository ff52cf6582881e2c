// Which columns there are in the database: also those of tables that were made later than this was written.
import type { Session } from '../../db/database.ts'

/** A column that holds text, and where. */
export interface TextColumn {
  readonly table: string
  readonly column: string
  readonly type: string
}

/** Columns of the tables of a schema. `where`: SQL about the table `c`, its column `a` and the type `t`. */
export async function columnsIn(session: Session, schema: string, where: string): Promise<TextColumn[]> {
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
