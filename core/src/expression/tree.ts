// The expression tree. Two spellings are read into Syntax (CEL in definitions, OData on the wire); bind turns names into
// ids and checks kinds, giving Expression; evaluate and SQL are its two backends and must agree on every row.
import type { ValueKind } from '../base/kind.ts'
import type { Navigation, Property } from '../model/wire.ts'

/** As written: names, not ids. `position` is the 0-based character where the part starts. */
export type Syntax =
  | {
      readonly op: 'literal'
      readonly kind: ValueKind | 'null'
      readonly value: string | boolean | null
      readonly position: number
      /** Index into the literals of the text, for shape caching. */ readonly slot?: number
    }
  | { readonly op: 'path'; readonly names: readonly string[]; readonly position: number }
  | { readonly op: 'call'; readonly name: string; readonly args: readonly Syntax[]; readonly position: number }
  | { readonly op: 'list'; readonly items: readonly Syntax[]; readonly position: number }
  /** A question about the many records of a relationship; `count` asks how many, and its condition names no variable. */
  | {
      readonly op: 'lambda'
      readonly test: 'any' | 'all' | 'count'
      readonly names: readonly string[]
      readonly variable?: string
      readonly where?: Syntax
      /** Words to search for in what is counted. */
      readonly search?: string
      readonly position: number
    }
  | { readonly op: 'alias'; readonly name: string; readonly position: number }

/** Bound: every name is resolved, every kind known. Operators are calls too (`and`, `eq`, `contains`, …). */
export type Expression =
  | {
      readonly op: 'literal'
      readonly kind: ValueKind | 'null'
      readonly value: string | boolean | null
      readonly slot?: number
    }
  /** `through` are the single-valued navigations walked from the root entity to the property's entity. */
  | {
      readonly op: 'property'
      readonly through: readonly Navigation[]
      readonly property: Property
      readonly kind: ValueKind
      /** Lambda variable depth; 0 or absent is the root row. */ readonly scope?: number
    }
  /** The value a lambda over a list of values is at. */
  | { readonly op: 'item'; readonly kind: ValueKind; readonly scope: number }
  | { readonly op: 'call'; readonly function: string; readonly args: readonly Expression[]; readonly kind: ValueKind }
  | { readonly op: 'list'; readonly items: readonly Expression[]; readonly kind: ValueKind }
  | {
      readonly op: 'lambda'
      readonly test: 'any' | 'all' | 'count'
      readonly through: readonly Navigation[]
      readonly navigation: Navigation
      readonly where?: Expression
      readonly kind: 'boolean' | 'integer'
      readonly scope?: number
    }
  /** any/all/count over the values of a property that is a list. */
  | {
      readonly op: 'items'
      readonly test: 'any' | 'all' | 'count'
      readonly of: Extract<Expression, { op: 'property' }>
      readonly where?: Expression
      readonly kind: 'boolean' | 'integer'
    }
  /** Whether the record with the id `value` stands below (or above) the record `of` in the hierarchy of a self lookup. */
  | {
      readonly op: 'hierarchy'
      readonly test: HierarchyTest
      readonly value: Expression
      readonly of: Expression
      readonly navigation: Navigation
      readonly kind: 'boolean'
    }
  /** Whether the record at the end of a way of lookups is there and meets a condition of its own. Rules of access alone ask it. */
  | {
      readonly op: 'parent'
      readonly through: readonly Navigation[]
      /** Over the record that is led to, which is its root; null when it only has to be there. */
      readonly where: Expression | null
      readonly kind: 'boolean'
    }

export const hierarchyTests = ['under', 'under_or_equal', 'above', 'above_or_equal'] as const
export type HierarchyTest = (typeof hierarchyTests)[number]
