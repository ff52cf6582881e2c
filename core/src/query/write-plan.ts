// What a write statement is made from: the plan that access hands over, and the values of columns as parameters. The statement
// itself is written in write.ts.
import { ident, join, param, sql, type Sql } from '../expression/fragment.ts'
import { castOf } from '../expression/sql-type.ts'
import type { Expression } from '../expression/tree.ts'
import type { Problem } from '../base/problem.ts'
import type { Entity, Id } from '../model/model.ts'
import type { Navigation, Property, WireEntity } from '../model/wire.ts'
import type { DemandRelation } from '../types/demand.ts'
import type { Build } from './frame.ts'
import { emptyOf } from './rollup.ts'
import { insertedShadows } from './shadow.ts'

/** An upsert changes the record, or creates it when it is not there. */
export type WriteOperation = 'create' | 'update' | 'delete' | 'upsert'

/** Where a lookup may lead; `only` to those records that meet this too. */
export type LinkTarget = Navigation & { readonly only?: Expression }

/** A lookup whose target has to be there and visible; `type` names its type column when it is polymorphic. */
export interface LinkCheck {
  readonly property: Property
  readonly targets: readonly LinkTarget[]
  /** No foreign key and no right to read them all says that the target is there for the caller. */
  readonly unsure: boolean
  /** By entity, what the target has to meet for the caller to append to it. */
  readonly attach: ReadonlyMap<Id, Expression>
}

/** What the stored record has to be like (types/demand.ts) before it is changed. */
export interface StoredDemand {
  readonly property: Property
  readonly relation: DemandRelation
  readonly values: readonly string[]
  /** Name of the list among the inputs of the statement. */
  readonly input: string
  /** Whether the writer may learn what is there instead. */
  readonly shows: boolean
  refusal(held: readonly string[] | undefined): Problem
}

/** What a write does, with the rights and lookups to check on the way. */
export interface WritePlan {
  readonly build: Build
  readonly wire: WireEntity
  readonly operation: WriteOperation
  /** Columns that find the record. */
  readonly match: readonly Property[]
  /** Columns the update sets. */
  readonly update: readonly Property[]
  /** Columns the insert sets. */
  readonly insert: readonly Property[]
  /** Rights on the record as it is; null when there is nothing to check. */
  readonly may: Expression | null
  /** Rights on the record as it will be (update), and on the new record (insert). */
  readonly mayBecome: Expression | null
  readonly mayCreate: Expression | null
  readonly links: readonly LinkCheck[]
  readonly demands: readonly StoredDemand[]
  /** The entity whose record owns, when the owner is given and its unit has to be looked up. */
  readonly ownerEntity?: Entity
  readonly matchesVersion: boolean
  /** An inactive record is not changed, unless the change activates it. */
  readonly needsActive?: boolean
  readonly returning: readonly Property[] | undefined
  readonly audit: boolean
  /** Columns whose values before and after the write have to be known: lookups to records that gather this one. */
  readonly watched?: readonly string[]
}

/** Which of the values of a write. */
export type Side = 'insert' | 'update'

/** The value for a column; an upsert may insert other values than it updates. */
export function input(side: Side, property: Property): Sql {
  const cast = castOf[property.kind]
  const name = inputName(side, property.column)
  return param({ from: 'input', name, ...(cast === 'jsonb' ? { json: true } : {}) }, cast)
}

/** Name of a column's value among the inputs of the statement. */
export function inputName(side: Side | 'match', column: string): string {
  return side === 'insert' ? `+${column}` : side === 'match' ? `=${column}` : column
}

/** The moment of the write. */
export const nowParam = param({ from: 'now', take: 'now' }, 'timestamptz')
/** Who is noted as the maker; nobody for the system. */
const writer = param({ from: 'input', name: '@writer' }, 'uuid')

/** Those of the columns that the entity has. */
export function own(wire: WireEntity, pairs: readonly (readonly [string, Sql])[]): (readonly [string, Sql])[] {
  return pairs.filter(([name]) => wire.properties.has(name))
}

/** Who made or changed the record, and when. */
export function stamps(wire: WireEntity, creating: boolean): (readonly [string, Sql])[] {
  const modified = own(wire, [
    ['modified_at', nowParam],
    ['modified_by_id', writer],
  ])
  return creating
    ? [
        ...own(wire, [
          ['created_at', nowParam],
          ['created_by_id', writer],
        ]),
        ...modified,
        ...emptyRollups(wire),
        ['version', sql`1`],
      ]
    : modified
}

/** Nothing points at a new record yet. */
function emptyRollups({ properties }: WireEntity): (readonly [string, Sql])[] {
  return [...properties.values()].flatMap((property) => {
    const empty = emptyOf(property)
    return empty === undefined ? [] : [[property.column, empty] as const]
  })
}

/** Columns and values of the insert, each as a list; `unit` is the owner's, when it was looked up. */
export function insertLists(plan: WritePlan, unit: Sql | undefined): { names: Sql; values: Sql } {
  const given = plan.insert
    .filter(({ column: name }) => !(unit && name === 'owning_unit_id'))
    .map((property) => [property.column, input('insert', property)] as const)
  const found = unit ? own(plan.wire, [['owning_unit_id', unit]]) : []
  const row = [...given, ...found, ...stamps(plan.wire, true)]
  const pairs = [...row, ...insertedShadows(plan.build.model, plan.wire, row)]
  return {
    names: join(
      pairs.map(([name]) => ident(name)),
      ', ',
    ),
    values: join(
      pairs.map(([, value]) => value),
      ', ',
    ),
  }
}

/** Fields that say whose a record is. Giving it away is asked by `assign`, not by whether one could write it afterwards. */
export const ownerFields: ReadonlySet<string> = new Set(['owner', 'owning_unit'])
