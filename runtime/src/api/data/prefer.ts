// What the caller prefers (RFC 7240): each preference by its name, what it may be, and what is told of it as applied. Unknown ones
// are ignored, as the RFC says; unreadable known ones are not.
import { Problem } from '@peyvand/core/base/problem.ts'
import { unreadable } from './headers.ts'

/** What the caller prefers. */
export interface Preferences {
  readonly return?: 'minimal' | 'representation'
  /** Records on a page. */
  readonly pageSize?: number
  /** True when formatted values are wanted beside the raw ones. */
  readonly annotations: boolean
  readonly calendar?: 'gregory' | 'persian' | 'buddhist'
  readonly timeZone?: string
  /** The name by which it was asked to leave out what is null. */
  readonly omitNulls?: string
  /** Whether a list shall say how to ask for its changes; the name it was asked by. */
  readonly trackChanges?: string
  /** What cannot be honoured of the preferences for lists is an error. */
  readonly strict?: boolean
  /** What is too much for one transaction may be done by a job. */
  readonly respondAsync?: boolean
  /** What was honoured, for `Preference-Applied`. */
  readonly applied: readonly string[]
}

const nothing: Preferences = { annotations: false, applied: [] }

const largestPage = 5000

/** Reads `Prefer`. */
export function readPrefer(header: string | undefined): Preferences | Problem {
  if (header === undefined) return nothing
  if (header.length > 1000) return unreadable('Prefer', 'The header is longer than 1,000 characters')
  const given = new Map<string, string>()
  for (const part of header.matchAll(/([^\s;,="]+)(?:\s*=\s*(?:"([^"]*)"|([^\s;,"]*)))?/g)) {
    const name = part[1]!.toLowerCase()
    if (!given.has(name)) given.set(name, part[2] ?? part[3] ?? '')
  }
  const noted: Noted = { ...nothing }
  const applied: string[] = []
  for (const [name, value] of given) {
    const told = notes.get(name)?.(noted, value, name)
    if (told instanceof Problem) return told
    if (told !== undefined) applied.push(told)
  }
  return { ...noted, applied }
}

/** Preferences while they are read. */
type Noted = { -readonly [K in keyof Preferences]: Preferences[K] }

/** Notes one preference; gives what is told of it as applied, nothing where it is heard only or the answer tells. */
type Note = (into: Noted, value: string, name: string) => string | Problem | undefined

const notePageSize: Note = (into, value, name) => {
  const size = /^\d{1,9}$/.test(value) ? Number(value) : 0
  if (size < 1) return unreadable('Prefer', '"odata.maxpagesize" is a whole number from 1')
  into.pageSize = Math.min(size, largestPage)
  return `${name}=${into.pageSize}`
}

const noteAnnotations: Note = (into, value, name) => {
  into.annotations = wantsFormatted(value)
  return asGiven(name, value)
}

const noteTracking: Note = (into, _value, name) => {
  into.trackChanges = name
  return undefined
}

const noteOmission: Note = (into, value, name) => {
  if (value === 'nulls') into.omitNulls = `${name}=nulls`
  return undefined
}

/** By name; OData's own with its prefix and, as 4.01 has it, without. */
const notes: ReadonlyMap<string, Note> = new Map<string, Note>([
  [
    'return',
    (into, value, name) => {
      if (value !== 'minimal' && value !== 'representation')
        return unreadable('Prefer', '"return" is minimal or representation')
      into.return = value
      return asGiven(name, value)
    },
  ],
  ['maxpagesize', notePageSize],
  ['odata.maxpagesize', notePageSize],
  ['include-annotations', noteAnnotations],
  ['odata.include-annotations', noteAnnotations],
  ['track-changes', noteTracking],
  ['odata.track-changes', noteTracking],
  ['omit-values', noteOmission],
  ['odata.omit-values', noteOmission],
  [
    'respond-async',
    (into) => {
      into.respondAsync = true
      return undefined
    },
  ],
  [
    'handling',
    (into, value, name) => {
      if (value !== 'strict' && value !== 'lenient') return unreadable('Prefer', '"handling" is strict or lenient')
      into.strict = value === 'strict'
      // What is wrong is always refused: lenience is heard, but not applied.
      return into.strict ? asGiven(name, value) : undefined
    },
  ],
  [
    'calendar',
    (into, value, name) => {
      if (value !== 'gregory' && value !== 'persian' && value !== 'buddhist')
        return unreadable('Prefer', '"calendar" is gregory, persian or buddhist')
      into.calendar = value
      return asGiven(name, value)
    },
  ],
  [
    'timezone',
    (into, value, name) => {
      if (!isTimeZone(value)) return unreadable('Prefer', '"timezone" is an IANA name such as Asia/Tehran')
      into.timeZone = value
      return asGiven(name, value)
    },
  ],
])

function asGiven(name: string, value: string): string {
  return /[^\w.+/-]/.test(value) ? `${name}="${value}"` : `${name}=${value}`
}

/** Whether `odata.include-annotations` asks for formatted values: `*`, the full name, or a prefix of it. */
function wantsFormatted(value: string): boolean {
  const patterns = value.split(',').map((part) => part.trim())
  const names = (pattern: string) =>
    pattern === '*' ||
    pattern === formattedTerm ||
    (pattern.endsWith('.*') && formattedTerm.startsWith(pattern.slice(0, -1)))
  return patterns.some(names) && !patterns.some((pattern) => pattern.startsWith('-') && names(pattern.slice(1)))
}

/** The annotation that carries a value as text for people. */
export const formattedTerm = 'OData.Community.Display.V1.FormattedValue'

function isTimeZone(name: string): boolean {
  try {
    return name !== '' && Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== ''
  } catch {
    return false
  }
}
