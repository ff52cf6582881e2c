// Do writes do what the contract says? Short stories of requests, each on records of its own, on both engines.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call, engines, startServer, type Answer, type TestServer } from '../support/server.ts'
import { ids, setUpDeals } from './deals.ts'

describe.each(engines)('writes on %s', (engine) => {
  let server: TestServer
  let count = 100
  const freshId = () => `018f3c1e-0000-7000-8000-${String(count++).padStart(12, '0')}`
  const send = (method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> =>
    call(server, method, `/api/data/v1/${path}`, body, headers)
  const get = async (path: string) => (await send('GET', path)).json as Record<string, unknown>

  beforeAll(async () => {
    server = await startServer({ engine })
    await setUpDeals(server)
  })
  afterAll(() => server?.stop())

  test('create answers 201 with the record, its address and its version', async () => {
    const made = await send('POST', 'deals', { name: 'New', amount: '12.30', firm_id: ids.acme })
    expect(made.status, made.text).toBe(201)
    const record = made.json as Record<string, unknown>
    expect(record).toMatchObject({
      name: 'New',
      amount: 12.3,
      stage: 'open',
      active: true,
      version: 1,
      firm_id: ids.acme,
      '@odata.etag': 'W/"1"',
    })
    expect(record['id']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7/)
    expect(record['owner_id']).toBe(record['created_by_id'])
    expect(made.headers.get('location')).toBe(`${server.url}/api/data/v1/deals(${String(record['id'])})`)
    expect(made.headers.get('odata-entityid')).toBe(made.headers.get('location'))
    expect(made.headers.get('etag')).toBe('W/"1"')
    expect(await get(`deals(${String(record['id'])})`)).toMatchObject({ name: 'New' })
  })

  test('create with return=minimal answers 204 without a body', async () => {
    const made = await send('POST', 'deals', { name: 'Quiet' }, { prefer: 'return=minimal' })
    expect(made.status, made.text).toBe(204)
    expect(made.text).toBe('')
    expect(made.headers.get('preference-applied')).toBe('return=minimal')
    expect(made.headers.get('odata-entityid')).toMatch(/deals\([0-9a-f-]{36}\)$/)
  })

  test('create gives the next number of the counter, also when many create at once', async () => {
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, i) => send('POST', 'deals?$select=number', { name: `Numbered ${i}` })),
    )
    const numbers = made.map(({ json }) => (json as { number: string }).number)
    expect(new Set(numbers).size).toBe(20)
    for (const number of numbers) expect(number).toMatch(/^D-\d{5}$/)
  })

  test('create answers only the selected columns', async () => {
    const made = await send('POST', 'deals?$select=name', { name: 'Short' })
    expect(Object.keys(made.json as object).filter((name) => !name.startsWith('@'))).toEqual(['id', 'name'])
  })

  test('PATCH creates with the given id, then updates, raising the version', async () => {
    const id = freshId()
    const made = await send('PATCH', `deals(${id})`, { name: 'Up', quantity: 1 })
    expect(made.status, made.text).toBe(201)
    const changed = await send('PATCH', `deals(${id})`, { quantity: 2 })
    expect(changed.status, changed.text).toBe(200)
    expect(changed.json).toMatchObject({ id, name: 'Up', quantity: 2, version: 2 })
    expect(changed.headers.get('etag')).toBe('W/"2"')
  })

  test('PATCH with the right version works once', async () => {
    const id = freshId()
    await send('PATCH', `deals(${id})`, { name: 'Versioned' })
    const first = await send('PATCH', `deals(${id})`, { quantity: 1 }, { 'if-match': 'W/"1"' })
    const second = await send('PATCH', `deals(${id})`, { quantity: 2 }, { 'if-match': 'W/"1"' })
    expect([first.status, second.status]).toEqual([200, 412])
    expect(await get(`deals(${id})?$select=quantity`)).toMatchObject({ quantity: 1 })
  })

  test('of two writers with the same version exactly one wins', async () => {
    const id = freshId()
    await send('PATCH', `deals(${id})`, { name: 'Raced' })
    const answers = await Promise.all(
      Array.from({ length: 10 }, (_, i) => send('PATCH', `deals(${id})`, { quantity: i }, { 'if-match': 'W/"1"' })),
    )
    expect(answers.map(({ status }) => status).sort((a, b) => a - b)).toEqual([200, ...Array<number>(9).fill(412)])
  })

  test('PATCH with If-None-Match: * creates only', async () => {
    const id = freshId()
    const made = await send('PATCH', `deals(${id})`, { name: 'Once' }, { 'if-none-match': '*' })
    const again = await send('PATCH', `deals(${id})`, { name: 'Twice' }, { 'if-none-match': '*' })
    expect([made.status, again.status]).toEqual([201, 412])
  })

  test('PATCH and PUT by alternate key', async () => {
    const made = await send('PATCH', "deals(code='KEY1')", { name: 'By key' })
    expect(made.status, made.text).toBe(201)
    const changed = await send('PATCH', "deals(code='KEY1')", { quantity: 9 })
    expect(changed.status, changed.text).toBe(200)
    expect(changed.json).toMatchObject({ name: 'By key', code: 'KEY1', quantity: 9 })
    const { value } = (await get("deals?$filter=code eq 'KEY1'")) as { value: unknown[] }
    expect(value.length).toBe(1)
  })

  test('a record made by its key has the key of the address', async () => {
    const other = await send('PATCH', "deals(code='KEY2')", { name: 'By key', code: 'KEY3' })
    expect([other.status, other.json], other.text).toMatchObject([
      400,
      { error: { target: 'code', innererror: { pointer: '/code' } } },
    ])
    const only = { 'if-none-match': '*' }
    expect((await send('PUT', "deals(code='KEY2')", { name: 'x', code: 'KEY3' }, only)).status).toBe(400)
    const made = await send('PATCH', "deals(code='KEY2')", { name: 'By key', code: 'KEY2' })
    expect(made.json, made.text).toMatchObject({ code: 'KEY2' })
    expect((await send('PATCH', "deals(code='KEY2')", { code: 'KEY4' })).json).toMatchObject({ code: 'KEY4' })
  })

  test('keys and conditions in the address of a write may be aliases', async () => {
    const key = `@c=${encodeURIComponent("'K/''C'")}`
    const made = await send('PATCH', `deals(code=@c)?${key}&$select=code`, { name: 'Aliased' })
    expect([made.status, made.json], made.text).toMatchObject([201, { code: "K/'C" }])
    expect((await send('PUT', `deals(code=@c)/quantity?${key}`, { value: 4 })).status).toBe(204)
    const linked = await send('PUT', `deals(code=@c)/firm/$ref?${key}`, { '@odata.id': `firms(${ids.acme})` })
    expect(linked.status, linked.text).toBe(204)
    const child = await send('POST', `firms(name=@n)/deals?@n='Acme'&$select=firm_id`, { name: 'Child' })
    expect(child.json, child.text).toMatchObject({ firm_id: ids.acme })
    const each = `@f=${encodeURIComponent("code eq 'K/''C'")}`
    expect((await send('PATCH', `deals/$filter(@f)/$each?${each}`, { quantity: 5 })).status).toBe(204)
    expect(await get(`deals(code=@c)?${key}`)).toMatchObject({ name: 'Aliased', quantity: 5, firm_id: ids.acme })
    expect((await send('DELETE', `deals(code=@c)?${key}`)).status).toBe(204)
    expect((await send('PATCH', 'deals(code=@c)', { quantity: 1 })).status).toBe(400)
  })

  test('PUT replaces: what is not given is cleared or gets its default', async () => {
    const id = freshId()
    await send('PATCH', `deals(${id})`, { name: 'Full', quantity: 5, email: 'x@example.com', stage: 'won' })
    const put = await send('PUT', `deals(${id})`, { name: 'Bare' })
    expect(put.status, put.text).toBe(200)
    expect(put.json).toMatchObject({ name: 'Bare', quantity: null, email: null, stage: 'open', version: 2 })
  })

  test('DELETE takes the record away, with the version when it is asked for', async () => {
    const id = freshId()
    await send('PATCH', `deals(${id})`, { name: 'Going' })
    expect((await send('DELETE', `deals(${id})`, undefined, { 'if-match': 'W/"2"' })).status).toBe(412)
    expect((await send('DELETE', `deals(${id})`, undefined, { 'if-match': 'W/"1"' })).status).toBe(204)
    expect((await send('GET', `deals(${id})`)).status).toBe(404)
    expect((await send('DELETE', `deals(${id})`)).status).toBe(404)
  })

  test('lookups are set in every spelling and cleared', async () => {
    const id = freshId()
    await send('PATCH', `deals(${id})`, { name: 'Linked' })
    const spellings: object[] = [
      { firm_id: ids.acme },
      { 'firm@odata.bind': `/firms(${ids.globex})` },
      { 'firm@odata.bind': `${server.url}/api/data/v1/firms(${ids.acme})` },
      { firm: { id: ids.globex } },
    ]
    const expected = [ids.acme, ids.globex, ids.acme, ids.globex]
    for (const [i, body] of spellings.entries()) {
      const changed = await send('PATCH', `deals(${id})`, body)
      expect(changed.json, changed.text).toMatchObject({ firm_id: expected[i] })
    }
    for (const body of [{ firm_id: null }, { 'firm@odata.bind': null }, { firm: null }]) {
      await send('PATCH', `deals(${id})`, { firm_id: ids.acme })
      expect((await send('PATCH', `deals(${id})`, body)).json).toMatchObject({ firm_id: null })
    }
  })

  test('one lookup given under several names is one record', async () => {
    const same = { firm_id: ids.acme.toUpperCase(), 'firm@odata.bind': `/firms(${ids.acme})`, firm: { id: ids.acme } }
    const made = await send('POST', 'deals', { name: 'Thrice', ...same })
    expect([made.status, made.json], made.text).toMatchObject([201, { firm_id: ids.acme }])
    for (const other of [
      { 'firm@odata.bind': `/firms(${ids.globex})` },
      { firm: { id: ids.globex } },
      { 'firm@odata.bind': null },
    ]) {
      const refused = await send('POST', 'deals', { name: 'Either', firm_id: ids.acme, ...other })
      expect([refused.status, refused.json], refused.text).toMatchObject([
        400,
        { error: { innererror: { pointer: `/${Object.keys(other)[0]}` } } },
      ])
    }
  })

  test('a polymorphic lookup leads to one record, and the targets it does not lead to may be null', async () => {
    const firm = { about_firm: { id: ids.acme } }
    for (const body of [
      { ...firm, about_deal: null },
      { about_deal: null, ...firm },
      { ...firm, about_type: 'firm', about_id: ids.acme },
    ]) {
      const made = await send('POST', 'deals', { name: 'About', ...body })
      expect([made.status, made.json], made.text).toMatchObject([201, { about_id: ids.acme, about_type: 'firm' }])
    }
    const none = await send('POST', 'deals', { name: 'About', about_firm: null, about_deal: null })
    expect(none.json, none.text).toMatchObject({ about_id: null, about_type: null })
    for (const body of [
      { ...firm, about_deal: { id: ids.first } },
      { ...firm, about_type: 'deal' },
    ])
      expect((await send('POST', 'deals', { name: 'About', ...body })).status).toBe(400)
  })

  test('the context of what was written names what was expanded', async () => {
    const context = async (query: string, body: object) =>
      ((await send('POST', `firms${query}`, body)).json as Record<string, string>)['@odata.context']!.split('#')[1]
    expect(await context('?$select=name&$expand=deals($select=code)', { name: 'Context 1' })).toBe(
      'firms(id,name,deals(id,code))/$entity',
    )
    expect(await context('', { name: 'Context 2', deals: [{ name: 'In it' }] })).toBe('firms(deals())/$entity')
    expect(await context('?$select=name', { name: 'Context 3' })).toBe('firms(id,name)/$entity')
  })

  test('query options that mean nothing at an address are refused', async () => {
    for (const path of [
      `firms(${ids.acme})/deals/$ref?$foo=1`,
      `firms(${ids.acme})/deals/$ref?$top=1`,
      '$batch?$foo=1',
    ])
      expect((await send('POST', path, { '@odata.id': `deals(${ids.first})`, requests: [] })).status, path).toBe(400)
    expect((await send('GET', '?$filter=true')).status).toBe(400)
    expect((await send('GET', '?$format=json')).status).toBe(200)
  })

  test('a polymorphic lookup knows what it points at', async () => {
    const id = freshId()
    const made = await send('PATCH', `deals(${id})`, { name: 'About', 'about_deal@odata.bind': `/deals(${ids.first})` })
    expect(made.json, made.text).toMatchObject({ about_id: ids.first, about_type: 'deal' })
    expect(await get(`deals(${id})/about_deal/name`)).toMatchObject({ value: 'First' })
    const other = await send('PATCH', `deals(${id})`, { about_id: ids.acme, about_type: 'firm' })
    expect(other.json).toMatchObject({ about_id: ids.acme, about_type: 'firm' })
    const nobody = await send('PATCH', `deals(${id})`, { about_id: ids.none, about_type: 'firm' })
    expect(nobody.status, nobody.text).toBe(422)
  })

  test('references link and unlink', async () => {
    const id = freshId()
    await send('PATCH', `deals(${id})`, { name: 'Referenced' })
    expect((await send('POST', `firms(${ids.acme})/deals/$ref`, { '@odata.id': `deals(${id})` })).status).toBe(204)
    expect(await get(`deals(${id})?$select=firm_id`)).toMatchObject({ firm_id: ids.acme })
    expect((await send('DELETE', `firms(${ids.acme})/deals(${id})/$ref`)).status).toBe(204)
    expect(await get(`deals(${id})?$select=firm_id`)).toMatchObject({ firm_id: null })
    expect(
      (await send('PUT', `deals(${id})/firm/$ref`, { '@odata.id': `${server.url}/api/data/v1/firms(${ids.globex})` }))
        .status,
    ).toBe(204)
    expect(await get(`deals(${id})?$select=firm_id`)).toMatchObject({ firm_id: ids.globex })
    expect((await send('DELETE', `deals(${id})/firm/$ref`)).status).toBe(204)
    expect(await get(`deals(${id})?$select=firm_id`)).toMatchObject({ firm_id: null })
  })

  test('POST to a collection navigation creates a record in it', async () => {
    const made = await send('POST', `firms(${ids.globex})/deals`, { name: 'Inside' })
    expect(made.status, made.text).toBe(201)
    expect(made.json).toMatchObject({ firm_id: ids.globex })
  })

  test('a property is set, read and cleared by its own address', async () => {
    const id = freshId()
    await send('PATCH', `deals(${id})`, { name: 'Property' })
    expect((await send('PUT', `deals(${id})/quantity`, { value: 7 })).status).toBe(204)
    expect(await get(`deals(${id})/quantity`)).toMatchObject({ value: 7 })
    expect((await send('DELETE', `deals(${id})/quantity`)).status).toBe(204)
    expect((await send('GET', `deals(${id})/quantity`)).status).toBe(204)
  })

  test('digits and separators of other scripts are understood in numbers', async () => {
    const made = await send('POST', 'deals', { name: 'Digits', quantity: '۱۲۳', amount: '٤٥٫٥' })
    expect(made.json, made.text).toMatchObject({ quantity: 123, amount: 45.5 })
  })

  test('naughty texts come back as they were sent', async () => {
    const texts = [
      "'; drop table t_default.deal; --",
      '<script>alert(1)</script>',
      '𝒳😀👩‍👩‍👧',
      '\u202Egnp.exe',
      'می‌رود',
      '$1 $$ \\ %s',
      'null',
      '"quoted"',
      'line\nbreak\ttab',
      '{{7*7}}',
    ]
    for (const name of texts) {
      const made = await send('POST', 'deals', { name })
      expect(made.json, made.text).toMatchObject({ name })
      expect(await get(`deals(${(made.json as { id: string }).id})/name`)).toMatchObject({ value: name })
    }
  })

  test('bulk creates many in one call and says which rows are wrong', async () => {
    const rows = Array.from({ length: 500 }, (_, i) => ({
      name: `Bulk ${i}`,
      code: `B${i}`,
      quantity: i,
      'firm@odata.bind': `/firms(${ids.acme})`,
    }))
    const made = await send('POST', 'deals/$bulk', { create: rows })
    expect(made.status, made.text.slice(0, 500)).toBe(200)
    expect((made.json as { value: { id: string }[] }).value.length).toBe(500)
    expect((await send('GET', "deals/$count?$filter=startswith(name,'Bulk')")).text).toBe('500')
    const wrong = await send('POST', 'deals/$bulk', {
      create: [{ name: 'Fine' }, { nmae: 'x' }, { name: 'Bad', quantity: 'x' }],
    })
    expect(wrong.status, wrong.text).toBeGreaterThanOrEqual(400)
    expect(wrong.text).toContain('/create/1/nmae')
    expect(wrong.text).toContain('/create/2/quantity')
    expect((await send('GET', "deals/$count?$filter=name eq 'Fine'")).text).toBe('0')
  })

  test('bulk upserts by key', async () => {
    const rows = (quantity: number) =>
      Array.from({ length: 30 }, (_, i) => ({ name: `Upsert ${i}`, code: `U${i}`, quantity }))
    const first = await send('POST', 'deals/$bulk', { upsert: rows(1), key: 'code' })
    const second = await send('POST', 'deals/$bulk', { upsert: rows(2), key: 'code' })
    expect([first.status, second.status], second.text.slice(0, 500)).toEqual([200, 200])
    expect((await send('GET', "deals/$count?$filter=startswith(code,'U') and quantity eq 2")).text).toBe('30')
    expect((await send('GET', "deals/$count?$filter=startswith(code,'U')")).text).toBe('30')
  })
})
