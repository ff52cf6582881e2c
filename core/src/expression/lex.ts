// From the text of a query option to tokens. Literals are told apart from names here and only here: the shape cache counts
// the same literals as the parser, because both read these tokens. Never throws; what it cannot read is a 'bad' token.

export type LiteralType = 'text' | 'integer' | 'decimal' | 'uuid' | 'date' | 'datetime'

export interface Token {
  readonly type: LiteralType | 'name' | 'punct' | 'bad' | 'end'
  /** Names and punctuation as written; texts without their quotes. */
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
    `(\\d{4}-\\d{2}-\\d{2}(?:T\\d{2}:\\d{2}(?::\\d{2}(?:\\.\\d{1,12})?)?(?:[Zz]|[+\\- ]\\d{2}:\\d{2})?)?)(?![\\w:-])`,
    `(-?\\d+(?:\\.\\d+)?(?:[eE][+-]?\\d+)?)(?![\\w\\u0080-\\uffff:])`,
    `([A-Za-z_$@\\u0080-\\uffff][\\w$.\\u0080-\\uffff]*)`,
    `([(),/:;=*\\-])`,
    `([^])`,
  ].join('|'),
  'y',
)

/** The tokens of a text; the last one is 'end'. */
export function lex(text: string): Token[] {
  const tokens: Token[] = []
  let start = 0
  while (start < text.length) {
    pattern.lastIndex = start
    const match = pattern.exec(text)!
    const end = pattern.lastIndex
    const [, quote, uuid, moment, number, name, punct, bad] = match
    if (quote !== undefined) tokens.push({ type: 'text', text: quote.slice(1, -1).replaceAll("''", "'"), start, end })
    else if (name !== undefined) tokens.push({ type: 'name', text: name, start, end })
    else if (punct !== undefined) tokens.push({ type: 'punct', text: punct, start, end })
    else if (number !== undefined)
      tokens.push({ type: /[.eE]/.test(number) ? 'decimal' : 'integer', text: number, start, end })
    else if (uuid !== undefined) tokens.push({ type: 'uuid', text: uuid, start, end })
    else if (moment !== undefined)
      tokens.push({ type: moment.length === 10 ? 'date' : 'datetime', text: moment, start, end })
    else if (bad !== undefined) tokens.push({ type: 'bad', text: bad, start, end })
    start = end
  }
  tokens.push({ type: 'end', text: '', start, end: start })
  return tokens
}

/** Whether a token is a value of the caller's. */
export function isLiteral(token: Token): token is Token & { type: LiteralType } {
  return token.type !== 'name' && token.type !== 'punct' && token.type !== 'bad' && token.type !== 'end'
}

/**
 * Whether the token is a value that varies between requests of one shape. Short numbers behind "=" (`$top=5`) belong to
 * the shape: PostgreSQL plans a small fixed limit better than a parameter.
 */
export function isSlot(tokens: readonly Token[], index: number): boolean {
  const token = tokens[index]!
  if (!isLiteral(token)) return false
  return !(token.type === 'integer' && token.text.length <= 2 && tokens[index - 1]?.text === '=')
}
