// From a JSON body to the values of one record: which names may be written, how a lookup is given, what each type makes
// of its value, what is required and what is filled in. Finds all problems of a body at once. Knows nothing of SQL.
import { mayField, namedWire } from '@peyvand/core/access/field.ts'
import { bare } from '@peyvand/core/base/bare.ts'
import { isJsonObject, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import type { Value } from '@peyvand/core/base/kind.ts'
import { suggest } from '@peyvand/core/base/name.ts'
import { pointer } from '@peyvand/core/base/pointer.ts'
import { gather, Problem } from '@peyvand/core/base/problem.ts'
import { isUuid } from '@peyvand/core/base/uuid.ts'
import type { Entity, Field, Model } from '@peyvand/core/model/model.ts'
import { settleState } from '@peyvand/core/model/state.ts'
import type { Navigation, WireEntity } from '@peyvand/core/model/wire.ts'
import type { FieldType } from '@peyvand/core/types/type.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import type { Context } from '../context.ts'

/** Values to store, by column. A column that is absent is not written. */
export type Values = Record<string, Value>

export interface Input {
  readonly values: Values
  /** Columns the caller gave, without what was filled in. */
  readonly given: readonly string[]
}

/** `create` fills defaults and asks for what is required; `update` takes what is given; `replace` clears what is not. */
export type Purpose = 'create' | 'update' | 'replace'

/** What the caller gave for one field: column suffix → JSON, and by which names of the body. */
interface Given {
  readonly parts: Record<string, JsonValue>
  readonly name: string
  readonly names: readonly string[]
}

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
  const problems: Problem[] = []
  const given = collect(model, wire, body, problems, id)
  const values: Values = bare()
  for (const [field, each] of given) parseField(model, field, each, values, problems)
  const named = Object.keys(values)
  if (purpose !== 'update') complete(writer, entity, given, purpose, values, problems)
  const contradiction = settleState(entity, values, named)
  if (contradiction !== undefined) problems.push(contradiction)
  if (problems.length > 0) return summary(problems)
  return { values, given: named }
}

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

/**
 * What was read as a change, read as a new record: defaults are filled in, and what is required is asked for. Values that were
 * read one by one are not read again. `body`: what the change was read from.
 */
export function asNew(writer: Writer, entity: Entity, { values, given }: Input, body: JsonObject): Input | Problem {
  const { model, actor } = writer
  const wire = namedWire(model, actor, entity.id)
  const { single } = plainOf(wire)
  const isPlain = given.length === Object.keys(values).length && Object.keys(body).every((name) => single.has(name))
  const input = isPlain ? filled(model, wire, { values: Object.assign(bare(), values), given }, body) : undefined
  return input ?? readInput(writer, entity, body, 'create')
}

/**
 * A record as most are sent: each value by the one property of its field, and of a new one none missing. Anything else is
 * undefined here, and wrong values too: they are read in full, with all that is to be said of them.
 */
