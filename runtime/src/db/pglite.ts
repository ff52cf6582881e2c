// The embedded database behind the Database contract: PGlite in a thread of its own. Decides the order of statements (one
// connection: transactions are exclusive, others queue), and kills and reopens the thread when a statement runs too long.
import { join } from 'node:path'
import { receiveMessageOnPort } from 'node:worker_threads'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Config } from '../config.ts'
import { observe, observeError } from '../observe.ts'
import type { Database, Result, Session, Statement } from './database.ts'
import { DatabaseError } from './error.ts'
import { runExclusive } from './exclusive.ts'
import { lockFolder } from './lock.ts'
import { startThread, type Thread } from './pglite-thread.ts'
import type { Answer, Ask } from './pglite-worker.ts'
import { parameterText } from './value.ts'

/** Opens the embedded database in `DATA_DIR`, made on first use. throws: Problem conflict.locked when another process has it. */
export async function openPglite(config: Config): Promise<Database> {
  const unlock = await lockFolder(config.dataDir)
  const database = new Pglite(join(config.dataDir, 'database'), config.statementTimeout, unlock)
  try {
    await database.open()
  } catch (error) {
    await unlock()
    throw error
  }
  return database
}

interface Waiting {
  readonly ask: Ask
  readonly limit: number
  /** Statements of a transaction die with their thread; single ones that were not begun are sent again. */
  readonly single: boolean
  readonly settle: { resolve(result: Result<Record<string, unknown>>): void; reject(error: unknown): void }
}

/** How many single statements may be on their way to the thread, so that it never idles while this loop is busy. */
const window = 8

class Pglite implements Database {
  readonly engine = 'pglite'
  readonly #folder: string
  readonly #limit: number
  readonly #unlock: () => Promise<void>
  readonly #channels = new Map<string, Set<(payload: string) => void>>()
  /** What waits for its turn, in order: single statements, and transactions (functions). */
  readonly #queue: (Waiting | (() => void))[] = []
  /** Sent and not yet answered, in order. */
  readonly #sent = new Map<number, Waiting>()
  #thread: Thread | undefined
  #generation = 0
  #nextId = 1
  /** True while a transaction has the database for itself. */
  #exclusive = false
  #headSince = 0
  #watch: NodeJS.Timeout | undefined
  #closing = false

  constructor(folder: string, limit: number, unlock: () => Promise<void>) {
    this.#folder = folder
    this.#limit = limit
    this.#unlock = unlock
  }

