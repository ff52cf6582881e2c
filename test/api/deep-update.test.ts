// Does a change with related records in its body do all of it, or nothing? Stories on records of their own, on both engines.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call, engines, startServer, type Answer, type TestServer } from '../support/server.ts'
import { setUpDeals } from './deals.ts'

const part = {
  kind: 'entity',
  name: 'step',
  label: 'Step',
  plural: 'Steps',
  entitySet: 'steps',
  ownership: 'user',
  primaryField: 'name',
  fields: [
    { name: 'name', type: 'text', maxLength: 50, required: true },
    { name: 'deal', type: 'lookup', target: 'deal', required: true, onDelete: 'cascade', inverse: 'steps' },
  ],
}

type Item = Record<string, unknown>

describe.each(engines)('deep update on %s', (engine) => {
  let server: TestServer
  let count = 0
  const freshId = () => `018f3c1e-0000-7000-8000-${String(700_000 + count++).padStart(12, '0')}`
  const send = (method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> =>
    call(server, method, `/api/data/v1/${path}`, body, headers)
  const patch = async (path: string, body: unknown, status = 200) => {
    const answer = await send('PATCH', path, body)
    expect(answer.status, answer.text).toBe(status)
    return answer.json as Item
  }
  /** A firm with deals of these names. shape: its id and theirs. */
  const firmWith = async (...names: string[]) => {
    const firm = freshId()
    await patch(`firms(${firm})`, { name: `Firm ${firm}` }, 201)
    const deals: string[] = []
    for (const name of names) {
      const id = freshId()
      await patch(`deals(${id})`, { name, firm_id: firm }, 201)
      deals.push(id)
    }
    return { firm, deals }
  }
  const dealsOf = async (firm: string) => {
    const { value } = (await send('GET', `firms(${firm})/deals?$select=name&$orderby=name`)).json as { value: Item[] }
    return value.map(({ name }) => name)
  }

  beforeAll(async () => {
    server = await startServer({ engine })
    await setUpDeals(server)
    const applied = await call(server, 'POST', '/api/model/apply', { changes: [{ op: 'put', definition: part }] })
    expect(applied.status, applied.text).toBe(200)
  })
  afterAll(() => server?.stop())

  test('a list takes the place of the collection: one is changed, one is new, one is linked, one is let go', async () => {
    const { firm, deals } = await firmWith('a', 'b')
    const other = freshId()
    await patch(`deals(${other})`, { name: 'z' }, 201)
    const record = await patch(`firms(${firm})`, {
      city: 'Iași',
      deals: [{ id: deals[0], name: 'a2', quantity: 7 }, { name: 'c' }, { '@odata.id': `deals(${other})` }],
    })
    expect(record).toMatchObject({ city: 'Iași' })
    expect((record['deals'] as Item[]).map(({ name }) => name)).toEqual(expect.arrayContaining(['a2', 'c', 'z']))
    expect(await dealsOf(firm)).toEqual(['a2', 'c', 'z'])
    expect((await send('GET', `deals(${deals[1]!})?$select=firm_id`)).json).toMatchObject({ firm_id: null })
    expect((await send('GET', `deals(${deals[0]!})`)).json).toMatchObject({ quantity: 7, version: 2 })
  })

  test('a delta only says what changes: the others stay', async () => {
    const { firm, deals } = await firmWith('a', 'b', 'c', 'd')
    await patch(`firms(${firm})`, {
      'deals@odata.delta': [
        { '@removed': { reason: 'changed' }, id: deals[0] },
        { '@removed': { reason: 'deleted' }, '@odata.id': `deals(${deals[1]!})` },
        { id: deals[2], name: 'c2' },
        { name: 'e' },
      ],
    })
    expect(await dealsOf(firm)).toEqual(['c2', 'd', 'e'])
    expect((await send('GET', `deals(${deals[0]!})`)).status).toBe(200)
    expect((await send('GET', `deals(${deals[1]!})`)).status).toBe(404)
  })

  test('records that are parts of the other are deleted when they leave it', async () => {
    const deal = freshId()
    await patch(`deals(${deal})`, { name: 'Whole', steps: [{ name: 'one' }, { name: 'two' }] }, 201)
    const { value } = (await send('GET', `deals(${deal})/steps?$orderby=name`)).json as { value: Item[] }
    expect(value).toHaveLength(2)
    await patch(`deals(${deal})`, { steps: [{ id: value[0]!['id'] }] })
    expect((await send('GET', `steps(${value[1]!['id'] as string})`)).status).toBe(404)
    await patch(`deals(${deal})`, { steps: [] })
    expect((await send('GET', `steps(${value[0]!['id'] as string})`)).status).toBe(404)
  })

  test('a single related record is changed where it is, made when there is none, and linked by its key', async () => {
    const { firm, deals } = await firmWith('a')
    await patch(`deals(${deals[0]!})`, { firm: { city: 'Brașov' } })
    expect((await send('GET', `firms(${firm})`)).json).toMatchObject({ city: 'Brașov', version: 2 })
    const free = freshId()
    await patch(`deals(${free})`, { name: 'Free' }, 201)
    await patch(`deals(${free})`, { firm: { name: `Made for ${free}`, city: 'X' } })
    expect((await send('GET', `deals(${free})?$expand=firm`)).json).toMatchObject({
      firm: { name: `Made for ${free}` },
    })
    await patch(`deals(${free})`, { firm: { '@odata.id': `firms(${firm})`, city: 'Cluj' } })
    expect((await send('GET', `deals(${free})?$expand=firm`)).json).toMatchObject({ firm: { id: firm, city: 'Cluj' } })
  })

  test('three levels in one body', async () => {
    const { firm, deals } = await firmWith('a')
    await patch(`firms(${firm})`, {
      deals: [
        { id: deals[0], steps: [{ name: 'first' }] },
        { name: 'b', steps: [{ name: 'x' }, { name: 'y' }] },
      ],
    })
    const { value } = (await send('GET', `firms(${firm})/deals?$expand=steps($select=name)&$orderby=name`)).json as {
      value: { steps: Item[] }[]
    }
    expect(value.map(({ steps }) => steps.length)).toEqual([1, 2])
  })

  test('PUT clears what is not given of the record, and replaces the collection', async () => {
    const { firm } = await firmWith('a', 'b')
    await patch(`firms(${firm})`, { city: 'Sibiu' })
    const put = await send('PUT', `firms(${firm})`, { name: `Firm ${firm}`, deals: [{ name: 'only' }] })
    expect(put.status, put.text).toBe(200)
    expect((await send('GET', `firms(${firm})`)).json).toMatchObject({ city: null })
    expect(await dealsOf(firm)).toEqual(['only'])
  })

  const firmTable = (firm: string, deal: string): [string, unknown, number, string][] => [
    ['a wrong value', { deals: [{ id: deal, quantity: -1 }] }, 422, '/deals/0/quantity'],
    ['an unknown name', { deals: [{ name: 'n' }, { id: deal, nope: 1 }] }, 400, '/deals/1/nope'],
    ['a list that is none', { deals: { id: deal } }, 400, '/deals'],
    ['an item that is none', { deals: [1] }, 400, '/deals/0'],
    ['an id that is none', { deals: [{ id: 'x' }] }, 400, '/deals/0/id'],
    ['two ids', { deals: [{ id: deal, '@odata.id': `deals(${firm})` }] }, 400, '/deals/0/id'],
    ['another set', { deals: [{ '@odata.id': `firms(${firm})` }] }, 400, '/deals/0'],
    ['an old version', { deals: [{ id: deal, '@odata.etag': 'W/"9"', name: 'n' }] }, 412, '/deals/0'],
    ['a removal without id', { 'deals@odata.delta': [{ '@removed': {} }] }, 400, '/deals@odata.delta/0'],
    ['a removal of another', { 'deals@odata.delta': [{ '@removed': {}, id: firm }] }, 404, '/deals@odata.delta/0'],
    ['two levels down', { deals: [{ id: deal, steps: [{ name: null }] }] }, 422, '/deals/0/steps/0/name'],
  ]
  test('what is wrong is told where it stands in the body, and nothing is written', async () => {
    const { firm, deals } = await firmWith('a', 'b')
    for (const [what, body, status, at] of firmTable(firm, deals[0]!)) {
      const answer = await send('PATCH', `firms(${firm})`, { city: 'Never', ...(body as object) })
      expect([what, answer.status], answer.text).toEqual([what, status])
      const { error } = answer.json as { error: { innererror?: { pointer?: string } } }
      expect([what, error.innererror?.pointer]).toEqual([what, at])
    }
    expect((await send('GET', `firms(${firm})`)).json).toMatchObject({ city: null, version: 1 })
    expect(await dealsOf(firm)).toEqual(['a', 'b'])
  })
})
