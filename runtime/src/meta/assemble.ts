// From stored layers to what the process works with: merged definitions and the model.
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { buildModel } from '@peyvand/core/model/build.ts'
import type { Definition } from '@peyvand/core/model/definition.ts'
import type { Model } from '@peyvand/core/model/model.ts'
import { merge } from '@peyvand/core/solution/merge.ts'
import { customLayer, type Pending, type Stored, type StoredLayer } from './store.ts'

/** Everything that follows from stored layers. */
export interface Assembled {
  /** The definitions in force, with ids; a field on its way to another type is the wanted one here, the present one in the model. */
  readonly definitions: readonly JsonObject[]
  readonly model: Model
}

/** What stored layers come to. Assumes that they were checked when they were stored. */
export function assemble(stored: Stored): Assembled {
  const { definitions } = mergeStored(stored)
  const solutions = new Map<string, string>()
  for (const { name, definitions: said } of stored.layers)
    if (name !== customLayer) for (const key of said.keys()) if (!solutions.has(key)) solutions.set(key, name)
  const present = withPending(definitions, stored.pending)
  return { definitions, model: buildModel(present as unknown as Definition[], stored.revision, { solutions }) }
}

/** The definitions with fields as they are while their values are converted. `bare`: without what they are becoming. */
export function withPending(
  definitions: readonly JsonObject[],
  pending: ReadonlyMap<string, Pending>,
  bare = false,
): readonly JsonObject[] {
  if (pending.size === 0) return definitions
  const entities = new Set([...pending.values()].map(({ entity }) => entity))
  return definitions.map((definition) => {
    if (!entities.has(definition['id'] as string)) return definition
    const fields = (definition['fields'] as JsonObject[]).map((wanted) => {
      const waiting = pending.get(wanted['id'] as string)
      if (waiting === undefined) return wanted
      const { was, restores, otherwise, gave } = waiting
      const becoming: JsonObject = {
        ...wanted,
        ...(restores === undefined ? {} : { restores }),
        ...(otherwise === undefined ? {} : { otherwise: { ...otherwise } }),
        ...(gave === undefined ? {} : { gave: { ...gave } }),
      }
      const kept: JsonObject = wanted['label'] === undefined ? {} : { label: wanted['label'] }
      return { ...was, ...kept, name: wanted['name']!, ...(bare ? {} : { becoming }) }
    })
    return { ...definition, fields }
  })
}

let lastSolutions: { readonly layers: readonly StoredLayer[]; readonly definitions: readonly JsonObject[] } | undefined

/** What the solutions say without the customer's own layer; kept, for they change seldom and every edit asks for it. */
export function solutionDefinitions({ layers }: Stored): readonly JsonObject[] {
  const solutions = layers.filter(({ name }) => name !== customLayer)
  const known = lastSolutions
  if (
    known !== undefined &&
    known.layers.length === solutions.length &&
    known.layers.every((layer, i) => layer === solutions[i])
  )
    return known.definitions
  const { definitions } = mergeStored({ layers: solutions })
  lastSolutions = { layers: solutions, definitions }
  return definitions
}

/** The definitions in force and which layers said what. */
export function mergeStored(stored: Pick<Stored, 'layers'>): ReturnType<typeof merge> {
  return merge(stored.layers.map(({ name, definitions }) => ({ name, definitions: [...definitions.values()] })))
}
