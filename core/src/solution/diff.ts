// What a layer must say so that, laid over the lower layers, it gives the wanted definitions: only what differs. This is
// how the customer's edits of a solution's definition become a small layer that survives the solution's upgrades.
import type { JsonObject, JsonValue } from '../base/json.ts'
import { isJsonObject, textIn } from '../base/json.ts'
import { finishDefinition, keyOf, namingOf, stack } from './merge.ts'
import { finder, type Naming } from './overlay.ts'

/** The smallest list of changes. law: merge([lower, diff(lower, wanted)]) = wanted. */
export function diff(lower: readonly JsonObject[], wanted: readonly JsonObject[]): JsonObject[] {
  const below = new Map(lower.map((definition) => [keyOf(definition), definition]))
  const above = new Map(wanted.map((definition) => [keyOf(definition), definition]))
  const removed = lower
    .filter((definition) => !above.has(keyOf(definition)))
    .map(({ kind, name }): JsonObject => ({ kind: kind!, name: name!, remove: true }))
  const changed = wanted.flatMap((definition) => {
    const before = below.get(keyOf(definition))
    const change = before === undefined ? definition : diffDefinition(before, definition)
    return change === undefined ? [] : [change]
  })
  return [...removed, ...changed]
}

/** What one definition must say over the lower one; undefined when they are the same. */
export function diffDefinition(lower: JsonObject, wanted: JsonObject): JsonObject | undefined {
  if (same(lower, wanted)) return undefined
  const kind = textIn(wanted, 'kind')
  const change = { kind: wanted['kind']!, name: wanted['name']!, ...diffObject(lower, wanted, namingOf(kind), '') }
  const order = ordersOf(finishDefinition(stack([[lower], [change]])[0]!), wanted, namingOf(kind))
  return Object.keys(order).length === 0 ? change : { ...change, order }
}

function diffObject(lower: JsonObject, wanted: JsonObject, naming: Naming, place: string): JsonObject {
  const change: JsonObject = {}
  for (const [name, value] of Object.entries(lower)) {
    if (Object.hasOwn(wanted, name)) continue
    const at = place === '' ? name : `${place}/${name}`
    change[name] = naming(at) === undefined || !Array.isArray(value) ? null : diffValue(value, [], naming, at)
  }
  for (const [name, value] of Object.entries(wanted)) {
    if (Object.hasOwn(lower, name) && same(lower[name]!, value)) continue
    change[name] = Object.hasOwn(lower, name)
      ? diffValue(lower[name]!, value, naming, place === '' ? name : `${place}/${name}`)
      : value
  }
  return change
}

function diffValue(lower: JsonValue, wanted: JsonValue, naming: Naming, place: string): JsonValue {
  if (isJsonObject(lower) && isJsonObject(wanted)) return diffObject(lower, wanted, naming, place)
  const nameOf = naming(place)
  if (nameOf === undefined || !Array.isArray(lower) || !Array.isArray(wanted)) return wanted
  return diffParts(lower as JsonObject[], wanted as JsonObject[], nameOf, naming, place)
}

function diffParts(
  lower: readonly JsonObject[],
  wanted: readonly JsonObject[],
  nameOf: (part: JsonObject) => string,
  naming: Naming,
  place: string,
): JsonObject[] {
  const find = finder(lower, nameOf)
  const kept = new Set<number>()
  const changes = wanted.flatMap((part) => {
    const index = find(part)
    if (index === undefined || kept.has(index)) return [part]
    kept.add(index)
    const before = lower[index]!
    return same(before, part) ? [] : [{ ...identity(part), ...diffObject(before, part, naming, `${place}/*`) }]
  })
  const removed = lower.filter((_, i) => !kept.has(i)).map((part): JsonObject => ({ ...identity(part), remove: true }))
  return [...removed, ...changes]
}

/** The properties by which a part is known again. */
function identity(part: JsonObject): JsonObject {
  return Object.fromEntries(
    ['id', 'name', 'value', 'entity', 'field', 'subgrid', 'view', 'dashboard'].flatMap((name) =>
      part[name] === undefined ? [] : [[name, part[name]]],
    ),
  )
}

/** Where a list of parts would not lie in the wanted order. */
function ordersOf(merged: JsonObject, wanted: JsonObject, naming: Naming): JsonObject {
  const orders: JsonObject = {}
  const walk = (now: JsonObject, want: JsonObject, place: string, written: string): void => {
    for (const [name, value] of Object.entries(want)) {
      const [at, here] = [place === '' ? name : `${place}/${name}`, written === '' ? name : `${written}/${name}`]
      const nameOf = naming(at)
      if (nameOf === undefined || !Array.isArray(value) || !Array.isArray(now[name])) continue
      const [have, names] = [(now[name] as JsonObject[]).map(nameOf), (value as JsonObject[]).map(nameOf)]
      if (have.join('\n') !== names.join('\n')) orders[here] = names
      for (const part of value as JsonObject[]) {
        const same = (now[name] as JsonObject[]).find((one) => nameOf(one) === nameOf(part))
        if (same !== undefined) walk(same, part, `${at}/*`, `${here}/${nameOf(part)}`)
      }
    }
  }
  walk(merged, wanted, '', '')
  return orders
}

/** Equal as JSON, whatever the order of properties. */
export function same(a: JsonValue, b: JsonValue): boolean {
  if (a === b) return true
  if (Array.isArray(a) || Array.isArray(b))
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((one, i) => same(one, b[i]!))
  if (!isJsonObject(a) || !isJsonObject(b)) return a === b
  const names = Object.keys(a)
  return (
    names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && same(a[name]!, b[name]!))
  )
}
