// Formatters of the platform, kept once made (making one costs far more than using it). Decides the locale tag only.

const dates = new Map<string, Intl.DateTimeFormat>()
const numbers = new Map<string, Intl.NumberFormat>()
const names = new Map<string, Intl.DisplayNames>()
const lists = new Map<string, Intl.ListFormat>()

/** A date formatter for a language and options. */
export function dateFormat(language: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return kept(dates, language, options, (tag) => new Intl.DateTimeFormat(tag, options))
}

/** A number formatter for a language and options. */
export function numberFormat(language: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  return kept(numbers, language, options, (tag) => new Intl.NumberFormat(tag, options))
}

/** Texts as an enumeration in a language: "A, B". */
export function listFormat(language: string): Intl.ListFormat {
  const options: Intl.ListFormatOptions = { type: 'unit', style: 'short' }
  return kept(lists, language, options, (tag) => new Intl.ListFormat(tag, options))
}

/** Names of regions or languages in a language; a code without a name gives the code. */
export function namesOf(language: string, type: 'region' | 'language'): Intl.DisplayNames {
  return kept(names, language, { type }, (tag) => new Intl.DisplayNames(tag, { type }))
}

function kept<F>(made: Map<string, F>, language: string, options: object, make: (tag: string) => F): F {
  const key = `${language} ${JSON.stringify(options)}`
  const known = made.get(key)
  if (known !== undefined) return known
  if (made.size > 500) made.clear()
  let formatter: F
  try {
    formatter = make(language)
  } catch {
    formatter = make('en')
  }
  made.set(key, formatter)
  return formatter
}
