// Are the reference records of solutions there after the first start, only once, and never over what the customer changed?
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { systemActor } from '@peyvand/core/access/actor.ts'
import { prepare } from '@peyvand/runtime/cli/prepare.ts'
import { openPlatform } from '@peyvand/runtime/index.ts'
import type { RunningPlatform } from '@peyvand/runtime/platform.ts'
import { loadReferences } from '@peyvand/runtime/records/reference.ts'
import { createRecord } from '@peyvand/runtime/records/write.ts'
import { freshDatabase, type FreshDatabase } from '../support/database.ts'
import { engines } from '../support/server.ts'

const codes = ['AED', 'CNY', 'EUR', 'GBP', 'INR', 'IRR', 'JPY', 'RON', 'RUB', 'THB', 'TRY', 'USD']

describe.each(engines)('on %s', (engine) => {
  let fresh: FreshDatabase
  let platform: RunningPlatform
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'peyvand-reference-'))
    fresh = await freshDatabase(engine, { DEMO: '0', SOLUTIONS: 'crm' })
    platform = await openPlatform(fresh.config, { serves: false })
    await prepare(platform, () => undefined)
  })
  afterAll(async () => {
    await platform?.close()
    await fresh?.remove()
    await rm(folder, { recursive: true, force: true })
  })
  beforeEach(() => rm(join(folder, 'x'), { recursive: true, force: true }))

  const query = async <Row>(text: string): Promise<Row[]> =>
    (await platform.database.query<Row>({ text: text.replaceAll('{}', `"${platform.schema}"`) })).rows
  const there = async (): Promise<string[]> =>
    (await query<{ code: string }>('select "code" from {}."currency" order by "code"')).map(({ code }) => code)

  /** Loads the file of a solution `x`. */
  async function load(content: unknown, isNew = true, name = 'currency'): Promise<number> {
    await mkdir(join(folder, 'x', 'data'), { recursive: true })
    const text = typeof content === 'string' ? content : JSON.stringify(content)
    await writeFile(join(folder, 'x', 'data', `${name}.json`), text)
    return loadReferences(platform, folder, [{ name: 'x', isNew }])
  }

  test('an installation without demo data has currencies, one of them the base', async () => {
    expect(await there()).toEqual(codes)
    expect(
      await query('select "code", "name", "symbol", "decimals", "active" from {}."currency" where "rate" = 1'),
    ).toEqual([{ code: 'USD', name: 'US dollar', symbol: '$', decimals: 2, active: true }])
    expect(
      await query('select 1 as "n" from {}."currency" where "created_by_id" is not null or "version" <> 1'),
    ).toEqual([])
  })

  test('so that an amount is worth something from the first record on', async () => {
    const product = { name: 'Drill', code: 'D-1', list_price: '10', list_price_currency: 'EUR' }
    const { id } = await createRecord(platform, platform.contextFor(systemActor), 'product', product)
    expect(await query(`select "list_price_base" from {}."product" where "id" = '${id}'`)).toEqual([
      { list_price_base: '11.0000' },
    ])
  })

  test('installing adds what is missing and leaves what is there as the customer has it', async () => {
    await query(`update {}."currency" set "rate" = 1.5, "name" = 'Our euro' where "code" = 'EUR'`)
    const record = (code: string) => ({ code, name: code, rate: '2' })
    expect(await load({ key: 'code', records: [record('EUR'), record('CHF')] })).toBe(1)
    expect(await load({ key: 'code', records: [record('EUR'), record('CHF')] })).toBe(0)
    expect(
      await query(`select "name", "rate" from {}."currency" where "code" in ('CHF', 'EUR') order by "code"`),
    ).toEqual([
      { name: 'CHF', rate: '2.000000000000' },
      { name: 'Our euro', rate: '1.500000000000' },
    ])
    await query(`delete from {}."currency" where "code" = 'CHF'`)
  })

  test('the next start brings nothing back that was deleted, but fills a table that an interrupted one left empty', async () => {
    await query(`delete from {}."currency" where "code" = 'JPY'`)
    await prepare(platform, () => undefined)
    expect(await there()).toEqual(codes.filter((code) => code !== 'JPY'))
    await query('delete from {}."currency"')
    await prepare(platform, () => undefined)
    expect(await there()).toEqual(codes)
  })

  test('two nodes that start together load once', async () => {
    await query('delete from {}."currency"')
    await Promise.all([prepare(platform, () => undefined), prepare(platform, () => undefined)])
    expect(await there()).toEqual(codes)
  })

  test.each([
    ['no JSON', '{', 'currency', 'data/currency.json: This is not JSON'],
    ['no records', { key: 'code' }, 'currency', 'data/currency.json: Reference records are { "key"'],
    ['no such entity', { key: 'code', records: [] }, 'curency', 'data/curency.json: There is no entity "curency"'],
    [
      'no such key',
      { key: 'cod', records: [] },
      'currency',
      'data/currency.json: The entity "currency" has no key "cod"',
    ],
    [
      'a record the model refuses',
      { key: 'code', records: [{ code: 'usd', name: 'x', rate: '1' }] },
      'currency',
      '"Code"',
    ],
  ])('refused: %s', async (_, content, name, said) => {
    const problem = await load(content, true, name).catch((error: unknown) => error)
    expect(problem).toMatchObject({ code: expect.stringMatching(/^check\./) })
    expect((problem as Error).message).toContain(said)
    expect(await there()).toEqual(codes)
  })
})
