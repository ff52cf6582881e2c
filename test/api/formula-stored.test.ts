// Is a formula that is kept in the table always what it gives in the select, whatever wrote the record; is it found by index,
// key and words; and unknown to whoever may not read what it is made of? On both engines.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call, engines, startServer, type Answer, type TestServer } from '../support/server.ts'
import { personWithKey } from '../support/person.ts'

const formula = (name: string, returns: string, expression: string, more: object = {}) => ({
  name,
  type: 'formula',
  returns,
  expression,
  ...more,
})
const item = (more: readonly object[] = [], total = 'quantity * price') => ({
  kind: 'entity',
  name: 'item',
  fields: [
    { name: 'name', type: 'text' },
    { name: 'code', type: 'text', maxLength: 40 },
    { name: 'quantity', type: 'integer' },
    { name: 'price', type: 'decimal', scale: 2 },
    { name: 'due', type: 'date' },
    { name: 'secret', type: 'text' },
    { name: 'parts_n', type: 'rollup', entity: 'part', via: 'item', aggregate: 'count' },
    formula('total', 'decimal', total, { scale: 2, indexed: true }),
    formula('total_live', 'decimal', total, { scale: 2 }),
    formula('folded', 'text', "upper(code) + '\\\\{{x}}'", { maxLength: 50 }),
    formula('said', 'text', "name + ' costs ' + string(quantity) + secret", { searchable: true }),
    formula('open', 'text', "'code' + lower(code)", { searchable: true }),
    formula('large', 'boolean', 'total > 100 && parts_n > 1', { indexed: true }),
    formula('large_live', 'boolean', 'total > 100 && parts_n > 1'),
    formula('last', 'date', 'due', { indexed: true }),
    formula('twice', 'decimal', 'total * 2'),
    ...more,
  ],
  keys: [{ name: 'folded', fields: ['folded'] }],
})
type Row = Readonly<Record<string, string | number | boolean | null>>

const part = {
  kind: 'entity',
  name: 'part',
  fields: [
    { name: 'name', type: 'text' },
    { name: 'item', type: 'lookup', target: 'item', onDelete: 'cascade' },
  ],
}
const clerk = {
  kind: 'role',
  name: 'clerk',
  grants: [{ entity: 'item', read: 'all' }],
  fields: [{ entity: 'item', field: 'secret', read: false }],
}

