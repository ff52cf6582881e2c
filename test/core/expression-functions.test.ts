// The facts of every function and operator, on both backends: what a function's own table says is what evaluate and
// PostgreSQL give. A function that is added is tested by being there.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { PGlite } from '@electric-sql/pglite'
import { valuesOf } from '@peyvand/core/access/values.ts'
import { valueText, type Value, type ValueKind } from '@peyvand/core/base/kind.ts'
import { parseDecimal, printDecimal } from '@peyvand/core/expression/decimal.ts'
import { evaluate } from '@peyvand/core/expression/evaluate.ts'
import { render, sql } from '@peyvand/core/expression/fragment.ts'
import { functions } from '@peyvand/core/expression/functions/index.ts'
import { toSql } from '@peyvand/core/expression/sql.ts'
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
  const { text, parameters } = render(sql`select to_json(${toSql(expression, scope)}) #>> '{}' as "value"`)
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
