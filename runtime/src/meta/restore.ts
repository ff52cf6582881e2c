// How something of the recycle bin comes back: the changes that a restore comes to, and what cannot come along because what it names
// is there no more. Decides nothing about rights (lost.ts) nor about steps: a restore is a publish like any other.
import { isJsonObject, type JsonObject } from '@peyvand/core/base/json.ts'
import type { Label } from '@peyvand/core/base/label.ts'
import { pointer } from '@peyvand/core/base/pointer.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Affected } from '@peyvand/core/plan/affects.ts'
import type { Tables } from '@peyvand/core/plan/steps.ts'
import { keyOf } from '@peyvand/core/solution/merge.ts'
import type { Change } from './change.ts'
import type { State } from './current.ts'
import { draftChanges, type Draft } from './draft.ts'
import { ends, partsOf, without, type Dropped } from './dropped.ts'
import { affectedBy, guardedIn, saidAgain } from './lost.ts'

/** What a restore would store, and what it says of others. */
export interface Restore {
  readonly draft: Draft
  /** What comes back, without what stays away: what was asked for, and entities that it leads to. */
  readonly items: readonly Dropped[]
  readonly affects: readonly Affected[]
}

/** Something that went along and cannot come back with it. */
interface Left {
  /** Its definition: a role where it is what the role had opened. */
  readonly definition: JsonObject
  readonly because: string
}

/**
 * The draft that brings something of the bin back, under another name where one is given. Entities that it leads to and that are
 * in the bin, too, come along: two that lead to each other could not come back one after the other. What went along with it and
 * cannot be any more stays away, and does not keep the records away: it is told. What a role had closed always comes along.
 * throws: Problem.
 */
export function restoreDraft(state: State, bin: readonly Dropped[], dropped: Dropped, given?: string): Restore {
  const name = given ?? dropped.name
  const left = takenNames(state, dropped)
  let items = [withoutLeft(dropped, left)]
  for (;;) {
    const [first, ...others] = items as [Dropped, ...Dropped[]]
    const changes = restoreChanges(state, first, name, others)
    const draft = draftChanges(state, changes)
    const needed = neededBy(changes, draft.problems, bin, items)
    if (needed.length > 0) {
      const along = new Set(items.flatMap((one) => one.along.map(({ id }) => id)))
      items.push(...needed.map((one) => without(one, along)))
      continue
    }
    const unsound = unsoundIn(changes, items, name, draft.problems)
    if (unsound.length === 0) {
      const affects = [
        ...others.map(comesToo),
        ...items.flatMap((item) => affectedBy(state.definitions, item)),
        ...left.map((one) => stays(one, dropped)),
      ]
      return { draft: { ...draft, closed: guardedIn(items) }, items, affects }
    }
    left.push(...unsound)
    items = items.map((item) => withoutLeft(item, unsound))
  }
}

/** Entities of the bin that lookups of what comes back lead to. One at a time: each may bring what another one needs. */
function neededBy(
  changes: readonly Change[],
  problems: readonly Problem[],
  bin: readonly Dropped[],
  items: readonly Dropped[],
): Dropped[] {
  const ids = new Set(items.map(({ id }) => id))
  for (const { pointer: place = '' } of problems) {
    const [, at, field] = /^\/changes\/(\d+)\/definition\/fields\/(\d+)\/target(?:\/\d+)?$/.exec(place) ?? []
    const change = changes[Number(at)]
    if (field === undefined || change?.op !== 'put' || !ids.has(change.definition['id'] as string)) continue
    const { target } = partsOf(change.definition, 'fields')[Number(field)]!
    const found = bin.find(({ kind, id, name }) => kind === 'entity' && !ids.has(id) && [target].flat().includes(name))
    if (found !== undefined) return [found]
  }
  return []
}

function comesToo({ name, label }: Dropped): Affected {
  const because = 'comes back too, because what comes back leads to it'
  return { kind: 'entity', name, label, pointer: pointer('entity', name), use: 'restore', within: [], because }
}

function takenNames({ definitions }: State, { along }: Dropped): Left[] {
  const taken = new Set(definitions.map(keyOf))
  return along.flatMap((definition) =>
    taken.has(keyOf(definition)) ? [{ definition, because: 'its name was taken meanwhile' }] : [],
  )
}

