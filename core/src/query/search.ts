// `$search`: words and "phrases", joined by AND (or nothing), OR and NOT, in parentheses where needed. The operators are words
// where they have nothing to join, as the standard says.
import { fold } from '../base/fold.ts'
import { skeletonOf } from '../base/fold-sql.ts'
import { Problem } from '../base/problem.ts'
import type { Search } from './syntax.ts'

const maxTerms = 10
const maxDepth = 10
/** In a phrase a quote and a backslash stand behind a backslash. */
const pattern = /\s+|"((?:[^"\\]|\\["\\]|\\(?!["\\]))*)"|([^\s"()]+)|([()])|([^])/y

interface Part {
  readonly type: 'word' | 'phrase' | '(' | ')'
  readonly text: string
  readonly position: number
}
interface Cursor {
  readonly parts: readonly Part[]
  at: number
  depth: number
}

/** The tree of a search text. */
export function splitSearch(text: string): Search | Problem {
  const parts = split(text)
  if (parts instanceof Problem) return parts
  const terms = parts.filter(({ type }) => type === 'word' || type === 'phrase')
  if (terms.length === 0) return wrong('There is nothing to search for', 0)
  try {
    const cursor: Cursor = { parts, at: 0, depth: 0 }
    const search = readOr(cursor)
    const rest = parts[cursor.at]
    if (rest) return wrong(`"${rest.text}" cannot stand`, rest.position)
    return [...termsOf(search)].length > maxTerms ? tooMany(parts.at(-1)!.position) : search
  } catch (thrown) {
    if (thrown instanceof Problem) return thrown
    throw thrown
  }
}

/** The words and phrases of a search, as they were written. */
export function* termsOf(search: Search): Generator<Extract<Search, { op: 'term' }>> {
  if (search.op === 'term') yield search
  else if (search.op === 'not') yield* termsOf(search.of)
  else for (const part of search.parts) yield* termsOf(part)
}

/** The same search with numbered terms, for the shape cache. */
export function withSlots(search: Search, first: number): Search {
  let slot = first
  const walk = (each: Search): Search => {
    if (each.op === 'term') return { ...each, slot: slot++ }
    return each.op === 'not' ? { op: 'not', of: walk(each.of) } : { op: each.op, parts: each.parts.map(walk) }
  }
  return walk(search)
}

/** How a term is looked for: as the beginning of a word, and whether it has three letters in a row, as an index needs. */
export function termKind(text: string): { readonly prefix: boolean; readonly indexed: boolean } {
  const prefix = text.length > 1 && text.endsWith('*')
  return { prefix, indexed: /[a-z0-9]{3}/.test(skeletonOf(wordOf(text))) }
}

/** A term as the texts are that it is looked for in. */
export function wordOf(text: string): string {
  return fold(text.length > 1 ? text.replace(/\*$/, '') : text)
}

/** How the terms are joined and looked for, without the terms themselves. */
export function searchShape(search: Search): string {
  if (search.op === 'term') {
    const { prefix, indexed } = termKind(search.text)
    return `${indexed ? '?' : '.'}${prefix ? '*' : ''}`
  }
  return search.op === 'not' ? `!${searchShape(search.of)}` : `${search.op}(${search.parts.map(searchShape).join('')})`
}

function split(text: string): Part[] | Problem {
  const unfinished = /^\s*'([^"']*"[^"]*)'\s*$/.exec(text)
  if (unfinished) return [{ type: 'phrase', text: unfinished[1]!.replaceAll('"', ''), position: 0 }]
  const parts: Part[] = []
  pattern.lastIndex = 0
  while (pattern.lastIndex < text.length) {
    const position = pattern.lastIndex
    const [, phrase, word, parenthesis, other] = pattern.exec(text)!
    if (other !== undefined) return wrong(`"${other}" cannot stand`, position)
    if (word !== undefined) parts.push({ type: 'word', text: word, position })
    else if (phrase !== undefined && phrase !== '')
      parts.push({ type: 'phrase', text: phrase.replaceAll(/\\(["\\])/g, '$1'), position })
    else if (parenthesis !== undefined) parts.push({ type: parenthesis as '(', text: parenthesis, position })
    if (parts.length > 4 * maxTerms) return tooMany(position)
  }
  return parts
}

/** Whether the next part is this operator, with something behind it to join. */
function isOperator({ parts, at }: Cursor, name: string): boolean {
  const [part, next] = [parts[at], parts[at + 1]]
  return part?.type === 'word' && part.text === name && next !== undefined && next.type !== ')'
}

function readOr(cursor: Cursor): Search {
  const parts = [readAnd(cursor)]
  while (isOperator(cursor, 'OR')) {
    cursor.at++
    parts.push(readAnd(cursor))
  }
  return parts.length === 1 ? parts[0]! : { op: 'or', parts }
}

function readAnd(cursor: Cursor): Search {
  const parts = [readNot(cursor)]
  for (;;) {
    const next = cursor.parts[cursor.at]
    if (next === undefined || next.type === ')' || isOperator(cursor, 'OR')) break
    if (isOperator(cursor, 'AND')) cursor.at++
    parts.push(readNot(cursor))
  }
  return parts.length === 1 ? parts[0]! : { op: 'and', parts }
}

function readNot(cursor: Cursor): Search {
  if (!isOperator(cursor, 'NOT')) return readTerm(cursor)
  cursor.at++
  return deeper(cursor, () => ({ op: 'not', of: readNot(cursor) }))
}

function readTerm(cursor: Cursor): Search {
  const part = cursor.parts[cursor.at++]
  if (part === undefined) throw wrong('Something is missing', cursor.parts.at(-1)?.position ?? 0)
  if (part.type === ')') throw wrong('")" cannot stand', part.position)
  if (part.type !== '(') return { op: 'term', text: part.text }
  return deeper(cursor, () => {
    const inner = readOr(cursor)
    if (cursor.parts[cursor.at++]?.type !== ')') throw wrong('"(" is not closed', part.position)
    return inner
  })
}

function deeper(cursor: Cursor, read: () => Search): Search {
  if (++cursor.depth > maxDepth)
    throw new Problem('limit.depth', { detail: 'The search is nested too deeply', target: '$search' })
  const search = read()
  cursor.depth--
  return search
}

function tooMany(position: number): Problem {
  return new Problem('limit.size', {
    detail: `A search may have at most ${maxTerms} words`,
    target: '$search',
    position,
  })
}

function wrong(detail: string, position: number): Problem {
  return new Problem('request.syntax', {
    detail: `${detail} at position ${position} of "$search"`,
    target: '$search',
    position,
    hint: 'Write words, a phrase in double quotes, AND, OR, NOT and parentheses',
  })
}
