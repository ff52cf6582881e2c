// What a change of rights does to people's access, as it is told.
import type { FieldChange } from '../access/difference.ts'
import type { Id, Operation } from '../model/model.ts'

/** Something with its name; null for what whoever asks may not read. */
export interface Named {
  readonly id: Id
  readonly name: string | null
}

/** One direction of one right on one entity. */
export interface Moved {
  /** People concerned. */
  readonly people: number
  /** Records over all of these people, each person's counted for themselves. */
  readonly records: number
  /** The people with the most, with how many. */
  readonly who: readonly (Named & { readonly records: number })[]
  /** Some of the records, as far as whoever asks may read them. */
  readonly samples: readonly { readonly id: Id; readonly name: string }[]
}

/** One right on the records of one entity. */
export interface RecordDifference {
  readonly entity: string
  readonly operation: Operation
  readonly gained: Moved
  readonly lost: Moved
}

/** Who gains and loses what. */
export interface AccessDiff {
  /** People whose rights are looked at. */
  readonly people: number
  readonly records: readonly RecordDifference[]
  /** Rights on an entity as a whole: how many people gain or lose them. */
  readonly abilities: readonly {
    readonly entity: string
    readonly operation: Operation
    readonly gained: number
    readonly lost: number
  }[]
  readonly fields: readonly (FieldChange & { readonly people: number })[]
  /** False: the time was up, and the numbers are the least. */
  readonly complete: boolean
  /** Entities whose records cannot be counted before the change is made. */
  readonly uncounted: readonly string[]
}
