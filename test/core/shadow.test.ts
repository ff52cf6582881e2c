// Columns beside the wire: every way of writing fills them in the same statement, the plan makes and fills them, and nobody
// sees them. On both engines. The shadow is the twin of a field that is becoming another type.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { prepareCreateMany } from '@peyvand/core/access/write-many.ts'
import { prepareRead } from '@peyvand/core/access/read.ts'
import { prepareWrite, type WriteRequest, type WriteRow } from '@peyvand/core/access/write.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { indexModel } from '@peyvand/core/model/build.ts'
import type { Field, Model } from '@peyvand/core/model/model.ts'
import { diff } from '@peyvand/core/plan/diff.ts'
import { prepare } from '@peyvand/core/plan/prepare.ts'
import { applySteps, canonical } from '@peyvand/core/plan/tables.ts'
import { target } from '@peyvand/core/plan/target.ts'
import { undoAll } from '@peyvand/core/plan/undo.ts'
import { shadowsOf } from '@peyvand/core/query/shadow.ts'
import { engines, type Engine } from '../support/server.ts'
import { startPostgres, type TestPostgres } from '../support/postgres.ts'
import {
  accountId,
  memoryDatabase,
  queryModel,
  schema,
  serverDatabase,
  someone,
  type TestDatabase,
} from '../support/query-model.ts'

const plain = queryModel()
/** Text that becomes a number: some of it will not; a number that becomes a larger one; a decimal that loses its cents. */
const model = becoming(plain, {
  city: { type: 'integer' },
  employees: { type: 'bigint' },
  revenue: { type: 'integer' },
})
const entity = model.entities.get('account')!
const columnOf = new Map(
  shadowsOf(model, entity).flatMap(({ id, column }) => {
    const field = entity.fields.find((each) => id.startsWith(each.id))
    return field ? [[field.name, column] as const] : []
  }),
)

function becoming(from: Model, wanted: Readonly<Record<string, Partial<Field>>>): Model {
  const entities = [...from.entities.values()].map((one) =>
    one.name !== 'account'
      ? one
      : {
          ...one,
          fields: one.fields.map((field) => {
            const next = wanted[field.name]
            return next === undefined
              ? field
              : { ...field, becoming: { id: field.id, name: field.name, ...next } as Field }
          }),
        },
  )
  return indexModel({ ...from, entities: new Map(entities.map((one) => [one.name, one])) })
}

const common = {
  model,
  actor: someone(['administrator']),
  now: '2026-05-14T12:00:00.000Z',
  requestId: 'r1',
  schema,
  entity,
}

