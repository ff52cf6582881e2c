// Rollups of a grouping: each leaves out its finest keys one after the other; of several every choice of a level each is a group of
// its own. Decides which keys are left out together, and which number SQL's `grouping` gives that.

/** Keys that are rolled up together, by their places among all keys; the coarsest first. `all`: down to none of them. */
export interface Rollup {
  readonly from: number
  readonly to: number
  readonly all: boolean
}

/** Keys that are left out together. */
export interface Level {
  /** What `grouping` over all rolled keys gives. */
  readonly number: number
  /** Places of the keys that are left out. */
  readonly gone: readonly number[]
}

/** How many levels there are. */
export function levelCount(rollups: readonly Rollup[]): number {
  return rollups.reduce((product, { from, to, all }) => product * (to - from + (all ? 1 : 0)), 1)
}

/** Every level of some rollups, which are the last of so many keys; the finest first. */
export function levelsOf(rollups: readonly Rollup[], keys: number): Level[] {
  const choices = rollups.reduce<number[][]>(
    (before, rollup) => before.flatMap((gone) => dropsOf(rollup).map((more) => [...gone, ...more])),
    [[]],
  )
  return choices.map((gone) => ({ gone, number: gone.reduce((sum, key) => sum + 2 ** (keys - 1 - key), 0) }))
}

/** Nothing, the finest key, the two finest, … */
function dropsOf({ from, to, all }: Rollup): number[][] {
  const size = to - from
  return Array.from({ length: size + (all ? 1 : 0) }, (_none, dropped) =>
    Array.from({ length: dropped }, (_key, i) => to - 1 - i),
  )
}
