// Labels while they are edited: one text box in the language spoken, other languages kept as they are.
import type { JsonValue } from '@peyvand/core/base/json.ts'
import { isJsonObject } from '@peyvand/core/base/json.ts'
import { labelOf, spoken } from '../texts/text.ts'

/** A label's text in the language spoken. */
export function labelText(label: JsonValue | undefined): string {
  return typeof label === 'string' ? label : isJsonObject(label) ? labelOf(label as Record<string, string>) : ''
}

/** The label with another text in the language spoken. A label of one text for all languages stays one in English. */
export function withLabel(label: JsonValue | undefined, text: string): JsonValue {
  if (isJsonObject(label)) return { ...label, [spoken()]: text }
  if (spoken() === 'en' || label === undefined || label === null || label === '')
    return spoken() === 'en' ? text : { [spoken()]: text }
  return { en: label, [spoken()]: text }
}
