// Does the demo data load, quickly, once, and as the model wants it? On both engines, without a server.
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openPlatform } from '@peyvand/runtime/index.ts'
import { installSolutions } from '@peyvand/runtime/meta/install.ts'
import type { RunningPlatform } from '@peyvand/runtime/platform.ts'
import { loadDemoData } from '@peyvand/runtime/records/demo.ts'
import { generate, sizes } from '../../solutions/crm/demo/generate.ts'
import { freshDatabase, type FreshDatabase } from '../support/database.ts'
import { engines } from '../support/server.ts'

const solutions = fileURLToPath(new URL('../../solutions', import.meta.url))
const today = '2026-11-25'

describe.each(engines)('on %s', (engine) => {
  let fresh: FreshDatabase
  let platform: RunningPlatform
  let written = 0
  let took = 0

  beforeAll(async () => {
    fresh = await freshDatabase(engine)
    platform = await openPlatform(fresh.config, { serves: false })
    await installSolutions(platform.publisher, solutions, ['crm'])
    const started = performance.now()
    written = await loadDemoData(platform, ['base', 'crm'], 'small', today)
    took = performance.now() - started
  })
  afterAll(async () => {
    await platform?.close()
    await fresh?.remove()
  })

  const query = async <Row>(text: string): Promise<Row[]> => (await platform.database.query<Row>({ text: text.replaceAll('{}', `"${platform.schema}"`) })).rows
  const count = async (entity: string, where = 'true'): Promise<number> => Number((await query<{ n: string }>(`select count(*) as n from {}."${entity}" where ${where}`))[0]!.n)

  test('in less than three seconds', () => {
    console.log(`demo data on ${engine}: ${written} records in ${Math.round(took)} ms`)
    expect(took).toBeLessThan(3000)
  })

  test('every record is there', async () => {
    for (const [entity, wanted] of Object.entries(sizes.small)) expect([entity, await count(entity)]).toEqual([entity, wanted])
    const batches = generate({ size: 'small', today })
    expect(written).toBe(batches.reduce((sum, { rows }) => sum + rows.length, 0))
    expect(await count('business_unit')).toBe(1 + batches.find(({ entity }) => entity === 'business_unit')!.rows.length)
  })

  test('a second time changes nothing', async () => {
    const state = () => Promise.all(['user', 'account', 'lead', 'opportunity', 'activity', 'team_member'].map((entity) => query(`select md5(string_agg(t::text, '|' order by t."id")) as digest from {}."${entity}" t`)))
    const before = await state()
    expect(await loadDemoData(platform, ['base', 'crm'], 'small', today)).toBe(0)
    expect(await loadDemoData(platform, ['base', 'crm'], 'small', '2027-01-10')).toBe(0)
    expect(await state()).toEqual(before)
  })

  test('what was deleted comes back, and only that', async () => {
    await query(`delete from {}."note" where "id" in (select "id" from {}."note" order by "id" limit 7)`)
    expect(await loadDemoData(platform, ['base', 'crm'], 'small', today)).toBe(7)
    expect(await count('note')).toBe(sizes.small.note)
  })

  test('owned records are in the unit of their owner', async () => {
    for (const entity of ['account', 'contact', 'lead', 'opportunity', 'activity', 'note']) {
      expect(await count(entity, `"owner_type" is distinct from 'user' or "owning_unit_id" is distinct from (select u."unit_id" from {}."user" u where u."id" = "owner_id")`), entity).toBe(0)
    }
    expect(await count('opportunity', '"owning_unit_id" is null')).toBe(0)
  })

  test('units form one tree', async () => {
    const roots = await query<{ name: string }>('select "name" from {}."business_unit" where "parent_id" is null')
    expect(roots).toEqual([{ name: 'Organization' }])
  })

  test('records were made and changed when the story says, and never later', async () => {
    const [span] = await query<{ first: string; last: string; changed: string }>(`select min("created_at")::date::text as first, max("created_at")::date::text as last, max("modified_at")::date::text as changed from {}."opportunity"`)
    expect(span!.first < '2025-08-01').toBe(true)
    expect(span!.last > '2026-11-01' && span!.last <= today).toBe(true)
    expect(span!.changed <= today).toBe(true)
    expect(await count('opportunity', '"modified_at" < "created_at" or "version" <> 1')).toBe(0)
  })

  test('amounts are there in the base currency too', async () => {
    expect(await count('opportunity', '"amount_base" is null or "amount_base" <= 0')).toBe(0)
    expect(await count('opportunity', `"amount_base" <> round("amount" * (select c."rate" from {}."currency" c where c."code" = "amount_currency"), 4)`)).toBe(0)
  })

  test('numbers go on where the demo data ends', async () => {
    const [numbers] = await query<{ first: string; last: string }>('select min("lead_number") as first, max("lead_number") as last from {}."lead"')
    expect(numbers).toEqual({ first: 'L-00001', last: `L-${String(sizes.small.lead).padStart(5, '0')}` })
    const counters = await query<{ value: string }>('select "value"::text as value from {}."_counter" order by 1')
    expect(counters.map(({ value }) => Number(value)).sort((a, b) => a - b)).toEqual([10, sizes.small.lead])
  })
})
