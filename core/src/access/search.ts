// Searching everything at once: which entities a caller may search, what a text asks for, and the one statement that finds it.
// Each entity is bound and trimmed like any other query; one the caller may not read is as if it were not there.
import { fold, foundIn } from '../base/fold.ts'
import { suggest } from '../base/name.ts'
import { Problem } from '../base/problem.ts'
import { render } from '../expression/fragment.ts'
import { readText } from '../expression/literal.ts'
import type { Entity, Model } from '../model/model.ts'
import { searchedFields } from '../model/search.ts'
import { bindQuery } from '../query/bind.ts'
import { searchEverywhere } from '../query/compile-search.ts'
import { searchShape, splitSearch, termsOf, withSlots, wordOf } from '../query/search.ts'
import type { Search } from '../query/syntax.ts'
import type { Compiled, TrimmedQuery } from '../query/tree.ts'
import type { Actor } from './actor.ts'
import { cached, keep, newCache, type Cache } from './cache.ts'
import { readableWire } from './field.ts'
import { accessKey } from './grant.ts'
import { notedIn } from './read.ts'
import { ruleOf } from './rule.ts'
import { trim } from './trim.ts'
import { valuesOf, type ReadyStatement } from './values.ts'

export interface SearchRequest {
  readonly model: Model
  readonly actor: Actor
  readonly schema: string
  /** As it was typed. */
  readonly text: string
  /** Entity names; absent means all that are searched. */
  readonly entities?: readonly string[]
  /** Best records of each entity. */
  readonly top: number
}

/** One row of the statement. */
export interface SearchRow {
  readonly entity: string
  readonly count: number
  readonly hits: string | readonly (readonly [id: string, texts: readonly (string | null)[]])[]
}

/** A range of UTF-16 units of a text as it is shown: [start, end). */
export type Range = readonly [start: number, end: number]
export interface Hit {
  readonly id: string
  /** The primary field, when the caller may read it and it is searched. */
  readonly name: string | null
  readonly ranges: readonly Range[]
  /** Another field that has what the name has not. */
  readonly also?: { readonly field: string; readonly text: string; readonly ranges: readonly Range[] }
}
export interface Found {
  readonly entity: string
  readonly entitySet: string
  readonly count: number
  /** True when there are more than were counted. */
  readonly more: boolean
  readonly hits: readonly Hit[]
}

export interface PreparedSearch {
  /** Absent when nothing can be searched. */
  readonly statement?: ReadyStatement
  /** What was found, from the rows of the statement: entities with hits only, in the order of the request or the model. */
  readonly found: (rows: readonly SearchRow[]) => readonly Found[]
  /** For what was found of an entity: those whose records that touches and whose reads are noted. */
  readonly noted: ReadonlyMap<string, readonly Entity[]>
}

/** So many records of each entity are counted and ranked. */
export const mostCounted = 1_000
/** So many entities are searched when none is named. */
export const mostEntities = 60
const cache = new WeakMap<Model, Cache<Plan>>()

interface Plan {
  readonly compiled: Compiled | undefined
  readonly queries: readonly TrimmedQuery[]
  readonly noted: ReadonlyMap<string, readonly Entity[]>
}

/** The statement of a search, or why there is nothing to search for. */
export function prepareSearch(request: SearchRequest): PreparedSearch | Problem {
  const { model, actor, schema, text, top } = request
  const search = searchOf(text)
  if (search instanceof Problem) return search
  const entities = request.entities === undefined ? undefined : entitiesNamed(request)
  if (entities instanceof Problem) return entities
  let plans = cache.get(model)
  if (plans === undefined) cache.set(model, (plans = newCache(500)))
  const key = JSON.stringify([schema, accessKey(actor), top, request.entities ?? null, searchShape(search)])
  const plan = cached(plans, key) ?? keep(plans, key, makePlan(request, search, entities))
  const words = wordsOf(search)
  const literals = [...words, plainOf(text)].map((word) => ({
    type: 'text' as const,
    text: word,
    target: 'q',
    position: 0,
  }))
  const values = plan.compiled && valuesOf(plan.compiled.parameters, { literals, actor, now: new Date().toISOString() })
  if (values instanceof Problem) return values
  return {
    ...(plan.compiled && values ? { statement: { text: plan.compiled.text, name: plan.compiled.name, values } } : {}),
    found: (rows) => foundOf(plan, rows, words.map(wordOf)),
    noted: plan.noted,
  }
}

