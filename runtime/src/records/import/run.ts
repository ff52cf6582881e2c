// The story of an import: rows in batches → bodies → lookups → what is there already → created, changed or left alone.
// A row fails alone. Rows that point at rows further down wait; circles are written first and linked after.
import { plainText, type JsonValue } from '@peyvand/core/base/json.ts'
import type { ValueKind } from '@peyvand/core/base/kind.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { isUuid } from '@peyvand/core/base/uuid.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import { readInput, type Writer } from '../input.ts'
import type { Assignments } from './assign.ts'
import { columnOf, readRow, setValue, type CellError, type ReadRow, type Wanted } from './cell.ts'
import { circleIn, nameOf, namesOf } from './circle.ts'
import { failedRow, type FailedRow } from './errors.ts'
import { noCounts, type Counts, type ImportProgress } from './journal.ts'
import { errorAt, locate } from './locate.ts'
import { lookupProblem, Lookups, type Answer } from './lookup.ts'
import { keyText, placeRows, type Listener, type ReadyRow } from './place.ts'
import type { Table } from './rows.ts'
import type { Store, Values, Writing } from './store.ts'

export interface ImportOptions {
  /** unit: rows read, looked up and written together. */
  readonly batch?: number
  readonly failed?: (row: FailedRow) => void
  readonly progress?: (counts: Readonly<Counts>) => void
  /** Where an import that was stopped goes on. */
  readonly from?: Resume
  /** Aborted when it shall go no further. */
  readonly signal?: AbortSignal
}

/** What an import that was stopped had done. */
export interface Resume extends ImportProgress {
  /** Rows that were read and wait for others. */
  readonly held: ReadonlySet<number>
}

const usualBatch = 500

/** Imports a table. law: rows = created + updated + unchanged + failed. */
export async function runImport(
  writer: Writer,
  plan: Assignments,
  table: Table,
  store: Store,
  options: ImportOptions = {},
): Promise<Counts> {
  const run = new Run(writer, plan, store, options)
  const { upto, held } = options.from ?? { upto: 0, held: new Set<number>() }
  let batch: ReadRow[] = []
  // While the database writes one batch, the next is read.
  let writing = Promise.resolve()
  const write = async (rows: readonly ReadRow[]): Promise<void> => {
    await writing
    writing = run.take(rows)
    writing.catch(() => undefined)
  }
  for await (const row of table.rows) {
    if (row.number <= upto && !held.has(row.number)) continue
    const read = readRow(row, plan.all, table.format)
    if (row.number <= upto) run.wait(read)
    else batch.push(read)
    if (batch.length < (options.batch ?? usualBatch)) continue
    await write(batch)
    batch = []
  }
  if (batch.length > 0) await write(batch)
  await writing
  await run.finish()
  return run.counts
}

class Run implements Listener {
  #counts: Counts
  readonly #writer: Writer
  readonly #plan: Assignments
  readonly #outside: Store
  readonly #options: ImportOptions
  readonly #lookups = new Lookups()
  readonly #kinds: ReadonlyMap<string, ValueKind>
  /** The store of the chunk that is being written. */
  #store: Store
  /** Rows of this chunk that failed; told when it is committed. */
  #failed: FailedRow[] = []
  /** Rows that point at records which are not there yet. */
  #held: ReadRow[] = []
  /** Ids of the rows of circles, while those are written without their links. */
  #circle: Map<ReadRow, string> | undefined

