// Searching over everything: what the server found for a text, and what this person looked for last (kept in this browser).
import type { Found, Hit, Range } from '@peyvand/core/access/search.ts'
import { isSearched } from '@peyvand/core/model/search.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import { current } from './model.ts'
import { fetchJson } from './http.ts'

export type { Hit, Range }
/** What was found in one entity. */
export interface FoundIn extends Omit<Found, 'entity'> {
  readonly entity: Entity
}

const key = 'peyvand.searches'
const mostRecent = 8

/** The best records of each entity for a text; nothing for a text that is too short to search. */
export async function searchAll(
  text: string,
  entities: readonly Entity[],
  top: number,
  signal?: AbortSignal,
): Promise<readonly FoundIn[]> {
  const names = entities.map(({ name }) => name).slice(0, 60)
  if (text.trim() === '' || names.length === 0) return []
  const query = `q=${encodeURIComponent(text.trim().slice(0, 200))}&top=${top}&entities=${names.join(',')}`
  const { entities: found } = await fetchJson<{ entities: readonly Found[] }>(`/api/search?${query}`, { signal })
  return found.flatMap((each) => {
    const entity = current().entities.get(each.entity)
    return entity ? [{ ...each, entity }] : []
  })
}

/** Whether a search can find records of the entity. */
export function canSearch(entity: Entity): boolean {
  return entity.fields.some((field) => isSearched(entity, field))
}

/** A text as it was typed, as `$search`: every word a phrase, so that no word is taken for an operator. */
export function asSearch(text: string): string {
  return text
    .replace(/["()]/g, ' ')
    .split(/\s+/)
    .filter(Boolean)
    .slice(0, 10)
    .map((word) => `"${word}"`)
    .join(' ')
}

/** What was looked for last, newest first. */
export function recentSearches(): readonly string[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(key) ?? '[]')
    return Array.isArray(kept) ? kept.filter((each): each is string => typeof each === 'string') : []
  } catch {
    return []
  }
}

/** Remembers a text that led somewhere. */
export function keepSearch(text: string): void {
  const said = text.trim()
  if (said === '') return
  const kept = [said, ...recentSearches().filter((each) => each !== said)].slice(0, mostRecent)
  localStorage.setItem(key, JSON.stringify(kept))
}

/** Forgets what was looked for. */
export function forgetSearches(): void {
  localStorage.removeItem(key)
}
