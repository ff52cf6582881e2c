// Whether a record would change: stored and new values in one spelling. A row that says what is there already is not
// written, so that its version and its dates stay.
import { decimalText } from '@peyvand/core/base/decimal.ts'
import { plainText, type JsonObject, type JsonValue } from '@peyvand/core/base/json.ts'
import type { Value, ValueKind } from '@peyvand/core/base/kind.ts'

/** A value in the one spelling of its kind; null for no value, and for a list of none, which is how no value is read. */
export function spell(kind: ValueKind, value: JsonValue | Value | undefined): string | null {
  if (value === null || value === undefined) return null
  if (kind === 'texts' && Array.isArray(value) && value.length === 0) return null
  const text = plainText(value as JsonValue)
  if (kind === 'decimal' || kind === 'integer' || kind === 'float') return decimalText(text) ?? text
  if (kind === 'datetime') return String(new Date(text).getTime())
  return kind === 'uuid' ? text.toLowerCase() : text
}

/** The values that differ from the record's, or undefined when none does. */
export function changedValues(
  values: Readonly<Record<string, Value>>,
  record: JsonObject,
  kinds: ReadonlyMap<string, ValueKind>,
): Record<string, Value> | undefined {
  const changed = Object.entries(values).filter(([name, value]) => {
    const kind = kinds.get(name) ?? 'text'
    return !(name in record) || spell(kind, value) !== spell(kind, record[name])
  })
  return changed.length === 0 ? undefined : Object.fromEntries(changed)
}
