// Texts of the app in the reader's language: picks the plural form, fills in values and isolates them in mixed-direction text.
// English is in the first load; the other languages come as their own chunk.
import type { Language } from '@peyvand/core/base/label.ts'
import { labelText, type Label } from '@peyvand/core/base/label.ts'
import { en } from './en.ts'
import type { enAccess } from './en-access.ts'
import type { enAccount } from './en-account.ts'
import type { enImport } from './en-import.ts'
import type { enPrivacy } from './en-privacy.ts'
import type { enRoles } from './en-roles.ts'
import type { enSharing } from './en-sharing.ts'
import type { enLater } from './en-later.ts'
import type { enStudio } from './en-studio.ts'

/** English words: of the first load, and of the chunks that bring their own. */
type English = typeof en &
  typeof enAccess &
  typeof enAccount &
  typeof enImport &
  typeof enPrivacy &
  typeof enRoles &
  typeof enSharing &
  typeof enLater &
  typeof enStudio
export type TextKey = keyof English
/** A text with one form per plural category of its language. */
export type Plural = Readonly<Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }>
/** Every text of one language; a missing key does not compile. */
export type Texts = Readonly<Record<TextKey, string | Plural>>

/** What is there in English: that of the first load, then what other chunks bring. */
let english = en as Texts

const loaders: Readonly<Record<Language, () => Promise<Texts>>> = {
  en: () => Promise.resolve(english),
  fa: async () => (await import('./fa.ts')).fa,
  ru: async () => (await import('./ru.ts')).ru,
  th: async () => (await import('./th.ts')).th,
  ro: async () => (await import('./ro.ts')).ro,
}

let texts = english
let current: Language = 'en'
let plural = new Intl.PluralRules('en')
let counts = new Intl.NumberFormat('en')

/** Loads a language's texts and makes them the ones `say` gives. */
export async function speak(language: Language, locale: string): Promise<void> {
  texts = await loaders[language]()
  current = language
  plural = new Intl.PluralRules(language)
  counts = new Intl.NumberFormat(locale)
}

/** Adds the English texts of a chunk that has come. */
export function addEnglish(more: Partial<Texts>): void {
  english = { ...english, ...more }
  if (current === 'en') texts = english
}

/** The language the app speaks now. */
export const spoken = (): Language => current

/** The text of a key. Numbers are written in the reader's digits; `count` also picks the plural form. */
export function say(key: TextKey, values: Readonly<Record<string, string | number>> = {}): string {
  const text = texts[key] ?? english[key]
  const form = typeof text === 'string' ? text : (text[plural.select(Number(values['count'] ?? 0))] ?? text.other)
  return form.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const value = values[name]
    if (value === undefined) return whole
    return typeof value === 'number' ? counts.format(value) : isolate(value)
  })
}

/** A user's value inside a sentence, kept from turning the sentence's direction (first strong isolate … pop). */
export const isolate = (value: string): string => `\u2068${value}\u2069`

/** A definition's label in the language spoken. */
export const labelOf = (label: Label | undefined, name = ''): string => labelText(label, current, name)
