// Links between records over the data service: relationships of many with many as collections that records join and leave.
import type { Entity } from '@peyvand/core/model/model.ts'
import { wireOf, type Navigation } from '@peyvand/core/model/wire.ts'
import { fetchJson } from './http.ts'
import { current } from './model.ts'

const base = '/api/data/v1'

/** What the records at the other end call those of this one. */
export function wayBack(entity: Entity, { name, target, hop, field }: Navigation): string | undefined {
  const other = current().entityById.get(target)
  if (!hop || !other) return undefined
  return [...wireOf(current(), other).navigations.values()].find(
    (each) =>
      each.hop?.association.name === hop.association.name &&
      each.target === entity.id &&
      each.hop.field.id === field.id &&
      (other.id !== entity.id || each.name !== name),
  )?.name
}

/** Puts a record into a collection of another. */
export function link(entity: Entity, id: string, navigation: Navigation, other: string): Promise<unknown> {
  const set = current().entityById.get(navigation.target)!.entitySet
  return fetchJson(`${base}/${entity.entitySet}(${id})/${navigation.name}/$ref`, {
    method: 'POST',
    body: { '@odata.id': `${set}(${other})` },
  })
}

/** Takes a record out of a collection of another. Both records stay. */
export function unlink(entity: Entity, id: string, navigation: Navigation, other: string): Promise<unknown> {
  return fetchJson(`${base}/${entity.entitySet}(${id})/${navigation.name}(${other})/$ref`, { method: 'DELETE' })
}

/** How many records are in each collection of a record, as far as the person sees them. */
export async function countsOf(
  entity: Entity,
  id: string,
  collections: readonly Navigation[],
): Promise<ReadonlyMap<string, number>> {
  const counts = new Map<string, number>()
  // The service follows so many relationships in one request.
  for (let at = 0; at < collections.length; at += 20) {
    const some = collections.slice(at, at + 20)
    const expand = some.map(({ name }) => `${name}/$count`).join(',')
    const row = await fetchJson<Record<string, number>>(
      `${base}/${entity.entitySet}(${id})?$select=id&$expand=${expand}`,
    )
    for (const { name } of some) counts.set(name, row[`${name}@odata.count`] ?? 0)
  }
  return counts
}

/** What a split could not take back. */
export interface Kept {
  readonly entity: string
  readonly id?: string
  readonly fields?: readonly string[]
  readonly because: 'changed' | 'deleted' | 'denied' | 'conflict'
}

/** Merges two records; `take` are the fields whose values come from the loser. */
export function mergeRecords(
  entity: Entity,
  winner: { readonly id: string; readonly version: number },
  loser: { readonly id: string; readonly version: number },
  take: readonly string[],
): Promise<{ readonly moved: Readonly<Record<string, number>> }> {
  return fetchJson('/api/actions/merge_records', {
    method: 'POST',
    body: {
      entity: entity.name,
      winner: winner.id,
      loser: loser.id,
      take: [...take],
      winner_version: winner.version,
      loser_version: loser.version,
    },
  })
}

/** Takes the merge back that a record went away in. */
export function splitRecord(
  entity: Entity,
  id: string,
): Promise<{ readonly winner: string; readonly restored: number; readonly kept: readonly Kept[] }> {
  return fetchJson('/api/actions/split_records', { method: 'POST', body: { entity: entity.name, record: id } })
}
