// Whether a record would change: stored and new values in one spelling. A row that says what is there already is not
// written, so that its version and its dates stay.
import { decimalText } from '@peyvand/core/base/decimal.ts'
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import type { Value, ValueKind } from '@peyvand/core/base/kind.ts'

/** A value in the one spelling of its kind; null for no value. */
export function spell(kind: ValueKind, value: JsonValue | Value | undefined): string | null {
  if (value === null || value === undefined) return null
  if (kind === 'decimal' || kind === 'integer') return decimalText(typeof value === 'number' ? value : String(value)) ?? String(value)
  if (kind === 'datetime') return String(new Date(String(value)).getTime())
  if (kind === 'uuid') return String(value).toLowerCase()
  return kind === 'json' ? JSON.stringify(value) : String(value)
}

/** The values that differ from the record's, or undefined when none does. */
export function changedValues(values: Readonly<Record<string, Value>>, record: JsonObject, kinds: ReadonlyMap<string, ValueKind>): Record<string, Value> | undefined {
  const changed = Object.entries(values).filter(([name, value]) => {
    const kind = kinds.get(name) ?? 'text'
    return !(name in record) || spell(kind, value) !== spell(kind, record[name])
  })
  return changed.length === 0 ? undefined : Object.fromEntries(changed)
}
