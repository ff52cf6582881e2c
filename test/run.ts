// `npm test`: static checks, then every test on PGlite and on a real PostgreSQL, then the browser story.
// Brings a missing browser or database server where the machine allows; says in a line of its own what was not run.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { stripVTControlCharacters } from 'node:util'
import { runChecks } from './check.ts'
import { findBrowser } from './support/browser.ts'
import { binaries, postgresVersion, startCluster } from './support/postgres.ts'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const projects = ['core', 'server', 'e2e'] as const
interface Counts {
  passed: number
  failed: number
  skipped: number
}

const counts: Counts = { passed: 0, failed: 0, skipped: 0 }
/** What failed, told once more at the end: of a long run only the end may be kept. */
const failures: string[] = []
const add = (more: Partial<Counts>) => {
  counts.passed += more.passed ?? 0
  counts.failed += more.failed ?? 0
  counts.skipped += more.skipped ?? 0
}
const heading = (text: string) => console.log(`\n── ${text}`)

// What is drawn at random is drawn anew for every commit, and the same again wherever that commit is tested.
const head = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: root, encoding: 'utf8' }).stdout?.trim()
process.env['SEED'] ??= String(head ? Number.parseInt(head.slice(0, 7), 16) : Math.floor(Math.random() * 2 ** 28))

heading('Tools')
bring('chromium', () => findBrowser(), 'the browser story was not run')
bring('postgresql', () => binaries(), 'the tests on a real PostgreSQL were not run')
console.log(
  `  node ${process.version} · ${postgresVersion()} · browser ${findBrowser() ?? 'none'} · SEED=${process.env['SEED']}`,
)

heading('Static checks')
add(runChecks())

heading('Studio build')
add(run('build', 'pnpm', ['--silent', 'run', 'build']))

const cluster = binaries() === undefined ? undefined : await startCluster()
if (cluster) process.env['TEST_POSTGRES_URL'] = cluster.url
try {
  for (const project of projects) {
    heading(`Tests: ${project}`)
    add(vitest(project))
  }
} finally {
  await cluster?.stop()
}

if (failures.length > 0) heading(`What failed\n\n${failures.join('\n\n')}`)
console.log(`\n${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`)
process.exitCode = counts.failed === 0 ? 0 : 1

/** Installs a Debian package when what it brings is missing and the machine allows; else says what will not run. */
function bring(name: string, find: () => string | undefined, loss: string): void {
  if (find() !== undefined) return
  if (process.getuid?.() === 0 && spawnSync('apt-get', ['--version']).status === 0) {
    console.log(`  ${name} is missing: installing it with apt-get`)
    spawnSync('apt-get', ['update', '-qq'], { stdio: 'inherit' })
    spawnSync('apt-get', ['install', '-y', '-qq', name], { stdio: ['ignore', 'ignore', 'inherit'] })
  }
  if (find() === undefined) console.log(`  SKIPPED: no ${name} on this machine and it could not be installed; ${loss}`)
}

function run(name: string, command: string, args: readonly string[]): Counts {
  const ok = spawnSync(command, args, { cwd: root, stdio: 'inherit' }).status === 0
  if (!ok) console.log(`  FAIL  ${name}`)
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 }
}

/** Runs one project's tests; a project that ends without a report counts as failed. */
function vitest(project: string): Counts {
  const folder = mkdtempSync(join(tmpdir(), 'peyvand-test-'))
  const report = join(folder, 'report.json')
  try {
    const args = [
      'run',
      '--project',
      project,
      '--passWithNoTests',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ]
    const { status } = spawnSync(join(root, 'node_modules/.bin/vitest'), args, { cwd: root, stdio: 'inherit' })
    const told = JSON.parse(readFileSync(report, 'utf8')) as VitestReport
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, success } = told
    failures.push(...told.testResults.flatMap(failuresOf))
    const failed = numFailedTests === 0 && (status !== 0 || !success) ? 1 : numFailedTests
    return { passed: numPassedTests, failed, skipped: numPendingTests + numTodoTests }
  } catch (error) {
    console.log(`  FAIL  ${project} ended without a report: ${String(error)}`)
    return { passed: 0, failed: 1, skipped: 0 }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function failuresOf({ name, status, message, assertionResults }: VitestReport['testResults'][number]): string[] {
  const file = relative(root, name)
  const short = (text: string) => stripVTControlCharacters(text).split('\n').slice(0, 12).join('\n    ')
  const failed = assertionResults.filter((test) => test.status === 'failed')
  if (failed.length === 0) return status === 'failed' ? [`${file}\n    ${short(message)}`] : []
  return failed.map((test) => `${file} > ${test.fullName}\n    ${test.failureMessages.map(short).join('\n    ')}`)
}

interface VitestReport {
  numPassedTests: number
  numFailedTests: number
  numPendingTests: number
  numTodoTests: number
  success: boolean
  testResults: {
    name: string
    status: string
    message: string
    assertionResults: { status: string; fullName: string; failureMessages: string[] }[]
  }[]
}
