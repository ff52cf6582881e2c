// What a setting is, and the ways in which settings are read from a text: what is taken, what is refused and why, and what
// stands in the documentation when nothing is set. Which settings there are stands in the files beside it.

/** How a text becomes a value. */
export interface Reading<T> {
  /** What stands in the documentation as the default. */
  readonly shown: string
  /** The value from the text; undefined text means that nothing was set. */
  readonly read: (text: string | undefined) => T | Refusal
}

/** One setting. */
export interface Setting<T> extends Reading<T> {
  /** The environment variable. */
  readonly env: string
  readonly doc: string
}

/** Why a text is no value: a sentence that begins behind the name of the setting. */
export class Refusal {
  readonly sentence: string
  constructor(sentence: string) {
    this.sentence = sentence
  }
}

/** A setting. `shown`: its default, where that is more than a value. */
export function setting<T>(env: string, doc: string, reading: Reading<T>, shown = reading.shown): Setting<T> {
  return { env, doc, shown, read: reading.read }
}

const nothing = '–'

/** Any text. */
export function text(fallback: string): Reading<string> {
  return { shown: fallback, read: (written) => written ?? fallback }
}

/** Any text, or nothing. */
export const optional: Reading<string | undefined> = { shown: nothing, read: (written) => written }

/** A text that is long enough to be a secret, or nothing. */
export const secretText: Reading<string | undefined> = {
  shown: nothing,
  read(written) {
    if (written === undefined || written.length >= 32) return written
    return new Refusal('must have at least 32 characters')
  },
}

/** A whole number. */
export function integer(fallback: number, least: number, most: number): Reading<number> {
  return {
    shown: String(fallback),
    read(written) {
      if (written === undefined) return fallback
      const number = /^\d{1,15}$/.test(written) ? Number(written) : NaN
      if (number >= least && number <= most) return number
      return new Refusal(`must be a whole number from ${least} to ${most}`)
    },
  }
}

/** One of some words. */
export function oneOf<const T extends string>(fallback: T, values: readonly T[]): Reading<T> {
  return {
    shown: fallback,
    read(written) {
      const found = values.find((value) => value === (written ?? fallback))
      return found ?? new Refusal(`must be one of ${values.join(', ')}`)
    },
  }
}

const switches: Readonly<Record<string, boolean>> = {
  '1': true,
  true: true,
  on: true,
  '0': false,
  false: false,
  off: false,
}

/** On or off. */
export function flag<T extends boolean | undefined>(fallback: T): Reading<boolean | T> {
  return {
    shown: fallback === true ? '1' : '0',
    read(written) {
      if (written === undefined) return fallback
      return switches[written.toLowerCase()] ?? new Refusal('must be 1 or 0')
    },
  }
}

/** An address with one of the protocols, or nothing. */
export function url(...protocols: readonly string[]): Reading<string | undefined> {
  return {
    shown: nothing,
    read(written) {
      if (written === undefined) return undefined
      const parsed = URL.canParse(written) ? new URL(written) : undefined
      if (parsed !== undefined && protocols.includes(parsed.protocol)) return written.replace(/\/+$/, '')
      const starts = protocols.map((protocol) => `${protocol}//`).join(' or ')
      return new Refusal(`must be an address that starts with ${starts}`)
    },
  }
}

/** Texts with commas between them. */
export function list(fits: (text: string) => boolean, what: string): Reading<readonly string[]> {
  return {
    shown: nothing,
    read(written = '') {
      const found = written.split(',').flatMap((each) => each.trim() || [])
      const wrong = found.find((each) => !fits(each))
      return wrong === undefined ? found : new Refusal(`names "${wrong}", which is no ${what}`)
    },
  }
}
