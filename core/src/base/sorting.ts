// How texts sort for people: by the rules of the reader's language, in browser and server alike. Names the collations the
// database has for them (made by a migration) and holds the rules for a database whose ICU brings only the root ones.
import type { Language } from './label.ts'

/** Languages whose order is not simply the root one of Unicode, with what differs, as ICU writes it. */
export const sortRules: Readonly<Partial<Record<Language, string>>> = {
  fa: '[reorder Arab]&[before 1]ا<آ &ا<<ٱ<ء<<أ<<ٲ<<إ<<ٳ<<ؤ<<ئ &ک<<ڪ<<ګ<<ك<<ڬ<<ڭ<<ڮ &ۏ<ه<<ە<<ہ<<ة<<ۃ<<ۀ<<ھ &ی<<ى<<ے<<ي<<ې<<ۍ<<ێ',
  ro: '&A<ă<<<Ă<â<<<Â &I<î<<<Î &S<ș=ş<<<Ș=Ş &T<ț=ţ<<<Ț=Ţ',
  ru: '[reorder Cyrl]',
  // Tone and vowel signs come in any order from keyboards: they are put in one before they are compared.
  th: '[normalization on][reorder Thai][alternate shifted]',
}

/** Name of the database's collation for a language, quoted and qualified; the root one where nothing differs. */
export function collationOf(language: string | undefined): string {
  const known = language?.split('-')[0] as Language | undefined
  return known !== undefined && sortRules[known] !== undefined ? `"platform"."sort_${known}"` : '"und-x-icu"'
}
