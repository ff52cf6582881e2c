// Does an amount keep the rate of its own day? Dated rates, what follows from stored values in single and in bulk writes, the
// job that works drafts out anew, and rates as large as those of the rial, exact. On both engines.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ratesFrom } from '@peyvand/runtime/records/rates.ts'
import { call, engines, startServer, type Answer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const definition = {
  kind: 'entity',
  name: 'bill',
  label: 'Bill',
  plural: 'Bills',
  entitySet: 'bills',
  ownership: 'user',
  primaryField: 'name',
  audit: true,
  fields: [
    { name: 'name', type: 'text', maxLength: 100 },
    { name: 'day', type: 'date' },
    { name: 'draft', type: 'boolean' },
    { name: 'sum', type: 'money', rateDate: 'day' },
    { name: 'fee', type: 'money' },
    { name: 'total', type: 'formula', returns: 'money', expression: 'sum + fee' },
    { name: 'double', type: 'formula', returns: 'money', expression: 'total * 2' },
  ],
}

test('the last rate on the day or before counts, and the own one where none is that old', () => {
  const rates = ratesFrom(
    [
      { code: 'EUR', rate: '1.100000000000' },
      { code: 'IRR', rate: '0.000000909091' },
      { code: 'USD', rate: '1.000000000000' },
    ],
    [
      { code: 'EUR', day: '2026-01-01', rate: '1.2' },
      { code: 'EUR', day: '2026-03-01', rate: '1.300000000000' },
      { code: 'EUR', day: '2999-01-01', rate: '9' },
    ],
  )
  const on = (day?: string) => rates.on('EUR', day)
  expect(['2025-12-31', '2026-01-01', '2026-02-28', '2026-03-01', undefined].map(on)).toEqual([
    '1.1',
    '1.2',
    '1.2',
    '1.3',
    '1.3',
  ])
  expect(rates.on('IRR', '2026-01-01')).toBe('0.000000909091')
  expect(rates.on('XXX', undefined)).toBeUndefined()
  expect(rates.base).toBe('USD')
})

describe.each(engines)('amounts on %s', (engine) => {
  let server: TestServer
  let count = 1
  const freshId = () => `018f3c1e-0000-7000-8000-${String(count++).padStart(12, '0')}`
  const send = (method: string, path: string, body?: unknown): Promise<Answer> =>
    call(server, method, `/api/data/v1/${path}`, body, { accept: 'application/json;IEEE754Compatible=true' })
  const bill = async (id: string) => (await send('GET', `bills(${id})`)).json as Record<string, unknown>
  const make = async (body: Record<string, unknown>): Promise<string> => {
    const id = freshId()
    const made = await send('PATCH', `bills(${id})`, body)
    expect(made.status, made.text).toBe(201)
    return id
  }
  const currencies: Record<string, string> = {}
  const dated = async (code: string, date: string, rate: string) => {
    const made = await send('POST', 'exchange_rates', { currency_id: currencies[code], date, rate })
    expect(made.status, made.text).toBe(201)
    return (made.json as { id: string }).id
  }

  beforeAll(async () => {
    server = await startServer({ engine })
    const applied = await call(server, 'POST', '/api/model/apply', { changes: [{ op: 'put', definition }] })
    expect(applied.status, applied.text).toBe(200)
    const all = (await send('GET', 'currencies?$select=id,code')).json as { value: { id: string; code: string }[] }
    for (const { id, code } of all.value) currencies[code] = id
    await dated('EUR', '2025-01-01', '1.25')
    await dated('EUR', '2025-06-01', '1.5')
  })
  afterAll(() => server?.stop())

  test('the rate of the record\u2019s day is used and kept, and that of today where no day is named', async () => {
    const old = await bill(
      await make({ day: '2025-02-03', sum: '10', sum_currency: 'EUR', fee: 1, fee_currency: 'EUR' }),
    )
    expect(old).toMatchObject({ sum_base: '12.5000', sum_rate: '1.250000000000', fee_base: '1.5000' })
    expect(old).not.toHaveProperty('fee_rate')
    const older = await bill(await make({ day: '2024-02-03', sum: '10', sum_currency: 'EUR' }))
    expect(older).toMatchObject({ sum_base: '11.0000', sum_rate: '1.100000000000' })
    const dayless = await bill(await make({ sum: '10', sum_currency: 'EUR' }))
    expect(dayless['sum_base']).toBe('15.0000')
  })

  test('a new day, a new currency and a new sum give a new amount; nothing else does', async () => {
    const id = await make({ day: '2025-02-03', sum: '10', sum_currency: 'EUR' })
    await send('PATCH', `bills(${id})`, { day: '2025-07-01' })
    expect(await bill(id)).toMatchObject({ sum_base: '15.0000', sum_rate: '1.500000000000' })
    await send('PATCH', `bills(${id})`, { sum_currency: 'USD' })
    expect(await bill(id)).toMatchObject({ sum_base: '10.0000', sum_rate: '1.000000000000' })
    await send('PATCH', `bills(${id})`, { sum: null })
    expect(await bill(id)).toMatchObject({ sum_base: null, sum_rate: null })
    const refused = await send('PATCH', `bills(${id})`, { sum_rate: 5 })
    expect(refused.status).toBe(400)
  })

  test('a formula over amounts is one in their currency, and in the base currency where they have several', async () => {
    const same = await make({ sum: '10', sum_currency: 'EUR', fee: '1', fee_currency: 'EUR' })
    const mixed = await make({ sum: '10', sum_currency: 'EUR', fee: '1', fee_currency: 'USD' })
    const lone = await make({ sum: '10', sum_currency: 'EUR' })
    const amounts = (row: unknown) =>
      (['total', 'total_currency', 'total_base'] as const).map((name) => (row as Record<string, unknown>)[name])
    const number = (text: unknown) => (text === null ? null : Number(text))
    const read = async (id: string) => {
      const [amount, currency, base] = amounts(await bill(id))
      return [number(amount), currency, number(base)]
    }
    expect(await read(same)).toEqual([11, 'EUR', 16.5])
    expect(await read(mixed)).toEqual([16, null, 16])
    expect(await read(lone)).toEqual([null, 'EUR', null])
    expect(await bill(mixed)).toMatchObject({ double_currency: null })
    expect(Number((await bill(same))['double'])).toBe(22)
    const found = await send(
      'GET',
      `bills?$filter=${encodeURIComponent(`id in (${same},${mixed},${lone}) and total_currency eq 'EUR' and total gt 10.5`)}&$select=id`,
    )
    expect((found.json as { value: { id: string }[] }).value.map(({ id }) => id)).toEqual([same])
    const [, sum] = await Promise.all([
      send('PATCH', `bills(${same})`, { total_currency: 'USD' }).then(({ status }) => expect(status).toBe(400)),
      send(
        'GET',
        `bills?$apply=${encodeURIComponent(`filter(id in (${same},${mixed}))/aggregate(total_base with sum as sum)`)}`,
      ),
    ])
    expect(Number((sum.json as { value: { sum: string }[] }).value[0]!.sum)).toBe(32.5)
    const shown = await call(server, 'GET', `/api/data/v1/bills(${mixed})`, undefined, {
      prefer: 'odata.include-annotations="*"',
    })
    expect(shown.text).toContain('"$16.00"')
  })

  test('in bulk the stored currency and day count as well', async () => {
    const one = await make({ day: '2025-02-03', sum: '10', sum_currency: 'EUR' })
    const two = await make({ day: '2025-02-03', sum: '10', sum_currency: 'GBP' })
    const answer = await send('POST', 'bills/$bulk', {
      update: [
        { id: one, sum: '20' },
        { id: two, day: '2025-08-01' },
      ],
    })
    expect(answer.status, answer.text).toBe(200)
    expect(await bill(one)).toMatchObject({ sum_currency: 'EUR', sum_base: '25.0000' })
    expect(await bill(two)).toMatchObject({ sum_currency: 'GBP', sum_base: '12.7000' })
  })

  test('rates as those of the rial are exact', async () => {
    await dated('IRR', '2025-01-01', '0.000000909091')
    const id = await make({ day: '2025-02-03', sum: '123456789012345.6789', sum_currency: 'IRR' })
    // 123456789012345.6789 × 0.000000909091 = 112233455.79…, worked out with all its digits.
    const product = (1234567890123456789n * 909091n + 5n * 10n ** 11n) / 10n ** 12n
    expect(await bill(id)).toMatchObject({
      sum_base: `${product / 10_000n}.${String(product % 10_000n).padStart(4, '0')}`,
    })
    await dated('AED', '2025-01-01', '1100000.5')
    const large = await bill(await make({ day: '2025-02-03', sum: '900000000.1234', sum_currency: 'AED' }))
    expect(large['sum_base']).toBe('990000450135740.0617')
    const over = await send('POST', 'bills', { day: '2025-02-03', sum: '999999999999999', sum_currency: 'AED' })
    expect(over.status, over.text).toBe(422)
    expect((over.json as { error: { target: string } }).error.target).toBe('sum')
  })

  test('a rate that comes later moves no amount, until drafts are worked out anew', async () => {
    const draft = await make({ draft: true, day: '2025-03-03', sum: '10', sum_currency: 'TRY' })
    const closed = await make({ draft: false, day: '2025-03-03', sum: '10', sum_currency: 'TRY' })
    await dated('TRY', '2025-03-01', '0.5')
    expect(await bill(draft)).toMatchObject({ sum_base: '0.2500' })
    const asked = await call(server, 'POST', '/api/actions/recompute_amounts', {
      entity: 'bill',
      filter: 'draft eq true',
    })
    expect(asked.status, asked.text).toBe(200)
    const { job } = asked.json as { job: string }
    await until(async () => {
      const { state } = (await call(server, 'GET', `/api/jobs/${job}`)).json as { state: string }
      expect(state).not.toBe('failed')
      return state === 'done' ? state : undefined
    })
    expect(await bill(draft)).toMatchObject({ sum_base: '5.0000', sum_rate: '0.500000000000', version: 2 })
    expect(await bill(closed)).toMatchObject({ sum_base: '0.2500', version: 1 })
  })

  test.each([
    ['a filter that is none', { entity: 'bill', filter: 'draft eq' }, 400],
    ['brackets that end too early', { entity: 'bill', filter: 'true) or (true' }, 400],
    ['no such entity', { entity: 'bull', filter: 'true' }, 400],
    ['no filter', { entity: 'bill' }, 422],
  ])('working out anew is refused with %s', async (_what, body, status) => {
    expect((await call(server, 'POST', '/api/actions/recompute_amounts', body)).status).toBe(status)
  })
})
