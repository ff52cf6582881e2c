// The one query tree for API, view, workflow, export, chart and script, in its three states: BoundQuery (the names of syntax.ts
// resolved against the model) → TrimmedQuery (rights compiled in) → Compiled (SQL). compile accepts only a trimmed one, so
// forgetting security is a type error.
import type { ValueKind } from '../base/kind.ts'
import type { Edge } from '../expression/functions/period.ts'
import type { Expression } from '../expression/tree.ts'
import type { Entity, Id } from '../model/model.ts'
import type { Navigation, Property } from '../model/wire.ts'
import type { Level, Rollup } from './rollups.ts'
import type { Amount, Search } from './syntax.ts'

/** One key of an order. */
export interface BoundOrder {
  readonly by: Expression
  readonly descending: boolean
}

/** A relationship that is read along, and what of it. */
export interface BoundExpand {
  readonly navigation: Navigation
  /** Its name in the answer, when that is not the relationship's. */
  readonly as?: string
  readonly query: BoundQuery
  readonly ref?: boolean
  readonly countOnly?: boolean
  /** Where its options stand in the text of `$expand`; absent when they are not written there. */
  readonly options?: readonly [first: number, last: number]
}

/** A value beside the entity's own properties. */
export interface BoundComputed {
  readonly name: string
  readonly value: Expression
}

/** How the values of a group become one. */
export const aggregateMethods = ['sum', 'min', 'max', 'average', 'count', 'countdistinct'] as const

/** One of them. */
export type AggregateMethod = (typeof aggregateMethods)[number]

/** One value of a group. */
export interface BoundAggregate {
  readonly of?: Expression
  readonly method: AggregateMethod
  /** The rows of the group that count. */
  readonly where?: Expression
}

/** So many of the rows, in an order. */
export interface BoundCut {
  readonly op: 'cut'
  readonly order: readonly BoundOrder[]
  readonly top?: Amount
  readonly skip?: Amount
  /** So many of each part instead of all. */
  readonly partition?: readonly Expression[]
}

/** The rows with the highest (or lowest) values that make up an amount, or a share of the whole, together. */
export interface BoundShare {
  readonly op: 'share'
  /** The value first, then what makes the order total. */
  readonly order: readonly BoundOrder[]
  readonly amount: Expression
  readonly percent: boolean
  readonly partition?: readonly Expression[]
}

/** Each record together with each of its related ones; they are the next row that expressions speak of. */
export interface BoundJoin {
  readonly op: 'join'
  readonly navigation: Navigation
  readonly outer: boolean
  readonly within: readonly RecordStage[]
}

/** What stands below (or above) some records in the hierarchy of a self lookup. */
export interface BoundTree {
  readonly op: 'tree'
  readonly test: 'ancestors' | 'descendants'
  readonly navigation: Navigation
  readonly start: readonly RecordStage[]
  readonly depth?: Amount
  readonly keep: boolean
}

/** What `$apply` does to records before they are grouped. */
export type RecordStage =
  | { readonly op: 'filter'; readonly where: Expression }
  | { readonly op: 'search'; readonly search: Search; readonly searched: readonly Property[] }
  | BoundCut
  | BoundShare
  | BoundJoin
  | BoundTree

/** Rows that are alike as one. */
export interface BoundGroup {
  readonly op: 'group'
  readonly by: readonly Expression[]
  readonly rollups?: readonly Rollup[]
  readonly aggregate: readonly BoundAggregate[]
}

/** What `$apply` does to the rows that come out of a group; they are columns by number. */
export type TableStage =
  | { readonly op: 'filter'; readonly where: Expression }
  | { readonly op: 'compute'; readonly values: readonly Expression[] }
  | BoundCut
  | BoundShare
  | BoundGroup

/** A column of what comes out of groups, under its name in the answer. */
export interface TableColumn {
  readonly path: readonly string[]
  /** Number of the column that holds it. */
  readonly at: number
  readonly kind: ValueKind
}

/** Where the rows of a pipe come from: groups of records, the records themselves, or other pipes one after the other. */
export type PipeSource =
  | { readonly op: 'group'; readonly records: readonly RecordStage[]; readonly group: BoundGroup }
  | { readonly op: 'rows'; readonly records: readonly RecordStage[]; readonly values: readonly Expression[] }
  | {
      readonly op: 'union'
      readonly parts: readonly {
        readonly source: PipeSource
        readonly after: readonly TableStage[]
        /** For each column of the union the number of the part's own; undefined where it has none. */
        readonly columns: readonly (number | undefined)[]
      }[]
      readonly kinds: readonly ValueKind[]
    }

