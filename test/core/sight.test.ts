// How much somebody sees: which lists have a way of their own for who sees much, and what the sample says.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Actor } from '@peyvand/core/access/actor.ts'
import { prepareRead } from '@peyvand/core/access/read.ts'
import { prepareSight } from '@peyvand/core/access/sight.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import {
  accountId,
  memoryDatabase,
  queryModel,
  schema,
  someone,
  unitId,
  userId,
  type TestDatabase,
} from '../support/query-model.ts'

const model = queryModel()
const opportunity = model.entities.get('opportunity')!
const sales = someone(['salesperson'])
const admin = someone(['administrator'])

describe('a way for who sees much', () => {
  const request = (path: string, query: string, actor: Actor) => {
    const read = prepareRead({ model, actor, path, query: encodeURI(query), pageSize: 50, maxPageSize: 100, schema })
    if (read instanceof Problem) throw read
    return read
  }
  it.each<[string, string, string, Actor, boolean | undefined]>([
    ['in the order of ids, one plan is good for all', 'opportunities', '', sales, false],
    ['in the order of time too', 'opportunities', '$orderby=created_at desc&$top=5', sales, false],
    [
      'with a filter it is planned each time',
      'opportunities',
      "$orderby=created_at&$filter=stage eq 'won'",
      sales,
      true,
    ],
    ['with a count too', 'opportunities', '$count=true', sales, true],
    ['is none where the table has no such order', 'opportunities', '$orderby=name', sales, undefined],
    ['is none where the order goes two ways', 'opportunities', '$orderby=created_at desc,id asc', sales, undefined],
    ['is none for parts of texts', 'opportunities', "$filter=contains(name,'x')", sales, undefined],
    ['is none for a search', 'opportunities', '$search=x', sales, undefined],
    ['is none for groups', 'opportunities', '$apply=groupby((stage))', sales, undefined],
    ['is none below one record', `accounts(${accountId(1)})/opportunities`, '', sales, undefined],
    ['is none for what is owned', 'accounts', '', sales, undefined],
    ['is none without a rule', 'opportunities', '', admin, undefined],
  ])('%s', (_name, path, query, actor, planned) => {
    const asked = request(path, query, actor).asked?.()
    if (asked instanceof Problem) throw asked
    expect(asked?.planned).toBe(planned)
  })
  it('seeks ids in sorted lists by halving', () => {
    const asked = request('opportunities', '', { ...sales, unitTree: [unitId(3), unitId(2)] }).asked!()
    if (asked instanceof Problem) throw asked
    expect(asked.statement.text).toMatch(/"owning_unit_id" = \(\$\d::uuid\[\]\)\[width_bucket\(/)
    expect(asked.statement.values).toContainEqual([unitId(2), unitId(3)])
  })
})

describe('a sample', () => {
  const size = 8_000
  let database: TestDatabase
  beforeAll(async () => {
    database = await memoryDatabase(model)
    await database.query(
      `insert into ${schema}.opportunity (id, name, created_at, modified_at, version, owner_type, owner_id, owning_unit_id)
        select gen_random_uuid(), 'n', now(), now(), 1, 'user', $1, case when n % 4 = 0 then $2::uuid end
        from generate_series(1, ${size}) n`,
      [userId(9), unitId(3)],
    )
  })
  afterAll(() => database?.close())

  const seen = async (actor: Actor, rows = size): Promise<number | undefined> => {
    const counts = new Map([['opportunity', rows]])
    const statement = prepareSight({ model, actor, entity: opportunity, schema, rows: counts })
    if (statement === undefined) return undefined
    const [row] = await database.query<{ seen: number }>(statement.text, statement.values)
    return row!.seen
  }
  it('says about which part of the records somebody sees', async () => {
    expect(await seen(sales)).toBeGreaterThan(0.15)
    expect(await seen(sales)).toBeLessThan(0.35)
  })
  it('says that all are seen, or none', async () => {
    expect(await seen(admin)).toBe(1)
    expect(await seen({ ...sales, unit: unitId(1), unitTree: [unitId(1)] })).toBe(0)
  })
  it('is not taken of a small table, nor by who may not read at all', async () => {
    expect(await seen(sales, 100)).toBeUndefined()
    expect(await seen(someone(['nobody']))).toBeUndefined()
  })
})
