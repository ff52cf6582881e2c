// What a path means in a model: which record, collection, property or count it addresses. Names only; whether the caller
// may see it is decided by the query that reads it.
import { suggest } from '@peyvand/core/base/name.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Value } from '@peyvand/core/base/kind.ts'
import { isUuid } from '@peyvand/core/base/uuid.ts'
import { readLiteral } from '@peyvand/core/expression/literal.ts'
import type { Entity, Model } from '@peyvand/core/model/model.ts'
import { wireOf, type Navigation, type Property } from '@peyvand/core/model/wire.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import type { KeyLiteral, KeyText, Segment } from './path.ts'

/** The values that single out a record: its id, or the columns of an alternate key. */
export type RecordKey = { readonly id: string } | { readonly id?: undefined; readonly columns: readonly { readonly property: Property; readonly value: Value }[] }

/** A collection, or with a key (or at the end of a single-valued navigation) one record. */
export interface Place {
  readonly entity: Entity
  readonly key?: RecordKey
  /** The place this one is reached from, and through what. */
  readonly via?: { readonly from: Place; readonly navigation: Navigation }
}

export type Target =
  | { readonly kind: 'service' | 'metadata' | 'batch' }
  | { readonly kind: 'collection' | 'count' | 'bulk'; readonly place: Place }
  | { readonly kind: 'record'; readonly place: Place }
  | { readonly kind: 'property'; readonly place: Place; readonly property: Property; readonly raw: boolean }
  | { readonly kind: 'ref'; readonly place: Place }

/** Resolves the segments of a path. */
export function resolve(model: Model, segments: readonly Segment[]): Target | Problem {
  const first = segments[0]
  if (first === undefined) return { kind: 'service' }
  const alone = segments.length === 1
  if (alone && first.name === '$metadata') return { kind: 'metadata' }
  if (alone && first.name === '$batch') return { kind: 'batch' }
  if (first.name.startsWith('$')) return unsupportedName(first)
  const entity = model.entityBySet.get(first.name)
  if (entity === undefined) return unknownSet(model, first)
  let place = placeOf(model, { entity }, first)
  for (let i = 1; i < segments.length; i++) {
    if (place instanceof Problem) return place
    const step: Target | Place | Problem = walk(model, place, segments[i]!, segments.slice(i + 1))
    if (step instanceof Problem || 'kind' in step) return step
    place = step
  }
  if (place instanceof Problem) return place
  return { kind: isSingle(place) ? 'record' : 'collection', place }
}

/** Whether the place is one record rather than a collection. */
export function isSingle(place: Place): boolean {
  return place.key !== undefined || (place.via !== undefined && !place.via.navigation.collection)
}

/** One more segment: a further place, or the final target. */
function walk(model: Model, place: Place, segment: Segment, rest: readonly Segment[]): Target | Place | Problem {
  const { name } = segment
  const ends = (target: Target): Target | Problem => (rest.length === 0 ? target : unknownSegment(rest[0]!, []))
  if (name === '$count') return isSingle(place) ? unknownSegment(segment, []) : ends({ kind: 'count', place })
  if (name === '$ref') return ends({ kind: 'ref', place })
  if (name === '$bulk' && place.via === undefined && !isSingle(place)) return ends({ kind: 'bulk', place })
  if (name === '$value' && isSingle(place)) return new Problem('request.unsupported', { detail: 'Media streams are not supported', target: '$value', position: segment.position })
  if (name.startsWith('$')) return unsupportedName(segment)
  const wire = wireOf(model, place.entity)
  if (!isSingle(place)) return unknownSegment(segment, ['$count', '$ref'], `"${place.entity.entitySet}" is a collection: name a record first, as in ${place.entity.entitySet}(<id>)/${name.slice(0, 60)}`)
  const property = wire.properties.get(name)
  if (property !== undefined && segment.key === undefined) {
    const raw = rest[0]?.name === '$value'
    const over = rest[raw ? 1 : 0]
    return over === undefined ? { kind: 'property', place, property, raw } : unknownSegment(over, ['$value'])
  }
  const navigation = wire.navigations.get(name)
  if (navigation === undefined) return unknownSegment(segment, [...wire.properties.keys(), ...wire.navigations.keys()])
  const target = model.entityById.get(navigation.target)!
  if (segment.key !== undefined && !navigation.collection) return new Problem('request.malformed', { detail: `"${name}" leads to one record and takes no key`, target: 'path', position: segment.position })
  return placeOf(model, { entity: target, via: { from: place, navigation } }, segment)
}

