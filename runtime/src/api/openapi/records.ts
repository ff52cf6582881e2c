// The schemas of records in the OpenAPI document: as they are read, and as they may be written.
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { labelText } from '@peyvand/core/base/label.ts'
import type { ValueKind } from '@peyvand/core/base/kind.ts'
import type { WireEntity } from '@peyvand/core/model/wire.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import type { Visible } from '../metadata.ts'
import { ref } from './parts.ts'

/** A record as it is read. */
export function recordSchema(visible: Visible, wire: WireEntity, language: string): JsonObject {
  const properties: JsonObject = { '@odata.etag': { type: 'string' } }
  for (const property of wire.shown.values())
    properties[property.name] = propertySchema(visible, wire, property.name, language)
  for (const navigation of wire.navigations.values()) {
    const target = ref(visible.model.entityById.get(navigation.target)!.name)
    properties[navigation.name] = navigation.collection
      ? { type: 'array', items: target }
      : { anyOf: [target, { type: 'null' }] }
  }
  return {
    type: 'object',
    description: labelText(wire.entity.description ?? wire.entity.label, language, wire.entity.name),
    properties,
  }
}

/** A record as it may be written. */
export function inputSchema(visible: Visible, wire: WireEntity, language: string): JsonObject {
  const properties: JsonObject = {}
  for (const property of wire.properties.values())
    if (!property.readOnly) properties[property.name] = propertySchema(visible, wire, property.name, language)
  for (const navigation of wire.navigations.values()) {
    properties[navigation.name] = navigation.collection
      ? { type: 'array', items: { type: 'object' } }
      : { type: ['object', 'null'] }
    if (navigation.collection) continue
    properties[`${navigation.name}@odata.bind`] = {
      type: ['string', 'null'],
      examples: [`/${visible.model.entityById.get(navigation.target)!.entitySet}(<uuid>)`],
    }
  }
  return { type: 'object', additionalProperties: false, properties }
}

function propertySchema(visible: Visible, wire: WireEntity, name: string, language: string): JsonObject {
  const { field, column, kind, nullable, mask } = wire.shown.get(name)!
  const main = mask === undefined && column === field.name + (typeOf(field).columns(field)[0]?.suffix ?? '')
  const schema = main ? typeOf(field).schema(field, visible.model) : kindSchemas[kind]
  const title = labelText(field.label, language, name)
  return nullable && main ? { title, anyOf: [schema, { type: 'null' }] } : { title, ...schema }
}

const kindSchemas: Readonly<Record<ValueKind, JsonObject>> = {
  text: { type: ['string', 'null'] },
  integer: { type: ['integer', 'null'] },
  decimal: { type: ['number', 'null'] },
  boolean: { type: ['boolean', 'null'] },
  date: { type: ['string', 'null'], format: 'date' },
  datetime: { type: ['string', 'null'], format: 'date-time' },
  uuid: { type: ['string', 'null'], format: 'uuid' },
  json: {},
  float: { type: ['number', 'null'] },
  time: { type: ['string', 'null'], format: 'time' },
  duration: { type: ['string', 'null'], format: 'duration' },
  texts: { type: 'array', items: { type: 'string' } },
  point: { type: ['object', 'null'] },
  polygon: { type: ['object', 'null'] },
}
