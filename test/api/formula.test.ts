// Is a formula a field like any other, wherever a field can stand, and unknown to whoever may not read what it is made of?
// On both engines.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call, engines, startServer, type Answer, type TestServer } from '../support/server.ts'
import { personWithKey } from '../support/person.ts'

const lookup = (name: string, target: string) => ({ name, type: 'lookup', target })
const formula = (name: string, returns: string, expression: string, more: object = {}) => ({
  name,
  type: 'formula',
  returns,
  expression,
  ...more,
})

const region = {
  kind: 'entity',
  name: 'region',
  fields: [
    { name: 'name', type: 'text' },
    { name: 'tax', type: 'decimal', scale: 2 },
    { name: 'secret', type: 'integer' },
    formula('shout', 'text', "upper(name) + '!'"),
  ],
}
const shop = {
  kind: 'entity',
  name: 'shop',
  fields: [
    { name: 'name', type: 'text' },
    lookup('region', 'region'),
    { name: 'margin', type: 'decimal', scale: 2 },
    formula('place', 'text', "name + ' in ' + region.shout"),
    formula('code', 'integer', 'region.secret * 2'),
  ],
}
const sale = {
  kind: 'entity',
  name: 'sale',
  fields: [
    { name: 'name', type: 'text' },
    lookup('shop', 'shop'),
    { name: 'quantity', type: 'integer' },
    { name: 'price', type: 'decimal', scale: 2 },
    { name: 'stage', type: 'choice', options: [{ value: 'open' }, { value: 'won' }] },
    formula('total', 'decimal', 'quantity * price', { scale: 2 }),
    formula('gross', 'decimal', 'total * (1.0 + shop.region.tax / 100)', { scale: 2 }),
    formula('where', 'text', 'shop.place'),
    formula('won', 'boolean', "stage == 'won'"),
    formula('hint', 'integer', 'shop.code + 1'),
    formula('mine', 'boolean', 'created_by_id == me()'),
  ],
}
const station = {
  kind: 'entity',
  name: 'station',
  fields: [
    { name: 'name', type: 'text' },
    lookup('next', 'station'),
    { name: 'people', type: 'integer' },
    formula('ahead', 'integer', 'next.people'),
    formula('beyond', 'integer', 'next.next.people'),
  ],
}
const view = {
  kind: 'view',
  name: 'large_sales',
  entity: 'sale',
  type: 'grid',
  columns: [{ field: 'name' }, { field: 'gross', total: 'sum' }, { field: 'shop.place' }],
  filter: 'gross > 100 && won',
  sort: [{ field: 'gross', descending: true }],
}
const roles = [
  {
    kind: 'role',
    name: 'seller',
    label: 'Seller',
    grants: [
      { entity: 'sale', read: 'all', create: 'all', write: 'all', rule: 'gross < 1000 || total == null' },
      { entity: 'shop', read: 'all' },
      { entity: 'region', read: 'all' },
    ],
    fields: [{ entity: 'region', field: 'secret', read: false }],
  },
  { kind: 'role', name: 'guard', label: 'Guard', grants: [{ entity: 'station', read: 'all', rule: 'people < 10' }] },
  {
    kind: 'role',
    name: 'crowd',
    label: 'Crowd',
    grants: [{ entity: 'station', write: 'all', append: 'all', append_to: 'all' }],
  },
  {
    kind: 'role',
    name: 'clerk',
    label: 'Clerk',
    grants: [
      { entity: 'sale', read: 'all' },
      { entity: 'shop', read: 'all' },
    ],
  },
]

