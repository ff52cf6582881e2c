// Merging two records and splitting them again: what moves, what is taken, who may, what stale looks cost; and that a split
// gives every record back as it was, whatever the graph, on both engines.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { personWithKey } from '../support/person.ts'
import { call, engines, signInForKey, startServer, type Answer, type TestServer } from '../support/server.ts'
import { seed } from '../support/law.ts'

const lookup = (name: string, target: string | readonly string[], more: object = {}) => ({
  name,
  type: 'lookup',
  target,
  ...more,
})
const entity = (name: string, fields: readonly object[] = [], more: object = {}) => ({
  kind: 'entity',
  name,
  ownership: 'user',
  state: true,
  fields: [{ name: 'name', type: 'text', maxLength: 100, required: true }, ...fields],
  ...more,
})
const definitions = [
  entity('firm', [
    { name: 'code', type: 'text', maxLength: 20, unique: true },
    { name: 'city', type: 'text', maxLength: 50 },
    { name: 'size', type: 'integer' },
    { name: 'revenue', type: 'money' },
    { name: 'tags', type: 'multi_choice', options: [{ value: 'a' }, { value: 'b' }] },
    lookup('parent', 'firm', { inverse: 'children', onDelete: 'clear' }),
  ]),
  entity('worker', [lookup('firm', 'firm', { onDelete: 'clear' })]),
  entity('remark', [lookup('about', ['firm', 'worker'], { onDelete: 'clear' })]),
  entity('contract', [lookup('firm', 'firm', { cascade: { merge: 'restrict', delete: 'cascade' } })]),
  entity('memory', [lookup('firm', 'firm', { cascade: { merge: 'none', delete: 'cascade' } })]),
  entity('topic'),
  { kind: 'relationship', name: 'firm_topic', from: { entity: 'firm' }, to: { entity: 'topic' } },
  {
    kind: 'relationship',
    name: 'partnership',
    from: { entity: 'firm', name: 'partners' },
    to: { entity: 'firm', name: 'partner_of' },
  },
  {
    kind: 'role',
    name: 'merger',
    grants: [
      { entity: 'firm', create: 'own', read: 'all', write: 'own', delete: 'own' },
      { entity: 'worker', read: 'own', write: 'own' },
    ],
  },
  {
    kind: 'role',
    name: 'splitter',
    grants: [{ entity: 'firm', read: 'all', write: 'all' }],
    fields: [
      { entity: 'firm', field: 'size', update: false },
      { entity: 'firm', field: 'tags', read: false },
    ],
  },
]

/** Numbers from 0 to 1 that a seed repeats (mulberry32). */
function randomFrom(start: number): () => number {
  let state = start | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
}

