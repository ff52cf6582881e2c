// Names: the pattern every definition name obeys, and the closest known name for a hint.

export const namePattern = /^[a-z][a-z0-9_]{0,47}$/

/** The known name closest to what was written (edit distance at most a third of its length), or undefined. */
export function closest(written: string, known: Iterable<string>): string | undefined {
  const limit = Math.max(1, Math.floor(Math.min(written.length, 64) / 3))
  let best: string | undefined
  let bestDistance = limit + 1
  for (const name of known) {
    if (Math.abs(name.length - written.length) >= bestDistance) continue
    const distance = editDistance(written.slice(0, 64).toLowerCase(), name.toLowerCase(), bestDistance)
    if (distance < bestDistance) [best, bestDistance] = [name, distance]
  }
  return best
}

/** "Did you mean …?" for an unknown name, or undefined when nothing is near. */
export function suggest(written: string, known: Iterable<string>): string | undefined {
  const name = closest(written, known)
  return name === undefined ? undefined : `Did you mean "${name}"?`
}

/** Insertions, deletions, replacements and swapped neighbours; stops at the limit. */
function editDistance(a: string, b: string, limit: number): number {
  let beforeLast: readonly number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? beforeLast[j - 2]! + 1 : Infinity
      row.push(Math.min(previous[j]! + 1, row[j - 1]! + 1, previous[j - 1]! + same, swapped))
    }
    if (Math.min(...row, ...previous) >= limit) return limit
    beforeLast = previous
    previous = row
  }
  return previous[b.length]!
}
