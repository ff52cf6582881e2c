// What is wrong with worked-out fields: formulas that cannot be bound or would cost too much, rollups that gather what does
// not stay put, and fields that need each other in a circle. Everything else about a formula is said by binding it.
import { pointer, within as below } from '../base/pointer.ts'
import { Problem } from '../base/problem.ts'
import { suggest } from '../base/name.ts'
import { parseCel } from '../expression/parse-cel.ts'
import type { Expression } from '../expression/tree.ts'
import { dependsOf, nodesIn, reaches } from '../expression/visit.ts'
import { typeOf } from '../types/index.ts'
import { returnedOf } from '../types/rollup/type.ts'
import { circleOf } from './circle.ts'
import { bindFormula } from './formula.ts'
import type { Entity, Field, Model } from './model.ts'
import type { Place } from './reads.ts'
import { bindRollup, type Rollup } from './rollups.ts'
import { keepProblem, keptFor } from './stored.ts'
import { wireOf } from './wire.ts'

/** Lookups a formula may walk one after the other. */
export const mostHops = 5
/** Nodes of a formula with all formulas it uses in place. */
export const mostNodes = 1_000

/** Problems of a worked-out field; the pointer is relative to the field. Empty for any other field. */
export function computedProblems(model: Model, entity: Entity, field: Field): Problem[] {
  const type = typeOf(field)
  const own = type.formula
    ? formulaProblem(model, entity, field)
    : type.rollup
      ? rollupProblem(model, entity, field)
      : undefined
  if (own) return [own]
  if (!type.formula && !type.rollup) return []
  const circle = circleOf(model, { entity, field })
  if (circle) return [wrong(type.formula ? 'expression' : 'entity', circleText(circle), 'Take one of them out')]
  const formula = wireOf(model, entity).properties.get(field.name)?.formula
  const kept = formula && keptFor(entity, field)
  const hinders = kept && keepProblem(formula)
  if (hinders)
    return [
      wrong(
        kept === 'key' ? 'expression' : kept,
        `The formula ${hinders}, so what it gives is not kept in the table and cannot be ${keptAs[kept]}`,
        'Leave it out, or let the formula read the own values of the record only',
      ),
    ]
  if (formula && sizeOf(formula) > mostNodes)
    return [
      wrong(
        'expression',
        `With the formulas it uses this one has more than ${mostNodes} parts`,
        'Split it, or store a part',
      ),
    ]
  return []
}

const keptAs = { indexed: 'indexed', unique: 'unique', searchable: 'searched', key: 'part of a key' } as const

function circleText(circle: readonly Place[]): string {
  const names = circle.map(({ entity, field }) => `${entity.name}.${field.name}`)
  return `The field needs itself: ${names.join(' → ')}`
}

function formulaProblem(model: Model, entity: Entity, field: Field): Problem | undefined {
  const formula = typeOf(field).formula!(field)
  const syntax = parseCel(formula.text, 'expression')
  if (syntax instanceof Problem) return placed(syntax)
  const wire = (id: string) => wireOf(model, model.entityById.get(id)!)
  const bound = bindFormula({ ...formula, syntax }, wireOf(model, entity), wire)
  if (bound instanceof Problem) return placed(bound)
  for (const node of nodesIn(bound)) {
    if (node.op === 'lambda' || node.op === 'hierarchy')
      return wrong(
        'expression',
        'A formula reads its record and its parents, not many records',
        'Use a rollup field for that',
      )
    if (node.op === 'property' && node.through.length > mostHops)
      return wrong('expression', `A formula may walk ${mostHops} lookups, this one walks ${node.through.length}`)
  }
  return undefined
}

/** A problem of an expression as one of the definition. */
function placed({ message: detail, position, hint }: Problem): Problem {
  return new Problem('check.definition', { detail, position, hint, pointer: pointer('expression') })
}

function wrong(setting: string, detail: string, hint?: string): Problem {
  return new Problem('check.definition', { detail, hint, pointer: pointer(setting) })
}

/** Nodes with every named formula in its place; a circle counts as too many. */
function sizeOf(expression: Expression, depth = 0): number {
  if (depth > 50) return mostNodes + 1
  let size = 0
  for (const node of nodesIn(expression)) {
    size++
    if (node.op === 'property' && node.property.formula) size += sizeOf(node.property.formula, depth + 1)
    if (size > mostNodes) return size
  }
  return size
}

function rollupProblem(model: Model, entity: Entity, field: Field): Problem | undefined {
  const bound = bindRollup(model, entity, field)
  if (bound instanceof Problem) return hinted(bound, model, entity, field)
  const { value, filter, aggregate } = bound
  if (value && returnedOf(aggregate, value.kind) === undefined)
    return wrong('aggregate', `"${aggregate}" cannot be asked of "${value.name}"`, 'Choose another field, or count')
  return stays(filter, 'filter', 'The filter', bound) ?? stays(value?.formula, 'field', `"${value?.name}"`, bound)
}

/** What is gathered must change only when the gathered record itself is written. */
function stays(
  expression: Expression | undefined,
  setting: string,
  what: string,
  { child }: Rollup,
): Problem | undefined {
  if (expression === undefined) return undefined
  const depends = dependsOf(expression)
  if (depends)
    return wrong(
      setting,
      `${what} depends on ${depends === 'moment' ? 'the time' : 'who asks'}, so the result would not stay right`,
      'Leave it to a view or a query',
    )
  if (reaches(expression))
    return wrong(
      setting,
      `${what} reads other records than those of "${child.name}"`,
      'Bring the value into the record itself, for example as a rollup or by a lookup of its own',
    )
  return undefined
}

/** The problem with the closest name as a hint. */
function hinted(problem: Problem, model: Model, parent: Entity, field: Field): Problem {
  if (problem.hint !== undefined) return problem
  const { entity, via, field: source } = typeOf(field).rollup!(field)
  const child = model.entities.get(entity)
  const linked = [...wireOf(model, parent).navigations.values()].flatMap(({ name, hop }) => (hop ? [name] : []))
  const names = (some: readonly Field[]) => some.map(({ name }) => name)
  const hints: Readonly<Record<string, string | undefined>> = {
    '/entity': suggest(entity, model.entities.keys()),
    '/via': child && suggest(via, [...names(child.fields.filter((one) => typeOf(one).link !== undefined)), ...linked]),
    '/field': child && suggest(source ?? '', names(child.fields)),
  }
  const { message: detail, pointer: place, position } = problem
  return new Problem('check.definition', { detail, pointer: place, position, hint: hints[place ?? ''] })
}

/** The same problems at a place of a definition. */
export function computedProblemsAt(place: string, model: Model, entity: Entity, field: Field): Problem[] {
  return computedProblems(model, entity, field).map((problem) => below(place, problem))
}
