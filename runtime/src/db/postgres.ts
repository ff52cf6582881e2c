// PostgreSQL behind the Database contract: a pool for transactions, pipelined connections for single statements, one
// direct connection for LISTEN. Decides what is retried (a stale plan, unnamed, outside transactions) and nothing else.
import pg from 'pg'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Config } from '../config.ts'
import { observe, observeError } from '../observe.ts'
import { asFailure, connect, connectionOptions, utc } from './connection.ts'
import type { Database, Result, Session, Statement } from './database.ts'
import { Direct } from './direct.ts'
import { Pipes, type WireStatement } from './pipe.ts'
import { parameterWire } from './value.ts'

const slow = 1_000

/** Connects to PostgreSQL. throws: Problem when it does not answer or is older than 15. */
export async function openPostgres(config: Config): Promise<Database> {
  const database = new Postgres(config)
  try {
    const { rows } = await database.query<{ version: number }>({
      text: "select current_setting('server_version_num')::int as version",
    })
    if (rows[0]!.version < 150_000)
      throw new Problem('internal.unavailable', {
        detail: `PostgreSQL 15 or newer is needed; this server is ${Math.floor(rows[0]!.version / 10_000)}`,
      })
  } catch (error) {
    await database.close()
    throw error
  }
  return database
}

class Postgres implements Database {
  readonly engine = 'postgres'
  readonly direct: Direct
  readonly #pool: pg.Pool
  /** Connections for single statements by what they carry; absent when all go through the pool. */
  readonly #pipes: { readonly records: Pipes; readonly lists: Pipes; readonly writes: Pipes } | undefined
  readonly #prepared: boolean
  readonly #options: pg.ClientConfig
  readonly #directOptions: pg.ClientConfig
  readonly #defaultTimeout: number | undefined

