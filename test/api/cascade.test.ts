// What happens to records when the one they belong to is deleted, assigned or gets another parent: each kind of each action,
// in circles, beyond what the caller sees, and beyond what one transaction takes, on both engines.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call, engines, signInForKey, startServer, type Answer, type TestServer } from '../support/server.ts'

type Cascade = Partial<Record<'delete' | 'assign' | 'reparent', string>>
const kinds = ['cascade', 'active', 'user_owned', 'remove_link', 'restrict', 'none'] as const

const entity = (name: string, fields: readonly object[] = [], more: object = {}) => ({
  kind: 'entity',
  name,
  ownership: 'user',
  state: true,
  fields: [{ name: 'name', type: 'text', maxLength: 100, required: true }, ...fields],
  ...more,
})
const lookup = (name: string, target: string | readonly string[], cascade: Cascade, more: object = {}) => ({
  name,
  type: 'lookup',
  target,
  cascade,
  ...more,
})

/** A parent, and a child entity for each kind of each action. */
const deleting = kinds.filter((kind) => kind !== 'user_owned')
const assigning = ['cascade', 'active', 'user_owned', 'none'] as const
const definitions = [
  entity('parent'),
  entity('other'),
  ...deleting.map((kind) =>
    entity(`d_${kind}`, [lookup('up', kind === 'none' ? ['parent', 'other'] : 'parent', { delete: kind })]),
  ),
  ...assigning.flatMap((kind) => [
    entity(`a_${kind}`, [lookup('up', 'parent', { assign: kind, delete: 'cascade' })]),
    entity(`r_${kind}`, [lookup('up', 'parent', { reparent: kind, delete: 'cascade' })]),
  ]),
  entity('below', [lookup('up', 'd_cascade', { delete: 'cascade', assign: 'cascade' })]),
  entity('ring', [lookup('next', 'ring', { delete: 'cascade' }), lookup('up', 'parent', { delete: 'cascade' })]),
  entity('about', [lookup('regarding', ['parent', 'other'], { delete: 'cascade' })]),
  {
    kind: 'role',
    name: 'owner_of_parents',
    grants: [
      { entity: '*', read: 'own' },
      { entity: 'parent', create: 'own', read: 'all', write: 'all', delete: 'all', assign: 'all' },
      { entity: 'd_remove_link', read: 'own' },
      { entity: 'user', read: 'all' },
    ],
  },
]

