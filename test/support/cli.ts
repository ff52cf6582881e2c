// The command line as people run it: a process of its own, its output and its exit code.
import { spawn } from 'node:child_process'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** Standard output as JSON. throws when it is none. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the test says what it expects
  json<T = Record<string, unknown>>(): T
}

/** Runs `peyvand` with these words. Of the environment only PATH and what is given here is passed on. */
export function peyvand(
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input?: string,
): Promise<Ran> {
  return runNode(['runtime/src/cli/peyvand.ts', ...words], env, input)
}

/** Runs a script of the project with Node. */
export function runNode(
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
  input?: string,
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...words], {
      cwd: root,
      env: { PATH: process.env['PATH'], TZ: 'UTC', ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, stdout, stderr, json: () => parse(stdout, stderr) as never }))
    child.stdin.on('error', () => {})
    child.stdin.end(input ?? '')
  })
}

function parse(stdout: string, stderr: string): unknown {
  try {
    return JSON.parse(stdout)
  } catch (error) {
    throw new Error(`no JSON on standard output: ${stdout.slice(0, 500)}\n${stderr.slice(0, 2000)}`, { cause: error })
  }
}
