// What the data service shows of an entity: properties (columns by their wire name) and navigations (lookups and their
// inverses). Derived from the model and the field types once per model; parse, bind, compile, $metadata and the app read it.
import type { ValueKind } from '../base/kind.ts'
import type { Entity, Field, Id, Model } from './model.ts'

export interface Property {
  /** Wire name: `name`, `account_id`, `price_currency`. */
  readonly name: string
  /** Physical column; equal to the wire name. */
  readonly column: string
  /** The field it belongs to (one field may have several properties). */
  readonly field: Field
  readonly kind: ValueKind
  /** OData primitive type: `Edm.String`, … */
  readonly edm: string
  readonly nullable: boolean
  /** Callers may not write it. */
  readonly readOnly: boolean
}

export interface Navigation {
  /** Wire name: `account`, `regarding_account`, `contacts`. */
  readonly name: string
  /** The lookup field that carries the link. */
  readonly field: Field
  /** The entity the lookup stands in. */
  readonly from: Id
  /** The entity this navigation leads to. */
  readonly target: Id
  readonly collection: boolean
  /** Column of the lookup that holds the target's id (`account_id`). */
  readonly column: string
  /** Column that names the target entity, for polymorphic lookups (`regarding_type`). */
  readonly typeColumn?: string
}

export interface WireEntity {
  readonly entity: Entity
  readonly properties: ReadonlyMap<string, Property>
  readonly navigations: ReadonlyMap<string, Navigation>
}

/** The wire shape of an entity. Computed once per model and entity. */
export declare function wireOf(model: Model, entity: Entity): WireEntity
