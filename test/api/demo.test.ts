// What does a newcomer find after the first start? The CRM with its demo data, through the API as the app uses it.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sizes } from '../../solutions/crm/demo/generate.ts'
import { call, engines, startServer, type TestServer } from '../support/server.ts'

const data = '/api/data/v1'
type Row = Record<string, unknown>

describe.each(engines)('on %s', (engine) => {
  let server: TestServer

  beforeAll(async () => {
    server = await startServer({ engine, solutions: 'crm', env: { DEMO: '1' } })
  })
  afterAll(() => server?.stop())

  const get = async (path: string): Promise<{ value: Row[] }> => {
    const answer = await call(server, 'GET', data + encodeURI(path))
    expect(answer.status, answer.text.slice(0, 500)).toBe(200)
    return answer.json as { value: Row[] }
  }

  test.each([
    ['accounts', sizes.small.account],
    ['contacts', sizes.small.contact],
    ['opportunities', sizes.small.opportunity],
    ['leads', sizes.small.lead],
    ['activities', sizes.small.activity],
    ['notes', sizes.small.note],
    ['products', 24],
    ['currencies', 12],
  ])('%s: %i', async (set, wanted) => {
    const answer = await call(server, 'GET', `${data}/${set}/$count`)
    expect([answer.status, answer.text]).toEqual([200, String(wanted)])
  })

  test('the funnel adds up, by stage and by currency', async () => {
    const { value: stages } = await get(
      '/opportunities?$apply=groupby((stage),aggregate($count as deals,amount_base with sum as total))',
    )
    expect(stages.map(({ stage }) => stage as string).sort((a, b) => (a < b ? -1 : 1))).toEqual([
      'engaging',
      'lost',
      'negotiation',
      'proposal',
      'prospecting',
      'won',
    ])
    expect(stages.reduce((sum, { deals }) => sum + Number(deals), 0)).toBe(sizes.small.opportunity)
    const { value: currencies } = await get(
      '/opportunities?$apply=groupby((amount_currency),aggregate(amount_base with sum as total))',
    )
    const sum = (rows: Row[]): number => rows.reduce((all, { total }) => all + Number(total), 0)
    expect(sum(currencies)).toBeCloseTo(sum(stages), 2)
  })

  test('a deal leads to its account, contact, product and owner; an account to its people', async () => {
    const { value } = await get(
      "/opportunities?$filter=stage eq 'won' and contact_id ne null&$top=5&$expand=account($select=name),contact($select=full_name),product($select=name),owner_user($select=name,email)",
    )
    expect(value).toHaveLength(5)
    for (const deal of value)
      for (const name of ['account', 'contact', 'product', 'owner_user'])
        expect(
          Object.values(deal[name] as Row).some((text) => typeof text === 'string' && text.length > 0),
          name,
        ).toBe(true)
    const { value: accounts } = await get(
      '/accounts?$filter=contacts/any()&$top=3&$expand=contacts($select=full_name),opportunities($select=name;$top=2)',
    )
    expect(accounts.every(({ contacts }) => (contacts as Row[]).length > 0)).toBe(true)
  })

  test('activities are about four kinds of records', async () => {
    const { value } = await get('/activities?$apply=groupby((regarding_type),aggregate($count as n))')
    expect(value.map((row) => row['regarding_type'] as string).sort((a, b) => (a < b ? -1 : 1))).toEqual([
      'account',
      'contact',
      'lead',
      'opportunity',
    ])
    const { value: about } = await get(
      "/activities?$filter=regarding_type eq 'opportunity'&$top=1&$expand=regarding_opportunity($select=name)",
    )
    expect((about[0]!['regarding_opportunity'] as Row)['name']).toEqual(expect.any(String))
  })

  test.each(['صنایع', 'Завод', 'บริษัท', 'Lactate', 'Engineering'])('accounts are found by "%s"', async (word) => {
    const { value } = await get(`/accounts?$filter=contains(name,'${word}')&$select=name`)
    expect(value.length).toBeGreaterThan(0)
  })

  test('the model carries views, forms, apps and labels in five languages', async () => {
    const answer = await call(server, 'GET', '/api/model')
    expect(answer.status).toBe(200)
    for (const text of [
      'حساب‌ها',
      'Сделки',
      'โอกาสการขาย',
      'Oportunități',
      'Opportunities',
      'my_open_deals',
      'deal_main',
      '"sales"',
    ])
      expect(answer.text).toContain(text)
  })

  describe('a full name', () => {
    const contact = async (id: string): Promise<Row> =>
      (await call(server, 'GET', `${data}/contacts(${id})?$select=full_name`)).json as Row
    const made = async (body: Row): Promise<string> => {
      const answer = await call(server, 'POST', `${data}/contacts`, body)
      expect(answer.status, answer.text).toBe(201)
      return (answer.json as Row)['id'] as string
    }

    test('comes from first and last name, and follows when one of them changes', async () => {
      const id = await made({ first_name: 'Ada', last_name: 'King' })
      expect(await contact(id)).toMatchObject({ full_name: 'Ada King' })
      expect((await call(server, 'PATCH', `${data}/contacts(${id})`, { last_name: 'Lovelace' })).status).toBe(200)
      expect(await contact(id)).toMatchObject({ full_name: 'Ada Lovelace' })
      await call(server, 'PATCH', `${data}/contacts(${id})`, { first_name: null })
      expect(await contact(id)).toMatchObject({ full_name: 'Lovelace' })
      await call(server, 'PATCH', `${data}/contacts(${id})`, { title: 'Countess' })
      expect(await contact(id)).toMatchObject({ full_name: 'Lovelace' })
    })

    test('that is given stays', async () => {
      const id = await made({ first_name: 'Ada', last_name: 'King', full_name: 'Countess of Lovelace' })
      expect(await contact(id)).toMatchObject({ full_name: 'Countess of Lovelace' })
    })
  })

  if (engine === 'postgres') {
    test('another process on the same database loads nothing again', async () => {
      const again = await startServer({
        engine,
        solutions: 'crm',
        env: { DEMO: '1', DATABASE_URL: server.databaseUrl! },
      })
      const answer = await call(again, 'GET', `${data}/products/$count`)
      await again.stop()
      expect(answer.text).toBe('24')
    })
  }
})
