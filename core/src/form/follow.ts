// What follows in a form from a change: values that no longer fit what was changed are cleared, through every level.
import type { JsonObject } from '../base/json.ts'
import type { Entity } from '../model/model.ts'
import { types } from '../types/index.ts'

/** The changes with those that follow from them. law: following twice changes nothing more. */
export function followed(entity: Entity, record: Readonly<Record<string, unknown>>, changes: JsonObject): JsonObject {
  const all = { ...changes }
  const dependent = entity.fields.filter((field) => types.get(field.type)?.refit !== undefined)
  // Each level of dependence takes one round at most; choices never depend on each other in a circle.
  for (let level = 0; level < dependent.length; level++) {
    const now = { ...record, ...all }
    const before = Object.keys(all).length
    let moved = false
    for (const field of dependent) {
      const left = types.get(field.type)!.refit!(field, now)
      if (left === undefined) continue
      all[field.name] = left
      moved = true
    }
    if (!moved && Object.keys(all).length === before) break
  }
  return all
}
