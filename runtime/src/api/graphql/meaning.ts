// What a field of our schema means in the model, kept with the field itself: the walk over a selection looks nothing up by name.
import type { GraphQLField } from 'graphql'
import type { Entity } from '@peyvand/core/model/model.ts'
import type { Navigation, Property } from '@peyvand/core/model/wire.ts'
import type { AggregateMethod } from '@peyvand/core/query/tree.ts'

/** Operations of a mutation on one entity. */
export type Doing = 'create' | 'update' | 'upsert' | 'delete' | 'link' | 'unlink'

export type Meaning =
  | { readonly op: 'value'; readonly property: Property }
  | { readonly op: 'one' | 'many' | 'groups'; readonly navigation: Navigation }
  | { readonly op: 'record' | 'records' | 'grouped'; readonly entity: Entity }
  | { readonly op: 'write'; readonly doing: Doing; readonly entity: Entity }
  /** Of a group: its keys, parts of dates, how many records it has, and what is worked out of them. */
  | { readonly op: 'keys' | 'parts' | 'count' }
  | { readonly op: 'aggregate'; readonly method: AggregateMethod }

const name = 'peyvand'

/** The extensions of a field with this meaning. */
export function meaning(of: Meaning): { readonly extensions: Readonly<Record<string, unknown>> } {
  return { extensions: { [name]: of } }
}

/** What a field means; undefined for those of lists and pages, which are the same everywhere. */
export function meaningOf({ extensions }: Pick<GraphQLField<unknown, unknown>, 'extensions'>): Meaning | undefined {
  return extensions[name] as Meaning | undefined
}
