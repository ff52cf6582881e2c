// A small least-recently-used map. Bounds what hostile variety in requests can make us keep.

export interface Cache<V> {
  readonly limit: number
  readonly entries: Map<string, V>
}

export function newCache<V>(limit: number): Cache<V> {
  return { limit, entries: new Map() }
}

/** The entry, now the most recent one. */
export function cached<V>({ entries }: Cache<V>, key: string): V | undefined {
  const value = entries.get(key)
  if (value === undefined) return undefined
  entries.delete(key)
  entries.set(key, value)
  return value
}

/** Keeps an entry; the one that was not asked for longest makes room. */
export function keep<V>({ entries, limit }: Cache<V>, key: string, value: V): V {
  if (entries.size >= limit) entries.delete(entries.keys().next().value!)
  entries.set(key, value)
  return value
}
