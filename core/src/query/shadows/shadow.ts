// What a shadow is, and the two things every source of shadows needs. Knows no source.
import type { Sql } from '../../expression/fragment.ts'

/** A column beside the properties of an entity, and what it holds. */
export interface Shadow {
  /** Stable over renames: see `shadowId`. */
  readonly id: string
  /** Physical name; starts with "_", which no wire name does. */
  readonly column: string
  readonly sqlType: string
  readonly collation?: string
  /** True when parts of its text are looked for: it gets a trigram index. */
  readonly trigrams?: true
  /** The columns its value is made of; an update that gives none of them leaves the shadow alone. */
  readonly reads: readonly string[]
  /**
   * The value, from the values of the row's columns. It must not fail for any value the columns can hold, use immutable
   * functions only, and have no parameters of its own: the rows that are there are filled with the same expression.
   */
  value(of: (column: string) => Sql): Sql
  /**
   * A column of the recycle bin that becomes the shadow, with the values it still has: only rows for which `agrees` does not
   * hold get new ones. `own` is the shadow itself.
   */
  readonly restores?: { readonly column: string; agrees(own: Sql, of: (column: string) => Sql): Sql }
}

/** The id of a shadow: what it belongs to (a field's or an entity's id), and what it is for. */
export function shadowId(owner: string, purpose: string): string {
  return `${owner}~${purpose}`
}

/** SQL that is written as text around a column, around any value instead. */
export function around(write: (column: string) => string, value: Sql): Sql {
  const mark = '\u0001'
  const [first = '', ...rest] = write(mark).split(mark)
  return { pieces: [first, ...rest.flatMap((text) => [...value.pieces, text])] }
}
