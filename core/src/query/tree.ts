// The one query tree for API, view, workflow, export, chart and script, in its three states:
// Query (as written) → BoundQuery (names resolved against the model) → TrimmedQuery (rights compiled in) → Compiled (SQL).
// compile accepts only a TrimmedQuery, so forgetting security is a type error.
import type { Value } from '../base/kind.ts'
import type { Expression, Syntax } from '../expression/tree.ts'
import type { Entity } from '../model/model.ts'
import type { Navigation, Property } from '../model/wire.ts'

export interface Query {
  readonly select?: readonly (readonly string[])[]
  readonly filter?: Syntax
  readonly orderby?: readonly { readonly by: Syntax; readonly descending: boolean }[]
  readonly top?: number
  readonly skip?: number
  readonly count?: boolean
  readonly search?: string
  readonly expand?: readonly { readonly name: string; readonly position: number; readonly query: Query; readonly ref?: boolean; readonly countOnly?: boolean }[]
  readonly apply?: readonly ApplyStep[]
  readonly skiptoken?: string
}

export interface AggregateSyntax { readonly of?: Syntax; readonly method: string; readonly alias: string; readonly position: number }
export type ApplyStep =
  | { readonly op: 'filter'; readonly where: Syntax }
  | { readonly op: 'groupby'; readonly by: readonly Syntax[]; readonly aggregate: readonly AggregateSyntax[] }
  | { readonly op: 'aggregate'; readonly aggregate: readonly AggregateSyntax[] }

export interface BoundOrder { readonly by: Expression; readonly descending: boolean }
export interface BoundExpand { readonly navigation: Navigation; readonly query: BoundQuery; readonly ref?: boolean; readonly countOnly?: boolean }
export interface BoundAggregate { readonly of?: Expression; readonly method: 'sum' | 'min' | 'max' | 'average' | 'count' | 'countdistinct'; readonly alias: string }
export interface BoundGroup { readonly by: readonly { readonly expression: Expression; readonly path: readonly string[] }[]; readonly aggregate: readonly BoundAggregate[] }

export interface BoundQuery {
  readonly entity: Entity
  readonly select: readonly Property[]
  /** True when the caller named columns; the context URL then lists them. */
  readonly selected: boolean
  readonly filter?: Expression
  readonly search?: string
  readonly order: readonly BoundOrder[]
  readonly expand: readonly BoundExpand[]
  readonly group?: BoundGroup
  readonly top?: number
  readonly skip?: number
  readonly count: boolean
  /** Keyset position to continue after: one value per `order`. */
  readonly after?: readonly Value[]
}

declare const trimmed: unique symbol
/** A query with the actor's rights compiled in. Only access/trim makes one. */
export type TrimmedQuery = BoundQuery & { readonly [trimmed]: true }

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
export interface Compiled { readonly text: string; readonly name: string; readonly parameters: readonly Parameter[] }
