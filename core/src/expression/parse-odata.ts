// OData expressions ($filter, $orderby, lambda bodies, key values) → Syntax, by operator strength. Numbers stay text, so
// that no digit is lost. Decides grammar only: which names exist is bind's question.
import { units } from '../base/calendar.ts'
import type { Problem } from '../base/problem.ts'
import { functions } from './functions/index.ts'
import { isConstant } from './print.ts'
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
import type { HierarchyTest, Syntax } from './tree.ts'

/** Reads a whole OData expression. `slot` numbers its literals within the request. */
export function parseOData(text: string, target = '$filter', slot?: number): Syntax | Problem {
  return reading(() => {
    const reader = readerOf(text, target, slot)
    const tree = readExpression(reader)
    expectEnd(reader)
    return tree
  })
}

const infix: ReadonlyMap<string, number> = new Map(
  [...functions.values()].flatMap(({ name, infix: strength }) =>
    strength === undefined ? [] : [[name, strength] as const],
  ),
)
const flat = new Set(['and', 'or'])
const unary = 7

/** Reads an expression whose operators are stronger than `strength`. throws: Problem */
export function readExpression(reader: Reader, strength = 0): Syntax {
  let left = readUnary(reader)
  for (;;) {
    const name = operatorAt(reader)
    const own = name === undefined ? undefined : infix.get(name)
    if (name === undefined || own === undefined || own <= strength) return left
    left = flat.has(name) ? readChain(reader, left, name, own) : readOperator(reader, left, name, own)
  }
}

/** The operator that comes next, in whatever case it is written. */
function operatorAt(reader: Reader, ahead = 0): string | undefined {
  const { type, text } = peek(reader, ahead)
  if (type !== 'name') return undefined
  const name = text.toLowerCase()
  return infix.has(name) ? name : undefined
}

/** `a and b and c` is one node with three arguments, so that long filters are not deep ones. */
function readChain(reader: Reader, first: Syntax, name: string, strength: number): Syntax {
  const position = peek(reader).start
  count(reader, position)
  const args = [first]
  while (operatorAt(reader) === name) {
    take(reader)
    args.push(readExpression(reader, strength))
  }
  return { op: 'call', name, args, position }
}

function readOperator(reader: Reader, left: Syntax, name: string, strength: number): Syntax {
  const { start: position } = take(reader)
  count(reader, position)
  const right = name === 'in' ? readList(reader) : readExpression(reader, strength)
  return { op: 'call', name, args: [left, right], position }
}

/** What stands behind "in": values in parentheses, an array, or something that is a list. */
function readList(reader: Reader): Syntax {
  const position = peek(reader).start
  if (!isNext(reader, '(')) return readUnary(reader)
  return deeper(reader, position, () => {
    const items = readArguments(reader)
    const other = items.find((item) => !isConstant(item))
    if (other)
      throw syntax(reader, other.position, 'A list in parentheses can only hold values', 'Write [a,b] for other lists')
    return { op: 'list' as const, items, position }
  })
}

/** `[a,b]` */
function readArray(reader: Reader): Syntax {
  const position = take(reader).start
  return deeper(reader, position, () => {
    const items: Syntax[] = []
    if (!accept(reader, ']')) {
      do items.push(readExpression(reader))
      while (accept(reader, ','))
      expect(reader, ']')
    }
    return { op: 'list' as const, items, position }
  })
}

function readUnary(reader: Reader): Syntax {
  const token = peek(reader)
  count(reader, token.start)
  if (token.type === 'name' && token.text.toLowerCase() === 'not' && !isPathAfter(reader))
    return readPrefix(reader, 'not')
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
  if (isNext(reader, '[')) return readArray(reader)
  if (isNext(reader, '{')) throw unsupported(reader, token.start, 'A JSON object as a value')
  throw unexpected(reader, 'a value, a name or "("')
}

