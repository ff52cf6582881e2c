// The rows of a long list, read in windows as they scroll into view. Keeps a few dozen windows; a refresh swaps rows in place.
import { Store } from '../kit/view.ts'
import { list, type ListQuery, type Row } from '../data/records.ts'
import type { GroupLine } from './groups.ts'

const size = 100
const kept = 30

/** What a grid paints, line by line: rows, and lines of groups between them. */
export interface Lines extends Store {
  readonly query: ListQuery
  /** Records in all, and lines to paint; undefined until the first answer. */
  readonly count: number | undefined
  readonly lines: number | undefined
  readonly error: unknown
  /** The row of a line, if it was read. */
  row(line: number): Row | undefined
  /** The group a line stands for. */
  group(line: number): GroupLine | undefined
  isFolded(key: string): boolean
  toggle(key: string): void
  /** Every row that was read, with its line. */
  rows(): Iterable<readonly [number, Row]>
  /** Says which lines are in sight. */
  want(from: number, to: number): void
  /** Reads again what is in sight. */
  refresh(from?: number, to?: number): void
}

/** A plain list: every line is a row. */
export class Windows extends Store implements Lines {
  readonly query: ListQuery
  /** Rows in all; undefined until the first answer. */
  count: number | undefined
  error: unknown
  /** True while nothing at all has arrived. */
  waiting = true
  readonly #pages = new Map<number, readonly Row[]>()
  readonly #asked = new Map<number, AbortController>()
  /** Windows that could not be read: not asked for again while they stay in sight, or a server in trouble is asked without end. */
  readonly #failed = new Set<number>()
  #fresh = 0
  #timer = 0

  constructor(query: ListQuery) {
    super()
    this.query = query
  }

  get lines(): number | undefined {
    return this.count
  }
  group(): undefined {}
  isFolded(): boolean {
    return false
  }
  toggle(): void {}

  /** The row at a place of the list, if it was read. */
  row(index: number): Row | undefined {
    return this.#pages.get(Math.floor(index / size))?.[index % size]
  }

  /** Every row that was read, with its place. */
  *rows(): Iterable<readonly [number, Row]> {
    for (const [page, rows] of this.#pages) for (const [at, row] of rows.entries()) yield [page * size + at, row]
  }

  /** Says which rows are in sight: their windows are read once scrolling rests, others that were asked for are given up. */
  want(from: number, to: number): void {
    const pages: number[] = []
    for (let page = Math.floor(from / size); page <= Math.floor(Math.max(from, to - 1) / size); page++) pages.push(page)
    for (const [page, asked] of this.#asked)
      if (!pages.includes(page)) {
        asked.abort()
        this.#asked.delete(page)
      }
    for (const page of this.#failed) if (!pages.includes(page)) this.#failed.delete(page)
    const missing = pages.filter((page) => !this.#pages.has(page) && !this.#asked.has(page) && !this.#failed.has(page))
    clearTimeout(this.#timer)
    if (missing.length === 0) return
    this.#timer = window.setTimeout(
      () => {
        for (const page of missing) void this.#read(page)
      },
      this.waiting ? 0 : 50,
    )
  }

  /** Reads again what is shown, without emptying the list first. */
  refresh(from = 0, to = size): void {
    this.#fresh++
    this.error = undefined
    this.#failed.clear()
    const first = Math.floor(from / size)
    const last = Math.floor(Math.max(from, to - 1) / size)
    for (const page of Array.from(this.#pages.keys())) if (page < first || page > last) this.#pages.delete(page)
    for (let page = first; page <= last; page++) void this.#read(page)
  }

  async #read(page: number): Promise<void> {
    this.#asked.get(page)?.abort()
    const asked = new AbortController()
    this.#asked.set(page, asked)
    const fresh = this.#fresh
    try {
      const counts = this.count === undefined || fresh > 0
      const { rows, count } = await list({ ...this.query, top: size, skip: page * size, count: counts }, asked.signal)
      this.#keep(page, rows)
      if (count !== undefined) this.count = count
      this.error = undefined
    } catch (error) {
      if (asked.signal.aborted) return
      this.error = error
      this.#failed.add(page)
    } finally {
      if (this.#asked.get(page) === asked) this.#asked.delete(page)
    }
    this.waiting = false
    this.changed()
  }

  #keep(page: number, rows: readonly Row[]): void {
    this.#pages.delete(page)
    this.#pages.set(page, rows)
    const oldest = this.#pages.keys().next().value
    if (this.#pages.size > kept && oldest !== undefined) this.#pages.delete(oldest)
  }
}
