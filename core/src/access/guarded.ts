// What of a change is for administrators because it decides about rights. Which kinds do, and what counts as the same of them, is
// said by each kind (model/kind.ts): what only follows a new name, or loses what is gone from the model, is what it was.
import type { Guard } from '../model/kind.ts'
import { kinds } from '../model/kinds.ts'
import type { Model } from '../model/model.ts'

/** A part that a change makes into something else, or brings back although a role had closed some of it. */
export interface Guarded {
  readonly kind: string
  readonly name: string
  /** What is done to it: the start of a sentence. */
  readonly what: string
}

/** The parts of guarded kinds that a change adds, alters or takes away. */
export function guardedChanges(before: Model, after: Model): Guarded[] {
  return kinds.flatMap(({ name: kind, guard }) =>
    guard === undefined ? [] : changed(guard, before, after).map((name) => ({ kind, name, what: guard.says(name) })),
  )
}

function changed(guard: Guard, before: Model, after: Model): string[] {
  const byId = (model: Model) => new Map(guard.senses(model, { before, after }).map((sense) => [sense.id, sense]))
  const [old, now] = [byId(before), byId(after)]
  const all = new Map([...old, ...now])
  const textIn = (one: typeof old, id: string) => one.get(id)?.text ?? ''
  return [...all.values()].flatMap(({ id, name }) => (textIn(old, id) === textIn(now, id) ? [] : [name]))
}
