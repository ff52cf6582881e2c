// What a process does before it serves: on an empty database it installs the solutions with their reference records and loads
// the demo data, and always it sees to it that somebody can administer the installation.
import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { ensureAdministrator } from '../auth/setup.ts'
import { addUser, findUser } from '../auth/user.ts'
import { installSolutions } from '../meta/install.ts'
import type { RunningPlatform } from '../platform.ts'
import { loadReferences } from '../records/reference.ts'

export interface Prepared {
  /** Token of the one-time link by which the first administrator comes in. */
  readonly setupToken?: string
  /** The demo account, when it was made just now. */
  readonly demo?: { readonly email: string; readonly password: string }
}

const solutionsFolder = fileURLToPath(new URL('../../../solutions', import.meta.url))
const demoEmail = 'demo@peyvand.local'

/** Prepares the platform for serving. */
export async function prepare(platform: RunningPlatform, say: (line: string) => void): Promise<Prepared> {
  const { config } = platform
  const isNew = platform.model().revision === 0
  const wanted = config.solutions ?? (isNew ? ['crm'] : [])
  const installed = await installSolutions(platform.publisher, solutionsFolder, wanted)
  if (installed.length > 0) say(`Installed ${installed.join(', ')}`)
  await loadReferences(platform, solutionsFolder, await referencing(platform, installed))
  const setupToken = await ensureAdministrator(platform)
  const wantsDemo = config.demo ?? platform.database.engine === 'pglite'
  if (!wantsDemo || !isNew || !installed.some((name) => name !== 'base')) return { setupToken }
  return { setupToken, demo: await loadDemo(platform, installed, say) }
}

/** Every installed solution that has a folder here: those of just now in their order, then the others. */
async function referencing(
  platform: RunningPlatform,
  installed: readonly string[],
): Promise<{ name: string; isNew: boolean }[]> {
  const folders = (await readdir(solutionsFolder)).sort()
  const others = folders.filter((name) => !installed.includes(name) && platform.publisher.hasSolution(name))
  return [...installed.map((name) => ({ name, isNew: true })), ...others.map((name) => ({ name, isNew: false }))]
}

/** Loads the demo data of what was installed, and makes an account to look at it. */
async function loadDemo(
  platform: RunningPlatform,
  installed: readonly string[],
  say: (line: string) => void,
): Promise<Prepared['demo']> {
  const { loadDemoData } = await import('../records/demo.ts')
  const started = performance.now()
  const records = await loadDemoData(platform, installed, platform.config.demoSize)
  say(`Loaded ${records} demo records in ${((performance.now() - started) / 1000).toFixed(1)} s`)
  if (
    platform.config.adminEmail !== undefined ||
    (await findUser(platform.database, platform.schema, demoEmail)) !== undefined
  )
    return undefined
  const password = randomBytes(9).toString('base64url')
  await addUser(platform, { email: demoEmail, name: 'Demo', password, roles: ['administrator'] })
  return { email: demoEmail, password }
}
