// The contract of an expression function or operator: everything about it in one object. Signature for bind, evaluate for
// the browser and the server, SQL for the database, a line for people, and the facts that tests run on all of them.
import type { Value, ValueKind } from '../../base/kind.ts'
import type { Reckoning } from '../../base/calendar.ts'
import type { Actor } from '../../access/actor.ts'
import type { Sql } from '../fragment.ts'
import type { Expression } from '../tree.ts'

export interface Overload {
  readonly params: readonly ValueKind[]
  readonly gives: ValueKind
  /** The last parameter may be repeated. */
  readonly rest?: boolean
  /** The result is a list of `gives`. */
  readonly list?: boolean
}

/** What evaluate may know beside its arguments. */
export interface Surroundings {
  /** ISO moment; the statement gets the same one as a parameter. */
  readonly now: string
  readonly actor: Actor
  /** How the caller counts days; the Gregorian calendar in UTC when absent. */
  readonly reckoning?: Reckoning
}

export interface Call {
  readonly kinds: readonly ValueKind[]
  readonly gives: ValueKind
}

export interface SqlCall extends Call {
  readonly args: readonly Expression[]
  /** Only "is it true" matters here, so null and false are the same. */
  readonly truth: boolean
  /** Whether the argument can never be null. */
  sure(index: number): boolean
  /** SQL of the single items when the second argument is a written list. */
  readonly items?: readonly Sql[]
  /** The argument as a parameter made from its literal, when it is one. */
  literal(index: number, make: (text: string) => unknown): Sql | undefined
  /** One of the tenant's tables that are no entity's (`_share`). */
  readonly table: (name: string) => Sql
  /** Whether an id is sought in the lists of whoever asks by halving; they stand as bare arrays then. */
  readonly halving?: boolean
}

export interface Case {
  readonly args: readonly Value[]
  readonly gives: Value
  /** Index into `overloads`; 0 by default. */ readonly overload?: number
}

export interface FunctionDefinition {
  readonly name: string
  /** The spelling in CEL, when it is another one. */
  readonly cel?: string
  /** Infix spelling in OData with its strength; `-`/`not` style operators have none. */
  readonly infix?: number
  /** One line for the formula editor. */
  readonly doc: string
  /** Tried in order; the first that fits all arguments is taken. */
  readonly overloads: readonly Overload[]
  /** Arguments that must be written values (a pattern cannot come from a record). */
  readonly written?: readonly number[]
  /** What a value depends on beside the arguments: such a value cannot be stored. */
  readonly depends?: 'moment' | 'actor'
  /** True when other records decide: what is at hand in memory is not enough. */
  readonly reaches?: true
  /** True when a moment is looked at where the caller lives; a wall time, which has no zone, is taken as it stands. */
  readonly zoned?: true
  /** True when the function itself decides what null means; else null in gives null out. */
  readonly handlesNull?: boolean
  /** What one call costs, in records that the database could look at instead; absent for next to nothing. */
  readonly effort?: number
  evaluate(args: readonly Value[], call: Call, surroundings: Surroundings): Value
  sql(args: readonly Sql[], call: SqlCall): Sql
  readonly cases: readonly Case[]
}

/** Kinds that can be compared, in the order overloads are tried. */
export const comparable = [
  'text',
  'integer',
  'decimal',
  'boolean',
  'date',
  'datetime',
  'uuid',
  'time',
  'duration',
  'float',
] as const satisfies readonly ValueKind[]

/** The same shape for several kinds. */
export function forKinds(kinds: readonly ValueKind[], shape: (kind: ValueKind) => Overload): readonly Overload[] {
  return kinds.map(shape)
}
