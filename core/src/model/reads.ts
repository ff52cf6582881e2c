// Which fields a formula reads. Whoever may not see one of them may not see the formula: that is decided by rights.ts and
// access/field.ts from what is said here.
import { nodesIn } from '../expression/visit.ts'
import type { Expression } from '../expression/tree.ts'
import { typeOf } from '../types/index.ts'
import type { Entity, Field, Id, Model } from './model.ts'
import { wireOf } from './wire.ts'

/** A field of an entity. */
export interface Place {
  readonly entity: Entity
  readonly field: Field
}

const known = new WeakMap<Model, Map<Id, readonly Place[]>>()

/** The fields a formula reads, with the lookups it walks; formulas among them are not followed. Empty for other fields. */
export function readsOf(model: Model, entity: Entity, field: Field): readonly Place[] {
  if (typeOf(field).formula === undefined) return []
  let byField = known.get(model)
  if (!byField) known.set(model, (byField = new Map()))
  let reads = byField.get(field.id)
  if (!reads) {
    const formula = wireOf(model, entity).properties.get(field.name)?.formula
    byField.set(field.id, (reads = formula === undefined ? [] : placesIn(model, entity, formula)))
  }
  return reads
}

/** Every field an expression over an entity names, with the lookups on the way. */
export function placesIn(model: Model, entity: Entity, expression: Expression): Place[] {
  const places = new Map<string, Place>()
  const add = (at: Entity, field: Field) => places.set(`${at.id}/${field.id}`, { entity: at, field })
  for (const node of nodesIn(expression)) {
    if (node.op !== 'property' || (node.scope ?? 0) !== 0) continue
    let at = entity
    for (const { field, target } of node.through) {
      add(at, field)
      at = model.entityById.get(target)!
    }
    add(at, node.property.field)
  }
  return [...places.values()]
}
