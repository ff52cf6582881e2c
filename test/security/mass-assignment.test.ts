// Mass assignment: can somebody make themselves more than they are by sending what no form shows? Beside the table of every
// write path in test/api/rights.test.ts: people, roles, keys and sessions, in every spelling a reader of JSON might take.
// Modelled on CVE-2026-40291 (Chamilo), CVE-2026-34574 (Parse Server), CVE-2012-2054 (Rails) and CVE-2024-6534 (Directus).
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call, engines, startServer, type Answer, type TestServer } from '../support/server.ts'

const data = '/api/data/v1'
const password = 'a good password'
const other = '018f3c1e-0000-7000-8000-0000000000bb'

/** Somebody who may write the records of people, and nothing that says who they are. */
const definitions = [
  {
    kind: 'role',
    name: 'clerk',
    grants: [{ entity: 'user', read: 'all', write: 'all', append: 'all', append_to: 'all', bulk: 'all' }],
    fields: ['email', 'kind', 'unit', 'manager', 'state'].map((field) => ({
      entity: 'user',
      field,
      write: false,
    })),
  },
]

/** What somebody would like to have, as members of a body. */
const wishes: readonly (readonly [string, object])[] = [
  ['roles', { roles: ['administrator'] }],
  ['a role as text', { role: 'administrator' }],
  ['nested assignments', { role_assignments: [{ role: 'administrator' }] }],
  ['an added assignment', { 'role_assignments@odata.delta': [{ role: 'administrator' }] }],
  ['a bound assignment', { 'role_assignments@odata.bind': [`/role_assignments(${other})`] }],
  ['privileges', { privileges: ['administer'] }],
  ['being the system', { system: true }],
  ['being an administrator', { admin: true, isAdmin: true, is_admin: 1 }],
  ['another kind', { kind: 'agent' }],
  ['another address', { email: 'admin@example.com' }],
  ['another unit', { unit_id: other }],
  ['another unit by binding', { 'unit@odata.bind': `/business_units(${other})` }],
  ['a manager', { manager_id: other }],
  ['people below', { reports: [{ id: other }] }],
  ['a team', { team_members: [{ team_id: other }] }],
  ['another id', { id: other }],
  ['a version', { version: 999 }],
  ['an owner', { owner_id: other, owner_type: 'user' }],
  ['being active', { state: 'active' }],
  ['nothing as state', { state: null }],
  ['nothing as roles', { roles: null }],
  ['an empty list of assignments', { role_assignments: [] }],
  ['a password', { password: 'x'.repeat(20), hash: 'x' }],
  ['dots', { 'user.roles': ['administrator'], 'role_assignments.role': 'administrator' }],
  ['slashes', { 'role_assignments/role': 'administrator' }],
  ['brackets', { 'role_assignments[0][role]': 'administrator' }],
  ['capitals', { Role_Assignments: [{ role: 'administrator' }], KIND: 'internal' }],
  ['a space', { 'kind ': 'internal' }],
  ['a letter that looks the same', { kınd: 'agent', ｋind: 'agent' }],
  ['a type annotation', { '@odata.type': '#peyvand.role_assignment', title: 'x' }],
  ['an id annotation', { '@odata.id': `users(${other})`, '@odata.editLink': `users(${other})`, title: 'x' }],
]

