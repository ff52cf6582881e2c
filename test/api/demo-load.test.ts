// Does the demo data load, quickly, once, and as the model wants it? On both engines, without a server.
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Problem } from '@peyvand/core/base/problem.ts'
import { loadCaller } from '@peyvand/runtime/auth/actor.ts'
import type { Context } from '@peyvand/runtime/context.ts'
import { openPlatform } from '@peyvand/runtime/index.ts'
import { installSolutions } from '@peyvand/runtime/meta/install.ts'
import type { RunningPlatform } from '@peyvand/runtime/platform.ts'
import { loadDemoData } from '@peyvand/runtime/records/demo.ts'
import { loadReferences } from '@peyvand/runtime/records/reference.ts'
import { selectPage } from '@peyvand/runtime/records/select.ts'
import { changeRecord, createRecord } from '@peyvand/runtime/records/write.ts'
import { generate, sizes } from '../../solutions/crm/demo/generate.ts'
import { freshDatabase, type FreshDatabase } from '../support/database.ts'
import { slowdown } from '../support/machine.ts'
import { engines } from '../support/server.ts'

const solutions = fileURLToPath(new URL('../../solutions', import.meta.url))
const today = '2026-11-25'

describe.each(engines)('on %s', (engine) => {
  let fresh: FreshDatabase
  let platform: RunningPlatform
  let written = 0
  let took = 0
  let slow = 1

  beforeAll(async () => {
    fresh = await freshDatabase(engine)
    platform = await openPlatform(fresh.config, { serves: false })
    await installSolutions(platform.publisher, solutions, ['crm'])
    await loadReferences(platform, solutions, [{ name: 'base', isNew: true }])
    const before = slowdown()
    const started = performance.now()
    written = await loadDemoData(platform, ['base', 'crm'], 'small', today)
    took = performance.now() - started
    slow = Math.max(before, slowdown())
  })
  afterAll(async () => {
    await platform?.close()
    await fresh?.remove()
  })

  const query = async <Row>(text: string): Promise<Row[]> =>
    (await platform.database.query<Row>({ text: text.replaceAll('{}', `"${platform.schema}"`) })).rows
  const count = async (entity: string, where = 'true'): Promise<number> =>
    Number((await query<{ n: string }>(`select count(*) as n from {}."${entity}" where ${where}`))[0]!.n)

  test('in less than three seconds of an idle machine', () => {
    console.log(
      `demo data on ${engine}: ${written} records in ${Math.round(took)} ms (machine ${slow.toFixed(1)} times slower than idle)`,
    )
    expect(took).toBeLessThan(3000 * slow)
  })

  test('every record is there', async () => {
    for (const [entity, wanted] of Object.entries(sizes.small))
      expect([entity, await count(entity)]).toEqual([entity, wanted])
    const batches = generate({ size: 'small', today })
    expect(written).toBe(batches.reduce((sum, { rows }) => sum + rows.length, 0))
    expect(await count('business_unit')).toBe(1 + batches.find(({ entity }) => entity === 'business_unit')!.rows.length)
  })

  test('a second time changes nothing', async () => {
    const state = () =>
      Promise.all(
        ['user', 'account', 'lead', 'opportunity', 'activity', 'team_member'].map((entity) =>
          query(`select md5(string_agg(t::text, '|' order by t."id")) as digest from {}."${entity}" t`),
        ),
      )
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
      expect(
        await count(
          entity,
          `"owner_type" is distinct from 'user' or "owning_unit_id" is distinct from (select u."unit_id" from {}."user" u where u."id" = "owner_id")`,
        ),
        entity,
      ).toBe(0)
    }
    expect(await count('opportunity', '"owning_unit_id" is null')).toBe(0)
  })

  test('units form one tree', async () => {
    const roots = await query<{ name: string }>('select "name" from {}."business_unit" where "parent_id" is null')
    expect(roots).toEqual([{ name: 'Organization' }])
  })

  test('records were made and changed when the story says, and never later', async () => {
    const [span] = await query<{ first: string; last: string; changed: string }>(
      `select min("created_at")::date::text as first, max("created_at")::date::text as last, max("modified_at")::date::text as changed from {}."opportunity"`,
    )
    expect(span!.first < '2025-08-01').toBe(true)
    expect(span!.last > '2026-11-01' && span!.last <= today).toBe(true)
    expect(span!.changed <= today).toBe(true)
    expect(await count('opportunity', '"modified_at" < "created_at" or "version" <> 1')).toBe(0)
  })

  test('amounts are there in the base currency too', async () => {
    expect(await count('opportunity', '"amount_base" is null or "amount_base" <= 0')).toBe(0)
    expect(
      await count(
        'opportunity',
        `"amount_base" <> round("amount" * (select c."rate" from {}."currency" c where c."code" = "amount_currency"), 4)`,
      ),
    ).toBe(0)
  })

  describe('the roles of the demo people', () => {
    const contextOf = async (role: string, office: string) => {
      const [user] = await query<{ id: string }>(
        `select u."id" from {}."user" u join {}."role_assignment" r on r."user_id" = u."id" join {}."business_unit" b on b."id" = u."unit_id" where r."role" = '${role}' and b."name" = '${office}' order by u."name" limit 1`,
      )
      const caller = await loadCaller(
        platform.database,
        { schema: platform.schema, model: platform.model() },
        { user: user!.id },
      )
      return platform.contextFor(caller!.actor)
    }
    const seen = async (context: Context, name: string): Promise<number> =>
      (await selectPage(context, context.model.entities.get(name)!, { select: [['id']] }, 5000)).records.length
    const one = async (where: string): Promise<string> =>
      (await query<{ id: string }>(`select o."id" from {}."opportunity" o where ${where} order by o."id" limit 1`))[0]!
        .id
    const rename = (context: Context, id: string) =>
      changeRecord(
        platform,
        context,
        'opportunity',
        { id },
        { name: 'Renamed' },
        { purpose: 'update', creates: false },
      ).then(
        ({ outcome }) => outcome,
        ({ code }: { code: string }) => code,
      )

    test('a salesperson sees the deals of the own office only, and changes the own ones', async () => {
      const seller = await contextOf('salesperson', 'Bangkok')
      const { unit, user } = seller.actor
      const here = await count('opportunity', `"owning_unit_id" = '${unit}'`)
      expect(here).toBeGreaterThan(20)
      expect(here).toBeLessThan(sizes.small.opportunity)
      expect(await seen(seller, 'opportunity')).toBe(here)
      expect(await seen(seller, 'product')).toBe(24)
      expect(await rename(seller, await one(`o."owner_id" = '${user}'`))).toBe('updated')
      expect(await rename(seller, await one(`o."owner_id" <> '${user}' and o."owning_unit_id" = '${unit}'`))).toBe(
        'access.denied',
      )
      expect(await rename(seller, await one(`o."owning_unit_id" <> '${unit}'`))).toBe('missing.record')
    })

    test('a salesperson opens a deal for an account of the office, but changes no product', async () => {
      const seller = await contextOf('salesperson', 'Moscow')
      const [account] = await query<{ id: string }>(
        `select "id" from {}."account" where "owner_id" = '${seller.actor.user}' limit 1`,
      )
      const { id } = await createRecord(platform, seller, 'opportunity', {
        name: 'New deal',
        account_id: account!.id,
        amount: '1000',
        amount_currency: 'RUB',
      })
      const [made] = await query(
        `select "owner_id", "owning_unit_id", "stage", "amount_base" from {}."opportunity" where "id" = '${id}'`,
      )
      expect(made).toEqual({
        owner_id: seller.actor.user,
        owning_unit_id: seller.actor.unit,
        stage: 'prospecting',
        amount_base: '12.5000',
      })
      await query(`delete from {}."opportunity" where "id" = '${id}'`)
      await expect(createRecord(platform, seller, 'product', { name: 'Mine' })).rejects.toMatchObject({
        code: 'access.denied',
      })
      await expect(
        selectPage(seller, seller.model.entities.get('role_assignment')!, { select: [['id']] }, 10),
      ).rejects.toBeInstanceOf(Problem)
    })

    test('a manager sees all and changes what the office has', async () => {
      const manager = await contextOf('sales_manager', 'Tehran')
      expect(await seen(manager, 'opportunity')).toBe(sizes.small.opportunity)
      expect(await rename(manager, await one(`o."owning_unit_id" = '${manager.actor.unit}'`))).toBe('updated')
      expect(await rename(manager, await one(`o."owning_unit_id" <> '${manager.actor.unit}'`))).toBe('access.denied')
    })

    test('the director changes what any office has', async () => {
      const director = await contextOf('sales_manager', 'Sales')
      expect(await rename(director, await one(`o."owning_unit_id" <> '${director.actor.unit}'`))).toBe('updated')
    })
  })

  test('numbers go on where the demo data ends', async () => {
    const [numbers] = await query<{ first: string; last: string }>(
      'select min("lead_number") as first, max("lead_number") as last from {}."lead"',
    )
    expect(numbers).toEqual({ first: 'L-00001', last: `L-${String(sizes.small.lead).padStart(5, '0')}` })
    const counters = await query<{ value: string }>('select "value"::text as value from {}."_counter" order by 1')
    expect(counters.map(({ value }) => Number(value)).sort((a, b) => a - b)).toEqual([10, sizes.small.lead])
  })
})
