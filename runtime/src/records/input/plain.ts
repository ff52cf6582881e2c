// The short way of reading a body, as most are sent: each value by the one property of its field, and of a new record none
// missing. Anything else, and wrong values too, is undefined here: it is read in full, with all that is to be said of it.
import { bare } from '@peyvand/core/base/bare.ts'
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Field, Model } from '@peyvand/core/model/model.ts'
import { settleState } from '@peyvand/core/model/state.ts'
import type { WireEntity } from '@peyvand/core/model/wire.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import type { FieldType } from '@peyvand/core/types/type.ts'
import type { Input, Purpose, Values } from '../input.ts'

/** What of an entity a new record needs beyond what is given, and which properties are the only ones of their field. */
interface Plain {
  readonly single: ReadonlyMap<string, Single>
  /** Fields with a default, and those that need a value, by the property they have. */
  readonly open: readonly (readonly [name: string, field: Field])[]
}

/** The only property of a field, with what reading it needs. */
interface Single {
  readonly field: Field
  readonly column: string
  /** What the property's column adds to the field's name. */
  readonly suffix: string
  readonly type: FieldType
}

const plains = new WeakMap<WireEntity, Plain>()

function plainOf(wire: WireEntity): Plain {
  let plain = plains.get(wire)
  if (plain === undefined) plains.set(wire, (plain = findPlain(wire)))
  return plain
}

function findPlain({ entity, properties }: WireEntity): Plain {
  const byField = Map.groupBy(properties.values(), ({ field }) => field)
  const single = [...byField.values()].flatMap((some) => (some.length === 1 && !some[0]!.readOnly ? some : []))
  const open = entity.fields.filter(
    (field) =>
      (!field.system || field.settable) &&
      ((field.default !== undefined && field.default !== null) || (field.required && !typeOf(field).generated)),
  )
  return {
    single: new Map(
      single.map(({ name, field, column }) => [
        name,
        { field, column, suffix: column.slice(field.name.length), type: typeOf(field) },
      ]),
    ),
    open: open.map((field) => [byField.get(field)?.[0]?.name ?? '', field]),
  }
}

/** The values of a body, where the short way leads to them. */
export function readPlain(model: Model, wire: WireEntity, body: JsonObject, purpose: Purpose): Input | undefined {
  const { single } = plainOf(wire)
  const values: Values = bare()
  for (const name of Object.keys(body)) {
    const property = single.get(name)
    if (property === undefined || !take(model, property, body[name]!, values)) return undefined
  }
  const given = Object.keys(values)
  if (purpose === 'create') return filled(model, wire, { values, given }, body)
  return settleState(wire.entity, values, given) === undefined ? { values, given } : undefined
}

/** What was read as a change, as a new record: values that were read one by one are not read again. */
export function plainAsNew(
  model: Model,
  wire: WireEntity,
  { values, given }: Input,
  body: JsonObject,
): Input | undefined {
  const { single } = plainOf(wire)
  const isPlain = given.length === Object.keys(values).length && Object.keys(body).every((name) => single.has(name))
  return isPlain ? filled(model, wire, { values: Object.assign(bare(), values), given }, body) : undefined
}

/** Fills the defaults of a new record into its values; undefined when a value is missing or contradicts another. */
function filled(model: Model, wire: WireEntity, { values, given }: Input, body: JsonObject): Input | undefined {
  for (const [name, field] of plainOf(wire).open) {
    if (Object.hasOwn(body, name)) continue
    const parsed = field.default == null ? undefined : typeOf(field).parse({ '': field.default }, field, model)
    if (parsed === undefined || parsed instanceof Problem) return undefined
    for (const suffix of Object.keys(parsed)) values[field.name + suffix] = parsed[suffix]!
  }
  return settleState(wire.entity, values, given) === undefined ? { values, given } : undefined
}

/** Whether a value can be stored; it is among the values then. */
function take(model: Model, { field, column, suffix, type }: Single, value: JsonValue, values: Values): boolean {
  const parsed = type.parse(suffix === '' ? { '': value } : { [suffix]: value }, field, model)
  if (parsed instanceof Problem) return false
  for (const each in parsed) values[each === suffix ? column : field.name + each] = parsed[each]!
  return true
}
