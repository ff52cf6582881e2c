// Questions the checks of several kinds ask of the model: is there such an entity, field, path, navigation. Decides the
// wording of the answers, with the closest name as a hint.
import { suggest } from '../base/name.ts'
import { pointer } from '../base/pointer.ts'
import { Problem } from '../base/problem.ts'
import { typeOf } from '../types/index.ts'
import { takenNames } from './links.ts'
import type { Entity, Field, Model } from './model.ts'

/** A problem of a definition at a place inside it. */
export function definitionProblem(place: readonly (string | number)[], detail: string, hint?: string): Problem {
  return new Problem('check.definition', { detail, pointer: pointer(...place), hint })
}

/** The entity of that name, or the problem. */
export function findEntity(model: Model, name: string, place: readonly (string | number)[]): Entity | Problem {
  return (
    model.entities.get(name) ??
    definitionProblem(place, `There is no entity "${name}"`, suggest(name, model.entities.keys()))
  )
}

/** The field of that name, or the problem. */
export function findField(entity: Entity, name: string, place: readonly (string | number)[]): Field | Problem {
  const field = entity.fields.find((one) => one.name === name)
  return (
    field ??
    definitionProblem(
      place,
      `The entity "${entity.name}" has no field "${name}"`,
      suggest(
        name,
        entity.fields.map((one) => one.name),
      ),
    )
  )
}

/** The field at the end of a path through lookups (`account.industry`; a column such as `price_currency` too), or the problem. */
export function findPath(
  model: Model,
  entity: Entity,
  path: string,
  place: readonly (string | number)[],
): Field | Problem {
  let at = entity
  const names = path.split('.')
  for (const [index, name] of names.entries()) {
    const last = index === names.length - 1
    const field = last
      ? at.fields.find((one) => one.name === name || columnNames(one).includes(name))
      : at.fields.find((one) => one.name === name)
    if (field === undefined)
      return definitionProblem(place, `The entity "${at.name}" has no field "${name}"`, suggest(name, takenNames(at)))
    if (last) return field
    const link = typeOf(field).link?.(field)
    if (link === undefined) return definitionProblem(place, `"${name}" is not a lookup, so nothing is behind it`)
    if (link.polymorphic)
      return definitionProblem(place, `"${name}" points at several entities, so nothing behind it can be named`)
    const next = model.entities.get(link.targets[0]!)
    if (next === undefined)
      return definitionProblem(place, `"${name}" points at "${link.targets[0]}", which is not there`)
    at = next
  }
  return definitionProblem(place, 'The path is empty')
}

function columnNames(field: Field): string[] {
  return typeOf(field)
    .columns(field)
    .map((column) => field.name + column.suffix)
}

/** Problems of an expression over an entity, when a checker is there. */
export function expressionProblems(
  text: string | undefined,
  entity: string,
  place: readonly (string | number)[],
  context: {
    readonly model: Model
    readonly expression?: (text: string, entity: string, model: Model, use?: 'rule') => Problem | undefined
  },
  use?: 'rule',
): Problem[] {
  if (text === undefined || context.expression === undefined) return []
  const wrong = context.expression(text, entity, context.model, use)
  if (wrong === undefined) return []
  return [
    new Problem('check.definition', {
      detail: wrong.message,
      pointer: pointer(...place),
      position: wrong.position,
      hint: wrong.hint,
    }),
  ]
}
