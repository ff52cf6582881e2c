// One transaction on the embedded engine, from begin to the end: while it runs nobody else has the database. Decides when it
// is over (committed, failed, abandoned), and that nothing is sent after that.
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Result, Session, Statement } from './database.ts'

/** How a transaction reaches the database. */
export interface Line {
  send<Row>(statement: Statement): Promise<Result<Row>>
  /** False when the thread in which the transaction began is gone, and the transaction with it. */
  isOpen(): boolean
}

/** A transaction in which nothing is asked for so long was forgotten by its owner. unit: milliseconds */
const longestIdle = 60_000

/** Runs work in a transaction; rolls back when it throws. */
export async function runExclusive<T>(line: Line, work: (session: Session) => Promise<T>): Promise<T> {
  const transaction = new Exclusive(line)
  try {
    await transaction.query({ text: 'begin' })
    const result = await Promise.race([work(transaction), transaction.abandoned])
    await transaction.commit()
    return result
  } catch (error) {
    await transaction.rollback()
    throw error
  } finally {
    transaction.end()
  }
}

class Exclusive implements Session {
  readonly abandoned: Promise<never>
  readonly #line: Line
  readonly #idle: NodeJS.Timeout
  #over: Problem | undefined
  #failed = false

  constructor(line: Line) {
    this.#line = line
    const { promise, reject } = Promise.withResolvers<never>()
    promise.catch(() => undefined)
    this.abandoned = promise
    this.#idle = setTimeout(() => {
      this.#over = new Problem('limit.time', { detail: 'The transaction was left open for too long' })
      reject(this.#over)
    }, longestIdle).unref()
  }

  async query<Row>(statement: Statement): Promise<Result<Row>> {
    if (this.#over !== undefined) throw this.#over
    this.#idle.refresh()
    try {
      return await this.#line.send<Row>(statement)
    } catch (error) {
      this.#failed = true
      throw error
    }
  }

  /** After a failed statement whose error was swallowed, commit would roll back in silence; any statement says so aloud. */
  async commit(): Promise<void> {
    if (this.#failed) await this.query({ text: 'select 1' })
    await this.query({ text: 'commit' })
  }

  async rollback(): Promise<void> {
    this.#over ??= new Problem('internal.unexpected', { detail: 'The transaction is over' })
    if (this.#line.isOpen()) await this.#line.send({ text: 'rollback' }).catch(() => undefined)
  }

  end(): void {
    clearTimeout(this.#idle)
    this.#over ??= new Problem('internal.unexpected', { detail: 'The transaction is over' })
  }
}
