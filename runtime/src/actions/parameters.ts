// What a caller gives an operation: read from the parentheses behind a function's name (`f(a=1,b=@p)`), or a JSON object; then
// checked against the parameters' schemas. Every fault names the parameter it lies in.
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import { suggest } from '@peyvand/core/base/name.ts'
import { gather, Problem } from '@peyvand/core/base/problem.ts'
import { schemaFault } from '@peyvand/core/base/schema.ts'
import { isLiteral } from '@peyvand/core/expression/lex.ts'
import {
  accept,
  expect,
  expectEnd,
  expectName,
  peek,
  readerOf,
  reading,
  take,
  unexpected,
  type Reader,
} from '@peyvand/core/expression/reader.ts'
import type { Operation, Parameter } from './operation.ts'

const words: Readonly<Record<string, JsonValue>> = { true: true, false: false, null: null }

/** The values in the parentheses of a call, aliases replaced by what stands for them in the query. */
export function readInline(text: string, aliases: ReadonlyMap<string, string>): JsonObject | Problem {
  return reading(() => {
    const reader = readerOf(text, 'path')
    const given: JsonObject = {}
    if (peek(reader).type !== 'end')
      do {
        const { text: name } = expectName(reader, 'the name of a parameter')
        expect(reader, '=')
        given[name] = readValue(reader, aliases)
      } while (accept(reader, ','))
    expectEnd(reader)
    return given
  })
}

/** A value as it is written in the query: a literal, or JSON. */
export function readAlias(name: string, text: string): JsonValue | Problem {
  const json = /^\s*[[{"]/.test(text) ? parseJson(name, text) : undefined
  // A list may also be written as in the address, with texts in single quotes.
  if (json !== undefined && !(json instanceof Problem && text.includes("'"))) return json
  return reading(() => {
    const reader = readerOf(text, name)
    const value = readValue(reader, new Map())
    expectEnd(reader)
    return value
  })
}

function readValue(reader: Reader, aliases: ReadonlyMap<string, string>): JsonValue {
  const token = peek(reader)
  if (isLiteral(token)) {
    take(reader)
    if (token.type !== 'integer' && token.type !== 'decimal') return token.text
    const value = Number(token.text)
    return token.type === 'integer' && !Number.isSafeInteger(value) ? token.text : value
  }
  if (token.type === 'name') {
    if (token.text.startsWith('@')) return aliased(reader, aliases)
    if (Object.hasOwn(words, token.text)) return words[take(reader).text]!
  }
  if (token.type === 'punct' && token.text === '[') return readList(reader, aliases)
  throw unexpected(reader, 'a value or a parameter alias')
}

function readList(reader: Reader, aliases: ReadonlyMap<string, string>): JsonValue[] {
  expect(reader, '[')
  const items: JsonValue[] = []
  if (accept(reader, ']')) return items
  do items.push(readValue(reader, aliases))
  while (accept(reader, ','))
  expect(reader, ']')
  return items
}

function aliased(reader: Reader, aliases: ReadonlyMap<string, string>): JsonValue {
  const { text: name, start: position } = take(reader)
  const text = aliases.get(name)
  // An alias that is not given stands for null.
  if (text === undefined) return null
  const value = readAlias(name, text)
  if (value instanceof Problem) throw value
  if (position < 0) throw unexpected(reader, 'a value')
  return value
}

function parseJson(target: string, text: string): JsonValue | Problem {
  try {
    return JSON.parse(text) as JsonValue
  } catch {
    return new Problem('request.malformed', { detail: `"${target}" is not JSON`, target })
  }
}

/** Checks what was given against what an operation takes. `from`: pointer of the values in what was sent. */
export function checkParameters({ name, parameters }: Operation, given: JsonObject, from = ''): JsonObject | Problem {
  const unknown = Object.keys(given).find((each) => !Object.hasOwn(parameters, each))
  if (unknown !== undefined)
    return new Problem('request.unknown', {
      detail: `"${name}" has no parameter "${unknown.slice(0, 60)}"`,
      pointer: `${from}/${escape(unknown)}`,
      target: unknown.slice(0, 60),
      hint: suggest(unknown, Object.keys(parameters)),
    })
  const problems = Object.entries(parameters).flatMap(([each, parameter]) => {
    const problem = check(each, parameter, given[each], `${from}/${escape(each)}`)
    return problem ? [problem] : []
  })
  return problems.length > 0 ? gather('check.invalid', problems) : given
}

function check(
  name: string,
  { schema, required }: Parameter,
  value: JsonValue | undefined,
  pointer: string,
): Problem | undefined {
  if (value === undefined || (value === null && required === undefined))
    return required
      ? new Problem('check.required', { detail: `"${name}" must be given`, pointer, target: name })
      : undefined
  const fault = schemaFault(schema, value)
  return (
    fault &&
    new Problem('check.invalid', { detail: `"${name}": ${fault.says}`, pointer: pointer + fault.at, target: name })
  )
}

function escape(name: string): string {
  return name.slice(0, 60).replaceAll('~', '~0').replaceAll('/', '~1')
}
