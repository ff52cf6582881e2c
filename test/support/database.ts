// A fresh database for a test without a server: settings for either engine, taken away again at the end.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig, type Config } from '@peyvand/runtime/config.ts'
import { startPostgres } from './postgres.ts'
import type { Engine } from './server.ts'
import { emptyCluster } from './template.ts'

export interface FreshDatabase {
  /** Environment for a server process on this database. */
  readonly env: Readonly<Record<string, string>>
  readonly config: Config
  remove(): Promise<void>
}

/** An empty database of an engine, with settings for it. `extra` are further environment variables. */
export async function freshDatabase(
  engine: Engine,
  extra: Readonly<Record<string, string>> = {},
): Promise<FreshDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'peyvand-test-'))
  const postgres = engine === 'postgres' ? await startPostgres() : undefined
  if (engine === 'pglite') await emptyCluster(folder)
  const env = {
    DATA_DIR: folder,
    PORT: '0',
    LOG_LEVEL: 'error',
    ...(postgres && { DATABASE_URL: postgres.url }),
    ...extra,
  }
  const remove = async () => {
    await postgres?.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return { env, config: readConfig(env), remove }
}
