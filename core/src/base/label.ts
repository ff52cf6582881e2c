// Labels: text in several languages. Decides the fallback order and nothing else.

export const languages = ['en', 'fa', 'ru', 'th', 'ro'] as const
export type Language = (typeof languages)[number]

/** A label: one text for every language, or one per language tag. */
export type Label = string | Readonly<Record<string, string>>

/** The label's text in a language; falls back to English, then to any text, then to the given name. */
export function labelText(label: Label | undefined, language: string, name = ''): string {
  if (label === undefined) return name
  if (typeof label === 'string') return label
  return label[language] ?? label[language.split('-')[0]!] ?? label['en'] ?? Object.values(label)[0] ?? name
}

/** Whether a language is written from right to left. `language`: a tag such as `fa` or `fa-IR`. */
export function isRightToLeft(language: string): boolean {
  return /^(fa|ar|he|ur)\b/.test(language)
}
