// Translations of a solution: how a label is named in translations/<language>.json, and how the texts are put into the
// definitions. The definition itself carries English. Pure; reading the files is the runtime's work.
import type { JsonObject, JsonValue } from '../base/json.ts'
import { isJsonObject } from '../base/json.ts'

/** The properties that hold text for people, in any definition and at any depth. */
const texts = ['label', 'plural', 'description'] as const

/** Texts of one language by key. shape: `{ "entity/account": "حساب", "entity/account.plural": "حساب‌ها", … }`. */
export type Translations = Readonly<Record<string, string>>

/** Visits one text: its key and where it stands. */
type Visit = (key: string, holder: JsonObject, property: string) => void

/**
 * The key of every text of a definition, with the text as written. A key is the path of names to the part
 * (`entity/account/fields/industry/options/retail`); texts other than the label add `.plural` or `.description`.
 */
export function textsOf(definition: JsonObject): Map<string, JsonValue> {
  const found = new Map<string, JsonValue>()
  walk(definition, rootKey(definition), (key, holder, property) => found.set(key, holder[property]!))
  return found
}

/**
 * The definition with its texts in every language that has them: `"Account"` becomes `{ en: "Account", fa: "حساب", … }`.
 * law: without translations the definition comes back as it was.
 */
export function translate(definition: JsonObject, translations: ReadonlyMap<string, Translations>): JsonObject {
  const copy = structuredClone(definition)
  walk(copy, rootKey(copy), (key, holder, property) => {
    holder[property] = inLanguages(holder[property]!, key, translations)
  })
  return copy
}

function inLanguages(text: JsonValue, key: string, translations: ReadonlyMap<string, Translations>): JsonValue {
  const label: JsonObject = isJsonObject(text) ? text : { en: text }
  for (const [language, translated] of translations) {
    const found = translated[key]
    if (found !== undefined && label[language] === undefined) label[language] = found
  }
  return isJsonObject(text) || Object.keys(label).length > 1 ? label : text
}

function rootKey(definition: JsonObject): string {
  return `${(definition['kind'] ?? 'solution') as string}/${definition['name'] as string}`
}

function walk(part: JsonObject, key: string, visit: Visit): void {
  for (const property of texts) {
    const text = part[property]
    if (typeof text === 'string' || isJsonObject(text))
      visit(property === 'label' ? key : `${key}.${property}`, part, property)
  }
  for (const [property, value] of Object.entries(part)) {
    if (!Array.isArray(value)) continue
    for (const item of value) {
      const name = isJsonObject(item) ? (item['name'] ?? item['value']) : undefined
      if (isJsonObject(item) && typeof name === 'string') walk(item, `${key}/${property}/${name}`, visit)
    }
  }
}
