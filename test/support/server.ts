// A real server for API tests: a process of its own on a free port, on PGlite in a temporary folder or on a fresh
// PostgreSQL database, with the first administrator signed in and an API key made.
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort, hasPostgres, startPostgres } from './postgres.ts'
import { copyTemplate, emptyCluster, template } from './template.ts'

export type Engine = 'pglite' | 'postgres'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
export const adminEmail = 'admin@example.com'
export const adminPassword = 'correct horse battery staple'

/** The engines this machine can test on; says so when one is left out. */
export const engines: readonly Engine[] = hasPostgres() ? ['pglite', 'postgres'] : ['pglite']
if (!hasPostgres()) console.log('SKIPPED: tests on PostgreSQL (no binaries and no TEST_POSTGRES_URL)')

export interface TestServer {
  readonly url: string
  readonly adminKey: string
  /** PostgreSQL's address; absent on PGlite. */
  readonly databaseUrl?: string
  readonly dataDir: string
  readonly pid: number
  /** What the server printed so far. */
  output(): string
  stop(): Promise<void>
}

export interface ServerOptions {
  readonly engine: Engine
  /** Comma list, `none` by default. */
  readonly solutions?: string
  /** Leaves the first administrator to the link the server prints; there is no key then. */
  readonly unclaimed?: boolean
  readonly env?: Readonly<Record<string, string>>
  /** An installation with keys and secrets of its own, not a copy of what other tests begin with. */
  readonly own?: boolean
  /** Where it listens, when others must know before it runs. */
  readonly port?: number
}

/** Starts a server and signs the administrator in. */
export async function startServer(options: ServerOptions): Promise<TestServer> {
  const folder = mkdtempSync(join(tmpdir(), 'peyvand-server-'))
  const started = await startedOnce(options)
  if (started !== undefined) copyTemplate(started.folder, folder)
  else if (options.engine === 'pglite') await emptyCluster(options.env?.['DATA_DIR'] ?? folder)
  return launch(options, folder, started)
}

/** An installation that was started, claimed and stopped: its data folder, and where it is on PostgreSQL its database. */
interface Started {
  readonly folder: string
  readonly key: string
  readonly database?: string
}

/** What of the environment decides what a first start makes, beside the solutions and the demo data. */
const decisive = /^(?:DATA_DIR|SECRET\w*|SOLUTIONS|DEMO_SIZE|ADMIN_\w+|DATABASE_\w+|S3_\w+)$/

/** The same installation as it was started for the first time in this run. Undefined where a start of its own is asked for. */
async function startedOnce({
  engine,
  solutions = 'none',
  unclaimed,
  own = false,
  env = {},
}: ServerOptions): Promise<Started | undefined> {
  const server = process.env['TEST_POSTGRES_URL']
  if (own || unclaimed === true || Object.keys(env).some((name) => decisive.test(name))) return undefined
  if (engine === 'postgres' && server === undefined) return undefined
  const demo = env['DEMO'] ?? '0'
  const folder = await template(`${engine}-${solutions.replaceAll(/\W/g, '-')}-${demo}`, async (draft) => {
    const database = engine === 'postgres' ? (await startPostgres()).url : undefined
    const made = { ...(database === undefined ? {} : { DATABASE_URL: database }), DEMO: demo, DATA_DIR: draft }
    if (database === undefined) await emptyCluster(draft)
    const running = await launch({ engine, solutions, env: made }, draft)
    await running.stop()
    writeFileSync(join(draft, 'started.json'), JSON.stringify({ key: running.adminKey, database }))
  })
  if (folder === undefined) return undefined
  return { folder, ...(JSON.parse(readFileSync(join(folder, 'started.json'), 'utf8')) as Omit<Started, 'folder'>) }
}

/** The secret of the first process on each database: a further one has it too, as an administrator would give it to both. */
const secrets = new Map<string, string>()

