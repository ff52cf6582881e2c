// The options of a request → Query: parameter aliases, the page token, what the standard asks of an option's text alone. What is
// read token by token is parse-option.ts's, where nested options are read by the same functions. Grammar only: which names exist
// is bind's question.
import { queryLimits, type QueryLimits } from '../base/limits.ts'
import { Problem } from '../base/problem.ts'
import { readExpression } from '../expression/parse-odata.ts'
import { expectEnd, readerOf, reading, type Reader } from '../expression/reader.ts'
import type { Syntax } from '../expression/tree.ts'
import { targetOf, type OptionName } from './option.ts'
import { readApply } from './parse-apply.ts'
import { readParsed, readSearch, readTruth, setNumber, type Building } from './parse-option.ts'
import { isFixed, shapeOf, type NumberedOption } from './shape.ts'
import type { Query } from './syntax.ts'
import { readToken } from './token.ts'

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

/** Reads one option into the query. */
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
      return setNumber(query, name, text, target, isFixed(name, text) ? undefined : slot)
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
