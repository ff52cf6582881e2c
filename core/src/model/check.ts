// All problems of a set of definitions at once: shape by schema, then everything that needs the other definitions. A
// pointer starts with the definition it is in, by kind and name (`/entity/vehicle/fields/3/type`), or by position in the
// list (`/7`) when kind or name cannot be read. A definition whose shape is wrong is left out of the second part.
import { isJsonObject } from '../base/json.ts'
import { namePattern, suggest } from '../base/name.ts'
import { pointer, within } from '../base/pointer.ts'
import { Problem } from '../base/problem.ts'
import { buildModel } from './build.ts'
import type { Definition } from './definition.ts'
import type { CheckExpression } from './kind.ts'
import { kindOf, kinds } from './kinds.ts'
import { Knowledge } from './known.ts'
import type { Model } from './model.ts'
import { schemaProblems } from './sentence.ts'

export interface CheckOptions {
  /** Checks the expressions of definitions; without it they are taken as written. */
  readonly expression?: CheckExpression
}

/**
 * Every problem of these definitions; an empty list means that buildModel may be called. law: what is remembered of earlier
 * checks changes nothing but the time it takes.
 */
export function checkDefinitions(definitions: readonly unknown[], options: CheckOptions = {}): Problem[] {
  const problems = checkAll(definitions, options, true)
  // What stands in the way is told wherever it shows, not only where it changed.
  return problems.length > 0 && options.expression !== undefined ? checkAll(definitions, options, false) : problems
}

function checkAll(definitions: readonly unknown[], options: CheckOptions, remembers: boolean): Problem[] {
  const problems: Problem[] = []
  const sound: Definition[] = []
  const seen = new Set<string>()
  for (const [index, definition] of definitions.entries()) {
    const found = shapeProblems(definition, index)
    problems.push(...found)
    if (found.length > 0) continue
    const place = placeOf(definition, index)
    if (seen.has(place))
      problems.push(
        new Problem('check.definition', {
          detail: `The ${(definition as Definition).kind} "${(definition as Definition).name}" is there twice`,
          pointer: `${place}/name`,
        }),
      )
    else sound.push(definition as Definition)
    seen.add(place)
  }
  problems.push(...repeatedIds(sound))
  const whole = new Set<unknown>(sound)
  const broken = definitions.filter((definition) => !whole.has(definition))
  const model = withPlaceholders(sound, broken)
  const knowledge = remembers && options.expression ? new Knowledge(model, options.expression) : undefined
  const unknown = sound.filter((definition) => knowledge?.isSound(definition) !== true)
  for (const definition of unknown) {
    const kind = kindOf(definition.kind)!
    for (const problem of kind.check(definition, { model, expression: options.expression }))
      problems.push(within(pointer(definition.kind, definition.name), problem))
  }
  if (problems.length === 0) knowledge?.remember(unknown, sound)
  return problems
}

/** Whether a definition obeys the schema of its kind; what it names may still not be there. */
export function isShaped(definition: unknown): definition is Definition {
  const kind =
    isJsonObject(definition) && typeof definition['kind'] === 'string' ? kindOf(definition['kind']) : undefined
  return kind?.validator(definition) === true
}

/** Definitions that obey their schema: they are never changed, another one is made. */
const shaped = new WeakSet<object>()

function shapeProblems(definition: unknown, index: number): Problem[] {
  if (!isJsonObject(definition))
    return [new Problem('check.definition', { detail: 'A definition must be an object', pointer: pointer(index) })]
  const place = placeOf(definition, index)
  const kind = typeof definition['kind'] === 'string' ? kindOf(definition['kind']) : undefined
  if (kind === undefined) {
    const names = kinds.map((one) => one.name)
    const written = definition['kind']
    const hint = (typeof written === 'string' ? suggest(written, names) : undefined) ?? `One of: ${names.join(', ')}`
    return [
      new Problem('check.definition', {
        detail:
          written === undefined ? '"kind" is missing' : `There is no kind ${JSON.stringify(written)?.slice(0, 60)}`,
        pointer: `${place}/kind`,
        hint,
      }),
    ]
  }
  if (shaped.has(definition)) return []
  if (kind.validator(definition)) {
    shaped.add(definition)
    return []
  }
  return schemaProblems(kind.name, definition, kind.validator.errors ?? []).map((problem) => within(place, problem))
}

/** `/entity/vehicle`, or the position when kind or name are no names. */
function placeOf(definition: unknown, index: number): string {
  const { kind, name } = definition as { kind?: unknown; name?: unknown }
  const named =
    typeof kind === 'string' && kindOf(kind) !== undefined && typeof name === 'string' && namePattern.test(name)
  return named ? pointer(kind, name) : pointer(index)
}

function repeatedIds(definitions: readonly Definition[]): Problem[] {
  const seen = new Set<string>()
  const problems: Problem[] = []
  const see = (id: string | undefined, place: string): void => {
    if (id !== undefined && seen.has(id))
      problems.push(
        new Problem('check.definition', {
          detail: `The id ${id} is there twice`,
          pointer: `${place}/id`,
          hint: 'Leave the id out of a copy',
        }),
      )
    if (id !== undefined) seen.add(id)
  }
  for (const definition of definitions) {
    const place = pointer(definition.kind, definition.name)
    see(definition.id, place)
    if (definition.kind !== 'entity') continue
    for (const [i, field] of definition.fields.entries()) see(field.id, `${place}/fields/${i}`)
    for (const [i, key] of (definition.keys ?? []).entries()) see(key.id, `${place}/keys/${i}`)
  }
  return problems
}

/**
 * The model to look names up in. A definition of the wrong shape still has a name that others may use, so that one mistake
 * is not reported again wherever the definition is named; its fields of the right shape are kept.
 */
function withPlaceholders(sound: readonly Definition[], broken: readonly unknown[]): Model {
  const repaired: Definition[] = []
  for (const definition of broken) {
    if (!isJsonObject(definition) || typeof definition['name'] !== 'string' || !namePattern.test(definition['name']))
      continue
    const name = definition['name']
    if (definition['kind'] === 'choice') repaired.push({ kind: 'choice', name, options: [] })
    if (definition['kind'] === 'role') repaired.push({ kind: 'role', name })
    if (definition['kind'] === 'entity') repaired.push(placeholder(name, definition))
  }
  const kept = new Set(sound.map((definition) => `${definition.kind}/${definition.name}`))
  return buildModel(
    [...sound, ...repaired.filter((definition) => !kept.has(`${definition.kind}/${definition.name}`))],
    0,
  )
}

function placeholder(name: string, definition: Readonly<Record<string, unknown>>): Definition {
  const fields = Array.isArray(definition['fields']) ? definition['fields'] : []
  const whole = fields.filter((field) => kindOf('entity')!.validator({ kind: 'entity', name: 'x', fields: [field] }))
  const set = definition['entitySet']
  const entitySet = typeof set === 'string' && namePattern.test(set) ? set : undefined
  const ownership = definition['ownership'] === 'user' ? 'user' : 'organization'
  return { kind: 'entity', name, entitySet, ownership, fields: whole }
}
