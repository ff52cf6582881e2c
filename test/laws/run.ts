// `pnpm laws`: every law over 20,000 random cases (CASES says otherwise), and PGlite ≡ PostgreSQL over 5,000 random requests,
// in one run with one seed, which is printed. Names of files after it narrow the run.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { binaries, startCluster } from '../support/postgres.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '../..')
const named = process.argv.slice(2)
const seed = process.env['SEED'] ?? String(Math.floor(Math.random() * 2 ** 31))
const cluster =
  process.env['TEST_POSTGRES_URL'] === undefined && binaries() !== undefined
    ? await startCluster({ fsync: 'off', synchronous_commit: 'off' })
    : undefined
const run = (files: readonly string[], cases: string): boolean => {
  if (files.length === 0) return true
  const args = ['run', '--project', 'core', '--testTimeout=7200000', '--reporter=verbose', '--maxWorkers=2', ...files]
  const env = { ...process.env, SEED: seed, CASES: cases, ...(cluster ? { TEST_POSTGRES_URL: cluster.url } : {}) }
  return spawnSync(join(root, 'node_modules/.bin/vitest'), args, { cwd: root, stdio: 'inherit', env }).status === 0
}
try {
  console.log(`laws: seed ${seed}`)
  const engines = 'test/laws/engines.test.ts'
  const laws = named.filter((file) => file !== engines)
  const all = named.length === 0
  const held = run(all ? ['test/laws', `--exclude=${engines}`] : laws, process.env['CASES'] ?? '20000')
  const same = run(all || named.includes(engines) ? [engines] : [], process.env['CASES'] ?? '5000')
  process.exitCode = held && same ? 0 : 1
} finally {
  await cluster?.stop()
}
