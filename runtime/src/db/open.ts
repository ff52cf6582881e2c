// Which engine stands behind the Database contract: PostgreSQL when DATABASE_URL is set, else the embedded one.
import type { Config } from '../config.ts'
import type { Database } from './database.ts'

/** Opens the database the settings name. Only the chosen engine's code is loaded. */
export async function openDatabase(config: Config): Promise<Database> {
  if (config.databaseUrl !== undefined) return (await import('./postgres.ts')).openPostgres(config)
  return (await import('./pglite.ts')).openPglite(config)
}
