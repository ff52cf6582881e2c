// Relationships of many with many: plain, through an entity of its own, and of an entity with itself; read in every clause,
// linked and unlinked in every way, trimmed to who sees both ends, on both engines.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call, engines, signInForKey, startServer, type Answer, type TestServer } from '../support/server.ts'

const text = (name: string, more: object = {}) => ({ name, type: 'text', maxLength: 100, ...more })
const entity = (name: string, fields: readonly object[] = []) => ({
  kind: 'entity',
  name,
  ownership: 'user',
  fields: [text('name', { required: true }), ...fields],
})
/** The id of no record. */
const nobody = '018f3c1e-0000-7000-8000-000000000999'
const own = { create: 'own', read: 'own', write: 'own', delete: 'own' }

const definitions = [
  { ...entity('person'), entitySet: 'people' },
  entity('list'),
  entity('event'),
  entity('attendance', [
    { name: 'person', type: 'lookup', target: 'person', required: true, onDelete: 'cascade' },
    { name: 'event', type: 'lookup', target: 'event', required: true, onDelete: 'cascade' },
    { name: 'score', type: 'integer' },
  ]),
  {
    kind: 'relationship',
    name: 'person_list',
    label: 'Lists of people',
    from: { entity: 'person' },
    to: { entity: 'list' },
  },
  {
    kind: 'relationship',
    name: 'friendship',
    from: { entity: 'person', name: 'admires' },
    to: { entity: 'person', name: 'admired_by' },
  },
  {
    kind: 'relationship',
    name: 'visit',
    from: { entity: 'person', name: 'events' },
    to: { entity: 'event', name: 'people' },
    through: { entity: 'attendance', from: 'person', to: 'event' },
  },
  {
    kind: 'role',
    name: 'clerk',
    grants: [
      { entity: 'person', ...own, append: 'own' },
      { entity: 'list', ...own, read: 'all', append_to: 'own' },
    ],
  },
  {
    kind: 'role',
    name: 'fan',
    grants: [
      {
        entity: 'person',
        read: 'all',
        rule: "lists.exists(l, l.name == 'Fans') || admires.exists(a, a.name == 'Ada')",
      },
      { entity: 'list', read: 'own' },
    ],
  },
  {
    kind: 'role',
    name: 'reader',
    grants: [
      { entity: 'person', read: 'all' },
      { entity: 'list', read: 'own' },
    ],
  },
]

