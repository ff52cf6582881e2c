// The twin of a field that is becoming another type: every write fills the old column and, converted, the new one, while a
// job fills the rows that are there. A value that does not convert leaves the twin empty, and the job finds and names it, unless
// `otherwise` says what it becomes.
import { hash48 } from '../../base/hash.ts'
import { quoteText } from '../../base/sql.ts'
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
    value: (of) =>
      around(
        (value) => `(${converted(cast, value, column, to['otherwise'])})::${column.sqlType}`,
        of(from.name + source.suffix),
      ),
    ...(back === undefined ? {} : { restores: restored(back, source, to, from.name) }),
  }
}

/** What a conversion once came from, kept for every row whose value is still the one it gave. */
function restored(back: Cast, source: Column, to: Field, name: string): NonNullable<Shadow['restores']> {
  return {
    column: to['restores'] as string,
    agrees: (own, of) => {
      const given = around((value) => `(${converted(back, value, source, to['gave'])})::${source.sqlType}`, own)
      return sql`${given} is not distinct from ${of(name + source.suffix)}`
    },
  }
}

/** The conversion; where it would fail what was chosen for that, or nothing. */
function converted({ using, fails }: Cast, value: string, { sqlType }: Column, otherwise: unknown): string {
  if (fails === undefined) return using(value)
  const instead = (otherwise as Chosen | undefined)?.value ?? null
  const rest = instead === null ? '' : ` else ${otherwiseText({ value: instead }, sqlType)}`
  return `(case when not coalesce(${fails(value)}, false) then ${using(value)}${rest} end)`
}

/** What was chosen for values that do not convert. */
interface Chosen {
  readonly value: string | number | boolean | null
}

/** The same as SQL. */
export function otherwiseText({ value }: Chosen, sqlType: string): string {
  if (value === null) return `null::${sqlType}`
  return typeof value === 'boolean' ? String(value) : `${quoteText(String(value))}::${sqlType}`
}
