// The test cases of the OData ABNF (OASIS) against our parsers: what is right is read, or refused with 501 by the name of the
// feature; what is wrong is refused near the place the case names. The cases are not part of the project: absent, they are skipped.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { readPrefer } from '@peyvand/runtime/api/data/prefer.ts'
import { afterAll, describe, expect, test } from 'vitest'
import { Problem } from '@peyvand/core/base/problem.ts'
import { readLiteral } from '@peyvand/core/expression/literal.ts'
import { lex } from '@peyvand/core/expression/lex.ts'
import { parseOData } from '@peyvand/core/expression/parse-odata.ts'
import { parseQuery } from '@peyvand/core/query/parse.ts'
import { parsePath } from '@peyvand/core/query/path.ts'
import { versionFor } from '@peyvand/runtime/api/data/headers.ts'

interface AbnfCase {
  readonly name: string
  readonly rule: string
  readonly input: string
  /** Where the wrong part starts; absent for right ones. */
  readonly failAt?: number
}

const folder = fileURLToPath(new URL('../../../shared/data/conformance/odata/', import.meta.url))
const there = existsSync(folder)
if (!there) console.log('skipped: the test cases of the OData ABNF (they are not on this machine)')
const cases = there
  ? readdirSync(folder)
      .filter((name) => name.endsWith('.yaml'))
      .flatMap((name) => readCases(readFileSync(folder + name, 'utf8')))
  : []

/** The list under "TestCases:": plain, quoted and folded scalars are all it uses. */
function readCases(text: string): AbnfCase[] {
  const lines = text
    .slice(text.indexOf('\nTestCases:') + 1)
    .split('\n')
    .slice(1)
  const found: Record<string, string>[] = []
  let key = ''
  for (const line of lines) {
    const start = /^ {2}(?:- | {2})(Name|Rule|Input|FailAt):(?: (.*))?$/.exec(line)
    if (start) {
      key = start[1]!
      if (line.startsWith('  - ')) found.push({})
      found.at(-1)![key] = start[2] ?? ''
    } else if (line.trim() !== '' && found.length > 0) {
      const before = found.at(-1)![key]!
      found.at(-1)![key] = before.endsWith('\\')
        ? `${before.slice(0, -1)}${line.trim()}`
        : `${before} ${line.trim()}`.trim()
    }
  }
  return found.map((each) => ({
    name: scalar(each['Name']!),
    rule: scalar(each['Rule']!),
    input: scalar(each['Input']!),
    ...(each['FailAt'] === undefined ? {} : { failAt: Number(each['FailAt']) }),
  }))
}

function scalar(text: string): string {
  if (/^"[^]*"$/.test(text)) return JSON.parse(text) as string
  return /^'[^]*'$/.test(text) ? text.slice(1, -1).replaceAll("''", "'") : text
}

// ---- which of our parsers reads a rule ------------------------------------------------------------------------------

type Outcome = {
  readonly problem: Problem | undefined
  /** Where the parsed text starts in the input. */ readonly offset: number
}
type Run = (input: string) => Outcome

const found = (result: unknown, offset = 0): Outcome => ({
  problem: result instanceof Problem ? result : undefined,
  offset,
})
const decoded = (text: string) => decodeURIComponent(text)

const expression: Run = (input) => found(parseOData(decoded(input)))
/** A part that only stands behind a path. */
const behindPath: Run = (input) => found(parseOData(`x/${decoded(input)}`), -2)
const literal: Run = (input) => {
  const result = parseOData(input)
  if (result instanceof Problem || result.op !== 'literal') return found(result)
  return found(
    result.kind === 'null' || typeof result.value !== 'string' ? result : readLiteral(result.kind, result.value),
  )
}
/** The first literal, when it ends where the input does. */
const ofKind =
  (kind: 'date' | 'datetime' | 'decimal' | 'integer' | 'uuid'): Run =>
  (input) => {
    const [token, next] = lex(input)
    if (token!.type === 'bad' || token!.type === 'punct') return found(readLiteral(kind, input), token!.start)
    if (next!.type !== 'end') return found(readLiteral(kind, input), next!.start)
    return found(token!.type === 'name' ? parseOData(input) : readLiteral(kind, token!.text))
  }
const query: Run = (input) => {
  const problem = parseQuery(input)
  const written = problem instanceof Problem && problem.target?.startsWith('$') ? input.indexOf('=') + 1 : 0
  return found(problem, written)
}
const address: Run = (input) => {
  const root = /^https?:\/\/[^/]+\/(?:[^/]*\/)*?(?:MyService|service|OData\.svc)(?:\/|$)/.exec(input)?.[0] ?? ''
  const [path = '', options] = input.slice(root.length).split(/\?(.*)/s)
  const problem = parsePath(path)
  if (problem instanceof Problem) return found(problem, root.length)
  const result = options === undefined ? undefined : parseQuery(options)
  return found(result, root.length + path.length + 1)
}
const prefer: Run = (input) => found(readPrefer(input), input.indexOf('=') + 1)
const header: Run = (input) => {
  const [name, value] = input.split(/:\s*/, 2) as [string, string]
  return found(name.toLowerCase() === 'odata-maxversion' ? versionFor(value) : undefined)
}
const name: Run = (input) => found(parseQuery(`$compute=1 as ${input}`), -14)

