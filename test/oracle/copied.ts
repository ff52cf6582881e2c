// Copies of a database as it stands, for twins: the same ids, times, keys and secrets in each. PostgreSQL copies a template, PGlite
// its folder.
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { serveOn, type Served } from './served.ts'

/** A server on a copy of the database that another one with these settings has left. */
export async function serveCopy(env: Readonly<Record<string, string>>, key: string): Promise<Served> {
  const folder = mkdtempSync(join(tmpdir(), 'peyvand-twin-'))
  cpSync(env['DATA_DIR']!, folder, { recursive: true })
  const database = env['DATABASE_URL'] === undefined ? undefined : await copyDatabase(env['DATABASE_URL'])
  const remove = async () => {
    await database?.drop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const own: Record<string, string> = database === undefined ? {} : { DATABASE_URL: database.url }
    const served = await serveOn({ ...env, DATA_DIR: folder, ...own }, key)
    return {
      ...served,
      stop: async () => {
        await served.close()
        await remove()
      },
    }
  } catch (error) {
    await remove()
    throw error
  }
}

let copies = 0

async function copyDatabase(url: string): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = new URL(url).pathname.slice(1)
  const copy = `${name}_copy_${process.pid}_${++copies}`
  const run = async (text: string): Promise<void> => {
    const client = new pg.Client({ connectionString: elsewhere(url, 'template1') })
    await client.connect()
    try {
      await client.query(text)
    } finally {
      await client.end()
    }
  }
  await run(`create database "${copy}" template "${name}"`)
  return { url: elsewhere(url, copy), drop: () => run(`drop database if exists "${copy}" with (force)`) }
}

function elsewhere(url: string, database: string): string {
  const other = new URL(url)
  other.pathname = `/${database}`
  return other.href
}
