// Rows that wait for rows of the same file: which texts they can be pointed at by, and which of them wait only for each other.
import type { Assignment } from './assign.ts'
import type { ReadRow, Wanted } from './cell.ts'
import { spell } from './compare.ts'

/** The texts by which other rows of the file can point at these. */
export function namesOf(rows: readonly ReadRow[], all: readonly Assignment[]): Set<string> {
  const self = all.filter(({ match }) => match?.self)
  return new Set(
    rows.flatMap(({ body }) =>
      self.map(({ match }) => named(match!.path[0]!, spell(match!.kind, body[match!.path[0]!] ?? null))),
    ),
  )
}

/** The text a lookup points with, as namesOf has it. */
export function nameOf({ assignment: { match }, text }: Wanted): string {
  return named(match!.path[0]!, spell(match!.kind, text))
}

function named(property: string, text: string | null): string {
  return `${property}\u0000${text ?? ''}`
}

/** The largest set of rows that wait for nothing but each other. `missing` gives what a row waits for. */
export function circleIn(
  rows: readonly ReadRow[],
  all: readonly Assignment[],
  missing: (read: ReadRow) => readonly Wanted[],
): Set<ReadRow> {
  let circle = rows
  for (let before = -1; circle.length !== before;) {
    before = circle.length
    const names = namesOf(circle, all)
    circle = circle.filter((read) => missing(read).every((wanted) => names.has(nameOf(wanted))))
  }
  return new Set(circle)
}
