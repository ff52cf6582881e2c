// What a read should answer: the records somebody sees, field by field, then the query over them in memory.
import { type Eyes, test, valueOf, walk } from './evaluate.ts'
import { pathsIn, type Path, type Plain } from './condition.ts'
import type { Person } from './person.ts'
import { masked, opens, reaches, sightOf } from './rights.ts'
import type { Part, Rec, State } from './state.ts'
import type { Expand, Options, Read } from './request.ts'
import { nobody } from './id.ts'
import type { Mask } from './world.ts'

export interface Expected {
  /** One of these. */
  readonly status: readonly number[]
  /** The body as `heard` reads it; not looked at when absent. */
  readonly body?: unknown
  /** Names that stood in the request and are none for whoever asks. */
  readonly unknown?: readonly string[]
}

/** Somebody's view of a state. */
export class View {
  readonly state: State
  readonly person: Person
  readonly #seen = new Map<Rec, boolean>()
  readonly #sights = new Map<string, 'clear' | 'hidden' | Mask>()

  constructor(state: State, person: Person) {
    this.state = state
    this.person = person
  }

  readonly sees = (rec: Rec): boolean => {
    let seen = this.#seen.get(rec)
    if (seen === undefined) this.#seen.set(rec, (seen = reaches(this.state, this.person, 'read', rec)))
    return seen
  }

  get eyes(): Eyes {
    return { state: this.state, sees: this.sees, person: this.person }
  }

  sight(entity: string, part: Part): 'clear' | 'hidden' | Mask {
    const key = `${entity}.${part.name}`
    let sight = this.#sights.get(key)
    if (sight === undefined) this.#sights.set(key, (sight = sightOf(this.state, this.person, entity, part)))
    return sight
  }

  /** What a wire name is to the person: in clear, masked, or no name at all. */
  named(entity: string, name: string): 'clear' | 'hidden' | Mask {
    const thing = this.state.world.things.get(entity)!
    if (name === 'id' || (thing.owned && /^(owner_id|owner_type|owning_unit_id)$/.test(name))) return 'clear'
    const part = partOf(thing.parts, name)
    return part === undefined ? 'hidden' : this.sight(entity, part)
  }

  /** Where a navigation property leads, when the person may use it. */
  reached(entity: string, name: string): string | undefined {
    const { world } = this.state
    const lookup = world.lookup(entity, name)
    if (lookup !== undefined) return this.sight(entity, lookup.part) === 'hidden' ? undefined : lookup.target
    const way = world.collection(entity, name)
    if (way === undefined) return undefined
    return way.via !== undefined && this.sight(way.entity, way.via) === 'hidden' ? undefined : way.entity
  }
}

/** The field a wire name belongs to. */
export function partOf(parts: readonly Part[], name: string): Part | undefined {
  return parts.find((part) => columnsOf(part).includes(name))
}

function columnsOf({ name, type, targets }: Part): string[] {
  if (type === 'lookup') return targets!.length > 1 ? [`${name}_id`, `${name}_type`] : [`${name}_id`]
  return [name]
}

// ---- names ----------------------------------------------------------------------------------------------------------

function* unknownOnPath(view: View, from: string, path: Path): Generator<string> {
  let entity = from
  for (const [i, name] of path.entries()) {
    const last = i === path.length - 1
    const isWay = !last || view.state.world.collection(entity, name) !== undefined
    if (!isWay) {
      if (view.named(entity, name) !== 'clear') yield name
      return
    }
    const next = view.reached(entity, name)
    if (next === undefined) return yield name
    entity = next
  }
}

/** Names of the options that are none for the person. */
export function* unknownIn(view: View, entity: string, options: Options): Generator<string> {
  for (const name of options.select ?? [])
    if (name !== options.compute?.as && view.named(entity, name) === 'hidden') yield name
  for (const { path } of options.sort ?? []) yield* unknownOnPath(view, entity, path)
  if (options.filter !== undefined)
    for (const [from, path] of pathsIn(options.filter, entity, view.state)) yield* unknownOnPath(view, from, path)
  if (options.compute !== undefined) yield* unknownOnPath(view, entity, [options.compute.of])
  for (const { name, options: inner } of options.expand ?? []) {
    const target = view.reached(entity, name)
    if (target === undefined) yield name
    else yield* unknownIn(view, target, inner)
  }
}

// ---- rows -----------------------------------------------------------------------------------------------------------

type Row = Record<string, unknown>