function readPlain(model: Model, wire: WireEntity, body: JsonObject, purpose: Purpose): Input | undefined {
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

/** Fills the defaults of a new record into its values; undefined when a value is missing or contradicts another. */
function filled(
  model: Model,
  wire: WireEntity,
  { values, given }: { readonly values: Values; readonly given: readonly string[] },
  body: JsonObject,
): Input | undefined {
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

/** Several problems as one: 400 when the body itself is wrong, else 422. */
function summary(problems: readonly Problem[]): Problem {
  return gather(problems.some(({ status }) => status === 400) ? 'request.malformed' : 'check.invalid', problems)
}

function collect(
  model: Model,
  wire: WireEntity,
  body: JsonObject,
  problems: Problem[],
  id: string | undefined,
): Map<Field, Given> {
  const given = new Map<Field, Given>()
  const give = (field: Field, suffix: string, value: JsonValue, name: string) => {
    const before = given.get(field)
    const parts = before?.parts ?? bare<JsonValue>()
    parts[suffix] = value
    given.set(field, { parts, name: before?.name ?? name, names: [...(before?.names ?? []), name] })
  }
  for (const name of Object.keys(body)) {
    const value = body[name]!
    const property = wire.properties.get(name)
    if (property !== undefined) {
      if (name === 'id' && sameKey(value, id)) continue
      if (property.readOnly) problems.push(readOnly(name, id))
      else give(property.field, property.column.slice(property.field.name.length), value, name)
      continue
    }
    const bind = name.endsWith('@odata.bind')
      ? name.slice(0, -11)
      : name.endsWith('@bind')
        ? name.slice(0, -5)
        : undefined
    if (bind === undefined && name.includes('@')) continue
    const holder = bind === undefined ? holderNamed(wire, name) : undefined
    if (holder !== undefined) {
      give(holder, '', value, name)
      continue
    }
    const navigation = wire.navigations.get(bind ?? name)
    const problem =
      navigation === undefined
        ? unknownName(bind ?? name, name, wire)
        : !navigation.collection && wire.properties.get(navigation.column)?.readOnly === true
          ? readOnly(name, undefined)
          : giveLink(
              model,
              navigation,
              name,
              bind === undefined ? linkedId(navigation, name, value) : boundId(model, navigation, name, value),
              give,
            )
    if (problem) problems.push(problem)
  }
  return given
}

/** A field of files, which has no property of its own name: its content is there. It is given by the id of a file. */
function holderNamed(wire: WireEntity, name: string): Field | undefined {
  const field = wire.entity.fields.find((each) => each.name === name)
  return field !== undefined && typeOf(field).files !== undefined ? field : undefined
}

function sameKey(value: JsonValue, id: string | undefined): boolean {
  return id !== undefined && typeof value === 'string' && value.toLowerCase() === id.toLowerCase()
}

function readOnly(name: string, id: string | undefined): Problem {
  const hint =
    name === 'id'
      ? id === undefined
        ? 'PATCH <set>(<id>) creates a record with an id of your own'
        : 'The id in the body is not the one in the address'
      : 'Leave it out'
  return new Problem('request.malformed', {
    detail: `"${name}" is set by the server and cannot be written`,
    pointer: pointer(name),
    target: name,
    hint,
  })
}

function unknownName(name: string, written: string, wire: WireEntity): Problem {
  const shown = name.slice(0, 100)
  const hint = suggest(name, [...wire.properties.keys(), ...wire.navigations.keys()])
  return new Problem('request.unknown', {
    detail: `"${wire.entity.name}" has no property "${shown}"`,
    pointer: pointer(written),
    target: shown,
    hint: hint ?? 'See $metadata for the properties',
  })
}

type Give = (field: Field, suffix: string, value: JsonValue, name: string) => void

/** Records a link given by a navigation's name: the id, and for a polymorphic lookup the target's entity. */
function giveLink(
  model: Model,
  navigation: Navigation,
  name: string,
  id: string | null | Problem,
  give: Give,
): Problem | undefined {
  if (id instanceof Problem) return id
  const { field } = navigation
  give(field, navigation.column.slice(field.name.length), id, name)
  if (navigation.typeColumn === undefined) return undefined
  give(
    field,
    navigation.typeColumn.slice(field.name.length),
    id === null ? null : model.entityById.get(navigation.target)!.name,
    name,
  )
  return undefined
}

/** `"account": {"id": "…"}` or null. */
function linkedId(navigation: Navigation, name: string, value: JsonValue): string | null | Problem {
  if (value === null && !navigation.collection) return null
  if (navigation.collection || (isJsonObject(value) && !('id' in value))) {
    return new Problem('request.unsupported', {
      detail: `Creating records of "${name}" inside another one (deep insert) is not supported`,
      pointer: pointer(name),
      target: name,
      hint: 'Create the record first, then link it by its id',
    })
  }
  const id = isJsonObject(value) ? value['id'] : undefined
  if (typeof id === 'string') return id
  return new Problem('request.type', {
    detail: `"${name}" must be an object with an id, or null`,
    pointer: pointer(name),
    target: name,
    hint: `Write "${name}": {"id": "<uuid>"}`,
  })
}

/** `"account@odata.bind": "/accounts(<id>)"`, relative, absolute, or null. */
function boundId(model: Model, navigation: Navigation, name: string, value: JsonValue): string | null | Problem {
  const set = model.entityById.get(navigation.target)!.entitySet
  const refuse = (code: 'request.type' | 'request.unsupported', detail: string) =>
    new Problem(code, { detail, pointer: pointer(name), target: name, hint: `Write "/${set}(<uuid>)"` })
  if (navigation.collection)
    return refuse('request.unsupported', `Binding the collection "${navigation.name}" while writing is not supported`)
  if (value === null) return null
  if (typeof value !== 'string' || value.length > 2000)
    return refuse('request.type', `"${name.slice(0, 100)}" must be the address of a record`)
  return (
    referenceId(value, set) ??
    refuse('request.type', `"${name.slice(0, 100)}" must be the address of a record of "${set}"`)
  )
}

/** The id in the address of a record of the set (`/accounts(<uuid>)`, relative or absolute), or undefined. */
export function referenceId(address: string, set: string): string | undefined {
  const found = /(?:^|\/)([a-z][a-z0-9_]*)\('?([0-9a-f-]{36})'?\)$/i.exec(address)
  return found?.[1] === set && isUuid(found[2]!) ? found[2].toLowerCase() : undefined
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