/** Records → groups → rows. */
export interface Pipe {
  readonly source: PipeSource
  readonly after: readonly TableStage[]
  /** What comes out. */
  readonly columns: readonly TableColumn[]
  /** The sort keys that were asked for, and what makes them total. */
  readonly order: readonly BoundOrder[]
  /** Which columns are left out on which level; absent when the last group rolls nothing up. */
  readonly rolled?: readonly Level[]
}

/** Which values of a list are answered, and in which order. */
export interface BoundList {
  readonly where?: Expression
  readonly descending?: boolean
  readonly top?: Amount
  readonly skip?: Amount
  readonly count: boolean
}

/** A query over an entity's records, or over groups of them. */
export interface BoundQuery {
  readonly entity: Entity
  readonly select: readonly Property[]
  /** Selected lists of which only some values are answered, by name. */
  readonly lists?: ReadonlyMap<string, BoundList>
  /** True when the caller named columns; the context URL then lists them. */
  readonly selected: boolean
  readonly filter?: Expression
  /** The rule of a further right that the records are asked for with. Like every rule it sees all rows. */
  readonly within?: Expression
  readonly search?: Search
  /** Properties `$search` looks into. */
  readonly searched: readonly Property[]
  /** Names of the relationships there are for the caller. */
  readonly navigations?: readonly string[]
  /** Ends with the id, so that it is total. */
  readonly order: readonly BoundOrder[]
  readonly expand: readonly BoundExpand[]
  /** What `$compute` adds to each record. */
  readonly computed?: readonly BoundComputed[]
  /** What `$apply` does to the records before the filter. */
  readonly records?: readonly RecordStage[]
  /** Groups instead of records, one after the other when there are several. */
  readonly pipes?: readonly Pipe[]
  readonly top?: Amount
  readonly skip?: Amount
  readonly count: boolean
  /** Keyset position to continue after: one literal per `order`. */
  readonly after?: readonly Expression[]
  /** Each record of a list has its position beside it (query/order.ts). */
  readonly positions?: boolean
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

/** Every record of some sets with every record of the others, of which a filter leaves those that belong together. */
export interface BoundCross {
  /** What is answered of each set: its address, or the record itself where it is expanded. */
  readonly parts: readonly { readonly query: BoundQuery; readonly expanded: boolean }[]
  /** Over the rows 1, 2, … of the sets in order. */
  readonly filter?: Expression
  readonly order: readonly BoundOrder[]
  readonly top?: Amount
  readonly skip?: Amount
  readonly count: boolean
}

/** A cross join with the actor's rights compiled in. Only access/trim makes one. */
export type TrimmedCross = BoundCross & { readonly rules: Rules; readonly [trimmed]: true }

/**
 * Where a statement's parameter comes from at run time: fixed by the shape, the n-th literal of the request (`convert`
 * gives a Problem for a value that does not fit), the caller, the request's moment, or a value handed in by name.
 */
export type Parameter =
  | { readonly from: 'value'; readonly value: unknown }
  | { readonly from: 'literal'; readonly slot: number; readonly convert: (text: string | boolean | null) => unknown }
  | {
      readonly from: 'actor'
      readonly take: 'user' | 'via' | 'teams' | 'owners' | 'people' | 'receivers' | 'unit' | 'units' | 'range' | 'my'
      /** What of it, where it is one of several: the words of a range, the path of a value of the asker's own. */
      readonly of?: string
    }
  /** The request's moment, for what a change is told of when it comes to an end (a share): the clock alone decides nothing. */
  | { readonly from: 'moment' }
  | { readonly from: 'now'; readonly take: 'now' | 'today' }
  /** How the caller counts days. */
  | { readonly from: 'reckoning'; readonly take: 'calendar' | 'zone' | 'fiscal_calendar' | 'fiscal_month' }
  /** One end of a span counted from now, for so many units: written in the shape, or the n-th literal of the request. */
  | {
      readonly from: 'edge'
      readonly edge: Edge
      readonly as: 'date' | 'datetime'
      readonly count: number
      readonly slot?: number
    }
  | { readonly from: 'input'; readonly name: string; /** Travels as JSON text. */ readonly json?: true }

/** SQL text (PostgreSQL 15, schema-qualified, values as parameters only). `name` is stable per text, for prepared statements. */
export interface Compiled {
  readonly text: string
  readonly name: string
  readonly parameters: readonly Parameter[]
}
