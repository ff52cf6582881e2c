// One statement for many actors: what a condition asks of one actor as parameters, a crowd brings as the columns of a relation.
// Decides how they travel and who is one and the same for a statement; what is asked is the rules' business.
import { ident, join, param, sql, type Sql } from '../expression/fragment.ts'
import type { Actor } from './actor.ts'
import { actorValue, type ActorParameter } from './values.ts'

interface Column {
  readonly name: string
  readonly parameter: ActorParameter
  readonly cast: string
}

/** What statements ask of each actor of a relation, whose rows are `"who"`, numbered by `"n"`. */
export class Crowd {
  readonly #prefix: string
  readonly #columns = new Map<string, Column>()

  /** `prefix`: what tells its columns from those of another crowd in the same rows. */
  constructor(prefix = 'c') {
    this.#prefix = prefix
  }

  /** The same SQL, asked of each actor of the relation. */
  over({ pieces }: Sql): Sql {
    return {
      pieces: pieces.flatMap((piece) => {
        // What one actor's statement works out once is another thing for each of a crowd.
        if (typeof piece === 'object' && 'select' in piece) return sql`(${this.over(piece.select)})`.pieces
        if (typeof piece === 'string' || piece.parameter.from !== 'actor') return [piece]
        return sql`"who".${ident(this.#column(piece.parameter, piece.cast))}`.pieces
      }),
    }
  }

  #column(parameter: ActorParameter, cast: string): string {
    const key = `${parameter.take}.${parameter.of ?? ''}:${cast}`
    let column = this.#columns.get(key)
    if (column === undefined)
      this.#columns.set(key, (column = { name: `${this.#prefix}${this.#columns.size}`, parameter, cast }))
    return column.name
  }

  /** Its columns with their types. Read it after all conditions were written. */
  get definition(): readonly Sql[] {
    return [...this.#columns.values()].map(({ name, cast }): Sql => ({ pieces: [...ident(name).pieces, ` ${cast}`] }))
  }

  /** What it knows of an actor, by column. Equal for actors who are one and the same for the statement. */
  cells(actor: Actor): Readonly<Record<string, unknown>> {
    const columns = [...this.#columns.values()]
    return Object.fromEntries(columns.map(({ name, parameter }) => [name, actorValue(parameter, actor) ?? null]))
  }
}

/** What stands behind `from`: the rows that are handed in as the input `who`. */
export function crowdRelation(...crowds: readonly Crowd[]): Sql {
  const list = join([sql`"n" integer`, ...crowds.flatMap(({ definition }) => definition)], ', ')
  return sql`jsonb_to_recordset(${param({ from: 'input', name: 'who' }, 'jsonb')}) as "who"(${list})`
}
