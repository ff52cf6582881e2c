// Numbers as people and programs write them, into canonical text. Decides what spelling is a number; the types decide limits.
import { decimalText } from '../base/decimal.ts'
import { latinNumber } from '../base/digits.ts'
import type { JsonValue } from '../base/json.ts'

/** A wire value (JSON number, or text in the digits of any script) → canonical text; undefined when it is no number. */
export function readNumber(value: JsonValue): string | undefined {
  if (typeof value === 'number') return decimalText(value)
  if (typeof value !== 'string' || value.length > 100) return undefined
  return decimalText(latinNumber(value))
}

const grouped = /^([+-]?)(\d{1,3}(?:([, \u00a0\u202f'’])\d{3})(?:\3\d{3})*)(\.\d+)?$/

/**
 * A number as typed or pasted → canonical text: digits of any script, groups of three set apart (1,234.50 · 1 234.50),
 * a currency sign before or after. "12,50" is refused, because it would mean two things.
 */
export function readTypedNumber(text: string): string | undefined {
  const plain = latinNumber(text.replace(/\p{Sc}/gu, '')).trim()
  const match = grouped.exec(plain)
  return decimalText(match ? match[1]! + match[2]!.replace(/\D/g, '') + (match[4] ?? '') : plain)
}
