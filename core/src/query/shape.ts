// The shape of a request: its text with every value replaced by a typed slot. Requests of one shape share one compiled
// statement, so on a hit nothing is parsed, bound, trimmed or compiled; only the values are read. Lexes, and nothing else.
import { queryLimits, type QueryLimits } from '../base/limits.ts'
import { Problem } from '../base/problem.ts'
import { isSlot, lex, type LiteralType, type Token } from '../expression/lex.ts'
import { splitQuery, targetOf, type OptionText } from './option.ts'
import { searchShape, splitSearch, termsOf } from './search.ts'
import { readToken } from './token.ts'

/** A value of the request and where it stood. */
export interface RequestLiteral {
  readonly type: LiteralType
  readonly text: string
  readonly target: string
  readonly position: number
}

/** A text together with the number of its first literal. */
export interface Numbered {
  readonly slot: number
}
export interface Segment extends Numbered {
  readonly text: string
  readonly position: number
}
export type NumberedOption = OptionText & Numbered

export interface Shape {
  /** Equal for requests that differ only in values; absent when the text cannot be right anyway. */
  readonly key: string | undefined
  readonly literals: readonly RequestLiteral[]
  readonly segments: readonly Segment[]
  readonly options: readonly NumberedOption[]
}

interface Building {
  key: string | undefined
  readonly literals: RequestLiteral[]
}

/** The shape of a resource path (`accounts(…)/contacts`) and a query string (without "?"). */
export function shapeOf(path: string, query: string, limits: QueryLimits = queryLimits): Shape | Problem {
  const building: Building = { key: '', literals: [] }
  const segments = readSegments(path, building, limits)
  if (segments instanceof Problem) return segments
  const options = splitQuery(query, limits)
  if (options instanceof Problem) return options
  const numbered: NumberedOption[] = []
  for (const option of options) {
    numbered.push({ ...option, slot: building.literals.length })
    note(building, `\u0002${option.name}=`)
    const problem = addOption(option, building)
    if (problem) return problem
  }
  return { key: building.key, literals: building.literals, segments, options: numbered }
}

function readSegments(path: string, building: Building, { length }: QueryLimits): Segment[] | Problem {
  if (path.length > length)
    return new Problem('limit.size', {
      detail: `The address is longer than ${length} characters`,
      target: 'path',
    })
  const segments: Segment[] = []
  let position = 0
  for (const raw of path.split('/')) {
    const decoded = decodeSegment(raw)
    if (decoded === undefined)
      return new Problem('request.malformed', {
        detail: 'The address is not correctly percent-encoded',
        target: 'path',
        position,
      })
    if (raw !== '') {
      const text = plainKey(decoded)
      segments.push({ text, position, slot: building.literals.length })
      note(building, '\u0002/')
      addTokens(lex(text), 'path', position, building)
    }
    position += raw.length + 1
  }
  return segments
}

const wrappedKey = /\((?:guid)?'?\{?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\}?'?\)/i

/** An id as clients of other services write it, in braces or as a literal of OData 2, is the id. */
function plainKey(text: string): string {
  return text.includes('{') || /\(guid'/i.test(text) ? text.replace(wrappedKey, '($1)') : text
}

function decodeSegment(raw: string): string | undefined {
  try {
    return raw.includes('%') ? decodeURIComponent(raw) : raw
  } catch {
    return undefined
  }
}

function addOption(option: OptionText, building: Building): Problem | undefined {
  const target = targetOf(option.name)
  switch (option.name) {
    case 'count':
    case 'format':
    case 'schemaversion':
      return note(building, option.text.toLowerCase())
    case 'search':
      return addSearch(option.text, target, building)
    case 'skiptoken':
      return addToken(option.text, target, building)
    case 'top':
    case 'skip':
      return addNumber(option.name, option.text, target, building)
    default:
      return addTokens(lex(option.text), target, 0, building)
  }
}

function note(building: Building, text: string): undefined {
  if (building.key !== undefined) building.key += text
}

function addLiteral(building: Building, type: LiteralType, text: string, target: string, position: number): undefined {
  note(building, `\u0001${type}`)
  building.literals.push({ type, text, target, position })
}

function addTokens(tokens: readonly Token[], target: string, offset: number, building: Building): undefined {
  for (let i = 0; i < tokens.length; i++) {
    const { type, text, start } = tokens[i]!
    if (type === 'end') return
    if (type === 'bad') building.key = undefined
    if (isSlot(tokens, i)) addLiteral(building, type as LiteralType, text, target, start + offset)
    else note(building, type === 'text' ? ` '${text}'` : ` ${text}`)
  }
}

/** Digits up to which a number belongs to the shape; a longer one is a value. */
const fixedDigits = { top: 2, skip: 0 }

/** Whether such a number is the shape's own, so that it has no slot. */
export function isFixed(name: 'top' | 'skip', text: string): boolean {
  return text.length <= fixedDigits[name]
}

function addNumber(name: 'top' | 'skip', text: string, target: string, building: Building): undefined {
  if (!/^\d{1,16}$/.test(text)) building.key = undefined
  else if (isFixed(name, text)) note(building, text)
  else addLiteral(building, 'integer', text, target, 0)
}

function addSearch(text: string, target: string, building: Building): Problem | undefined {
  const search = splitSearch(text)
  if (search instanceof Problem) return search
  note(building, searchShape(search))
  for (const term of termsOf(search)) addLiteral(building, 'text', term.text, target, 0)
  return undefined
}

/** The null pattern of a token and what is left of `$top` shape the statement; its values do not. */
function addToken(text: string, target: string, building: Building): Problem | undefined {
  const token = readToken(text)
  if (token instanceof Problem) return token
  note(building, `${token.left ?? ''}`)
  for (const key of token.keys) {
    if (key === null) note(building, ' null')
    else addLiteral(building, 'text', key, target, 0)
  }
  return undefined
}