describe.each(engines)('cascades on %s', (engine) => {
  let server: TestServer
  let person = ''
  let personKey = ''
  let admin = ''
  const as = (key: string, method: string, path: string, body?: unknown): Promise<Answer> =>
    call({ url: server.url, adminKey: key }, method, `/api/data/v1/${path}`, body)
  const send = (method: string, path: string, body?: unknown) => as(server.adminKey, method, path, body)
  const make = async (set: string, body: object = {}) => {
    const made = await send('POST', set, { name: 'x', ...body })
    expect(made.status, made.text).toBe(201)
    return (made.json as { id: string }).id
  }
  const record = async (path: string) => (await send('GET', path)).json as Record<string, unknown>
  const status = async (path: string) => (await send('GET', path)).status
  const audit = async (set: string, id: string) => (await send('GET', `${set}(${id})`)).status

  beforeAll(async () => {
    server = await startServer({ engine, env: { CASCADE_LIMIT: '20' } })
    const applied = await call(server, 'POST', '/api/model/apply', {
      changes: definitions.map((definition) => ({ op: 'put', definition })),
    })
    expect(applied.status, applied.text).toBe(200)
    const body = { email: 'p@example.com', name: 'P', password: 'a good password', roles: ['owner_of_parents'] }
    expect((await call(server, 'POST', '/api/users', body)).status).toBeLessThan(300)
    personKey = await signInForKey(server.url, body.email, body.password)
    const who = async (key: string) =>
      ((await call({ url: server.url, adminKey: key }, 'GET', '/api/me')).json as { user: { id: string } | string })
        .user
    const idOf = (user: { id: string } | string) => (typeof user === 'string' ? user : user.id)
    person = idOf(await who(personKey))
    admin = idOf(await who(server.adminKey))
  })
  afterAll(() => server?.stop())

  describe('delete', () => {
    test.each([
      ['cascade', 204, 404, 404],
      ['active', 204, 404, null],
      ['remove_link', 204, null, null],
      ['restrict', 409, 'kept', 'kept'],
      ['none', 204, 'dangling', 'dangling'],
    ] as const)('%s answers %i', async (kind, answers, active, inactive) => {
      const parent = await make('parents')
      const link = { up_id: parent, ...(kind === 'none' ? { up_type: 'parent' } : {}) }
      const children = [await make(`d_${kind}s`, link), await make(`d_${kind}s`, { ...link, state: 'inactive' })]
      const gone = await send('DELETE', `parents(${parent})`)
      expect(gone.status, gone.text).toBe(answers)
      for (const [i, expected] of [active, inactive].entries()) {
        const path = `d_${kind}s(${children[i]!})`
        if (expected === 404) expect(await status(path)).toBe(404)
        else expect((await record(path))['up_id']).toBe(expected === null ? null : parent)
      }
    })

    test('restrict names the relationship and how many there are to see', async () => {
      const parent = await make('parents')
      for (let i = 0; i < 3; i++) await make('d_restricts', { up_id: parent })
      const refused = await send('DELETE', `parents(${parent})`)
      expect(refused.status).toBe(409)
      expect(refused.text).toContain('d_restricts')
      expect(refused.text).toContain('3')
      const blind = await as(personKey, 'DELETE', `parents(${parent})`)
      expect(blind.status, blind.text).toBe(409)
      expect(blind.text).not.toMatch(/[123]/)
    })

    test('goes down through several levels, and leaves nothing when one of them is refused', async () => {
      const parent = await make('parents')
      const child = await make('d_cascades', { up_id: parent })
      const below = await make('belows', { up_id: child })
      const refused = await as(personKey, 'DELETE', `parents(${parent})`)
      expect(refused.status, refused.text).toBe(403)
      expect(refused.text).not.toContain(child)
      expect([await status(`parents(${parent})`), await status(`belows(${below})`)]).toEqual([200, 200])
      expect((await send('DELETE', `parents(${parent})`)).status).toBe(204)
      expect(await status(`belows(${below})`)).toBe(404)
    })

    test('clears links of records the caller does not see', async () => {
      const parent = await make('parents')
      const child = await make('d_remove_links', { up_id: parent, state: 'inactive' })
      expect((await as(personKey, 'DELETE', `parents(${parent})`)).status).toBe(204)
      expect(await record(`d_remove_links(${child})`)).toMatchObject({
        up_id: null,
        version: 2,
        modified_by_id: person,
      })
    })

    test('goes round in circles once', async () => {
      const parent = await make('parents')
      const [a, b, c] = [await make('rings', { up_id: parent }), await make('rings'), await make('rings')]
      for (const [from, to] of [
        [a, b],
        [b, c],
        [c, a],
      ])
        expect((await send('PATCH', `rings(${from})`, { next_id: to })).status).toBe(200)
      const itself = await make('rings')
      await send('PATCH', `rings(${itself})`, { next_id: itself, up_id: parent })
      expect((await send('DELETE', `parents(${parent})`)).status).toBe(204)
      for (const one of [a, b, c, itself]) expect(await status(`rings(${one})`)).toBe(404)
    })

    test('follows lookups of several targets to the one that is meant', async () => {
      const [parent, other] = [await make('parents'), await make('others')]
      const [mine, foreign] = [
        await make('abouts', { regarding_id: parent, regarding_type: 'parent' }),
        await make('abouts', { regarding_id: other, regarding_type: 'other' }),
      ]
      expect((await send('DELETE', `parents(${parent})`)).status).toBe(204)
      expect([await status(`abouts(${mine})`), await status(`abouts(${foreign})`)]).toEqual([404, 200])
    })

    test('refuses what is too much for one transaction', async () => {
      const parent = await make('parents')
      for (let i = 0; i < 21; i++) await make('d_cascades', { up_id: parent })
      expect((await send('DELETE', `parents(${parent})`)).status).toBe(413)
      expect(await status(`parents(${parent})`)).toBe(200)
    })

    test('is refused by its version before anything is done', async () => {
      const parent = await make('parents')
      const child = await make('d_cascades', { up_id: parent })
      const stale = await call(server, 'DELETE', `/api/data/v1/parents(${parent})`, undefined, { 'if-match': 'W/"7"' })
      expect(stale.status).toBe(412)
      expect(await audit('d_cascades', child)).toBe(200)
    })
  })

  describe('assign', () => {
    test.each([
      ['cascade', [true, true, true]],
      ['active', [true, false, true]],
      ['user_owned', [true, true, false]],
      ['none', [false, false, false]],
    ] as const)('%s', async (kind, follows) => {
      const parent = await make('parents')
      const set = `a_${kind}s`
      const third = await make('parents', { owner_id: person, owner_type: 'user' })
      expect((await record(`parents(${third})`))['owner_id']).toBe(person)
      const children = [
        await make(set, { up_id: parent }),
        await make(set, { up_id: parent, state: 'inactive' }),
        await make(set, { up_id: parent, owner_id: person, owner_type: 'user' }),
      ]
      const somebody = await otherPerson()
      expect((await send('PATCH', `parents(${parent})`, { owner_id: somebody, owner_type: 'user' })).status).toBe(200)
      const owners = await Promise.all(children.map(async (id) => (await record(`${set}(${id})`))['owner_id']))
      expect(owners.map((owner) => owner === somebody)).toEqual([...follows])
    })

    test('is refused when one of them may not be assigned', async () => {
      const parent = await make('parents')
      const child = await make('a_cascades', { up_id: parent })
      const refused = await as(personKey, 'PATCH', `parents(${parent})`, { owner_id: person, owner_type: 'user' })
      expect(refused.status, refused.text).toBe(403)
      expect(refused.text).not.toContain(child)
      expect((await record(`parents(${parent})`))['owner_id']).toBe(admin)
    })
  })

  describe('reparent', () => {
    test.each([
      ['cascade', [true, true]],
      ['active', [true, true]],
      ['user_owned', [true, false]],
      ['none', [false, false]],
    ] as const)('%s', async (kind, follows) => {
      const somebody = await otherPerson()
      const [old, next] = [await make('parents'), await make('parents', { owner_id: somebody, owner_type: 'user' })]
      const set = `r_${kind}s`
      const children = [
        await make(set, { up_id: old }),
        await make(set, { up_id: old, owner_id: person, owner_type: 'user' }),
      ]
      for (const child of children) expect((await send('PATCH', `${set}(${child})`, { up_id: next })).status).toBe(200)
      const owners = await Promise.all(children.map(async (id) => (await record(`${set}(${id})`))['owner_id']))
      expect(owners.map((owner) => owner === somebody)).toEqual([...follows])
    })
  })

  test.each([
    ['an unknown kind', [lookup('up', 'parent', { delete: 'explode' })], '/fields/1/cascade/delete'],
    ['a kind of another action', [lookup('up', 'parent', { assign: 'restrict' })], '/fields/1/cascade/assign'],
    [
      'two that say different things',
      [lookup('up', 'parent', { delete: 'restrict' }, { onDelete: 'cascade' })],
      '/cascade/delete',
    ],
    [
      'a required one that is cleared',
      [lookup('up', 'parent', { delete: 'remove_link' }, { required: true })],
      '/cascade/delete',
    ],
    ['one target that dangles', [lookup('up', 'parent', { delete: 'none' })], '/cascade/delete'],
    [
      'two parents to inherit from',
      [lookup('up', 'parent', { assign: 'cascade' }), lookup('side', 'other', { reparent: 'active' })],
      '/fields/2/cascade',
    ],
  ])('refuses %s', async (_what, fields, pointer) => {
    const answer = await call(server, 'POST', '/api/model/plan', {
      changes: [{ op: 'put', definition: entity('wrong', fields) }],
    })
    const { problems } = answer.json as { problems: { pointer: string }[] }
    expect(problems.map((problem) => problem.pointer)).toContainEqual(expect.stringMatching(`${pointer}$`))
  })

  let third: string | undefined
  async function otherPerson(): Promise<string> {
    if (third !== undefined) return third
    const body = { email: 'q@example.com', name: 'Q', password: 'a good password', roles: [] }
    expect((await call(server, 'POST', '/api/users', body)).status).toBeLessThan(300)
    const { value } = (await send('GET', `users?$filter=email eq 'q@example.com'`)).json as { value: { id: string }[] }
    return (third = value[0]!.id)
  }
})
