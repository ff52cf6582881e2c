// Which fields a body gives, and by which of its names: properties, navigations with or without `@odata.bind`, and the holders
// of files. What is wrong with a name is said here, what is wrong with a value is the type's to say.
import { bare } from '@peyvand/core/base/bare.ts'
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import { suggest } from '@peyvand/core/base/name.ts'
import { pointer } from '@peyvand/core/base/pointer.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Field, Model } from '@peyvand/core/model/model.ts'
import type { Navigation, WireEntity } from '@peyvand/core/model/wire.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import { boundId, linkedId } from './link.ts'

/** What the caller gave for one field: column suffix → JSON, and by which names of the body. */
export interface Given {
  readonly parts: Record<string, JsonValue>
  readonly name: string
  readonly names: readonly string[]
}

/** A body whose names are being read. */
interface Reading {
  readonly model: Model
  readonly wire: WireEntity
  /** The id in the address, which the body may repeat. */
  readonly id: string | undefined
  readonly given: Map<Field, Given>
  /** Polymorphic lookups of which one target was said to be nothing, and no other yet. */
  readonly emptied: Set<Field>
}

/** What a body gives, field by field, and every problem of its names. */
export function givenIn(
  model: Model,
  wire: WireEntity,
  body: JsonObject,
  id: string | undefined,
): { given: Map<Field, Given>; problems: Problem[] } {
  const reading: Reading = { model, wire, id, given: new Map(), emptied: new Set() }
  const problems = Object.keys(body).flatMap((name) => readName(reading, name, body[name]!) ?? [])
  return { given: reading.given, problems }
}

/** Reads what stands under one name. Annotations other than `@odata.bind` say nothing of values. */
function readName(reading: Reading, name: string, value: JsonValue): Problem | undefined {
  const { model, wire, id } = reading
  const property = wire.properties.get(name)
  if (property !== undefined) {
    if (name === 'id' && sameKey(value, id)) return undefined
    return property.readOnly ? readOnly(name, id) : give(reading, property.field, property.column, value, name)
  }
  const bound = boundName(name)
  if (bound === undefined && name.includes('@')) return undefined
  const holder = bound === undefined ? holderNamed(wire, name) : undefined
  if (holder !== undefined) return give(reading, holder, holder.name, value, name)
  const navigation = wire.navigations.get(bound ?? name)
  if (navigation === undefined) return unknownName(bound ?? name, name, wire)
  if (!navigation.collection && wire.properties.get(navigation.column)?.readOnly === true)
    return readOnly(name, undefined)
  const link = bound === undefined ? linkedId(navigation, name, value) : boundId(model, navigation, name, value)
  return link instanceof Problem ? link : giveLink(reading, navigation, name, link)
}

/** The navigation that a name with `@odata.bind` binds. */
function boundName(name: string): string | undefined {
  const suffix = ['@odata.bind', '@bind'].find((each) => name.endsWith(each))
  return suffix && name.slice(0, -suffix.length)
}

/** Notes a value for a column of a field, which another name of the body may give too if it says the same. */
function give({ given }: Reading, field: Field, column: string, value: JsonValue, name: string): Problem | undefined {
  const before = given.get(field)
  const parts = before?.parts ?? bare<JsonValue>()
  const part = column.slice(field.name.length)
  if (Object.hasOwn(parts, part) && !isSame(parts[part]!, value)) return contradiction(before!.name, name)
  parts[part] = value
  given.set(field, { parts, name: before?.name ?? name, names: [...(before?.names ?? []), name] })
  return undefined
}

const isSame = (a: JsonValue, b: JsonValue): boolean =>
  a === b || JSON.stringify(a).toLowerCase() === JSON.stringify(b).toLowerCase()

/** Notes a link: the id, and for a polymorphic lookup the target's entity. */
function giveLink(reading: Reading, navigation: Navigation, name: string, id: string | null): Problem | undefined {
  const { field, column, typeColumn, target } = navigation
  if (typeColumn === undefined) return give(reading, field, column, id, name)
  // That it leads to no account does not say that it leads to no contact.
  if (id === null && reading.given.has(field)) return undefined
  if (id === null) reading.emptied.add(field)
  else if (reading.emptied.delete(field)) reading.given.delete(field)
  const type = id === null ? null : reading.model.entityById.get(target)!.name
  return give(reading, field, column, id, name) ?? give(reading, field, typeColumn, type, name)
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

function contradiction(before: string, name: string): Problem {
  return new Problem('request.malformed', {
    detail: `"${before.slice(0, 100)}" and "${name.slice(0, 100)}" are the same field and say different things`,
    pointer: pointer(name),
    target: name.slice(0, 100),
    hint: 'Give one of them',
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
