// Which fields a value is worked out from: by a formula, by a rollup of other records, as a text made of others. Whoever may
// not see one of them in clear may not see the value: that is decided by rights.ts and access/field.ts from what is said here.
import { nodesIn } from '../expression/visit.ts'
import type { Expression } from '../expression/tree.ts'
import { typeOf } from '../types/index.ts'
import type { Entity, Field, Id, Model } from './model.ts'
import { rollupOf } from './rollups.ts'
import { wireOf } from './wire.ts'

/** A field of an entity. */
export interface Place {
  readonly entity: Entity
  readonly field: Field
}

const known = new WeakMap<Model, Map<Id, readonly Place[]>>()

/** The fields a value is worked out from, with the lookups on the way; formulas among them are not followed. */
export function readsOf(model: Model, entity: Entity, field: Field): readonly Place[] {
  const type = typeOf(field)
  if (type.formula === undefined && type.rollup === undefined && type.composition === undefined) return []
  let byField = known.get(model)
  if (!byField) known.set(model, (byField = new Map()))
  let reads = byField.get(field.id)
  if (!reads) byField.set(field.id, (reads = placesOf(model, entity, field)))
  return reads
}

function placesOf(model: Model, entity: Entity, field: Field): Place[] {
  const type = typeOf(field)
  if (type.formula !== undefined) {
    const bound = wireOf(model, entity).properties.get(field.name)?.formula
    return bound === undefined ? [] : placesIn(model, entity, bound)
  }
  if (type.rollup !== undefined) return gathered(model, entity, field)
  const from = new Set(type.composition?.(field)?.from)
  return entity.fields.filter(({ name }) => from.has(name)).map((one) => ({ entity, field: one }))
}

/** What a rollup gathers of the other records, and the lookup that leads from them. Over links it is that they are there. */
function gathered(model: Model, entity: Entity, field: Field): Place[] {
  const rollup = rollupOf(model, entity, field)
  if (rollup === undefined) return []
  const { child, via, value, filter } = rollup
  const way = via.hop === undefined ? via.field : child.fields.find(({ name }) => name === 'id')
  return [
    ...[way, value?.field].flatMap((one) => (one === undefined ? [] : [{ entity: child, field: one }])),
    ...(filter === undefined ? [] : placesIn(model, child, filter)),
  ]
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
