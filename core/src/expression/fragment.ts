// SQL as a value: pieces of text and parameters that are put together without ever pasting a caller's text. Identifiers
// enter through `ident`, model names used as SQL strings through `quoted`, everything else is a parameter.
// Knows no dialect beyond PostgreSQL's quoting and its `$n`.
import { quoteName, quoteText } from '../base/sql.ts'
import type { Compiled, Parameter } from '../query/tree.ts'

interface Slot {
  readonly parameter: Parameter
  readonly cast: string
}
/** A select that several places of a statement name; it stands at the statement's head. */
interface Common {
  readonly name: string
  readonly select: Sql
}
type Piece = string | Slot | Common
export interface Sql {
  readonly pieces: readonly Piece[]
}

export const nothing: Sql = { pieces: [] }

/** SQL from a template; only other fragments can be filled in. */
export function sql(strings: TemplateStringsArray, ...parts: readonly Sql[]): Sql {
  const pieces: Piece[] = []
  strings.forEach((text, i) => {
    if (text !== '') pieces.push(text)
    const part = parts[i]
    if (part) pieces.push(...part.pieces)
  })
  return { pieces }
}

/** A quoted identifier. */
export function ident(name: string): Sql {
  return { pieces: [quoteName(name)] }
}

/** A name of the model as an SQL string (JSON keys, entity names); never for record values. */
export function quoted(name: string): Sql {
  return { pieces: [quoteText(name)] }
}

/** A whole number of ours (page sizes, array positions). */
export function whole(value: number): Sql {
  return { pieces: [String(Math.trunc(value))] }
}

/** A parameter with its SQL type. The same source with the same type becomes the same `$n`. */
export function param(parameter: Parameter, cast: string): Sql {
  return { pieces: [{ parameter, cast }] }
}

/** The name of a select that stands once at the head of the statement, worked out there at most once, however often it is named. */
export function common(name: string, select: Sql): Sql {
  return { pieces: [{ name, select }] }
}

/** Fragments with a separator of ours between them. */
export function join(parts: readonly Sql[], separator: string): Sql {
  const pieces: Piece[] = []
  parts.forEach((part, i) => {
    if (i > 0) pieces.push(separator)
    pieces.push(...part.pieces)
  })
  return { pieces }
}

/** A fragment at each place between texts of ours. */
export function between(texts: readonly string[], part: Sql): Sql {
  return { pieces: texts.flatMap((text, i) => (i > 0 ? [...part.pieces, text] : [text])) }
}

/**
 * SQL that names values several times, each of which is worked out once. `offset 0` keeps the planner from putting the values in
 * the places of their names: what functions inside of functions cost would multiply, and a nest of five would fill all memory.
 */
export function once<Name extends string>(
  values: Readonly<Record<Name, Sql>>,
  of: (names: Readonly<Record<Name, Sql>>) => Sql,
): Sql {
  const all = Object.entries(values) as [Name, Sql][]
  const long = all.filter(([, value]) => !isShort(value))
  const names = { ...values, ...Object.fromEntries(long.map(([name]) => [name, ident(name)])) }
  if (long.length === 0) return of(names)
  const columns = long.map(([name, value]) => sql`${value} as ${ident(name)}`)
  return sql`(select ${of(names)} from (select ${join(columns, ', ')} offset 0) "~once")`
}

/** Whether it is a column, the place of one, or a parameter: they cost nothing. */
function isShort({ pieces }: Sql): boolean {
  const texts = pieces.filter((piece) => typeof piece === 'string')
  if (texts.length < pieces.length) return pieces.length === 1 && !('select' in (pieces[0] as Slot | Common))
  return /^(?:(?:"[^"]+"\.)?"[^"]+"|\{\{[^{}]+\}\})$/.test(texts.join(''))
}

/** The same with its fixed values as constants, for SQL that outlives its statement; what a caller gives stays a parameter. */
export function inlined({ pieces }: Sql): Sql {
  return { pieces: pieces.map((piece) => (typeof piece === 'string' || 'select' in piece ? piece : constant(piece))) }
}

function constant(slot: Slot): string | Slot {
  const { parameter, cast } = slot
  if (parameter.from !== 'value') return slot
  const { value } = parameter
  if (Array.isArray(value)) return `array[${value.map((item) => literal(item)).join(', ')}]::${cast}`
  return `${literal(value)}::${cast}`
}

function literal(value: unknown): string {
  if (value === null) return 'null'
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean')
    throw new TypeError('a value that has no constant')
  return quoteText(String(value))
}

/** Conditions that all hold; nothing when there are none. */
export function allOf(conditions: readonly (Sql | undefined)[]): Sql {
  return join(
    conditions.filter((condition): condition is Sql => condition !== undefined && condition.pieces.length > 0),
    ' and ',
  )
}

/** The finished statement: text with `$n`, a name that is stable per text, and where the values come from. */
export function render(statement: Sql): Compiled {
  const parameters: Parameter[] = []
  const numbers = new Map<string, number>()
  let text = ''
  for (const piece of headed(statement).pieces) {
    if (typeof piece === 'string' || 'select' in piece) {
      text += typeof piece === 'string' ? piece : quoteName(piece.name)
      continue
    }
    const key = sourceOf(piece.parameter, piece.cast)
    let number = key === undefined ? undefined : numbers.get(key)
    if (number === undefined) {
      number = parameters.push(piece.parameter)
      if (key !== undefined) numbers.set(key, number)
    }
    text += `$${number}::${piece.cast}`
  }
  return { text, name: `q${digest(text)}`, parameters }
}

/** The statement with the selects it names at its head, each behind those that it names itself. */
function headed(statement: Sql): Sql {
  const named = new Map<string, Sql>()
  const note = ({ pieces }: Sql): void => {
    for (const piece of pieces) {
      if (typeof piece === 'string' || !('select' in piece) || named.has(piece.name)) continue
      note(piece.select)
      named.set(piece.name, piece.select)
    }
  }
  note(statement)
  if (named.size === 0) return statement
  const selects = join(
    [...named].map(([name, select]) => sql`${ident(name)} as materialized (${select})`),
    ', ',
  )
  const [first, ...rest] = statement.pieces
  const [begin] = typeof first === 'string' ? (/^with (recursive )?/.exec(first) ?? []) : []
  if (begin === undefined) return sql`with ${selects} ${statement}`
  return { pieces: [begin, ...selects.pieces, `, ${(first as string).slice(begin.length)}`, ...rest] }
}

function sourceOf(parameter: Parameter, cast: string): string | undefined {
  if (parameter.from === 'actor') return `actor.${parameter.take}.${parameter.of ?? ''}:${cast}`
  if (parameter.from === 'moment') return `moment:${cast}`
  if (parameter.from === 'now' || parameter.from === 'reckoning') return `${parameter.from}.${parameter.take}:${cast}`
  return parameter.from === 'input' ? `input.${parameter.name}:${cast}` : undefined
}

/** 53 bits over the text: enough to tell statements apart; the driver compares the whole text anyway. */
export function digest(text: string): string {
  let a = 0xdeadbeef
  let b = 0x41c6ce57
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    a = Math.imul(a ^ code, 2654435761)
    b = Math.imul(b ^ code, 1597334677)
  }
  a = Math.imul(a ^ (a >>> 16), 2246822507) ^ Math.imul(b ^ (b >>> 13), 3266489909)
  b = Math.imul(b ^ (b >>> 16), 2246822507) ^ Math.imul(a ^ (a >>> 13), 3266489909)
  return (4294967296 * (2097151 & b) + (a >>> 0)).toString(36)
}
