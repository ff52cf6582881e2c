// The story of an import: rows in batches → bodies → lookups → what is there already → created, changed or left alone.
// A row fails alone. Rows that point at rows further down wait; circles are written first and linked after.
import { randomUUID } from 'node:crypto'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { ValueKind } from '@peyvand/core/base/kind.ts'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { isUuid } from '@peyvand/core/base/uuid.ts'
import type { Model } from '@peyvand/core/model/model.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import { readInput } from '../input.ts'
import type { Assignment, Assignments } from './assign.ts'
import { columnOf, readRow, setValue, type CellError, type ReadRow, type Wanted } from './cell.ts'
import { changedValues, spell } from './compare.ts'
import { lookupProblem, Lookups } from './lookup.ts'
import { failedRow, type FailedRow } from './errors.ts'
import type { Row, Table } from './rows.ts'
import type { Store, Values } from './store.ts'

export interface Counts { rows: number; created: number; updated: number; unchanged: number; failed: number }

export interface ImportOptions {
  readonly dryRun?: boolean
  /** unit: rows read, looked up and written together. */
  readonly batch?: number
  readonly failed?: (failed: FailedRow) => void
  readonly progress?: (counts: Readonly<Counts>) => void
}

interface Prepared { readonly read: ReadRow; readonly values: Values; readonly key: string | undefined; readonly id?: string }

/** Imports a table. The counts add up: rows = created + updated + unchanged + failed. */
export async function runImport(model: Model, assignments: Assignments, table: Table, store: Store, options: ImportOptions = {}): Promise<Counts> {
  const run = new Run(model, assignments, options.dryRun ? withoutWrites(store) : store, options)
  let batch: ReadRow[] = []
  for await (const row of table.rows) {
    batch.push(readRow(row, assignments.all, table.format === 'csv'))
    if (batch.length < (options.batch ?? 1000)) continue
    await run.take(batch)
    batch = []
  }
  await run.take(batch)
  await run.finish()
  return run.counts
}

/** The store of a dry run: reads are real, writes are taken for done. */
function withoutWrites(store: Store): Store {
  return {
    find: (...asked) => store.find(...asked),
    create: async (_, records) => records.map(() => randomUUID()),
    update: async (_, changes) => changes.map(({ id }) => id),
  }
}

class Run {
  readonly counts: Counts = { rows: 0, created: 0, updated: 0, unchanged: 0, failed: 0 }
  private readonly model: Model
  private readonly plan: Assignments
  private readonly store: Store
  private readonly options: ImportOptions
  private readonly lookups: Lookups
  private readonly kinds: ReadonlyMap<string, ValueKind>
  private held: ReadRow[] = []
  private readonly gone = new Set<ReadRow>()
  /** Set while rows of a circle are written without their links. */
  private inCircle = false
  private readonly ids = new Map<ReadRow, string>()

  constructor(model: Model, plan: Assignments, store: Store, options: ImportOptions) {
    this.model = model
    this.plan = plan
    this.store = store
    this.options = options
    this.lookups = new Lookups(store)
    this.kinds = new Map([...wireOf(model, plan.entity).properties.values()].map(({ name, kind }) => [name, kind]))
  }

  /** Imports rows that are seen for the first time. */
  async take(rows: readonly ReadRow[]): Promise<void> {
    this.counts.rows += rows.length
    await this.write(rows.filter(read => !this.refuse(read)))
    this.options.progress?.(this.counts)
  }

  /** Imports the rows that waited for others: as long as any finds what it waits for, then the circles. */
  async finish(): Promise<void> {
    await this.rounds()
    if (this.held.length > 0) await this.settle()
    this.options.progress?.(this.counts)
  }

  private async rounds(): Promise<void> {
    for (let before = Infinity; this.held.length > 0 && this.held.length < before;) {
      before = this.held.length
      await this.retry()
    }
  }

  private async retry(): Promise<void> {
    const rows = this.held
    this.held = []
    const size = this.options.batch ?? 1000
    for (let from = 0; from < rows.length; from += size) await this.write(rows.slice(from, from + size))
  }

