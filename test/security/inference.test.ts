// Inference: does any clause, path or error answer a question about a value that the caller may not read? Every attack is sent
// twice, with the right guess and with a wrong one of the same length; but for the guess itself the answers are the same. And the
// doors beside: people and invitations for somebody from outside.
// Modelled on the advisories named in each row; twins over all paths are test/oracle's (`pnpm oracle --twins`).
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { keyFor } from '../support/people.ts'
import { call, engines, startServer, type TestServer } from '../support/server.ts'

const secret = 'sk-canary-7731'
const card = '4929000011112222'
const wage = '31337'

const text = (name: string, more: object = {}) => ({ name, type: 'text', maxLength: 100, ...more })
const all = { create: 'all', read: 'all', write: 'all', export: 'all', append: 'all', append_to: 'all' }
const definitions = [
  {
    kind: 'entity',
    name: 'vault',
    ownership: 'user',
    primaryField: 'name',
    fields: [text('name', { searchable: true })],
  },
  {
    kind: 'entity',
    name: 'dossier',
    ownership: 'user',
    primaryField: 'name',
    audit: true,
    keys: [{ name: 'secret', fields: ['secret'] }],
    fields: [
      text('name', { searchable: true }),
      text('secret', { searchable: true }),
      text('card', { searchable: true }),
      { name: 'wage', type: 'integer' },
      { name: 'vault', type: 'lookup', target: 'vault' },
      { name: 'twice', type: 'formula', returns: 'integer', expression: 'wage * 2' },
    ],
  },
  {
    kind: 'role',
    name: 'clerk',
    grants: [
      { entity: 'dossier', ...all },
      { entity: 'vault', read: 'own' },
    ],
    fields: [
      { entity: 'dossier', field: 'secret', read: false },
      { entity: 'dossier', field: 'wage', read: false },
      { entity: 'dossier', field: 'card', mask: 'last4' },
    ],
  },
  { kind: 'role', name: 'guest', grants: [{ entity: 'dossier', read: 'own' }] },
  { kind: 'entity', name: 'parcel', ownership: 'user', primaryField: 'name', fields: [text('name')] },
  { kind: 'role', name: 'courier', grants: [{ entity: 'parcel', read: 'own', rule: 'name != "sealed"' }] },
]

type Attack = readonly [method: 'GET' | 'POST', path: string, body?: unknown]
interface Row {
  readonly advisory: string
  readonly title: string
  /** What is right, and what is not. */
  readonly right: string
  readonly wrong: string
  /** Written with `{g}` where the guess stands. */
  readonly attacks: readonly Attack[]
}

const guessed = { right: secret, wrong: 'sk-nothing-001' }
const graphql = (query: string): Attack => ['POST', '/api/graphql', { query }]
const data = (query: string): Attack => ['GET', `/api/data/v1/dossiers?${query}`]
const filter = (condition: string): Attack => data(`$filter=${condition}`)

