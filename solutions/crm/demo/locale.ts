// What the generator must know of a language and its market: names, companies, places and the phrases people write.
// The lists were written for this project; people, companies and addresses are made up.

/** A word as people write it, and its spelling in addresses of mails and sites. */
export interface Spelled {
  readonly text: string
  readonly latin: string
}

/** A family name; some languages have another form for women. */
export interface Family {
  readonly man: Spelled
  readonly woman: Spelled
}

/** How companies of an industry are called: `{}` is the company's own word. */
export interface Firm {
  readonly industry: string
  readonly pattern: string
  readonly latin: string
}

export interface City {
  readonly name: string
  readonly region: string
  readonly area: string
  readonly postal: string
}

export interface Locale {
  readonly language: 'en' | 'fa' | 'ru' | 'th' | 'ro'
  readonly country: string
  readonly currency: string
  /** The sales office that works this market. */
  readonly office: string
  readonly timeZone: string
  readonly calendar: 'gregory' | 'persian' | 'buddhist'
  /** Dialling prefixes: country, and how mobile numbers begin. */
  readonly dial: string
  readonly mobile: string
  readonly cities: readonly City[]
  readonly streets: readonly string[]
  readonly women: readonly Spelled[]
  readonly men: readonly Spelled[]
  readonly families: readonly Family[]
  readonly roots: readonly Spelled[]
  readonly firms: readonly Firm[]
  /** Job titles; the first third decides. */
  readonly titles: readonly string[]
  readonly departments: readonly string[]
  readonly seller: string
  readonly manager: string
  /** Names of deals about devices; `{}` is the product. */
  readonly deals: readonly string[]
  /** Names of deals about software and services. */
  readonly services: readonly string[]
  readonly subjects: Readonly<Record<'task' | 'phone_call' | 'meeting' | 'email', readonly string[]>>
  readonly notes: readonly string[]
  readonly steps: readonly string[]
  readonly wishes: readonly string[]
  readonly about: string
}

/** Reads `سارا=sara|مریم=maryam`. */
export function spelled(list: string): Spelled[] {
  return list.split('|').map((pair) => {
    const [text, latin] = pair.split('=')
    return { text: text!.trim(), latin: latin!.trim() }
  })
}

/** Reads family names with one form for everybody. */
export function families(list: string): Family[] {
  return spelled(list).map((name) => ({ man: name, woman: name }))
}

/** Reads `energy:{} Energy=energy|…`. */
export function firms(list: string): Firm[] {
  return list.split('|').map((entry) => {
    const [industry, rest] = entry.split(':')
    const [pattern, latin] = rest!.split('=')
    return { industry: industry!.trim(), pattern: pattern!.trim(), latin: latin!.trim() }
  })
}

/** Reads `Tehran,Tehran Province,21,11369|…`. */
export function cities(list: string): City[] {
  return list.split('|').map((entry) => {
    const [name, region, area, postal] = entry.split(',').map((part) => part.trim())
    return { name: name!, region: region!, area: area!, postal: postal! }
  })
}
