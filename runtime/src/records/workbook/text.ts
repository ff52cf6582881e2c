// Texts as they stand in a workbook: XML's own signs, and the spelling `_x000D_` for characters XML cannot have.

const forbidden = /[^\P{Cc}\t\n]|[\ufffe\uffff]/gu
const spelled = /_x([0-9a-f]{4})_/gi

/** A text for an element. law: textIn(xml) as a reader of XML gives it is the text again. */
export function xmlText(text: string): string {
  const plain = text.replace(spelled, '_x005F_x$1_').replace(forbidden, (sign) => `_x${hex(sign)}_`)
  return plain.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

/** A text for an attribute. */
export function xmlAttribute(text: string): string {
  return xmlText(text).replaceAll('"', '&quot;').replaceAll('\n', '&#10;').replaceAll('\t', '&#9;')
}

/** What a text of a workbook says. */
export function textIn(text: string): string {
  return text.includes('_x')
    ? text.replace(spelled, (_, code: string) => String.fromCharCode(parseInt(code, 16)))
    : text
}

const hex = (sign: string): string => sign.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')

/** The letters of a column: 0 → A, 26 → AA. */
export function columnName(place: number): string {
  const letter = String.fromCharCode(65 + (place % 26))
  return place < 26 ? letter : columnName(Math.floor(place / 26) - 1) + letter
}

/** The place of a cell's column: B7 → 1; undefined when it says none. */
export function columnPlace(reference: string): number | undefined {
  const letters = /^[A-Z]{1,3}(?=\d|$)/.exec(reference)?.[0]
  if (letters === undefined) return undefined
  return letters.split('').reduce((sum, letter) => sum * 26 + letter.charCodeAt(0) - 64, 0) - 1
}
