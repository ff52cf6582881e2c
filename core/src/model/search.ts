// Which fields of an entity people search by. A field says so itself (`searchable`), or its type and place decide: the primary
// field, and texts by which people look for someone (e-mail, phone, numbers).
import { typeOf } from '../types/index.ts'
import type { Entity, Field } from './model.ts'

const known = new WeakMap<Entity, readonly Field[]>()

/** The fields that a search of the entity looks into; the primary field comes first, because its hits do. */
export function searchedFields(entity: Entity): readonly Field[] {
  let fields = known.get(entity)
  if (fields !== undefined) return fields
  const isPrimary = (field: Field): boolean => field.name === entity.primaryField
  const searched = entity.fields.filter((field) => isSearched(entity, field))
  known.set(entity, (fields = [...searched.filter(isPrimary), ...searched.filter((field) => !isPrimary(field))]))
  return fields
}

/** Whether a search of the entity looks into the field. */
export function isSearched(entity: Pick<Entity, 'primaryField'>, field: Field): boolean {
  const byType = typeOf(field).searched?.(field)
  if (byType === undefined || field.system === true || field.masked !== undefined) return false
  if (typeof field['searchable'] === 'boolean') return field['searchable']
  // What a formula gives has to be kept for that, which is its author's to say.
  return byType || (field.name === entity.primaryField && typeOf(field).formula === undefined)
}

/** Name of the column that holds a searched field's text. */
export function searchedColumn(field: Field): string {
  return field.name + typeOf(field).columns(field)[0]!.suffix
}
