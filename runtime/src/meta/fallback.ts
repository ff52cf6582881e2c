// What becomes of values that a change of type cannot convert, as the caller chose it (`onFail` beside a definition that is
// put): refused, emptied, or a value of the new type. Decides what may be chosen; plan/ddl.ts does it.
import { isJsonObject, textIn, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import { suggest } from '@peyvand/core/base/name.ts'
import { pointer } from '@peyvand/core/base/pointer.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Field, Model } from '@peyvand/core/model/model.ts'
import type { Otherwise } from '@peyvand/core/plan/steps.ts'
import { columnId } from '@peyvand/core/plan/target.ts'
import { typeOf } from '@peyvand/core/types/index.ts'

/** `refuse` (as without it), `null`, or the value that stands for them. */
export type OnFail = 'refuse' | 'null' | { readonly default: JsonValue }

/** The choices of one definition, by the names its fields have after the change. */
export type OnFails = Readonly<Record<string, OnFail>>

/** Whether a value of a request says what becomes of values that do not convert. */
export function isOnFail(value: JsonValue): boolean {
  if (value === 'refuse' || value === 'null') return true
  return isJsonObject(value) && Object.keys(value).length === 1 && value['default'] !== undefined
}

/** The choices by column, for the entity as it will be; what cannot be chosen is told, with a pointer into the choices. */
export function fallbacksOf(
  model: Model,
  definition: JsonObject,
  onFail: OnFails,
): { readonly otherwise: ReadonlyMap<string, Otherwise>; readonly problems: readonly Problem[] } {
  const otherwise = new Map<string, Otherwise>()
  const problems: Problem[] = []
  const fields = model.entities.get(textIn(definition, 'name'))?.fields ?? []
  for (const [name, choice] of Object.entries(onFail)) {
    const field = fields.find((one) => one.name === name && one.system !== true)
    const found = field === undefined ? missing(name, fields) : fallbackOf(model, field, choice)
    if (found instanceof Problem) problems.push(found)
    else if (found !== undefined) otherwise.set(columnId(field!, typeOf(field!).columns(field!)[0]!.suffix), found)
  }
  return { otherwise, problems }
}

function missing(name: string, fields: readonly Field[]): Problem {
  const names = fields.map((field) => field.name)
  return refused(name, `The entity has no field "${name}"`, suggest(name, names))
}

function fallbackOf(model: Model, field: Field, choice: OnFail): Otherwise | Problem | undefined {
  if (choice === 'refuse') return undefined
  if (choice === 'null')
    return field.required === true
      ? refused(field.name, `"${field.name}" is required, so no value of it can be emptied`, 'Choose a value instead')
      : { value: null }
  const parsed = typeOf(field).parse({ '': choice.default }, field, model)
  if (parsed instanceof Problem) return refused(field.name, `The value is refused: ${parsed.message}`, parsed.hint)
  const value = parsed[typeOf(field).columns(field)[0]!.suffix]
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    ? { value }
    : refused(field.name, `No value of a ${field.type} can be chosen here`, 'Choose "null"')
}

function refused(name: string, detail: string, hint?: string): Problem {
  return new Problem('check.definition', { pointer: pointer('onFail', name), detail, hint })
}
