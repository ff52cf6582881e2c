// Whether worked-out fields need each other in a circle: formulas through what they read, rollups through what they gather.
import type { Id, Model } from './model.ts'
import { placesIn, readsOf, type Place } from './reads.ts'
import { rollupOf } from './rollups.ts'

/** The fields a worked-out field directly depends on, in whatever entity. */
function needsOf(model: Model, { entity, field }: Place): readonly Place[] {
  const rollup = rollupOf(model, entity, field)
  if (rollup === undefined) return readsOf(model, entity, field)
  return [
    ...(rollup.value ? [{ entity: rollup.child, field: rollup.value.field }] : []),
    ...(rollup.filter ? placesIn(model, rollup.child, rollup.filter) : []),
  ]
}

/** The circle a field is part of, from itself to itself; undefined when there is none. */
export function circleOf(model: Model, start: Place): readonly Place[] | undefined {
  const seen = new Set<Id>()
  const walk = (at: Place, path: readonly Place[]): readonly Place[] | undefined => {
    for (const next of needsOf(model, at)) {
      if (next.field.id === start.field.id) return [...path, next]
      if (seen.has(next.field.id)) continue
      seen.add(next.field.id)
      const found = walk(next, [...path, next])
      if (found) return found
    }
    return undefined
  }
  return walk(start, [start])
}
