// Chance that repeats: the same seed always gives the same numbers, ids and picks, on every machine.

/** A stream of chance. Streams of different names do not disturb each other. */
export interface Chance {
  /** 0 ≤ number < 1. */
  next(): number
  /** Whole number, both ends included. */
  between(low: number, high: number): number
  /** True with the given probability. */
  is(probability: number): boolean
  pick<T>(list: readonly T[]): T
  /** One of the entries, each as likely as its weight. */
  weighted<T>(entries: readonly (readonly [T, number])[]): T
  /** Standard normal distribution. */
  normal(): number
  /** Log-normal: half of the values lie below the median; spread is the deviation of the logarithm. */
  logNormal(median: number, spread: number): number
}

/** Opens the stream of a name. source: the generator is sfc32, seeded from four hashes of the name. */
export function chance(name: string): Chance {
  const next = sfc32(hash(name, 1), hash(name, 2), hash(name, 3), hash(name, 4))
  for (let warm = 0; warm < 12; warm++) next()
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
  return {
    next,
    between: (low, high) => low + Math.floor(next() * (high - low + 1)),
    is: (probability) => next() < probability,
    pick: (list) => list[Math.floor(next() * list.length)]!,
    weighted: (entries) => portion(entries, next()),
    normal,
    logNormal: (median, spread) => median * Math.exp(spread * normal()),
  }
}

/** A fixed id (UUID, version 8) for a name. law: the same name always has the same id. */
export function idOf(name: string): string {
  const hex = [1, 2, 3, 4].map((salt) => hash(name, salt).toString(16).padStart(8, '0')).join('')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20)}`
}

/** The entry at a place between 0 and 1, when each takes as much room as its weight. */
export function portion<T>(entries: readonly (readonly [T, number])[], at: number): T {
  const total = entries.reduce((sum, [, weight]) => sum + weight, 0)
  let left = at * total
  for (const [value, weight] of entries) {
    left -= weight
    if (left < 0) return value
  }
  return entries.at(-1)![0]
}

/** 32-bit hash of a text: FNV-1a with a salt, then mixed so that near names get far numbers. */
function hash(text: string, salt: number): number {
  let value = (0x811c9dc5 ^ Math.imul(salt, 0x9e3779b1)) >>> 0
  for (let index = 0; index < text.length; index++) value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b)
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35)
  return (value ^ (value >>> 16)) >>> 0
}

function sfc32(a: number, b: number, c: number, d: number): () => number {
  return () => {
    const sum = (((a + b) | 0) + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return (sum >>> 0) / 4294967296
  }
}
