// Is every operation asked for on every path that does it: linking, many at once, importing, exporting, giving away, changing a
// record so that it is out of reach? Does no path let a caller set what the server sets, or tell a hidden record from none?
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keyFor } from '../support/people.ts'
import { call, engines, startServer, type Answer, type TestServer } from '../support/server.ts'

const data = '/api/data/v1'
const id = (n: number) => `018f3c1e-0000-7000-8000-${String(n).padStart(12, '0')}`
const [acme, ann, missing, nowhere] = [id(1), id(11), id(99), id(98)]

const writing = { create: 'all', read: 'all', write: 'all' }
const person = { entity: 'person', ...writing, append: 'all', append_to: 'all' }
const firm = { entity: 'firm', read: 'all', append_to: 'all' }
const role = (name: string, ...grants: readonly object[]) => ({ kind: 'role', name, label: name, grants })

const definitions = [
  {
    kind: 'entity',
    name: 'firm',
    entitySet: 'firms',
    ownership: 'user',
    primaryField: 'name',
    fields: [
      { name: 'name', type: 'text' },
      { name: 'heads', type: 'rollup', entity: 'person', via: 'firm', aggregate: 'count' },
    ],
  },
  {
    kind: 'entity',
    name: 'person',
    entitySet: 'people',
    ownership: 'user',
    primaryField: 'name',
    audit: true,
    keys: [{ name: 'code', fields: ['code'] }],
    fields: [
      { name: 'name', type: 'text' },
      { name: 'code', type: 'text', maxLength: 20 },
      { name: 'wage', type: 'integer' },
      { name: 'bonus', type: 'money' },
      { name: 'number', type: 'autonumber', pattern: 'P-{0000}' },
      { name: 'firm', type: 'lookup', target: 'firm' },
      { name: 'boss', type: 'lookup', target: 'person' },
      { name: 'mentor', type: 'lookup', target: 'person', inverse: 'pupils', onDelete: 'cascade' },
      { name: 'friend', type: 'lookup', target: 'person', inverse: 'friends', onDelete: 'clear' },
      { name: 'doubled', type: 'formula', returns: 'integer', expression: 'wage * 2' },
    ],
  },
  role('full', person, firm),
  role(
    'all',
    { ...person, bulk: 'all', import: 'all', export: 'all', delete: 'all', assign: 'all' },
    { ...firm, ...writing },
  ),
  role('no_append', { entity: 'person', ...writing, append_to: 'all', bulk: 'all' }, firm),
  role('no_append_to', { ...person, bulk: 'all' }, { entity: 'firm', read: 'all' }),
  role('own_append_to', person, { entity: 'firm', create: 'own', read: 'all', append_to: 'own' }),
  role('unseen', person, { entity: 'firm', read: 'own', append_to: 'all' }),
  role('half', {
    entity: 'person',
    create: 'own',
    read: 'own',
    write: 'own',
    delete: 'own',
    bulk: 'own',
    import: 'own',
  }),
  // Firms are not to be read: what follows from one follows from nothing.
  role('orphan', {
    entity: 'person',
    ...writing,
    bulk: { scope: 'parent', through: 'firm' },
    import: { scope: 'parent', through: 'firm' },
  }),
  role('maker', { entity: 'person', create: 'all', read: 'all' }),
  role('teacher', {
    entity: 'person',
    ...writing,
    delete: 'all',
    rule: "pupils.exists(x, x.name == 'Pupil') || friends.exists(x, x.name == 'Pupil') || name == 'Pupil'",
  }),
  role('small', { ...person, rule: 'wage == null || wage < 100' }, firm),
  role(
    'followers',
    { entity: 'person', ...writing, append: 'all', append_to: 'all', rule: "firm.name == 'Acme'" },
    firm,
  ),
] as const

