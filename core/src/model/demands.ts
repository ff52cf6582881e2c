// All that the fields of an entity demand of a write (types/demand.ts), asked of what is known of the record.
import type { Value } from '../base/kind.ts'
import type { Problem } from '../base/problem.ts'
import type { Entity, Field } from './model.ts'
import { isMet, listOf, type Change, type Demand } from '../types/demand.ts'
import { typeOf } from '../types/index.ts'

const demanding = new WeakMap<Entity, readonly Field[]>()

/** The fields of an entity that may demand something. */
function demandingFields(entity: Entity): readonly Field[] {
  let fields = demanding.get(entity)
  if (fields === undefined)
    demanding.set(entity, (fields = entity.fields.filter((field) => typeOf(field).demands !== undefined)))
  return fields
}

/** Whether writes of an entity may demand something of its records. */
export function hasDemands(entity: Entity): boolean {
  return demandingFields(entity).length > 0
}

/** All demands of a write. */
export function demandsOf(change: Change): Demand[] {
  return demandingFields(change.entity).flatMap((field) => typeOf(field).demands!(field, change))
}

/** A record by column. */
type ValueOf = (column: string) => Value | undefined

/** What is wrong with a change whose record is known whole; `shows` says of a column whether the writer may read it. */
export function unmetDemands(
  change: Change,
  before: ValueOf,
  after: ValueOf,
  shows: (column: string) => boolean = () => true,
): Problem[] {
  return demandsOf(change).flatMap((demand) => {
    const held = listOf((demand.when === 'before' ? before : after)(demand.column))
    return isMet(demand, held) ? [] : [demand.refusal(shows(demand.column) ? held : undefined)]
  })
}
