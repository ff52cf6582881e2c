// A server process from start to stop, for `peyvand serve` and `npm start`: opens the platform, prepares it on first start,
// serves, says how to get in, and ends on a signal.
import { performance } from 'node:perf_hooks'
import { Problem } from '@peyvand/core/base/problem.ts'
import { readConfig } from '../config.ts'
import { openPlatform } from '../index.ts'
import { observe, observeError } from '../observe.ts'
import { startServer, type Server } from '../server.ts'
import { prepare, type Prepared } from './prepare.ts'

/** Serves until a signal comes. `say` prints a line for people. */
export async function serveUntilStopped(
  env: Readonly<Record<string, string | undefined>>,
  say: (line: string) => void,
  began = performance.now(),
): Promise<void> {
  const config = readConfig(env)
  // Whoever read the log may be gone: that is no error to write into the log.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined)
  process.on('unhandledRejection', (reason) => observeError('unhandled rejection', reason))
  process.on('uncaughtException', (error) => observeError('uncaught exception', error))
  const platform = await openPlatform(config, { serves: true })
  let server: Server
  let prepared: Prepared
  try {
    prepared = await prepare(platform, say)
    server = await startServer(platform)
  } catch (error) {
    await platform.close()
    throw error
  }
  const ms = Math.round(performance.now() - began)
  observe({ kind: 'start', engine: platform.database.engine, url: server.url, ms })
  for (const line of welcome(server.url, prepared, ms)) say(line)
  await stopSignal().then((signal) => server.stop(signal))
}

function welcome(url: string, { setupToken, demo }: Prepared, ms: number): string[] {
  const lines = ['', `Peyvand is ready at ${url} (${(ms / 1000).toFixed(1)} s)`]
  if (setupToken !== undefined) lines.push(`  First administrator: open ${url}/setup?token=${setupToken} (works once)`)
  if (demo !== undefined)
    lines.push(`  Or look around with the demo account: ${demo.email}, password ${demo.password} (shown this once)`)
  if (setupToken === undefined && demo === undefined)
    lines.push('  A lost password: stop the server and run pnpm peyvand user reset <email>')
  return [...lines, '']
}

/** Resolves with the first signal to stop; a second one ends the process at once. */
function stopSignal(): Promise<string> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.once(signal, () => {
        resolve(signal)
        process.once(signal, () => process.exit(130))
      })
    }
  })
}

/** What went wrong at start, as lines for people. */
export function startFailure(error: unknown): string[] {
  if (!(error instanceof Problem)) return [error instanceof Error ? (error.stack ?? error.message) : String(error)]
  return [
    error.message,
    ...error.problems.map((problem) => `  ${problem.pointer ?? problem.target ?? ''} ${problem.message}`),
    ...(error.hint === undefined ? [] : [error.hint]),
  ]
}
