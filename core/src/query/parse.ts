// Query options → Query. One reader per option; nested options of $expand use the same functions, to any depth up to the cap.
// Grammar only: which names exist is bind's question.
import { Problem } from '../base/problem.ts'
import { readExpression } from '../expression/parse-odata.ts'
import {
  accept,
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
} from '../expression/reader.ts'
import type { Syntax } from '../expression/tree.ts'
import { readApply } from './parse-apply.ts'
import { readOptionName, targetOf, unknownOption, type OptionName } from './option.ts'
import { splitSearch } from './search.ts'
import { shapeOf, type NumberedOption } from './shape.ts'
import { readToken } from './token.ts'
import type { Query, SearchTerm } from './tree.ts'

type Building = { -readonly [K in keyof Query]: Query[K] }
type Expand = NonNullable<Query['expand']>[number]

export const maxExpandDepth = 5
export const maxExpands = 25

/** Reads a query string (without "?"). Literals carry no slots: for those who do not cache. */
export function parseQuery(query: string): Query | Problem {
  const shape = shapeOf('', query)
  return shape instanceof Problem ? shape : parseOptions(shape.options, false)
}

/** Reads options that were split before; `slots` numbers their literals for the shape cache. */
export function parseOptions(options: readonly NumberedOption[], slots = true): Query | Problem {
  return reading(() => {
    const query: Building = {}
    const aliases = new Map<string, Syntax>()
    for (const option of options) {
      const slot = slots ? option.slot : undefined
      if (option.name.startsWith('@')) aliases.set(option.name, readAll(option.text, option.name, slot, readExpression))
      else readOption(option.name as OptionName, option.text, slot, query)
    }
    if (aliases.size > 0) query.aliases = aliases
    const token = options.find(({ name }) => name === 'skiptoken')
    if (token) setToken(query, token.text, slots ? token.slot : undefined)
    return query
  })
}

function readAll<T>(text: string, target: string, slot: number | undefined, read: (reader: Reader) => T): T {
  const reader = readerOf(text, target, slot)
  const result = read(reader)
  expectEnd(reader)
  return result
}

function readOption(name: OptionName, text: string, slot: number | undefined, query: Building): void {
  const target = targetOf(name)
  switch (name) {
    case 'top':
    case 'skip':
      return setNumber(
        query,
        name,
        text,
        target,
        slot === undefined || (name === 'top' && text.length <= 2) ? undefined : slot,
      )
    case 'count':
      query.count = readTruth(text, target)
      return
    case 'format':
      return checkFormat(text)
    case 'search':
      query.search = withSlots(splitSearch(text), slot)
      return
    case 'skiptoken':
      return
    case 'apply':
      query.apply = readAll(text, target, slot, readApply)
      return
    default:
      return readAll(text, target, slot, (reader) => readParsed(name, reader, query))
  }
}

/** The options that are read token by token, on top and inside $expand. */
function readParsed(name: OptionName, reader: Reader, query: Building): void {
  switch (name) {
    case 'select':
      query.select = readSelect(reader)
      return
    case 'filter':
      query.filter = readExpression(reader)
      return
    case 'orderby':
      query.orderby = readOrder(reader)
      return
    case 'expand':
      query.expand = readExpand(reader)
      return
    case 'count':
      query.count = readTruth(take(reader).text, reader.target)
      return
    case 'top':
    case 'skip': {
      const { text, slot } = take(reader)
      return setNumber(query, name, text, `$${name}`, slot)
    }
    case 'search':
      query.search = readNestedSearch(reader)
      return
    default:
      throw unsupported(reader, peek(reader).start, `"$${name}" inside $expand`)
  }
}

function setNumber(
  query: Building,
  name: 'top' | 'skip',
  text: string,
  target: string,
  slot: number | undefined,
): void {
  if (!/^\d{1,16}$/.test(text))
    throw new Problem('request.type', { detail: `"${target}" must be a whole number from 0`, target, position: 0 })
  query[name] = Number(text)
  if (slot !== undefined) query[name === 'top' ? 'topSlot' : 'skipSlot'] = slot
}

function readTruth(text: string, target: string): boolean {
  const value = text.toLowerCase()
  if (value === 'true' || value === 'false') return value === 'true'
  throw new Problem('request.type', { detail: `"${target}" must be true or false`, target, position: 0 })
}

