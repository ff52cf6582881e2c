// A list in groups: a line for each group with its count and totals, its rows under it. The server makes the groups; each
// group's rows are windows of their own, so that a long group costs no more than a long list and a folded one costs nothing.
import type { JsonValue } from '@peyvand/core/base/json.ts'
import { propertiesOf } from '@peyvand/core/form/state.ts'
import { optionsOf } from '@peyvand/core/types/choice/type.ts'
import { current } from '../data/model.ts'
import { lookups, quote, summarize, type ListQuery, type Row, type Total } from '../data/records.ts'
import { Store } from '../kit/view.ts'
import type { Column } from './columns.ts'
import { Windows, type Lines } from './windows.ts'

export interface GroupLine {
  readonly key: string
  /** The values the rows share, and the totals, as the server gave them. */
  readonly values: Readonly<Record<string, unknown>>
  readonly count: number
  readonly columns: readonly Column[]
}

interface Opened extends GroupLine {
  readonly rows: Windows
  /** The line the group's own line is. */
  start: number
}

export class Groups extends Store implements Lines {
  readonly query: ListQuery
  #error: unknown
  readonly #columns: readonly Column[]
  readonly #totals: readonly Total[]
  readonly #folded = new Set<string>()
  #groups: readonly Opened[] | undefined
  #asked: AbortController | undefined
  #started = false

  constructor(query: ListQuery, columns: readonly Column[], totals: readonly Total[]) {
    super()
    this.query = query
    this.#columns = columns
    this.#totals = totals
  }

  /** What went wrong with the groups, or with the rows of one. */
  get error(): unknown {
    return this.#error ?? this.#groups?.find(({ rows }) => rows.error !== undefined)?.rows.error
  }

  get count(): number | undefined {
    return this.#groups?.reduce((sum, { count }) => sum + count, 0)
  }

  get lines(): number | undefined {
    const last = this.#groups?.at(-1)
    return last ? last.start + 1 + this.#shown(last) : this.#groups && 0
  }

  row(line: number): Row | undefined {
    const group = this.#at(line)
    return group && line > group.start ? group.rows.row(line - group.start - 1) : undefined
  }

  /** The group whose own line this is. */
  group(line: number): GroupLine | undefined {
    const group = this.#at(line)
    return group?.start === line ? group : undefined
  }

  isFolded(key: string): boolean {
    return this.#folded.has(key)
  }

  /** Folds or opens a group. */
  toggle(key: string): void {
    if (!this.#folded.delete(key)) this.#folded.add(key)
    this.#place()
    this.changed()
  }

  *rows(): Iterable<readonly [number, Row]> {
    for (const group of this.#groups ?? [])
      if (!this.#folded.has(group.key)) for (const [at, row] of group.rows.rows()) yield [group.start + 1 + at, row]
  }

  want(from: number, to: number): void {
    if (!this.#started) {
      this.#started = true
      void this.#read()
    }
    for (const group of this.#groups ?? []) {
      const [first, last] = this.#part(group, from, to)
      if (first < last) group.rows.want(first, last)
    }
  }

  refresh(from = 0, to = 0): void {
    void this.#read([from, to])
  }

  async #read(inSight?: readonly [number, number]): Promise<void> {
    this.#asked?.abort()
    const asked = (this.#asked = new AbortController())
    try {
      const by = this.#columns.flatMap(keysOf)
      const answers = await summarize(this.query, this.#totals, [...new Set(by)], asked.signal)
      this.#take(answers, inSight)
      this.#error = undefined
    } catch (error) {
      if (asked.signal.aborted) return
      this.#error = error
    }
    this.changed()
  }

  /** Takes new groups over; rows in sight stay until they are read again, all others are read when they are wanted. */
  #take(answers: readonly Readonly<Record<string, unknown>>[], inSight?: readonly [number, number]): void {
    const before = new Map(this.#groups?.map((group) => [group.key, group]))
    const groups = answers.map((values): Opened => {
      const filter = [
        this.query.filter && `(${this.query.filter})`,
        ...this.#columns.map((column) => conditionOf(column, values)),
      ]
      const query = { ...this.query, filter: filter.filter(Boolean).join(' and ') }
      const known = before.get(query.filter)
      const [first, last] = known && inSight ? this.#part(known, ...inSight) : [0, 0]
      const rows = known && first < last ? known.rows : new Windows(query)
      if (rows === known?.rows) rows.refresh(first, last)
      else rows.subscribe(() => this.changed())
      return { key: query.filter, values, count: Number(values['group_count']), columns: this.#columns, rows, start: 0 }
    })
    this.#groups = sortGroups(groups, this.#columns)
    this.#place()
  }

  #place(): void {
    let line = 0
    for (const group of this.#groups ?? []) {
      group.start = line
      line += 1 + this.#shown(group)
    }
  }

  #shown(group: GroupLine): number {
    return this.#folded.has(group.key) ? 0 : group.count
  }

  /** The rows of a group among some lines. */
  #part(group: Opened, from: number, to: number): [number, number] {
    const first = group.start + 1
    return [Math.max(0, from - first), Math.min(this.#shown(group), to - first)]
  }

  #at(line: number): Opened | undefined {
    const groups = this.#groups ?? []
    let [low, high] = [0, groups.length - 1]
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if (groups[middle]!.start <= line) low = middle
      else high = middle - 1
    }
    return groups[low]
  }
}

/** What to group by for a column: the names a lookup is shown by, else what orders it, and its own properties. */
function keysOf(column: Column): string[] {
  const names = column.path.includes('.') ? [] : namesOf(column)
  return [...(names.length > 0 ? names : [column.orderby]), ...propertiesHere(column).map(({ name }) => name)]
}

function namesOf({ entity, field }: Column): string[] {
  return lookups(entity)
    .filter((navigation) => navigation.field.id === field.id)
    .flatMap(({ name, target }) => {
      const there = current().entityById.get(target)
      return there ? [`${name}/${there.primaryField}`] : []
    })
}

const propertiesHere = ({ path, entity, field }: Column) =>
  path.includes('.') ? [] : propertiesOf(current(), entity, field).filter(({ name }) => name !== `${field.name}_base`)

/** The condition that makes a record one of a group's. */
function conditionOf(column: Column, values: Readonly<Record<string, unknown>>): string {
  const own = propertiesHere(column)
  if (own.length > 0)
    return own
      .map(({ name, kind }) => `${name} eq ${literal(values[name] as JsonValue, kind === 'text')}`)
      .join(' and ')
  const value = column.recordOf(values as Row)[column.field.name] as JsonValue | undefined
  return `${column.orderby} eq ${literal(value ?? null, propertiesOf(current(), column.entity, column.field)[0]?.kind === 'text')}`
}

function literal(value: JsonValue, isText: boolean): string {
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return value !== null && isText ? quote(text) : text
}

/** Groups of a choice stand in the order of its options, all others as the server ordered them; without a value last. */
function sortGroups(groups: readonly Opened[], columns: readonly Column[]): readonly Opened[] {
  const places = columns.map(({ field, path }) => {
    const order = field.type === 'choice' ? optionsOf(field, current()).map(({ value }) => value) : []
    return (group: Opened): number => {
      if (path.includes('.') || field.type !== 'choice') return 0
      const place = order.indexOf(String(group.values[field.name]))
      return place < 0 ? order.length : place
    }
  })
  return groups.toSorted((a, b) => {
    for (const place of places) if (place(a) !== place(b)) return place(a) - place(b)
    return 0
  })
}
