// The facts of every function and operator, on both backends: what a function's own table says is what evaluate and
// PostgreSQL give. A function that is added is tested by being there.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PGlite } from '@electric-sql/pglite'
import { valuesOf } from '@peyvand/core/access/values.ts'
import { valueKinds, valueText, type Value, type ValueKind } from '@peyvand/core/base/kind.ts'
import { parseDecimal, printDecimal } from '@peyvand/core/expression/decimal.ts'
import { evaluate } from '@peyvand/core/expression/evaluate.ts'
import { ident, render, sql } from '@peyvand/core/expression/fragment.ts'
import type { FunctionDefinition, Overload } from '@peyvand/core/expression/functions/function.ts'
import { functions } from '@peyvand/core/expression/functions/index.ts'
import { outgoing } from '@peyvand/core/expression/outgoing.ts'
import { castOf } from '@peyvand/core/expression/sql-type.ts'
import { toSql, type SqlScope } from '@peyvand/core/expression/sql.ts'
import type { Expression } from '@peyvand/core/expression/tree.ts'
import { someone } from '../support/query-model.ts'
import { memoryPglite } from '../support/template.ts'

const surroundings = {
  now: '2026-05-14T12:34:56.789Z',
  actor: someone([], 1, { teams: ['00000003-0000-4000-8000-000000000001'] }),
}
const none = () => {
  throw new Error('no properties here')
}
const scope = {
  property: none,
  lambda: none,
  hierarchy: none,
  parent: none,
  items: none,
  item: none,
  sure: none,
  table: none,
}
let pglite: PGlite

beforeAll(async () => {
  pglite = await memoryPglite()
})
afterAll(() => pglite?.close())

function canonical(value: Value | undefined, kind: ValueKind): unknown {
  if (value === null || value === undefined) return null
  if (kind === 'integer' || kind === 'decimal') return printDecimal(parseDecimal(valueText(value))!)
  return kind === 'datetime' ? Date.parse(valueText(value)) : valueText(value)
}

async function inSql(expression: Expression): Promise<Value> {
  const { text, parameters } = render(
    sql`select to_json(${outgoing(expression.kind, toSql(expression, scope))}) #>> '{}' as "value"`,
  )
  const { rows } = await pglite.query<{ value: string | null }>(
    text,
    valuesOf(parameters, { literals: [], ...surroundings }) as unknown[],
  )
  return rows[0]!.value
}

const literal = (kind: ValueKind, value: Value): Expression => ({
  op: 'literal',
  kind,
  value: value === null || typeof value === 'boolean' ? value : valueText(value),
})
/** The same value, but not as a literal, so that the general form of the SQL runs too. */
const computed = (kind: ValueKind, value: Value): Expression => ({
  op: 'call',
  function: 'coalesce',
  args: [literal(kind, value), literal(kind, null)],
  kind,
})

for (const definition of functions.values()) {
  describe(definition.name, () => {
    test('is documented', () => expect(definition.doc.length).toBeGreaterThan(5))
    definition.cases.forEach(({ args, gives, overload = 0 }) => {
      const { params, gives: kind } = definition.overloads[overload]!
      for (const make of [literal, computed]) {
        test(`${definition.name}(${args.map((arg) => JSON.stringify(arg)).join(', ')}) = ${JSON.stringify(gives)}${make === computed ? ', computed' : ''}`, async () => {
          const expression: Expression = {
            op: 'call',
            function: definition.name,
            args: args.map((arg, i) => {
              const made = definition.written?.includes(i) ? literal : make
              return made(params[Math.min(i, params.length - 1)]!, arg)
            }),
            kind,
          }
          expect(canonical(evaluate(expression, {}, surroundings), kind), 'evaluate').toBe(canonical(gives, kind))
          expect(canonical(await inSql(expression), kind), 'SQL').toBe(canonical(gives, kind))
        })
      }
    })
  })
}

