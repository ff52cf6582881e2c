// What is measured: a server that answers the operations, with its process, its database's process and its token.
import { spawn, type ChildProcess } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../support/postgres.ts'
import type { productCalls } from './operations.ts'

export interface Side {
  readonly name: 'raw-json' | 'raw-raw' | 'product' | 'embedded'
  readonly port: number
  readonly pid: number
  /** The database's main process; absent when it lives in the server. */
  readonly databasePid?: number
  readonly token: string
  readonly calls: typeof productCalls
}

/** The token the raw server knows. */
export const rawToken = 'raw-token'

/** Starts a raw server over the raw tables. */
export async function startRaw(
  databaseUrl: string,
  mode: string,
  me: string,
): Promise<{ port: number; child: ChildProcess }> {
  const port = await freePort()
  const child = spawn(process.execPath, [join(dirname(fileURLToPath(import.meta.url)), 'raw.ts')], {
    env: { ...process.env, DATABASE_URL: databaseUrl, PORT: String(port), MODE: mode, ME: me },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve())
    child.once('exit', (code) => reject(new Error(`the raw server ended with ${code}`)))
  })
  return { port, child }
}

/** Sends one request of an operation. */
export async function ask(
  side: Side,
  { method, path, body }: ReturnType<(typeof productCalls)['get']>,
): Promise<{ status: number; text: string }> {
  const headers = {
    authorization: `Bearer ${side.token}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  const answer = await fetch(`http://127.0.0.1:${side.port}${path}`, { method, headers, body: body ?? null })
  return { status: answer.status, text: await answer.text() }
}
