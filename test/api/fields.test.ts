// Is a field that may not be read a name that does not exist, wherever a name can stand, and a masked one too except where
// values are shown? And does nothing on any path tell what a masked value is?
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keyFor } from '../support/people.ts'
import { call, engines, startServer, type Answer, type TestServer } from '../support/server.ts'
import { followOnce, newCopy, startCopy } from './delta-client.ts'

const data = '/api/data/v1'
const id = (n: number) => `018f3c1e-0000-7000-8000-${String(n).padStart(12, '0')}`
const [acme, ann, bob] = [id(1), id(11), id(12)]

/** Fields with values nobody but the administrator may learn, and what a name of the same length that is none is called. */
const secrets = ['secret_card', 'secret_mail', 'secret_wage', 'secret_born'] as const
const nothing = 'nothing_has'

const everything = {
  create: 'all',
  read: 'all',
  write: 'all',
  delete: 'all',
  export: 'all',
  import: 'all',
  bulk: 'all',
}
const linking = { append: 'all', append_to: 'all' }
const grants = ['person', 'firm'].map((entity) => ({ entity, ...everything, ...linking }))
const closed = (more: object) => secrets.map((field) => ({ entity: 'person', field, ...more }))
const masks = ['last4', 'domain', 'all', 'all'] as const

