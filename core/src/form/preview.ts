// What formulas give while a person is still typing: those that need nothing but the record itself are worked out here, by
// the same evaluation the tests hold against the database. Formulas over parents keep what the server last said.
import type { Value } from '../base/kind.ts'
import { evaluate } from '../expression/evaluate.ts'
import { dependsOf, reaches } from '../expression/visit.ts'
import type { Entity, Model } from '../model/model.ts'
import { wireOf } from '../model/wire.ts'
import type { Draft } from './state.ts'

const nobody = { user: '', name: '', roles: [], teams: [], unit: null, unitTree: [] }

/** Values of the formulas that can be told from the draft alone, by name; `now` is an ISO moment. */
export function previewFormulas(model: Model, entity: Entity, draft: Draft, now: string): Record<string, Value> {
  const formulas = [...wireOf(model, entity).properties.values()].filter(
    ({ formula }) => formula !== undefined && !reaches(formula) && dependsOf(formula) !== 'actor',
  )
  const names = new Set(formulas.map(({ name }) => name))
  const typed = Object.fromEntries(Object.entries(draft).filter(([name]) => !names.has(name)))
  return Object.fromEntries(
    formulas.map(({ name, formula }) => [name, evaluate(formula!, typed, { now, actor: nobody })]),
  )
}