describe('a function inside of itself, again and again, grows by the same each time', () => {
  /** A table with one column of each kind. */
  const overColumns: SqlScope = { ...scope, property: ({ kind }) => sql`"t".${ident(kind)}`, sure: () => false }
  const columnOf = (kind: ValueKind) => ({ op: 'property', through: [], kind }) as unknown as Expression
  beforeAll(() => pglite.exec(`create table t (${valueKinds.map((kind) => `"${kind}" ${castOf[kind]}`).join(', ')})`))

  /** The call with another one in place of an argument, so many levels deep; what gives another kind is asked whether it is null. */
  function nested(
    { name, cases, written }: FunctionDefinition,
    { params, gives }: Overload,
    at: number,
    depth: number,
  ) {
    const kind = params[at]!
    const other = (each: ValueKind, i: number) =>
      written?.includes(i) ? literal(each, cases[0]!.args[i]!) : columnOf(each)
    let value = columnOf(kind)
    for (let level = 0; level < depth; level++) {
      const call: Expression = {
        op: 'call',
        function: name,
        args: params.map((each, i) => (i === at ? value : other(each, i))),
        kind: gives,
      }
      const isNull: Expression = { op: 'call', function: 'eq', args: [call, literal(gives, null)], kind: 'boolean' }
      const back: Expression = { op: 'call', function: 'if', args: [isNull, columnOf(kind), literal(kind, null)], kind }
      value = kind === gives ? call : back
    }
    return value
  }

  type Pair = [statement: number, plan: number]

  /** How long the statement is, and how long its plan is written out. */
  async function sizesOf(expression: Expression): Promise<Pair> {
    const { text, parameters } = render(sql`select ${toSql(expression, overColumns)} from t`)
    const values = valuesOf(parameters, { literals: [], ...surroundings }) as unknown[]
    const { rows } = await pglite.query<object>(`explain (verbose, costs off) ${text}`, values)
    return [text.length, JSON.stringify(rows).length]
  }

  for (const definition of functions.values())
    if (definition.cases.length > 0 && !definition.overloads.some(({ list }) => list))
      test(definition.name, async () => {
        for (const overload of definition.overloads)
          for (const at of overload.params.keys()) {
            if (definition.written?.includes(at)) continue
            const sizes: Pair[] = []
            for (const depth of [1, 2, 4, 5]) sizes.push(await sizesOf(nested(definition, overload, at, depth)))
            const [[text1, plan1], [text2, plan2], [text4, plan4], [text5, plan5]] = sizes as [Pair, Pair, Pair, Pair]
            const title = `${definition.name}(${overload.params.join(', ')}), argument ${at}`
            expect(text5 - text4, `text of ${title}`).toBeLessThan(1.5 * (text2 - text1) + 100)
            expect(plan5 - plan4, `plan of ${title}`).toBeLessThan(1.5 * (plan2 - plan1) + 200)
          }
      })
})

test('every function but the ones about who and when has facts', () => {
  const without = [...functions.values()].filter(({ cases }) => cases.length === 0).map(({ name }) => name)
  expect(without).toEqual([
    'in',
    'has',
    'now',
    'today',
    'me',
    'my_unit',
    'my_teams',
    'my_owners',
    'my_units',
    'my_people',
    'my',
    '~units',
    '~shared',
    '~shares',
  ])
})

const aboutWhoAndWhen: readonly [string, ValueKind, Value][] = [
  ['now', 'datetime', '2026-05-14T12:34:56.789Z'],
  ['today', 'date', '2026-05-14'],
  ['me', 'uuid', surroundings.actor.user],
  ['my_unit', 'uuid', surroundings.actor.unit],
]
for (const [name, kind, value] of aboutWhoAndWhen) {
  test(`${name}() = ${valueText(value)}`, async () => {
    const expression: Expression = { op: 'call', function: name, args: [], kind }
    expect(canonical(evaluate(expression, {}, surroundings), kind)).toBe(canonical(value, kind))
    expect(canonical(await inSql(expression), kind)).toBe(canonical(value, kind))
  })
}

const memberships: readonly [string, Expression, boolean][] = [
  ['my_owners', literal('uuid', surroundings.actor.user), true],
  ['my_owners', literal('uuid', surroundings.actor.teams[0]!), true],
  ['my_teams', literal('uuid', surroundings.actor.user), false],
  ['my_units', literal('uuid', surroundings.actor.unitTree[1]!), true],
  ['my_units', literal('uuid', surroundings.actor.user), false],
]
for (const [name, value, expected] of memberships) {
  test(`in ${name}(): ${String((value as { value: unknown }).value)} is ${expected}`, async () => {
    const expression: Expression = {
      op: 'call',
      function: 'in',
      args: [value, { op: 'call', function: name, args: [], kind: 'uuid' }],
      kind: 'boolean',
    }
    expect(evaluate(expression, {}, surroundings)).toBe(expected)
    expect(await inSql(expression)).toBe(String(expected))
  })
}