  /** What is left points at nothing, or in circles. */
  private async settle(): Promise<void> {
    const rows = this.held
    const circle = this.circleIn(rows)
    const others = rows.filter((read) => !circle.has(read))
    const inFile = this.namesOf(rows)
    await this.createTargets(others.flatMap((read) => this.missing(read).filter((wanted) => !inFile.has(nameOf(wanted)))))
    this.held = others
    await this.rounds()
    for (const read of this.held) this.fail(read, this.missing(read).map((wanted) => errorOf(wanted, lookupProblem(wanted.assignment, wanted.text, undefined))))
    this.held = []
    await this.writeCircle([...circle])
  }

  /** The rows that point only at each other. */
  private circleIn(rows: readonly ReadRow[]): Set<ReadRow> {
    let circle = rows
    for (let before = -1; circle.length !== before;) {
      before = circle.length
      const names = this.namesOf(circle)
      circle = circle.filter((read) => this.missing(read).every((wanted) => names.has(nameOf(wanted))))
    }
    return new Set(circle)
  }

  /** The texts by which other rows can point at these. */
  private namesOf(rows: readonly ReadRow[]): Set<string> {
    const self = this.plan.all.filter(({ match }) => match?.self)
    return new Set(rows.flatMap((read) => self.map((assignment) => nameIn(read, assignment))))
  }

  /** Writes the rows of circles without their links, and then the links. */
  private async writeCircle(circle: readonly ReadRow[]): Promise<void> {
    if (circle.length === 0) return
    this.inCircle = true
    this.held = [...circle]
    await this.retry()
    this.inCircle = false
    const links = circle.flatMap(read => {
      const id = this.ids.get(read)
      const body: ReadRow['body'] = {}
      for (const wanted of read.wanted) {
        const answer = this.lookups.answer(wanted)
        if (wanted.assignment.match!.self && answer !== undefined && answer !== 'many') setValue(body, wanted.assignment, answer.id)
      }
      const values = readInput(this.model, this.plan.entity, body, 'update')
      return id === undefined || values instanceof Problem ? [] : [{ read, id, values }]
    })
    const ids = await this.store.update(this.plan.entity, links)
    links.forEach(({ read }, place) => ids[place] instanceof Problem && this.unlinked(read, ids[place]))
  }

  /** A row of a circle that is there, but without its link: it counts as failed. */
  private unlinked(read: ReadRow, problem: Problem): void {
    this.counts.created--
    this.fail(read, this.locate(read, problem))
  }

  private missing(read: ReadRow): Wanted[] {
    return read.wanted.filter(wanted => wanted.assignment.match!.self && this.lookups.answer(wanted) === undefined)
  }

  /** Rows whose cells are wrong are done with. */
  private refuse(read: ReadRow): boolean {
    const excess = read.row.excess === undefined ? [] : [{ column: '', value: '', problem: new Problem('request.malformed', { detail: 'The row has more cells than the file has columns' }) }]
    const errors = [...read.errors, ...excess]
    if (errors.length > 0) this.fail(read, errors)
    return errors.length > 0
  }

  private fail(read: ReadRow, errors: readonly CellError[]): void {
    if (this.gone.has(read)) return
    this.gone.add(read)
    this.counts.failed++
    this.options.failed?.(failedRow(read.row, errors))
  }

  private async write(rows: readonly ReadRow[]): Promise<void> {
    if (rows.length === 0) return
    await this.lookups.prepare(rows.flatMap(({ wanted }) => wanted))
    await this.createTargets(rows.flatMap(({ wanted }) => wanted.filter(each => !each.assignment.match!.self && this.lookups.answer(each) === undefined)))
    const linked = rows.filter(read => this.resolve(read))
    const prepared = linked.flatMap(read => this.prepare(read))
    await this.place(prepared)
  }

