// The query string → named option texts. Decides which options there are, that none is given twice and that none is
// ignored; what stands in them is parse's question.
import { queryLimits, type QueryLimits } from '../base/limits.ts'
import { suggest } from '../base/name.ts'
import { Problem } from '../base/problem.ts'
import { shown } from '../expression/reader.ts'

export const optionNames = [
  'select',
  'filter',
  'orderby',
  'top',
  'skip',
  'count',
  'expand',
  'search',
  'compute',
  'apply',
  'skiptoken',
  'format',
  'schemaversion',
] as const
export type OptionName = (typeof optionNames)[number]

/** Options of the protocol that are known but not supported yet. */
const notSupported = new Set(['levels', 'deltatoken', 'index', 'id'])

/** Options of OData before 4.0, and what is written instead. */
const earlier: ReadonlyMap<string, string> = new Map([
  ['inlinecount', 'Since OData 4.0 it is $count=true'],
  ['callback', 'Only JSON is answered'],
])

export interface OptionText {
  /** Name without `$`, or an alias with its `@`. */
  readonly name: OptionName | `@${string}`
  readonly text: string
}

const known = new Set<string>(optionNames)

/** Splits a query string (without "?"). */
export function splitQuery(query: string, limits: QueryLimits = queryLimits): OptionText[] | Problem {
  if (query === '') return []
  const options: OptionText[] = []
  const seen = new Set<string>()
  let aliases = 0
  for (const part of query.split('&')) {
    if (part === '') continue
    const cut = part.indexOf('=')
    const written = decode(cut < 0 ? part : part.slice(0, cut))
    const text = cut < 0 ? '' : decode(keepSemicolons(part.slice(cut + 1)))
    if (written === undefined || text === undefined)
      return new Problem('request.malformed', {
        detail: 'The query is not correctly percent-encoded',
        target: shown(written ?? 'query'),
      })
    const name = optionName(written)
    if (name instanceof Problem) return name
    if (seen.has(name))
      return new Problem('request.malformed', { detail: `"${targetOf(name)}" is given twice`, target: targetOf(name) })
    seen.add(name)
    if (name.startsWith('@') && ++aliases > limits.aliases)
      return new Problem('limit.size', {
        detail: `The query has more than ${limits.aliases} parameter aliases`,
        target: name,
      })
    if (text.length > limits.length)
      return new Problem('limit.size', {
        detail: `"${targetOf(name)}" is longer than ${limits.length} characters`,
        target: targetOf(name),
      })
    options.push({ name, text })
  }
  return options
}

/** The option as people write it: `$filter`, `@p`. */
export function targetOf(name: OptionText['name']): string {
  return name.startsWith('@') ? name : `$${name}`
}

function optionName(written: string): OptionText['name'] | Problem {
  if (/^@[A-Za-z_]\w{0,47}$/.test(written)) return written as `@${string}`
  return readOptionName(written) ?? unknownOption(written)
}

/** The option a name means, with or without "$", in any case; undefined when there is none. */
export function readOptionName(written: string): OptionName | undefined {
  const name = written.toLowerCase().replace(/^\$/, '')
  return known.has(name) ? (name as OptionName) : undefined
}

/** The problem with a name that is no option: not supported (yet), or not known. */
export function unknownOption(written: string, position?: number): Problem {
  const name = written.toLowerCase().replace(/^\$/, '')
  const target = shown(written)
  if (notSupported.has(name))
    return new Problem('request.unsupported', {
      detail: `The query option "$${name}" is not supported`,
      target,
      position,
    })
  const hint = earlier.get(name) ?? suggest(name, optionNames)
  return new Problem('request.unknown', {
    detail: `There is no query option "${target}"`,
    target,
    position,
    hint: hint?.replace('"', '"$'),
  })
}

/** A text in quotes, or the alias behind "@"; both may be percent-encoded. */
const quotedOrAlias = /(?:'|%27)(?:(?!'|%27).)*(?:'|%27)|(?:@|%40)([A-Za-z_]\w{0,47})/gi

/** A path with the values of its aliases in their places: `accounts(code=@n)` with `@n='A/1'` is `accounts(code='A%2F1')`. */
export function withAliases(path: string, query: string): string {
  if (!/@|%40/.test(path) || !/@|%40/.test(query)) return path
  const values = new Map<string, string>()
  for (const part of query.split('&')) {
    const cut = part.indexOf('=')
    const [name, value] = cut < 0 ? [] : [decode(part.slice(0, cut)), decode(part.slice(cut + 1))]
    if (name?.startsWith('@') === true && value !== undefined) values.set(name.slice(1), value)
  }
  return path.replace(quotedOrAlias, (whole, name?: string) => {
    const value = name === undefined ? undefined : values.get(name)
    return value === undefined ? whole : encodeURIComponent(value)
  })
}

/** The query string without some of its options. */
export function withoutOptions(query: string, names: ReadonlySet<string>): string {
  const nameOf = (part: string) => (decode(part.split('=', 1)[0]!) ?? '').toLowerCase().replace(/^\$/, '')
  return query
    .split('&')
    .filter((part) => part !== '' && !names.has(nameOf(part)))
    .join('&')
}

/** The query string that continues a list behind a page: the same options, at the token's position. */
export function nextQuery(query: string, token: string): string {
  const kept = query.split('&').filter((part) => {
    const name = readOptionName(decode(part.split('=', 1)[0]!) ?? '')
    return part !== '' && name !== 'skip' && name !== 'skiptoken'
  })
  return [...kept, `$skiptoken=${token}`].join('&')
}

/** An encoded ";" in a word of a nested `$search` is part of the word, a bare one ends the option. */
function keepSemicolons(text: string): string {
  if (!/%3b/i.test(text)) return text
  return text.replace(/(search=)([^;)("]*%3b[^;)("]*)/gi, (_all, name: string, words: string) =>
    /'/.test(words) ? `${name}${words}` : `${name}%22${words}%22`,
  )
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}
