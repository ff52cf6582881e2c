// The log of changes beside the audit: small rows of entities without audit, and marks that values were changed under the log.
// Rows of single records are written by the statements that write records; this file marks and forgets.
import { fewTimesADay, regularly } from '../regularly.ts'
import type { Database, Session } from './database.ts'

/** Notes that records of entities were changed without a log of each: what a token is for is to be read anew. */
export async function noteReset(session: Session, schema: string, entities: Iterable<string>): Promise<void> {
  const ids = [...new Set(entities)]
  if (ids.length === 0) return
  await session.query({
    text: `insert into "${schema}"._change (entity_id, record_id, change) select e, e, 'reset' from unnest($1::uuid[]) e`,
    values: [ids],
  })
}

const sweptAtOnce = 10_000

/** Forgets changes that no token reaches any more. shape: how many rows. */
export async function forgetChanges(database: Database, schema: string, days: number): Promise<number> {
  let forgotten = 0
  for (;;) {
    const { rowCount } = await database.query({
      text: `delete from "${schema}"._change where (entity_id, xid, id) in (select entity_id, xid, id from "${schema}"._change
        where at < now() - make_interval(days => $1::int) limit ${sweptAtOnce})`,
      values: [days + 1],
    })
    forgotten += rowCount
    if (rowCount < sweptAtOnce) return forgotten
  }
}

/** Forgets old changes soon and then a few times a day, until stopped. */
export function keepChangesShort(database: Database, schema: string, days: number): () => void {
  return regularly('change log', fewTimesADay(90_000), () => forgetChanges(database, schema, days))
}
