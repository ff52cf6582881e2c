// Two people changed one record: field by field, what can be merged silently and what a person must decide.
import type { JsonObject, JsonValue } from '../base/json.ts'
import type { Entity, Field, Model } from '../model/model.ts'
import { propertiesOf, sameValue, type Draft } from './state.ts'

/** One field both changed, to different values. */
export interface Conflict {
  readonly field: Field
  readonly base: Draft
  readonly mine: Draft
  readonly theirs: Draft
}

export interface Merge {
  /** My changes that touch nothing they changed: can be saved on top of theirs. */
  readonly free: JsonObject
  readonly conflicts: readonly Conflict[]
  /** Fields only they changed; shown as a notice. */
  readonly taken: readonly Field[]
}

/**
 * Compares my changes with what happened since I read the record.
 * law: every property of `changes` is in `free`, in a conflict, or equal to theirs already.
 */
export function mergeRecords(input: {
  model: Model
  entity: Entity
  base: Draft
  theirs: Draft
  changes: JsonObject
}): Merge {
  const { model, entity, base, theirs, changes } = input
  const free: Record<string, JsonValue> = {}
  const conflicts: Conflict[] = []
  const taken: Field[] = []
  for (const field of entity.fields) {
    const names = propertiesOf(model, entity, field)
      .filter(({ readOnly }) => !readOnly)
      .map(({ name }) => name)
    const byMe = names.filter((name) => name in changes)
    const byThem = names.filter((name) => !sameValue(base[name], theirs[name]))
    if (byThem.length > 0 && byMe.length === 0) taken.push(field)
    if (byMe.every((name) => sameValue(changes[name], theirs[name]))) continue
    if (byThem.length === 0) for (const name of byMe) free[name] = changes[name]!
    else
      conflicts.push({
        field,
        base: pick(base, names),
        mine: { ...pick(theirs, names), ...pick(changes, byMe) },
        theirs: pick(theirs, names),
      })
  }
  return { free, conflicts, taken }
}

function pick(record: Draft, names: readonly string[]): Draft {
  return Object.fromEntries(names.map((name) => [name, record[name] ?? null]))
}
