// A query as it is written: options and the steps of $apply, with names that nobody has looked up yet. Every reader of a spelling
// (OData, GraphQL, a view) makes one; bind.ts turns it into the tree of tree.ts. A `slot` is the number of a literal of the
// request that the shape leaves open.
import type { Syntax } from '../expression/tree.ts'
import type { Rollup } from './rollups.ts'

/** What `$search` asks for: words and phrases, joined by AND, OR and NOT. `slot` as in Syntax. */
export type Search =
  | { readonly op: 'term'; readonly text: string; readonly slot?: number }
  | { readonly op: 'not'; readonly of: Search }
  | { readonly op: 'and' | 'or'; readonly parts: readonly Search[] }

/** A position in an order, as a page's token carries it: one text (or null) per sort key. */
export type Position = readonly { readonly text: string | null; readonly slot?: number }[]

/** Options of a selected list of values, whose items are `$this`. */
export type ListSyntax = Pick<Query, 'filter' | 'orderby' | 'top' | 'topSlot' | 'skip' | 'skipSlot' | 'count'>

/** The options of a query. */
export interface Query {
  readonly select?: readonly (readonly string[])[]
  /** Options of selected columns that are lists of values, by name. */
  readonly lists?: ReadonlyMap<string, ListSyntax>
  readonly filter?: Syntax
  readonly orderby?: readonly { readonly by: Syntax; readonly descending: boolean }[]
  readonly top?: number
  readonly topSlot?: number
  readonly skip?: number
  readonly skipSlot?: number
  readonly count?: boolean
  readonly search?: Search
  readonly expand?: readonly ExpandSyntax[]
  readonly compute?: readonly ComputeSyntax[]
  readonly apply?: readonly ApplyStep[]
  readonly after?: Position
  /** Each record of a list also says where it stands in the order, so that a page can continue behind any of them. */
  readonly positions?: boolean
  /** Parameter aliases (`@p`) by name. */
  readonly aliases?: ReadonlyMap<string, Syntax>
}

/** One relationship of `$expand`. */
export interface ExpandSyntax {
  /** `*` stands for every relationship. */
  readonly name: string
  /** What it is called in the answer, where one relationship is asked for several times. */
  readonly as?: string
  readonly position: number
  readonly query: Query
  readonly ref?: boolean
  readonly countOnly?: boolean
  /** `$levels`: how often the relationship is followed into itself. */
  readonly levels?: number | 'max'
  /** First and last token of the options in parentheses, in the text of `$expand`. */
  readonly options?: readonly [first: number, last: number]
}

/** `amount mul 2 as double` */
export interface ComputeSyntax {
  readonly value: Syntax
  readonly name: string
  readonly position: number
}

/** `amount with sum as total` */
export interface AggregateSyntax {
  readonly of?: Syntax
  readonly method: string
  /** `from close_date with average`: first by this too, then by this method over that. */
  readonly from?: { readonly by: Extract<Syntax, { op: 'path' }>; readonly method: string }
  readonly alias: string
  readonly position: number
}

/** `groupby((stage,owner/name),aggregate(…))` */
export interface GroupSyntax {
  readonly op: 'groupby'
  readonly by: readonly Extract<Syntax, { op: 'path' }>[]
  /** Which of the keys are rolled up; they are the last ones. */
  readonly rollups?: readonly Rollup[]
  /** What is done inside each group before it is aggregated. */
  readonly within?: readonly ApplyStep[]
  /** Absent when a group stays as many records as it has. */
  readonly aggregate?: readonly AggregateSyntax[]
}

/** `descendants($root/accounts,parent,id,filter(…),2,keep start)` */
export interface TreeSyntax {
  readonly op: 'tree'
  readonly test: 'ancestors' | 'descendants'
  readonly set: string
  /** Name of the lookup that makes the tree; another name stands for the entity's own hierarchy. */
  readonly hierarchy: string
  readonly node: string
  readonly start: readonly ApplyStep[]
  readonly depth?: Amount
  readonly keep: boolean
}

/** Sort keys as they are written. */
export type OrderSyntax = readonly { readonly by: Syntax; readonly descending: boolean }[]

/** One step of `$apply`. */
export type ApplyStep = { readonly position: number } & (
  | { readonly op: 'filter'; readonly where: Syntax }
  | { readonly op: 'compute'; readonly values: readonly ComputeSyntax[] }
  | { readonly op: 'orderby'; readonly order: OrderSyntax }
  | { readonly op: 'top' | 'skip'; readonly amount: Amount }
  | { readonly op: 'cut'; readonly order: OrderSyntax; readonly amount: Amount }
  | {
      readonly op: 'share'
      readonly of: Syntax
      readonly amount: Syntax
      readonly best: boolean
      readonly percent: boolean
    }
  | { readonly op: 'search'; readonly search: Search }
  | { readonly op: 'expand'; readonly expand: ExpandSyntax }
  | {
      readonly op: 'join'
      readonly name: string
      readonly alias: string
      readonly outer: boolean
      readonly within: readonly ApplyStep[]
    }
  | TreeSyntax
  | GroupSyntax
  | { readonly op: 'aggregate'; readonly aggregate: readonly AggregateSyntax[] }
  | { readonly op: 'concat'; readonly branches: readonly (readonly ApplyStep[])[] }
)

/** A whole number, fixed by the shape or read per request. */
export interface Amount {
  readonly value: number
  readonly slot?: number
}
