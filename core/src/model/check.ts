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
import type { Model } from './model.ts'
import { schemaProblems } from './sentence.ts'

export interface CheckOptions {
  /** Checks the expressions of definitions; without it they are taken as written. */
  readonly expression?: CheckExpression
}

/** Every problem of these definitions; an empty list means that buildModel may be called. */
export function checkDefinitions(definitions: readonly unknown[], options: CheckOptions = {}): Problem[] {
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
  const broken = definitions.filter((definition) => !sound.includes(definition as Definition))
  const model = withPlaceholders(sound, broken)
  for (const definition of sound) {
    const kind = kindOf(definition.kind)!
    for (const problem of kind.check(definition, { model, expression: options.expression }))
      problems.push(within(pointer(definition.kind, definition.name), problem))
  }
  return problems
}

/** Whether a definition obeys the schema of its kind; what it names may still not be there. */
export function isShaped(definition: unknown): definition is Definition {
  const kind =
    isJsonObject(definition) && typeof definition['kind'] === 'string' ? kindOf(definition['kind']) : undefined
  return kind?.validator(definition) === true
}

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
  if (kind.validator(definition)) return []
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