describe.each(engines)('kept formulas on %s', (engine) => {
  let server: TestServer
  const put = (...definitions: object[]) =>
    call(server, 'POST', '/api/model/apply', { changes: definitions.map((definition) => ({ op: 'put', definition })) })
  const send = (method: string, path: string, body?: unknown, headers = {}): Promise<Answer> =>
    call(server, method, `/api/data/v1/${path}`, body, headers)
  const rows = async (query: string, as: { url: string; adminKey: string } = server) => {
    const answer = await call(as, 'GET', `/api/data/v1/${query}`)
    expect(answer.status, answer.text).toBe(200)
    return (answer.json as { value: Row[] }).value
  }
  const create = async (set: string, body: object) => {
    const made = await send('POST', set, body)
    expect(made.status, made.text).toBe(201)
    return made.json as Row
  }
  /** What is kept, in the record and wherever a condition looks for it, is what the select gives. */
  const agree = async () => {
    for (const row of await rows('items')) {
      expect([row['total'], row['large']], JSON.stringify(row)).toEqual([row['total_live'], row['large_live']])
      const { id, total, large, twice } = row
      expect(twice).toBe(total === null ? null : Number(total) * 2)
      const found = `items?$select=id&$filter=id eq ${id} and total eq ${total} and large eq ${large}`
      expect(await rows(found), found).toHaveLength(1)
    }
  }

  beforeAll(async () => {
    server = await startServer({ engine })
    const applied = await put(part, item(), clerk)
    expect(applied.status, applied.text).toBe(200)
  })
  afterAll(() => (process.env['SAY'] && console.log(server.output()), server?.stop()))

  test('every way of writing keeps it: create, change, bulk, upsert, and rollups it reads', async () => {
    const one = await create('items', { name: 'bolt', code: 'b-1', quantity: 30, price: '5.25', due: '2026-02-03' })
    expect(one).toMatchObject({
      total: 157.5,
      total_live: 157.5,
      folded: 'B-1\\{{x}}',
      large: false,
      last: '2026-02-03',
    })
    const many = Array.from({ length: 12 }, (_, i) => ({ name: `n${i}`, code: `n-${i}`, quantity: i, price: i * 10 }))
    expect((await send('POST', 'items/$bulk', { create: many })).status).toBe(200)
    const changed = await send('PATCH', `items(${one['id']})`, { quantity: 10 }, { prefer: 'return=representation' })
    expect(changed.json).toMatchObject({ total: 52.5, twice: 105 })
    await agree()
    expect((await send('PATCH', `items(${one['id']})`, { price: null })).status).toBe(200)
    await agree()
    await send('PATCH', `items(${one['id']})`, { price: '1000' })
    const [first] = [await create('parts', { item_id: one['id'] }), await create('parts', { item_id: one['id'] })]
    expect(await rows('items?$select=name&$filter=large')).toEqual([expect.objectContaining({ name: 'bolt' })])
    await agree()
    await send('DELETE', `parts(${first['id']})`)
    expect(await rows('items?$select=name&$filter=large')).toEqual([])
    await agree()
    const names = (await rows('items?$select=name&$orderby=total desc,name&$top=2')).map(({ name }) => name)
    expect(names).toEqual(['bolt', 'n11'])
    expect(await rows('parts?$select=id&$filter=item/total gt 100')).toHaveLength(1)
    expect(await rows('items?$apply=groupby((large),aggregate(total with sum as s))')).toHaveLength(1)
  })

  test('a unique one refuses doubles by its name, and is an address', async () => {
    const double = await send('POST', 'items', { name: 'again', code: 'B-1' })
    expect(double.status).toBe(409)
    expect(double.text).toContain('same folded')
    const key = `items(folded='${encodeURIComponent('B-1\\{{x}}')}')`
    expect((await send('GET', key)).json).toMatchObject({ name: 'bolt' })
    const changed = await send('PATCH', key, { quantity: 11 }, { 'if-match': '*' })
    expect(changed.status, changed.text).toBe(200)
    expect((await send('GET', key)).json).toMatchObject({ quantity: 11, total: 11000 })
    const none = await send('PATCH', "items(folded='nobody')", { quantity: 11 })
    expect(none.status, none.text).toBeLessThan(500)
    expect(none.status).toBeGreaterThanOrEqual(400)
  })

  test('searched texts are found by words, not by whoever may not read what they are made of', async () => {
    const made = await create('items', { name: 'nut', code: 'Zulu', quantity: 7, secret: 'tamarind' })
    const found = async (words: string, as?: { url: string; adminKey: string }) =>
      (await rows(`items?$select=name&$search=${encodeURIComponent(words)}`, as)).map(({ name }) => name)
    expect(await found('tamarind')).toEqual(['nut'])
    expect(await found('"nut costs 7"')).toEqual(['nut'])
    await send('PATCH', `items(${made['id']})`, { quantity: 8 })
    expect(await found('"nut costs 7"')).toEqual([])
    expect(await found('"nut costs 8"')).toEqual(['nut'])
    const other = await personWithKey(server, 'clerk@example.com', ['clerk'])
    expect(await found('tamarind', other)).toEqual([])
    expect(await found('codezulu', other)).toEqual(['nut'])
    const everywhere = async (as: { url: string; adminKey: string }, words: string) =>
      (await call(as, 'GET', `/api/search?q=${encodeURIComponent(words)}`)).text
    expect(await everywhere(server, 'tamarind')).toContain('"nut"')
    expect(await everywhere(other, 'tamarind')).not.toContain('"nut"')
    expect(await everywhere(other, 'codezulu')).toContain('"nut"')
    for (const query of ['items?$filter=said eq %27x%27', 'items?$orderby=said', 'items?$select=said'])
      expect((await call(other, 'GET', `/api/data/v1/${query}`)).status, query).toBe(400)
  })

  test('another expression fills it anew, a new one fills what is there, and taking back restores', async () => {
    const applied = await put(
      item([formula('half', 'decimal', 'price / 2', { indexed: true })], 'quantity * price * 3'),
    )
    expect(applied.status, applied.text).toBe(200)
    await agree()
    expect((await rows("items?$select=half&$filter=name eq 'bolt' and half eq 500"))[0]).toMatchObject({ half: 500 })
    expect((await rows("items?$select=total&$filter=name eq 'bolt' and total eq 33000"))[0]).toMatchObject({
      total: 33000,
    })
    const { undo } = applied.json as { undo: string }
    const back = await call(server, 'POST', `/api/model/undo/${undo}`)
    expect(back.status, back.text).toBe(200)
    await agree()
    expect(await rows('items?$filter=total eq 11000')).toHaveLength(1)
  })

  test.each([
    ['the time', formula('wrong', 'boolean', 'due < today()', { indexed: true }), '/indexed'],
    ['who asks', formula('wrong', 'boolean', 'created_by_id == me()', { unique: true }), '/unique'],
    ['other records', formula('wrong', 'text', 'created_by.name', { searchable: true }), '/searchable'],
    ['a number by words', formula('wrong', 'integer', 'quantity', { searchable: true }), '/searchable'],
    ['any length', formula('wrong', 'text', 'name', { indexed: true }), '/indexed'],
  ])('what hangs on %s is not kept, and is refused by name', async (_on, field, place) => {
    const answer = await call(server, 'POST', '/api/model/plan', {
      changes: [{ op: 'put', definition: item([field]) }],
    })
    const [problem] = (answer.json as { problems: { pointer: string }[] }).problems
    expect(problem?.pointer, answer.text).toMatch(new RegExp(`/fields/16${place}$`))
  })
})