const definitions = [
  {
    kind: 'entity',
    name: 'firm',
    entitySet: 'firms',
    ownership: 'user',
    primaryField: 'name',
    audit: true,
    fields: [
      { name: 'name', type: 'text' },
      { name: 'wages', type: 'rollup', entity: 'person', via: 'firm', aggregate: 'sum', field: 'secret_wage' },
      { name: 'rich', type: 'rollup', entity: 'person', via: 'firm', aggregate: 'count', filter: 'secret_wage > 10' },
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
    state: {
      statuses: [
        { value: 'in', state: 'active' },
        { value: 'out', state: 'inactive' },
      ],
    },
    keys: [{ name: 'card', fields: ['secret_card'] }],
    fields: [
      { name: 'name', type: 'text' },
      { name: 'secret_card', type: 'text', maxLength: 40, searchable: true },
      { name: 'secret_mail', type: 'text', format: 'email', maxLength: 100 },
      { name: 'secret_wage', type: 'decimal', precision: 12, scale: 2 },
      { name: 'secret_born', type: 'date' },
      { name: 'firm', type: 'lookup', target: 'firm' },
      { name: 'doubled', type: 'formula', returns: 'decimal', expression: 'secret_wage * 2' },
      { name: 'badge', type: 'text', template: '{name} {secret_card}' },
    ],
  },
  { kind: 'role', name: 'blind', label: 'Blind', grants, fields: closed({ read: false }) },
  {
    kind: 'role',
    name: 'masked',
    label: 'Masked',
    grants,
    fields: secrets.map((field, i) => ({ entity: 'person', field, mask: masks[i] })),
  },
  {
    kind: 'role',
    name: 'maker',
    label: 'Maker',
    grants,
    fields: [
      { entity: 'person', field: 'secret_card', update: false },
      { entity: 'person', field: 'secret_mail', create: false },
      { entity: 'person', field: 'secret_wage', write: false },
      { entity: 'person', field: 'secret_born', read: false, mask: 'all', create: true, update: false },
    ],
  },
] as const

/** Of a kind that no id, port, token or moment of this run has by chance: they are looked for in whole answers. */
const wages = { ann: 32_004_418.5, bob: 41_007_182, dee: 73_004_915 }
const shortCard = 'Q~Z~'

const people = [
  [
    ann,
    {
      name: 'Ann',
      secret_card: '4111222233334444',
      secret_mail: 'ann@corp.example',
      secret_wage: wages.ann,
      secret_born: '1990-02-03',
    },
  ],
  [
    bob,
    {
      name: 'Bob',
      secret_card: shortCard,
      secret_mail: 'bob@x.example',
      secret_wage: wages.bob,
      secret_born: '1985-07-09',
    },
  ],
] as const
/** What must never be in an answer to somebody who may not read it. */
const canaries = new RegExp(
  [
    '4111222233334444',
    '33334444',
    shortCard,
    'ann@corp',
    'bob@x',
    '1990-02-03',
    '1985-07-09',
    // With what formulas and sums would make of them.
    ...Object.values(wages).flatMap((wage) => [wage, wage * 2]),
    wages.ann + wages.bob,
  ].join('|'),
)

interface Asked {
  readonly method?: string
  readonly path: (field: string) => string
  readonly body?: (field: string) => unknown
}
const get = (path: (field: string) => string): Asked => ({ path: (field) => `${data}/${path(field)}` })
const send = (method: string, path: string | ((field: string) => string), body: (field: string) => unknown): Asked => ({
  method,
  path: typeof path === 'string' ? () => path : path,
  body,
})

/** Places where a name is asked for something: there a masked field is as unknown as a closed one. */
const clauses: Readonly<Record<string, Asked>> = {
  filter: get((f) => `people?$filter=${f} eq 'x'`),
  'filter null': get((f) => `people?$filter=not (${f} ne null)`),
  'filter text': get((f) => `people?$filter=startswith(${f},'4')`),
  'filter in': get((f) => `people?$filter=${f} in ('a','b')`),
  'filter by alias': get((f) => `people?$filter=@p eq 'x'&@p=${f}`),
  'filter of $it': get((f) => `people?$filter=$it/${f} eq 'x'`),
  'filter segment': get((f) => `people/$filter(${f} eq 'x')`),
  'filter over a list': get((f) => `firms?$filter=people/any(p:p/${f} eq 'x')`),
  'filter through a lookup': get((f) => `people?$filter=firm/people/any(p:p/${f} ne null)`),
  'filter of an expand': get((f) => `firms?$expand=people($filter=${f} eq 'x')`),
  'count with filter': get((f) => `people/$count?$filter=${f} eq 'x'`),
  sort: get((f) => `people?$orderby=${f}`),
  'sort down': get((f) => `people?$orderby=name,${f} desc`),
  'sort of an expand': get((f) => `firms?$expand=people($orderby=${f})`),
  compute: get((f) => `people?$compute=concat(${f},'x') as y&$select=y`),
  'compute in a filter': get((f) => `people?$compute=${f} as y&$filter=y eq 'x'`),
  group: get((f) => `people?$apply=groupby((${f}))`),
  'group by path': get((f) => `firms?$apply=join(people as p)/groupby((p/${f}))`),
  aggregate: get((f) => `people?$apply=aggregate(${f} with max as m)`),
  'aggregate different': get((f) => `people?$apply=aggregate(${f} with countdistinct as m)`),
  'aggregate filtered': get((f) => `people?$apply=filter(${f} eq 'x')/aggregate($count as n)`),
  'top of a value': get((f) => `people?$apply=topcount(1,${f})`),
  key: get((f) => `people(${f}='4111222233334444')`),
  crossjoin: get((f) => `$crossjoin(people,firms)?$filter=people/${f} eq 'x'`),
  'bulk key': send('POST', `${data}/people/$bulk`, (f) => ({
    key: f,
    upsert: [{ [f]: '4111222233334444', name: 'Q' }],
  })),
  'upsert by key': send(
    'PATCH',
    (f) => `${data}/people(${f}='4111222233334444')`,
    () => ({ name: 'Q' }),
  ),
  'a delta of a filter': get((f) => `people/$delta?$filter=${f} eq 'x'`),
  take: send('POST', '/api/actions/merge_records', (f) => ({ entity: 'person', winner: ann, loser: bob, take: [f] })),
}

/** Places where a value is shown or given: a closed field is unknown there, a masked one is not. */
const showing: Readonly<Record<string, Asked>> = {
  select: get((f) => `people?$select=${f}`),
  'select of one': get((f) => `people(${ann})?$select=name,${f}`),
  'select of an expand': get((f) => `firms?$expand=people($select=${f})`),
  property: get((f) => `people(${ann})/${f}`),
  'raw value': get((f) => `people(${ann})/${f}/$value`),
  create: send('POST', `${data}/people`, (f) => ({ name: 'New', [f]: 'x@example.com' })),
  'create with a wrong kind': send('POST', `${data}/people`, (f) => ({ name: 'New', [f]: { a: 1 } })),
  update: send('PATCH', `${data}/people(${ann})`, (f) => ({ [f]: 'x@example.com' })),
  'update to null': send('PATCH', `${data}/people(${ann})`, (f) => ({ [f]: null })),
  'deep insert': send('POST', `${data}/firms`, (f) => ({ name: 'F', people: [{ name: 'N', [f]: 'x@example.com' }] })),
  bulk: send('POST', `${data}/people/$bulk`, (f) => ({ create: [{ name: 'N', [f]: 'x@example.com' }] })),
}

describe.each(engines)('fields on %s', (engine) => {
  let server: TestServer
  const keys: Record<string, string> = {}
  const as = (who: string) => (who === 'admin' ? server : { url: server.url, adminKey: keys[who]! })
  const ask = (who: string, { method = 'GET', path, body }: Asked, field: string): Promise<Answer> =>
    call(as(who), method, encodeURI(path(field)), body?.(field))
  const read = async (who: string, path: string, headers = {}): Promise<Record<string, unknown>> => {
    const answer = await call(as(who), 'GET', `${data}/${path}`, undefined, headers)
    expect(answer.status, answer.text).toBe(200)
    return answer.json as Record<string, unknown>
  }
  const plain = ({ status, text }: Answer, field: string) =>
    `${status} ${text.replaceAll(field, '<name>').replaceAll(/"requestId":"[^"]*"/g, '')}`

  beforeAll(async () => {
    server = await startServer({ engine })
    const changes = definitions.map((definition) => ({ op: 'put', definition }))
    const applied = await call(server, 'POST', '/api/model/apply', { changes })
    expect(applied.status, applied.text).toBe(200)
    await call(server, 'PATCH', `${data}/firms(${acme})`, { name: 'Acme' })
    for (const [one, body] of people) {
      const made = await call(server, 'PATCH', `${data}/people(${one})`, { ...body, firm_id: acme })
      expect(made.status, made.text).toBe(201)
    }
    for (const role of ['blind', 'masked', 'maker']) keys[role] = await keyFor(server, `${role}@example.com`, [role])
  })
  afterAll(() => server?.stop())

  test.each(Object.keys(clauses))('%s: closed and masked are unknown', async (title) => {
    for (const who of ['blind', 'masked']) {
      const unknown = plain(await ask(who, clauses[title]!, nothing), nothing)
      expect(unknown).toMatch(/^4\d\d /)
      for (const field of secrets)
        expect(plain(await ask(who, clauses[title]!, field), field), `${who} ${field}`).toBe(unknown)
    }
  })

  test.each(Object.keys(showing))('%s: closed is unknown', async (title) => {
    const unknown = plain(await ask('blind', showing[title]!, nothing), nothing)
    expect(unknown).toMatch(/^4\d\d /)
    for (const field of secrets) expect(plain(await ask('blind', showing[title]!, field), field), field).toBe(unknown)
  })

  const shown = {
    secret_card: '•••••4444',
    secret_mail: '•••••@corp.example',
    secret_wage: '•••••',
    secret_born: '•••••',
  }

  test('a masked value is shown masked wherever it is shown', async () => {
    const list = (await read('masked', 'people?$orderby=name'))['value'] as Record<string, unknown>[]
    expect(list[0]).toMatchObject(shown)
    // Four characters of a short value would be all of it.
    expect(list[1]).toMatchObject({ secret_card: '•••••', secret_mail: '•••••@x.example' })
    const annotated = await read('masked', `people(${ann})`, { prefer: 'odata.include-annotations="*"' })
    expect(annotated).toMatchObject(shown)
    const firm = await read('masked', `firms(${acme})?$expand=people($orderby=name;$top=1)`)
    expect((firm['people'] as unknown[])[0]).toMatchObject(shown)
    for (const [field, value] of Object.entries(shown)) {
      expect(await read('masked', `people(${ann})/${field}`)).toMatchObject({ value })
      expect((await call(as('masked'), 'GET', `${data}/people(${ann})/${field}/$value`)).text).toBe(value)
    }
    for (const format of ['csv', 'json', 'ndjson', 'csv&labels=true'])
      expect((await call(as('masked'), 'GET', `/api/export/person?format=${format}`)).text).toContain(
        '•••••@corp.example',
      )
  })

  test('a write answers masked, and what is masked is not written back', async () => {
    const headers = { prefer: 'return=representation' }
    const card = { secret_card: '9999888877776666' }
    const made = await call(as('masked'), 'POST', `${data}/people`, { name: 'Cid', ...card }, headers)
    expect(made.status, made.text).toBe(201)
    expect(made.json).toMatchObject({ secret_card: '•••••6666' })
    const { id: cid } = made.json as { id: string }
    const back = await call(as('masked'), 'PATCH', `${data}/people(${cid})`, { secret_card: '•••••6666' })
    expect([back.status, (back.json as { error: { target: string } }).error.target]).toEqual([422, 'secret_card'])
    // Replacing a record leaves alone what is not known.
    expect((await call(as('masked'), 'PUT', `${data}/people(${cid})`, { name: 'Cid' })).status).toBeLessThan(300)
    expect((await call(as('blind'), 'PUT', `${data}/people(${cid})`, { name: 'Cyd' })).status).toBeLessThan(300)
    expect(await read('admin', `people(${cid})`)).toMatchObject(card)
    const bulk = await call(
      as('masked'),
      'POST',
      `${data}/people/$bulk`,
      { create: [{ name: 'Dee', secret_wage: wages.dee }] },
      headers,
    )
    expect(bulk.status, bulk.text).toBe(200)
    expect(bulk.text).not.toMatch(canaries)
    const later = await call(as('masked'), 'POST', `${data}/people/$bulk`, {
      create: [
        { name: 'Eve', secret_card: '1111222233334444' },
        { name: 'Eva', secret_card: '•••••4444' },
      ],
    })
    expect(later.status, later.text).toBe(422)
    expect((await call(server, 'DELETE', `${data}/people(${cid})`)).status).toBe(204)
  })

  test('nothing on any path tells the value', async () => {
    const paths = [
      `${data}/people`,
      `${data}/people?$search=4111222233334444`,
      `${data}/people?$expand=firm($expand=people)`,
      `${data}/firms?$expand=people`,
      `${data}/$crossjoin(people,firms)?$expand=people`,
      `${data}/people?$apply=concat(identity,aggregate($count as n))`,
      `${data}/people?$apply=filter(name ne null)`,
      `${data}/people/$delta`,
      `${data}/people(${ann})/record_history()`,
      `${data}/people(${ann})/initial_values()`,
      '/api/search?q=4111222233334444',
      '/api/search?q=Ann',
      '/api/export/person?format=csv&labels=true',
      '/api/export/person?format=json',
      '/api/model',
      `${data}/$metadata`,
    ]
    for (const who of ['blind', 'masked'])
      for (const path of paths) {
        const { text, status } = await call(as(who), 'GET', path, undefined, {
          prefer: 'odata.include-annotations="*"',
        })
        expect(status < 500, `${path}: ${text}`).toBe(true)
        expect(text.replace(/(q"?[=:]"?|search=)4111222233334444/g, ''), `${who} ${path}`).not.toMatch(canaries)
      }
    const found = await call(as('masked'), 'GET', '/api/search?q=4111222233334444')
    expect((found.json as { entities: unknown[] }).entities).toEqual([])
    expect((await call(server, 'GET', '/api/search?q=4111222233334444')).text).toContain(ann)
  })

  test('what is worked out of it is closed with it', async () => {
    for (const who of ['blind', 'masked']) {
      expect(Object.keys(await read(who, `people(${ann})`)).filter((name) => /doubled|badge/.test(name))).toEqual([])
      const firm = await read(who, `firms(${acme})`)
      expect(Object.keys(firm).filter((name) => /wages|rich/.test(name))).toEqual([])
      expect(firm).toHaveProperty('heads')
    }
    expect(await read('admin', `firms(${acme})`)).toHaveProperty('wages')
    expect(await read('admin', `people(${ann})`)).toMatchObject({ badge: 'Ann 4111222233334444' })
  })

  test('records that differ in nothing but what is hidden answer the same', async () => {
    // What a mask shows of them is the same, too.
    const twins = [
      { secret_card: '1111222233334444', secret_mail: 'a@twin.example', secret_wage: 1, secret_born: '1990-01-01' },
      {
        secret_card: '999988887777444444',
        secret_mail: 'bcd@twin.example',
        secret_wage: 20000,
        secret_born: '2009-12-31',
      },
    ].map((own) => ({ name: 'Twin', firm_id: acme, ...own }))
    const made = await call(server, 'POST', `${data}/people/$bulk`, { create: twins })
    const [one, other] = (made.json as { value: { id: string }[] }).value.map(({ id: own }) => own)
    const asked: readonly ((own: string) => string)[] = [
      (own) => `people(${own})`,
      (own) => `people(${own})?$expand=firm($expand=people($filter=id eq ${own}))`,
      (own) => `people?$filter=id eq ${own}&$count=true`,
      (own) => `people?$filter=id eq ${own}&$compute=concat(name,'!') as loud&$select=loud`,
      (own) => `people?$apply=filter(id eq ${own})/groupby((name,firm/name),aggregate($count as n))`,
      (own) => `people?$filter=id eq ${own}&$search=Twin`,
      (own) => `firms?$filter=people/any(p:p/id eq ${own})`,
      (own) => `people(${own})/record_history()`,
      ...secrets.map((field) => (own: string) => `people(${own})/${field}`),
    ]
    for (const who of ['blind', 'masked'])
      for (const path of asked) {
        const [first, second] = await Promise.all(
          [one!, other!].map(async (own) => {
            const headers = { prefer: 'odata.include-annotations="*"' }
            const {
              status,
              text,
              headers: told,
            } = await call(as(who), 'GET', `${data}/${encodeURI(path(own))}`, undefined, headers)
            // The log has an id of its own for each change.
            return `${status} ${told.get('etag')} ${text}`.replaceAll(own, '<id>').replaceAll(/"id":"[^"]*"/g, '')
          }),
        )
        expect(second, `${who} ${path('<id>')}`).toBe(first)
      }
    for (const own of [one, other]) await call(server, 'DELETE', `${data}/people(${own})`)
  })

  test('a key that is taken is all that is told', async () => {
    for (const who of ['masked']) {
      const taken = await call(as(who), 'POST', `${data}/people`, { name: 'Eve', secret_card: shortCard })
      expect(taken.status).toBe(409)
      expect(taken.text).not.toMatch(/secret_card/)
    }
    const told = await call(server, 'POST', `${data}/people`, { name: 'Eve', secret_card: shortCard })
    expect(told.text).toContain('secret_card')
  })

  test('history tells masked values masked, and no change that looks the same', async () => {
    await call(server, 'PATCH', `${data}/people(${bob})`, { secret_wage: wages.bob * 2 })
    await call(server, 'PATCH', `${data}/people(${bob})`, { secret_mail: 'bob@y.example' })
    const masked = await read('masked', `people(${bob})/record_history()`)
    expect((masked['value'] as { after: object; before: object }[]).slice(0, 2)).toMatchObject([
      { before: { secret_mail: '•••••@x.example' }, after: { secret_mail: '•••••@y.example' } },
      { after: { name: 'Bob', secret_wage: '•••••', secret_born: '•••••' } },
    ])
    expect((await read('blind', `people(${bob})/record_history()`))['value']).toHaveLength(1)
    await call(server, 'PATCH', `${data}/people(${bob})`, { secret_wage: wages.bob, secret_mail: 'bob@x.example' })
  })

  test('changes of a list are told masked', async () => {
    const copy = newCopy(as('masked'), 'people')
    await startCopy(copy)
    await call(server, 'PATCH', `${data}/people(${ann})`, { secret_card: '4111222233335555', secret_wage: 1 })
    await followOnce(copy)
    expect(copy.records.get(ann)).toMatchObject({ ...shown, secret_card: '•••••5555' })
    await call(server, 'PATCH', `${data}/people(${ann})`, {
      secret_card: people[0][1].secret_card,
      secret_wage: wages.ann,
    })
    await followOnce(copy)
    expect(JSON.stringify([...copy.records.values()])).not.toMatch(canaries)
    await expect(startCopy(newCopy(as('masked'), `people?$filter=secret_card ne null`))).rejects.toThrow(/400/)
  })

  test('creating and updating are closed one by one', async () => {
    const whole = { name: 'Fay', secret_card: '77778888', secret_born: '2000-01-01' }
    const made = await call(as('maker'), 'POST', `${data}/people`, whole, { prefer: 'return=representation' })
    expect(made.status, made.text).toBe(201)
    expect(made.json).toMatchObject({ secret_card: '77778888', secret_born: '•••••' })
    const fay = `${data}/people(${(made.json as { id: string }).id})`
    const cases: readonly [method: string, path: string, body: object, status: number][] = [
      ['POST', `${data}/people`, { name: 'X', secret_mail: 'x@example.com' }, 403],
      ['POST', `${data}/people`, { name: 'X', secret_wage: 1 }, 403],
      ['PATCH', fay, { secret_mail: 'fay@example.com' }, 204],
      ['PATCH', fay, { secret_card: '1' }, 403],
      ['PATCH', fay, { secret_wage: 1 }, 403],
      ['PATCH', fay, { secret_born: '2000-01-02' }, 403],
      // An upsert that turns out to create may give what only a new record may have, and nothing else.
      ['PATCH', `${data}/people(${id(50)})`, { name: 'Gus', secret_mail: 'g@example.com' }, 403],
      ['PATCH', `${data}/people(${id(51)})`, { name: 'Hal' }, 201],
    ]
    for (const [method, path, body, status] of cases) {
      const answer = await call(as('maker'), method, path, body, { prefer: 'return=minimal' })
      const expected = status === 201 ? [201, 204] : [status]
      expect(expected, `${method} ${JSON.stringify(body)}: ${answer.text}`).toContain(answer.status)
    }
    const model = (await call(as('maker'), 'GET', '/api/model')).json as { entities: { name: string }[] }
    expect(model.entities.find(({ name }) => name === 'person')).toMatchObject({
      locked: ['secret_card', 'secret_wage', 'secret_born'].toSorted(
        (a, b) => secrets.indexOf(a as never) - secrets.indexOf(b as never),
      ),
      unset: ['secret_mail', 'secret_wage'],
      masks: { secret_born: 'all' },
    })
  })
})
