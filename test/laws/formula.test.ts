// Law: a formula gives the same in memory and in SQL, on the record and on its parent, reached by joins or by selects of
// their own, whatever the expression.
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { valueText, type Value } from '@peyvand/core/base/kind.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { bindExpression } from '@peyvand/core/expression/bind.ts'
import { parseDecimal, printDecimal } from '@peyvand/core/expression/decimal.ts'
import { evaluate } from '@peyvand/core/expression/evaluate.ts'
import { render, sql } from '@peyvand/core/expression/fragment.ts'
import { printSyntax } from '@peyvand/core/expression/print.ts'
import type { Expression } from '@peyvand/core/expression/tree.ts'
import { bindFormula } from '@peyvand/core/model/formula.ts'
import { wireOf, type Property } from '@peyvand/core/model/wire.ts'
import { column, joinsOf, newBuild, newFrame, tableOf, valueSql } from '@peyvand/core/query/frame.ts'
import { valuesOf } from '@peyvand/core/access/values.ts'
import { law } from '../support/law.ts'
import { startPostgres } from '../support/postgres.ts'
import {
  insertRows,
  memoryDatabase,
  queryModel,
  sample,
  schema,
  serverDatabase,
  someone,
  type TestDatabase,
} from '../support/query-model.ts'
import { engines } from '../support/server.ts'
import { expressions } from './syntax.ts'

const model = queryModel()
const account = model.entities.get('account')!
const wire = (id: string) => wireOf(model, model.entityById.get(id)!)
const root = wire(account.id)
const parent = root.navigations.get('parent')!
const surroundings = { now: '2026-05-14T12:34:56.789Z', actor: someone(['administrator']) }

const own = expressions(false)
const anyKind = fc.oneof(own.bool, own.int, own.dec, own.txt, own.day, own.moment)

type Row = Readonly<Record<string, unknown>>

async function records(database: TestDatabase): Promise<Row[]> {
  const [row] = await database.query<{ body: string }>(
    `select json_agg(t order by t.id)::text as body from (select a.*, (select row_to_json(p) from ${schema}.account p where p.id = a.parent_id) as parent from ${schema}.account a) t`,
  )
  return JSON.parse(row!.body) as Row[]
}

async function inSql(database: TestDatabase, value: Expression, reach: 'join' | 'select'): Promise<Value[]> {
  const build = newBuild(model, schema, new Map([...model.entityById.keys()].map((id) => [id, null])))
  const frame = newFrame(build, account.id)
  const text = valueSql(build, [frame], value, reach)
  const { text: statement, parameters } = render(
    sql`select json_agg(to_json(${text}) #>> '{}' order by ${column(frame, 'id')})::text as "body" from ${tableOf(build, account.id)} ${frame.alias}${joinsOf(frame)}`,
  )
  const values = valuesOf(parameters, { literals: [], ...surroundings })
  const [row] = await database.query<{ body: string }>(statement, values as unknown[])
  return JSON.parse(row!.body) as Value[]
}

function canonical(value: Value, kind: string): unknown {
  if (value === null) return null
  if (kind === 'integer' || kind === 'decimal') return printDecimal(parseDecimal(valueText(value))!)
  return kind === 'datetime' ? Date.parse(valueText(value)) : valueText(value)
}

/** A property that is this formula, as wire.ts makes it of a field. */
function propertyOf(formula: Expression): Property {
  const field = { id: 'formula', name: 'worked_out', type: 'formula' }
  const kind = formula.kind as Property['kind']
  return { name: 'worked_out', column: 'worked_out', field, kind, edm: '', nullable: true, readOnly: true, formula }
}

describe.each(engines)('on %s', (engine) => {
  let database: TestDatabase
  let stop: (() => Promise<void>) | undefined
  beforeAll(async () => {
    const postgres = engine === 'postgres' ? await startPostgres() : undefined
    stop = postgres && (() => postgres.stop())
    database = postgres ? await serverDatabase(model, postgres.url, 6) : await memoryDatabase(model)
    await insertRows(database, model, sample)
  })
  afterAll(async () => {
    await database?.close()
    await stop?.()
  })

  test('a formula gives in memory what it gives in SQL', async () => {
    const rows = await records(database)
    let bounded = 0
    await law(
      `formula: evaluate = SQL on ${engine}`,
      fc.asyncProperty(anyKind, fc.boolean(), fc.nat({ max: 11 }), async (syntax, widens, scale) => {
        const plain = bindExpression(syntax, { root, wire })
        if (plain instanceof Problem || plain.kind === 'null') return
        const kind = plain.kind === 'integer' && widens ? 'decimal' : plain.kind
        const formula = { text: '', syntax, kind, ...(scale > 10 ? {} : { scale }) }
        const bound = bindFormula(formula, root, wire)
        if (bound instanceof Problem) throw bound
        bounded++
        const property = propertyOf(bound)
        const here: Expression = { op: 'property', through: [], property, kind }
        const above: Expression = { op: 'property', through: [parent], property, kind }
        for (const value of [here, above]) {
          const wanted = rows.map((row) => canonical(evaluate(value, row, surroundings), kind))
          for (const reach of ['join', 'select'] as const) {
            const found = (await inSql(database, value, reach)).map((each) => canonical(each, kind))
            expect(found, `${reach} ${printSyntax(syntax)}`).toEqual(wanted)
          }
        }
      }),
      Math.ceil(Number(process.env['CASES'] ?? 300)),
    )
    expect(bounded, 'formulas that were bound').toBeGreaterThan(0)
  })
})