  constructor(config: Config) {
    const options = connectionOptions(config, 'statements')
    this.#prepared = config.prepared
    this.#defaultTimeout = config.prepared ? config.statementTimeout : undefined
    this.#options = options
    this.#pool = new pg.Pool({
      ...options,
      pipeline: true,
      max: config.poolSize,
      idleTimeoutMillis: 30_000,
      maxLifetimeSeconds: 3_600,
      onConnect: setUtc,
    })
    this.#pool.on('error', (error) => observeError('pool', error))
    if (config.pipelines > 0) {
      // A list takes long beside the way there and back: it gains little by travelling close behind others, and waits for them.
      const most = Math.max(config.pipelines, config.poolSize)
      this.#pipes = {
        records: new Pipes(options, { least: config.pipelines, most, deep: 16 }),
        lists: new Pipes(connectionOptions(config, 'lists'), {
          least: Math.min(2 * config.pipelines, most),
          most,
          deep: 2,
        }),
        // More of them: writes wait for the disk, and waiting side by side shares one flush.
        writes: new Pipes(options, { least: most, most, deep: 16 }),
      }
    }
    this.#directOptions = connectionOptions(config, 'direct')
    this.direct = new Direct(this.#directOptions)
  }

  async query<Row = Record<string, unknown>>(statement: Statement): Promise<Result<Row>> {
    const wire = this.#wire(statement)
    const pipes = this.#pipes
    if (pipes === undefined) return answered(wire, () => this.#pool.query(wire))
    const { writes, planned } = statement
    const kind = writes === true ? pipes.writes : planned === true ? pipes.lists : pipes.records
    return answered(wire, () => kind.query(wire))
  }

  #wire({ text, values, name }: Statement): WireStatement {
    const wired = values === undefined ? [] : values.map(parameterWire)
    return this.#prepared && name !== undefined ? { text, values: wired, name } : { text, values: wired }
  }

  async transaction<T>(
    work: (session: Session) => Promise<T>,
    options: { readonly lockTimeout?: number; readonly statementTimeout?: number } = {},
  ): Promise<T> {
    const client = await this.#pool.connect().catch((error: unknown) => {
      throw asFailure(error)
    })
    let broken: boolean | Error = false
    try {
      // Not awaited: `begin` and the limits travel with the first statement; a failure of theirs shows at commit.
      const begun = Promise.all(this.#begin(options).map((text) => client.query(text)))
      begun.catch(() => undefined)
      const result = await work({ query: (statement) => this.#inside(client, statement) })
      await begun
      const { command } = await client.query('commit')
      if (command !== 'COMMIT')
        throw new Problem('internal.unexpected', {
          detail: 'The transaction was rolled back because a statement in it had failed',
        })
      return result
    } catch (error) {
      broken = await client.query('rollback').then(
        () => isStale(error),
        () => true,
      )
      throw asFailure(error)
    } finally {
      client.release(broken)
    }
  }

  #begin({
    lockTimeout,
    statementTimeout = this.#defaultTimeout,
  }: {
    readonly lockTimeout?: number
    readonly statementTimeout?: number
  }): string[] {
    const limits = ['begin']
    if (statementTimeout !== undefined && (statementTimeout !== this.#defaultTimeout || !this.#prepared))
      limits.push(`set local statement_timeout = ${Math.round(statementTimeout)}`)
    if (lockTimeout !== undefined) limits.push(`set local lock_timeout = ${Math.round(lockTimeout)}`)
    return limits
  }

  #inside<Row>(client: pg.PoolClient, statement: Statement): Promise<Result<Row>> {
    const wire = this.#wire(statement)
    return answered(wire, () => client.query(wire))
  }

  async apart<T>(work: (session: Session) => Promise<T>, signal: AbortSignal): Promise<T> {
    signal.throwIfAborted()
    const client = await connect(this.#directOptions)
    const stop = await this.#stopOf(client)
    signal.addEventListener('abort', stop)
    try {
      return await work({
        query: (statement) => answered(this.#wire(statement), () => client.query(this.#wire(statement))),
      })
    } finally {
      signal.removeEventListener('abort', stop)
      await client.end().catch(() => undefined)
    }
  }

  async *pieces<Row>(statement: Statement, size: number, signal: AbortSignal): AsyncGenerator<Row[]> {
    signal.throwIfAborted()
    const client = await connect(this.#options)
    const wire = this.#wire({ ...statement, name: undefined })
    const run = <R>(text: string, values?: WireStatement['values']) =>
      answered<R>({ ...wire, text }, () => client.query(text, values))
    const stop = await this.#stopOf(client)
    signal.addEventListener('abort', stop)
    try {
      await run(utc)
      await run('begin isolation level repeatable read read only')
      if (!this.#prepared && this.#defaultTimeout !== undefined)
        await run(`set local statement_timeout = ${this.#defaultTimeout}`)
      await run(`declare "pieces" no scroll cursor for ${wire.text}`, wire.values)
      for (;;) {
        const { rows } = await run<Row>(`fetch ${size} from "pieces"`)
        if (rows.length > 0) yield rows
        if (rows.length < size) return
        signal.throwIfAborted()
      }
    } finally {
      signal.removeEventListener('abort', stop)
      await client.end().catch(() => undefined)
    }
  }

  /** What cancels the statement that a connection is running. */
  async #stopOf(client: pg.Client): Promise<() => void> {
    const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
    const values = [rows[0]!.pid]
    return () =>
      void this.query({ text: 'select pg_cancel_backend($1::int)', values }).catch((error: unknown) =>
        observeError('cancel', error),
      )
  }

  listen(channel: string, heard: (payload: string) => void): Promise<() => Promise<void>> {
    return this.direct.listen(channel, heard)
  }

  async notify(channel: string, payload: string): Promise<void> {
    await this.query({ text: 'select pg_notify($1, $2)', values: [channel, payload], name: 'peyvand_notify' })
  }

  async close(): Promise<void> {
    await this.direct.close()
    await Promise.all(Object.values(this.#pipes ?? {}).map((pipes) => pipes.close()))
    await this.#pool.end()
  }
}

async function answered<Row>(statement: WireStatement, run: () => Promise<pg.QueryResult>): Promise<Result<Row>> {
  const started = performance.now()
  try {
    const { rows, rowCount } = await run()
    return { rows: rows as Row[], rowCount: rowCount ?? 0 }
  } catch (error) {
    throw asFailure(error)
  } finally {
    const ms = performance.now() - started
    if (ms > slow) observe({ kind: 'statement', name: statement.name ?? 'unnamed', ms: Math.round(ms) })
  }
}

/** The pool waits for what this gives before it hands the connection out. */
const setUtc = (client: pg.ClientBase): void => client.query(utc) as unknown as void

/** A prepared plan on this connection no longer fits: the connection must not be used again. */
function isStale(error: unknown): boolean {
  return (error as { code?: unknown }).code === '0A000'
}
