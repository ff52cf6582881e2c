// From the text of a query option to tokens. Literals are told apart from names here and only here: the shape cache counts
// the same literals as the parser, because both read these tokens. Never throws; what it cannot read is a 'bad' token.
// Two places have rules of their own: texts in double quotes inside [ ], and what stands behind "$search=" in $expand.
import { units } from '../base/calendar.ts'

export type LiteralType = 'text' | 'integer' | 'decimal' | 'uuid' | 'date' | 'datetime' | 'time'

export interface Token {
  readonly type: LiteralType | 'name' | 'punct' | 'search' | 'bad' | 'end'
  /** Names, punctuation and search texts as written; texts without their quotes. */
  readonly text: string
  readonly start: number
  /** After the last character. */
  readonly end: number
}

const pattern = new RegExp(
  [
    `[ \\t\\r\\n]+`,
    `('(?:[^']|'')*')`,
    `([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})(?![\\w-])`,
    `(\\d{4}-\\d{2}-\\d{2}(?:T\\d{2}:\\d{2}(?::\\d{2}(?:\\.\\d{1,12})?)?(?:[Zz]|[+\\- ]\\d{2}:\\d{2})?)?)(?![\\w-])`,
    `(\\d{2}:\\d{2}(?::\\d{2}(?:\\.\\d{1,12})?)?)(?![\\w:-])`,
    `([+-]?\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d+)?)(?![\\w\\u0080-\\uffff])`,
    `([A-Za-z_$@\\u0080-\\uffff][\\w$.\\u0080-\\uffff]*)`,
    `([(),/:;=*\\-[\\]{}])`,
    `([^])`,
  ].join('|'),
  'y',
)

/** The tokens of a text; the last one is 'end'. */
export function lex(text: string): Token[] {
  const tokens: Token[] = []
  let start = 0
  let brackets = 0
  while (start < text.length) {
    const special = isSearchText(tokens)
      ? searchToken(text, start)
      : brackets > 0 && text[start] === '"'
        ? quotedToken(text, start)
        : undefined
    const token = special ?? nextToken(text, start)
    if (token === undefined) start = pattern.lastIndex
    else {
      if (token.type === 'punct') brackets += token.text === '[' ? 1 : token.text === ']' ? -1 : 0
      tokens.push(token)
      start = token.end
    }
  }
  tokens.push({ type: 'end', text: '', start, end: start })
  return tokens
}

/** The token at a place; undefined for blanks. */
function nextToken(text: string, start: number): Token | undefined {
  pattern.lastIndex = start
  const match = pattern.exec(text)!
  const end = pattern.lastIndex
  const [, quote, uuid, moment, time, number, name, punct, bad] = match
  if (quote !== undefined) return { type: 'text', text: quote.slice(1, -1).replaceAll("''", "'"), start, end }
  if (name !== undefined) return { type: 'name', text: name, start, end }
  if (punct !== undefined) return { type: 'punct', text: punct, start, end }
  if (number !== undefined)
    return { type: /[.eE]/.test(number) ? 'decimal' : 'integer', text: number.replace('+', ''), start, end }
  if (uuid !== undefined) return { type: 'uuid', text: uuid, start, end }
  if (moment !== undefined) return { type: moment.length === 10 ? 'date' : 'datetime', text: moment, start, end }
  if (time !== undefined) return { type: 'time', text: time, start, end }
  return bad === undefined ? undefined : { type: 'bad', text: bad, start, end }
}

/** Whether what follows is the text of a nested `$search=`, or of `search(` in $apply. */
function isSearchText(tokens: readonly Token[]): boolean {
  const last = tokens.at(-1)
  const before = tokens.at(-2)?.text ?? ''
  if (last?.type !== 'punct') return false
  return last.text === '=' ? /^\$?search$/i.test(before) : last.text === '(' && before === 'search'
}

/** All up to the ";" or ")" that ends the option; phrases and groups may hold both. */
function searchToken(text: string, start: number): Token | undefined {
  let depth = 0
  let end = start
  for (; end < text.length; end++) {
    const char = text[end]
    if (char === '"') {
      const close = text.indexOf('"', end + 1)
      if (close > 0) end = close
    } else if (char === '(') depth++
    else if (char === ')' && depth-- === 0) break
    else if (char === ';' && depth === 0) break
  }
  return end === start ? undefined : { type: 'search', text: text.slice(start, end), start, end }
}

const quoted = /"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/uy

/** A JSON text. */
function quotedToken(text: string, start: number): Token | undefined {
  quoted.lastIndex = start
  const match = quoted.exec(text)
  return match ? { type: 'text', text: JSON.parse(match[0]) as string, start, end: quoted.lastIndex } : undefined
}

/** Whether a token is this punctuation. */
export function isPunct({ type, text }: Token, which: string): boolean {
  return type === 'punct' && text === which
}

const literals: ReadonlySet<string> = new Set(['text', 'integer', 'decimal', 'uuid', 'date', 'datetime', 'time'])

/** Whether a token is a value of the caller's. */
export function isLiteral(token: Token): token is Token & { type: LiteralType } {
  return literals.has(token.type)
}

/**
 * Whether the token is a value that varies between requests of one shape. Short numbers behind "=" (`$top=5`) belong to
 * the shape: PostgreSQL plans a small fixed limit better than a parameter. So do the name in `PropertyName='account'` and the
 * unit in `bucket(x,'month')`.
 */
export function isSlot(tokens: readonly Token[], index: number): boolean {
  const token = tokens[index]!
  if (!isLiteral(token)) return false
  if (token.type === 'text' && isUnit(tokens, index)) return false
  if (tokens[index - 1]?.text !== '=') return true
  if (token.type === 'text') return !/^propertyname$/i.test(tokens[index - 2]?.text ?? '')
  return !(token.type === 'integer' && token.text.length <= 2)
}

/** `,'month')` */
function isUnit(tokens: readonly Token[], index: number): boolean {
  return (
    (units as readonly string[]).includes(tokens[index]!.text) &&
    tokens[index - 1]?.text === ',' &&
    tokens[index + 1]?.text === ')'
  )
}