describe.each(engines)('many with many on %s', (engine) => {
  let server: TestServer
  const id: Record<string, string> = {}
  const send = (method: string, path: string, body?: unknown, key = server.adminKey): Promise<Answer> =>
    call({ url: server.url, adminKey: key }, method, `/api/data/v1/${path}`, body)
  const rows = async (path: string, key?: string) => {
    const answer = await send('GET', path, undefined, key)
    expect(answer.status, answer.text).toBe(200)
    return (answer.json as { value: Record<string, unknown>[] }).value
  }
  const names = async (path: string, key?: string) => (await rows(path, key)).map(({ name }) => name as string).sort()
  const make = async (set: string, name: string, more: object = {}, key?: string) => {
    const made = await send('POST', set, { name, ...more }, key)
    expect(made.status, made.text).toBe(201)
    return (id[name] = (made.json as { id: string }).id)
  }
  const link = (path: string, set: string, to: string, key?: string) =>
    send('POST', `${path}/$ref`, { '@odata.id': `${set}(${to})` }, key)
  const apply = (changes: readonly object[]) => call(server, 'POST', '/api/model/apply', { changes })

  beforeAll(async () => {
    server = await startServer({ engine })
    const applied = await apply(definitions.map((definition) => ({ op: 'put', definition })))
    expect(applied.status, applied.text).toBe(200)
    for (const name of ['Ada', 'Bob', 'Cyd']) await make('people', name)
    for (const name of ['News', 'Offers']) await make('lists', name)
    for (const name of ['Fair', 'Gala']) await make('events', name)
  })
  afterAll(() => server?.stop())

  test('links both ways, once, and takes them away', async () => {
    expect((await link(`people(${id['Ada']})/lists`, 'lists', id['News']!)).status).toBe(204)
    expect((await link(`lists(${id['News']})/people`, 'people', id['Bob']!)).status).toBe(204)
    expect((await link(`lists(${id['News']})/people`, 'people', id['Bob']!)).status).toBe(204)
    expect(await names(`lists(${id['News']})/people`)).toEqual(['Ada', 'Bob'])
    expect(await names(`people(${id['Ada']})/lists`)).toEqual(['News'])
    expect((await send('GET', `lists(${id['News']})/people/$count`)).text).toBe('2')
    const refs = await rows(`lists(${id['News']})/people/$ref`)
    expect(refs).toHaveLength(2)
    for (const name of ['Ada', 'Bob']) expect(JSON.stringify(refs)).toContain(`people(${id[name]!})`)
    const gone = await send('DELETE', `lists(${id['News']})/people(${id['Bob']})/$ref`)
    expect(gone.status, gone.text).toBe(204)
    expect(await names(`lists(${id['News']})/people`)).toEqual(['Ada'])
    expect((await send('DELETE', `lists(${id['News']})/people(${id['Bob']})/$ref`)).status).toBe(404)
    expect((await send('DELETE', `people(${id['Ada']})/lists/$ref?$id=lists(${id['News']})`)).status).toBe(204)
    expect(await names(`people(${id['Ada']})/lists`)).toEqual([])
  })

  test('creates with links, in arrays, deep, and changes them', async () => {
    await make('people', 'Dan', { 'lists@odata.bind': [`/lists(${id['News']})`, `/lists(${id['Offers']})`] })
    expect(await names(`people(${id['Dan']})/lists`)).toEqual(['News', 'Offers'])
    const deep = await send('POST', 'people', { name: 'Eve', lists: [{ name: 'Deep' }] })
    expect(deep.status, deep.text).toBe(201)
    expect((deep.json as { lists: { name: string }[] }).lists.map(({ name }) => name)).toEqual(['Deep'])
    const inside = await send('POST', `people(${id['Dan']})/lists`, { name: 'Inside' })
    expect(inside.status, inside.text).toBe(201)
    expect(await names(`people(${id['Dan']})/lists`)).toEqual(['Inside', 'News', 'Offers'])
    const changed = await send('PATCH', `people(${id['Cyd']})`, {
      name: 'Cyd',
      'lists@odata.bind': [`/lists(${id['Offers']})`],
    })
    expect(changed.status, changed.text).toBe(200)
    expect(await names(`people(${id['Cyd']})/lists`)).toEqual(['Offers'])
    const wrong = await send('PATCH', `people(${id['Cyd']})`, {
      name: 'never',
      'lists@odata.bind': [`/lists(${nobody})`],
    })
    expect(wrong.status, wrong.text).toBe(422)
    expect((await send('GET', `people(${id['Cyd']})/name/$value`)).text).toBe('Cyd')
  })

  test('reads links in every clause', async () => {
    const expanded = await rows(
      `people?$filter=name eq 'Dan'&$expand=lists($filter=startswith(name,'N');$select=name;$expand=people($select=name;$orderby=name desc))`,
    )
    expect(expanded[0]!['lists']).toMatchObject([{ name: 'News', people: [{ name: 'Dan' }] }])
    expect(await names(`people?$filter=lists/any(l:l/name eq 'Offers')`)).toEqual(['Cyd', 'Dan'])
    expect(await names(`people?$filter=lists/$count eq 3`)).toEqual(['Dan'])
    expect(await names(`people?$filter=lists/any() and lists/all(l:l/name eq 'Offers')`)).toEqual(['Cyd'])
    expect(await names(`lists?$filter=people/any(p:p/lists/any(l:l/name eq 'Inside'))`)).toEqual([
      'Inside',
      'News',
      'Offers',
    ])
    const counted = await rows(`lists?$apply=filter(people/any(p:p/name eq 'Dan'))/aggregate($count as n)`)
    expect(counted).toEqual([{ n: 3 }])
    const links = await rows("person_lists?$expand=from($select=name),to($select=name)&$filter=from/name eq 'Cyd'")
    expect(links).toMatchObject([{ from: { name: 'Cyd' }, to: { name: 'Offers' } }])
  })

  test('links travel as a file of their own: out, in again without a change, and into nothing', async () => {
    const made = async (set: string, name: string) =>
      (await call(server, 'POST', `/api/data/v1/${set}`, { name })).json as { id: string }
    const [ann, bo] = [await made('people', 'File Ann'), await made('people', 'File Bo')]
    const [x, y] = [await made('lists', 'File X'), await made('lists', 'File Y')]
    const csv = { 'content-type': 'text/csv' }
    const file = 'person,list\nFile Ann,File X\nFile Ann,File Y\nFile Bo,File X\nNobody,File X\n'
    const done = await call(server, 'POST', '/api/import/person/lists', file, csv)
    expect(done.json).toMatchObject({ created: 3, failed: 1, errors: [{ row: 5, errors: [{ column: 'person' }] }] })
    const out = await call(server, 'GET', '/api/export/list/people')
    expect(out.text.split('\r\n')[0]).toBe('person_id,list_id')
    for (const [person, list] of [
      [ann, x],
      [ann, y],
      [bo, x],
    ])
      expect(out.text).toContain(`${person!.id},${list!.id}`)
    const rows = out.text.trim().split('\r\n').length - 1
    const again = await call(server, 'POST', '/api/import/person/lists', out.text, csv)
    expect(again.json).toMatchObject({ rows, created: 0, unchanged: rows, failed: 0 })
    expect((await call(server, 'POST', '/api/import/person/none', file, csv)).status).toBe(404)
    const self = await call(server, 'POST', '/api/import/person/admires', 'from,to\nFile Ann,File Bo\n', csv)
    expect(self.json).toMatchObject({ created: 1, failed: 0 })
  })

  test('an entity with itself has two directions', async () => {
    expect((await link(`people(${id['Ada']})/admires`, 'people', id['Bob']!)).status).toBe(204)
    expect((await link(`people(${id['Ada']})/admired_by`, 'people', id['Cyd']!)).status).toBe(204)
    expect(await names(`people(${id['Ada']})/admires`)).toEqual(['Bob'])
    expect(await names(`people(${id['Bob']})/admired_by`)).toEqual(['Ada'])
    expect(await names(`people(${id['Cyd']})/admires`)).toEqual(['Ada'])
    expect(await names(`people?$filter=admires/any(a:a/admires/any(b:b/name eq 'Bob'))`)).toEqual(['Cyd'])
  })

  test('through an entity of its own: one hop, each record once', async () => {
    for (const [name, person, event] of [
      ['a1', 'Ada', 'Fair'],
      ['a2', 'Ada', 'Fair'],
      ['a3', 'Bob', 'Gala'],
    ] as const)
      await make('attendances', name, { person_id: id[person], event_id: id[event] })
    expect(await names(`people(${id['Ada']})/events`)).toEqual(['Fair'])
    expect(await names(`events(${id['Gala']})/people`)).toEqual(['Bob'])
    expect(await names(`people?$filter=events/any(e:e/name eq 'Fair')`)).toEqual(['Ada'])
    const refused = await link(`people(${id['Cyd']})/events`, 'events', id['Fair']!)
    expect(refused.status, refused.text).toBe(422)
    expect(refused.text).toContain('\\"name\\"')
    expect(refused.text).toContain('attendances')
    expect((await send('DELETE', `people(${id['Ada']})/events(${id['Fair']})/$ref`)).status).toBe(204)
    expect(await names(`people(${id['Ada']})/attendances`)).toEqual([])
  })

  test('the description of the service knows them', async () => {
    const { text: xml } = await send('GET', '$metadata')
    expect(xml).toContain('<NavigationProperty Name="lists" Type="Collection(peyvand.list)" Partner="people"/>')
    expect(xml).toContain('<NavigationProperty Name="admires" Type="Collection(peyvand.person)" Partner="admired_by"/>')
    const document = (await call(server, 'GET', '/api/openapi.json')).json as {
      components: { schemas: Record<string, { properties: Record<string, unknown> }> }
    }
    expect(document.components.schemas['person']!.properties['lists']).toMatchObject({ type: 'array' })
  })

  describe('of somebody who sees little', () => {
    let clerk = ''
    let reader = ''
    beforeAll(async () => {
      for (const role of ['clerk', 'reader']) {
        const body = { email: `${role}@example.com`, name: role, password: 'a good password', roles: [role] }
        const made = await call(server, 'POST', '/api/users', body)
        expect(made.status, made.text).toBeLessThan(300)
        const key = await signInForKey(server.url, body.email, body.password)
        if (role === 'clerk') clerk = key
        else reader = key
      }
      await make('people', 'Mine', {}, clerk)
      await make('lists', 'My list', {}, clerk)
    })

    test('only links whose two ends are readable show, in every clause', async () => {
      expect((await link(`people(${id['Mine']})/lists`, 'lists', id['News']!)).status).toBe(204)
      expect(await names(`people(${id['Mine']})/lists`, reader)).toEqual([])
      expect(await names(`people?$filter=lists/any()`, reader)).toEqual([])
      expect(await rows('person_lists', reader)).toEqual([])
      expect((await send('GET', 'person_lists/$count', undefined, clerk)).text).toBe('1')
      expect(await names(`lists(${id['News']})/people`, clerk)).toEqual(['Mine'])
      expect(await names(`lists?$filter=people/$count ge 2`, clerk)).toEqual([])
      expect((await send('GET', `people(${id['Dan']})/lists`, undefined, clerk)).status).toBe(404)
      expect((await send('GET', `people(${id['Mine']})/events`, undefined, clerk)).json).toMatchObject({ value: [] })
    })

    test('linking takes append on one and append_to on the other', async () => {
      const linked = await link(`people(${id['Mine']})/lists`, 'lists', id['My list']!, clerk)
      expect(linked.status, linked.text).toBe(204)
      const foreign = await link(`people(${id['Mine']})/lists`, 'lists', id['Offers']!, clerk)
      expect(foreign.status, foreign.text).toBe(403)
      const unseen = await link(`lists(${id['My list']})/people`, 'people', id['Dan']!, clerk)
      const missing = await link(`lists(${id['My list']})/people`, 'people', nobody, clerk)
      expect([unseen.status, unseen.text]).toEqual([422, missing.text])
      const without = await link(`people(${id['Mine']})/lists`, 'lists', id['My list']!, reader)
      expect(without.status, without.text).toBeGreaterThanOrEqual(403)
      const direct = await send('POST', 'person_lists', { from_id: id['Mine'], to_id: id['Offers'] }, clerk)
      expect(direct.status, direct.text).toBe(403)
      expect((await send('DELETE', `people(${id['Mine']})/lists(${id['News']})/$ref`, undefined, clerk)).status).toBe(
        403,
      )
      expect(
        (await send('DELETE', `people(${id['Mine']})/lists(${id['My list']})/$ref`, undefined, clerk)).status,
      ).toBe(204)
    })

    test('the model shows a relationship to who sees both ends', async () => {
      const seen = async (key: string) =>
        (
          (await call({ url: server.url, adminKey: key }, 'GET', '/api/model')).json as {
            associations: { name: string }[]
          }
        ).associations
          .map(({ name }) => name)
          .sort()
      expect(await seen(clerk)).toEqual(['friendship', 'person_list'])
      expect(await seen(server.adminKey)).toEqual(['friendship', 'person_list', 'visit'])
    })
  })

  test('rules and bulk writes know links', async () => {
    const fans = await make('lists', 'Fans')
    const many = await send('POST', 'person_lists/$bulk', {
      create: ['Bob', 'Dan'].map((name) => ({ from_id: id[name], to_id: fans })),
    })
    expect(many.status, many.text).toBe(200)
    expect(await names(`lists(${fans})/people`)).toEqual(['Bob', 'Dan'])
    const again = await send('POST', 'person_lists', { from_id: id['Bob'], to_id: fans })
    expect(again.status, again.text).toBe(409)
    const body = { email: 'fan@example.com', name: 'fan', password: 'a good password', roles: ['fan'] }
    expect((await call(server, 'POST', '/api/users', body)).status).toBeLessThan(300)
    const fan = await signInForKey(server.url, body.email, body.password)
    expect(await names('people', fan)).toEqual(['Bob', 'Cyd', 'Dan'])
    expect(await names(`people?$filter=lists/any()`, fan)).toEqual([])
    expect(await rows('person_lists', fan)).toEqual([])
  })

  test('the delta link of the list of links tells who was linked and who is no more', async () => {
    const [person, list] = [await make('people', 'Eve'), await make('lists', 'Weekly')]
    const track = { prefer: 'odata.track-changes' }
    type Page = { value: Record<string, unknown>[]; '@odata.deltaLink'?: string }
    const page = async (path: string) => {
      const answer = await call(server, 'GET', path, undefined, track)
      expect(answer.status, answer.text).toBe(200)
      return answer.json as Page
    }
    const follow = (from: Page) => page(from['@odata.deltaLink']!.slice(server.url.length))
    const joined = '/api/data/v1/people?$select=name&$expand=lists($select=name)'
    expect((await page(joined))['@odata.deltaLink'], 'lists inside a record are not tracked').toBeUndefined()
    const before = await page(`/api/data/v1/person_lists?$filter=to_id%20eq%20${list}&$expand=from($select=name)`)
    expect((await link(`people(${person})/lists`, 'lists', list)).status).toBe(204)
    const made = await follow(before)
    expect(made.value).toMatchObject([{ from_id: person, to_id: list, from: { name: 'Eve' } }])
    expect((await send('DELETE', `lists(${list})/people(${person})/$ref`)).status).toBe(204)
    const gone = await follow(made)
    expect(gone.value).toMatchObject([{ '@removed': { reason: 'deleted' }, id: made.value[0]!['id'] }])
    expect((await follow(gone)).value).toEqual([])
  })

  test('a deleted end takes its links along, and says so', async () => {
    const [person, list] = [await make('people', 'Gone'), await make('lists', 'Left')]
    expect((await link(`people(${person})/lists`, 'lists', list)).status).toBe(204)
    expect((await send('DELETE', `people(${person})`)).status).toBe(204)
    expect(await rows(`person_lists?$filter=to_id eq ${list}`)).toEqual([])
    expect(await names(`lists(${list})/people`)).toEqual([])
  })

  test('follows renames, goes to the recycle bin and comes back', async () => {
    const before = await names(`people(${id['Dan']})/lists`)
    const { entities } = (await call(server, 'GET', '/api/model')).json as { entities: { name: string; id: string }[] }
    const person = entities.find(({ name }) => name === 'person')!.id
    const renamed = await apply([{ op: 'put', definition: { ...entity('human'), id: person, entitySet: 'humans' } }])
    expect(renamed.status, renamed.text).toBe(200)
    expect(await names(`humans(${id['Dan']})/lists`)).toEqual(before)
    const change = { op: 'delete', kind: 'relationship', name: 'person_list' }
    const needed = await call(server, 'POST', '/api/model/plan', { changes: [change] })
    expect((needed.json as { problems: object[] }).problems).toHaveLength(1)
    const changes = [{ op: 'delete', kind: 'role', name: 'fan' }, change]
    const gone = await call(server, 'POST', '/api/model/plan', { changes })
    const { plan, steps } = gone.json as { plan: string; steps: { kind: string; risk: string }[] }
    expect(steps.map(({ kind }) => kind)).toContain('drop_table')
    const applied = await call(server, 'POST', '/api/model/apply', { plan, changes })
    expect(applied.status, applied.text).toBe(200)
    expect((await send('GET', `humans(${id['Dan']})/lists`)).status).toBe(404)
    const undone = await call(server, 'POST', `/api/model/undo/${(applied.json as { undo: string }).undo}`)
    expect(undone.status, undone.text).toBe(200)
    expect(await names(`humans(${id['Dan']})/lists`)).toEqual(before)
  })

  test.each([
    ['an end that is not there', { from: { entity: 'nothing' }, to: { entity: 'list' } }, '/from/entity'],
    [
      'a collection that is there',
      { from: { entity: 'event', name: 'attendances' }, to: { entity: 'list' } },
      '/from/name',
    ],
    ['a field that is there', { from: { entity: 'event', name: 'name' }, to: { entity: 'list' } }, '/from/name'],
    ['two directions of one name', { from: { entity: 'event' }, to: { entity: 'event' } }, '/to'],
    [
      'a lookup that leads elsewhere',
      {
        from: { entity: 'event' },
        to: { entity: 'list' },
        through: { entity: 'attendance', from: 'event', to: 'person' },
      },
      '/through/to',
    ],
  ])('refuses %s', async (_what, definition, pointer) => {
    const answer = await call(server, 'POST', '/api/model/plan', {
      changes: [{ op: 'put', definition: { kind: 'relationship', name: 'wrong', ...definition } }],
    })
    const { problems } = answer.json as { problems: { pointer: string }[] }
    expect(problems.map((problem) => problem.pointer)).toContainEqual(expect.stringMatching(`${pointer}$`))
  })
})
