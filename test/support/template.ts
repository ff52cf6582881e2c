// What every test would do first is done once for a run and copied: a new cluster of the embedded database (two to three seconds
// of work each) and installations that were started once. Nothing is kept from run to run. How an empty installation comes into
// being is shown by the tests that start one with settings of their own (test/api/health, demo-load, test/db/publish).
import { constants, cpSync, existsSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PGlite, type PGliteOptions } from '@electric-sql/pglite'
import { readConfig } from '@peyvand/runtime/config.ts'
import { openDatabase } from '@peyvand/runtime/db/open.ts'

const variable = 'TEST_TEMPLATES'

/** Vitest's global setup: a folder for this run, taken away at its end. */
export default function keepTemplates(): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'peyvand-templates-'))
  process.env[variable] = folder
  return () => rmSync(folder, { recursive: true, force: true })
}

/** The folder of what was made under a name, made by whoever needs it first. Undefined outside of a run. */
export async function template(name: string, make: (folder: string) => Promise<unknown>): Promise<string | undefined> {
  const root = process.env[variable]
  if (root === undefined) return undefined
  const path = join(root, name)
  if (existsSync(path)) return path
  const draft = mkdtempSync(`${path}.`)
  await make(draft)
  try {
    renameSync(draft, path)
  } catch (error) {
    // Another test was first: what it made is as good.
    if (!existsSync(path)) throw error
    rmSync(draft, { recursive: true, force: true })
  }
  return path
}

/** Puts a copy of a template into a folder. */
export function copyTemplate(from: string, to: string): void {
  cpSync(from, to, { recursive: true, mode: constants.COPYFILE_FICLONE, preserveTimestamps: true })
}

/** Puts a new, empty cluster where the embedded database looks for one, unless there is one already. */
export async function emptyCluster(dataDir: string): Promise<void> {
  if (existsSync(join(dataDir, 'database'))) return
  const made = await template('cluster', async (folder) => {
    const database = await openDatabase(readConfig({ DATA_DIR: folder }))
    await database.close()
  })
  if (made !== undefined) copyTemplate(join(made, 'database'), join(dataDir, 'database'))
}

/** An empty PGlite in memory. */
export async function memoryPglite(options: PGliteOptions = {}): Promise<PGlite> {
  const made = await template('memory', async (folder) => {
    const pglite = await PGlite.create()
    writeFileSync(join(folder, 'cluster.tar'), Buffer.from(await (await pglite.dumpDataDir('none')).arrayBuffer()))
    await pglite.close()
  })
  if (made === undefined) return PGlite.create(options)
  return PGlite.create({ ...options, loadDataDir: new Blob([readFileSync(join(made, 'cluster.tar'))]) })
}
