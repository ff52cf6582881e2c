// The ids of definitions and their parts: those that the same ones have elsewhere, and new ones that are the same each time the
// same is wished of the same state.
import { createHash } from 'node:crypto'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import type { Definition } from '@peyvand/core/model/definition.ts'
import { identify } from '@peyvand/core/model/identify.ts'
import { keyOf } from '@peyvand/core/solution/merge.ts'
import type { State } from './current.ts'

/** Ids for what is new. They follow from the revision and the wish, so that plan and apply give the same ones. */
export function withNewIds(definitions: readonly JsonObject[], state: State, wish: unknown): JsonObject[] {
  // The wish may be megabytes and there is an id for each of its parts, so it is hashed once.
  const seed = createHash('sha256')
    .update(`${state.stored.revision}\n${JSON.stringify(wish)}`)
    .digest('hex')
  let count = 0
  const newId = () => uuidOf(`${seed}\n${count++}`)
  return identify(
    definitions as unknown as Definition[],
    state.definitions as unknown as Definition[],
    newId,
  ) as unknown as JsonObject[]
}

function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  const variant = ((parseInt(hex[16]!, 16) & 3) | 8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** Definitions with the ids that the same definitions and parts have elsewhere, found by name. What has an id keeps it. */
export function withIds(definitions: readonly JsonObject[], known: readonly JsonObject[]): JsonObject[] {
  const byKey = new Map(known.map((definition) => [keyOf(definition), definition]))
  return definitions.map((definition) => {
    const other = byKey.get(keyOf(definition))
    if (other === undefined) return definition
    const parts = (['fields', 'keys'] as const).flatMap((list) =>
      Array.isArray(definition[list])
        ? [[list, partsWithIds(definition[list] as JsonObject[], (other[list] ?? []) as JsonObject[])]]
        : [],
    )
    return { ...withId(definition, other['id']), ...Object.fromEntries(parts) } as JsonObject
  })
}

function partsWithIds(parts: readonly JsonObject[], known: readonly JsonObject[]): JsonObject[] {
  const byName = new Map(known.map((part) => [part['name'], part['id']]))
  return parts.map((part) => withId(part, byName.get(part['name'])))
}

function withId(part: JsonObject, id: JsonObject[string] | undefined): JsonObject {
  return part['id'] !== undefined || id === undefined ? part : { ...part, id }
}
