// The face of a record: the picture it is known by (a photo, a logo) where its entity has a field for one. Lists, lookups and
// heads of records show it, and initials where there is none.
import type { Entity, Field } from '../model/model.ts'
import { types } from './index.ts'
import { textIn } from './paint.ts'

const known = new WeakMap<Entity, Field | null>()

/** The field of the picture records of an entity are known by: its first of one picture. */
export function faceField(entity: Entity): Field | undefined {
  let field = known.get(entity)
  if (field === undefined) {
    field =
      entity.fields.find((each) => each['many'] !== true && types.get(each.type)?.files?.thumbnails !== undefined) ??
      null
    known.set(entity, field)
  }
  return field ?? undefined
}

/** The property that names the picture; undefined for entities without one. */
export function faceProperty(entity: Entity): string | undefined {
  const field = faceField(entity)
  return field && field.name + types.get(field.type)!.files!.holds(field)
}

/** Whether records of an entity are shown with a face; people always are. */
export function hasFace(entity: Entity | undefined): boolean {
  return entity !== undefined && (entity.name === 'user' || faceField(entity) !== undefined)
}

/** The picture a record is known by, as the id of its file. */
export function faceOf(entity: Entity, record: Readonly<Record<string, unknown>>): string | undefined {
  const property = faceProperty(entity)
  return property === undefined ? undefined : textIn(record, property)
}