const rows: readonly Row[] = [
  {
    advisory: 'CVE-2025-30352, GHSA-7wq3-jr35-275c',
    title: 'a search looks into no field that may not be read',
    ...guessed,
    attacks: [
      data('$search="{g}"'),
      ['GET', '/api/search?q={g}'],
      data('$search="{g}"&$count=true&$top=0'),
      data('$apply=search("{g}")/aggregate($count as n)'),
      graphql('{ dossiers(search: "{g}") { totalCount } }'),
    ],
  },
  {
    advisory: 'CVE-2025-64748, GHSA-8jpw-gpr4-8cmh',
    title: 'a masked field is not found by what it hides',
    right: card,
    wrong: '4929000011119999',
    attacks: [
      data('$search="{g}"'),
      filter("card eq '{g}'"),
      filter("startswith(card,'{g}')"),
      data('$orderby=card'),
      data('$apply=groupby((card))'),
      ['GET', '/api/search?q={g}'],
    ],
  },
  {
    advisory: 'CVE-2023-27481, GHSA-m5q3-8wgf-x8xf',
    title: 'an export with a condition tells no value',
    ...guessed,
    attacks: ['csv', 'json', 'ndjson', 'xlsx'].flatMap((format): Attack[] => [
      ['GET', `/api/export/dossier?format=${format}&$filter=startswith(secret,'{g}')`],
      ['GET', `/api/export/dossier?format=${format}&$select=name,secret&$filter=name eq '{g}'`],
    ]),
  },
  {
    advisory: 'CVE-2024-34708, GHSA-p8v3-m643-4xqx',
    title: 'another name for a field is no way around it',
    ...guessed,
    attacks: [
      graphql('{ dossiers { nodes { name x: secret } } }'),
      graphql('{ dossiers { nodes { name x: card y: wage } } }'),
      data('$compute=secret as x&$select=x'),
      data("$compute=concat(card,'{g}') as x&$select=x"),
      data('$apply=compute(secret as x)/groupby((x))'),
    ],
  },
  {
    advisory: 'CVE-2023-22894',
    title: 'a condition on a hidden column, letter by letter',
    ...guessed,
    attacks: [
      filter("startswith(secret,'{g}')"),
      filter("contains(secret,'{g}')"),
      filter("secret ge '{g}'"),
      filter("vault/dossiers/any(d:d/secret eq '{g}')"),
      filter("modified_by/email eq '{g}' and secret eq '{g}'"),
      graphql('{ dossiers(filter: {secret: {startsWith: "{g}"}}) { totalCount } }'),
    ],
  },
  {
    advisory: 'CVE-2023-34235, GHSA-9xg4-3qfm-9w8f',
    title: 'the name of a table before the column',
    ...guessed,
    attacks: ['t0', 't1', 'dossier', 'dossiers', '$it', 't_default.dossier', '"dossier"'].flatMap((prefix) => [
      filter(`${prefix}.secret eq '{g}'`),
      filter(`${prefix}/secret eq '{g}'`),
      data(`$orderby=${prefix}.secret`),
    ]),
  },
  {
    advisory: 'CVE-2026-31872',
    title: 'a path with dots',
    ...guessed,
    attacks: [
      filter("secret.apiKey eq '{g}'"),
      filter("vault.dossiers.secret eq '{g}'"),
      data('$orderby=secret.length'),
      data('$select=vault.name,secret.x'),
    ],
  },
  {
    advisory: 'CVE-2025-3648',
    title: 'counts by ranges, of fields and of records that are hidden',
    right: wage,
    wrong: '99999',
    attacks: [
      filter('wage lt {g}'),
      filter('twice ge {g}'),
      ['GET', '/api/data/v1/dossiers/$count?$filter=wage ge {g}'],
      data('$filter=wage eq {g}&$count=true&$top=0'),
      filter("vault/name eq 'wage {g}'"),
      ['GET', "/api/data/v1/vaults/$count?$filter=name eq 'wage {g}'"],
      data("$apply=filter(vault/name eq 'wage {g}')/aggregate($count as n)"),
    ],
  },
  {
    advisory: 'CVE-2024-36259',
    title: 'yes or no, by an aggregate, a key or an address',
    ...guessed,
    attacks: [
      data("$apply=filter(secret eq '{g}')/aggregate($count as n)"),
      ['GET', "/api/data/v1/dossiers(secret='{g}')"],
      filter("contains(concat(secret,name),'{g}') or name eq 'x'"),
      filter("case(secret eq '{g}':true,true:false)"),
      data("$orderby=secret eq '{g}'"),
    ],
  },
  {
    advisory: 'twentyhq/twenty#25911',
    title: 'grouping, and the records of a group',
    ...guessed,
    attacks: [
      data('$apply=groupby((secret),aggregate($count as n))'),
      data('$apply=groupby((name,wage))'),
      data('$apply=groupby((vault/name),aggregate(wage with max as m))'),
      graphql('{ dossiers { groups(by: [secret]) { count } } }'),
    ],
  },
  {
    advisory: 'directus/directus#8510, #8575',
    title: 'aggregates of a hidden field',
    ...guessed,
    attacks: ['sum', 'min', 'max', 'average', 'countdistinct'].flatMap((method) => [
      data(`$apply=aggregate(wage with ${method} as x)`),
      data(`$apply=aggregate(twice with ${method} as x)`),
      data(`$apply=groupby((name),aggregate(secret with ${method} as x))`),
    ]),
  },
]