/** A record as it is told to somebody. */
export function rowOf(view: View, rec: Rec, { select, compute, expand = [] }: Options): Row {
  const { parts, owned } = view.state.world.things.get(rec.entity)!
  const names = select ?? [...parts.flatMap(columnsOf), ...(owned ? ['owner_id', 'owner_type', 'owning_unit_id'] : [])]
  const row: Row = { id: rec.id }
  for (const name of names) {
    if (name === compute?.as) {
      const value = valueOf(view.state, rec, compute.of, view.sees) as number | null
      row[name] = value === null ? null : value * 3
      continue
    }
    const sight = view.named(rec.entity, name)
    if (sight === 'hidden') continue
    const value = valueOf(view.state, rec, name, view.sees)
    row[name] = sight === 'clear' ? value : masked(value, sight)
  }
  for (const each of expand) Object.assign(row, expanded(view, rec, each))
  return row
}

function expanded(view: View, rec: Rec, { name, many, options }: Expand): Row {
  if (!many) {
    const behind = view.state.follow(rec, name, view.sees)
    return { [name]: behind === undefined ? null : rowOf(view, behind, options) }
  }
  const { rows, total } = listed(view, view.state.behind(rec, name, view.sees), options)
  return { [name]: rows, ...(options.count === true ? { [`${name}@odata.count`]: total } : {}) }
}

/** Records after the options of a list. Without a sort they stand in the order of their ids, which nobody is promised. */
export function listed(view: View, from: readonly Rec[], options: Options): { rows: Row[]; total: number } {
  const some = from.filter((rec) => matches(view, rec, options))
  const sorted = (options.sort ?? []).length === 0 ? byId(some) : sortedBy(view, some, options)
  const cut = sorted.slice(options.skip ?? 0).slice(0, options.top ?? Infinity)
  return { rows: cut.map((rec) => rowOf(view, rec, options)), total: some.length }
}

function matches(view: View, rec: Rec, { filter, search }: Options): boolean {
  if (filter !== undefined && test(filter, rec, view.eyes) !== true) return false
  return search === undefined || isFound(view, rec, search)
}

/** Whether some searched text that the person reads in clear holds the word. */
export function isFound(view: View, rec: Rec, word: string): boolean {
  return view.state.world.things
    .get(rec.entity)!
    .parts.some(
      (part) =>
        part.searched === true &&
        view.sight(rec.entity, part) === 'clear' &&
        String(rec.values[part.name] ?? '').includes(word),
    )
}

function byId(some: readonly Rec[]): Rec[] {
  return [...some].sort((a, b) => (a.id < b.id ? -1 : 1))
}

function sortedBy(view: View, some: readonly Rec[], { sort = [] }: Options): Rec[] {
  const keys = new Map(some.map((rec) => [rec, sort.map(({ path }) => walk(path, rec, view.eyes))]))
  return [...some].sort((a, b) => {
    for (const [i, { descending }] of sort.entries()) {
      const order = ordered(keys.get(a)![i]!, keys.get(b)![i]!)
      if (order !== 0) return descending ? -order : order
    }
    return 0
  })
}

function ordered(a: Plain, b: Plain): number {
  if (a === b) return 0
  if (a === null) return -1
  if (b === null) return 1
  return sortable(a) < sortable(b) ? -1 : 1
}

/** People's order has signs before letters: of those that texts are drawn with, this one stands elsewhere in Unicode. */
function sortable(value: string | number | boolean): string | number | boolean {
  return typeof value === 'string' ? value.replaceAll('•', '!') : value
}

// ---- requests -------------------------------------------------------------------------------------------------------

/** What a read should answer. */
export function answer(view: View, read: Read): Expected {
  if (read.kind === 'find') return found(view, read.text)
  const { state, person } = view
  const { entity } = read
  if (read.kind === 'export') return exported(view, entity)
  const unknown = [...namesOf(view, read)]
  if (!opens(person, 'read', entity)) return { status: unknown.length > 0 ? [400, 403, 404] : [403] }
  // A path that is not known is missing, an option that is not known is wrong.
  if (unknown.length > 0) return { status: [read.kind === 'way' || read.kind === 'value' ? 404 : 400], unknown }
  const seen = byId(state.all(entity).filter(view.sees))
  switch (read.kind) {
    case 'list': {
      const { rows, total } = listed(view, seen, read.options)
      const ordered = (read.options.sort ?? []).length > 0
      return {
        status: [200],
        body: { rows: ordered ? rows : unordered(rows), ...(read.options.count ? { total } : {}) },
      }
    }
    case 'count':
      return { status: [200], body: listed(view, seen, read.options).total }
    case 'group':
      return { status: [200], body: grouped(view, seen, read) }
    default: {
      const rec = seen.find(({ id }) => id === read.id)
      if (rec === undefined) return { status: [404] }
      return single(view, rec, read)
    }
  }
}

