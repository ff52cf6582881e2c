// UUIDs as text. Decides what counts as one and how it is written; making one is the caller's (ids come in as arguments).

const form = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** True for a UUID in its usual 36 characters, upper or lower case. */
export function isUuid(value: unknown): value is string {
  return typeof value === 'string' && value.length === 36 && form.test(value)
}
