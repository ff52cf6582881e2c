// Do delta links tell exactly what changed? Stories first; then random writes by several connections at once while clients
// follow their links with a filter, an expand, a search and a low role: at the end each copy is what a fresh read gives.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call, engines, signInForKey, startServer, type Answer, type TestServer } from '../support/server.ts'
import { seed } from '../support/law.ts'
import { ids, setUpDeals } from './deals.ts'
import { followOnce, newCopy, startCopy, type Copy } from './delta-client.ts'

const track = { prefer: 'odata.track-changes' }
/** Rounds of random writes by each connection; `DELTA_ROUNDS` asks for more. */
const rounds = Number(process.env['DELTA_ROUNDS'] ?? 25)

const more = [
  {
    kind: 'entity',
    name: 'memo',
    label: 'Memo',
    plural: 'Memos',
    entitySet: 'memos',
    ownership: 'user',
    primaryField: 'name',
    audit: false,
    fields: [
      { name: 'name', type: 'text', maxLength: 100, required: true },
      { name: 'size', type: 'integer' },
    ],
  },
  {
    kind: 'role',
    name: 'seller',
    label: 'Seller',
    grants: ['deal', 'memo', 'firm'].map((entity) => ({
      entity,
      create: 'own',
      read: entity === 'firm' ? 'all' : 'own',
      write: 'own',
      delete: 'own',
      assign: 'own',
    })),
  },
]

type Page = { value: Record<string, unknown>[]; '@odata.deltaLink'?: string; '@odata.nextLink'?: string }