  /** Makes the records of lookups that may be made, each once. */
  private async createTargets(wanted: readonly Wanted[]): Promise<void> {
    const wishes = Map.groupBy(wanted.filter(({ assignment }) => assignment.match!.create), ({ assignment }) => assignment)
    for (const [{ match }, asked] of wishes) {
      const texts = [...new Set(asked.map(({ text }) => text))]
      const fresh = texts.flatMap((text) => {
        const values = readInput(this.model, match!.target, { [match!.path[0]!]: text }, 'create')
        return values instanceof Problem ? [] : [{ text, values }]
      })
      const ids = await this.store.create(match!.target, fresh.map(({ values }) => values))
      fresh.forEach(({ text }, place) => typeof ids[place] === 'string' && this.lookups.remember(match!, text, ids[place]))
    }
  }

  /** Puts the found ids into the body; false when the row failed or waits. */
  private resolve(read: ReadRow): boolean {
    const errors: CellError[] = []
    let waits = false
    for (const wanted of read.wanted) {
      const answer = this.lookups.answer(wanted)
      if (answer !== undefined && answer !== 'many') setValue(read.body, wanted.assignment, answer.id)
      else if (answer === undefined && wanted.assignment.match!.self) waits = waits || !this.inCircle
      else errors.push(errorOf(wanted, lookupProblem(wanted.assignment, wanted.text, answer)))
    }
    if (errors.length > 0) this.fail(read, errors)
    else if (waits) this.held.push(read)
    return errors.length === 0 && !waits
  }

  private prepare(read: ReadRow): Prepared[] {
    const { id, ...body } = read.body
    if (id !== undefined && !isUuid(id)) {
      this.fail(read, [{ column: this.columnFor('id'), value: String(id ?? ''), problem: new Problem('check.invalid', { detail: `"${String(id ?? '')}" is no id (a UUID)` }) }])
      return []
    }
    const values = readInput(this.model, this.plan.entity, body, 'update')
    if (values instanceof Problem) {
      this.fail(read, this.locate(read, values))
      return []
    }
    const empty = this.plan.key.find(name => (name === 'id' ? id : values[name]) === null || (name === 'id' ? id : values[name]) === undefined)
    if (empty !== undefined) {
      this.fail(read, [{ column: this.columnFor(empty), value: '', problem: new Problem('check.required', { detail: 'The key of the import must have a value in every row' }) }])
      return []
    }
    const all = id === undefined ? values : { ...values, id: id as string }
    return [{ read, values, key: this.plan.key.length === 0 ? undefined : keyOf(this.plan.key, all, this.kinds), ...(id === undefined ? {} : { id: String(id) }) }]
  }

  /** Decides for each row between create, update and nothing; rows with the key of an earlier row come after it. */
  private async place(prepared: readonly Prepared[]): Promise<void> {
    for (let rest = prepared; rest.length > 0;) {
      const seen = new Set<string>()
      const now = rest.filter(({ key }) => key === undefined || (!seen.has(key) && seen.add(key)))
      const later = new Set(now)
      const existing = await this.existing(now)
      await this.create(now.filter(each => existing.get(each.key ?? '') === undefined))
      await this.update(now, existing)
      rest = rest.filter(each => !later.has(each))
    }
  }

  private async existing(rows: readonly Prepared[]): Promise<Map<string, JsonObject[]>> {
    const { key, entity, all } = this.plan
    const [first] = key
    if (first === undefined || rows.length === 0) return new Map()
    const values = [...new Set(rows.map(({ values: row, id }) => spell(this.kinds.get(first)!, first === 'id' ? id! : row[first]!)!))]
    const columns = new Set(['id', ...rows.flatMap(({ values: row }) => Object.keys(row)), ...all.map(({ property }) => property), ...key])
    const records = await this.store.find(entity, [first], values, [...columns].map(name => [name]))
    return Map.groupBy(records, record => keyOf(key, record, this.kinds))
  }

