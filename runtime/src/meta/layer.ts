// The layers that definitions lie in: where a new one stands, and the changes that make one hold exactly what it should.
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { same } from '@peyvand/core/solution/diff.ts'
import { keyOf } from '@peyvand/core/solution/merge.ts'
import { customLayer, type DefinitionChange, type LayerChange, type Stored, type StoredLayer } from './store.ts'

/** The customer's layer before there is anything in it: above all solutions. */
export const emptyCustom: LayerChange = {
  name: customLayer,
  position: 1_000_000,
  version: '0.0.0',
  manifest: { name: customLayer, version: '0.0.0', label: 'Own changes' },
}

/** Whether a layer is stored as it is wanted, its definitions aside. */
export function isSameLayer(known: StoredLayer, layer: LayerChange): boolean {
  return known.version === layer.version && same(known.manifest, layer.manifest)
}

/** Where the next solution lies: above those that are there, below the customer's own. */
export function nextPosition(stored: Stored): number {
  return Math.max(0, ...stored.layers.filter(({ name }) => name !== customLayer).map(({ position }) => position)) + 10
}

/** The changes that make a layer hold exactly these definitions. */
export function replaceLayer(
  layer: StoredLayer | undefined,
  name: string,
  definitions: readonly JsonObject[],
): DefinitionChange[] {
  const wanted = new Map(definitions.map((definition) => [keyOf(definition), definition]))
  const gone = [...(layer?.definitions ?? [])].filter(([key]) => !wanted.has(key)).map(([, body]) => body)
  const changed = [...wanted]
    .filter(([key, body]) => !same(layer?.definitions.get(key) ?? null, body))
    .map(([, body]) => body)
  const change = (definition: JsonObject, body: JsonObject | null): DefinitionChange => {
    const [kind, part] = keyOf(definition).split('/') as [string, string]
    return { layer: name, kind, name: part, body }
  }
  return [
    ...gone.map((definition) => change(definition, null)),
    ...changed.map((definition) => change(definition, definition)),
  ]
}
