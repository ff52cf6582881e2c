// Rows that wait for rows of the same file: which texts they can be pointed at by, and which of them wait for each other in
// circles. Knows rows by their numbers and texts only, since there may be many.
import type { Assignment } from './assign.ts'
import type { ReadRow, Wanted } from './cell.ts'
import { spell } from './compare.ts'

/** A row that waits. */
export interface Waiter {
  readonly number: number
  /** The texts it can be pointed at by, and those it points at in vain. */
  readonly names: readonly string[]
  readonly missing: readonly string[]
}

/** A row as it waits; `missing`: what it does not find. */
export function waiter({ row, body }: ReadRow, all: readonly Assignment[], missing: readonly Wanted[]): Waiter {
  const names = all.flatMap(({ match }) =>
    match?.self ? [named(match.path[0]!, spell(match.kind, body[match.path[0]!] ?? null))] : [],
  )
  return { number: row.number, names: [...new Set(names)], missing: [...new Set(missing.map(nameOf))] }
}

/** The text a lookup points with, as rows are named. */
export function nameOf({ assignment: { match }, text }: Wanted): string {
  return named(match!.path[0]!, spell(match!.kind, text))
}

function named(property: string, text: string | null): string {
  return `${property}\u0000${text ?? ''}`
}

/**
 * The numbers of the rows on circles, or between two: each waits for one of them and is waited for by one. Rows that wait for a
 * circle are not among them: they find it once it is written.
 */
export function circlesIn(rows: readonly Waiter[]): Set<number> {
  const waiting = peel(
    rows,
    ({ names }) => names,
    ({ missing }) => missing,
    (names, isThere) => names.every(isThere),
  )
  const circles = peel(
    waiting,
    ({ missing }) => missing,
    ({ names }) => names,
    (names, isThere) => names.some(isThere),
  )
  return new Set(circles.map(({ number }) => number))
}

type Texts = (row: Waiter) => readonly string[]

/** Takes away rows as long as there is one whose needs are not met by what the remaining rows give. */
function peel(
  rows: readonly Waiter[],
  given: Texts,
  needed: Texts,
  met: (texts: readonly string[], isThere: (text: string) => boolean) => boolean,
): Waiter[] {
  const givers = new Map<string, number>()
  for (const row of rows) for (const text of given(row)) givers.set(text, (givers.get(text) ?? 0) + 1)
  const needers = new Map<string, Waiter[]>()
  for (const row of rows)
    for (const text of needed(row)) {
      const some = needers.get(text)
      if (some) some.push(row)
      else needers.set(text, [row])
    }
  const left = new Set(rows)
  const isThere = (text: string) => (givers.get(text) ?? 0) > 0
  for (let open: readonly Waiter[] = rows; open.length > 0;) {
    const next: Waiter[] = []
    for (const row of open) {
      if (!left.has(row) || met(needed(row), isThere)) continue
      left.delete(row)
      for (const text of given(row)) {
        const count = givers.get(text)! - 1
        givers.set(text, count)
        if (count === 0) next.push(...(needers.get(text) ?? []))
      }
    }
    open = next
  }
  return [...left]
}
