// Layers of solutions → the definitions in force, and which layer said what. The customer's own edits are the top layer. A
// layer holds whole definitions or only what it changes: labels, added fields, removed parts.
import type { JsonObject } from '../base/json.ts'
import { isJsonObject, textIn } from '../base/json.ts'
import { kindOf } from '../model/kinds.ts'
import { finish, overlay, type Naming } from './overlay.ts'

export interface Layer {
  /** The solution's name, or the customer's layer. */
  readonly name: string
  readonly definitions: readonly JsonObject[]
}

export interface Merged {
  /** In order of first appearance; to be checked before they are built. */
  readonly definitions: readonly JsonObject[]
  /** Layers that say something about a definition or part, from the lowest up: by `entity/account` and `entity/account/fields/name`. */
  readonly provenance: ReadonlyMap<string, readonly string[]>
}

/** The definitions of these layers, from the lowest up. law: removing the top layer gives what was without it. */
export function merge(layers: readonly Layer[]): Merged {
  const stacked = stack(layers.map((layer) => layer.definitions))
  const definitions = stacked.filter((definition) => definition['remove'] !== true).map(finishDefinition)
  let provenance: Merged['provenance'] | undefined
  return {
    definitions,
    get provenance() {
      return (provenance ??= provenanceOf(layers, definitions))
    },
  }
}

function provenanceOf(layers: readonly Layer[], definitions: readonly JsonObject[]): Merged['provenance'] {
  const provenance = new Map<string, string[]>()
  for (const layer of layers)
    for (const definition of layer.definitions)
      for (const place of placesOf(definition)) provenance.set(place, [...(provenance.get(place) ?? []), layer.name])
  const alive = new Set(definitions.flatMap((definition) => [...placesOf(definition)]))
  return new Map([...provenance].filter(([place]) => alive.has(place)))
}

/** Lists of definitions laid over each other into one list that can be laid over others. law: associative. */
export function stack(lists: readonly (readonly JsonObject[])[]): JsonObject[] {
  const byKey = new Map<string, JsonObject>()
  for (const list of lists) {
    for (const definition of list) {
      const key = keyOf(definition)
      const lower = byKey.get(key)
      byKey.set(key, lower === undefined ? definition : laidOver(lower, definition))
    }
  }
  return [...byKey.values()]
}

const laid = new WeakMap<JsonObject, WeakMap<JsonObject, JsonObject>>()

/** The same two definitions give the very same one, so that what follows from it is worked out once. */
function laidOver(lower: JsonObject, upper: JsonObject): JsonObject {
  let over = laid.get(lower)
  if (over === undefined) laid.set(lower, (over = new WeakMap()))
  let made = over.get(upper)
  if (made === undefined) over.set(upper, (made = overlay(lower, upper, namingOf(textIn(upper, 'kind'))) as JsonObject))
  return made
}

/** Definitions are the same by kind and name. */
export function keyOf(definition: JsonObject): string {
  return `${textIn(definition, 'kind')}/${textIn(definition, 'name')}`
}

/** How the lists of a kind name their parts. */
export function namingOf(kind: string): Naming {
  const parts = kindOf(kind)?.parts ?? {}
  return (place) => (Object.hasOwn(parts, place) ? parts[place] : undefined)
}

const finished = new WeakMap<JsonObject, JsonObject>()

/**
 * A definition without markers, in the order its layers ask for (`"order": {"fields": ["b", "a"]}`). law: one that needs
 * nothing is given back itself, and the same one always gives the same.
 */
export function finishDefinition(definition: JsonObject): JsonObject {
  let done = finished.get(definition)
  if (done === undefined) finished.set(definition, (done = finishNow(definition)))
  return done
}

function finishNow(definition: JsonObject): JsonObject {
  const { order, ...rest } = definition
  const orders = isJsonObject(order) ? (order as Record<string, string[]>) : {}
  return finish(order === undefined ? definition : rest, orders, namingOf(textIn(definition, 'kind'))) as JsonObject
}

/** The definition's own place and those of its named parts. */
function* placesOf(definition: JsonObject): Generator<string> {
  const naming = namingOf(textIn(definition, 'kind'))
  function* walk(value: JsonObject, place: string, written: string): Generator<string> {
    yield written
    for (const [name, inner] of Object.entries(value)) {
      const at = place === '' ? name : `${place}/${name}`
      const nameOf = Array.isArray(inner) ? naming(at) : undefined
      if (nameOf === undefined) continue
      for (const part of inner as JsonObject[])
        if (isJsonObject(part)) yield* walk(part, `${at}/*`, `${written}/${name}/${nameOf(part)}`)
    }
  }
  yield* walk(definition, '', keyOf(definition))
}
