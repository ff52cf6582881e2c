// What addresses and options beyond the plain ones give somebody who may not see everything: filters in the path, cross joins,
// searched counts, all control information. A field that may not be read is one that does not exist, in each of them.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Actor } from '@peyvand/core/access/actor.ts'
import { prepareCross } from '@peyvand/core/access/cross.ts'
import { prepareRead, type ReadRequest } from '@peyvand/core/access/read.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import {
  insertRows,
  memoryDatabase,
  queryModel,
  sample,
  schema,
  someone,
  type TestDatabase,
} from '../support/query-model.ts'

const model = queryModel()
const admin = someone(['administrator'])
/** Sees the accounts of user 1 (Alpha, Beta) without their secret, the contacts of unit 2, opportunities below 1,000. */
const sales = someone(['salesperson'])
let database: TestDatabase

beforeAll(async () => {
  database = await memoryDatabase(model)
  await insertRows(database, model, sample)
})
afterAll(() => database?.close())

const encoded = (query: string) => query.replaceAll(/[^&=$@]+/g, encodeURIComponent)

async function read(path: string, query: string, actor: Actor, more: Partial<ReadRequest> = {}): Promise<unknown> {
  const prepared = prepareRead({
    model,
    actor,
    path,
    query: encoded(query),
    pageSize: 50,
    maxPageSize: 5000,
    schema,
    ...more,
  })
  if (prepared instanceof Problem) throw prepared
  const [row] = await database.query<{ body: string }>(prepared.statement.text, prepared.statement.values)
  return JSON.parse(row!.body)
}

interface Crossed {
  readonly body: string
  readonly more: boolean
  readonly count?: string
}

async function cross(query: string, actor: Actor, pageSize = 50): Promise<Crossed> {
  const path = '$crossjoin(accounts,contacts)'
  const prepared = prepareCross({ model, actor, path, query: encoded(query), schema, pageSize, maxPageSize: 5000 })
  if (prepared === undefined || prepared instanceof Problem) throw prepared ?? new Error('no cross join')
  const [row] = await database.query<Crossed>(prepared.statement.text, prepared.statement.values)
  return row!
}
const where = (filter: string) => `accounts/$filter(${encodeURIComponent(filter)})`

describe('a filter in the address', () => {
  test('narrows before everything else', async () => {
    expect(await read(where("city eq 'Rome'"), '$select=name&$orderby=employees desc&$top=1', admin)).toMatchObject([
      { name: 'Beta 100%' },
    ])
    expect(await read(`${where("city eq 'Rome'")}/$filter(employees lt 10)/$count`, '', admin)).toBe(1)
    expect(
      await read(where('employees gt 5'), '$apply=topcount(1,employees)/aggregate(employees with sum as s)', admin),
    ).toEqual([{ s: 50 }])
    expect(await read('accounts/$filter(@f)/$count', "@f=city eq 'Rome'", admin)).toBe(2)
  })
  test('knows what the caller knows', async () => {
    expect(await read(where("city eq 'Rome'"), '$select=name', sales)).toMatchObject([{ name: 'Beta 100%' }])
    await expect(read(where("secret eq 's1'"), '', sales)).rejects.toMatchObject({ code: 'request.unknown' })
    await expect(read('accounts/$filter(@f)', "@f=secret eq 's1'", sales)).rejects.toMatchObject({
      code: 'request.unknown',
    })
  })
  test('belongs to a list', async () => {
    await expect(
      read(`accounts(${sample['account']![0]!['id'] as string})/$filter(true)`, '', admin),
    ).rejects.toMatchObject({ code: 'missing.path' })
  })
})

describe('$crossjoin', () => {
  test('joins what belongs together', async () => {
    const { body, count, more } = await cross(
      '$filter=contacts/account_id eq accounts/id&$expand=accounts($select=name),contacts($select=last_name)&$orderby=contacts/last_name desc,accounts/name&$count=true',
      admin,
    )
    expect([count, more]).toEqual(['3', false])
    expect(JSON.parse(body)).toMatchObject([
      { accounts: { name: 'Alpha' }, contacts: { last_name: 'Smith' } },
      { accounts: { name: 'gamma' }, contacts: { last_name: 'Smith' } },
      { accounts: { name: 'Alpha' }, contacts: { last_name: 'Jones' } },
    ])
  })
  test('answers addresses where nothing is expanded, a page at a time', async () => {
    const { body, more } = await cross('', admin, 3)
    expect(JSON.parse(body)).toHaveLength(3)
    expect(body).toMatch(/"accounts@odata.navigationLink":"accounts\([0-9a-f-]{36}\)"/)
    expect(more).toBe(true)
  })
  test('holds only what the caller may see', async () => {
    const { count } = await cross('$count=true', sales)
    expect(count).toBe(String(2 * 3))
    const { body } = await cross('$expand=accounts', sales)
    expect(body).not.toContain('secret')
    for (const query of [
      "$filter=accounts/secret eq 's1'",
      '$orderby=accounts/secret',
      '$expand=accounts($select=secret)',
      '$filter=name eq null',
    ])
      await expect(cross(query, sales), query).rejects.toMatchObject({ code: 'request.unknown' })
    await expect(cross('', someone(['nobody']))).rejects.toMatchObject({ code: 'access.denied' })
  })
})

describe('more than the values', () => {
  test('a searched count looks where the caller may look', async () => {
    const found = async (words: string, actor: Actor) =>
      read('accounts/$count', `$filter=subsidiaries/$count($search=${words}) gt 0`, actor)
    expect([await found('beta', sales), await found('s2', admin), await found('s2', sales)]).toEqual([1, 1, 0])
    expect(await read('accounts/$count', '$filter=contacts/$count($filter=age gt 35;$search=jones) eq 1', admin)).toBe(
      1,
    )
  })
  test('all control information names what the caller knows', async () => {
    const [all] = (await read('accounts', '$top=1&$select=name,founded', admin, { metadata: 'full' })) as Record<
      string,
      unknown
    >[]
    expect(all).toMatchObject({
      '@odata.type': '#peyvand.account',
      'founded@odata.type': '#Date',
      'id@odata.type': '#Guid',
    })
    expect(all!['contacts@odata.navigationLink']).toBe(`${all!['@odata.id'] as string}/contacts`)
    const clerk = (await read('accounts', '$top=1', someone(['clerk']), { metadata: 'full' })) as Record<
      string,
      unknown
    >[]
    expect(Object.keys(clerk[0]!)).toContain('parent@odata.navigationLink')
    const [none] = (await read('accounts', '$top=1&$select=name', admin, { metadata: 'none' })) as object[]
    expect(Object.keys(none!).filter((name) => name.includes('@'))).toEqual([])
  })
  test('what is null can be left out', async () => {
    const [gamma] = (await read('accounts', "$filter=name eq 'gamma'", admin, { omitNulls: true })) as object[]
    expect(gamma).not.toHaveProperty('city')
    expect(gamma).toHaveProperty('name', 'gamma')
  })
  test('an alias inside $expand is its own', async () => {
    const query =
      "$filter=name eq 'Alpha'&$select=name&$expand=contacts(@n=35;$select=last_name;$filter=age gt @n)&@n=1"
    expect(await read('accounts', query, admin)).toMatchObject([{ contacts: [{ last_name: 'Jones' }] }])
  })
})
