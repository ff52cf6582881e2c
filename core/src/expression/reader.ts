// A cursor over tokens, shared by everything that reads an option: filter, expand, apply, a key. Counts literals, nodes and
// nesting, and makes the Problems that say what was expected and where. Problems are thrown here and caught by `reading`.
import { queryLimits, type QueryLimits } from '../base/limits.ts'
import { Problem } from '../base/problem.ts'
import { isSlot, lex, type Token } from './lex.ts'

export interface Reader {
  readonly target: string
  readonly tokens: readonly Token[]
  index: number
  /** Number of the next literal in the request, for the shape cache; absent outside of requests. */
  slot: number | undefined
  nodes: number
  depth: number
  readonly limits: QueryLimits
}

/** A cursor at the start of an option's text; `slot` is the number of its first literal in the request. */
export function readerOf(text: string, target: string, slot?: number, limits: QueryLimits = queryLimits): Reader {
  if (text.length > limits.length)
    throw new Problem('limit.size', { target, detail: `"${target}" is longer than ${limits.length} characters` })
  return { target, tokens: lex(text), index: 0, slot, nodes: 0, depth: 0, limits }
}

/** Runs a parser; what it throws as a Problem is its result. */
export function reading<T>(parse: () => T): T | Problem {
  try {
    return parse()
  } catch (thrown) {
    if (thrown instanceof Problem) return thrown
    throw thrown
  }
}

export function peek(reader: Reader, ahead = 0): Token {
  return reader.tokens[Math.min(reader.index + ahead, reader.tokens.length - 1)]!
}

/** Takes the next token; a literal also takes its slot. */
export function take(reader: Reader): Token & { readonly slot?: number } {
  const token = peek(reader)
  reader.index++
  if (reader.slot === undefined || !isSlot(reader.tokens, reader.index - 1)) return token
  return { ...token, slot: reader.slot++ }
}

/** Whether the next token is this punctuation. */
export function isNext(reader: Reader, text: string): boolean {
  const token = peek(reader)
  return token.type === 'punct' && token.text === text
}

/** Takes this punctuation when it comes next. */
export function accept(reader: Reader, text: string): boolean {
  if (!isNext(reader, text)) return false
  reader.index++
  return true
}

export function expect(reader: Reader, text: string): void {
  if (!accept(reader, text)) throw unexpected(reader, `"${text}"`)
}

export function expectEnd(reader: Reader): void {
  if (peek(reader).type !== 'end') throw unexpected(reader, 'the end')
}

export function expectName(reader: Reader, what = 'a name'): Token {
  if (peek(reader).type !== 'name') throw unexpected(reader, what)
  return take(reader)
}

/** What was found instead of what was expected. */
export function unexpected(reader: Reader, expected: string): Problem {
  const token = peek(reader)
  if (token.type === 'bad' && token.text === "'")
    return syntax(reader, token.start, 'A text is not closed', "Write a quote inside a text twice: 'it''s'")
  const found = token.type === 'end' ? 'the end' : `"${shown(token.text)}"`
  return syntax(reader, token.start, `Expected ${expected}, found ${found}`)
}

export function syntax(reader: Reader, position: number, detail: string, hint?: string): Problem {
  return new Problem('request.syntax', {
    detail: `${detail} at position ${position} of "${reader.target}"`,
    target: reader.target,
    position,
    hint,
  })
}

export function unsupported(reader: Reader, position: number, what: string): Problem {
  return new Problem('request.unsupported', { detail: `${what} is not supported`, target: reader.target, position })
}

/** Counts one more node of the tree. */
export function count(reader: Reader, position: number): void {
  if (++reader.nodes > reader.limits.nodes)
    throw new Problem('limit.depth', {
      detail: `"${reader.target}" has more than ${reader.limits.nodes} parts`,
      target: reader.target,
      position,
    })
}

/** Runs a parser one level deeper. */
export function deeper<T>(reader: Reader, position: number, parse: () => T): T {
  if (++reader.depth > reader.limits.depth)
    throw new Problem('limit.depth', {
      detail: `"${reader.target}" is nested more than ${reader.limits.depth} levels deep`,
      target: reader.target,
      position,
    })
  const result = parse()
  reader.depth--
  return result
}

/** A piece of the caller's text that is safe to show. */
export function shown(text: string): string {
  return (text.length > 60 ? `${text.slice(0, 60)}…` : text).replace(/\p{Cc}/gu, '?')
}
