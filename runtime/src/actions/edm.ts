// From the JSON Schema of a parameter or result to its type in the entity data model. What the model has no name for is
// Edm.Untyped.
import type { JsonObject } from '@peyvand/core/base/json.ts'

const formats: Readonly<Record<string, string>> = {
  uuid: 'Edm.Guid',
  date: 'Edm.Date',
  'date-time': 'Edm.DateTimeOffset',
  time: 'Edm.TimeOfDay',
  duration: 'Edm.Duration',
}
const types: Readonly<Record<string, string>> = {
  string: 'Edm.String',
  integer: 'Edm.Int64',
  number: 'Edm.Decimal',
  boolean: 'Edm.Boolean',
}

/** The EDM type of a value that a schema describes: `Edm.Guid`, `Collection(Edm.String)`. */
export function edmOf(schema: JsonObject): string {
  const { type, format, items } = schema
  if (type === 'array') {
    const item = typeof items === 'object' && items !== null ? edmOf(items as JsonObject) : 'Edm.Untyped'
    return `Collection(${item})`
  }
  if (type === 'string' && typeof format === 'string' && Object.hasOwn(formats, format)) return formats[format]!
  return typeof type === 'string' && Object.hasOwn(types, type) ? types[type]! : 'Edm.Untyped'
}
