// The resource path as written: `accounts(<key>)/contacts/$count` cut into segments with their keys.
// Decides syntax only; what a name means is resolve.ts. Works on the raw path, so that an encoded quote, slash or
// parenthesis inside a key stays data.
import { Problem } from '@peyvand/core/base/problem.ts'

/** A literal inside a key: quoted text, or a bare word (uuid, number, true, null). */
export interface KeyLiteral { readonly text: string; readonly quoted: boolean; readonly position: number }

/** A key as written: one value, or named values (`vin='…'`). */
export interface KeyText {
  readonly single?: KeyLiteral
  readonly named: readonly { readonly name: string; readonly value: KeyLiteral }[]
  readonly position: number
}

export interface Segment { readonly name: string; readonly key?: KeyText; readonly position: number }

const maxSegments = 12
const maxLength = 4096

/** The segments of a path below `/api/data/v1`; empty ones (double slashes) are skipped. */
export function parsePath(raw: string): Segment[] | Problem {
  if (raw.length > maxLength) return malformed('The path is longer than 4,096 characters', 0)
  const segments: Segment[] = []
  for (let at = 0; at < raw.length;) {
    if (raw[at] === '/') { at++; continue }
    const end = segmentEnd(raw, at)
    const text = decode(raw.slice(at, end))
    if (text === undefined) return malformed('The path has a percent code that is not UTF-8', at)
    const segment = parseSegment(text, at)
    if (segment instanceof Problem) return segment
    segments.push(segment)
    if (segments.length > maxSegments) {
      const detail = `A path has at most ${maxSegments} segments`
      return new Problem('limit.depth', { detail, target: 'path', position: at, hint: 'Use $expand or $filter instead' })
    }
    at = end
  }
  return segments
}

function decode(text: string): string | undefined {
  if (!text.includes('%')) return text
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}

/** Where the segment that starts at `at` ends: the next slash outside quotes. */
function segmentEnd(raw: string, at: number): number {
  let quoted = false
  for (let i = at; i < raw.length; i++) {
    const char = raw[i]
    if (char === "'" || (char === '%' && raw.startsWith('27', i + 1))) quoted = !quoted
    else if (char === '/' && !quoted) return i
  }
  return raw.length
}

function parseSegment(text: string, position: number): Segment | Problem {
  const open = text.indexOf('(')
  if (open < 0) return { name: text, position }
  if (!text.endsWith(')')) return malformed('A key must be closed with ")"', position + text.length)
  const key = parseKey(text.slice(0, -1), open + 1, position)
  return key instanceof Problem ? key : { name: text.slice(0, open), key, position }
}

/** Reads `text` from `start` to its end; `base` is where the segment stands in the path. */
function parseKey(text: string, start: number, base: number): KeyText | Problem {
  const named: { name: string; value: KeyLiteral }[] = []
  let single: KeyLiteral | undefined
  let at = start
  for (;;) {
    while (text[at] === ' ') at++
    if (at >= text.length) return malformed('A key value is missing', base + at)
    const name = /^[A-Za-z_@][\w.@]{0,127}\s*=/.exec(text.slice(at, at + 140))?.[0]
    if (name !== undefined) at += name.length
    const literal = parseLiteral(text, at, base)
    if (literal instanceof Problem) return literal
    if (name === undefined) {
      if (single !== undefined || named.length > 0) return malformed('A key of several fields names each of them: (a=1,b=2)', base + at)
      single = literal.value
    } else named.push({ name: name.slice(0, -1).trim(), value: literal.value })
    at = literal.end
    if (at >= text.length) break
    if (text[at] !== ',') return malformed('Key values are separated by a comma', base + at)
    if (single !== undefined) return malformed('A key of several fields names each of them: (a=1,b=2)', base + at)
    at++
  }
  return single === undefined ? { named, position: base + start } : { single, named, position: base + start }
}

function parseLiteral(text: string, start: number, base: number): { value: KeyLiteral; end: number } | Problem {
  let at = start
  while (text[at] === ' ') at++
  const position = base + at
  if (text[at] !== "'") {
    const comma = text.indexOf(',', at)
    const end = comma < 0 ? text.length : comma
    const word = text.slice(at, end).trim()
    return word === '' ? malformed('A key value is missing', position) : { value: { text: word, quoted: false, position }, end }
  }
  let value = ''
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] !== "'") { value += text[i]; continue }
    if (text[i + 1] === "'") { value += "'"; i++; continue }
    return { value: { text: value, quoted: true, position }, end: i + 1 }
  }
  return malformed('A quoted key value must be closed with a quote', position)
}

function malformed(detail: string, position: number): Problem {
  return new Problem('request.malformed', { detail, position, target: 'path', hint: 'Write accounts(<uuid>) or accounts(<key>=\'<value>\'); a quote inside a value is doubled, a slash is %2F' })
}