describe.each(engines)('on %s', (engine) => {
  let server: TestServer
  let seller: { adminKey: string; url: string }
  let clerk: { adminKey: string; url: string }
  let guard: { adminKey: string; url: string }
  const ids: string[] = []

  const put = (definitions: readonly object[]) =>
    call(server, 'POST', '/api/model/apply', { changes: definitions.map((definition) => ({ op: 'put', definition })) })
  const create = async (set: string, body: object): Promise<Record<string, unknown>> => {
    const made = await call(server, 'POST', `/api/data/v1/${set}`, body)
    expect(made.status, made.text).toBe(201)
    return made.json as Record<string, unknown>
  }
  const get = (query: string, as: { url: string; adminKey: string } = server): Promise<Answer> =>
    call(as, 'GET', `/api/data/v1/${query}`)
  const rows = async (query: string, as?: { url: string; adminKey: string }): Promise<Record<string, unknown>[]> => {
    const answer = await get(query, as)
    expect(answer.status, answer.text).toBe(200)
    return (answer.json as { value: Record<string, unknown>[] }).value
  }

  beforeAll(async () => {
    server = await startServer({ engine })
    const applied = await put([region, shop, sale, station, view, ...roles])
    expect(applied.status, applied.text).toBe(200)
    seller = await personWithKey(server, 'seller@example.com', ['seller'])
    clerk = await personWithKey(server, 'clerk@example.com', ['clerk'])
    guard = await personWithKey(server, 'guard@example.com', ['guard', 'crowd'])
    const north = await create('regions', { name: 'north', tax: 10, secret: 21 })
    const far = await create('shops', { name: 'Far', region_id: north['id'] })
    for (const [name, quantity, price, stage, shopId] of [
      ['a', 2, '10.25', 'open', far['id']],
      ['b', 30, '5', 'won', far['id']],
      ['c', null, '5', null, null],
      ['d', 100, '100', 'won', far['id']],
    ] as const)
      ids.push((await create('sales', { name, quantity, price, stage, shop_id: shopId }))['id'] as string)
  })
  afterAll(() => server?.stop())

  test('a new record answers with its formulas, over parents of parents and other formulas', async () => {
    const [shopRow] = await rows('shops')
    const made = await create('sales', { name: 'e', quantity: 3, price: '1.5', shop_id: shopRow!['id'] })
    expect(made).toMatchObject({ total: 4.5, gross: 4.95, where: 'Far in NORTH!', won: false, hint: 43, mine: true })
    const changed = await call(
      server,
      'PATCH',
      `/api/data/v1/sales(${made['id'] as string})`,
      { quantity: 4 },
      {
        prefer: 'return=representation',
      },
    )
    expect(changed.json).toMatchObject({ total: 6, gross: 6.6 })
    expect((await call(server, 'DELETE', `/api/data/v1/sales(${made['id'] as string})`)).status).toBe(204)
  })

  test('a change answers with formulas that lead back to the record as it is then', async () => {
    const asked = { prefer: 'return=representation' }
    const change = async (id: unknown, body: object): Promise<unknown> =>
      (await call(server, 'PATCH', `/api/data/v1/stations(${id as string})`, body, asked)).json
    const one = await create('stations', { name: 'one', people: 1 })
    expect(await change(one['id'], { next_id: one['id'], people: 2 })).toMatchObject({ ahead: 2, beyond: 2 })
    const two = await create('stations', { name: 'two', people: 5, next_id: one['id'] })
    expect(await change(one['id'], { next_id: two['id'], people: 3 })).toMatchObject({ ahead: 5, beyond: 3 })
    // Who carries a record out of their own sight hears what they wrote, and nothing that they do not see any more.
    const own = await call(
      guard,
      'PATCH',
      `/api/data/v1/stations(${one['id'] as string})`,
      { next_id: one['id'], people: 50 },
      asked,
    )
    expect(own.json).toMatchObject({ people: 50, ahead: null })
    expect((await get(`stations(${one['id'] as string})`, guard)).status).toBe(404)
  })

  test('stands in every clause of a query', async () => {
    const named = (list: Record<string, unknown>[]) => list.map(({ name }) => name)
    expect(named(await rows('sales?$filter=gross gt 100&$orderby=gross desc'))).toEqual(['d', 'b'])
    expect(named(await rows("sales?$filter=startswith(where,'Far in')&$orderby=total,name"))).toEqual(['a', 'b', 'd'])
    expect(named(await rows('sales?$orderby=gross,name'))).toEqual(['c', 'a', 'b', 'd'])
    expect(await rows('sales?$select=name,gross&$filter=name eq %27a%27')).toMatchObject([{ name: 'a', gross: 22.55 }])
    expect(await rows('sales?$compute=gross sub total as tax&$select=name,tax&$orderby=name&$top=1')).toMatchObject([
      { name: 'a', tax: 2.05 },
    ])
    expect(await rows('sales?$apply=groupby((won),aggregate(gross with sum as s))&$orderby=won')).toEqual([
      { won: false, s: 22.55 },
      { won: true, s: 11165 },
    ])
    expect(await rows('sales?$apply=filter(won)/groupby((shop/place),aggregate($count as n))')).toEqual([
      { shop: { place: 'Far in NORTH!' }, n: 2 },
    ])
    expect(await rows('shops?$expand=sales($select=total;$filter=total gt 100;$orderby=total)')).toMatchObject([
      { sales: [{ total: 150 }, { total: 10000 }] },
    ])
    expect(await rows('regions?$filter=shops/any(s:s/sales/any(x:x/gross gt 10000))')).toHaveLength(1)
    expect((await get('sales/$count?$filter=won')).text).toBe('2')
    expect((await get(`sales(${ids[0]!})/gross`)).json).toMatchObject({ value: 22.55 })
    expect((await get(`sales(${ids[0]!})/where/$value`)).text).toBe('Far in NORTH!')
    expect((await get(`sales(${ids[2]!})`)).json).toMatchObject({ total: null, gross: null, where: null })
  })

  test('pages through a list that is sorted by a formula', async () => {
    const seen: unknown[] = []
    let next: string | undefined = 'sales?$select=name&$orderby=gross desc'
    for (let page = 0; next !== undefined && page < 9; page++) {
      const answer: Answer = await call(server, 'GET', `/api/data/v1/${next}`, undefined, {
        prefer: 'odata.maxpagesize=2',
      })
      const json = answer.json as { value: { name: string }[]; '@odata.nextLink'?: string }
      seen.push(...json.value.map(({ name }) => name))
      next = json['@odata.nextLink']?.split('/api/data/v1/')[1]
    }
    expect(seen).toEqual(['d', 'b', 'a', 'c'])
  })

  test('is described, exported and shown like its kind; nobody writes it', async () => {
    const metadata = await call(server, 'GET', '/api/data/v1/$metadata')
    expect(metadata.text).toMatch(/<Property Name="gross" Type="Edm.Decimal"/)
    const shown = await call(server, 'GET', `/api/data/v1/sales(${ids[3]!})?$select=gross`, undefined, {
      prefer: 'odata.include-annotations="*"',
      'accept-language': 'fa',
    })
    expect(shown.json).toMatchObject({ 'gross@OData.Community.Display.V1.FormattedValue': '۱۱٬۰۰۰٫۰۰' })
    const csv = await call(server, 'GET', '/api/export/large_sales?format=csv')
    if (csv.status === 200) expect(csv.text).toContain('11000')
    for (const method of ['POST', 'PATCH'] as const) {
      const path = method === 'POST' ? 'sales' : `sales(${ids[0]!})`
      const refused = await call(server, method, `/api/data/v1/${path}`, { name: 'x', gross: 5 })
      expect(refused.status).toBe(400)
      expect(refused.text).toContain('gross')
    }
    const bulk = await call(server, 'POST', '/api/data/v1/sales/$bulk', { create: [{ name: 'x', gross: 5 }] })
    expect(bulk.status).toBeGreaterThanOrEqual(400)
  })

  test('is asked by row rules, on reading and on writing', async () => {
    expect((await rows('sales?$orderby=name', seller)).map(({ name }) => name)).toEqual(['a', 'b', 'c'])
    const over = await call(seller, 'PATCH', `/api/data/v1/sales(${ids[1]!})`, { quantity: 3000 })
    expect(over.status).toBe(403)
    const within = await call(seller, 'PATCH', `/api/data/v1/sales(${ids[1]!})`, { quantity: 30 })
    expect(within.status, within.text).toBe(200)
    const shopId = ((await rows('shops'))[0] as { id: string }).id
    const large = await call(seller, 'POST', '/api/data/v1/sales', { quantity: 100, price: 100, shop_id: shopId })
    expect(large.status).toBe(403)
  })

  test.each([
    ['a hidden field', 'hint', () => seller],
    ['an entity that may not be read', 'gross', () => clerk],
  ])('over %s it is unknown in every clause', async (_why, name, who) => {
    const as = who()
    expect((await rows('sales', as))[0]).not.toHaveProperty(name)
    for (const query of [
      `sales?$select=${name}`,
      `sales?$filter=${name} gt 1`,
      `sales?$orderby=${name}`,
      `sales?$compute=${name} add 1 as x&$select=x`,
      `sales?$apply=groupby((${name}))`,
      `sales?$apply=aggregate(${name} with max as m)`,
      `shops?$expand=sales($select=${name})`,
      `shops?$expand=sales($filter=${name} gt 1)`,
      `shops?$filter=sales/any(s:s/${name} gt 1)`,
      `sales(${ids[0]!})/${name}`,
      `sales(${ids[0]!})/${name}/$value`,
    ]) {
      const hidden = await get(query, as)
      const unknown = await get(query.replaceAll(name, 'zzzz'), as)
      expect([hidden.status, hidden.status >= 400], query).toEqual([unknown.status, true])
      expect(hidden.text.replaceAll(name, 'zzzz'), query).toBe(unknown.text)
    }
    const model = await call(as, 'GET', '/api/model')
    const entity = (model.json as { entities: { name: string; fields: { name: string }[] }[] }).entities.find(
      (each) => each.name === 'sale',
    )!
    expect(entity.fields.map((field) => field.name)).not.toContain(name)
  })

  test('a cached record is not taken for fresh when only a parent changed', async () => {
    const first = await get(`sales(${ids[0]!})`)
    const etag = first.headers.get('etag')!
    const again = await call(server, 'GET', `/api/data/v1/sales(${ids[0]!})`, undefined, { 'if-none-match': etag })
    expect(again.status).toBe(304)
    const [north] = await rows('regions')
    await call(server, 'PATCH', `/api/data/v1/regions(${north!['id'] as string})`, { tax: 20 })
    const fresh = await call(server, 'GET', `/api/data/v1/sales(${ids[0]!})`, undefined, { 'if-none-match': etag })
    expect([fresh.status, (fresh.json as { gross: number }).gross]).toEqual([200, 24.6])
    const changed = await call(server, 'PATCH', `/api/data/v1/sales(${ids[0]!})`, { name: 'a' }, { 'if-match': etag })
    expect(changed.status, changed.text).toBe(200)
    await call(server, 'PATCH', `/api/data/v1/regions(${north!['id'] as string})`, { tax: 10 })
  })

  test('wrong formulas are refused with place, position and hint; a circle is named', async () => {
    const wrong = async (expression: string, returns = 'integer') => {
      const fields = [...sale.fields, formula('fault', returns, expression)]
      const answer = await call(server, 'POST', '/api/model/plan', {
        changes: [{ op: 'put', definition: { ...sale, fields } }],
      })
      return (answer.json as { problems: { detail: string; pointer: string; hint?: string }[] }).problems[0]
    }
    expect(await wrong('quantiti + 1')).toMatchObject({
      detail: expect.stringContaining('"quantiti"') as string,
      pointer: '/changes/0/definition/fields/11/expression',
      hint: expect.stringContaining('quantity') as string,
    })
    expect((await wrong("shop.name + 'x'"))?.detail).toContain('text')
    expect((await wrong('shop.sales.exists(s, s.total > 1)', 'boolean'))?.hint).toContain('rollup')
    const circular = [
      { ...shop, fields: [...shop.fields, formula('one', 'integer', 'two + 1'), formula('two', 'integer', 'one')] },
    ]
    const answer = await call(server, 'POST', '/api/model/plan', {
      changes: circular.map((definition) => ({ op: 'put', definition })),
    })
    expect(answer.text).toContain('shop.one → shop.two → shop.one')
  })
})