describe.each(engines)('merge on %s', (engine) => {
  let server: TestServer
  let key = ''
  const as = (who: string, method: string, path: string, body?: unknown): Promise<Answer> =>
    call({ url: server.url, adminKey: who }, method, path, body)
  const send = (method: string, path: string, body?: unknown) =>
    as(server.adminKey, method, `/api/data/v1/${path}`, body)
  const make = async (set: string, body: object = {}, who = server.adminKey) => {
    const made = await as(who, 'POST', `/api/data/v1/${set}`, { name: 'x', ...body })
    expect(made.status, made.text).toBe(201)
    return (made.json as { id: string }).id
  }
  const record = async (path: string) => (await send('GET', path)).json as Record<string, unknown>
  const merge = (winner: string, loser: string, more: object = {}, who = server.adminKey) =>
    as(who, 'POST', '/api/actions/merge_records', { entity: 'firm', winner, loser, ...more })
  const split = (loser: string, who = server.adminKey) =>
    as(who, 'POST', '/api/actions/split_records', { entity: 'firm', record: loser })
  const link = async (path: string, to: string) =>
    expect((await send('POST', `${path}/$ref`, { '@odata.id': to })).status).toBe(204)

  beforeAll(async () => {
    server = await startServer({ engine })
    const applied = await call(server, 'POST', '/api/model/apply', {
      changes: definitions.map((definition) => ({ op: 'put', definition })),
    })
    expect(applied.status, applied.text).toBe(200)
    const body = { email: 'm@example.com', name: 'M', password: 'a good password', roles: ['merger'] }
    expect((await call(server, 'POST', '/api/users', body)).status).toBeLessThan(300)
    key = await signInForKey(server.url, body.email, body.password)
  })
  afterAll(() => server?.stop())

  test('the winner takes what was chosen, and what belonged to the loser', async () => {
    const winner = await make('firms', { name: 'W', city: 'Cluj', size: 1 })
    const loser = await make('firms', { name: 'L', city: 'Iași', size: 2, code: `C-${engine}`, revenue: 12.5 })
    const worker = await make('workers', { firm_id: loser })
    const asleep = await make('workers', { firm_id: loser, state: 'inactive' })
    const remark = await make('remarks', { about_id: loser, about_type: 'firm' })
    const memory = await make('memories', { firm_id: loser })
    const child = await make('firms', { parent_id: loser })
    const [both, one] = [await make('topics', { name: 'both' }), await make('topics', { name: 'one' })]
    await link(`firms(${winner})/topics`, `topics(${both})`)
    await link(`firms(${loser})/topics`, `topics(${both})`)
    await link(`firms(${loser})/topics`, `topics(${one})`)
    await link(`firms(${loser})/partners`, `firms(${winner})`)
    const done = await merge(winner, loser, { take: ['city', 'code', 'revenue'] })
    expect(done.status, done.text).toBe(200)
    expect((done.json as { moved: object }).moved).toEqual({
      worker: 2,
      remark: 1,
      firm: 1,
      firm_topic: 2,
      partnership: 1,
    })
    expect(await record(`firms(${winner})`)).toMatchObject({
      name: 'W',
      city: 'Iași',
      size: 1,
      code: `C-${engine}`,
      revenue: 12.5,
    })
    expect(await record(`firms(${loser})`)).toMatchObject({ state: 'inactive', merged_into_id: winner, code: null })
    for (const path of [`workers(${worker})`, `workers(${asleep})`])
      expect((await record(path))['firm_id']).toBe(winner)
    expect((await record(`remarks(${remark})`))['about_id']).toBe(winner)
    expect((await record(`memories(${memory})`))['firm_id']).toBe(loser)
    expect((await record(`firms(${child})`))['parent_id']).toBe(winner)
    const topics = (await record(`firms(${winner})/topics?$orderby=name`))['value'] as { name: string }[]
    expect(topics.map(({ name }) => name)).toEqual(['both', 'one'])
    expect((await record(`firms(${winner})/partner_of`))['value']).toEqual([])
    expect((await merge(winner, loser)).status).toBe(422)

    const taken = await split(loser)
    expect(taken.status, taken.text).toBe(200)
    expect((taken.json as { kept: unknown[] }).kept).toEqual([])
    expect(await record(`firms(${winner})`)).toMatchObject({ city: 'Cluj', code: null, revenue: null })
    expect(await record(`firms(${loser})`)).toMatchObject({
      state: 'active',
      merged_into_id: null,
      code: `C-${engine}`,
    })
    expect(await record(`workers(${asleep})`)).toMatchObject({ firm_id: loser, state: 'inactive' })
    expect(((await record(`firms(${loser})/topics`))['value'] as unknown[]).length).toBe(2)
    expect(((await record(`firms(${loser})/partners`))['value'] as unknown[]).length).toBe(1)
    expect((await split(loser)).status).toBe(404)
  })

  test('what cannot belong to the winner because of a key of its own is told by that key', async () => {
    const [firm, no] = [lookup('firm', 'firm', { onDelete: 'cascade' }), { name: 'no', type: 'integer' }]
    const seat = {
      kind: 'entity',
      name: 'seat',
      fields: [{ name: 'name', type: 'text' }, firm, no],
      keys: [{ name: 'once', fields: ['firm', 'no'] }],
    }
    const made = await call(server, 'POST', '/api/model/apply', { changes: [{ op: 'put', definition: seat }] })
    expect(made.status, made.text).toBe(200)
    const [winner, loser] = [await make('firms', {}), await make('firms', {})]
    for (const id of [winner, loser]) await make('seats', { firm_id: id, no: 1 })
    const refused = await merge(winner, loser)
    expect([refused.status, refused.json], refused.text).toMatchObject([
      409,
      {
        code: 'conflict.duplicate',
        target: 'seats',
        detail: 'In "seats": A record with the same firm_id, no exists already',
      },
    ])
    expect(await record(`firms(${loser})`)).toMatchObject({ state: 'active' })
  })

  test('what went with a field that was dropped since is told', async () => {
    const van = (...fields: object[]) => ({
      changes: [
        { op: 'put', definition: { kind: 'entity', name: 'van', fields: [{ name: 'name', type: 'text' }, ...fields] } },
      ],
    })
    const made = await call(server, 'POST', '/api/model/apply', van(lookup('firm', 'firm', { onDelete: 'clear' })))
    expect(made.status, made.text).toBe(200)
    const [winner, loser] = [await make('firms', {}), await make('firms', {})]
    const moved = await make('vans', { firm_id: loser })
    expect((await merge(winner, loser)).json).toMatchObject({ moved: { van: 1 } })
    const { plan } = (await call(server, 'POST', '/api/model/plan', van())).json as { plan: string }
    expect((await call(server, 'POST', '/api/model/apply', { ...van(), plan })).status).toBe(200)
    expect((await split(loser)).json).toMatchObject({
      restored: 1,
      kept: [{ entity: 'van', id: moved, because: 'deleted' }],
    })
  })

  test('what was changed since stays and is told', async () => {
    const [winner, loser] = [await make('firms', { city: 'A' }), await make('firms', { city: 'B' })]
    const [moved, gone] = [await make('workers', { firm_id: loser }), await make('workers', { firm_id: loser })]
    expect((await merge(winner, loser, { take: ['city'] })).status).toBe(200)
    await send('PATCH', `firms(${winner})`, { city: 'C' })
    await send('PATCH', `workers(${moved})`, { firm_id: null })
    await send('DELETE', `workers(${gone})`)
    const later = await make('workers', { firm_id: winner })
    const { kept } = (await split(loser)).json as { kept: object[] }
    expect(kept).toHaveLength(3)
    expect(kept).toEqual(
      expect.arrayContaining([
        { entity: 'firm', id: winner, fields: ['city'], because: 'changed' },
        { entity: 'worker', id: moved, fields: ['firm_id'], because: 'changed' },
        { entity: 'worker', id: gone, because: 'deleted' },
      ]),
    )
    expect(await record(`firms(${winner})`)).toMatchObject({ city: 'C' })
    expect(await record(`workers(${later})`)).toMatchObject({ firm_id: winner })
    expect(await record(`firms(${loser})`)).toMatchObject({ state: 'active' })
  })

  test('whoever splits changes nothing that they may not change, and is told of nothing that they may not read', async () => {
    const splitter = await personWithKey(server, 'splitter@example.com', ['splitter'])
    const me = (await as(splitter.adminKey, 'GET', '/api/me')).json as { user: { id: string } }
    const other = me.user.id
    const winner = await make('firms', { city: 'A', size: 1, tags: ['a'] })
    const loser = await make('firms', { city: 'B', size: 2, tags: ['b'], owner_id: other, owner_type: 'user' })
    expect((await merge(winner, loser, { take: ['city', 'size', 'tags', 'owner'] })).status).toBe(200)
    await send('PATCH', `firms(${winner})`, { tags: [] })
    const answer = await split(loser, splitter.adminKey)
    expect(answer.status, answer.text).toBe(200)
    const { kept } = answer.json as { kept: { fields: string[]; because: string }[] }
    expect(kept.map(({ because }) => because)).toEqual(['denied'])
    expect(kept[0]!.fields).toEqual(expect.arrayContaining(['size', 'owner_id']))
    expect(kept[0]!.fields).not.toContain('tags')
    expect(await record(`firms(${winner})`)).toMatchObject({ city: 'A', size: 2, owner_id: other, tags: [] })
    expect(await record(`firms(${loser})`)).toMatchObject({ state: 'active', merged_into_id: null })
  })

  test.each([
    [
      'with itself',
      422,
      async () => {
        const id = await make('firms')
        return merge(id, id)
      },
    ],
    [
      'with an old look at the winner',
      409,
      async () => {
        const [a, b] = [await make('firms'), await make('firms')]
        return merge(a, b, { winner_version: 7 })
      },
    ],
    ['with an inactive one', 422, async () => merge(await make('firms'), await make('firms', { state: 'inactive' }))],
    ['with one that is not there', 404, async () => merge(await make('firms'), '018f3c1e-0000-7000-8000-000000000999')],
    [
      'taking what is not there',
      400,
      async () => merge(await make('firms'), await make('firms'), { take: ['nothing'] }),
    ],
    [
      'that a relationship forbids',
      409,
      async () => {
        const loser = await make('firms')
        await make('contracts', { firm_id: loser })
        return merge(await make('firms'), loser)
      },
    ],
    [
      'of somebody who may not change one of them',
      403,
      async () => merge(await make('firms'), await make('firms', {}, key), {}, key),
    ],
    [
      'of somebody who may not change what would move',
      403,
      async () => {
        const loser = await make('firms', {}, key)
        await make('workers', { firm_id: loser })
        const answer = await merge(await make('firms', {}, key), loser, {}, key)
        expect(answer.text).toContain('workers')
        return answer
      },
    ],
    [
      'of an entity without a state',
      422,
      async () => {
        const answer = await as(server.adminKey, 'POST', '/api/actions/merge_records', {
          entity: 'user',
          winner: '018f3c1e-0000-7000-8000-000000000998',
          loser: '018f3c1e-0000-7000-8000-000000000999',
        })
        return answer
      },
    ],
  ] as const)('refuses a merge %s', async (_what, status, act) => {
    const answer = await act()
    expect(answer.status, answer.text).toBe(status)
  })

  test('law: merge, then split, gives every record back', async () => {
    console.log(`law "merge, then split": seed ${seed}`)
    const random = randomFrom(seed)
    for (let round = 0; round < Number(process.env['MERGE_ROUNDS'] ?? 4); round++) {
      const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!
      const maybe = <T>(value: T) => (random() < 0.6 ? value : undefined)
      const firms: string[] = []
      for (let i = 0; i < 4; i++)
        firms.push(
          await make('firms', {
            city: pick(['A', 'B', null]),
            size: pick([1, 2, null]),
            tags: pick([['a'], ['a', 'b'], []]),
            revenue: pick([1.25, null]),
            code: pick([`${engine}${round}${i}`, null]),
            ...(firms.length > 0 ? { parent_id: maybe(pick(firms)) } : {}),
          }),
        )
      for (let i = 0; i < 6; i++) await make('workers', { firm_id: pick(firms), state: pick(['active', 'inactive']) })
      for (let i = 0; i < 3; i++) await make('remarks', { about_id: pick(firms), about_type: 'firm' })
      const topics = [await make('topics'), await make('topics')]
      for (let i = 0; i < 6; i++) await link(`firms(${pick(firms)})/topics`, `topics(${pick(topics)})`)
      for (let i = 0; i < 5; i++) await link(`firms(${pick(firms)})/partners`, `firms(${pick(firms)})`)
      if (random() < 0.5) await send('PATCH', `firms(${firms[0]!})`, { parent_id: firms[1] })
      const before = await everything()
      const done = await merge(firms[0]!, firms[1]!, {
        take: ['city', 'size', 'tags', 'revenue', 'code'].filter(() => random() < 0.5),
      })
      expect(done.status, `seed ${seed}: ${done.text}`).toBe(200)
      const back = await split(firms[1]!)
      expect(back.json, `seed ${seed}`).toMatchObject({ kept: [] })
      expect(await everything(), `seed ${seed}`).toEqual(before)
    }
  })

  /** Every record, without what every write stamps. */
  async function everything(): Promise<unknown> {
    const stamps = /^@|^(version|created_|modified_)/
    const found: Record<string, unknown> = {}
    for (const set of ['firms', 'workers', 'remarks', 'firm_topics', 'partnerships']) {
      const { value } = (await record(`${set}?$orderby=id&$top=1000`)) as { value: Record<string, unknown>[] }
      found[set] = value.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !stamps.test(name))))
    }
    return found
  }
})