/** A field may be called "not": then an operator or the end follows. */
function isPathAfter(reader: Reader): boolean {
  const next = peek(reader, 1)
  return (
    next.type === 'end' ||
    (next.type === 'punct' && next.text !== '(' && next.text !== '-') ||
    operatorAt(reader, 1) !== undefined
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
  if (next.type === 'text' && next.start === token.end) return readPrefixed(reader, text, position)
  if (text.startsWith('@')) return readAlias(reader, text, position)
  if (text === '$root' || text === 'INF' || text === 'NaN') throw unsupported(reader, position, `"${text}"`)
  if (isNext(reader, '(')) return readCall(reader, text, position)
  const word = isNext(reader, '/') ? undefined : words.get(text)
  if (word) return { op: 'literal', kind: word.kind, value: word.value, position }
  return readPath(reader, [text], position)
}

/** Literals that say their kind before the quotes; a qualified name is that of a choice, whose values are texts. */
const prefixed: ReadonlyMap<string, 'duration' | 'point'> = new Map([
  ['duration', 'duration'],
  ['geography', 'point'],
])

/** `duration'PT1H'` */
function readPrefixed(reader: Reader, text: string, position: number): Syntax {
  const kind = prefixed.get(text) ?? (text.includes('.') ? 'text' : undefined)
  if (kind === undefined) throw unsupported(reader, position, `A literal of the form ${text}'…'`)
  const literal = readLiteralToken(reader) as Extract<Syntax, { op: 'literal' }>
  const isArea = kind === 'point' && /^\s*(SRID=\d{1,9};\s*)?(MULTI)?POLYGON/i.test(String(literal.value))
  return { ...literal, kind: isArea ? 'polygon' : kind, position }
}

function readAlias(reader: Reader, name: string, position: number): Syntax {
  if (name.includes('.') || isNext(reader, '/'))
    throw unsupported(reader, position, `The annotation "${name.slice(0, 60)}"`)
  return { op: 'alias', name, position }
}

/** Functions of the standard that speak of what records here do not have. */
const notYet = new Set(['geo.length', 'hassubsequence'])

function readCall(reader: Reader, written: string, position: number): Syntax {
  const name = callName(written)
  if (notYet.has(name)) throw unsupported(reader, position, `The function "${written}"`)
  return deeper(reader, position, () => {
    if (name === 'case') return readCase(reader, position)
    if (name === 'bucket') return readBucket(reader, position)
    if (name === 'hassubset') return readSubset(reader, position)
    if (hierarchies.has(name)) return readHierarchy(reader, name, position)
    if (name.includes('.') && !functions.has(name))
      throw unsupported(reader, position, `The function "${written.slice(0, 60)}"`)
    const args = readArguments(reader)
    return { op: 'call' as const, name: name === 'today' && args.length === 1 ? 'is_today' : name, args, position }
  })
}

const prefix = /^(peyvand|microsoft\.dynamics\.crm)\./i
const hierarchies: ReadonlyMap<string, { readonly test: HierarchyTest; readonly not: boolean }> = new Map([
  ['under', { test: 'under', not: false }],
  ['underorequal', { test: 'under_or_equal', not: false }],
  ['notunder', { test: 'under', not: true }],
  ['above', { test: 'above', not: false }],
  ['aboveorequal', { test: 'above_or_equal', not: false }],
])

/** Our names as clients of Dataverse spell them: `LastXDays`, `ThisFiscalYear`. */
const folded: ReadonlyMap<string, string> = new Map(
  [...functions.keys()].map((name) => [name.replaceAll('_', ''), name] as const),
)

/** The name a function is known by: clients write "toLower", and put Dataverse's namespace (or ours) before ours. */
function callName(written: string): string {
  if (functions.has(written)) return written
  const plain = written.replace(prefix, '')
  const lower = plain.toLowerCase()
  const known =
    functions.has(lower) ||
    notYet.has(lower) ||
    hierarchies.has(lower) ||
    /^(case|cast|isof|bucket|hassubset)$/.test(lower)
  return known ? lower : (folded.get(lower.replace(/^(last|next|olderthan)x/, '$1n')) ?? written)
}

/** `under(account,<id>)` or `Microsoft.Dynamics.CRM.Under(PropertyName='account',PropertyValue='<id>')`. */
function readHierarchy(reader: Reader, name: string, position: number): Syntax {
  const { test, not } = hierarchies.get(name)!
  expect(reader, '(')
  const path = isNamed(reader, 'propertyname') ? readQuotedPath(reader) : readExpression(reader)
  expect(reader, ',')
  if (isNamed(reader, 'propertyvalue')) reader.index += 2
  const of = readExpression(reader)
  expect(reader, ')')
  const call: Syntax = { op: 'call', name: test, args: [path, of], position }
  return not ? { op: 'call', name: 'not', args: [call], position } : call
}

function isNamed(reader: Reader, name: string): boolean {
  return peek(reader).type === 'name' && peek(reader).text.toLowerCase() === name && peek(reader, 1).text === '='
}

/** `PropertyName='account'`: the name is part of the request's shape, not a value, so it is written without quotes here. */
function readQuotedPath(reader: Reader): Syntax {
  reader.index += 2
  const { type, text, start } = take(reader)
  if (type !== 'text' || !/^[A-Za-z_]\w{0,60}(\/[A-Za-z_]\w{0,60}){0,5}$/.test(text))
    throw syntax(reader, start, 'PropertyName must be the name of a property in quotes')
  return { op: 'path', names: text.split('/'), position: start }
}

/** `bucket(x,'month')`: the unit belongs to the function, not to its values. */
function readBucket(reader: Reader, position: number): Syntax {
  expect(reader, '(')
  const of = readExpression(reader)
  expect(reader, ',')
  const { text, start } = take(reader)
  if (!(units as readonly string[]).includes(text))
    throw syntax(reader, start, `"${text.slice(0, 60)}" is no unit of the calendar`, `Write one of ${units.join(', ')}`)
  expect(reader, ')')
  return { op: 'call', name: `bucket_${text}`, args: [of], position }
}

/** `hassubset(tags,['a','b'])`: has the one and has the other. */
function readSubset(reader: Reader, position: number): Syntax {
  const [of, list, more] = readArguments(reader)
  if (of === undefined || list?.op !== 'list' || more !== undefined)
    throw syntax(reader, position, '"hassubset" takes a list property and a list', "Write hassubset(tags,['a','b'])")
  const tests = list.items.map((item): Syntax => ({ op: 'call', name: 'has', args: [of, item], position }))
  if (tests.length > 1) return { op: 'call', name: 'and', args: tests, position }
  return tests[0] ?? { op: 'literal', kind: 'boolean', value: true, position }
}

/** `case(a:x,b:y)`: the value behind the first condition that is true. */
function readCase(reader: Reader, position: number): Syntax {
  const branches: { readonly when: Syntax; readonly gives: Syntax }[] = []
  expect(reader, '(')
  do {
    const when = readExpression(reader)
    expect(reader, ':')
    branches.push({ when, gives: readExpression(reader) })
    if (branches.length > maxBranches) throw syntax(reader, position, `"case" has more than ${maxBranches} branches`)
  } while (accept(reader, ','))
  expect(reader, ')')
  const otherwise: Syntax = { op: 'literal', kind: 'null', value: null, position }
  return branches.reduceRight<Syntax>(
    (rest, { when, gives }) => ({ op: 'call', name: 'if', args: [when, gives, rest], position }),
    otherwise,
  )
}

const maxBranches = 20

/** A value; clients of Dataverse write `PropertyName='x'` and `PropertyValue=3` before it. */
function readArgument(reader: Reader): Syntax {
  if (isNamed(reader, 'propertyname')) return readQuotedPath(reader)
  if (isNamed(reader, 'propertyvalue')) reader.index += 2
  return readExpression(reader)
}

function readArguments(reader: Reader): Syntax[] {
  expect(reader, '(')
  const args: Syntax[] = []
  if (accept(reader, ')')) return args
  do args.push(readArgument(reader))
  while (accept(reader, ','))
  expect(reader, ')')
  return args
}

function readPath(reader: Reader, names: string[], position: number): Syntax {
  while (accept(reader, '/')) {
    const token = expectName(reader, 'a name after "/"')
    if (token.text === '$count') return readCount(reader, names, position)
    if (/^[$@]/.test(token.text))
      throw unsupported(reader, token.start, `"/${token.text.slice(0, 60)}" in an expression`)
    if ((token.text === 'any' || token.text === 'all') && isNext(reader, '('))
      return readLambda(reader, names, token.text, position)
    if (isNext(reader, '(')) throw unsupported(reader, token.start, `The function "${token.text.slice(0, 60)}"`)
    names.push(token.text)
    if (names.length > 10) throw syntax(reader, token.start, 'A path has too many steps')
  }
  return { op: 'path', names, position }
}

/** `contacts/$count`, possibly of some only: `contacts/$count($filter=age gt 5)`. */
function readCount(reader: Reader, names: readonly string[], position: number): Syntax {
  if (!isNext(reader, '(')) return { op: 'lambda', test: 'count', names, position }
  return deeper(reader, position, () => {
    expect(reader, '(')
    let where: Syntax | undefined
    let search: string | undefined
    do {
      const { text, start } = expectName(reader, '"$filter" or "$search"')
      const name = text.toLowerCase().replace(/^\$/, '')
      if (name !== 'filter' && name !== 'search')
        throw unsupported(reader, start, `"${text.slice(0, 60)}" inside $count`)
      expect(reader, '=')
      if (name === 'filter') where = readExpression(reader)
      else if (peek(reader).type === 'search') search = take(reader).text
      else throw unexpected(reader, 'words to search for')
    } while (accept(reader, ';'))
    expect(reader, ')')
    const asked = { ...(where ? { where } : {}), ...(search === undefined ? {} : { search }) }
    return { op: 'lambda' as const, test: 'count' as const, names, ...asked, position }
  })
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
