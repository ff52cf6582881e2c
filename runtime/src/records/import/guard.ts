// The guard against cells that a spreadsheet would run as a formula: an apostrophe in front, taken off again at import.

const dangerous = /^['\s]*[=+\-@|\t\r\uff1d\uff0b\uff0d\uff20\uff5c]/
const plainNumber = /^[+-]?\d+([.,]\d+)?$/
const guarded = /^'['\s]*[=+\-@|\t\r\uff1d\uff0b\uff0d\uff20\uff5c]/

/** A text cell that no spreadsheet takes for a formula. law: unguard(guard(text)) = text. */
export function guard(text: string): string {
  return isDangerous(text) ? `'${text}` : text
}

/** Whether a spreadsheet could take a text for a formula. */
export function isDangerous(text: string): boolean {
  return dangerous.test(text) && !plainNumber.test(text)
}

/** The text that was guarded; any other text is given back as it is. */
export function unguard(text: string): string {
  return guarded.test(text) && !plainNumber.test(text) ? text.slice(1) : text
}
