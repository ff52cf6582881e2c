// From a JSON body to the values of one record: what each type makes of what is given (input/), what is required and what is
// filled in. Finds all problems of a body at once. Knows nothing of SQL.
import { mayField, namedWire } from '@peyvand/core/access/field.ts'
import { bare } from '@peyvand/core/base/bare.ts'
import { isJsonObject, type JsonObject } from '@peyvand/core/base/json.ts'
import type { Value } from '@peyvand/core/base/kind.ts'
import { pointer } from '@peyvand/core/base/pointer.ts'
import { gather, Problem } from '@peyvand/core/base/problem.ts'
import type { Entity, Field, Model } from '@peyvand/core/model/model.ts'
import { settleState } from '@peyvand/core/model/state.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import type { Context } from '../context.ts'
import { givenIn, type Given } from './input/given.ts'
import { plainAsNew, readPlain } from './input/plain.ts'

/** Values to store, by column. A column that is absent is not written. */
export type Values = Record<string, Value>

/** What a body comes to. */
export interface Input {
  readonly values: Values
  /** Columns the caller gave, without what was filled in. */
  readonly given: readonly string[]
}

/** `create` fills defaults and asks for what is required; `update` takes what is given; `replace` clears what is not. */
export type Purpose = 'create' | 'update' | 'replace'

/** Who writes, on which model. */
export type Writer = Pick<Context, 'model' | 'actor'>

/**
 * Reads a body for an entity. A name that the writer may not read is no name. `id` is the record's id when the address names
 * it: the body may repeat it.
 */
export function readInput(
  writer: Writer,
  entity: Entity,
  body: unknown,
  purpose: Purpose,
  id?: string,
): Input | Problem {
  if (!isJsonObject(body))
    return new Problem('request.malformed', { detail: 'The body must be a JSON object', pointer: '' })
  const { model, actor } = writer
  const wire = namedWire(model, actor, entity.id)
  const plain = purpose === 'replace' ? undefined : readPlain(model, wire, body, purpose)
  if (plain !== undefined) return plain
  const { given, problems } = givenIn(model, wire, body, id)
  const values: Values = bare()
  for (const [field, each] of given) parseField(model, field, each, values, problems)
  const named = Object.keys(values)
  if (purpose !== 'update') complete(writer, entity, given, purpose, values, problems)
  const contradiction = settleState(entity, values, named)
  if (contradiction !== undefined) problems.push(contradiction)
  if (problems.length > 0) return summary(problems)
  return { values, given: named }
}

/** What was read from a body as a change, as a new record: defaults are filled in, and what is required is asked for. */
export function asNew(writer: Writer, entity: Entity, input: Input, body: JsonObject): Input | Problem {
  const { model, actor } = writer
  const wire = namedWire(model, actor, entity.id)
  return plainAsNew(model, wire, input, body) ?? readInput(writer, entity, body, 'create')
}

/** Several problems as one: 400 when the body itself is wrong, else 422. */
function summary(problems: readonly Problem[]): Problem {
  return gather(problems.some(({ status }) => status === 400) ? 'request.malformed' : 'check.invalid', problems)
}

/** Parses one field's input into its columns; a problem points at the name the caller used. */
function parseField(
  model: Model,
  field: Field,
  { parts, name, names }: Given,
  values: Values,
  problems: Problem[],
): void {
  const parsed = typeOf(field).parse(parts, field, model)
  if (!(parsed instanceof Problem)) {
    for (const suffix of Object.keys(parsed)) values[field.name + suffix] = parsed[suffix]!
    return
  }
  const { code, message, position, hint, params } = parsed
  const written = parsed.target !== undefined && names.includes(parsed.target) ? parsed.target : name
  problems.push(
    new Problem(code, {
      detail: message,
      position,
      hint,
      params,
      problems: parsed.problems,
      target: written,
      pointer: pointer(written),
    }),
  )
}

/**
 * Defaults and required fields; on replace, what is not given is cleared or gets its default, as far as the writer may change
 * it and knows what stands there.
 */
function complete(
  { model, actor }: Writer,
  entity: Entity,
  given: ReadonlyMap<Field, Given>,
  purpose: Purpose,
  values: Values,
  problems: Problem[],
): void {
  for (const field of entity.fields) {
    if ((field.system && !field.settable) || given.has(field)) continue
    if (purpose === 'replace' && !knowsAndChanges({ model, actor }, entity, field)) continue
    const type = typeOf(field)
    if (field.default !== undefined && field.default !== null)
      parseField(model, field, { parts: { '': field.default }, name: field.name, names: [] }, values, problems)
    else if (field.required && !type.generated)
      problems.push(
        new Problem('check.required', {
          detail: `"${field.name}" needs a value`,
          target: field.name,
          pointer: pointer(field.name),
        }),
      )
    else if (purpose === 'replace' && !type.generated)
      for (const column of type.columns(field)) if (!column.readOnly) values[field.name + column.suffix] = null
  }
}

function knowsAndChanges({ model, actor }: Writer, entity: Entity, field: Field): boolean {
  return mayField(model, actor, entity, field, 'read') && mayField(model, actor, entity, field, 'update')
}