function single(view: View, rec: Rec, read: Extract<Read, { kind: 'get' | 'way' | 'value' }>): Expected {
  if (read.kind === 'get') return { status: [200], body: rowOf(view, rec, read.options) }
  if (read.kind === 'value') {
    const value = rowOf(view, rec, { select: [read.name] })[read.name]
    return value === null ? { status: [204] } : { status: [200], body: value }
  }
  if (read.many)
    return {
      status: [200],
      body: { rows: unordered(view.state.behind(rec, read.name, view.sees).map((one) => rowOf(view, one, {}))) },
    }
  const behind = view.state.follow(rec, read.name, view.sees)
  return behind === undefined ? { status: [204] } : { status: [200], body: rowOf(view, behind, {}) }
}

function* namesOf(view: View, read: Exclude<Read, { kind: 'find' | 'export' }>): Generator<string> {
  const { entity } = read
  switch (read.kind) {
    case 'way':
      if (view.reached(entity, read.name) === undefined) yield read.name
      return
    case 'value':
      if (view.named(entity, read.name) === 'hidden') yield read.name
      return
    case 'group':
      if (read.filter !== undefined) yield* unknownIn(view, entity, { filter: read.filter })
      for (const path of read.by) yield* unknownOnPath(view, entity, path)
      for (const each of read.aggregates) if (each !== 'count') yield* unknownOnPath(view, entity, [each.of])
      return
    default:
      yield* unknownIn(view, entity, read.options)
  }
}

/** Rows in an order of our own, where nobody asked for one. */
export function unordered(rows: readonly unknown[]): unknown[] {
  const texts = new Map(rows.map((row) => [row, textOf(row)]))
  return [...rows].sort((a, b) => (texts.get(a)! < texts.get(b)! ? -1 : 1))
}

/** The same text for the same values, in whatever order their names stand. */
function textOf(value: unknown): string {
  return JSON.stringify(value, (_name, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

function grouped(
  view: View,
  seen: readonly Rec[],
  { filter, by, aggregates }: Extract<Read, { kind: 'group' }>,
): unknown[] {
  const some = filter === undefined ? seen : seen.filter((rec) => test(filter, rec, view.eyes) === true)
  const groups = new Map<string, { key: Plain[]; of: Rec[] }>()
  if (by.length === 0) groups.set('', { key: [], of: [...some] })
  else
    for (const rec of some) {
      const key = by.map((path) => walk(path, rec, view.eyes))
      const text = JSON.stringify(key)
      const group = groups.get(text) ?? { key, of: [] }
      group.of.push(rec)
      groups.set(text, group)
    }
  return unordered(
    [...groups.values()].map(({ key, of }) => [
      ...key,
      ...aggregates.map((each) => {
        if (each === 'count') return of.length
        const values = of.flatMap((rec) => (valueOf(view.state, rec, each.of, view.sees) as number | null) ?? [])
        if (each.by === 'countdistinct') return new Set(values).size
        if (values.length === 0) return null
        return each.by === 'sum' ? values.reduce((a, b) => a + b, 0) : Math[each.by](...values)
      }),
    ]),
  )
}

function exported(view: View, entity: string): Expected {
  const { state, person } = view
  if (person.id === nobody) return { status: [401] }
  if (!opens(person, 'export', entity) || !opens(person, 'read', entity)) return { status: [403] }
  const ids = state
    .all(entity)
    .filter((rec) => view.sees(rec) && reaches(state, person, 'export', rec))
    .map(({ id }) => id)
  return { status: [200], body: ids.sort() }
}

/** Searching everything: which records of which entities. */
function found(view: View, text: string): Expected {
  const hits = [...view.state.world.things.values()]
    .filter(({ name, parts }) => parts.some((part) => part.searched === true) && opens(view.person, 'read', name))
    .flatMap(({ name }) => view.state.all(name))
    .filter((rec) => view.sees(rec) && isFound(view, rec, text))
    .map(({ entity, id }) => `${entity} ${id}`)
  return { status: [200], body: hits.sort() }
}