/** Runs a server on a folder and takes it away afterwards, unless the environment names another one. */
async function launch(
  { engine, solutions = 'none', unclaimed = false, env = {}, port: wanted }: ServerOptions,
  folder: string,
  started?: Started,
): Promise<TestServer> {
  const own = engine === 'postgres' && env['DATABASE_URL'] === undefined
  const postgres = own ? await startPostgres(started?.database) : undefined
  const port = wanted ?? (await freePort())
  const databaseUrl = env['DATABASE_URL'] ?? postgres?.url
  const secret = databaseUrl === undefined ? undefined : secrets.get(databaseUrl)
  if (secret !== undefined) writeFileSync(join(folder, 'secret'), secret)
  const child = spawn(process.execPath, [join(root, 'runtime/src/cli/peyvand.ts'), 'serve'], {
    cwd: root,
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      TZ: 'UTC',
      NODE_OPTIONS: process.env['SERVER_NODE_OPTIONS'] ?? '',
      PORT: String(port),
      DATA_DIR: folder,
      SOLUTIONS: solutions,
      DEMO: '0',
      LOG_LEVEL: 'warn',
      ...(unclaimed ? {} : { ADMIN_EMAIL: adminEmail, ADMIN_PASSWORD: adminPassword }),
      RATE_LIMIT: '0',
      USER_REQUESTS: '0',
      SIGN_IN_LIMIT: '0',
      ...(databaseUrl === undefined ? {} : { DATABASE_URL: databaseUrl }),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-50_000)
  }
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  const url = `http://127.0.0.1:${port}`
  const stop = async () => {
    await end(child)
    await postgres?.stop()
    if (env['DATA_DIR'] !== folder) rmSync(folder, { recursive: true, force: true })
  }
  try {
    await ready(url, child)
    if (databaseUrl !== undefined && !secrets.has(databaseUrl) && existsSync(join(folder, 'secret')))
      secrets.set(databaseUrl, readFileSync(join(folder, 'secret'), 'utf8'))
    return {
      url,
      adminKey: unclaimed ? '' : (started?.key ?? (await signInForKey(url))),
      ...(databaseUrl === undefined ? {} : { databaseUrl }),
      dataDir: env['DATA_DIR'] ?? folder,
      pid: child.pid!,
      output: () => output,
      stop,
    }
  } catch (error) {
    await stop()
    throw new Error(`The server did not start: ${String(error)}\n${output}`, { cause: error })
  }
}

/** Signs in by e-mail and password and makes an API key. */
export async function signInForKey(url: string, email = adminEmail, password = adminPassword): Promise<string> {
  const signedIn = await fetch(`${url}/api/auth/sign-in/email`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url },
    body: JSON.stringify({ email, password }),
  })
  if (!signedIn.ok) throw new Error(`sign-in answered ${signedIn.status}: ${await signedIn.text()}`)
  const cookie = signedIn.headers
    .getSetCookie()
    .map((each) => each.split(';')[0])
    .join('; ')
  const made = await fetch(`${url}/api/keys`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: url, cookie },
    body: JSON.stringify({ name: 'test' }),
  })
  const body = await made.text()
  if (!made.ok) throw new Error(`making a key answered ${made.status}: ${body}`)
  return (JSON.parse(body) as { key: string }).key
}

async function ready(url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + 100_000
  for (;;) {
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error(`it ended with ${child.exitCode ?? child.signalCode}`)
    const ok = await fetch(`${url}/api/health/ready`).then(
      async (answer) => {
        await answer.arrayBuffer()
        return answer.ok
      },
      () => false,
    )
    if (ok) return
    if (Date.now() > deadline) throw new Error('it was not ready within 100 s')
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exited = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  const timer = setTimeout(() => child.kill('SIGKILL'), 15_000)
  await exited
  clearTimeout(timer)
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
  /** The body as JSON, or undefined when it is none. */
  readonly json: unknown
}

/** Sends one request; `path` starts at the server's root. A body that is no text is sent as JSON. */
export async function call(
  server: Pick<TestServer, 'url' | 'adminKey'>,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const content: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' }
  const answer = await fetch(server.url + path, {
    method,
    headers: { authorization: `Bearer ${server.adminKey}`, ...content, ...headers },
    body: body === undefined || typeof body === 'string' ? body : JSON.stringify(body),
    redirect: 'manual',
  })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, text, json: asJson(text) }
}

function asJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
