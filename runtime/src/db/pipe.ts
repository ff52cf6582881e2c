// Single statements over few connections: each connection carries some at once, sent back to back without waiting for the
// answers before; the others wait in one line for whichever connection comes first, so that one slow answer holds up few.
// Decides which connection takes a statement and when one is retired. Transactions never come here.
import type { Socket } from 'node:net'
import type pg from 'pg'
import { connect } from './connection.ts'
import { DatabaseError } from './error.ts'
import { Prepared } from './prepared.ts'

/** A statement whose parameters are text or bytes already. */
export interface WireStatement {
  readonly text: string
  readonly values: (string | Uint8Array | null)[]
  readonly name?: string
}

interface Pipe {
  readonly client: Promise<pg.Client>
  waiting: number
  /** When the oldest statement of the current run was sent; a long run means something slow is at the head. */
  busySince: number
  retired: boolean
  readonly names: Set<string>
}

const slowHead = 20
const mostNames = 1_000

export interface PipeLimits {
  /** Connections that are kept, and those there may be when slow statements stand in the way. */
  readonly least: number
  readonly most: number
  /** Statements on their way on one connection. More of them save system calls; fewer wait behind a slow one. */
  readonly deep: number
}

/** A few pipelined connections that grow when slow statements stand in the way. */
export class Pipes {
  readonly #options: pg.ClientConfig
  readonly #limits: PipeLimits
  readonly #pipes = new Set<Pipe>()
  readonly #line: ((pipe: Pipe) => void)[] = []
  #look: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: pg.ClientConfig, limits: PipeLimits) {
    this.#options = { ...options, pipeline: true }
    this.#limits = limits
  }

  /** Runs one statement in a transaction of its own. */
  async query(statement: WireStatement): Promise<pg.QueryResult> {
    try {
      return await this.#send(statement)
    } catch (error) {
      if (statement.name === undefined || !isStalePlan(error)) throw error
      return await this.#send({ text: statement.text, values: statement.values })
    }
  }

  async #send(statement: WireStatement): Promise<pg.QueryResult> {
    const pipe = this.#line.length === 0 ? (this.#free() ?? (await this.#turn())) : await this.#turn()
    try {
      const client = await pipe.client
      if (statement.name !== undefined) pipe.names.add(statement.name)
      if (pipe.waiting > 1) gather(client)
      return await send(client, statement)
    } catch (error) {
      if (isStalePlan(error)) pipe.retired = true
      throw error
    } finally {
      pipe.waiting--
      pipe.busySince = performance.now()
      if (pipe.names.size > mostNames) pipe.retired = true
      if (pipe.retired && pipe.waiting === 0) this.#drop(pipe)
      this.#advance()
    }
  }

  /** A connection that takes one more statement, with the place for it taken. */
  #free(): Pipe | undefined {
    const pipe = this.#pick()
    if (pipe.waiting >= this.#limits.deep) return undefined
    if (pipe.waiting++ === 0) pipe.busySince = performance.now()
    return pipe
  }

  /** Waits in line. */
  #turn(): Promise<Pipe> {
    const turn = new Promise<Pipe>((resolve) => this.#line.push(resolve))
    this.#watch()
    return turn
  }

  /** Hands free places to those first in line. */
  #advance(): void {
    for (let pipe; this.#line.length > 0 && (pipe = this.#free()) !== undefined;) this.#line.shift()!(pipe)
    this.#watch()
  }

  /** While some wait, looks now and then whether slow statements have come to hold up all connections. */
  #watch(): void {
    if (this.#line.length === 0) {
      clearTimeout(this.#look)
      this.#look = undefined
    } else
      this.#look ??= setTimeout(() => {
        this.#look = undefined
        this.#advance()
      }, slowHead)
  }

  /** The least loaded connection that is not held up by a slow statement; a new one when there is none such. */
  #pick(): Pipe {
    const now = performance.now()
    let best: Pipe | undefined
    let held: Pipe | undefined
    for (const pipe of this.#pipes) {
      if (pipe.retired) continue
      if (pipe.waiting > 0 && now - pipe.busySince > slowHead) held = lighter(held, pipe)
      else best = lighter(best, pipe)
    }
    if (best !== undefined && (best.waiting === 0 || this.#pipes.size >= this.#limits.least)) return best
    return this.#pipes.size < this.#limits.most || held === undefined ? this.#open() : (best ?? held)
  }

  #open(): Pipe {
    const client = this.#closed
      ? Promise.reject(new Error('Client was closed and is not queryable'))
      : connect(this.#options)
    const pipe: Pipe = { client, waiting: 0, busySince: performance.now(), retired: false, names: new Set() }
    this.#pipes.add(pipe)
    client.then(
      (connected) =>
        connected.on('end', () => void this.#pipes.delete(pipe)).on('error', () => void this.#pipes.delete(pipe)),
      () => void this.#pipes.delete(pipe),
    )
    return pipe
  }

  #drop(pipe: Pipe): void {
    this.#pipes.delete(pipe)
    pipe.client.then((client) => client.end()).catch(() => undefined)
  }

  /** Lets the statements that are on their way finish, then ends all connections. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.allSettled([...this.#pipes].map(async (pipe) => (await pipe.client).end()))
  }
}

function lighter(one: Pipe | undefined, other: Pipe): Pipe {
  return one === undefined || other.waiting < one.waiting ? other : one
}

/** The prepared plan no longer fits the table (0A000), or its preparation failed under another statement (26000). */
function isStalePlan(error: unknown): boolean {
  const code = error instanceof DatabaseError ? error.code : (error as { code?: unknown }).code
  return code === '26000' || (code === '0A000' && /cached plan/.test((error as Error).message))
}

function send(client: pg.Client, statement: WireStatement): Promise<pg.QueryResult> {
  return new Promise((resolve, reject) => {
    client.query(new Prepared(statement, (error, result) => (error ? reject(error) : resolve(result))))
  })
}

const gathering = new WeakSet<pg.Client>()

/**
 * Statements of one turn of the event loop leave in one packet: a system call costs more than the statement's own work here.
 * Not for a connection that is idle: there the answer would only come later.
 */
function gather(client: pg.Client): void {
  if (gathering.has(client)) return
  gathering.add(client)
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection
  stream.cork()
  setImmediate(() => {
    gathering.delete(client)
    stream.uncork()
  })
}