type Send = readonly [method: string, path: string, body?: unknown]
const link: Readonly<Record<string, Send>> = {
  create: ['POST', `${data}/people`, { name: 'x', firm_id: acme }],
  'create by address': ['POST', `${data}/people`, { name: 'x', 'firm@odata.bind': `/firms(${acme})` }],
  change: ['PATCH', `${data}/people(${ann})`, { firm_id: acme }],
  'change as a record': ['PATCH', `${data}/people(${ann})`, { firm: { id: acme } }],
  replace: ['PUT', `${data}/people(${ann})`, { name: 'Ann', code: 'ANN', firm_id: acme }],
  '$ref of the lookup': ['PUT', `${data}/people(${ann})/firm/$ref`, { '@odata.id': `firms(${acme})` }],
  '$ref of the list': ['POST', `${data}/firms(${acme})/people/$ref`, { '@odata.id': `people(${ann})` }],
  upsert: ['PATCH', `${data}/people(code='ZOE')`, { name: 'Zoe', firm_id: acme }],
}
const many: Readonly<Record<string, Send>> = {
  'bulk create': ['POST', `${data}/people/$bulk`, { create: [{ name: 'x', firm_id: acme }] }],
  'bulk update': ['POST', `${data}/people/$bulk`, { update: [{ id: ann, firm_id: acme }] }],
}

/** What the server sets, and a value a caller might try. */
const system: Readonly<Record<string, unknown>> = {
  version: 7,
  created_at: '2001-01-01T00:00:00Z',
  modified_at: '2001-01-01T00:00:00Z',
  created_by_id: missing,
  modified_by_id: missing,
  owning_unit_id: missing,
  doubled: 7,
  'created_by@odata.bind': `/users(${missing})`,
  'owning_unit@odata.bind': `/business_units(${missing})`,
  created_by: { id: missing },
}
const paths: Readonly<Record<string, (values: object) => Send>> = {
  create: (values) => ['POST', `${data}/people`, { name: 'x', ...values }],
  change: (values) => ['PATCH', `${data}/people(${ann})`, values],
  replace: (values) => ['PUT', `${data}/people(${ann})`, { name: 'Ann', ...values }],
  upsert: (values) => ['PATCH', `${data}/people(${id(77)})`, { name: 'x', ...values }],
  'upsert by key': (values) => ['PATCH', `${data}/people(code='NEW')`, { name: 'x', ...values }],
  'deep insert': (values) => ['POST', `${data}/firms`, { name: 'x', people: [{ name: 'x', ...values }] }],
  'deep insert of one': (values) => ['POST', `${data}/people`, { name: 'x', boss: { name: 'y', ...values } }],
  'deep update': (values) => ['PATCH', `${data}/firms(${acme})`, { 'people@odata.delta': [{ id: ann, ...values }] }],
  'bulk create': (values) => ['POST', `${data}/people/$bulk`, { create: [{ name: 'x', ...values }] }],
  'bulk update': (values) => ['POST', `${data}/people/$bulk`, { update: [{ id: ann, ...values }] }],
  'bulk upsert': (values) => ['POST', `${data}/people/$bulk`, { key: 'code', upsert: [{ code: 'NEW', ...values }] }],
  each: (values) => ['PATCH', `${data}/people/$filter(code eq 'ANN')/$each`, values],
}

