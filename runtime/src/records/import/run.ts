// The story of an import: rows in batches → bodies → lookups → what is there already → created, changed or left alone.
// A row fails alone. Rows that point at rows further down wait (waiting.ts); circles are written first and linked after.
import { tmpdir } from 'node:os'
import { plainText, type JsonValue } from '@peyvand/core/base/json.ts'
import type { ValueKind } from '@peyvand/core/base/kind.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { isUuid } from '@peyvand/core/base/uuid.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import { collectEarly } from '../../heap.ts'
import { readInput, type Writer } from '../input.ts'
import type { Assignments } from './assign.ts'
import { columnOf, readRow, setValue, type CellError, type ReadRow, type Wanted } from './cell.ts'
import { circlesIn, nameOf, waiter, type Waiter } from './circle.ts'
import { failedRow, type FailedRow } from './errors.ts'
import { noCounts, type Counts, type ImportProgress } from './journal.ts'
import { errorAt, locate } from './locate.ts'
import { lookupProblem, Lookups, type Answer } from './lookup.ts'
import { keyText, placeRows, type Listener, type ReadyRow } from './place.ts'
import type { Row, Table } from './rows.ts'
import type { Store, Values, Writing } from './store.ts'
import { Waiting } from './waiting.ts'

export interface ImportOptions {
  /** unit: rows read, looked up and written together. */
  readonly batch?: number
  readonly failed?: (row: FailedRow) => void
  /** Told after each transaction; the next one begins when it is done. */
  readonly progress?: (counts: Readonly<Counts>) => Promise<void> | void
  /** Where an import that was stopped goes on. */
  readonly from?: Resume
  /** Whether the store only acts as if it wrote. */
  readonly dryRun?: boolean
  /** Aborted when it shall go no further. */
  readonly signal?: AbortSignal
  /** Where rows that wait may lie when they are many, and how many are held before. */
  readonly folder?: string
  readonly mostHeld?: number
}

/** What an import that was stopped had done. */
export interface Resume extends ImportProgress {
  /** Rows that were read and wait for others. */
  readonly held: ReadonlySet<number>
}

/** Rows of one transaction, when nothing else is asked for. */
export const usualBatch = 500

/** Imports a table. law: rows = created + updated + unchanged + failed. */
export async function runImport(
  writer: Writer,
  plan: Assignments,
  table: Table,
  store: Store,
  options: ImportOptions = {},
): Promise<Counts> {
  const { folder = tmpdir(), mostHeld } = options
  const read = (row: Row): ReadRow => readRow(row, plan.all, table.format)
  const waiting = new Waiting({ folder, read, ...(mostHeld === undefined ? {} : { most: mostHeld }) })
  const run = new Run(writer, plan, store, { ...options, waiting })
  const collectAsUsual = collectEarly()
  try {
    await takeAll(run, table, { ...options, read })
    await run.finish()
    return run.counts
  } finally {
    collectAsUsual()
    await waiting.close()
  }
}

/** Hands all rows of the table to the run. */
async function takeAll(
  run: Run,
  table: Table,
  options: ImportOptions & { readonly read: (row: Row) => ReadRow },
): Promise<void> {
  const { upto, held } = options.from ?? { upto: 0, held: new Set<number>() }
  let batch: ReadRow[] = []
  // While the database writes one batch, the next is read.
  let writing = Promise.resolve()
  const write = async (rows: readonly ReadRow[]): Promise<void> => {
    await writing
    writing = run.take(rows)
    writing.catch(() => undefined)
  }
  try {
    for await (const row of table.rows) {
      if (row.number <= upto && !held.has(row.number)) continue
      const read = options.read(row)
      if (row.number <= upto) await run.wait(read)
      else batch.push(read)
      if (batch.length < (options.batch ?? usualBatch)) continue
      await write(batch)
      batch = []
    }
    if (batch.length > 0) await write(batch)
    await writing
  } finally {
    // A file that breaks off is told when what was read of it is written.
    await writing.catch(() => undefined)
  }
}

interface RunOptions extends ImportOptions {
  readonly waiting: Waiting
}

