// How values cross to PostgreSQL and back, the same on both engines: every parameter travels as text, and results come
// back as text except booleans, small integers, floats, JSON and arrays of them. Time is never a Date: no time zone trap.

/** A parameter as the text PostgreSQL reads. A list is an array literal: give JSON lists as JSON text. */
export function parameterText(value: unknown): string | null {
  if (typeof value === 'string') return value
  if (value === null || value === undefined) return null
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (value instanceof Date) return value.toISOString()
  if (value instanceof Uint8Array)
    return `\\x${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')}`
  if (Array.isArray(value)) return arrayText(value)
  return JSON.stringify(value)
}

function arrayText(items: readonly unknown[]): string {
  const parts = items.map((item) => {
    if (Array.isArray(item)) return arrayText(item)
    const text = parameterText(item)
    return text === null ? 'NULL' : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
  })
  return `{${parts.join(',')}}`
}

/** Types of which the text is the value: int8, numeric, date, time, timestamp, timestamptz, interval, timetz. */
export const textTypes: readonly number[] = [20, 1700, 1082, 1083, 1114, 1184, 1186, 1266]
/** Their array types. */
export const textArrayTypes: readonly number[] = [1016, 1231, 1182, 1183, 1115, 1185, 1187, 1270]
