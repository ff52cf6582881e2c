// The one query tree for API, view, workflow, export, chart and script, in its three states:
// Query (as written) → BoundQuery (names resolved against the model) → TrimmedQuery (rights compiled in) → Compiled (SQL).
// compile accepts only a trimmed one, so forgetting security is a type error.
import type { Expression, Syntax } from '../expression/tree.ts'
import type { Entity, Id } from '../model/model.ts'
import type { Navigation, Property } from '../model/wire.ts'

/** One word or phrase of `$search`; all must be found. `slot` as in Syntax. */
export interface SearchTerm {
  readonly text: string
  readonly not?: boolean
  readonly slot?: number
}

/** A position in an order, as a page's token carries it: one text (or null) per sort key. */
export type Position = readonly { readonly text: string | null; readonly slot?: number }[]

export interface Query {
  readonly select?: readonly (readonly string[])[]
  readonly filter?: Syntax
  readonly orderby?: readonly { readonly by: Syntax; readonly descending: boolean }[]
  readonly top?: number
  readonly topSlot?: number
  readonly skip?: number
  readonly skipSlot?: number
  readonly count?: boolean
  readonly search?: readonly SearchTerm[]
  readonly expand?: readonly {
    readonly name: string
    readonly position: number
    readonly query: Query
    readonly ref?: boolean
    readonly countOnly?: boolean
  }[]
  readonly apply?: readonly ApplyStep[]
  readonly after?: Position
  /** Parameter aliases (`@p`) by name. */
  readonly aliases?: ReadonlyMap<string, Syntax>
}

export interface AggregateSyntax {
  readonly of?: Syntax
  readonly method: string
  readonly alias: string
  readonly position: number
}
export type ApplyStep =
  | { readonly op: 'filter'; readonly where: Syntax }
  | { readonly op: 'groupby'; readonly by: readonly Syntax[]; readonly aggregate: readonly AggregateSyntax[] }
  | { readonly op: 'aggregate'; readonly aggregate: readonly AggregateSyntax[] }

export interface BoundOrder {
  readonly by: Expression
  readonly descending: boolean
}
export interface BoundExpand {
  readonly navigation: Navigation
  readonly query: BoundQuery
  readonly ref?: boolean
  readonly countOnly?: boolean
}
export const aggregateMethods = ['sum', 'min', 'max', 'average', 'count', 'countdistinct'] as const
export type AggregateMethod = (typeof aggregateMethods)[number]
export interface BoundAggregate {
  readonly of?: Expression
  readonly method: AggregateMethod
  readonly alias: string
}
export interface BoundGroup {
  readonly by: readonly { readonly expression: Expression; readonly path: readonly string[] }[]
  readonly aggregate: readonly BoundAggregate[]
  /** Sort by what comes out: the n-th group key or the n-th aggregate. */
  readonly order: readonly { readonly of: 'by' | 'aggregate'; readonly index: number; readonly descending: boolean }[]
}

/** A whole number, fixed by the shape or read per request. */
export interface Amount {
  readonly value: number
  readonly slot?: number
}

export interface BoundQuery {
  readonly entity: Entity
  readonly select: readonly Property[]
  /** True when the caller named columns; the context URL then lists them. */
  readonly selected: boolean
  readonly filter?: Expression
  readonly search?: readonly SearchTerm[]
  /** Properties `$search` looks into. */
  readonly searched: readonly Property[]
  /** Ends with the id, so that it is total. */
  readonly order: readonly BoundOrder[]
  readonly expand: readonly BoundExpand[]
  readonly group?: BoundGroup
  readonly top?: Amount
  readonly skip?: Amount
  readonly count: boolean
  /** Keyset position to continue after: one literal per `order`. */
  readonly after?: readonly Expression[]
}

/** What a resource path asks for. */
export type ResultKind = 'collection' | 'record' | 'property' | 'value' | 'count' | 'ref' | 'refs'

/** One record (or list) on the way of a resource path: reached by key, by a navigation from the one before, or both. */
export interface BoundStep {
  readonly entity: Entity
  readonly navigation?: Navigation
  readonly key?: readonly { readonly property: Property; readonly value: Expression }[]
}

/** A resource path with its query. `steps` ends with the step whose entity `query` is about. */
export interface BoundRead {
  readonly result: ResultKind
  readonly steps: readonly BoundStep[]
  readonly query: BoundQuery
  readonly property?: Property
}

/** Row rules by entity: an expression over its rows, or null for "all rows". An entity that is not there shows no rows. */
export type Rules = ReadonlyMap<Id, Expression | null>

declare const trimmed: unique symbol
/** A query with the actor's rights compiled in. Only access/trim makes one. */
export type TrimmedQuery = BoundQuery & { readonly rules: Rules; readonly [trimmed]: true }
/** A read with the actor's rights compiled in. Only access/trim makes one. */
export type TrimmedRead = BoundRead & { readonly rules: Rules; readonly [trimmed]: true }

/**
 * Where a statement's parameter comes from at run time: fixed by the shape, the n-th literal of the request (`convert`
 * gives a Problem for a value that does not fit), the caller, the request's moment, or a value handed to a write.
 */
export type Parameter =
  | { readonly from: 'value'; readonly value: unknown }
  | { readonly from: 'literal'; readonly slot: number; readonly convert: (text: string | boolean | null) => unknown }
  | { readonly from: 'actor'; readonly take: 'user' | 'teams' | 'owners' | 'unit' | 'units' }
  | { readonly from: 'now'; readonly take: 'now' | 'today' }
  | { readonly from: 'input'; readonly name: string }

/** SQL text (PostgreSQL 15, schema-qualified, values as parameters only). `name` is stable per text, for prepared statements. */
export interface Compiled {
  readonly text: string
  readonly name: string
  readonly parameters: readonly Parameter[]
}
