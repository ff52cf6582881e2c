// The physical schema as a value and the closed list of steps that change it.
// tables.ts describes what is; target.ts says what a model wants; diff.ts (by id) gives the steps between them.
import type { Id } from '../model/model.ts'
import type { Move } from '../model/move.ts'
import type { Sample } from './offenders.ts'

export interface TableColumn {
  /** Field id plus column suffix: stable over renames. */
  readonly id: string
  readonly name: string
  readonly sqlType: string
  readonly collation?: string
  readonly notNull: boolean
  /** Model type name, so that a retype can ask for its cast. */
  readonly type: string
  /** What existing rows get when the column becomes required: the field's default. Not part of the physical column. */
  readonly fill?: string | number | boolean
  /** Which rows a new column's fill does not suit, over `{{column id}}`, and what they get instead. Not part of the physical column. */
  readonly unsuited?: { readonly rows: string; readonly fill: string }
  /** A shadow's expression, with `{{column id}}` for the columns it reads. Its values follow from the others. */
  readonly derived?: string
  /** The column of the recycle bin a shadow begins with, and when its values there are right already. */
  readonly restores?: string
  readonly agrees?: string
}

/** What values get that a conversion cannot take: nothing, or the value the admin chose. */
export interface Otherwise {
  readonly value: string | number | boolean | null
}

/** A column whose values come from elsewhere, and what it is called there: its name in the recycle bin. */
export interface MovedColumn {
  readonly column: TableColumn
  readonly from: string
}

export interface TableIndex {
  readonly id: string
  readonly name: string
  readonly columns: readonly string[]
  readonly unique: boolean
  /** Over the trigrams of its column's skeleton; made only where the database has trigrams. */
  readonly trigrams?: true
  /** `gin` finds a row by each value of its list; a tree by the whole value, which is what is meant when absent. */
  readonly method?: 'gin'
}
export interface TableForeignKey {
  readonly id: string
  readonly name: string
  readonly column: string
  readonly table: string
  readonly onDelete: 'restrict' | 'set null' | 'cascade'
}
export interface Table {
  /** Entity id. */
  readonly id: Id
  readonly name: string
  readonly columns: readonly TableColumn[]
  readonly indexes: readonly TableIndex[]
  readonly foreignKeys: readonly TableForeignKey[]
}
export type Tables = ReadonlyMap<Id, Table>

export type Step =
  | { readonly kind: 'create_table'; readonly table: Table }
  | { readonly kind: 'drop_table'; readonly table: Table }
  | { readonly kind: 'rename_table'; readonly table: Id; readonly from: string; readonly to: string }
  | { readonly kind: 'add_column'; readonly table: Id; readonly column: TableColumn }
  | { readonly kind: 'drop_column'; readonly table: Id; readonly column: TableColumn }
  | {
      readonly kind: 'rename_column'
      readonly table: Id
      readonly column: string
      readonly from: string
      readonly to: string
    }
  | {
      readonly kind: 'retype_column'
      readonly table: Id
      readonly from: TableColumn
      readonly to: TableColumn
      /** The column that holds the converted values already: the two exchange names, and it is the column from then on. */
      readonly twin?: TableColumn
      /** What values get that would not convert; without it there must be none. */
      readonly otherwise?: Otherwise
    }
  /** Values of a field that went to another entity: from a record's parent, or to it, over a lookup. */
  | {
      readonly kind: 'move_values'
      readonly table: Id
      /** The main column first. */
      readonly columns: readonly MovedColumn[]
      readonly source: Id
      /** Id of the lookup's column; it stands in the table of the child. */
      readonly lookup: string
      readonly toward: Move['toward']
      readonly take: Move['take']
    }
  /** Rows without a value get `column.fill`; those of a shadow whose value is another get the right one. */
  | {
      readonly kind: 'backfill'
      readonly table: Id
      readonly column: TableColumn
      /** The shadow's expression before, when it had another. */
      readonly before?: string
    }
  /** Does nothing, and is refused while values are there that the field takes no longer. */
  | { readonly kind: 'check_values'; readonly table: Id; readonly column: TableColumn }
  | { readonly kind: 'set_not_null'; readonly table: Id; readonly column: TableColumn }
  | { readonly kind: 'drop_not_null'; readonly table: Id; readonly column: TableColumn }
  | { readonly kind: 'add_index'; readonly table: Id; readonly index: TableIndex }
  | { readonly kind: 'drop_index'; readonly table: Id; readonly index: TableIndex }
  | { readonly kind: 'add_foreign_key'; readonly table: Id; readonly foreignKey: TableForeignKey }
  | { readonly kind: 'drop_foreign_key'; readonly table: Id; readonly foreignKey: TableForeignKey }

/** The step of one kind. */
export type StepOf<K extends Step['kind']> = Extract<Step, { kind: K }>

/** What is said of each kind of step: a missing kind is a type error. */
export type ByKind<Args extends readonly unknown[], R> = {
  readonly [K in Step['kind']]: (step: StepOf<K>, ...args: Args) => R
}

/** What a table says of a step. */
export function byKind<Args extends readonly unknown[], R>(table: ByKind<Args, R>, step: Step, ...args: Args): R {
  return (table[step.kind] as (step: Step, ...args: Args) => R)(step, ...args)
}

/** Whether a step is done when the change is applied, or by a job after it. */
export type When = 'now' | 'job'

export type Risk = 'safe' | 'slow' | 'lossy' | 'blocked'

/** A step as people review it (contract: `POST /api/model/plan`). */
export interface PlannedStep {
  readonly kind: Step['kind']
  readonly entity: string
  readonly field?: string
  readonly risk: Risk
  readonly when: When
  /** PostgreSQL lock the statement takes on the table. */
  readonly lock: string
  /** Whether PostgreSQL rewrites the table. */
  readonly rewrite: boolean
  /** Rows and size of the table, as the statistics have them. unit: bytes */
  readonly rows: number
  readonly bytes: number
  readonly estimateMs: number
  /** Records or values that its risk is about, as they were counted. */
  readonly count?: number
  /** Some of them, where they stand in the way and people can mend them; as far as the caller may read them. */
  readonly samples?: readonly Sample[]
  readonly sql: readonly string[]
  readonly undo: readonly string[]
  /** Why it is lossy or blocked, in one sentence. */
  readonly because?: string
}
