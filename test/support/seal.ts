// Sealing the audit to its end. What a transaction that still runs may follow is not sealed, and one in any database of the cluster
// counts: other tests have theirs there.
import { sealAll, unsealed, type AuditPlace } from '@peyvand/runtime/audit/chain.ts'
import type { Database } from '@peyvand/runtime/db/database.ts'
import { until } from './until.ts'

/** Seals until nothing is open any more. */
export async function sealWhole(database: Database, place: AuditPlace): Promise<void> {
  await until(async () => {
    await sealAll(database, place)
    return (await unsealed(database, place.schema)).rows === 0 || undefined
  })
}
