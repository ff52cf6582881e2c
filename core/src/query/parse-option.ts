// Options that are read token by token, the same ones on top and in the parentheses of $select and $expand, to any depth up to
// the cap. Grammar only: which names exist is bind's question.
import { Problem } from '../base/problem.ts'
import { readExpression } from '../expression/parse-odata.ts'
import {
  accept,
  deeper,
  expect,
  expectName,
  isNext,
  peek,
  syntax,
  take,
  unexpected,
  unsupported,
  type Reader,
} from '../expression/reader.ts'
import { readOptionName, unknownOption, type OptionName } from './option.ts'
import { readComputes, readOrder } from './parse-apply.ts'
import { splitSearch, withSlots } from './search.ts'
import type { ExpandSyntax, ListSyntax, Query, Search } from './syntax.ts'

/** A query while its options are read. */
export type Building = { -readonly [K in keyof Query]: Query[K] }

/** Reads one option into the query. throws: Problem */
export function readParsed(name: OptionName, reader: Reader, query: Building): void {
  switch (name) {
    case 'select':
      Object.assign(query, readSelect(reader))
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
    case 'compute':
      query.compute = readComputes(reader)
      return
    default:
      throw unsupported(reader, peek(reader).start, `"$${name}" inside $expand`)
  }
}

/** Sets `$top` or `$skip`. `slot`: where the number is a value of the request. throws: Problem */
export function setNumber(
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

/** The value of `$count`. throws: Problem */
export function readTruth(text: string, target: string): boolean {
  const value = text.toLowerCase()
  if (value === 'true' || value === 'false') return value === 'true'
  throw new Problem('request.type', { detail: `"${target}" must be true or false`, target, position: 0 })
}

/** What `$search` asks for. `slot`: the number of its first word. throws: Problem */
export function readSearch(text: string, slot?: number): Search {
  const search = splitSearch(text)
  if (search instanceof Problem) throw search
  return slot === undefined ? search : withSlots(search, slot)
}

/** Columns, and the options of those that are lists of values. */
function readSelect(reader: Reader): Pick<Query, 'select' | 'lists'> {
  const items: string[][] = []
  const lists = new Map<string, ListSyntax>()
  do {
    if (accept(reader, '*')) {
      items.push(['*'])
      continue
    }
    const { text, start } = expectName(reader)
    const names = [text]
    while (accept(reader, '/')) names.push(expectName(reader).text)
    if (isNext(reader, '(')) {
      if (names.length > 1) throw unsupported(reader, start, 'Options of a path in $select')
      lists.set(text, readListOptions(reader))
    }
    if (names.at(-1)!.endsWith('.') && isNext(reader, '*')) throw unsupported(reader, start, 'A namespace in $select')
    items.push(names)
  } while (accept(reader, ','))
  return { select: items, ...(lists.size > 0 ? { lists } : {}) }
}

/** `tags($filter=$this ne 'old';$orderby=$this desc;$top=2;$count=true)` */
function readListOptions(reader: Reader): ListSyntax {
  const { start } = peek(reader)
  const { query } = deeper(reader, start, () => readNested(reader, reader.limits.expandDepth, forLists))
  return query
}

/** Options that make sense for a list of values. */
const forLists: ReadonlySet<string> = new Set(['filter', 'orderby', 'top', 'skip', 'count'])

/** The words of a nested search belong to the shape, as the lexer hands them over in one piece. */
function readNestedSearch(reader: Reader): Search {
  if (peek(reader).type !== 'search') throw unexpected(reader, 'words to search for')
  return readSearch(take(reader).text)
}

function readExpand(reader: Reader, depth = 1): ExpandSyntax[] {
  const items: ExpandSyntax[] = []
  const { expandDepth, expands } = reader.limits
  do {
    const { start: position } = peek(reader)
    if (depth > expandDepth)
      throw new Problem('limit.depth', {
        detail: `$expand is nested more than ${expandDepth} levels deep`,
        target: '$expand',
        position,
      })
    items.push(readExpanded(reader, depth))
    if (items.length > expands)
      throw new Problem('limit.size', {
        detail: `$expand names more than ${expands} relationships`,
        target: '$expand',
        position,
      })
  } while (accept(reader, ','))
  return items
}

function readExpanded(reader: Reader, depth: number): ExpandSyntax {
  const { start: position } = peek(reader)
  const star = accept(reader, '*')
  const name = star ? '*' : expectName(reader).text
  if (name.startsWith('@')) throw unsupported(reader, position, `The annotation "${name.slice(0, 60)}"`)
  let suffix: { ref?: boolean; countOnly?: boolean } = {}
  if (accept(reader, '/')) {
    const { text } = expectName(reader)
    if (text === '$ref') suffix = { ref: true }
    else if (text === '$count' && !star) suffix = { countOnly: true }
    else throw unsupported(reader, position, `"${name}/${text.slice(0, 60)}" in $expand`)
  }
  if (!isNext(reader, '(')) return { name, position, query: {}, ...suffix }
  const first = reader.index
  const allowed = star ? nothingElse : suffix.countOnly ? forCount : undefined
  const nested = deeper(reader, position, () => readNested(reader, depth, allowed))
  return { name, position, ...nested, ...suffix, options: [first, reader.index - 1] }
}

/** Options that make sense where only the number is asked for, and for all relationships at once. */
const forCount: ReadonlySet<string> = new Set(['filter', 'search'])

const nothingElse: ReadonlySet<string> = new Set()

function readNested(
  reader: Reader,
  depth: number,
  allowed: ReadonlySet<string> | undefined,
): Pick<ExpandSyntax, 'query' | 'levels'> {
  const query: Building = {}
  const seen = new Set<string>()
  let levels: ExpandSyntax['levels']
  expect(reader, '(')
  if (accept(reader, ')')) return { query }
  do {
    if (isNext(reader, ')')) break
    const { text, start } = expectName(reader, 'a query option')
    if (text.startsWith('@')) {
      expect(reader, '=')
      query.aliases = new Map([...(query.aliases ?? []), [text, readExpression(reader)]])
      continue
    }
    const name = /^\$?levels$/i.test(text) ? 'levels' : readOptionName(text)
    if (!name) throw unknownOption(text, start)
    if (seen.has(name)) throw syntax(reader, start, `"$${name}" is given twice`)
    if (allowed === forLists && !allowed.has(name)) throw unsupported(reader, start, `"$${name}" inside $select`)
    if (allowed && !allowed.has(name) && (name !== 'levels' || allowed !== nothingElse))
      throw syntax(reader, start, `"$${name}" cannot be used here`)
    seen.add(name)
    expect(reader, '=')
    if (name === 'levels') levels = readLevels(reader)
    else if (name === 'expand') query.expand = readExpand(reader, depth + 1)
    else readParsed(name, reader, query)
  } while (accept(reader, ';'))
  expect(reader, ')')
  return levels === undefined ? { query } : { query, levels }
}

function readLevels(reader: Reader): number | 'max' {
  const { text, start } = peek(reader)
  if (text !== 'max' && !/^[1-9]\d{0,3}$/.test(text))
    throw syntax(reader, start, '"$levels" must be a whole number from 1, or max')
  take(reader)
  if (text === 'max') return 'max'
  if (Number(text) > reader.limits.expandDepth)
    throw new Problem('limit.depth', {
      detail: `$levels can be at most ${reader.limits.expandDepth}`,
      target: '$expand',
      position: start,
      hint: 'Write $levels=max for as many as possible',
    })
  return Number(text)
}
