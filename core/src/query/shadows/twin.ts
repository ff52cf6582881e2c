// The twin of a field that is becoming another type: every write fills the old column and, converted, the new one, while a
// job fills the rows that are there. A value that does not convert leaves the twin empty; the job finds and names it.
import { hash48 } from '../../base/hash.ts'
import { sql } from '../../expression/fragment.ts'
import type { Entity, Field, Model } from '../../model/model.ts'
import { castBetween } from '../../types/between.ts'
import { typeOf } from '../../types/index.ts'
import type { Cast, Column } from '../../types/type.ts'
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
  const back = typeof to['restores'] === 'string' ? castBetween(to, from) : undefined
  return {
    id,
    column: `_twin_${hash48(id)}`,
    sqlType: column.sqlType,
    collation: column.collation,
    reads: [from.name + source.suffix],
    value: (of) => around((value) => `(${converted(cast, value)})::${column.sqlType}`, of(from.name + source.suffix)),
    ...(back === undefined ? {} : { restores: restored(back, source, to['restores'] as string, from.name) }),
  }
}

/** What a conversion once came from, kept for every row whose value is still the one it gave. */
function restored(back: Cast, source: Column, column: string, name: string): NonNullable<Shadow['restores']> {
  return {
    column,
    agrees: (own, of) => {
      const given = around((value) => `(${converted(back, value)})::${source.sqlType}`, own)
      return sql`${given} is not distinct from ${of(name + source.suffix)}`
    },
  }
}

/** The conversion, with nothing where it would fail. */
function converted({ using, fails }: Cast, value: string): string {
  return fails === undefined
    ? using(value)
    : `(case when not coalesce(${fails(value)}, false) then ${using(value)} end)`
}
