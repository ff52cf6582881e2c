// Does the history of a record tell who changed what, exactly and page by page, with the names behind its links, and nothing of
// what the caller may not read?
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keyFor } from '../support/people.ts'
import { call, engines, startServer, type TestServer } from '../support/server.ts'
import { ids, setUpDeals } from './deals.ts'

const data = '/api/data/v1'
const roles = [
  {
    kind: 'role',
    name: 'clerk',
    label: 'Clerk',
    grants: [{ entity: 'deal', read: 'all' }],
    fields: [{ entity: 'deal', field: 'amount', read: false, write: false }],
  },
  { kind: 'role', name: 'guest', label: 'Guest', grants: [{ entity: 'deal', read: 'own' }] },
]

interface Change {
  readonly id: string
  readonly at: string
  readonly change: string
  readonly version: number
  readonly by: string
  readonly before: Readonly<Record<string, unknown>>
  readonly after: Readonly<Record<string, unknown>>
}
interface History {
  readonly value: readonly Change[]
  readonly names: Readonly<Record<string, string>>
  readonly next: string | null
}

describe.each(engines)('the history of a record on %s', (engine) => {
  let server: TestServer
  const keys: Record<string, string> = {}
  const as = (who: string) => (who === 'admin' ? server : { url: server.url, adminKey: keys[who]! })
  const deal = `${data}/deals(${ids.second})`

  const history = async (who = 'admin', call_ = 'record_history()', path = deal): Promise<History> => {
    const answer = await call(as(who), 'GET', `${path}/${call_}`)
    expect(answer.status, answer.text).toBe(200)
    return answer.json as History
  }

  beforeAll(async () => {
    server = await startServer({ engine })
    await setUpDeals(server)
    await call(server, 'POST', '/api/model/apply', {
      changes: roles.map((definition) => ({ op: 'put', definition })),
    })
    for (const role of ['clerk', 'guest']) keys[role] = await keyFor(server, `${role}@example.com`, [role])
    const changes = [
      { stage: 'won', active: true },
      { amount: 12345678.91 },
      { firm_id: ids.globex, about_id: ids.acme, about_type: 'firm' },
      { price: 60, name: 'Second' },
    ]
    for (const body of changes) expect((await call(server, 'PATCH', deal, body)).status).toBeLessThan(300)
  })
  afterAll(() => server?.stop())

  test('tells each change with what it was and became, the newest first, and nothing that stayed', async () => {
    const { value, names, next } = await history()
    expect(next).toBeNull()
    expect(value.map(({ change }) => change)).toEqual(['update', 'update', 'update', 'update', 'create'])
    const [price, link, amount, stage, made] = value
    expect(stage).toMatchObject({ before: { stage: 'open', active: false }, after: { stage: 'won', active: true } })
    expect(amount).toMatchObject({ before: { amount: '20.25' }, after: { amount: '12345678.91' } })
    expect(link!.before).toEqual({ firm_id: ids.acme, about_id: null, about_type: null })
    expect(link!.after).toEqual({ firm_id: ids.globex, about_id: ids.acme, about_type: 'firm' })
    expect(names).toMatchObject({ [ids.acme]: 'Acme', [ids.globex]: 'Globex' })
    expect(names[made!.by]).toBeTypeOf('string')
    // An amount comes with the currency it is in, though that did not change; the name stayed.
    expect(Object.keys(price!.after).toSorted()).toEqual(Object.keys(price!.before).toSorted())
    expect(Number(price!.after['price'])).toBe(60)
    expect(price!.after).not.toHaveProperty('name')
    expect(made).toMatchObject({ before: {}, after: { name: 'Second', code: 'BBB' } })
    expect(made!.after).not.toHaveProperty('modified_at')
    expect(value.map(({ at }) => at)).toEqual(value.map(({ at }) => new Date(at).toISOString()))
  })

  test('comes page by page', async () => {
    const whole = await history()
    const seen: Change[] = []
    let next: string | null = null
    do {
      const page: History = await history('admin', `record_history(top=2${next === null ? '' : `,after=${next}`})`)
      expect(page.value.length).toBeLessThanOrEqual(2)
      seen.push(...page.value)
      next = page.next
    } while (next !== null)
    expect(seen).toEqual(whole.value)
  })

  test('is told over /api/actions too', async () => {
    const answer = await call(server, 'POST', '/api/actions/record_history', { on: `deals(${ids.second})`, top: 1 })
    expect(answer.json).toMatchObject({ value: [{ change: 'update' }] })
  })

  test('a closed field does not exist, nor does a change of it alone, nor the names of what may not be read', async () => {
    const { value, names } = await history('clerk')
    expect(value).toHaveLength(4)
    expect(JSON.stringify(value)).not.toContain('amount')
    expect(JSON.stringify(value)).not.toContain('12345678')
    expect(names).not.toHaveProperty(ids.globex)
  })

  test.each([
    ['a record the caller may not read', 'guest', 'record_history()', 404],
    ['a page that is too long', 'admin', 'record_history(top=101)', 422],
    ['a page behind what is no id', 'admin', "record_history(after='x')", 422],
  ])('%s is refused', async (_, who, call_, status) => {
    const answer = await call(as(who), 'GET', `${deal}/${call_}`)
    expect(answer.status, answer.text).toBe(status)
  })

  test('a page behind a change of another record is empty', async () => {
    const [other] = (await history('admin', 'record_history(top=1)', `${data}/deals(${ids.first})`)).value
    expect((await history('admin', `record_history(after=${other!.id})`)).value).toEqual([])
  })

  test('a whole version comes back in one write, as far as the caller may write', async () => {
    const whole = await history()
    const { json: now } = await call(server, 'GET', deal)
    const target = whole.value.at(-2)!
    const restore = (who: string, change: string) => call(as(who), 'POST', `${deal}/restore_version`, { change })
    expect((await restore('clerk', target.id)).status).toBe(403)
    expect((await restore('admin', ids.first)).status).toBe(404)
    const done = await restore('admin', target.id)
    expect(done.status, done.text).toBe(204)
    const after = await history()
    expect(after.value).toHaveLength(whole.value.length + 1)
    const back = Object.assign({}, ...whole.value.slice(0, -2).map(({ before }) => before)) as object
    expect(after.value[0]!.after).toEqual(back)
    // There and back again.
    expect((await restore('admin', whole.value[0]!.id)).status).toBe(204)
    const { json: again } = await call(server, 'GET', deal)
    const changing = { version: 0, modified_at: '', '@odata.etag': '' }
    expect({ ...(again as object), ...changing }).toEqual({ ...(now as object), ...changing })
    // Once more is no change.
    expect((await restore('admin', (await history()).value[0]!.id)).status).toBe(204)
    expect((await history()).value).toHaveLength(whole.value.length + 2)
  })
})
