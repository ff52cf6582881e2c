// Query options → Query. One reader per option; nested options of $expand use the same functions, to any depth up to the cap.
// Grammar only: which names exist is bind's question.
import { queryLimits, type QueryLimits } from '../base/limits.ts'
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
import { readApply, readComputes, readOrder } from './parse-apply.ts'
import { readOptionName, targetOf, unknownOption, type OptionName } from './option.ts'
import { splitSearch, withSlots } from './search.ts'
import { shapeOf, type NumberedOption } from './shape.ts'
import { readToken } from './token.ts'
import type { ExpandSyntax, ListSyntax, Query, Search } from './tree.ts'

type Building = { -readonly [K in keyof Query]: Query[K] }

/** Reads a query string (without "?"). Literals carry no slots: for those who do not cache. */
export function parseQuery(query: string, limits: QueryLimits = queryLimits): Query | Problem {
  const shape = shapeOf('', query, limits)
  return shape instanceof Problem ? shape : parseOptions(shape.options, { slots: false, limits })
}

/** Reads options that were split before; `slots` numbers their literals for the shape cache. */
export function parseOptions(
  options: readonly NumberedOption[],
  { slots = true, limits = queryLimits }: { readonly slots?: boolean; readonly limits?: QueryLimits } = {},
): Query | Problem {
  return reading(() => {
    const query: Building = {}
    const aliases = new Map<string, Syntax>()
    for (const option of options) {
      const slot = slots ? option.slot : undefined
      if (option.name.startsWith('@'))
        aliases.set(option.name, readAll(readerOf(option.text, option.name, slot, limits), readExpression))
      else readOption(option.name as OptionName, option.text, { slot, limits }, query)
    }
    if (aliases.size > 0) query.aliases = aliases
    const token = options.find(({ name }) => name === 'skiptoken')
    if (token) setToken(query, token.text, slots ? token.slot : undefined)
    return query
  })
}

function readAll<T>(reader: Reader, read: (reader: Reader) => T): T {
  const result = read(reader)
  expectEnd(reader)
  return result
}

function readOption(
  name: OptionName,
  text: string,
  { slot, limits }: { readonly slot: number | undefined; readonly limits: QueryLimits },
  query: Building,
): void {
  const target = targetOf(name)
  const reader = () => readerOf(text, target, slot, limits)
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
    case 'schemaversion':
      return checkVersion(text)
    case 'format':
      return checkFormat(text)
    case 'search':
      query.search = readSearch(text, slot)
      return
    case 'skiptoken':
      return
    case 'filter':
    case 'orderby':
      refuseBlank(text, target)
      return readAll(reader(), (each) => readParsed(name, each, query))
    case 'apply':
      query.apply = readAll(reader(), readApply)
      return
    default:
      return readAll(reader(), (each) => readParsed(name, each, query))
  }
}

/** The options that are read token by token, on top and inside $expand. */
function readParsed(name: OptionName, reader: Reader, query: Building): void {
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

function checkVersion(text: string): void {
  if (/^(\*|[\w.~-]{1,40})$/.test(text)) return
  throw new Problem('request.type', {
    detail: '"$schemaversion" is a version or *',
    target: '$schemaversion',
    position: 0,
  })
}

function readSearch(text: string, slot?: number): Search {
  const search = splitSearch(text)
  if (search instanceof Problem) throw search
  return slot === undefined ? search : withSlots(search, slot)
}

/** The standard has no blank between "=" and the expression. */
function refuseBlank(text: string, target: string): void {
  if (/^\s/.test(text))
    throw new Problem('request.syntax', {
      detail: `A blank cannot stand at position 0 of "${target}"`,
      target,
      position: 0,
      hint: `Write ${target}=… without a blank`,
    })
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
