// The two declared ways to change what the audit holds: erasing values of a person, and retention. Each says why it opens the
// door before, in the same transaction; the guard on the tables lets nobody else through.
import type { Session } from '../db/database.ts'
import { lockSeals } from './chain.ts'

/** Does work that changes the audit. In the caller's transaction; nobody seals meanwhile. */
export async function throughDoor<T>(
  session: Session,
  { schema, why }: { readonly schema: string; readonly why: string },
  work: () => Promise<T>,
): Promise<T> {
  await lockSeals(session, schema)
  await session.query({
    text: `insert into "${schema}"._audit_door (xid, why) values (pg_current_xact_id(), $1)`,
    values: [why],
  })
  const done = await work()
  await session.query({ text: `delete from "${schema}"._audit_door where xid = pg_current_xact_id()` })
  return done
}
