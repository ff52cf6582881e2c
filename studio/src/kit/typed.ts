// Numbers between a person's keyboard and the wire: digits of any script in, canonical text out, and back for editing.
import { latinNumber } from '@peyvand/core/base/digits.ts'

/** A number as typed in a language → canonical text; the text itself when it is not a number. */
export function readNumber(text: string, locale: string): string {
  const comma = decimalSign(locale) === ',' && /,/.test(text)
  const ascii = latinNumber(text).replace(/[\s\u00a0\u202f'’_]/g, '')
  const canonical = comma ? ascii.replaceAll('.', '').replace(',', '.') : ascii.replaceAll(',', '')
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(canonical) ? canonical.replace(/^\+/, '') : text
}

/** The value as someone would go on typing it: the reader's digits and decimal sign, no groups. */
export function plainNumber(value: string | number | null | undefined, locale: string): string {
  if (value === null || value === undefined) return ''
  const text = String(value)
  if (!/^-?\d+(\.\d+)?$/.test(text)) return text
  const digits = Array.from(new Intl.NumberFormat(locale, { useGrouping: false }).format(9_876_543_210)).reverse()
  return text.replace(/\d/g, (digit) => digits[Number(digit)]!).replace('.', decimalSign(locale))
}

function decimalSign(locale: string): string {
  return new Intl.NumberFormat(locale).formatToParts(1.5).find((part) => part.type === 'decimal')?.value ?? '.'
}