function checkFormat(text: string): void {
  if (/^(json|application\/json(;\s*[\w.=-]+)*)$/i.test(text.trim())) return
  throw new Problem('request.unsupported', { detail: 'Only $format=json is supported here', target: '$format' })
}

function withSlots(terms: readonly SearchTerm[] | Problem, slot: number | undefined): readonly SearchTerm[] {
  if (terms instanceof Problem) throw terms
  return slot === undefined ? terms : terms.map((term, i) => ({ ...term, slot: slot + i }))
}

/** Where the page continues; what is left of `$top` takes its place. */
function setToken(query: Building, text: string, slot: number | undefined): void {
  const token = readToken(text)
  if (token instanceof Problem) throw token
  let next = slot
  query.after = token.keys.map((key) => ({
    text: key,
    ...(key === null || next === undefined ? {} : { slot: next++ }),
  }))
  if (token.left === null) return
  query.top = token.left
  delete query.topSlot
}

function readSelect(reader: Reader): string[][] {
  const items: string[][] = []
  do {
    if (accept(reader, '*')) {
      items.push(['*'])
      continue
    }
    const names = [expectName(reader).text]
    while (accept(reader, '/')) names.push(expectName(reader).text)
    items.push(names)
  } while (accept(reader, ','))
  return items
}

function readOrder(reader: Reader): { by: Syntax; descending: boolean }[] {
  const order: { by: Syntax; descending: boolean }[] = []
  do {
    const by = readExpression(reader)
    const { type, text } = peek(reader)
    const direction = type === 'name' && /^(asc|desc)$/i.test(text) ? take(reader).text.toLowerCase() : 'asc'
    order.push({ by, descending: direction === 'desc' })
    if (order.length > 10) throw syntax(reader, peek(reader).start, 'There are more than 10 sort keys')
  } while (accept(reader, ','))
  return order
}

function readNestedSearch(reader: Reader): readonly SearchTerm[] {
  const words: SearchTerm[] = []
  while (peek(reader).type !== 'end' && !isNext(reader, ';') && !isNext(reader, ')')) {
    const { text, slot } = take(reader)
    words.push({ text, ...(slot === undefined ? {} : { slot }) })
  }
  if (words.length === 0 || words.length > 10) throw unexpected(reader, 'one to ten words to search for')
  return words
}

function readExpand(reader: Reader, depth = 1): Expand[] {
  const items: Expand[] = []
  do {
    const { start: position } = peek(reader)
    if (accept(reader, '*')) throw unsupported(reader, position, '"$expand=*"')
    if (depth > maxExpandDepth)
      throw new Problem('limit.depth', {
        detail: `$expand is nested more than ${maxExpandDepth} levels deep`,
        target: '$expand',
        position,
      })
    items.push(readExpanded(reader, depth))
    if (items.length > maxExpands)
      throw new Problem('limit.size', {
        detail: `$expand names more than ${maxExpands} relationships`,
        target: '$expand',
        position,
      })
  } while (accept(reader, ','))
  return items
}

function readExpanded(reader: Reader, depth: number): Expand {
  const { text: name, start: position } = expectName(reader)
  let suffix: { ref?: boolean; countOnly?: boolean } = {}
  if (accept(reader, '/')) {
    const { text } = expectName(reader)
    if (text === '$ref') suffix = { ref: true }
    else if (text === '$count') suffix = { countOnly: true }
    else throw unsupported(reader, position, `"${name}/${text.slice(0, 60)}" in $expand`)
  }
  const query = isNext(reader, '(') ? deeper(reader, position, () => readNested(reader, depth)) : {}
  return { name, position, query, ...suffix }
}

function readNested(reader: Reader, depth: number): Query {
  const query: Building = {}
  const seen = new Set<string>()
  expect(reader, '(')
  if (accept(reader, ')')) return query
  do {
    if (isNext(reader, ')')) break
    const { text, start } = expectName(reader, 'a query option')
    const name = readOptionName(text)
    if (!name) throw unknownOption(text, start)
    if (seen.has(name)) throw syntax(reader, start, `"$${name}" is given twice`)
    seen.add(name)
    expect(reader, '=')
    if (name === 'expand') query.expand = readExpand(reader, depth + 1)
    else readParsed(name, reader, query)
  } while (accept(reader, ';'))
  expect(reader, ')')
  return query
}