/** A text as people type it is a search; one that is none (an open quote, a lone parenthesis) is its words. */
function searchOf(text: string): Search | Problem {
  const stored = readText(text)
  if (stored instanceof Problem) return stored
  const letters = fold(text)
  // Thai, Chinese, Japanese and Korean say something with one letter.
  if (
    letters.length < 2 &&
    !/[\p{Script=Thai}\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u.test(letters)
  )
    return new Problem('request.malformed', {
      detail: 'There is too little to search for',
      target: 'q',
      hint: 'Type at least two letters; one is enough in Thai, Chinese, Japanese and Korean',
    })
  const search = splitSearch(text)
  return search instanceof Problem && search.code === 'request.syntax' ? splitSearch(plainOf(text)) : search
}

/** The text without the signs of the search language. */
function plainOf(text: string): string {
  return text.replace(/["()]/g, ' ').trim()
}

function wordsOf(search: Search): string[] {
  return Array.from(termsOf(search), ({ text }) => text)
}

/** The named entities that can be searched; a name the caller may not know is refused. */
function entitiesNamed({ model, actor, entities = [] }: SearchRequest): Entity[] | Problem {
  const known = readable(model, actor)
  const unknown = entities.find((name) => !known.some((entity) => entity.name === name))
  if (unknown === undefined) {
    const searched = searchable(model, actor)
    return entities.flatMap((name) => searched.find((entity) => entity.name === name) ?? [])
  }
  return new Problem('request.unknown', {
    detail: `There is no entity "${unknown.slice(0, 60)}" to search`,
    target: 'entities',
    hint: suggest(
      unknown,
      known.map(({ name }) => name),
    ),
  })
}

function readable(model: Model, actor: Actor): Entity[] {
  return [...model.entities.values()].filter((entity) => ruleOf(model, actor, entity, 'read') !== undefined)
}

/** The entities a caller may search: those they may read, with a searched field they may read. */
function searchable(model: Model, actor: Actor): Entity[] {
  return readable(model, actor).filter((entity) => {
    const { properties } = readableWire(model, actor, entity.id)
    return searchedFields(entity).some(({ name }) => properties.has(name))
  })
}

function makePlan({ model, actor, schema, top }: SearchRequest, search: Search, named: Entity[] | undefined): Plan {
  const entities = named ?? searchable(model, actor).slice(0, mostEntities)
  const slotted = withSlots(search, 0)
  const names = { model, wire: (id: string) => readableWire(model, actor, id) }
  const queries = entities.flatMap((entity) => {
    const recent = names.wire(entity.id).properties.has('modified_at') ? [['modified_at']] : []
    const bound = bindQuery({ select: [['id'], ...recent], search: slotted }, entity, names)
    const trimmed = bound instanceof Problem ? bound : trim(bound, model, actor)
    return trimmed instanceof Problem ? [] : [trimmed]
  })
  const noted = new Map(
    queries.flatMap((query): [string, Entity[]][] => {
      const some = notedIn(query, model)
      return some.length === 0 ? [] : [[query.entity.name, some]]
    }),
  )
  if (queries.length === 0) return { compiled: undefined, queries, noted }
  const slot = wordsOf(search).length
  return {
    compiled: render(searchEverywhere(queries, { model, schema, top, most: mostCounted, slot })),
    queries,
    noted,
  }
}

function foundOf({ queries }: Plan, rows: readonly SearchRow[], words: readonly string[]): Found[] {
  const byEntity = new Map(rows.map((row) => [row.entity, row]))
  return queries.flatMap((query) => {
    const row = byEntity.get(query.entity.id)
    if (row === undefined || row.count === 0) return []
    const hits = typeof row.hits === 'string' ? (JSON.parse(row.hits) as Exclude<SearchRow['hits'], string>) : row.hits
    return {
      entity: query.entity.name,
      entitySet: query.entity.entitySet,
      count: Math.min(row.count, mostCounted),
      more: row.count > mostCounted,
      hits: hits.map(([id, texts]) => hitOf(query, id, texts, words)),
    }
  })
}

function hitOf(query: TrimmedQuery, id: string, texts: readonly (string | null)[], words: readonly string[]): Hit {
  const named = query.searched[0]?.field.name === query.entity.primaryField
  const name = named ? (texts[0] ?? null) : null
  const ranges = name === null ? [] : foundIn(name, words)
  const folded = fold(name ?? '')
  const left = words.filter((word) => !folded.includes(word))
  if (left.length === 0) return { id, name, ranges }
  for (const [i, text] of texts.entries()) {
    if (text === null || (named && i === 0)) continue
    const places = foundIn(text, left)
    if (places.length > 0)
      return { id, name, ranges, also: { field: query.searched[i]!.field.name, ...around(text, places) } }
  }
  return { id, name, ranges }
}

/** The part of a long text around the first place. */
function around(text: string, ranges: readonly Range[]): { text: string; ranges: readonly Range[] } {
  if (text.length <= 120) return { text, ranges }
  const start = Math.max(0, ranges[0]![0] - 40)
  const end = Math.min(text.length, start + 120)
  const [before, after] = [start > 0 ? '…' : '', end < text.length ? '…' : '']
  const moved = ranges
    .filter((range) => range[1] <= end)
    .map(([from, to]): Range => [from - start + before.length, to - start + before.length])
  return { text: before + text.slice(start, end) + after, ranges: moved }
}
