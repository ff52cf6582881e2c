// `$apply`: filter(…)/groupby((…),aggregate(…)) and aggregate(…) → steps. The other transformations are named and refused.
import { Problem } from '../base/problem.ts'
import { readExpression } from '../expression/parse-odata.ts'
import { accept, expect, expectName, peek, syntax, unsupported, type Reader } from '../expression/reader.ts'
import type { Syntax } from '../expression/tree.ts'
import type { AggregateSyntax, ApplyStep } from './tree.ts'

const others = new Set([
  'compute',
  'concat',
  'topcount',
  'bottomcount',
  'toppercent',
  'bottompercent',
  'topsum',
  'bottomsum',
  'identity',
  'orderby',
  'top',
  'skip',
  'search',
  'expand',
  'nest',
  'join',
  'outerjoin',
  'ancestors',
  'descendants',
  'traverse',
  'rollup',
])

/** Reads the steps of $apply. throws: Problem */
export function readApply(reader: Reader): ApplyStep[] {
  const steps: ApplyStep[] = []
  do {
    const { text: name, start } = expectName(reader, 'filter, groupby or aggregate')
    if (steps.some(({ op }) => op !== 'filter'))
      throw unsupported(reader, start, `"${name.slice(0, 60)}" after ${steps.at(-1)!.op}`)
    if (name === 'filter') steps.push({ op: 'filter', where: inParentheses(reader, readExpression) })
    else if (name === 'groupby') steps.push(inParentheses(reader, readGroup))
    else if (name === 'aggregate') steps.push({ op: 'aggregate', aggregate: inParentheses(reader, readAggregates) })
    else if (others.has(name)) throw unsupported(reader, start, `"${name}" in $apply`)
    else
      throw new Problem('request.unknown', {
        detail: `There is no transformation "${name.slice(0, 60)}"`,
        target: reader.target,
        position: start,
        hint: 'Write filter, groupby or aggregate',
      })
  } while (accept(reader, '/'))
  return steps
}

function inParentheses<T>(reader: Reader, read: (reader: Reader) => T): T {
  expect(reader, '(')
  const result = read(reader)
  expect(reader, ')')
  return result
}

function readGroup(reader: Reader): ApplyStep {
  const by = inParentheses(reader, readPaths)
  if (!accept(reader, ',')) return { op: 'groupby', by, aggregate: [] }
  const { text, start } = expectName(reader, '"aggregate"')
  if (text !== 'aggregate') throw unsupported(reader, start, `"${text.slice(0, 60)}" inside groupby`)
  return { op: 'groupby', by, aggregate: inParentheses(reader, readAggregates) }
}

function readPaths(reader: Reader): Syntax[] {
  const paths: Syntax[] = []
  do {
    const { text: first, start: position } = expectName(reader, 'a property')
    if (first === 'rollup') throw unsupported(reader, position, '"rollup"')
    const names = [first]
    while (accept(reader, '/')) names.push(expectName(reader).text)
    paths.push({ op: 'path', names, position })
    if (paths.length > 10) throw syntax(reader, position, 'There are more than 10 group keys')
  } while (accept(reader, ','))
  return paths
}

function readAggregates(reader: Reader): AggregateSyntax[] {
  const aggregates: AggregateSyntax[] = []
  do {
    aggregates.push(readAggregate(reader))
    if (aggregates.length > 20) throw syntax(reader, peek(reader).start, 'There are more than 20 aggregates')
  } while (accept(reader, ','))
  return aggregates
}

function readAggregate(reader: Reader): AggregateSyntax {
  const { text, start: position } = peek(reader)
  if (text === '$count') {
    expectName(reader)
    return { method: 'count', alias: readAlias(reader), position }
  }
  const of = readExpression(reader)
  expectWord(reader, 'with')
  const method = expectName(reader, 'sum, min, max, average or countdistinct').text
  return { of, method, alias: readAlias(reader), position }
}

function readAlias(reader: Reader): string {
  expectWord(reader, 'as')
  const { text, start } = expectName(reader, 'a name for the result')
  if (!/^[A-Za-z_]\w{0,47}$/.test(text)) throw syntax(reader, start, 'A name has letters, digits and _ only')
  return text
}

function expectWord(reader: Reader, word: string): void {
  const token = expectName(reader, `"${word}"`)
  if (token.text !== word) throw syntax(reader, token.start, `Expected "${word}", found "${token.text.slice(0, 60)}"`)
}