describe.each(engines)('on %s', (engine) => {
  let server: TestServer
  let clerk: string
  let guest: string
  beforeAll(async () => {
    server = await startServer({ engine })
    const made = async (method: string, path: string, body: unknown) => {
      const answer = await call(server, method, path, body)
      expect(answer.status, answer.text).toBeLessThan(300)
      return answer.json as { id: string }
    }
    await made('POST', '/api/model/apply', { changes: definitions.map((definition) => ({ op: 'put', definition })) })
    const { id } = await made('POST', '/api/data/v1/vaults', { name: `wage ${wage}` })
    await made('POST', '/api/data/v1/dossiers', { name: 'one', secret, card, wage: Number(wage), vault_id: id })
    await made('POST', '/api/data/v1/dossiers', { name: 'two', secret: 'sk-other-0001', card: '1', wage: 5 })
    clerk = await keyFor(server, 'clerk@example.com', ['clerk'])
    guest = await keyFor(server, 'guest@example.com', ['guest'])
    const { json } = await call(server, 'GET', "/api/data/v1/users?$filter=email eq 'guest@example.com'")
    const [person] = (json as { value: { id: string }[] }).value
    await made('PATCH', `/api/data/v1/users(${person!.id})`, { kind: 'external' })
  })
  afterAll(() => server?.stop())

  /** What comes back, without the guess and without what differs by itself. */
  const answerTo = async ([method, path, body]: Attack, guess: string) => {
    const filled = (written: string) => written.replaceAll('{g}', guess)
    const sent = body === undefined ? undefined : JSON.parse(filled(JSON.stringify(body)))
    const [where = '', query = ''] = filled(path).split(/\?(.*)/s)
    const address = query === '' ? where : `${where}?${encodeURI(query)}`
    const answer = await call({ url: server.url, adminKey: clerk }, method, address, sent)
    expect(answer.status, `${method} ${path}: ${answer.text.slice(0, 300)}`).toBeLessThan(502)
    return `${answer.status} ${answer.text.replaceAll(guess, '{g}').replaceAll(encodeURI(guess), '{g}')}`
  }

  it.each(rows)('$advisory: $title', async ({ right, wrong, attacks }) => {
    for (const attack of attacks) {
      const isBook = attack[1].includes('format=xlsx')
      const [yes, no] = [await answerTo(attack, right), await answerTo(attack, wrong)]
      // A workbook carries the time it was made.
      if (isBook && yes.startsWith('200') && no.startsWith('200')) continue
      expect(yes, attack.join(' ')).toBe(no)
      for (const canary of [secret, card, wage, String(Number(wage) * 2)]) expect(yes).not.toContain(canary)
    }
  })

  it('CVE-2024-36259: a value that is taken is not told to who may not read it', async () => {
    const make = (value: string) =>
      call({ url: server.url, adminKey: clerk }, 'POST', '/api/data/v1/dossiers', { name: 'n', secret: value })
    for (const value of [secret, 'sk-quite-other']) expect((await make(value)).text).not.toContain('sk-')
    // A field that may not be read may not be written by name either: both are the same refusal.
    expect((await make(secret)).status).toBe((await make('sk-quite-new')).status)
  })

  it('a delta link tells of a share where it shows a record, and nothing where it does not', async () => {
    const as = { url: server.url, adminKey: await keyFor(server, 'courier@example.com', ['courier']) }
    const found = await call(server, 'GET', "/api/data/v1/users?$filter=email eq 'courier@example.com'")
    const user = (found.json as { value: { id: string }[] }).value[0]!.id
    const parcel = async (name: string): Promise<string> => {
      const { json } = await call(server, 'POST', '/api/data/v1/parcels', { name })
      return `parcels(${(json as { id: string }).id})`
    }
    const [sealed, open] = [await parcel('sealed'), await parcel('open')]
    let path = '/api/data/v1/parcels?$select=name'
    const changes = async (): Promise<unknown> => {
      const { status, json } = await call(as, 'GET', path, undefined, { prefer: 'odata.track-changes' })
      const { value, '@odata.deltaLink': link } = json as {
        value: Record<string, unknown>[]
        '@odata.deltaLink': string
      }
      path = link?.slice(server.url.length)
      return [status, value?.map((item) => item['name'] ?? item['@removed'])]
    }
    const doing = async (name: string, on: string, more: object): Promise<unknown> => {
      const { status, text: said } = await call(server, 'POST', `/api/actions/${name}`, { on, user, ...more })
      expect(status, said).toBeLessThan(300)
      return changes()
    }
    expect(await changes()).toEqual([200, []])
    expect(await doing('share', sealed, { rights: ['read'] })).toEqual([200, []])
    expect(await doing('unshare', sealed, {})).toEqual([200, []])
    expect(await doing('share', open, { rights: ['read'] })).toEqual([200, ['open']])
    expect(await doing('share', sealed, { rights: ['read'] })).toEqual([200, []])
    expect(await doing('unshare', sealed, {})).toEqual([200, []])
    expect(await doing('unshare', open, {})).toEqual([200, [{ reason: 'changed' }]])
  })

  it('a delta link tells nothing of records that are not seen: no count, no page, no change of what leads to them', async () => {
    const as = { url: server.url, adminKey: clerk }
    const page = { prefer: 'odata.track-changes,odata.maxpagesize=1' }
    const vaults = await call(server, 'GET', '/api/data/v1/vaults?$select=id')
    const [vault] = (vaults.json as { value: { id: string }[] }).value
    for (const query of ['vaults?$select=name&$count=true', 'dossiers?$select=name&$expand=vault($select=name)']) {
      let path = `/api/data/v1/${query}`
      let heard: Record<string, unknown> = {}
      while (heard['@odata.deltaLink'] === undefined) {
        heard = (await call(as, 'GET', path, undefined, page)).json as Record<string, unknown>
        path = String(heard['@odata.nextLink'] ?? heard['@odata.deltaLink']).slice(server.url.length)
      }
      const change = { name: `wage ${wage}` }
      await call(server, 'PATCH', `/api/data/v1/vaults(${vault!.id})`, change, { 'if-match': '*' })
      for (const name of ['one', 'two']) await call(server, 'POST', '/api/data/v1/vaults', { name })
      const { '@odata.deltaLink': last, ...told } = (await call(as, 'GET', path, undefined, page)).json as typeof heard
      expect([typeof last, told]).toEqual([
        'string',
        {
          '@odata.context': expect.stringContaining('$delta') as string,
          ...(query.includes('count') ? { '@odata.count': 0 } : {}),
          value: [],
        },
      ])
    }
  })

  it('CVE-2026-46552: somebody from outside lists no people, invites nobody and gives nothing away', async () => {
    const as = { url: server.url, adminKey: guest }
    for (const path of ['users', 'users/$count', 'teams', 'role_assignments', 'users?$select=email', 'team_members'])
      expect((await call(as, 'GET', `/api/data/v1/${path}`)).status, path).toBeGreaterThanOrEqual(400)
    for (const [method, path, body] of [
      ['POST', '/api/users/invite', { email: 'friend@example.com', roles: ['administrator'] }],
      ['POST', '/api/users', { email: 'friend@example.com', roles: ['administrator'] }],
      ['POST', '/api/data/v1/users', { name: 'friend', email: 'friend@example.com' }],
      ['POST', '/api/data/v1/role_assignments', { role: 'administrator' }],
      ['GET', '/api/users/00000000-0000-0000-0000-000000000001/sessions', undefined],
    ] as const)
      expect([path, (await call(as, method, path, body)).status]).toEqual([path, 403])
    for (const path of ['/api/search?q=clerk', '/api/search?q=example', '/api/model'])
      expect((await call(as, 'GET', path)).text, path).not.toMatch(/clerk@|guest@example/)
  })
})
