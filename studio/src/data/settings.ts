// What the reader chose: language, theme, density, sidebar. Kept in this browser, applied to the page at once without reload.
import { languages, type Language } from '@peyvand/core/base/label.ts'
import { Store } from '../kit/view.ts'
import { speak } from '../texts/text.ts'

export type Theme = 'light' | 'dark' | 'system'
export type Density = 'compact' | 'normal' | 'touch'
export type Calendar = 'gregory' | 'persian' | 'buddhist'

const locales: Readonly<Record<Language, { locale: string; calendar: Calendar; name: string }>> = {
  en: { locale: 'en-GB', calendar: 'gregory', name: 'English' },
  fa: { locale: 'fa-IR-u-ca-persian-nu-arabext', calendar: 'persian', name: 'فارسی' },
  ru: { locale: 'ru-RU', calendar: 'gregory', name: 'Русский' },
  th: { locale: 'th-TH-u-ca-buddhist', calendar: 'buddhist', name: 'ไทย' },
  ro: { locale: 'ro-RO', calendar: 'gregory', name: 'Română' },
}

/** A language's own name, for the switch. */
export const languageName = (language: Language): string => locales[language].name

class Settings extends Store {
  language: Language = 'en'
  theme: Theme = 'system'
  density: Density = 'normal'
  narrow = false

  get locale(): string {
    return locales[this.language].locale
  }
  get calendar(): Calendar {
    return locales[this.language].calendar
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
    this.theme = pick(['light', 'dark', 'system'] as const, kept['theme']) ?? 'system'
    this.density =
      pick(['compact', 'normal', 'touch'] as const, kept['density']) ??
      (matchMedia('(pointer: coarse)').matches ? 'touch' : 'normal')
    this.narrow = kept['narrow'] === true
    matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#apply())
    await speak(this.language, this.locale)
    this.#apply()
  }

  /** Changes some settings, keeps them and repaints the app. */
  async set(change: Partial<Pick<Settings, 'language' | 'theme' | 'density' | 'narrow'>>): Promise<void> {
    if (change.language) await speak(change.language, locales[change.language].locale)
    Object.assign(this, change)
    const { language, theme, density, narrow } = this
    localStorage.setItem('peyvand', JSON.stringify({ language, theme, density, narrow }))
    this.#apply()
    this.changed()
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
