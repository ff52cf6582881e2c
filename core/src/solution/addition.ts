// How an upper layer adds to a list of plain values without restating it: `{ "add": ["vehicle"] }` puts values behind those
// of the lower layers, `{ "first": [...] }` before them. Decides nothing about lists of named parts; those go part by part.
import type { JsonObject, JsonValue } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'

/** Values to put before and behind those of a list. */
export type Addition = { [place in 'first' | 'add']?: JsonValue[] } & JsonObject

/** Whether a value says what to add to a list: an object of nothing but the lists `add` and `first`. */
export function isAddition(value: JsonValue | undefined): value is Addition {
  if (!isJsonObject(value)) return false
  const entries = Object.entries(value)
  return (
    entries.length > 0 && entries.every(([name, list]) => (name === 'add' || name === 'first') && Array.isArray(list))
  )
}

/** The lower list with what is added, every value once. A single value is a list of one; additions add up to one. */
export function added(lower: JsonValue, { first = [], add = [] }: Addition): JsonValue {
  if (isAddition(lower))
    return { first: once([...first, ...(lower.first ?? [])]), add: once([...(lower.add ?? []), ...add]) }
  const list = Array.isArray(lower) ? lower : lower === null || isJsonObject(lower) ? [] : [lower]
  return once([...first, ...list, ...add])
}

function once(list: readonly JsonValue[]): JsonValue[] {
  return [...new Map(list.map((value) => [JSON.stringify(value), value])).values()]
}
