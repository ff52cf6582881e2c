// One import that is going on: what its steps share. Decides what one transaction is, what is counted, and what is told when it is
// committed; not what becomes of a row.
import { plainText, type JsonValue } from '@peyvand/core/base/json.ts'
import type { ValueKind } from '@peyvand/core/base/kind.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import type { Writer } from '../input.ts'
import type { Assignments } from './assign.ts'
import type { CellError, ReadRow } from './cell.ts'
import { failedRow, type FailedRow } from './errors.ts'
import { noCounts, type Counts } from './journal.ts'
import { Lookups } from './lookup.ts'
import type { Listener } from './place.ts'
import type { ImportOptions } from './run.ts'
import type { Store, Values } from './store.ts'
import type { Waiting } from './waiting.ts'

/** Rows of one transaction, when nothing else is asked for. */
export const usualBatch = 500

interface Begun {
  readonly writer: Writer
  readonly plan: Assignments
  readonly store: Store
  readonly waiting: Waiting
  readonly options: ImportOptions
}

/** One import that is going on. */
export class Importing implements Listener {
  readonly writer: Writer
  readonly plan: Assignments
  readonly lookups: Lookups
  /** What the properties of the entity hold. */
  readonly kinds: ReadonlyMap<string, ValueKind>
  /** Rows that point at records which are not there yet. */
  readonly waiting: Waiting
  /** unit: rows that are handled together */
  readonly batch: number
  /** Ids of the rows of circles, while those are written without their links. */
  circle: Map<ReadRow, string> | undefined
  readonly #options: ImportOptions
  readonly #outside: Store
  #store: Store
  #counts: Counts
  /** Rows of this chunk that failed; told when it is committed. */
  #failed: FailedRow[] = []
  /** Rows of this chunk that will wait. */
  #held: ReadRow[] = []

  constructor({ writer, plan, store, waiting, options }: Begun) {
    this.writer = writer
    this.plan = plan
    this.waiting = waiting
    this.batch = options.batch ?? usualBatch
    // What a dry run would have made is nowhere else.
    this.lookups = new Lookups(options.dryRun ? Infinity : undefined)
    this.kinds = new Map(
      [...wireOf(writer.model, plan.entity).properties.values()].map(({ name, kind }) => [name, kind]),
    )
    this.#options = options
    this.#outside = this.#store = store
    this.#counts = { ...(options.from?.counts ?? noCounts()) }
  }

  get counts(): Counts {
    return this.#counts
  }

  /** The store of the chunk that is being written. */
  get store(): Store {
    return this.#store
  }

  /** One transaction. When the database has it tried again, nothing of the first try counts. `waiting`: rows that leave the queue. */
  async chunk(
    { upto, waiting = [] }: { readonly upto?: number; readonly waiting?: readonly ReadRow[] },
    work: () => Promise<void>,
  ): Promise<void> {
    this.#options.signal?.throwIfAborted()
    const before = { ...this.#counts }
    let tries = 0
    const { failed } = await this.#outside.chunk(async (store) => {
      if (tries++ > 0) this.lookups.forget()
      this.#store = store
      this.#counts = { ...before }
      this.#held = []
      this.#failed = []
      await work()
      return {
        counts: minus(this.#counts, before),
        ...(upto === undefined ? {} : { upto }),
        held: numbersOf(this.#held, waiting),
        settled: numbersOf(waiting, this.#held),
        failed: this.#failed,
      }
    })
    this.#store = this.#outside
    await this.waiting.push(this.#held)
    for (const row of failed) this.#options.failed?.(row)
    await this.tell()
  }

  /** Tells how far it is. */
  async tell(): Promise<void> {
    await this.#options.progress?.(this.#counts)
  }

  /** The row waits for others. */
  hold(read: ReadRow): void {
    this.#held.push(read)
  }

  fail(read: ReadRow, errors: readonly CellError[]): void {
    this.#counts.failed++
    this.#failed.push(failedRow(read.row, errors))
  }

  done(read: ReadRow, id: string, count: 'created' | 'updated' | 'unchanged', values: Values): void {
    this.#counts[count]++
    this.circle?.set(read, id)
    for (const { match } of this.plan.all) {
      const name = match?.self ? values[match.path[0]!] : undefined
      if (match && name !== undefined && name !== null && count === 'created')
        this.lookups.remember(match, plainText(name as JsonValue), id)
    }
  }
}

function minus(a: Counts, b: Counts): Counts {
  const { rows, created, updated, unchanged, failed } = a
  return {
    rows: rows - b.rows,
    created: created - b.created,
    updated: updated - b.updated,
    unchanged: unchanged - b.unchanged,
    failed: failed - b.failed,
  }
}

/** The numbers of the rows that are not among others. */
function numbersOf(rows: readonly ReadRow[], others: readonly ReadRow[]): number[] {
  const known = new Set(others)
  return rows.flatMap((read) => (known.has(read) ? [] : [read.row.number]))
}
