// The door straight to the database: the platform is opened in this process and its own API answers, for the system itself.
// There is no second way to plan, import or add a user that a command could take by mistake.
import { Problem } from '@peyvand/core/base/problem.ts'
import { systemActor } from '@peyvand/core/access/actor.ts'
import type { Known } from '../auth/identify.ts'
import { readConfig, type Config } from '../config.ts'
import { openPlatform } from '../index.ts'
import { jobKinds } from '../jobs/kinds/index.ts'
import { Worker } from '../jobs/worker.ts'
import { Metrics } from '../observe.ts'
import type { RunningPlatform } from '../platform.ts'
import { buildApp } from '../server.ts'
import type { Door } from './door.ts'
import { prepare } from './prepare.ts'

const system: Known = {
  actor: systemActor,
  email: null,
  language: null,
  calendar: null,
  timeZone: null,
  theme: null,
  density: null,
  proof: 'key',
  credential: 'command line',
  expires: Infinity,
  readOnly: false,
  strong: true,
}

/** Opens the platform of the environment's settings. throws: Problem when a server holds the embedded database. */
export async function openLocal(env: Readonly<Record<string, string | undefined>>): Promise<Door> {
  const platform = await openHere(readConfig(env))
  await prepareEmpty(platform)
  const app = await buildApp(asSystem(platform), {
    metrics: new Metrics(),
    streams: new Set(),
    isStopping: () => false,
  })
  return {
    fetch: async (path, init) => app.fetch(new Request(new URL(path, 'http://localhost'), init)),
    work: async () => {
      const worker = new Worker(platform, jobKinds, 1)
      await worker.start()
      return () => worker.stop()
    },
    close: () => platform.close(),
  }
}

/** Opens the platform in this process. throws: Problem that says what to do when a server holds the embedded database. */
export async function openHere(config: Config): Promise<RunningPlatform> {
  try {
    return await openPlatform(config, { serves: false })
  } catch (error) {
    throw error instanceof Problem && error.code === 'conflict.locked' ? whileServing(error) : error
  }
}

/** An empty database gets what a first start of the server would give it, but no demo data. */
async function prepareEmpty(platform: RunningPlatform): Promise<void> {
  if (platform.model().revision > 0) return
  await prepare({ ...platform, config: { ...platform.config, demo: false } }, () => {})
}

/** What to do when the folder is taken: mostly by the server, which can do the same work. */
function whileServing(problem: Problem): Problem {
  const hint =
    'If it is the server: go through it with --url http://127.0.0.1:3000 and an API key in PEYVAND_KEY. Else stop it, or set DATA_DIR.'
  return new Problem('conflict.locked', { detail: `${problem.message}: the server is running.`, hint })
}

/** The same platform, where whoever asks is the system and files may have any size. */
function asSystem(platform: RunningPlatform): RunningPlatform {
  const callers = Object.assign(Object.create(platform.callers) as RunningPlatform['callers'], {
    identify: () => system,
  })
  const config: Config = {
    ...platform.config,
    rateLimit: 0,
    userRequests: 0,
    exportLimit: 0,
    bulkBytes: Number.MAX_SAFE_INTEGER,
    importLimit: Number.MAX_SAFE_INTEGER,
    modelLimit: Number.MAX_SAFE_INTEGER,
    bodyLimit: Number.MAX_SAFE_INTEGER,
  }
  return { ...platform, callers, config, identify: () => Promise.resolve(systemActor) }
}
