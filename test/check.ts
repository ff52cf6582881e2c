// `pnpm check`: everything that can be said without running the product: types, lint, format, import directions, and that
// generated files are fresh. Each check prints one line; the exit code is 0 only when all hold.
import { spawnSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkImports } from './support/imports.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')

/** What one check came to: nothing when it holds, else the lines that say what is wrong. */
export interface Check {
  readonly name: string
  readonly run: () => string | undefined
}

export const checks: readonly Check[] = [
  { name: 'types (server)', run: () => command('tsc', ['-p', '.']) },
  { name: 'types (browser)', run: () => command('tsc', ['-p', 'studio']) },
  { name: 'lint', run: () => command('oxlint', ['--type-aware', '--deny-warnings']) },
  { name: 'format', run: () => command('oxfmt', ['--check']) },
  {
    name: 'generated files',
    run: () => command('node', ['core/gen/run.ts', '--check']) ?? command('node', ['runtime/gen.ts', '--check']),
  },
  { name: 'route declarations', run: () => command('node', ['test/support/routes.ts']) },
  { name: 'import directions', run: () => checkImports(root).join('\n') || undefined },
]

/** Runs every check and prints a line for each. shape: how many passed and failed. */
export function runChecks(): { passed: number; failed: number } {
  let failed = 0
  for (const check of checks) {
    const started = performance.now()
    const wrong = check.run()
    const ms = `${Math.round(performance.now() - started)} ms`
    console.log(wrong === undefined ? `  ok    ${check.name} (${ms})` : `  FAIL  ${check.name} (${ms})\n${wrong}`)
    if (wrong !== undefined) failed++
  }
  return { passed: checks.length - failed, failed }
}

function command(name: string, args: readonly string[]): string | undefined {
  const path = `${join(root, 'node_modules/.bin')}:${process.env['PATH']}`
  const result = spawnSync(name, args, {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, PATH: path, FORCE_COLOR: '0' },
  })
  if (result.status === 0) return undefined
  return (
    [result.stdout, result.stderr, result.error?.message].filter(Boolean).join('\n').trim() ||
    `${name} ended with ${result.status}`
  )
}

if (process.argv[1] === fileURLToPath(import.meta.url)) process.exitCode = runChecks().failed === 0 ? 0 : 1
