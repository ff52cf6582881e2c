// Resource path → tree: entity set, keys (id bare or quoted, alternate keys, key as segment), navigations, and what is asked
// of the last one ($value, $count, $ref). Grammar only.
import { Problem } from '../base/problem.ts'
import { isLiteral } from '../expression/lex.ts'
import { readExpression } from '../expression/parse-odata.ts'
import {
  accept,
  expect,
  expectEnd,
  expectName,
  isNext,
  peek,
  readerOf,
  reading,
  shown,
  take,
  unexpected,
  type Reader,
} from '../expression/reader.ts'
import type { Syntax } from '../expression/tree.ts'
import { shapeOf, type Segment } from './shape.ts'

type Literal = Extract<Syntax, { op: 'literal' }>
/** A parameter alias, whose value stands in the query. */
type Alias = Extract<Syntax, { op: 'alias' }>
export interface KeyPart {
  readonly name?: string
  readonly value: Literal | Alias
}

export type PathStep =
  | { readonly op: 'name'; readonly name: string; readonly position: number }
  | {
      readonly op: 'key'
      readonly parts: readonly KeyPart[]
      readonly position: number
      /** Written as a segment of its own. */ readonly segment?: true
    }
  /** `$filter(…)`: some records of the list before it. */
  | { readonly op: 'filter'; readonly where: Syntax; readonly position: number }
  /** `peyvand.account`: the record (or list) before it as one of this entity. */
  | { readonly op: 'cast'; readonly name: string; readonly position: number }
  /** A name with empty parentheses: a function, which only some services have. */
  | { readonly op: 'call'; readonly name: string; readonly position: number }
  | { readonly op: '$value' | '$count' | '$ref' | '$each' | '$metadata' | '$batch'; readonly position: number }

const suffixes = new Set(['$value', '$count', '$ref', '$each', '$metadata', '$batch'])
/** Segments of the standard that are not supported (yet). */
const notSupported = new Set(['$all', '$entity', '$root', '$crossjoin', '$query'])
const maxSteps = 20

/** Reads a path such as `accounts(…)/contacts/$count`; an empty list is the service document. */
export function parsePath(path: string): readonly PathStep[] | Problem {
  const shape = shapeOf(path, '')
  return shape instanceof Problem ? shape : parseSegments(shape.segments, false)
}

/** Reads segments that were split before; `slots` numbers their literals for the shape cache. */
export function parseSegments(segments: readonly Segment[], slots = true): readonly PathStep[] | Problem {
  return reading(() => {
    const steps: PathStep[] = []
    for (const segment of segments) readSegment(segment, slots, steps)
    if (steps.length > maxSteps)
      throw new Problem('limit.depth', { detail: `The address has more than ${maxSteps} parts`, target: 'path' })
    return steps
  })
}

function readSegment({ text, position, slot }: Segment, slots: boolean, steps: PathStep[]): void {
  const reader = readerOf(text, 'path', slots ? slot : undefined)
  if (isLiteral(peek(reader))) {
    const before = steps.at(-1)
    if (before?.op === 'key' && before.segment)
      throw new Problem('request.unsupported', {
        detail: 'A key of several parts in an address of its own is not supported',
        target: 'path',
        position,
        hint: 'Write the parts by name in parentheses',
      })
    if (before?.op !== 'name')
      throw new Problem('missing.path', { detail: `There is nothing at "${shown(text)}"`, target: 'path', position })
    steps.push({ op: 'key', parts: [{ value: readValue(reader, position) }], position, segment: true })
  } else {
    const { text: name } = expectName(reader)
    const before = steps.at(-1)
    if (before && (before.op === '$count' || before.op === '$ref'))
      throw new Problem('missing.path', { detail: `Nothing can follow "${before.op}"`, target: 'path', position })
    if (name === '$filter') {
      steps.push({ op: 'filter', where: readCondition(reader), position })
      return expectEnd(reader)
    }
    if (suffixes.has(name)) steps.push({ op: name as '$value', position })
    else if (notSupported.has(name))
      throw new Problem('request.unsupported', {
        detail: `"${shown(name)}" in an address is not supported`,
        target: 'path',
        position,
      })
    else if (name.startsWith('peyvand.')) steps.push({ op: 'cast', name: name.slice(8), position })
    else steps.push({ op: 'name', name, position })
    const { start } = peek(reader)
    if (isNext(reader, '(') && peek(reader, 1).text === ')') {
      steps.push({ op: 'call', name, position: position + start + 1 })
      reader.index += 2
    } else if (isNext(reader, '('))
      steps.push({ op: 'key', parts: readKey(reader, position), position: position + start })
  }
  expectEnd(reader)
}

/** `$filter(name eq 'x')`, `$filter(@f)` */
function readCondition(reader: Reader): Syntax {
  expect(reader, '(')
  const where = readExpression(reader)
  expect(reader, ')')
  return where
}

function readKey(reader: Reader, offset: number): KeyPart[] {
  expect(reader, '(')
  const parts: KeyPart[] = []
  do {
    if (isLiteral(peek(reader)) || isAlias(reader)) parts.push({ value: readValue(reader, offset) })
    else {
      const { text: name } = expectName(reader, 'a key')
      expect(reader, '=')
      parts.push({ name, value: readValue(reader, offset) })
    }
  } while (accept(reader, ','))
  expect(reader, ')')
  return parts
}

function isAlias(reader: Reader): boolean {
  return peek(reader).type === 'name' && peek(reader).text.startsWith('@')
}

function readValue(reader: Reader, offset: number): Literal | Alias {
  const token = peek(reader)
  if (isAlias(reader)) return { op: 'alias', name: take(reader).text, position: token.start + offset }
  if (!isLiteral(token)) throw unexpected(reader, 'a value')
  const { slot } = take(reader)
  return {
    op: 'literal',
    kind: token.type,
    value: token.text,
    position: token.start + offset,
    ...(slot === undefined ? {} : { slot }),
  }
}
