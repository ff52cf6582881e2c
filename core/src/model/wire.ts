// What the data service shows of an entity: properties (columns by their wire name) and navigations (lookups and their
// inverses). Derived from the model and the field types once per model; parse, bind, compile, $metadata and the app read it.
import type { ValueKind } from '../base/kind.ts'
import { Problem } from '../base/problem.ts'
import type { Expression } from '../expression/tree.ts'
import { typeOf } from '../types/index.ts'
import type { Mask } from '../types/mask.ts'
import type { Column, Formula, Link } from '../types/type.ts'
import { bindFormula } from './formula.ts'
import type { Association, Entity, Field, Id, Model, Relationship } from './model.ts'
import { isKept, storedName } from './stored.ts'

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
  /** Present when the value is worked out where it is asked for; there is no such column. Over the property's own row. */
  readonly formula?: Expression
  /** The column that holds what the formula gives, where it is kept (stored.ts). */
  readonly stored?: string
  /** Present when only this much of the value is shown: it may be selected, and is text then. */
  readonly mask?: Mask
  /** A wall time: no time zone is applied to it. */
  readonly wallTime?: boolean
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
  /** Present when it leads over the records of a third entity; `field`, `from` and `column` are then those of the far lookup. */
  readonly hop?: Hop
}

/** The record between two records of a relationship of many with many. */
export interface Hop {
  readonly association: Association
  /** The entity that holds the links. */
  readonly entity: Id
  /** Its lookup to the record one comes from. */
  readonly field: Field
  readonly column: string
  readonly typeColumn?: string
}

export interface WireEntity {
  readonly entity: Entity
  /** What can be named wherever values are asked for. */
  readonly properties: ReadonlyMap<string, Property>
  /** What can be selected: the same, and what is shown masked. */
  readonly shown: ReadonlyMap<string, Property>
  readonly navigations: ReadonlyMap<string, Navigation>
}

const shapes = new WeakMap<Model, Map<Id, WireEntity>>()
/** The relationships of a model by where they lead and by the lookup that carries them. */
interface Ways {
  readonly byTarget: ReadonlyMap<Id, readonly Relationship[]>
  readonly byField: ReadonlyMap<Id, Relationship>
}
const ways = new WeakMap<Model, Ways>()

/** The wire shape of an entity. Computed once per model and entity. */
export function wireOf(model: Model, entity: Entity): WireEntity {
  let known = shapes.get(model)
  if (known === undefined) shapes.set(model, (known = new Map()))
  let shape = known.get(entity.id)
  if (shape === undefined) known.set(entity.id, (shape = shapeOf(model, entity)))
  return shape
}

function shapeOf(model: Model, entity: Entity): WireEntity {
  const properties = new Map<string, Property>()
  const navigations = new Map<string, Navigation>()
  for (const field of entity.fields) {
    const type = typeOf(field)
    for (const column of type.columns(field))
      properties.set(field.name + column.suffix, propertyOf(model, entity, field, column))
    for (const navigation of forward(model, entity, field, type.link?.(field)))
      navigations.set(navigation.name, navigation)
  }
  for (const relationship of waysBack(model, entity.id)) {
    if (model.entityById.get(relationship.from)?.intersect) continue
    const navigation = backward(model, relationship)
    if (!navigations.has(navigation.name)) navigations.set(navigation.name, navigation)
  }
  for (const navigation of across(model, entity))
    if (!navigations.has(navigation.name)) navigations.set(navigation.name, navigation)
  return { entity, properties, shown: properties, navigations }
}

function propertyOf(model: Model, entity: Entity, field: Field, column: Column): Property {
  const name = field.name + column.suffix
  const property = {
    name,
    column: name,
    field,
    kind: column.kind,
    edm: column.edm,
    nullable: field.required !== true || (column.suffix !== '' && column.suffix !== '_id' && column.suffix !== '_type'),
    readOnly: column.readOnly === true || (field.system === true && field.settable !== true && field.name !== 'owner'),
    ...(typeOf(field).wallTime ? { wallTime: true } : {}),
  }
  const formula = typeOf(field).formula?.(field, column.suffix)
  return formula === undefined || column.virtual !== true ? property : withFormula(model, entity, property, formula)
}