describe.each(engines)('on %s', (engine) => {
  let server: TestServer
  let clerk: { id: string; key: string }
  /** Somebody with a role that others would like to take away. */
  let victim: string
  const as = (method: string, path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
    call({ url: server.url, adminKey: clerk.key }, method, path, body, headers)
  const ok = (answer: Answer) => {
    expect(answer.status, answer.text).toBeLessThan(300)
    return answer.json as { id: string; key: string }
  }
  /** Everything that says who somebody is. */
  const who = async () => {
    const paths = [
      'users?$select=id,name,email,kind,state,unit_id,manager_id,created_by_id',
      'role_assignments',
      'team_members',
    ]
    const parts = await Promise.all(paths.map((path) => call(server, 'GET', `${data}/${path}`)))
    const keys = await as('GET', '/api/keys', undefined)
    // When a key was used last is kept a moment after it was used.
    return [...parts.map(({ text }) => text), keys.text.replaceAll(/"last_used_at":[^,}]+/g, '')]
  }
  beforeAll(async () => {
    server = await startServer({ engine })
    ok(
      await call(server, 'POST', '/api/model/apply', {
        changes: definitions.map((definition) => ({ op: 'put', definition })),
      }),
    )
    const email = 'clerk@example.com'
    const { id } = ok(await call(server, 'POST', '/api/users', { email, name: 'clerk', password, roles: ['clerk'] }))
    const { key } = ok(await call(server, 'POST', '/api/users/keys', { email, name: 'test' }))
    clerk = { id, key }
    const boss = { email: 'boss@example.com', name: 'boss', password, roles: ['administrator'] }
    victim = ok(await call(server, 'POST', '/api/users', boss)).id
  })
  afterAll(() => server?.stop())

  it.each(wishes)('CVE-2026-40291, CVE-2012-2054: %s', async (_, wish) => {
    const before = await who()
    const sends: readonly (readonly [string, string, unknown])[] = [
      ['PATCH', `${data}/users(${clerk.id})`, wish],
      ['PUT', `${data}/users(${clerk.id})`, { name: 'clerk', ...wish }],
      ['PATCH', `${data}/users(${other})`, { name: 'x', ...wish }],
      ['PATCH', `${data}/users(${victim})`, wish],
      ['POST', `${data}/users`, { name: 'x', ...wish }],
      ['POST', `${data}/users/$bulk`, { update: [{ id: clerk.id, ...wish }] }],
      ['PATCH', `${data}/users/$filter(id eq ${clerk.id})/$each`, wish],
      [
        'POST',
        `${data}/$batch`,
        {
          requests: [
            {
              id: '1',
              method: 'PATCH',
              url: `users(${clerk.id})`,
              body: wish,
              headers: { 'content-type': 'application/json' },
            },
          ],
        },
      ],
      ['PATCH', '/api/me', wish],
      ['POST', '/api/keys', { name: 'x', ...wish }],
    ]
    for (const [method, path, body] of sends) {
      const answer = await as(method, encodeURI(path), body)
      const inside = path.endsWith('$batch')
        ? (answer.json as { responses: { status: number }[] }).responses[0]!.status
        : answer.status
      // What says nothing (an empty list, an annotation) may be done: then nothing has changed, as is looked at below.
      const empty = /odata|\[\]/.test(JSON.stringify(wish))
      if (!empty || inside >= 300)
        expect([400, 403, 404, 422, 501], `${method} ${path}: ${answer.text}`).toContain(inside)
      expect(answer.status).not.toBe(500)
    }
    const after = await who()
    expect(
      after.map((text) => text.replaceAll('"name":"x"', '"name":"clerk"').replaceAll(/W\/\\"\d+\\"/g, '')),
    ).toEqual(before.map((text) => text.replaceAll('"name":"x"', '"name":"clerk"').replaceAll(/W\/\\"\d+\\"/g, '')))
  })

  it('GraphQL writes no more', async () => {
    const before = await who()
    for (const input of [
      `{kind: agent}`,
      `{kind: "agent"}`,
      `{email: "admin@example.com"}`,
      `{version: 9}`,
      `{role_assignments: [{role: "administrator"}]}`,
      `{unit_id: "${other}"}`,
      `{state: "active"}`,
    ]) {
      const query = `mutation { update_user(id: "${clerk.id}", input: ${input}) { id } updateUser(id: "${clerk.id}", input: ${input}) { id } }`
      const answer = await as('POST', '/api/graphql', { query })
      expect(JSON.parse(answer.text), answer.text).toHaveProperty('errors')
    }
    expect(await who()).toEqual(before)
  })

  it('CVE-2026-34574: null, lists and objects pass no guard of a key', async () => {
    for (const days of [null, [], {}, '1', -1, 0, true, 1e9])
      expect((await as('POST', '/api/keys', { name: 'x', expiresInDays: days })).status, JSON.stringify(days)).toBe(422)
    for (const roles of [
      null,
      'administrator',
      ['administrator'],
      [null],
      [['clerk']],
      { 0: 'administrator' },
      [{ role: 'clerk' }],
    ])
      expect((await as('POST', '/api/keys', { name: 'x', roles })).status, JSON.stringify(roles)).toBe(422)
    for (const name of [null, 1, [], {}, '', ' ', 'x'.repeat(201)])
      expect((await as('POST', '/api/keys', { name })).status, JSON.stringify(name)).toBe(422)
  })

  it('CVE-2024-6534, CVE-2024-6533: what is checked when a record is made is checked when it is changed', async () => {
    const before = await who()
    for (const [method, path] of [
      ['PUT', `users(${clerk.id})/email`],
      ['PUT', `users(${clerk.id})/kind`],
      ['PUT', `users(${clerk.id})/state`],
      ['DELETE', `users(${clerk.id})/unit/$ref`],
      ['PUT', `users(${clerk.id})/manager/$ref`],
      ['POST', `users(${clerk.id})/role_assignments`],
      ['POST', `users(${clerk.id})/role_assignments/$ref`],
      ['POST', 'role_assignments'],
    ] as const) {
      const body = path.endsWith('role_assignments')
        ? { role: 'administrator', user_id: clerk.id }
        : { value: 'agent', '@odata.id': `users(${other})` }
      const answer = await as(method, `${data}/${path}`, method === 'DELETE' ? undefined : body)
      expect([400, 403, 404, 405, 422], `${method} ${path}: ${answer.text}`).toContain(answer.status)
    }
    expect(await who()).toEqual(before)
  })
})
