// Vacuum gives way to a model change. It holds a lock that every change of a table waits for, on a large table for minutes, and
// PostgreSQL ends an automatic one only when somebody has waited for it a second (`deadlock_timeout`): longer than readers may be
// made to queue. So it is waited for with a lock that neither readers nor writers notice.
import { quoteName } from '@peyvand/core/base/sql.ts'
import type { Database } from '../db/database.ts'
import { DatabaseError } from '../db/error.ts'

/** unit: milliseconds. Longer than `deadlock_timeout` is anywhere, short enough for an index that is made meanwhile. */
const patience = 2_500

/**
 * Waits until no automatic vacuum holds a table of the schema, which ends it; what else holds one is not waited for to its end. Of any
 * table: what a lookup leads to is locked as well as the table that gets it.
 */
export async function endVacuums(database: Database, schema: string): Promise<void> {
  const { rows } = await database.query<{ name: string }>({
    text: `select distinct c.relname::text as name from pg_catalog.pg_locks l
      join pg_catalog.pg_class c on c.oid = l.relation and c.relkind = 'r'
      join pg_catalog.pg_namespace n on n.oid = c.relnamespace and n.nspname = $1
      join pg_catalog.pg_database d on d.oid = l.database and d.datname = pg_catalog.current_database()
      where l.mode = 'ShareUpdateExclusiveLock' and l.granted and l.pid <> pg_catalog.pg_backend_pid()`,
    values: [schema],
  })
  for (const { name } of rows) {
    const text = `lock table only ${quoteName(schema)}.${quoteName(name)} in share update exclusive mode`
    await database
      .transaction(async (session) => void (await session.query({ text })), { lockTimeout: patience })
      .catch((error: unknown) => {
        // Had or not, gone or not: whoever wanted the table tries again.
        if (!(error instanceof DatabaseError)) throw error
      })
  }
}
