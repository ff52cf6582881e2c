// The closed list of value kinds: how an expression, a filter and a column speak of the same value.
// A field type says which kind its values are; it never adds one.

export const valueKinds = [
  'text',
  'integer',
  'decimal',
  'float',
  'boolean',
  'date',
  'time',
  'datetime',
  'duration',
  'uuid',
  'texts',
  'point',
  'polygon',
  'json',
] as const
export type ValueKind = (typeof valueKinds)[number]

/**
 * A value in memory, by kind. shape: text, uuid, date ("2026-11-25"), time ("10:00:00.5"), datetime
 * ("2026-11-25T10:00:00.000Z"), duration ("PT1H30M") and decimal ("12.50", so that no digit is lost) are strings; integer is
 * a number, beyond 2^53 its text; float is a number; texts is a list of strings; point is a GeoJSON Point; polygon a GeoJSON
 * Polygon or MultiPolygon with its bounding box; json is any
 * JSON value.
 */
export type Value = string | number | boolean | null | object

const unordered: ReadonlySet<ValueKind> = new Set(['texts', 'point', 'polygon', 'json'])

/** Whether values of a kind come before and after one another. */
export function isOrdered(kind: ValueKind): boolean {
  return !unordered.has(kind)
}

/** The value as plain text: JSON where it is JSON, nothing for null. */
export function valueText(value: Value): string {
  if (value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