describe.each(engines)('delta links on %s', (engine) => {
  let server: TestServer
  let seller: { url: string; adminKey: string }
  let sellerId = ''
  let adminId = ''
  let count = 0
  const freshId = () => `018f3c1e-0000-7000-8000-${String(500_000 + count++).padStart(12, '0')}`
  const send = (method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> =>
    call(server, method, `/api/data/v1/${path}`, body, headers)
  const follow = async (link: string | undefined, who: { url: string; adminKey: string } = server) => {
    expect(link).toBeDefined()
    const answer = await call(who, 'GET', link!.slice(server.url.length))
    expect(answer.status, answer.text).toBe(200)
    return answer.json as Page
  }
  const begin = async (path: string, who: { url: string; adminKey: string } = server) => {
    const answer = await call(who, 'GET', `/api/data/v1/${path}`, undefined, track)
    expect(answer.status, answer.text).toBe(200)
    return answer.json as Page
  }

  beforeAll(async () => {
    server = await startServer({ engine })
    await setUpDeals(server)
    const applied = await call(server, 'POST', '/api/model/apply', {
      changes: more.map((definition) => ({ op: 'put', definition })),
    })
    expect(applied.status, applied.text).toBe(200)
    const person = { email: 'seller@example.com', name: 'Seller', password: 'a good password', roles: ['seller'] }
    expect((await call(server, 'POST', '/api/users', person)).status).toBe(201)
    seller = { url: server.url, adminKey: await signInForKey(server.url, person.email, person.password) }
    sellerId = ((await call(seller, 'GET', '/api/me')).json as { user: { id: string } }).user.id
    adminId = ((await call(server, 'GET', '/api/me')).json as { user: { id: string } }).user.id
  })
  afterAll(() => server?.stop())

  test('a list that is tracked ends with a delta link, and says that the preference was applied', async () => {
    const answer = await send('GET', 'deals?$select=name', undefined, track)
    expect(answer.headers.get('preference-applied')).toBe('odata.track-changes')
    const { '@odata.deltaLink': link } = answer.json as Page
    expect(link).toContain('$select=name&$deltatoken=')
    const delta = await follow(link)
    expect(delta).toMatchObject({ value: [] })
    expect((delta as unknown as Record<string, string>)['@odata.context']).toBe(
      `${server.url}/api/data/v1/$metadata#deals(id,name)/$delta`,
    )
    expect(delta['@odata.deltaLink']).toBeDefined()
  })

  test('what was created, changed and deleted is told once, in the columns of the list', async () => {
    const [kept, gone, made, passing] = [freshId(), freshId(), freshId(), freshId()]
    for (const id of [kept, gone]) await send('PATCH', `deals(${id})`, { name: 'Before' })
    const { '@odata.deltaLink': link } = await begin('deals?$select=name&$filter=startswith(name,%27Be%27)')
    await send('PATCH', `deals(${kept})`, { name: 'Better' })
    await send('DELETE', `deals(${gone})`)
    await send('PATCH', `deals(${made})`, { name: 'Bespoke' })
    await send('PATCH', `deals(${passing})`, { name: 'Bessie' })
    await send('DELETE', `deals(${passing})`)
    const delta = await follow(link)
    const byId = new Map(delta.value.map((each) => [each['id'], each]))
    expect(byId.get(kept)).toEqual({ '@odata.etag': 'W/"2"', id: kept, name: 'Better' })
    expect(byId.get(made)).toEqual({ '@odata.etag': 'W/"1"', id: made, name: 'Bespoke' })
    expect(byId.get(gone)).toEqual({ '@removed': { reason: 'deleted' }, '@odata.id': `deals(${gone})`, id: gone })
    expect((await follow(delta['@odata.deltaLink'])).value).toEqual([])
  })

  test('a record that leaves the filter is removed as changed; one that never was in it is not told', async () => {
    const [inside, outside] = [freshId(), freshId()]
    await send('PATCH', `deals(${inside})`, { name: 'In', stage: 'open' })
    await send('PATCH', `deals(${outside})`, { name: 'Out', stage: 'lost' })
    const { '@odata.deltaLink': link } = await begin(`deals?$filter=stage eq 'open'&$select=name`)
    await send('PATCH', `deals(${inside})`, { stage: 'won' })
    await send('PATCH', `deals(${outside})`, { name: 'Still out' })
    expect((await follow(link)).value).toEqual([
      { '@removed': { reason: 'changed' }, '@odata.id': `deals(${inside})`, id: inside },
    ])
  })

  test('a caller of 4.0 gets removed records in its spelling', async () => {
    const id = freshId()
    await send('PATCH', `deals(${id})`, { name: 'Old reader' })
    const { '@odata.deltaLink': link } = await begin('deals')
    await send('DELETE', `deals(${id})`)
    const answer = await call(server, 'GET', link!.slice(server.url.length), undefined, { 'odata-maxversion': '4.0' })
    expect((answer.json as Page).value).toEqual([
      {
        '@odata.context': `${server.url}/api/data/v1/$metadata#deals/$deletedEntity`,
        id: `deals(${id})`,
        reason: 'deleted',
      },
    ])
  })

  test('an expanded record that changes is told with the record that leads to it', async () => {
    const [firm, deal] = [freshId(), freshId()]
    await send('PATCH', `firms(${firm})`, { name: `Firm ${firm}`, city: 'A' })
    await send('PATCH', `deals(${deal})`, { name: 'Linked', firm_id: firm })
    const { '@odata.deltaLink': link } = await begin('deals?$select=name&$expand=firm($select=city)')
    await send('PATCH', `firms(${firm})`, { city: 'B' })
    const delta = await follow(link)
    expect(delta.value).toHaveLength(1)
    expect(delta.value[0]).toMatchObject({ id: deal, firm: { city: 'B' } })
  })

  test('pages of changes continue by nextLink, and what is written in between comes with the next link', async () => {
    const { '@odata.deltaLink': link } = await begin('memos')
    const made = Array.from({ length: 7 }, freshId)
    for (const id of made) await send('PATCH', `memos(${id})`, { name: 'Page' })
    const page = (at: string) =>
      call(server, 'GET', at.slice(server.url.length), undefined, { prefer: 'maxpagesize=3' })
    const first = (await page(link!)).json as Page
    expect(first.value).toHaveLength(3)
    await send('DELETE', `memos(${made[0]!})`)
    const second = (await page(first['@odata.nextLink']!)).json as Page
    const third = (await page(second['@odata.nextLink']!)).json as Page
    expect([second.value.length, third.value.length]).toEqual([3, 1])
    expect((await follow(third['@odata.deltaLink'])).value).toContainEqual(
      expect.objectContaining({ id: made[0], '@removed': { reason: 'deleted' } }),
    )
  })

  test('a list of many pages is tracked from its first page on', async () => {
    const made = Array.from({ length: 5 }, freshId)
    for (const id of made) await send('PATCH', `memos(${id})`, { name: 'Long' })
    const first = await call(server, 'GET', `/api/data/v1/memos?$filter=name eq 'Long'`, undefined, {
      prefer: 'odata.track-changes,odata.maxpagesize=2',
    })
    const page = first.json as Page
    expect(page['@odata.deltaLink']).toBeUndefined()
    await send('PATCH', `memos(${page.value[0]!['id'] as string})`, { size: 9 })
    let last = page
    while (last['@odata.nextLink']) last = await follow(last['@odata.nextLink'])
    expect((await follow(last['@odata.deltaLink'])).value).toEqual([
      expect.objectContaining({ id: page.value[0]!['id'], size: 9 }),
    ])
  })

  test('a low role hears of its own records only, also where nothing is audited', async () => {
    for (const set of ['deals', 'memos']) {
      // Who does not see every record does not choose ids.
      const made = async (name: string) =>
        ((await call(seller, 'POST', `/api/data/v1/${set}`, { name })).json as { id: string }).id
      const [own, taken] = [await made('Own'), await made('Taken')]
      const [foreign, given] = [freshId(), freshId()]
      for (const id of [foreign, given]) await send('PATCH', `${set}(${id})`, { name: 'Foreign' })
      const { '@odata.deltaLink': link } = await begin(`${set}?$select=name`, seller)
      await call(seller, 'PATCH', `/api/data/v1/${set}(${own})`, { name: 'Own 2' })
      await send('PATCH', `${set}(${foreign})`, { name: 'Foreign 2' })
      await send('PATCH', `${set}(${given})`, { owner_id: sellerId, owner_type: 'user' })
      await send('PATCH', `${set}(${taken})`, { owner_id: adminId, owner_type: 'user' })
      const { value, '@odata.deltaLink': next } = await follow(link, seller)
      const told = new Map(value.map((each) => [each['id'], each]))
      expect(new Set(told.keys())).toEqual(new Set([own, given, taken]))
      expect(told.get(taken)).toMatchObject({ '@removed': { reason: 'changed' } })
      expect(told.get(given)).toMatchObject({ name: 'Foreign' })
      await send('DELETE', `${set}(${foreign})`)
      await send('DELETE', `${set}(${own})`)
      expect((await follow(next, seller)).value).toEqual([
        { '@removed': { reason: 'deleted' }, '@odata.id': `${set}(${own})`, id: own },
      ])
    }
  })

  test.each([
    ['a part of the list', 'deals?$top=2'],
    ['groups', 'deals?$apply=groupby((stage))'],
    ['lists inside records', 'firms?$expand=children'],
    ['the clock', 'deals?$filter=created_at lt now()'],
    ['many records', 'firms?$filter=children/any(c:c/city eq null)'],
  ])('%s is not tracked: no link, and the preference is not applied', async (_what, path) => {
    const answer = await send('GET', path, undefined, track)
    expect(answer.status, answer.text).toBe(200)
    expect(answer.headers.get('preference-applied')).toBeNull()
    expect(answer.json).not.toHaveProperty('@odata.deltaLink')
  })

  describe('a token that cannot be served', () => {
    const gone = async (link: string, who: { url: string; adminKey: string } = server) => {
      const answer = await call(who, 'GET', link.slice(server.url.length))
      expect([answer.status, (answer.json as { error: { code: string } }).error?.code]).toEqual([
        410,
        'missing.changes',
      ])
      expect(answer.text).toContain('Start again')
    }
    test.each([
      ['asked by someone else', (link: string) => gone(link, seller)],
      ['with another filter', (link: string) => gone(link.replace('?', `?$filter=stage eq 'won'&`))],
      ['that is old', (link: string) => gone(changed(link, 0, (at) => Number(at) - 8 * 86_400))],
      ['of a database that was set back', (link: string) => gone(changed(link, 2, () => '9000000:9000000:/1.1'))],
      ['of another database', (link: string) => gone(changed(link, 2, (seen) => `${String(seen).split('/')[0]}/1.1`))],
    ])('%s answers 410', async (_what, check) => {
      await check((await begin('deals'))['@odata.deltaLink']!)
    })
    test.each([
      ['no token', 'abc'],
      ['a text that is no snapshot', Buffer.from('[1,"x","1;drop",null,null]').toString('base64url')],
      ['two of them', 'abc&$deltatoken=abc'],
    ])('%s answers 400', async (_what, token) => {
      expect((await send('GET', `deals?$deltatoken=${token}`)).status).toBe(400)
    })
    test('after a field was renamed, and right again after the undo', async () => {
      const { '@odata.deltaLink': link } = await begin('memos?$select=size')
      const [entity] = more
      const renamed = await call(server, 'POST', '/api/model/apply', {
        changes: [
          { op: 'put', definition: { ...entity, fields: [entity!.fields![0], { name: 'extent', type: 'integer' }] } },
        ],
        plan: await planFor(server, { ...entity, fields: [entity!.fields![0], { name: 'extent', type: 'integer' }] }),
      })
      expect(renamed.status, renamed.text).toBe(200)
      const answer = await call(server, 'GET', link!.slice(server.url.length))
      expect([400, 410]).toContain(answer.status)
      const undone = await call(server, 'POST', `/api/model/undo/${(renamed.json as { undo: string }).undo}`)
      expect(undone.status, undone.text).toBe(200)
      expect((await call(server, 'GET', link!.slice(server.url.length))).status).toBe(200)
    })
  })

  test(`law: copies kept by delta links equal a fresh read (${rounds} rounds, seed ${seed})`, async () => {
    console.log(`delta law on ${engine}: ${rounds} rounds of 4 connections, seed ${seed}`)
    const random = randomOf(seed)
    const firms = [ids.acme, ids.globex, freshId(), freshId()]
    for (const id of firms.slice(2)) await send('PATCH', `firms(${id})`, { name: `F ${id}`, city: 'X' })
    const copies: Copy[] = [
      newCopy(server, `deals?$filter=stage eq 'open' and quantity gt 3&$select=name,quantity,stage`),
      newCopy(server, `deals?$filter=firm/city eq 'B'&$expand=firm($select=city)&$select=name,firm_id`),
      newCopy(server, 'deals?$search=even&$select=name'),
      newCopy(seller, 'deals?$select=name,stage,quantity'),
      newCopy(seller, `memos?$filter=size gt 4&$select=name,size`),
      newCopy(server, 'memos'),
    ]
    for (const copy of copies) await startCopy(copy)
    const state = { writing: true }
    const known: Record<'deals' | 'memos', string[]> = { deals: [], memos: [] }
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
    const values = (set: 'deals' | 'memos') => ({
      name: `${random() < 0.5 ? 'even' : 'odd'} ${Math.floor(random() * 1000)}`,
      ...(set === 'deals'
        ? { quantity: Math.floor(random() * 8), stage: pick(['open', 'won']), firm_id: pick([null, ...firms]) }
        : { size: Math.floor(random() * 9) }),
    })
    const writer = async () => {
      for (let i = 0; i < rounds; i++) {
        const set = pick(['deals', 'memos'] as const)
        const who = random() < 0.5 ? server : seller
        const id = known[set].length > 0 && random() < 0.7 ? pick(known[set]) : undefined
        const at = `/api/data/v1/${set}`
        const kind = random()
        if (kind < 0.1) await send('PATCH', `firms(${pick(firms)})`, { city: pick(['A', 'B']) })
        else if (kind < 0.2) {
          const made = Array.from({ length: 5 }, () => values(set))
          await call(who, 'POST', `${at}/$bulk`, { create: made })
        } else if (id === undefined || kind < 0.4) {
          const made = freshId()
          known[set].push(made)
          await call(who, 'PATCH', `${at}(${made})`, values(set))
        } else if (kind < 0.55) await call(who, 'DELETE', `${at}(${id})`)
        else if (kind < 0.65)
          await send('PATCH', `${set}(${id})`, { owner_id: pick([adminId, sellerId]), owner_type: 'user' })
        else if (kind < 0.75)
          await send('POST', '$batch', {
            requests: [pick(known[set]), pick(known[set])].map((each, n) => ({
              id: String(n),
              atomicityGroup: 'g',
              method: 'PATCH',
              url: `${set}(${each})`,
              headers: { 'if-match': '*' },
              body: values(set),
            })),
          })
        else await call(who, 'PATCH', `${at}(${id})`, values(set), { 'if-match': '*' })
      }
    }
    const followers = copies.map(async (copy, n) => {
      while (state.writing) await followOnce(copy, (n % 3) + 1)
    })
    await Promise.all([writer(), writer(), writer(), writer()]).finally(() => (state.writing = false))
    await Promise.all(followers)
    for (const copy of copies) {
      await followOnce(copy)
      const fresh = newCopy(copy.who, copy.path)
      await startCopy(fresh)
      expect(Object.fromEntries(copy.records), copy.path).toEqual(Object.fromEntries(fresh.records))
    }
    expect(copies[0]!.followed).toBeGreaterThan(1)
    expect(copies[5]!.records.size).toBeGreaterThan(0)
  })
})

/** The link with one part of its token changed. */
function changed(link: string, place: number, change: (part: unknown) => unknown): string {
  const [address, token] = link.split('$deltatoken=') as [string, string]
  const parts = JSON.parse(Buffer.from(token, 'base64url').toString()) as unknown[]
  parts[place] = change(parts[place])
  return `${address}$deltatoken=${Buffer.from(JSON.stringify(parts)).toString('base64url')}`
}

async function planFor(server: TestServer, definition: unknown): Promise<string> {
  const planned = await call(server, 'POST', '/api/model/plan', { changes: [{ op: 'put', definition }] })
  return (planned.json as { plan: string }).plan
}

/** Mulberry32: the same numbers for the same seed. */
function randomOf(start: number): () => number {
  let state = start >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
}
