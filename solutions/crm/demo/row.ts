// The shape of what the generator gives: wire rows by entity, in an order in which they can be written.

/** One record as the data service takes it: properties by wire name. `created_at` and `modified_at` say when it was made. */
export type Row = { readonly id: string } & Readonly<Record<string, string | number | boolean | null>>

/** The rows of an entity. Lists follow each other so that what a row points at comes before it. */
export interface Batch {
  readonly entity: string
  readonly rows: readonly Row[]
}

export type Size = 'small' | 'large'

export interface DemoSettings {
  readonly size: Size
  /** The day the story ends, `2026-11-25`. */
  readonly today: string
  /** Id of the root business unit, under which the demo company's units are put. */
  readonly root?: string
}
