// The conversion between two fields. Either side may know it: the type before, or the newer type that came later.
import type { Field } from '../model/model.ts'
import { typeOf } from './index.ts'
import type { Cast } from './type.ts'

/** The cast from one field to another, said by either of their types; undefined when none knows it. */
export function castBetween(from: Field, to: Field): Cast | undefined {
  const [before, after] = [typeOf(from), typeOf(to)]
  return before.casts[to.type]?.(from, to) ?? after.castsFrom?.[from.type]?.(from, to)
}