class Run implements Listener {
  #counts: Counts
  readonly #writer: Writer
  readonly #plan: Assignments
  readonly #outside: Store
  readonly #options: RunOptions
  readonly #lookups: Lookups
  readonly #kinds: ReadonlyMap<string, ValueKind>
  /** The store of the chunk that is being written. */
  #store: Store
  /** Rows of this chunk that failed; told when it is committed. */
  #failed: FailedRow[] = []
  /** Rows of this chunk that point at records which are not there yet. */
  #held: ReadRow[] = []
  /** All rows that wait. */
  readonly #waiting: Waiting
  /** Ids of the rows of circles, while those are written without their links. */
  #circle: Map<ReadRow, string> | undefined

  constructor(writer: Writer, plan: Assignments, store: Store, options: RunOptions) {
    this.#writer = writer
    this.#plan = plan
    this.#outside = this.#store = store
    this.#options = options
    this.#waiting = options.waiting
    // What a dry run would have made is nowhere else.
    this.#lookups = new Lookups(options.dryRun ? Infinity : undefined)
    this.#counts = { ...(options.from?.counts ?? noCounts()) }
    this.#kinds = new Map(
      [...wireOf(writer.model, plan.entity).properties.values()].map(({ name, kind }) => [name, kind]),
    )
  }

  get counts(): Counts {
    return this.#counts
  }

  /** Takes a row that was read before, and waited, when the import was stopped. */
  async wait(read: ReadRow): Promise<void> {
    await this.#waiting.push([read])
  }

  /** Imports rows that are seen for the first time. */
  async take(rows: readonly ReadRow[]): Promise<void> {
    await this.#chunk({ upto: rows.at(-1)!.row.number }, async () => {
      this.#counts.rows += rows.length
      await this.#write(rows.filter((read) => !this.#refuse(read)))
    })
  }

  /** Imports the rows that waited for others: as long as any finds what it waits for, then the circles. */
  async finish(): Promise<void> {
    await this.#rounds()
    if (this.#waiting.size > 0) await this.#settle()
    await this.#options.progress?.(this.#counts)
  }

  /** One transaction. When the database has it tried again, nothing of the first try counts. `waiting`: rows that leave the queue. */
  async #chunk(
    { upto, waiting = [] }: { readonly upto?: number; readonly waiting?: readonly ReadRow[] },
    work: () => Promise<void>,
  ): Promise<void> {
    this.#options.signal?.throwIfAborted()
    const before = { ...this.#counts }
    let tries = 0
    const { failed } = await this.#outside.chunk(async (store) => {
      if (tries++ > 0) this.#lookups.forget()
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
    await this.#waiting.push(this.#held)
    for (const row of failed) this.#options.failed?.(row)
    await this.#options.progress?.(this.#counts)
  }

  fail(read: ReadRow, errors: readonly CellError[]): void {
    this.#counts.failed++
    this.#failed.push(failedRow(read.row, errors))
  }

  done(read: ReadRow, id: string, count: 'created' | 'updated' | 'unchanged', values: Values): void {
    this.#counts[count]++
    this.#circle?.set(read, id)
    for (const { match } of this.#plan.all) {
      const name = match?.self ? values[match.path[0]!] : undefined
      if (match && name !== undefined && name !== null && count === 'created')
        this.#lookups.remember(match, plainText(name as JsonValue), id)
    }
  }

  /** Rows whose cells are wrong are done with. */
  #refuse(read: ReadRow): boolean {
    const errors = read.row.excess === undefined ? read.errors : [...read.errors, tooLong()]
    if (errors.length > 0) this.fail(read, errors)
    return errors.length > 0
  }

  async #write(rows: readonly ReadRow[]): Promise<void> {
    if (rows.length === 0) return
    const wanted = rows.flatMap((read) => read.wanted)
    await this.#lookups.prepare(this.#store, wanted)
    await this.#createTargets(
      wanted.filter((each) => !each.assignment.match!.self && this.#lookups.answer(each) === undefined),
    )
    const ready = rows.filter((read) => this.#resolve(read)).flatMap((read) => this.#ready(read))
    await placeRows(
      { writer: this.#writer, plan: this.#plan, store: this.#store, kinds: this.#kinds, listener: this },
      ready,
    )
  }

  /** Makes the records of lookups that may be made, each once. */
  async #createTargets(wanted: readonly Wanted[]): Promise<void> {
    const wishes = Map.groupBy(
      wanted.filter(({ assignment }) => assignment.match!.create),
      ({ assignment }) => assignment,
    )
    for (const [{ match }, asked] of wishes) {
      const fresh = [...new Set(asked.map(({ text }) => text))].flatMap((text) => {
        const input = readInput(this.#writer, match!.target, { [match!.path[0]!]: text }, 'create')
        return input instanceof Problem ? [] : [{ text, ...input }]
      })
      const ids = await this.#store.create(match!.target, fresh)
      fresh.forEach(
        ({ text }, place) => typeof ids[place] === 'string' && this.#lookups.remember(match!, text, ids[place]),
      )
    }
  }

  /** Puts the found ids into the body; false when the row failed or waits. */
  #resolve(read: ReadRow): boolean {
    const errors: CellError[] = []
    let waits = false
    for (const wanted of read.wanted) {
      const answer = this.#lookups.answer(wanted)
      if (answer !== undefined && answer !== 'many') setValue(read.body, wanted.assignment, answer.id)
      else if (answer === undefined && wanted.assignment.match!.self) waits ||= this.#circle === undefined
      else errors.push(notFound(wanted, answer))
    }
    if (errors.length > 0) this.fail(read, errors)
    else if (waits) this.#held.push(read)
    return errors.length === 0 && !waits
  }

  #ready(read: ReadRow): ReadyRow[] {
    const { id, ...body } = read.body
    const input = readInput(this.#writer, this.#plan.entity, body, 'update')
    const errors =
      input instanceof Problem
        ? locate(this.#plan, read, input)
        : this.#keyErrors(read, id === undefined ? input.values : { ...input.values, id })
    if (errors.length > 0) this.fail(read, errors)
    if (input instanceof Problem || errors.length > 0) return []
    const key =
      this.#plan.key.length === 0 ? {} : { key: keyText(this.#plan.key, { ...input.values, id }, this.#kinds) }
    return [{ read, input, ...key, ...(id === undefined ? {} : { id: plainText(id).toLowerCase() }) }]
  }

  #keyErrors(read: ReadRow, values: Values): CellError[] {
    const { id } = values
    if (id !== undefined && id !== null && !isUuid(id))
      return [
        errorAt(
          this.#plan,
          read,
          'id',
          new Problem('check.invalid', { detail: `"${plainText(id as JsonValue)}" is no id (a UUID)` }),
        ),
      ]
    const empty = this.#plan.key.find((name) => values[name] === null || values[name] === undefined)
    if (empty === undefined) return []
    return [
      errorAt(
        this.#plan,
        read,
        empty,
        new Problem('check.required', { detail: 'The key of the import must have a value in every row' }),
      ),
    ]
  }

  async #rounds(): Promise<void> {
    for (let before = Infinity; this.#waiting.size > 0 && this.#waiting.size < before;) {
      before = this.#waiting.size
      for await (const part of this.#taken()) await this.#chunk({ waiting: part }, () => this.#write(part))
    }
  }

  get #batch(): number {
    return this.#options.batch ?? usualBatch
  }

  #taken(): AsyncGenerator<ReadRow[]> {
    return this.#waiting.take(this.#batch)
  }

  #parts(rows: readonly ReadRow[]): ReadRow[][] {
    return Array.from({ length: Math.ceil(rows.length / this.#batch) }, (_, i) =>
      rows.slice(i * this.#batch, (i + 1) * this.#batch),
    )
  }

  /** What rows that wait do not find, as far as it was asked for. */
  #missing(read: ReadRow): Wanted[] {
    return read.wanted.filter((wanted) => wanted.assignment.match!.self && this.#lookups.answer(wanted) === undefined)
  }

  /** All rows that wait, so many at a time, with what they wait for asked for once more. */
  async *#asked(parts: AsyncGenerator<ReadRow[]>): AsyncGenerator<ReadRow[]> {
    for await (const part of parts) {
      await this.#lookups.prepare(
        this.#store,
        part.flatMap(({ wanted }) => wanted),
      )
      yield part
    }
  }

  /** What is left points at nothing, at what may be made, or in circles. */
  async #settle(): Promise<void> {
    const waiters: Waiter[] = []
    for await (const part of this.#asked(this.#waiting.look(this.#batch)))
      for (const read of part) waiters.push(waiter(read, this.#plan.all, this.#missing(read)))
    if (this.#plan.all.some(({ match }) => match?.self && match.create)) await this.#createMissing(waiters)
    const circles = circlesIn(waiters)
    if (circles.size > 0) await this.#settleCircles(circles)
    await this.#rounds()
    for await (const part of this.#asked(this.#taken()))
      await this.#chunk({ waiting: part }, async () => this.#failAll(part))
  }

  /** Makes the records that rows wait for and that no row of the file is. */
  async #createMissing(waiters: readonly Waiter[]): Promise<void> {
    const inFile = new Set<string>()
    for (const { names } of waiters) for (const name of names) inFile.add(name)
    for await (const part of this.#asked(this.#waiting.look(this.#batch))) {
      const wanted = part.flatMap((read) => this.#missing(read).filter((each) => !inFile.has(nameOf(each))))
      if (wanted.length > 0) await this.#chunk({}, () => this.#createTargets(wanted))
    }
  }

  async #settleCircles(circles: ReadonlySet<number>): Promise<void> {
    const inCircles: ReadRow[] = []
    for await (const part of this.#taken()) {
      const isIn = Map.groupBy(part, ({ row }) => circles.has(row.number))
      inCircles.push(...(isIn.get(true) ?? []))
      await this.#waiting.push(isIn.get(false) ?? [])
    }
    await this.#chunk({ waiting: inCircles }, () => this.#writeCircle(inCircles))
  }

  #failAll(rows: readonly ReadRow[]): void {
    for (const read of rows)
      this.fail(
        read,
        this.#missing(read).map((wanted) => notFound(wanted, undefined)),
      )
  }

  /** Writes the rows of circles without their links, and then the links: in one transaction, so that none stays without. */
  async #writeCircle(rows: readonly ReadRow[]): Promise<void> {
    const ids = new Map<ReadRow, string>()
    this.#circle = ids
    for (const part of this.#parts(rows)) await this.#write(part)
    this.#circle = undefined
    for (const part of this.#parts([...ids.keys()])) await this.#link(part, ids)
  }

  async #link(rows: readonly ReadRow[], ids: ReadonlyMap<ReadRow, string>): Promise<void> {
    await this.#lookups.prepare(
      this.#store,
      rows.flatMap(({ wanted }) => wanted),
    )
    const links = rows.map((read) => ({ id: ids.get(read)!, ...this.#links(read) }))
    const outcomes = await this.#store.update(this.#plan.entity, links)
    rows.forEach((read, place) => outcomes[place] instanceof Problem && this.#unlinked(read, outcomes[place]))
  }

  #links(read: ReadRow): Writing {
    const body: ReadRow['body'] = {}
    for (const wanted of read.wanted) {
      const answer = this.#lookups.answer(wanted)
      if (wanted.assignment.match!.self && answer !== undefined && answer !== 'many')
        setValue(body, wanted.assignment, answer.id)
    }
    const input = readInput(this.#writer, this.#plan.entity, body, 'update')
    return input instanceof Problem ? { values: {}, given: [] } : input
  }

  /** A row of a circle that is there, but without its link: it counts as failed. */
  #unlinked(read: ReadRow, problem: Problem): void {
    this.#counts.created--
    this.fail(read, locate(this.#plan, read, problem))
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

function tooLong(): CellError {
  const problem = new Problem('request.malformed', { detail: 'The row has more cells than the file has columns' })
  return { column: '', value: '', problem }
}

function notFound(wanted: Wanted, answer: Answer): CellError {
  return {
    column: columnOf(wanted.assignment),
    value: wanted.text,
    problem: lookupProblem(wanted.assignment, wanted.text, answer),
  }
}