describe.each(engines)('on %s', (engine: Engine) => {
  let postgres: TestPostgres | undefined
  let database: TestDatabase

  beforeAll(async () => {
    postgres = engine === 'postgres' ? await startPostgres() : undefined
    database = postgres === undefined ? await memoryDatabase(model) : await serverDatabase(model, postgres.url)
  })
  beforeEach(async () => void (await database.query(`delete from ${schema}.account`)))
  afterAll(async () => {
    await database?.close()
    await postgres?.stop()
  })

  const write = async (given: Pick<WriteRequest, 'operation' | 'id'> & Partial<WriteRequest>): Promise<WriteRow> => {
    const prepared = prepareWrite({ ...common, ...given })
    if (prepared instanceof Problem) throw prepared
    const [row] = await database.query<WriteRow>(prepared.statement.text, prepared.statement.values)
    expect(prepared.outcome(row)).not.toBeInstanceOf(Problem)
    return row!
  }
  const shadows = async (id: string): Promise<unknown[]> => {
    const columns = ['city', 'employees', 'revenue'].map((name) => `t."${columnOf.get(name)!}"`).join(', ')
    const [row] = await database.query<{ v: unknown[] }>(
      `select json_build_array(${columns}) as v from ${schema}.account t where t.id = $1::uuid`,
      [id],
    )
    return row!.v
  }

  test('a create fills them, with what the columns hold', async () => {
    await write({
      operation: 'create',
      id: accountId(1),
      values: { name: 'A', city: '12', employees: 7, revenue: '19.99' },
    })
    expect(await shadows(accountId(1))).toEqual([12, 7, 20])
    await write({ operation: 'create', id: accountId(2), values: { name: 'B', city: 'Paris' } })
    expect(await shadows(accountId(2))).toEqual([null, null, null])
  })

  test('an update fills those it concerns and leaves the others', async () => {
    const id = accountId(3)
    await write({ operation: 'create', id, values: { name: 'A', city: '12', employees: 7 } })
    await database.query(`update ${schema}.account set "${columnOf.get('employees')!}" = 99`)
    await write({ operation: 'update', id, values: { city: '13' } })
    expect(await shadows(id)).toEqual([13, 99, null])
    await write({ operation: 'update', id, values: { employees: null, city: '' } })
    expect(await shadows(id)).toEqual([null, null, null])
  })

  test('an upsert fills them on both of its ways', async () => {
    const upsert = { operation: 'upsert', id: accountId(4), values: { name: 'A', employees: 5 } } as const
    await write({ ...upsert, create: { name: 'A', employees: 1 } })
    expect(await shadows(accountId(4))).toEqual([null, 1, null])
    await write(upsert)
    expect(await shadows(accountId(4))).toEqual([null, 5, null])
  })

  test('many creates at once fill them row by row', async () => {
    const prepared = prepareCreateMany({
      ...common,
      records: [
        { id: accountId(5), values: { id: accountId(5), name: 'A', city: '1', revenue: '1.5' } },
        { id: accountId(6), values: { id: accountId(6), name: 'B', city: 'x', employees: 3 } },
      ],
    })
    for (const { statement } of prepared!.statements) await database.query(statement.text, statement.values)
    expect(await shadows(accountId(5))).toEqual([1, null, 2])
    expect(await shadows(accountId(6))).toEqual([null, 3, null])
  })

  test('nobody sees them', async () => {
    const { body } = await write({
      operation: 'create',
      id: accountId(7),
      values: { name: 'A', city: '1' },
      returning: 'record',
    })
    expect(Object.keys(JSON.parse(body!) as object).filter((name) => name.startsWith('_'))).toEqual([])
    for (const query of [`$select=${columnOf.get('city')!}`, `$filter=${columnOf.get('city')!} eq 1`]) {
      const read = prepareRead({ ...common, path: 'accounts', query, pageSize: 10 } as never)
      expect(read).toBeInstanceOf(Problem)
    }
  })

  test('the plan adds and fills them, and takes them away', async () => {
    const gone = prepare({ now: target(model), next: target(plain), before: model, after: plain, schema, stamp: '1' })
    for (const text of gone.flatMap(({ sql }) => sql)) await database.query(text)
    await database.query(
      `insert into ${schema}.account (id, name, city, employees, created_at, modified_at, version) values ($1, 'A', '8', 9, now(), now(), 1)`,
      [accountId(8)],
    )
    const back = prepare({ now: target(plain), next: target(model), before: plain, after: model, schema, stamp: '2' })
    expect(back.map(({ step, field }) => [step.kind, field])).toEqual([
      ...['city', 'employees', 'revenue'].map((name) => ['add_column', name]),
      ...['city', 'employees', 'revenue'].map((name) => ['backfill', name]),
    ])
    for (const text of back.flatMap(({ sql }) => sql)) await database.query(text)
    expect(await shadows(accountId(8))).toEqual([8, 9, null])
  })
})

test('steps to and from shadows are each other’s way back', () => {
  const other = becoming(plain, { city: { type: 'decimal' }, employees: { type: 'decimal' } })
  for (const [from, to] of [
    [plain, model],
    [model, plain],
    [model, other],
    [other, model],
  ] as const) {
    const steps = diff(target(from), target(to))
    const there = applySteps(target(from), steps)
    expect(canonical(there)).toBe(canonical(target(to)))
    expect(diff(there, target(to))).toEqual([])
    expect(canonical(applySteps(there, undoAll(steps)))).toBe(canonical(target(from)))
  }
})

test('a rename of what it reads leaves a shadow as it is', () => {
  const renamed = indexModel({
    ...model,
    entities: new Map(
      [...model.entities].map(([name, one]) => [
        name,
        {
          ...one,
          fields: one.fields.map((field) => (field.name === 'city' ? { ...field, name: 'town' } : field)),
        },
      ]),
    ),
  })
  expect(diff(target(model), target(renamed)).map(({ kind }) => kind)).toEqual(['rename_column'])
})