function placeOf(model: Model, place: Place, segment: Segment): Place | Problem {
  if (segment.key === undefined) return place
  const key = keyOf(model, place.entity, segment.key)
  return key instanceof Problem ? key : { ...place, key }
}

function keyOf(model: Model, entity: Entity, key: KeyText): RecordKey | Problem {
  const { properties } = wireOf(model, entity)
  const { single, named } = key
  if (single !== undefined) return idOf(single)
  if (named.length === 1 && named[0]!.name === 'id') return idOf(named[0]!.value)
  const columns: { property: Property; value: Value }[] = []
  for (const { name, value } of named) {
    const property = properties.get(name)
    if (property === undefined) return new Problem('request.unknown', { detail: `"${entity.name}" has no property "${name}"`, target: 'path', position: value.position, hint: keyHint(entity) })
    const read = literalOf(property, value)
    if (read instanceof Problem) return read
    columns.push({ property, value: read })
  }
  const isKey = entity.keys.some(({ fields }) => fields.length === columns.length && fields.every((field) => columns.some(({ property }) => property.field.name === field && isMain(property))))
  if (isKey) return { columns }
  return new Problem('request.unknown', { detail: `(${named.map(({ name }) => name).join(',')}) is no key of "${entity.entitySet}"`, target: 'path', position: key.position, hint: keyHint(entity) })
}

function isMain(property: Property): boolean {
  return property.column === property.field.name + (typeOf(property.field).columns(property.field)[0]?.suffix ?? '')
}

function idOf({ text, position }: KeyLiteral): RecordKey | Problem {
  const id: unknown = text
  if (isUuid(id)) return { id: id.toLowerCase() }
  return new Problem('request.type', { detail: `"${text.slice(0, 60)}" is not the id of a record`, target: 'path', position, hint: 'An id looks like 018f3c1e-0000-7000-8000-000000000000' })
}

function literalOf(property: Property, { text, quoted, position }: KeyLiteral): Value | Problem {
  const read = property.kind === 'text' && !quoted
    ? new Problem('request.type', { detail: `"${property.name}" is a text: write it in single quotes` })
    : readLiteral(property.kind, text)
  return read instanceof Problem ? new Problem(read.code, { detail: read.message, hint: read.hint, target: 'path', position }) : read
}

function keyHint(entity: Entity): string {
  const keys = [`${entity.entitySet}(<uuid>)`, ...entity.keys.map(({ fields }) => `${entity.entitySet}(${fields.map((field) => `${field}=…`).join(',')})`)]
  return `Keys: ${keys.join(', ')}`
}

function unknownSet(model: Model, { name, position }: Segment): Problem {
  const sets = [...model.entityBySet.keys()]
  const ofEntity = model.entities.get(name)
  const hint = ofEntity === undefined ? suggest(name, sets) : `Did you mean "${ofEntity.entitySet}"?`
  return new Problem('missing.path', { detail: `There is no entity set "${name.slice(0, 100)}"`, target: name.slice(0, 100), position, hint: hint ?? 'GET /api/data/v1/ lists the entity sets' })
}

function unknownSegment({ name, position }: Segment, known: readonly string[], hint?: string): Problem {
  return new Problem('missing.path', { detail: `There is nothing at "${name.slice(0, 100)}"`, target: name.slice(0, 100), position, hint: hint ?? suggest(name, known) })
}

function unsupportedName({ name, position }: Segment): Problem {
  return new Problem('request.unsupported', { detail: `"${name.slice(0, 100)}" is not supported`, target: name.slice(0, 100), position })
}
