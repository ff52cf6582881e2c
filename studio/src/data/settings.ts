// What the reader chose: language, calendar, theme, density, sidebar. Kept in this browser, applied to the page at once
// without reload. What of it goes to the server and comes from there is data/preferences.ts's business.
import { languages, type Language } from '@peyvand/core/base/label.ts'
import { Store } from '../kit/view.ts'
import { speak } from '../texts/text.ts'

export type Theme = 'light' | 'dark' | 'system'
export type Density = 'compact' | 'normal' | 'touch'
export type Calendar = 'gregory' | 'persian' | 'buddhist'

const locales: Readonly<Record<Language, { locale: string; calendar: Calendar; name: string }>> = {
  en: { locale: 'en-GB', calendar: 'gregory', name: 'English' },
  fa: { locale: 'fa-IR-u-nu-arabext', calendar: 'persian', name: 'فارسی' },
  ru: { locale: 'ru-RU', calendar: 'gregory', name: 'Русский' },
  th: { locale: 'th-TH', calendar: 'buddhist', name: 'ไทย' },
  ro: { locale: 'ro-RO', calendar: 'gregory', name: 'Română' },
}

/** What a person may choose; a calendar of null is the language's own. */
export interface Choices {
  readonly language: Language
  readonly calendar: Calendar | null
  readonly theme: Theme
  readonly density: Density
}

/** What can be chosen for each. */
export const choices = {
  language: languages,
  calendar: ['gregory', 'persian', 'buddhist'],
  theme: ['light', 'dark', 'system'],
  density: ['compact', 'normal', 'touch'],
} as const

export type ChoiceName = keyof Choices

/** A language's own name, for the switch. */
export const languageName = (language: Language): string => locales[language].name

class Settings extends Store implements Choices {
  language: Language = 'en'
  theme: Theme = 'system'
  density: Density = 'normal'
  narrow = false
  /** Choices made here that the person's own record on the server does not hold yet. */
  unsent: ReadonlySet<ChoiceName> = new Set()
  #calendar: Calendar | null = null

  /** BCP 47 tag with calendar and digits. */
  get locale(): string {
    const { locale } = locales[this.language]
    const [tag, more] = locale.split('-u-')
    return this.calendar === 'gregory' ? locale : `${tag}-u-ca-${this.calendar}${more ? `-${more}` : ''}`
  }
  get calendar(): Calendar {
    return this.#calendar ?? locales[this.language].calendar
  }
  /** The calendar the person chose; null when it goes with the language. */
  get chosenCalendar(): Calendar | null {
    return this.#calendar
  }
  get rtl(): boolean {
    return this.language === 'fa'
  }
  get timeZone(): string {
    return Intl.DateTimeFormat().resolvedOptions().timeZone
  }

  /** Reads what was chosen before (else what the browser prefers) and applies it. */
  async load(): Promise<void> {
    const kept = read()
    this.language = pick(languages, kept['language']) ?? pick(languages, navigator.language.slice(0, 2)) ?? 'en'
    this.#calendar = pick(choices.calendar, kept['calendar']) ?? null
    this.theme = pick(choices.theme, kept['theme']) ?? 'system'
    this.density =
      pick(choices.density, kept['density']) ?? (matchMedia('(pointer: coarse)').matches ? 'touch' : 'normal')
    this.narrow = kept['narrow'] === true
    const unsent = Array.isArray(kept['unsent']) ? kept['unsent'] : []
    this.unsent = new Set(unsent.flatMap((name) => pick(Object.keys(choices) as ChoiceName[], name) ?? []))
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#apply())
    // Paper is white.
    addEventListener('beforeprint', () => (document.documentElement.dataset['theme'] = 'light'))
    addEventListener('afterprint', () => this.#apply())
    await speak(this.language, this.locale)
    this.#apply()
  }

  /** Chooses something: kept in this browser, and for the server as soon as somebody is signed in. */
  async choose(change: Partial<Choices>): Promise<void> {
    this.unsent = new Set([...this.unsent, ...(Object.keys(change) as ChoiceName[])])
    await this.#take(change)
  }

  /** Takes over what the server has for this person; what was chosen here since stays. */
  async adopt(change: Readonly<Record<string, unknown>>): Promise<void> {
    const known: { -readonly [name in ChoiceName]?: Choices[name] } = {
      language: pick(choices.language, change['language']),
      calendar: change['calendar'] === null ? null : pick(choices.calendar, change['calendar']),
      theme: pick(choices.theme, change['theme']),
      density: pick(choices.density, change['density']),
    }
    for (const name of Object.keys(known) as ChoiceName[])
      if (known[name] === undefined || this.unsent.has(name)) delete known[name]
    if (Object.keys(known).length > 0) await this.#take(known)
  }

  /** Says that the server has some choices now. */
  sent(names: readonly ChoiceName[]): void {
    this.unsent = new Set([...this.unsent].filter((name) => !names.includes(name)))
    this.#keep()
  }

  /** Makes the sidebar narrow or wide, in this browser. */
  setNarrow(narrow: boolean): void {
    this.narrow = narrow
    this.#keep()
    this.changed()
  }

  async #take({ language, calendar, theme, density }: Partial<Choices>): Promise<void> {
    if (calendar !== undefined) this.#calendar = calendar
    if (theme !== undefined) this.theme = theme
    if (density !== undefined) this.density = density
    if (language !== undefined) {
      await speak(language, locales[language].locale)
      this.language = language
    }
    this.#keep()
    this.#apply()
    this.changed()
  }

  #keep(): void {
    const { language, theme, density, narrow } = this
    const kept = { language, calendar: this.#calendar, theme, density, narrow, unsent: [...this.unsent] }
    localStorage.setItem('peyvand', JSON.stringify(kept))
  }

  #apply(): void {
    const root = document.documentElement
    const dark =
      this.theme === 'dark' || (this.theme === 'system' && matchMedia('(prefers-color-scheme: dark)').matches)
    root.lang = this.language
    root.dir = this.rtl ? 'rtl' : 'ltr'
    root.dataset['theme'] = dark ? 'dark' : 'light'
    root.dataset['density'] = this.density
  }
}

/** The reader's settings. */
export const settings = new Settings()

function read(): Record<string, unknown> {
  try {
    return JSON.parse(localStorage.getItem('peyvand') ?? '{}') as Record<string, unknown>
  } catch {
    return {}
  }
}

function pick<T extends string>(allowed: readonly T[], value: unknown): T | undefined {
  return allowed.find((one) => one === value)
}
