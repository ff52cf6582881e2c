// Whether changes of a list can be told later, and on which other records that depends. What cannot be told exactly is not
// offered: groups, a part of a list (top, skip), conditions that look at many records or at the clock.
import type { Expression } from '../expression/tree.ts'
import type { Id, Model } from '../model/model.ts'
import type { Navigation, Property } from '../model/wire.ts'
import { typeOf } from '../types/index.ts'
import { ownerColumns } from './write-result.ts'
import type { BoundQuery, TrimmedRead } from './tree.ts'

/** What tells whether a record was seen before it changed. */
export interface Past {
  /** Columns whose values decide. */
  readonly before: readonly Property[]
  /** Records may come and go by being shared: what a share took away is told by the log. */
  readonly shared: boolean
}

/** A list whose changes can be told. */
export interface Tracking {
  /** Ways along single-valued navigations to other records that what is answered depends on. */
  readonly ways: readonly (readonly Navigation[])[]
  /** Of the records at their ends: what happens to those that are not seen is not told. */
  readonly seen: ReadonlyMap<Id, Past>
  /** Of the records of the list; the filter is told by it only when `filtered`. */
  readonly past: Past
  readonly filtered: boolean
}

/** How the changes of a list are told; undefined when they cannot be. */
export function trackingOf({ result, steps, query, rules }: TrimmedRead, model: Model): Tracking | undefined {
  if (result !== 'collection' || steps.length > 1 || !isWhole(query)) return undefined
  const seen = newSeen()
  see(seen, query.filter)
  seeShown(seen, query, [])
  const entities = new Set<Id>([query.entity.id, ...[...seen.ways.values()].flat().map(({ target }) => target)])
  const pasts = new Map<Id, Past>()
  for (const entity of entities) {
    const own = newSeen()
    see(own, rules.get(entity) ?? undefined)
    const before = [...own.own]
    if (own.far || own.ways.size > 0 || !before.every(knownIn(model, entity))) return undefined
    pasts.set(entity, { before, shared: own.shared })
  }
  if (seen.far) return undefined
  const filter = newSeen()
  see(filter, query.filter)
  const filtered = filter.ways.size === 0 && [...filter.own].every(knownIn(model, query.entity.id))
  const { before, shared } = pasts.get(query.entity.id)!
  const all = [...new Set([...before, ...(filtered ? filter.own : [])])]
  return {
    ways: [...seen.ways.values()],
    seen: pasts,
    past: { before: all, shared },
    filtered: filtered && all.length > 0,
  }
}

/** Whether the log tells what a property was before. */
function knownIn(model: Model, entity: Id): (property: Property) => boolean {
  const { audit } = model.entityById.get(entity)!
  return ({ column, kind }) => (audit ? !shaped.has(kind) : ownerColumns.has(column))
}

/** Kinds whose spelling in the log is not how a column takes them. */
const shaped = new Set(['duration', 'point', 'polygon', 'json'])

/** Whether every record of the list is answered, one after the other. */
function isWhole({ pipes, records, top, skip }: BoundQuery): boolean {
  return pipes === undefined && (records ?? []).length === 0 && top === undefined && skip === undefined
}

interface Seen {
  readonly ways: Map<string, readonly Navigation[]>
  readonly own: Set<Property>
  /** Something was asked that no way of single records answers. */
  far: boolean
  /** Shares of the record were asked for. */
  shared: boolean
}

function newSeen(): Seen {
  return { ways: new Map(), own: new Set(), far: false, shared: false }
}

/** What is answered of a record: computed values and single records; lists inside records are not told. */
function seeShown(seen: Seen, { select, computed, expand }: BoundQuery, before: readonly Navigation[]): void {
  for (const property of select) seeProperty(seen, property, before)
  for (const { value } of computed ?? []) see(seen, value, before)
  for (const { navigation, query } of expand) {
    if (navigation.collection) seen.far = true
    else {
      const way = [...before, navigation]
      noteWay(seen, way)
      seeShown(seen, query, way)
    }
  }
}

/** A formula is what it reads; a rollup changes without its record being written. */
function seeProperty(seen: Seen, property: Property, way: readonly Navigation[]): void {
  if (way.length > 0) noteWay(seen, way)
  if (typeOf(property.field).rollup !== undefined) seen.far = true
  if (property.formula !== undefined) see(seen, property.formula, way)
  else if (way.length === 0) seen.own.add(property)
}

function noteWay({ ways }: Seen, way: readonly Navigation[]): void {
  for (let n = 1; n <= way.length; n++) {
    const part = way.slice(0, n)
    ways.set(part.map(({ name }) => name).join('/'), part)
  }
}

function see(seen: Seen, expression: Expression | undefined, before: readonly Navigation[] = []): void {
  switch (expression?.op) {
    case 'property':
      return seeProperty(seen, expression.property, [...before, ...expression.through])
    case 'call':
      if (expression.function === '~shared') return void (seen.shared = true)
      return expression.args.forEach((arg) => see(seen, arg, before))
    case 'list':
      return expression.items.forEach((item) => see(seen, item, before))
    case 'items':
      see(seen, expression.of, before)
      return see(seen, expression.where, before)
    case 'lambda':
    case 'hierarchy':
    case 'parent':
      seen.far = true
      return
    default:
  }
}
