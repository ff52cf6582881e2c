// The audit as it is told to those who may see all of it: what happened to records and what happened beside, as one list.
import type { JsonValue } from '../base/json.ts'

/** One event. */
export interface StoryEvent {
  /** Where it stands: the next page begins behind it. */
  readonly place: string
  /** ISO 8601 */
  readonly at: string
  readonly kind: string
  /** How it ended, of what is no change of a record. */
  readonly outcome: string | null
  readonly by: string | null
  readonly via: string | null
  /** Whose account it is about. */
  readonly person: string | null
  /** Name of the entity. */
  readonly entity: string | null
  readonly records: readonly string[]
  readonly before: JsonValue
  readonly after: JsonValue
  readonly address: string | null
  readonly detail: JsonValue
  readonly isSealed: boolean
}

/** A page of events. */
export interface Story {
  readonly value: readonly StoryEvent[]
  /** Names of the people, and of the record where an event is about one, by id; those the reader may not read have none. */
  readonly names: Readonly<Record<string, string>>
  readonly next: string | null
}