describe.each(engines)('rights on every path on %s', (engine) => {
  let server: TestServer
  const keys: Record<string, string> = {}
  const send = (who: string, [method, path, body]: Send): Promise<Answer> =>
    call({ url: server.url, adminKey: keys[who]! }, method, encodeURI(path), body, { prefer: 'return=minimal' })
  const stored = async () => (await call(server, 'GET', `${data}/people(${ann})`)).json as Record<string, unknown>

  beforeAll(async () => {
    server = await startServer({ engine })
    const changes = definitions.map((definition) => ({ op: 'put', definition }))
    const applied = await call(server, 'POST', '/api/model/apply', { changes })
    expect(applied.status, applied.text).toBe(200)
    await call(server, 'PATCH', `${data}/firms(${acme})`, { name: 'Acme' })
    await call(server, 'PATCH', `${data}/people(${ann})`, { name: 'Ann', code: 'ANN', wage: 5 })
    for (const definition of definitions)
      if (definition.kind === 'role')
        keys[definition.name] = await keyFor(server, `${definition.name}@example.com`, [definition.name])
  })
  afterAll(() => server?.stop())

  test.each([
    ['all', ['delete', 'get', 'patch', 'post', 'put'], true],
    ['full', ['get', 'patch', 'post', 'put'], false],
    ['maker', ['get', 'post'], false],
  ] as const)('OpenAPI tells %s what they may do, and no more', async (who, methods, bulk) => {
    const { json } = await send(who, ['GET', '/api/openapi.json'])
    const { paths: told } = json as { paths: Record<string, object> }
    const said = [`${data}/people`, `${data}/people({id})`].flatMap((path) => Object.keys(told[path]!))
    expect([...new Set(said)].filter((each) => each !== 'parameters').sort()).toEqual(methods)
    expect(`${data}/people/$bulk` in told).toBe(bulk)
  })

  test.each(Object.entries(link))('linking by %s takes append and append_to', async (_, one) => {
    expect((await send('full', one)).status).toBeLessThan(300)
    for (const who of ['no_append', 'no_append_to', 'own_append_to']) {
      const refused = await send(who, one)
      expect(refused.status, `${who}: ${refused.text}`).toBe(403)
    }
    // What is not seen is not there.
    const unseen = await send('unseen', one)
    expect([404, 422], unseen.text).toContain(unseen.status)
  })

  test.each(Object.entries(many))('linking by %s takes append and append_to', async (_, one) => {
    expect((await send('all', one)).status).toBeLessThan(300)
    for (const who of ['no_append', 'no_append_to']) {
      const refused = await send(who, one)
      expect(refused.status, `${who}: ${refused.text}`).toBe(403)
    }
  })

  test('a right that follows from a parent nobody may read opens nothing: bulk, $each, import', async () => {
    const asked: readonly Send[] = [
      ['POST', `${data}/people/$bulk`, { update: [{ id: ann, wage: 6 }] }],
      ['PATCH', `${data}/people/$filter(code eq 'ANN')/$each`, { wage: 6 }],
      ['POST', '/api/import/person?key=code', [{ code: 'ANN', wage: 6 }]],
    ]
    for (const one of asked) {
      const refused = await send('orphan', one)
      expect(refused.status, `${one[1]}: ${refused.text}`).toBe(403)
    }
    expect((await send('orphan', ['PATCH', `${data}/people(${ann})`, { wage: 5 }])).status).toBe(204)
  })

  test('a record that is not seen and one that is not there answer the same', async () => {
    const [unseen, gone] = await Promise.all(
      [acme, missing].map((firm_id) => send('unseen', ['POST', `${data}/people`, { name: 'x', firm_id }])),
    )
    expect(unseen!.text.replaceAll(acme, missing)).toBe(gone!.text)
  })

  test('without a link none of it is asked, and one may be taken away', async () => {
    for (const who of ['no_append', 'no_append_to', 'own_append_to']) {
      expect((await send(who, ['POST', `${data}/people`, { name: 'x' }])).status, who).toBe(204)
      expect((await send(who, ['PATCH', `${data}/people(${ann})`, { firm_id: null }])).status, who).toBe(204)
    }
  })

  test('append_to reaches as deep as it is granted', async () => {
    const own = await send('own_append_to', ['POST', `${data}/firms`, { name: 'Own' }])
    expect(own.status, own.text).toBe(204)
    const firm_id = /firms\((.+)\)/.exec(own.headers.get('location') ?? '')?.[1]
    const linked = await send('own_append_to', ['POST', `${data}/people`, { name: 'x', firm_id }])
    expect(linked.status, linked.text).toBe(204)
  })

  const others: readonly (readonly [title: string, who: string, send: Send, status: number])[] = [
    ['many at once', 'full', ['POST', `${data}/people/$bulk`, { create: [{ name: 'x' }] }], 403],
    ['a wrong body of many at once', 'full', ['POST', `${data}/people/$bulk`, { nonsense: 1 }], 403],
    ['many at once, allowed', 'all', ['POST', `${data}/people/$bulk`, { create: [{ name: 'x' }] }], 200],
    ['one change to each', 'full', ['PATCH', `${data}/people/$filter(code eq 'ANN')/$each`, { wage: 1 }], 403],
    ['one change to each, allowed', 'all', ['PATCH', `${data}/people/$filter(code eq 'ANN')/$each`, { wage: 1 }], 204],
    ['an import', 'full', ['POST', '/api/import/person', 'name\nx\n'], 403],
    ['an export', 'full', ['GET', '/api/export/person'], 403],
    ['an export, allowed', 'all', ['GET', '/api/export/person'], 200],
    ['deleting', 'full', ['DELETE', `${data}/people(${ann})`], 403],
    ['giving away', 'full', ['PATCH', `${data}/people(${ann})`, { owner_id: missing, owner_type: 'user' }], 403],
    ['a change out of reach', 'small', ['PATCH', `${data}/people(${ann})`, { wage: 100 }], 403],
    ['a change within reach', 'small', ['PATCH', `${data}/people(${ann})`, { wage: 99 }], 204],
    ['a new record out of reach', 'small', ['POST', `${data}/people`, { name: 'x', wage: 100 }], 403],
  ]
  test.each(others)('%s', async (_, who, one, status) => {
    const answer = await send(who, one)
    expect(answer.status, answer.text).toBe(status)
  })

  test('a change of a lookup does not carry a record out of reach', async () => {
    await send('all', ['PATCH', `${data}/people(${ann})`, { firm_id: acme }])
    expect((await send('followers', ['PATCH', `${data}/people(${ann})`, { wage: 3 }])).status).toBe(204)
    expect((await send('followers', ['PATCH', `${data}/people(${ann})`, { firm_id: null }])).status).toBe(403)
  })

  const csv = (text: string) => ['POST', '/api/import/person', text] as const
  const hidden: Readonly<Record<string, (one: string) => readonly [...Send, headers?: Record<string, string>]>> = {
    get: (one) => ['GET', `${data}/people(${one})`],
    change: (one) => ['PATCH', `${data}/people(${one})`, { name: 'x' }, { 'if-match': '*' }],
    'upsert by PATCH': (one) => ['PATCH', `${data}/people(${one})`, { name: 'x' }],
    'upsert by PUT': (one) => ['PUT', `${data}/people(${one})`, { name: 'x' }],
    'create only': (one) => ['PATCH', `${data}/people(${one})`, { name: 'x' }, { 'if-none-match': '*' }],
    'deep update': (one) => ['PATCH', `${data}/people(${one})`, { name: 'x', friends: [] }],
    'a new part with an id': (one) => ['POST', `${data}/people`, { name: 'x', friends: [{ id: one, name: 'y' }] }],
    delete: (one) => ['DELETE', `${data}/people(${one})`],
    'bulk create': (one) => ['POST', `${data}/people/$bulk`, { create: [{ id: one, name: 'x' }] }],
    'change of an amount': (one) => ['PATCH', `${data}/people(${one})`, { bonus: 5 }],
    'bulk update of an amount': (one) => ['POST', `${data}/people/$bulk`, { update: [{ id: one, bonus: 5 }] }],
    'bulk update': (one) => ['POST', `${data}/people/$bulk`, { update: [{ id: one, name: 'x' }] }],
    'bulk upsert': (one) => ['POST', `${data}/people/$bulk`, { upsert: [{ id: one, name: 'x' }], key: 'id' }],
    'bulk delete': (one) => ['POST', `${data}/people/$bulk`, { delete: [one] }],
    graphql: (one) => [
      'POST',
      '/api/graphql',
      { query: `mutation { upsertPerson(id: "${one}", input: { name: "x" }) { id } }` },
    ],
    import: (one) => [...csv(`id,name\n${one},x\n`), { 'content-type': 'text/csv' }],
  }
  test.each(Object.entries(hidden))('%s does not tell a hidden record from none', async (_, path) => {
    const before = await stored()
    const answers = [ann, nowhere].map(async (one) => {
      const [method, address, body, headers] = path(one)
      const { status, text } = await call({ url: server.url, adminKey: keys['half']! }, method, address, body, headers)
      return `${status} ${text.replaceAll(one, '<id>').replaceAll(/"(id|import)":"[0-9a-f-]{36}"|"seconds":[\d.]+/g, '')}`
    })
    const [seen, none] = await Promise.all(answers)
    expect(seen).toBe(none)
    expect(await stored()).toEqual(before)
    expect((await call(server, 'GET', `${data}/people(${nowhere})`)).status).toBe(404)
  })

  test('an upsert creates where there is nothing, whether records may be changed or not', async () => {
    const rows: readonly (readonly [who: string, key: string, status: number])[] = [
      ['maker', id(70), 201],
      ['maker', id(70), 403],
      ['maker', "code='M1'", 201],
      ['maker', "code='M1'", 403],
      ['full', id(71), 201],
      ['full', id(71), 204],
      ['half', id(72), 404],
      ['half', "code='H1'", 201],
      ['half', "code='H1'", 204],
      // That a key is taken is a promise about all records: an upsert tells it as a POST does.
      ['half', "code='M1'", 409],
    ]
    for (const [who, key, status] of rows) {
      const answer = await send(who, ['PATCH', `${data}/people(${key})`, { name: 'x' }])
      expect(status === 201 ? [201, 204] : [status], `${who} ${key}: ${answer.text}`).toContain(answer.status)
    }
    const [put, posted] = [
      await send('half', ['PATCH', `${data}/people(code='M1')`, { name: 'x' }]),
      await send('half', ['POST', `${data}/people`, { name: 'x', code: 'M1' }]),
    ]
    expect(put.text).toBe(posted.text)
  })

  test.each(['mentor_id', 'friend_id'])('what is seen by what leads to it (%s) can be deleted', async (column) => {
    const [teacher, pupil] = column === 'mentor_id' ? [id(80), id(81)] : [id(82), id(83)]
    for (const [one, body] of [
      [teacher, { name: 'Teacher' }],
      [pupil, { name: 'Pupil', [column]: teacher }],
    ] as const)
      expect((await send('all', ['PATCH', `${data}/people(${one})`, body])).status).toBe(204)
    const deleted = await send('teacher', ['DELETE', `${data}/people(${teacher})`])
    expect(deleted.status, deleted.text).toBe(204)
    expect((await call(server, 'GET', `${data}/people(${teacher})`)).status).toBe(404)
  })

  test.each(Object.entries(paths))('nothing the server sets is set by %s', async (_, path) => {
    const before = await stored()
    for (const [name, value] of Object.entries(system))
      for (const given of [value, null, [value]]) {
        const answer = await send('all', path({ [name]: given }))
        expect([400, 422], `${name} = ${JSON.stringify(given)}: ${answer.text}`).toContain(answer.status)
        expect(answer.text).toContain(name.replace(/@.*/, ''))
      }
    // Other spellings are names that do not exist.
    for (const name of ['Created_At', 'created_by.id', 'created_by/id', ' version', '__proto__x', 'Owning_Unit_Id']) {
      const answer = await send('all', path({ [name]: missing }))
      expect(answer.status, `${name}: ${answer.text}`).toBe(400)
    }
    expect(await stored()).toEqual(before)
  })

  test('nothing the server sets is imported', async () => {
    for (const name of ['version', 'created_at', 'created_by_id', 'owning_unit_id', 'doubled']) {
      const mapping = encodeURIComponent(JSON.stringify({ columns: [{ column: 'a', field: name }] }))
      const answer = await call(
        { url: server.url, adminKey: keys['all']! },
        'POST',
        `/api/import/person?mapping=${mapping}`,
        'a\n1\n',
        {
          'content-type': 'text/csv',
        },
      )
      expect([400, 422], answer.text).toContain(answer.status)
      expect(answer.text).toContain(name)
    }
  })
})