/** What of a restore the problems are about, except for what it is all about. */
function unsoundIn(
  changes: readonly Change[],
  items: readonly Dropped[],
  name: string,
  problems: readonly Problem[],
): Left[] {
  const names = new Set<unknown>([name, ...items.slice(1).map((item) => item.name)])
  const found = new Map<unknown, Left>()
  for (const problem of problems) {
    const [, , at, , list, index] = (problem.pointer ?? '').split('/')
    const change = changes[Number(at)]
    if (change?.op !== 'put') continue
    const { definition } = change
    const isAlong = items.some(({ along }) => along.some(({ id }) => id === definition['id']))
    const grants = definition['kind'] === 'role' && list === 'grants' ? (definition['grants'] as JsonObject[]) : []
    if (!found.has(definition['id']) && (isAlong || names.has(grants[Number(index)]?.['entity'])))
      found.set(definition['id'], { definition, because: problem.message })
  }
  return [...found.values()]
}

function withoutLeft(item: Dropped, left: readonly Left[]): Dropped {
  const ids = new Set(left.map(({ definition }) => definition['id']))
  const lost = item.lost.filter(({ list, role }) => list === 'fields' || !ids.has(role))
  return { ...without(item, ids), lost }
}

function stays({ definition, because }: Left, { name: entity }: Dropped): Affected {
  const [kind, name] = [definition['kind'] as string, definition['name'] as string]
  const isRole = kind === 'role'
  return {
    kind,
    name,
    label: (definition['label'] ?? name) as Label,
    pointer: isRole ? pointer(kind, name, 'grants') : pointer(kind, name),
    use: isRole ? 'grant' : 'restore',
    within: [],
    because: `${isRole ? `does not open "${entity}" again` : 'does not come back'}: ${because}`,
  }
}

/** The tables with something of the bin in them, so that a plan finds it there and gives it its name again. */
export function withBinned(tables: Tables, { table, tables: binnedTables, columns }: Dropped): Tables {
  const next = new Map(tables)
  for (const one of binnedTables) next.set(one.id, one)
  const at = next.get(table)
  if (at !== undefined && columns.length > 0) next.set(table, { ...at, columns: [...at.columns, ...columns] })
  return next
}

/** The changes that bring something back, and other entities with it. throws: Problem. */
function restoreChanges({ definitions }: State, item: Dropped, name: string, too: readonly Dropped[]): Change[] {
  const { kind, body, along, table } = item
  const put = (definition: JsonObject): Change => ({ op: 'put', definition })
  const owner = definitions.find(({ id }) => id === table)
  if (kind !== 'entity' && owner === undefined)
    throw new Problem('plan.blocked', {
      detail: `The entity "${item.entity}" is not there any more`,
      hint: 'Restore the entity first.',
    })
  const others =
    kind === 'entity'
      ? definitions.filter((one) => one['kind'] === 'entity')
      : partsOf(owner!, kind === 'key' ? 'keys' : 'fields')
  if (others.some((one) => one['name'] === name))
    throw new Problem('plan.blocked', {
      detail: `The name "${name}" was taken meanwhile`,
      hint: `Restore it under another name, like "${freeName(name, others)}".`,
    })
  const named = { ...body, name }
  if (kind === 'key') return [put({ ...owner!, keys: [...partsOf(owner!, 'keys'), named] })]
  if (kind === 'field') {
    const roles = saidAgain(definitions, item.lost, { entity: owner!['name'] as string, field: name })
    return [{ ...owner!, fields: [...partsOf(owner!, 'fields'), named] }, ...roles].map(put)
  }
  const entitySet: JsonObject = name === item.name ? {} : { entitySet: `${name}s` }
  // A role that says something of several of them says it in one change.
  const lost = item.lost.map((one) => ({ ...one, grant: { ...one.grant, entity: name } }))
  const roles = saidAgain(definitions, [...lost, ...too.flatMap((one) => one.lost)], {})
  const brought = too.flatMap((one) => [one.body, ...one.along])
  return [
    { ...named, ...entitySet },
    ...along.map((one) => aboutNamed(one, item.name, name)),
    ...brought,
    ...roles,
  ].map(put)
}

/** A definition about an entity that has another name now. */
function aboutNamed(definition: JsonObject, was: string, is: string): JsonObject {
  if (definition['kind'] !== 'relationship') return { ...definition, entity: is }
  const named = ends.flatMap((end) => {
    const one = definition[end]
    return isJsonObject(one) && one['entity'] === was ? [[end, { ...one, entity: is }]] : []
  })
  return { ...definition, ...Object.fromEntries(named) }
}

/** The name, or the next one like it that nothing has. */
function freeName(name: string, others: readonly JsonObject[]): string {
  const taken = new Set(others.map((one) => one['name']))
  for (let i = 2; ; i++) if (!taken.has(`${name}_${i}`)) return `${name}_${i}`
}
