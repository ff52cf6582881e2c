// OData expressions ($filter, $orderby, lambda bodies, key values) → Syntax, by operator strength. Numbers stay text, so
// that no digit is lost. Decides grammar only: which names exist is bind's question.
import type { Problem } from '../base/problem.ts'
import { functions } from './functions/index.ts'
import { isLiteral, type LiteralType } from './lex.ts'
import {
  accept,
  count,
  deeper,
  expect,
  expectEnd,
  expectName,
  isNext,
  peek,
  readerOf,
  reading,
  syntax,
  take,
  unexpected,
  unsupported,
  type Reader,
} from './reader.ts'
import type { Syntax } from './tree.ts'

/** Reads a whole OData expression. `slot` numbers its literals within the request. */
export function parseOData(text: string, target = '$filter', slot?: number): Syntax | Problem {
  return reading(() => {
    const reader = readerOf(text, target, slot)
    const tree = readExpression(reader)
    expectEnd(reader)
    return tree
  })
}

const infix: ReadonlyMap<string, number> = new Map([
  ...[...functions.values()].flatMap(({ name, infix: strength }) =>
    strength === undefined ? [] : [[name, strength] as const],
  ),
  ['has', 4],
])
const flat = new Set(['and', 'or'])
const unary = 7

/** Reads an expression whose operators are stronger than `strength`. throws: Problem */
export function readExpression(reader: Reader, strength = 0): Syntax {
  let left = readUnary(reader)
  for (;;) {
    const token = peek(reader)
    const own = token.type === 'name' ? infix.get(token.text) : undefined
    if (own === undefined || own <= strength) return left
    left = flat.has(token.text) ? readChain(reader, left, token.text, own) : readOperator(reader, left, token.text, own)
  }
}

/** `a and b and c` is one node with three arguments, so that long filters are not deep ones. */
function readChain(reader: Reader, first: Syntax, name: string, strength: number): Syntax {
  const position = peek(reader).start
  count(reader, position)
  const args = [first]
  while (peek(reader).type === 'name' && peek(reader).text === name) {
    take(reader)
    args.push(readExpression(reader, strength))
  }
  return { op: 'call', name, args, position }
}

function readOperator(reader: Reader, left: Syntax, name: string, strength: number): Syntax {
  const { start: position } = take(reader)
  count(reader, position)
  if (name === 'has') throw unsupported(reader, position, 'The operator "has"')
  const right = name === 'in' ? readList(reader) : readExpression(reader, strength)
  return { op: 'call', name, args: [left, right], position }
}

function readList(reader: Reader): Syntax {
  const position = peek(reader).start
  if (!isNext(reader, '(')) throw unexpected(reader, 'a list in parentheses')
  return deeper(reader, position, () => ({ op: 'list' as const, items: readArguments(reader), position }))
}

function readUnary(reader: Reader): Syntax {
  const token = peek(reader)
  count(reader, token.start)
  if (token.type === 'name' && token.text === 'not' && !isPathAfter(reader)) return readPrefix(reader, 'not')
  if (isNext(reader, '-')) return readPrefix(reader, 'neg')
  if (accept(reader, '(')) {
    return deeper(reader, token.start, () => {
      const inner = readExpression(reader)
      expect(reader, ')')
      return inner
    })
  }
  if (isLiteral(token)) return readLiteralToken(reader)
  if (token.type === 'name') return readNamed(reader)
  throw unexpected(reader, 'a value, a name or "("')
}

/** A field may be called "not": then an operator or the end follows. */
function isPathAfter(reader: Reader): boolean {
  const next = peek(reader, 1)
  return (
    next.type === 'end' ||
    (next.type === 'punct' && next.text !== '(' && next.text !== '-') ||
    (next.type === 'name' && infix.has(next.text))
  )
}

function readPrefix(reader: Reader, name: string): Syntax {
  const { start: position } = take(reader)
  return deeper(reader, position, () => ({
    op: 'call' as const,
    name,
    args: [readExpression(reader, unary)],
    position,
  }))
}

function readLiteralToken(reader: Reader): Syntax {
  const { type, text, start, slot } = take(reader)
  return {
    op: 'literal',
    kind: type as LiteralType,
    value: text,
    position: start,
    ...(slot === undefined ? {} : { slot }),
  }
}

const words: ReadonlyMap<string, { kind: 'boolean' | 'null'; value: boolean | null }> = new Map([
  ['true', { kind: 'boolean', value: true }],
  ['false', { kind: 'boolean', value: false }],
  ['null', { kind: 'null', value: null }],
])

function readNamed(reader: Reader): Syntax {
  const token = take(reader)
  const { text, start: position } = token
  const next = peek(reader)
  if (next.type === 'text' && next.start === token.end)
    throw unsupported(reader, position, `A literal of the form ${text}'…'`)
  if (text.startsWith('@')) return { op: 'alias', name: text, position }
  if (isNext(reader, '(')) return readCall(reader, text, position)
  const word = isNext(reader, '/') ? undefined : words.get(text)
  if (word) return { op: 'literal', kind: word.kind, value: word.value, position }
  return readPath(reader, [text], position)
}

const notYet = new Set([
  'cast',
  'isof',
  'case',
  'geo.distance',
  'geo.intersects',
  'geo.length',
  'matchesPattern',
  'matchespattern',
  'hassubset',
  'hassubsequence',
  'fractionalseconds',
  'time',
  'totaloffsetminutes',
  'totalseconds',
  'maxdatetime',
  'mindatetime',
])

function readCall(reader: Reader, name: string, position: number): Syntax {
  if (notYet.has(name)) throw unsupported(reader, position, `The function "${name}"`)
  if (name.includes('.')) throw unsupported(reader, position, `The function "${name.slice(0, 60)}"`)
  return deeper(reader, position, () => ({ op: 'call' as const, name, args: readArguments(reader), position }))
}

function readArguments(reader: Reader): Syntax[] {
  expect(reader, '(')
  const args: Syntax[] = []
  if (accept(reader, ')')) return args
  do args.push(readExpression(reader))
  while (accept(reader, ','))
  expect(reader, ')')
  return args
}

function readPath(reader: Reader, names: string[], position: number): Syntax {
  while (accept(reader, '/')) {
    const token = expectName(reader, 'a name after "/"')
    if (token.text.startsWith('$'))
      throw unsupported(reader, token.start, `"/${token.text.slice(0, 60)}" in an expression`)
    if ((token.text === 'any' || token.text === 'all') && isNext(reader, '('))
      return readLambda(reader, names, token.text, position)
    names.push(token.text)
    if (names.length > 10) throw syntax(reader, token.start, 'A path has too many steps')
  }
  return { op: 'path', names, position }
}

function readLambda(reader: Reader, names: readonly string[], test: 'any' | 'all', position: number): Syntax {
  return deeper(reader, position, () => {
    expect(reader, '(')
    if (accept(reader, ')')) {
      if (test === 'all') throw syntax(reader, position, '"all" needs a condition')
      return { op: 'lambda' as const, test, names, position }
    }
    const variable = expectName(reader, 'a variable').text
    expect(reader, ':')
    const where = readExpression(reader)
    expect(reader, ')')
    return { op: 'lambda' as const, test, names, variable, where, position }
  })
}
