// JSON as a type. Decides nothing; every layer that touches the wire names its values with these.

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue }
export type JsonObject = { [key: string]: JsonValue }

/** A property that is text, else nothing: for documents whose shape is not checked yet. */
export function textIn(object: JsonObject, property: string): string {
  const value = object[property]
  return typeof value === 'string' ? value : ''
}

/** True for a plain JSON object (not null, not a list). */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A value as plain text: a text as it is, nothing for null, anything else as JSON. */
export function plainText(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}
