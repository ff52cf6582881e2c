// What stands in the place of a value that is erased: nothing where the field may be empty, else a value that fits its type and
// says nothing. A type with a form of its own says so itself (`neutral` of its contract).
import type { Value, ValueKind } from '../base/kind.ts'
import type { Field } from '../model/model.ts'
import { typeOf } from './index.ts'
import type { Column } from './type.ts'

/** Values that say nothing, by kind; a kind that is absent has none. */
const blanks: Readonly<Partial<Record<ValueKind, Value>>> = {
  integer: 0,
  decimal: '0',
  float: 0,
  boolean: false,
  date: '1900-01-01',
  time: '00:00:00',
  datetime: '1900-01-01T00:00:00.000Z',
  duration: 'PT0S',
  texts: [],
}

/**
 * The columns of a field without its value; undefined where it must have one and none would say nothing. `seed` is another one
 * for each record, so that keys stay unique.
 */
export function neutralOf(field: Field, seed: string): Readonly<Record<string, Value>> | undefined {
  const type = typeOf(field)
  const columns = type.columns(field).filter(({ virtual }) => virtual !== true)
  const main = columns[0]
  if (main === undefined) return {}
  const empty: Record<string, Value> = Object.fromEntries(columns.map(({ suffix }) => [field.name + suffix, null]))
  if (field.required !== true) return empty
  if (type.files !== undefined) return undefined
  const own = type.neutral?.(field, seed) ?? blankOf(field, main, seed)
  if (own === undefined) return undefined
  for (const [suffix, value] of Object.entries(own)) empty[field.name + suffix] = value
  return empty
}

function blankOf(field: Field, { suffix, kind }: Column, seed: string): Record<string, Value> | undefined {
  const type = typeOf(field)
  // One of a list says something whichever it is, but that of every new record says least.
  if (type.options !== undefined && type.open !== true)
    return typeof field.default === 'string' ? { [suffix]: field.default } : undefined
  if (kind === 'text') return { [suffix]: `Erased ${seed}` }
  const blank = blanks[kind]
  return blank === undefined ? undefined : { [suffix]: blank }
}
