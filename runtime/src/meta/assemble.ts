// From stored layers to what the process works with: merged definitions, the model, and the tables it stands on. The tables
// are those the model wants: only publish changes them, so the database need not be asked.
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { buildModel } from '@peyvand/core/model/build.ts'
import type { Definition } from '@peyvand/core/model/definition.ts'
import type { Model } from '@peyvand/core/model/model.ts'
import type { Tables } from '@peyvand/core/plan/steps.ts'
import { target } from '@peyvand/core/plan/target.ts'
import { merge } from '@peyvand/core/solution/merge.ts'
import { customLayer, type Stored } from './store.ts'

/** Everything that follows from stored layers. */
export interface Assembled {
  /** The definitions in force, with ids. */
  readonly definitions: readonly JsonObject[]
  readonly model: Model
  readonly tables: Tables
}

/** What stored layers come to. Assumes that they were checked when they were stored. */
export function assemble(stored: Stored): Assembled {
  const { definitions, provenance } = mergeStored(stored)
  const solutions = new Map<string, string>()
  for (const [place, [lowest]] of provenance)
    if (lowest !== undefined && lowest !== customLayer) solutions.set(place, lowest)
  const model = buildModel(definitions as unknown as Definition[], stored.revision, { solutions })
  return { definitions, model, tables: target(model) }
}

/** The definitions in force and which layers said what. */
export function mergeStored(stored: Stored): ReturnType<typeof merge> {
  return merge(stored.layers.map(({ name, definitions }) => ({ name, definitions: [...definitions.values()] })))
}
