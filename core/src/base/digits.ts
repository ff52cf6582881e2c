// Digits of the scripts people type in. Decides which characters count as digits and separators of a number, nothing else.

const zeros = [0x0660, 0x06f0, 0x0966, 0x09e6, 0x0e50, 0x0ed0, 0xff10]

/** The text with Arabic, Persian, Devanagari, Bengali, Thai, Lao and full-width digits written as 0–9. */
export function latinDigits(text: string): string {
  if (/^[ -~]*$/.test(text)) return text
  let out = ''
  for (const char of text) {
    const code = char.codePointAt(0)!
    const zero = zeros.find((z) => code >= z && code <= z + 9)
    out += zero === undefined ? char : String(code - zero)
  }
  return out
}

/** A number as typed, in plain ASCII: localized digits, the Arabic decimal and group signs, the real minus, no direction marks. */
export function latinNumber(text: string): string {
  return latinDigits(text.replace(/[\u200e\u200f\u061c\u2066-\u2069]/g, ''))
    .replaceAll('\u066b', '.')
    .replaceAll('\u066c', ',')
    .replaceAll('\u2212', '-')
    .trim()
}
