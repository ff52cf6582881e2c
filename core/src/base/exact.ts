// JSON whose numbers keep every digit on their way through: what a double would round stays the text it was, and is written
// as that text again. Who wants the digits of a number asks for them here.

/** `JSON.parse` and `JSON.rawJSON` with the text of a number, which the library's types do not know yet. */
const exactJson = JSON as unknown as {
  parse(text: string, revive: (key: string, value: unknown, context: { source?: string }) => unknown): unknown
  rawJSON(text: string): object
  isRawJSON(value: unknown): value is { rawJSON: string }
}

/**
 * Parses JSON; a number that is written in another way than its value is kept as it is written. law:
 * JSON.stringify(readExactly(t)) = t for what JSON.stringify wrote, with whatever digits.
 */
export function readExactly(text: string): unknown {
  return exactJson.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && String(value) !== source ? exactJson.rawJSON(source) : value,
  )
}

/** A value that `readExactly` gave, for who knows nothing of that: a number of many digits as text, lists and objects as usual. */
export function plainly(value: unknown): unknown {
  if (exactJson.isRawJSON(value)) return value.rawJSON
  return typeof value === 'object' ? JSON.parse(JSON.stringify(value)) : value
}
