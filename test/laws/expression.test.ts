// Laws of expressions: what is printed reads back the same, and both backends give the same value for every row.
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { valueText, type Value } from '@peyvand/core/base/kind.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { bindExpression } from '@peyvand/core/expression/bind.ts'
import { evaluate } from '@peyvand/core/expression/evaluate.ts'
import { join, render, sql } from '@peyvand/core/expression/fragment.ts'
import { parseOData } from '@peyvand/core/expression/parse-odata.ts'
import { printExpression, printSyntax } from '@peyvand/core/expression/print.ts'
import type { Expression, Syntax } from '@peyvand/core/expression/tree.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import { column, joinsOf, newBuild, newFrame, tableOf, valueSql } from '@peyvand/core/query/frame.ts'
import { parseDecimal, printDecimal } from '@peyvand/core/expression/decimal.ts'
import { valuesOf } from '@peyvand/core/access/values.ts'
import { law, lawDatabase } from '../support/law.ts'
import { insertRows, queryModel, sample, schema, someone, type TestDatabase } from '../support/query-model.ts'
import { expressions } from './syntax.ts'

const model = queryModel()
const account = model.entities.get('account')!
const wire = (id: string) => wireOf(model, model.entityById.get(id)!)
const scope = { root: wire(account.id), wire }
const surroundings = { now: '2026-05-14T12:34:56.789Z', actor: someone(['administrator']) }
let database: TestDatabase

beforeAll(async () => {
  database = await lawDatabase(model)
  await insertRows(database, model, sample)
})
afterAll(() => database?.close())

const everything = expressions(true)
const anyKind = fc.oneof(
  everything.bool,
  everything.int,
  everything.dec,
  everything.txt,
  everything.day,
  everything.moment,
  everything.id,
)

/** A tree without positions and slots, which printing does not keep. */
function bare(syntax: unknown): unknown {
  return JSON.parse(
    JSON.stringify(syntax, (key, value: unknown) => (key === 'position' || key === 'slot' ? undefined : value)),
  )
}

/** OData has no infix minus sign: a negative number's neg would print as another literal. Everything else must come back. */
test('parse ∘ print = id', async () => {
  await law(
    'parse ∘ print = id',
    fc.property(anyKind, (syntax) => {
      const printed = printSyntax(syntax)
      const read = parseOData(printed)
      if (read instanceof Problem && (read.code === 'limit.depth' || read.code === 'limit.size')) return
      expect(read instanceof Problem ? read.message : bare(read), printed).toEqual(bare(syntax))
    }),
  )
})

test('binding what a bound expression prints gives the same expression', async () => {
  await law(
    'bind ∘ parse ∘ print = id',
    fc.property(everything.bool, (syntax) => {
      const bound = bindExpression(syntax, scope)
      if (bound instanceof Problem) return
      const printed = printExpression(bound)
      const read = parseOData(printed)
      if (read instanceof Problem && (read.code === 'limit.depth' || read.code === 'limit.size')) return
      const again = bindExpression(read as Syntax, scope)
      expect(again instanceof Problem ? again.message : printExpression(again), printed).toBe(printed)
    }),
  )
})

interface Stored {
  readonly [name: string]: unknown
}

async function records(): Promise<Stored[]> {
  const rows = await database.query<{ body: string }>(
    `select row_to_json(t)::text as body from (select a.*, (select row_to_json(p) from ${schema}.account p where p.id = a.parent_id) as parent, (select coalesce(json_agg(c), '[]') from ${schema}.contact c where c.account_id = a.id) as contacts from ${schema}.account a order by a.id) t`,
  )
  return rows.map(({ body }) => JSON.parse(body) as Stored)
}

async function inSql(bound: Expression): Promise<Value[]> {
  const build = newBuild(model, schema, new Map([...model.entityById.keys()].map((id) => [id, null])))
  const frame = newFrame(build, account.id)
  const value = valueSql(build, [frame], bound)
  const select = sql`select coalesce(json_agg(to_json(${value}) #>> '{}' order by ${column(frame, 'id')}), '[]')::text as "body" from ${join([tableOf(build, account.id), frame.alias], ' ')}${joinsOf(frame)}`
  const compiled = render(select)
  const values = valuesOf(compiled.parameters, { literals: [], ...surroundings })
  const [row] = await database.query<{ body: string }>(compiled.text, values as unknown[])
  return JSON.parse(row!.body) as Value[]
}

/** Numbers without trailing zeros, moments in one spelling. */
function canonical(value: Value | undefined, kind: string): unknown {
  if (value === null || value === undefined) return null
  if (kind === 'integer' || kind === 'decimal') return printDecimal(parseDecimal(valueText(value))!)
  if (kind === 'datetime') return Date.parse(valueText(value))
  return valueText(value)
}

test('evaluate = SQL', async () => {
  const rows = await records()
  let bounded = 0
  await law(
    'evaluate = SQL',
    fc.asyncProperty(anyKind, async (syntax) => {
      const bound = bindExpression(syntax, scope)
      if (bound instanceof Problem) return
      bounded++
      const stored = await inSql(bound)
      const computed = rows.map((row) => evaluate(bound, row, surroundings))
      expect(
        computed.map((value) => canonical(value, bound.kind)),
        printSyntax(syntax),
      ).toEqual(stored.map((value) => canonical(value, bound.kind)))
    }),
  )
  expect(bounded, 'expressions that were bound').toBeGreaterThan(0)
})