const rules: Readonly<Record<string, Run>> = {
  ...Object.fromEntries(
    ['commonExpr', 'boolCommonExpr', 'firstMemberExpr', 'propertyPathExpr', 'isofExpr'].map((rule) => [
      rule,
      expression,
    ]),
  ),
  anyExpr: behindPath,
  ...Object.fromEntries(
    [
      'binaryLiteral',
      'boolean',
      'null',
      'stringLiteral',
      'durationLiteral',
      'primitiveValue',
      'enumLiteral',
      'timeOfDayValue',
      'geographyMultiPoint',
      'geographyPoint',
      'geometryMultiPoint',
    ].map((rule) => [rule, rule === 'stringLiteral' ? expression : literal]),
  ),
  date: ofKind('date'),
  dateValue: ofKind('date'),
  dateTimeOffsetValue: ofKind('datetime'),
  decimalValue: ofKind('decimal'),
  singleValue: ofKind('decimal'),
  doubleValue: literal,
  int16Value: ofKind('integer'),
  guid: ofKind('uuid'),
  ...Object.fromEntries(
    ['filter', 'orderby', 'orderBy', 'expand', 'select', 'queryOptions', 'systemQueryOption', 'customQueryOption'].map(
      (rule) => [rule, query],
    ),
  ),
  odataUri: address,
  odataRelativeUri: address,
  resourcePath: address,
  preference: prefer,
  maxpagesizePreference: prefer,
  header,
  odataIdentifier: name,
}

/** Rules for texts that this service writes and never reads, or that mean what there is not. */
const notRead: Readonly<Record<string, string>> = {
  context: 'a context URL is written, not read',
  durationValue: 'a length of time is never negative here',
  enumValue: 'choices are texts',
  'request-id': 'any text is taken as the id of a request in a batch',
}

/** Right by the grammar, and refused all the same, for a reason that the protocol or our contract gives. */
const refusedOnPurpose: Readonly<Record<string, string>> = {
  'request.malformed': 'the protocol forbids to give an option twice',
  'request.unknown': 'an option that is not known is refused, never ignored',
}

/** Only the model can tell that these are wrong. */
const asksTheModel = new Set(['Categories(1)/Address/$value'])
/** How far from the named place a refusal may point: before the part, or at what makes it wrong. */
const near = 16

const seen = { read: 0, unsupported: new Map<string, number>(), onPurpose: 0, refused: 0, notRead: 0 }

describe.skipIf(!there)('the ABNF', () => {
  test('the cases are found', () => expect(cases.length).toBeGreaterThan(100))

  for (const [i, { name: title, rule, input, failAt }] of cases.entries()) {
    test(`${i} ${rule}: ${title}`, () => {
      if (rule in notRead || asksTheModel.has(input)) {
        seen.notRead++
        return expect(input).not.toBe('')
      }
      expect(rules, `a parser for ${rule}`).toHaveProperty(rule)
      const { problem, offset } = rules[rule]!(input)
      if (failAt !== undefined) {
        expect(problem, 'is refused').toBeInstanceOf(Problem)
        expect(problem!.status).toBe(problem!.code === 'missing.path' ? 404 : 400)
        const position = (problem!.position ?? 0) + offset
        expect(Math.abs(position - failAt), `${problem!.message}, expected near ${failAt}`).toBeLessThanOrEqual(near)
        seen.refused++
      } else if (problem === undefined) seen.read++
      else if (problem.code === 'request.unsupported') {
        expect(problem.message).toMatch(/not supported|supported here/)
        seen.unsupported.set(problem.message, (seen.unsupported.get(problem.message) ?? 0) + 1)
      } else {
        expect(refusedOnPurpose, problem.message).toHaveProperty([problem.code])
        seen.onPurpose++
      }
    })
  }

  test('most is read', () => {
    expect(seen.read).toBeGreaterThanOrEqual(80)
    expect(seen.onPurpose).toBeLessThanOrEqual(3)
  })
})

afterAll(() => {
  if (!there) return
  const unsupported = [...seen.unsupported].map(([message, count]) => `${count} × ${message}`)
  console.log(
    `ABNF: ${seen.read} read, ${seen.refused} refused as they should, ${unsupported.length} features answered with 501, ` +
      `${seen.onPurpose} refused on purpose, ${seen.notRead} not read by this service\n  ${unsupported.join('\n  ')}`,
  )
})