  constructor(writer: Writer, plan: Assignments, store: Store, options: ImportOptions) {
    this.#writer = writer
    this.#plan = plan
    this.#outside = this.#store = store
    this.#options = options
    this.#counts = { ...(options.from?.counts ?? noCounts()) }
    this.#kinds = new Map(
      [...wireOf(writer.model, plan.entity).properties.values()].map(({ name, kind }) => [name, kind]),
    )
  }

  get counts(): Counts {
    return this.#counts
  }

  /** Takes a row that was read before, and waited, when the import was stopped. */
  wait(read: ReadRow): void {
    this.#held.push(read)
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
    if (this.#held.length > 0) await this.#settle()
    this.#options.progress?.(this.#counts)
  }

  /** One transaction. When the database has it tried again, nothing of the first try counts. `waiting`: rows that leave the queue. */
  async #chunk(
    { upto, waiting = [] }: { readonly upto?: number; readonly waiting?: readonly ReadRow[] },
    work: () => Promise<void>,
  ): Promise<void> {
    this.#options.signal?.throwIfAborted()
    const [before, queue] = [{ ...this.#counts }, this.#held.length]
    let tries = 0
    const { failed } = await this.#outside.chunk(async (store) => {
      if (tries++ > 0) this.#lookups.forget()
      this.#store = store
      this.#counts = { ...before }
      this.#held.length = queue
      this.#failed = []
      await work()
      const queued = this.#held.slice(queue)
      return {
        counts: minus(this.#counts, before),
        ...(upto === undefined ? {} : { upto }),
        held: numbersOf(queued, waiting),
        settled: numbersOf(waiting, queued),
        failed: this.#failed,
      }
    })
    this.#store = this.#outside
    for (const row of failed) this.#options.failed?.(row)
    this.#options.progress?.(this.#counts)
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
    const tooLong = {
      column: '',
      value: '',
      problem: new Problem('request.malformed', { detail: 'The row has more cells than the file has columns' }),
    }
    const errors = read.row.excess === undefined ? read.errors : [...read.errors, tooLong]
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
    const { values } = input
    const key = this.#plan.key.length === 0 ? {} : { key: keyText(this.#plan.key, { ...values, id }, this.#kinds) }
    return [{ read, values, ...key, ...(id === undefined ? {} : { id: plainText(id).toLowerCase() }) }]
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
    for (let before = Infinity; this.#held.length > 0 && this.#held.length < before;) {
      before = this.#held.length
      await this.#retry()
    }
  }

  async #retry(): Promise<void> {
    const rows = this.#held
    this.#held = []
    for (const part of this.#parts(rows)) await this.#chunk({ waiting: part }, () => this.#write(part))
  }

  #parts(rows: readonly ReadRow[]): ReadRow[][] {
    const size = this.#options.batch ?? usualBatch
    return Array.from({ length: Math.ceil(rows.length / size) }, (_, i) => rows.slice(i * size, (i + 1) * size))
  }

  #missing(read: ReadRow): Wanted[] {
    return read.wanted.filter((wanted) => wanted.assignment.match!.self && this.#lookups.answer(wanted) === undefined)
  }

  /** What is left points at nothing, at what may be made, or in circles. */
  async #settle(): Promise<void> {
    const rows = this.#held
    const circle = circleIn(rows, this.#plan.all, (read) => this.#missing(read))
    const others = rows.filter((read) => !circle.has(read))
    const inFile = namesOf(rows, this.#plan.all)
    const wanted = others.flatMap((read) => this.#missing(read).filter((each) => !inFile.has(nameOf(each))))
    if (wanted.some(({ assignment }) => assignment.match!.create))
      await this.#chunk({}, () => this.#createTargets(wanted))
    this.#held = []
    if (circle.size > 0) await this.#chunk({ waiting: [...circle] }, () => this.#writeCircle([...circle]))
    this.#held = others
    await this.#rounds()
    const left = this.#held
    this.#held = []
    for (const part of this.#parts(left)) await this.#chunk({ waiting: part }, async () => this.#failAll(part))
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
    const links = [...ids].map(([read, id]) => ({ read, id, ...this.#links(read) }))
    const outcomes = await this.#store.update(this.#plan.entity, links)
    links.forEach(({ read }, place) => outcomes[place] instanceof Problem && this.#unlinked(read, outcomes[place]))
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

function notFound(wanted: Wanted, answer: Answer): CellError {
  return {
    column: columnOf(wanted.assignment),
    value: wanted.text,
    problem: lookupProblem(wanted.assignment, wanted.text, answer),
  }
}
