// What `npm start` runs: builds the studio when its sources changed since the last build, then serves. Asks nothing.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { enableCompileCache } from 'node:module'
import { fileURLToPath } from 'node:url'

const [major = 0] = process.versions.node.split('.').map(Number)
if (major < 24) {
  console.error(`Peyvand needs Node 24 or newer; this is ${process.version}. "npm start" brings its own.`)
  process.exit(1)
}

// What was compiled is kept between starts: it halves the time until the server is ready.
enableCompileCache()
const began = performance.now()
const say = (line: string): void => console.log(line)

try {
  await buildStudio()
  const { serveUntilStopped } = await import('./serving.ts')
  await serveUntilStopped(process.env, say, began)
} catch (error) {
  const { startFailure } = await import('./serving.ts')
  for (const line of startFailure(error)) console.error(line)
  process.exitCode = 1
}

/** Builds the studio if it is stale. A build that fails is told and does not keep the server from serving the last one. */
async function buildStudio(): Promise<void> {
  const { isStale, markBuilt } = await import('./studio.ts')
  const stamp = await isStale()
  if (stamp === undefined) return
  say('Building the studio …')
  const started = performance.now()
  const folder = fileURLToPath(new URL('../../../studio', import.meta.url))
  const vite = fileURLToPath(new URL('../../../studio/node_modules/vite/bin/vite.js', import.meta.url))
  if (!existsSync(vite)) return say('  vite is not installed: run pnpm install')
  const { code, output } = await run(process.execPath, [vite, 'build', '--logLevel', 'warn'], folder)
  if (code !== 0) return say(`  The studio could not be built:\n${output}`)
  await markBuilt(stamp)
  say(`  done in ${((performance.now() - started) / 1000).toFixed(1)} s`)
}

function run(command: string, words: readonly string[], cwd: string): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, words, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.once('error', reject)
    child.once('exit', (code) => resolve({ code: code ?? 1, output }))
  })
}
