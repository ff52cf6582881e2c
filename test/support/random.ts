// A stream of choices from one seed: what a random test draws, it draws again from the same seed.

export interface Random {
  /** From 0 up to, but not, 1. */
  next(): number
  /** A whole number from `from` to `to`, both included. */
  whole(from: number, to: number): number
  chance(probability: number): boolean
  pick<T>(list: readonly T[]): T
  /** Between `least` and `most` different ones, in random order. */
  some<T>(list: readonly T[], least: number, most: number): T[]
  /** One of the alternatives, by weight. */
  weighted<T>(alternatives: readonly (readonly [weight: number, value: T])[]): T
}

/** Mulberry32 with a few ways to ask it. */
export function randomFrom(seed: number): Random {
  let state = seed >>> 0
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const whole = (from: number, to: number): number => from + Math.floor(next() * (to - from + 1))
  const pick = <T>(list: readonly T[]): T => {
    if (list.length === 0) throw new RangeError('There is nothing to pick from')
    return list[whole(0, list.length - 1)]!
  }
  return {
    next,
    whole,
    pick,
    chance: (probability) => next() < probability,
    some(list, least, most) {
      const left = [...list]
      const count = Math.min(left.length, whole(least, Math.max(least, most)))
      return Array.from({ length: count }, () => left.splice(whole(0, left.length - 1), 1)[0]!)
    },
    weighted(alternatives) {
      const total = alternatives.reduce((sum, [weight]) => sum + weight, 0)
      let at = next() * total
      for (const [weight, value] of alternatives) if ((at -= weight) < 0) return value
      return alternatives.at(-1)![1]
    },
  }
}