  /** Starts the thread and waits until the database is open. */
  async open(): Promise<void> {
    const thread = await startThread(this.#folder)
    const { worker, port, ended } = thread
    worker.on('error', (error) => observeError('pglite', error))
    port.on('message', (answer: Answer) => this.#hear(answer))
    worker.unref()
    port.unref()
    this.#thread = thread
    void ended.then(() => (this.#thread === thread ? this.#restart(thread, 'ended') : undefined))
    for (const channel of this.#channels.keys()) this.#send({ op: 'listen', channel })
    this.#pump()
  }

  query<Row = Record<string, unknown>>(statement: Statement): Promise<Result<Row>> {
    if (this.#closing) return Promise.reject(closed())
    return new Promise((resolve, reject) => {
      this.#queue.push({
        ask: this.#ask(statement),
        limit: this.#limit,
        single: true,
        settle: { resolve: resolve as Waiting['settle']['resolve'], reject },
      })
      this.#pump()
    })
  }

  #ask({ text, values }: Statement): Ask {
    return { op: 'query', id: 0, text, values: values === undefined ? [] : values.map(parameterText) }
  }

  async transaction<T>(
    work: (session: Session) => Promise<T>,
    options: { readonly lockTimeout?: number; readonly statementTimeout?: number } = {},
  ): Promise<T> {
    if (this.#closing) throw closed()
    await new Promise<void>((resolve) => {
      this.#queue.push(resolve)
      this.#pump()
    })
    const generation = this.#generation
    const limit = options.statementTimeout ?? this.#limit
    const isOpen = () => generation === this.#generation
    const send = <Row>(statement: Statement): Promise<Result<Row>> =>
      new Promise((resolve, reject) => {
        if (!isOpen()) return reject(lost())
        this.#send(this.#ask(statement), {
          limit,
          settle: { resolve: resolve as Waiting['settle']['resolve'], reject },
        })
      })
    try {
      return await runExclusive({ send, isOpen }, work)
    } finally {
      this.#exclusive = false
      this.#pump()
    }
  }

  /** Hands the thread as much as may be on its way. */
  #pump(): void {
    while (this.#thread !== undefined && !this.#exclusive && this.#queue.length > 0) {
      const head = this.#queue[0]!
      if (typeof head === 'function' ? this.#sent.size > 0 : this.#sent.size >= window) return
      this.#queue.shift()
      if (typeof head !== 'function') this.#send(head.ask, head)
      else {
        this.#exclusive = true
        head()
      }
    }
  }

  #send(
    ask: AskBody,
    waiting: { readonly limit: number; readonly single?: boolean; readonly settle: Waiting['settle'] } = quiet(
      this.#limit,
    ),
  ): void {
    if (this.#thread === undefined) return waiting.settle.reject(lost())
    const id = this.#nextId++
    const numbered = { ...ask, id } as Ask
    if (this.#sent.size === 0) this.#startWatch()
    this.#sent.set(id, { ask: numbered, limit: waiting.limit, single: waiting.single ?? false, settle: waiting.settle })
    // A port between threads of one process: there is no origin to name.
    this.#thread.port.postMessage(numbered, [])
  }

  #hear(answer: Answer): void {
    if (answer.op === 'heard') return this.#channels.get(answer.channel)?.forEach((heard) => heard(answer.payload))
    if (answer.op !== 'rows' && answer.op !== 'error') return
    const waiting = this.#sent.get(answer.id)
    this.#sent.delete(answer.id)
    this.#headSince = performance.now()
    if (this.#sent.size === 0) this.#stopWatch()
    if (answer.op === 'rows') waiting?.settle.resolve({ rows: answer.rows, rowCount: answer.rowCount })
    else waiting?.settle.reject(new DatabaseError(answer.message, answer.parts))
    this.#pump()
  }

  #startWatch(): void {
    this.#headSince = performance.now()
    this.#thread?.port.ref()
    this.#watch ??= setInterval(() => this.#look(), Math.max(20, Math.min(250, this.#limit / 4)))
  }

  #stopWatch(): void {
    this.#thread?.port.unref()
    clearInterval(this.#watch)
    this.#watch = undefined
  }

  /** The watchdog: ends the thread when its statement has run longer than the limit. */
  #look(): void {
    const thread = this.#thread
    const [head] = this.#sent.values()
    if (thread === undefined || head === undefined) return
    const ms = performance.now() - this.#headSince
    if (ms <= head.limit || Atomics.load(thread.marks, 1) >= BigInt(head.ask.id)) return
    observe({ kind: 'watchdog', ms: Math.round(ms) })
    this.#restart(thread, 'watchdog')
  }

  /** Ends the thread and opens a new one; what it had not begun yet is sent again, what it was doing has failed. */
  #restart(thread: Thread, reason: 'watchdog' | 'ended'): void {
    this.#thread = undefined
    this.#generation++
    this.#stopWatch()
    void thread.worker.terminate()
    for (
      let message = receiveMessageOnPort(thread.port);
      message !== undefined;
      message = receiveMessageOnPort(thread.port)
    )
      this.#hear(message.message as Answer)
    const begun = Atomics.load(thread.marks, 0)
    const left = [...this.#sent.values()]
    this.#sent.clear()
    this.#queue.unshift(...left.filter((waiting) => waiting.single && BigInt(waiting.ask.id) > begun))
    for (const waiting of left)
      if (!waiting.single || BigInt(waiting.ask.id) <= begun)
        waiting.settle.reject(reason === 'watchdog' ? tooLong() : lost())
    if (!this.#closing) void thread.ended.then(() => this.#reopen())
  }

  async #reopen(): Promise<void> {
    for (let wait = 100; !this.#closing; wait = Math.min(wait * 2, 5_000)) {
      try {
        return await this.open()
      } catch (error) {
        observeError('pglite', error)
        for (const waiting of this.#queue.splice(0)) if (typeof waiting !== 'function') waiting.settle.reject(lost())
        await new Promise((resolve) => setTimeout(resolve, wait))
      }
    }
  }

  async listen(channel: string, heard: (payload: string) => void): Promise<() => Promise<void>> {
    const known = this.#channels.get(channel)
    this.#channels.set(channel, (known ?? new Set()).add(heard))
    if (known === undefined)
      await new Promise((resolve, reject) =>
        this.#send({ op: 'listen', channel }, { limit: this.#limit, settle: { resolve, reject } }),
      )
    return async () => void this.#channels.get(channel)?.delete(heard)
  }

  async notify(channel: string, payload: string): Promise<void> {
    await this.query({ text: 'select pg_notify($1, $2)', values: [channel, payload] })
  }

  /** Lets everything that waits finish, then closes the database and gives the folder free. */
  async close(): Promise<void> {
    if (this.#closing) return
    const last = new Promise<void>((resolve) => this.#queue.push(resolve))
    this.#closing = true
    this.#pump()
    if (this.#thread !== undefined) {
      await last
      const thread = this.#thread
      this.#thread?.port.ref()
      await new Promise((resolve) =>
        this.#send({ op: 'close' }, { limit: this.#limit, settle: { resolve, reject: resolve } }),
      )
      this.#stopWatch()
      this.#thread = undefined
      await thread?.worker.terminate()
    }
    await this.#unlock()
  }
}

type AskBody = Ask extends infer One ? (One extends Ask ? Omit<One, 'id'> : never) : never

function quiet(limit: number): { limit: number; settle: Waiting['settle'] } {
  return { limit, settle: { resolve: () => undefined, reject: () => undefined } }
}

function tooLong(): Problem {
  return new Problem('limit.time', {
    detail: 'The statement took too long and was stopped',
    hint: 'Ask for less: fewer levels or relations in $expand, a narrower filter, smaller pages',
  })
}

function lost(): Problem {
  return new Problem('internal.unavailable', { detail: 'The embedded database was restarted' })
}

function closed(): Problem {
  return new Problem('internal.unavailable', { detail: 'The database is closed' })
}
