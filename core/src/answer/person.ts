// What is kept about one person, as it is told to those who answer for it, and what an erasure would do.
import type { Id } from '../model/model.ts'

/** What stands in the way of changing records of a person: a legal hold, or that the use of their data is restricted. */
export const holdKinds = ['hold', 'restriction'] as const
export type HoldKind = (typeof holdKinds)[number]

/** A hold as it is told. */
export interface Hold {
  readonly id: Id
  readonly kind: HoldKind
  /** Name of the entity; null where it is not there any more. */
  readonly entity: string | null
  readonly record: Id
  readonly reason: string
  readonly until: string | null
  readonly placed_by: Id
  readonly placed_at: string
  readonly lifted_by: Id | null
  readonly lifted_at: string | null
}

/** A record as it is told. */
export interface Told {
  readonly entity: string
  readonly id: Id
  readonly name: string | null
}

/** Records of one entity that lead to the person by one lookup. */
export interface ToldGroup {
  readonly entity: string
  readonly field: string
  readonly count: number
  /** The first of them. */
  readonly records: readonly Omit<Told, 'entity'>[]
}

/** Everything that is kept about a person. */
export interface Dossier {
  /** The records that are the person. `fields`: what of them is personal. `kept`: what an erasure would leave, and why. */
  readonly persons: readonly (Told & {
    readonly fields: readonly string[]
    readonly kept: readonly { readonly field: string; readonly because: string }[]
  })[]
  /** Records about the person, with what an erasure does to them. */
  readonly about: readonly (ToldGroup & { readonly erase: 'keep' | 'delete'; readonly fields: readonly string[] })[]
  /** Records that only lead to the person: an erasure leaves them. */
  readonly linked: readonly ToldGroup[]
  /** Records that may speak of the person, found by their texts. */
  readonly mentions: readonly {
    readonly entity: string
    readonly count: number
    readonly more: boolean
    readonly records: readonly Omit<Told, 'entity'>[]
  }[]
  readonly holds: readonly Hold[]
  readonly counts: {
    readonly files: number
    readonly changes: number
    readonly shares: number
    readonly merges: number
  }
}

/** What an erasure would do. */
export interface ErasurePlan extends Dossier {
  /** Names what was looked at; an erasure asks for it. */
  readonly plan: string
}
