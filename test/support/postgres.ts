// A real PostgreSQL for tests: a fresh database in the server named by TEST_POSTGRES_URL (test/run.ts starts one for the
// whole run), else a cluster of its own in a temporary folder, removed at stop. Only binaries that the machine has.
import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'

export interface TestPostgres {
  readonly url: string
  stop(): Promise<void>
}

/** Whether startPostgres can work here; print the reason when it cannot. */
export function hasPostgres(): boolean {
  return process.env['TEST_POSTGRES_URL'] !== undefined || binaries() !== undefined
}

/**
 * A fresh database: empty, or a copy of the one behind an address, to which nobody is connected any more. throws when the machine
 * has no PostgreSQL: ask hasPostgres first.
 */
export async function startPostgres(copied?: string): Promise<TestPostgres> {
  const server = process.env['TEST_POSTGRES_URL']
  if (server === undefined) return startCluster()
  const name = `test_${randomBytes(6).toString('hex')}`
  const from = copied === undefined ? "template0 encoding 'UTF8'" : new URL(copied).pathname.slice(1)
  await create(server, `create database ${name} template ${from} strategy file_copy`)
  const url = new URL(server)
  url.pathname = `/${name}`
  return { url: url.href, stop: () => drop(server, name) }
}

/** Two copies of one database at the same time, and a connection that is still closing, are waited for. */
async function create(server: string, statement: string): Promise<void> {
  const end = Date.now() + 20_000
  for (;;) {
    try {
      return await administer(server, statement)
    } catch (error) {
      const isBusy = (error as { code?: string }).code === '55006'
      if (!isBusy || Date.now() > end) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

/** Drops a database once the last connections to it have closed, so that none of them dies with an error of its own. */
function drop(server: string, name: string): Promise<void> {
  return fromOutside(server, async (client) => {
    const end = Date.now() + 2_000
    const open = () => client.query('select a.pid from pg_catalog.pg_stat_activity a where a.datname = $1', [name])
    while ((await open()).rows.length > 0 && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 20))
    await client.query(`drop database if exists ${name} with (force)`)
  })
}

/** A whole server of its own (trust authentication on 127.0.0.1, fsync on unless told otherwise). */
export async function startCluster(
  settings: Readonly<Record<string, string>> = {},
): Promise<TestPostgres & { readonly pid: number; readonly port: number }> {
  const bin = binaries()
  if (bin === undefined) throw new Error('no PostgreSQL binaries: install postgresql, or set TEST_POSTGRES_URL')
  const folder = mkdtempSync(join(tmpdir(), 'peyvand-pg-'))
  const user = serverUser()
  if (user) chownSync(folder, user.uid, user.gid)
  const as = user ?? {}
  const data = join(folder, 'data')
  await promisify(execFile)(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '-N'],
    { ...as, cwd: '/' },
  )
  const port = await freePort()
  const options = {
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: '200',
    ...settings,
  }
  const child = spawn(
    join(bin, 'postgres'),
    ['-D', data, ...Object.entries(options).flatMap(([k, v]) => ['-c', `${k}=${v}`])],
    { ...as, cwd: '/', stdio: 'ignore' },
  )
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  try {
    await answer(url, child)
  } catch (error) {
    child.kill('SIGKILL')
    rmSync(folder, { recursive: true, force: true })
    throw error
  }
  const stop = async () => {
    if (child.exitCode === null) {
      const exited = new Promise((resolve) => child.once('exit', resolve))
      child.kill('SIGQUIT')
      await exited
    }
    rmSync(folder, { recursive: true, force: true })
  }
  return { url, stop, pid: child.pid!, port }
}

/** The folder of the newest PostgreSQL binaries (PG_BIN, Debian's folders, then PATH), or undefined. */
export function binaries(): string | undefined {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian)
    ? readdirSync(debian)
        .sort((a, b) => Number(b) - Number(a))
        .map((v) => join(debian, v, 'bin'))
    : []
  const path = (process.env['PATH'] ?? '').split(':')
  return [process.env['PG_BIN'], ...versions, ...path].find(
    (folder): folder is string =>
      !!folder && existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')),
  )
}

/** The server refuses root, so as root it runs as the user `postgres` (or nobody). */
function serverUser(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined
  const rows = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((row) => row.split(':'))
  const row = rows.find(([name]) => name === 'postgres') ?? rows.find(([name]) => name === 'nobody')
  if (row === undefined) throw new Error('PostgreSQL refuses to run as root and there is no user postgres')
  return { uid: Number(row[2]), gid: Number(row[3]) }
}

/** A TCP port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

/** Works on a database from outside, over a connection that ends with the work, however it ends. */
export async function fromOutside<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}

async function administer(url: string, text: string): Promise<void> {
  await fromOutside(url, (client) => client.query(text))
}

async function answer(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + 30_000
  for (;;) {
    if (child.exitCode !== null) throw new Error(`PostgreSQL ended at start with code ${child.exitCode}`)
    try {
      return await administer(url, 'select 1')
    } catch (error) {
      if (Date.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

/** The version line, for the report of what the tests ran on. */
export function postgresVersion(): string {
  const bin = binaries()
  return bin === undefined ? 'none' : execFileSync(join(bin, 'postgres'), ['--version'], { encoding: 'utf8' }).trim()
}