  private async create(rows: readonly Prepared[]): Promise<void> {
    const fresh: { row: Prepared; values: Values }[] = []
    for (const row of rows) {
      if (this.plan.mode === 'update') {
        this.fail(row.read, [this.keyError(row, new Problem('missing.record', { detail: 'There is no record with this key' }))])
        continue
      }
      const { id: _, ...body } = row.read.body
      const values = readInput(this.model, this.plan.entity, body, 'create')
      if (values instanceof Problem) this.fail(row.read, this.locate(row.read, values))
      else fresh.push({ row, values: row.id === undefined ? values : { ...values, id: row.id } })
    }
    if (fresh.length === 0) return
    const ids = await this.store.create(this.plan.entity, fresh.map(({ values }) => values))
    fresh.forEach(({ row, values }, place) => this.done(row.read, ids[place]!, 'created', values))
  }

  private async update(rows: readonly Prepared[], existing: ReadonlyMap<string, readonly JsonObject[]>): Promise<void> {
    const changes: { row: Prepared; id: string; values: Values }[] = []
    for (const row of rows) {
      const found = existing.get(row.key ?? '')
      if (found === undefined) continue
      if (this.plan.mode === 'create' || found.length > 1) {
        const detail = found.length > 1 ? `${found.length} records have this key` : 'A record with this key is there already'
        this.fail(row.read, [this.keyError(row, new Problem('conflict.duplicate', { detail }))])
        continue
      }
      const record = found[0]!
      const values = changedValues(row.values, record, this.kinds)
      if (values) changes.push({ row, id: String(record['id']), values })
      else this.done(row.read, String(record['id']), 'unchanged', row.values)
    }
    if (changes.length === 0) return
    const ids = await this.store.update(this.plan.entity, changes)
    changes.forEach(({ row }, place) => this.done(row.read, ids[place]!, 'updated', row.values))
  }

  private done(read: ReadRow, id: string | Problem, count: 'created' | 'updated' | 'unchanged', values: Values): void {
    if (id instanceof Problem) return this.fail(read, this.locate(read, id))
    this.counts[count]++
    if (this.inCircle) this.ids.set(read, id)
    for (const { match } of this.plan.all) {
      const name = match?.self ? values[match.path[0]!] : undefined
      if (match && name !== undefined && name !== null && count === 'created') this.lookups.remember(match, String(name), id)
    }
  }

  private columnFor(property: string): string {
    return columnOf(this.plan.all.find((assignment) => assignment.property === property)!)
  }

  private keyError({ read }: Prepared, problem: Problem): CellError {
    const assignment = this.plan.all.find(({ property }) => property === this.plan.key[0])!
    return { column: columnOf(assignment), value: cellText(read.row, assignment), problem }
  }

  /** The cells that the problems of a body are about. */
  private locate(read: ReadRow, problem: Problem): CellError[] {
    const all = problem.problems.length > 0 ? problem.problems : [problem]
    return all.map(each => {
      const name = each.pointer?.split('/')[1] ?? each.target
      const assignment = this.plan.all.find(({ property, field }) => property === name || field.name === name)
      return { column: assignment ? columnOf(assignment) : (name ?? ''), value: assignment ? cellText(read.row, assignment) : '', problem: each }
    })
  }
}

function cellText(row: Row, { source }: Assignment): string {
  const cell = source.column === undefined ? undefined : row.cells[source.column]
  return cell === undefined || cell === null ? '' : typeof cell === 'string' ? cell : JSON.stringify(cell)
}

function errorOf({ assignment, text }: Wanted, problem: Problem): CellError {
  return { column: columnOf(assignment), value: text, problem }
}

/** The text by which other rows of the file point at this one. */
function nameIn({ body }: ReadRow, { match }: Assignment): string {
  return `${match!.path[0]}\u0000${spell(match!.kind, body[match!.path[0]!] ?? null)}`
}

function nameOf({ assignment: { match }, text }: Wanted): string {
  return `${match!.path[0]}\u0000${spell(match!.kind, text)}`
}

function keyOf(key: readonly string[], values: Readonly<Record<string, unknown>>, kinds: ReadonlyMap<string, ValueKind>): string {
  return JSON.stringify(key.map(name => spell(kinds.get(name) ?? 'text', values[name] as string)))
}
