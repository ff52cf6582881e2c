// One document over another: the algebra of layers. Objects merge by property, lists of named parts by part, all else the
// upper one wins. `remove: true` takes a part away; `replace: true` starts it anew; `{ add, first }` instead of a list of
// values adds to it (addition.ts). law: (a over b) over c = a over (b over c).
import type { JsonObject, JsonValue } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'
import { added, isAddition } from './addition.ts'

/** Names the parts of the lists at a place; undefined for lists that are one value. Places are like `fields` or `tabs/<any>/sections`. */
export type Naming = (place: string) => ((part: JsonObject) => string) | undefined

/** The upper document over the lower one. Markers stay, so that the result can itself be laid over another. */
export function overlay(lower: JsonValue, upper: JsonValue, naming: Naming, place = ''): JsonValue {
  if (isAddition(upper) && naming(place) === undefined) return added(lower, upper)
  if (isJsonObject(upper)) {
    if (upper['replace'] === true || upper['remove'] === true) return upper
    if (!isJsonObject(lower) || lower['remove'] === true || isAddition(lower)) return { ...upper, replace: true }
    return overlayObject(lower, upper, naming, place)
  }
  const nameOf = Array.isArray(lower) ? naming(place) : undefined
  // Nothing is said about a list of parts by null: parts go one by one.
  if (nameOf !== undefined && upper === null) return lower
  return nameOf === undefined || !Array.isArray(upper)
    ? upper
    : overlayParts(lower as JsonObject[], upper as JsonObject[], nameOf, naming, place)
}

function overlayObject(lower: JsonObject, upper: JsonObject, naming: Naming, place: string): JsonObject {
  const merged: JsonObject = { ...lower }
  for (const [name, value] of Object.entries(upper)) {
    const inner = place === '' ? name : `${place}/${name}`
    merged[name] = Object.hasOwn(lower, name) ? overlay(lower[name]!, value, naming, inner) : value
  }
  return merged
}

/** Parts keep the lower order; new ones follow. A part is the same by id where both have one, else by name. */
export function overlayParts(
  lower: readonly JsonObject[],
  upper: readonly JsonObject[],
  nameOf: (part: JsonObject) => string,
  naming: Naming,
  place: string,
): JsonObject[] {
  const merged = [...lower]
  const at = finder(lower, nameOf)
  for (const part of upper) {
    const index = at(part)
    if (index === undefined) merged.push(part)
    else merged[index] = overlay(merged[index]!, part, naming, `${place}/*`) as JsonObject
  }
  return merged
}

/** Finds the position of the same part in a list. */
export function finder(
  parts: readonly JsonObject[],
  nameOf: (part: JsonObject) => string,
): (part: JsonObject) => number | undefined {
  const byId = new Map(parts.flatMap((part, i) => (typeof part['id'] === 'string' ? [[part['id'], i] as const] : [])))
  const byName = new Map(parts.map((part, i) => [nameOf(part), i]))
  return (part) => {
    if (typeof part['id'] === 'string' && byId.has(part['id'])) return byId.get(part['id'])
    const index = byName.get(nameOf(part))
    const other = index === undefined ? undefined : parts[index]!['id']
    return typeof part['id'] === 'string' && typeof other === 'string' ? undefined : index
  }
}

/**
 * The finished document: removed parts are gone, markers and nulls too, and lists lie in the order that was asked for. What
 * is finished already is given back itself.
 * `order` names the parts of lists by where they stand: `fields`, `tabs/summary/sections`.
 */
export function finish(
  value: JsonValue,
  order: Readonly<Record<string, readonly string[]>>,
  naming: Naming,
  place = '',
  written = '',
): JsonValue {
  if (Array.isArray(value)) {
    const left = value.filter((part) => !(isJsonObject(part) && part['remove'] === true))
    const nameOf = naming(place)
    const parts = left.map((part) =>
      finish(
        part,
        order,
        naming,
        `${place}/*`,
        isJsonObject(part) && nameOf !== undefined ? `${written}/${nameOf(part)}` : written,
      ),
    )
    const wanted = order[written]
    if (nameOf !== undefined && wanted !== undefined) return arrange(parts as JsonObject[], wanted, nameOf)
    return parts.length === value.length && parts.every((part, i) => part === value[i]) ? value : parts
  }
  if (!isJsonObject(value)) return value
  if (isAddition(value) && naming(place) === undefined) return added(null, value)
  const done: JsonObject = {}
  let isSame = true
  for (const [name, inner] of Object.entries(value)) {
    if (name === 'replace' || name === 'remove' || inner === null) {
      isSame = false
      continue
    }
    done[name] = finish(
      inner,
      order,
      naming,
      place === '' ? name : `${place}/${name}`,
      written === '' ? name : `${written}/${name}`,
    )
    isSame &&= done[name] === inner
  }
  return isSame ? value : done
}

/** The parts in the wanted order; those that are not named stay behind the part they followed. */
function arrange(
  parts: readonly JsonObject[],
  wanted: readonly string[],
  nameOf: (part: JsonObject) => string,
): JsonObject[] {
  const known = new Map(parts.map((part) => [nameOf(part), part]))
  const named = [...new Set(wanted)].filter((name) => known.has(name))
  const asked = new Set(named)
  const followers = new Map<string, JsonObject[]>()
  let leader = ''
  for (const part of parts) {
    const name = nameOf(part)
    if (asked.has(name)) leader = name
    else followers.set(leader, [...(followers.get(leader) ?? []), part])
  }
  return [...(followers.get('') ?? []), ...named.flatMap((name) => [known.get(name)!, ...(followers.get(name) ?? [])])]
}
