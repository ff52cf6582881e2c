// Values while an expression is evaluated: how two of a kind compare and how numbers come and go. Agrees with PostgreSQL
// on order (code points for text, bytes for ids) and on what counts as equal.
import { valueText, type Value, type ValueKind } from '../../base/kind.ts'
import { spanOf } from '../../base/clock.ts'
import { compareDecimals, parseDecimal, printDecimal, type Decimal } from '../decimal.ts'

/** The number in a value; zero for what is no number (bind has checked the kinds). */
export function toDecimal(value: Value): Decimal {
  return parseDecimal(valueText(value)) ?? { digits: 0n, scale: 0 }
}

/** A decimal as a value of the kind: whole numbers as number while they are exact. */
export function fromDecimal(value: Decimal, kind: ValueKind): Value {
  const text = printDecimal(value)
  return kind === 'integer' && Number.isSafeInteger(Number(text)) ? Number(text) : text
}

/** Milliseconds since 1970 of a moment in any spelling. */
export function toTime(value: Value): number {
  return Date.parse(valueText(value))
}

/** Milliseconds of a duration; below zero when it goes back. */
export function toLength(value: Value): number {
  return spanOf(valueText(value)) ?? 0
}

/** Less than, equal to or greater than zero. */
export function compareValues(a: Value, b: Value, kind: ValueKind): number {
  switch (kind) {
    case 'integer':
    case 'decimal':
      return compareDecimals(toDecimal(a), toDecimal(b))
    case 'float':
      return Number(a) - Number(b)
    case 'datetime':
      return toTime(a) - toTime(b)
    case 'duration':
      return toLength(a) - toLength(b)
    case 'boolean':
      return Number(a) - Number(b)
    case 'uuid':
      return compareText(valueText(a).toLowerCase(), valueText(b).toLowerCase())
    default:
      return compareText(valueText(a), valueText(b))
  }
}

/** Code point order, as PostgreSQL's "C"; plain JavaScript order would put astral characters before U+E000. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x !== y) return isSurrogate(x) === isSurrogate(y) ? x - y : isSurrogate(x) ? 1 : -1
  }
  return a.length - b.length
}

function isSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdfff
}

/** Days since 1970 of a day. */
export function toDays(day: Value): number {
  const text = valueText(day)
  const date = new Date(0)
  date.setUTCFullYear(Number(text.slice(0, 4)), Number(text.slice(5, 7)) - 1, Number(text.slice(8, 10)))
  return Math.round(date.getTime() / 86_400_000)
}

/** The day so many days after 1970, or null outside of the years 1 to 9999. */
export function fromDays(days: number): string | null {
  const date = new Date(days * 86_400_000)
  const year = date.getUTCFullYear()
  return year >= 1 && year <= 9999 ? date.toISOString().slice(0, 10) : null
}

/** The UTC day of a moment or day. */
export function dayOf(value: Value): string {
  const text = valueText(value)
  return text.length === 10 ? text : new Date(toTime(value)).toISOString().slice(0, 10)
}

/** The characters of a text (code points, as PostgreSQL counts). */
export function charactersOf(text: Value): string[] {
  return Array.from(valueText(text))
}
