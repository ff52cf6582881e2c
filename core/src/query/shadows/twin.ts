// The twin of a field that is becoming another type: every write fills the old column and, converted, the new one, while a
// job fills the rows that are there. A value that does not convert leaves the twin empty; the job finds and names it.
import { hash48 } from '../../base/hash.ts'
import type { Entity, Field, Model } from '../../model/model.ts'
import { castBetween } from '../../types/between.ts'
import { typeOf } from '../../types/index.ts'
import { around, shadowId, type Shadow } from './shadow.ts'

/** One twin for each field of the entity that is becoming another. */
export function twins(_model: Model, entity: Entity): readonly Shadow[] {
  return entity.fields.flatMap((field) => (field.becoming === undefined ? [] : (twinOf(field, field.becoming) ?? [])))
}

/** The twin of a field on its way to another type; undefined when there is no conversion. */
export function twinOf(from: Field, to: Field): Shadow | undefined {
  const cast = castBetween(from, to)
  if (cast === undefined || cast.risk === 'blocked') return undefined
  const [source, column] = [typeOf(from).columns(from)[0]!, typeOf(to).columns(to)[0]!]
  const id = shadowId(from.id, 'twin')
  const { fails } = cast
  const converted = (value: string): string =>
    fails === undefined
      ? cast.using(value)
      : `(case when not coalesce(${fails(value)}, false) then ${cast.using(value)} end)`
  return {
    id,
    column: `_twin_${hash48(id)}`,
    sqlType: column.sqlType,
    collation: column.collation,
    reads: [from.name + source.suffix],
    value: (of) => around((value) => `(${converted(value)})::${column.sqlType}`, of(from.name + source.suffix)),
  }
}
