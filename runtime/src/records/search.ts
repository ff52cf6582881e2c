// Searching all entities for a request: prepared by the core with the caller's rights compiled in, one statement, a time limit
// of its own.
import { mostCounted, prepareSearch, type Found, type SearchRow } from '@peyvand/core/access/search.ts'
import type { JsonValue } from '@peyvand/core/base/json.ts'
import { must } from '@peyvand/core/base/problem.ts'
import type { Context } from '../context.ts'
import type { Platform } from '../platform.ts'
import { onNewestModel } from './failure.ts'
import { noteRead } from './told.ts'

/** A search is for people who wait: it is quick or it says so. unit: milliseconds */
const longest = 5_000

export interface SearchOrder {
  readonly text: string
  readonly entities?: readonly string[]
  readonly top: number
}
export interface SearchAnswer {
  readonly q: string
  /** More than so many hits of an entity are not counted. */
  readonly counted: number
  readonly entities: readonly Found[]
}

/** What a text finds among the records the caller may read. throws: Problem. */
export function searchRecords(platform: Platform, context: Context, order: SearchOrder): Promise<SearchAnswer> {
  return onNewestModel(platform, context, 'read', undefined, async (current) => {
    const { model, actor, schema, database } = current
    const { statement, found, noted } = must(prepareSearch({ model, actor, schema, ...order }))
    const rows =
      statement === undefined
        ? []
        : await database.transaction(async (session) => (await session.query<SearchRow>(statement)).rows, {
            statementTimeout: longest,
          })
    const entities = found(rows)
    for (const { entity, hits } of noted.size > 0 ? entities : [])
      await noteRead(current, noted.get(entity) ?? [], { body: hits as unknown as JsonValue, path: 'search' })
    return { q: order.text, counted: mostCounted, entities }
  })
}