/** The property with its formula, which is bound when it is first asked for: others may need this one's shape for theirs. */
function withFormula(model: Model, entity: Entity, property: Property, formula: Formula): Property {
  const { field } = property
  let bound: Expression | undefined
  const get = (): Expression =>
    (bound ??= boundOr(
      bindFormula(formula, wireOf(model, entity), (id) => wireOf(model, model.entityById.get(id)!)),
      formula,
    ))
  return Object.defineProperties(property, {
    formula: { enumerable: false, get },
    stored: {
      enumerable: false,
      // Of an amount only itself is looked for by an index.
      get: () => (property.name === field.name && isKept(entity, field, get) ? storedName(field) : undefined),
    },
  })
}

/** A formula that a checked model cannot have counts as having no value. */
function boundOr(bound: Expression | Problem, { kind }: Formula): Expression {
  return bound instanceof Problem ? { op: 'literal', kind, value: null } : bound
}

/** The single-valued navigations of a lookup; targets that are not in the model (or not visible) have none. */
function forward(model: Model, entity: Entity, field: Field, link: Link | undefined): Navigation[] {
  if (link === undefined) return []
  const column = field.name + link.idSuffix
  const typeColumn = link.typeSuffix === undefined ? undefined : field.name + link.typeSuffix
  return link.targets.flatMap((name) => {
    const target = model.entities.get(name)
    if (target === undefined) return []
    return [
      {
        name: link.polymorphic ? `${field.name}_${name}` : field.name,
        field,
        from: entity.id,
        target: target.id,
        collection: false,
        column,
        typeColumn,
      },
    ]
  })
}

function backward(model: Model, relationship: Relationship): Navigation {
  const from = model.entityById.get(relationship.from)!
  const field = from.fields.find((one) => one.id === relationship.id)!
  const link = typeOf(field).link!(field)
  return {
    name: relationship.inverse,
    field,
    from: from.id,
    target: from.id,
    collection: true,
    column: field.name + link.idSuffix,
    typeColumn: link.typeSuffix === undefined ? undefined : field.name + link.typeSuffix,
  }
}

/** The collections that lead over the links of a relationship of many with many. */
function across(model: Model, entity: Entity): Navigation[] {
  return [...model.associations.values()].flatMap((association) => {
    const { from, to, through } = association
    const there = [from, to].every((end) => model.entities.has(end.entity))
    const link = model.entities.get(through.entity)
    if (!there || link === undefined) return []
    const lookups = [through.from, through.to].map((name) => link.fields.find((field) => field.name === name))
    const [near, far] = lookups
    if (near === undefined || far === undefined) return []
    return [
      ...(from.entity === entity.name ? [over(model, association, from.name, [near, far], to.entity)] : []),
      ...(to.entity === entity.name ? [over(model, association, to.name, [far, near], from.entity)] : []),
    ]
  })
}

function over(
  model: Model,
  association: Association,
  name: string,
  [near, far]: readonly [Field, Field],
  target: string,
): Navigation {
  const entity = model.entities.get(association.through.entity)!.id
  return {
    name,
    field: far,
    from: entity,
    target: model.entities.get(target)!.id,
    collection: true,
    ...columnsOf(far),
    hop: { association, entity, field: near, ...columnsOf(near) },
  }
}

function columnsOf(field: Field): { readonly column: string; readonly typeColumn?: string } {
  const link = typeOf(field).link!(field)
  return {
    column: field.name + link.idSuffix,
    ...(link.typeSuffix === undefined ? {} : { typeColumn: field.name + link.typeSuffix }),
  }
}

/** The relationships that lead to an entity, in the order of the model. */
export function waysBack(model: Model, target: Id): readonly Relationship[] {
  return waysOf(model).byTarget.get(target) ?? []
}

/** The relationship that a lookup carries. */
export function wayOf(model: Model, field: Id): Relationship | undefined {
  return waysOf(model).byField.get(field)
}

function waysOf(model: Model): Ways {
  const known = ways.get(model)
  if (known !== undefined) return known
  const byTarget = new Map<Id, Relationship[]>()
  for (const relationship of model.relationships)
    for (const target of relationship.targets) {
      const others = byTarget.get(target)
      if (others === undefined) byTarget.set(target, [relationship])
      else others.push(relationship)
    }
  const made = { byTarget, byField: new Map(model.relationships.map((one) => [one.id, one])) }
  ways.set(model, made)
  return made
}
