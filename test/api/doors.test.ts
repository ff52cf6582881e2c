// Who may not come in any more is out of all processes within five seconds, out of a stream of events that is open and an export
// that runs, too: on PostgreSQL with two server processes, requests, a stream and an export at each.
// Modelled on GHSA-56p6-qw3c-fq2g (CVE-2025-30351, Directus) and GHSA-hvp3-26wx-g2w4 (CVE-2026-22706, Strapi).
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call, engines, startServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'
import { Visitor } from '../support/visitor.ts'

const password = 'a good password'
const soon = 5_000
const rows = 6_000

const definitions = [
  {
    kind: 'entity',
    name: 'thing',
    entitySet: 'things',
    ownership: 'organization',
    audit: false,
    fields: [
      { name: 'name', type: 'text', maxLength: 100, required: true },
      { name: 'note', type: 'text', maxLength: 2000 },
    ],
  },
  {
    kind: 'role',
    name: 'reader',
    grants: [
      { entity: 'thing', read: 'all', export: 'all' },
      { entity: 'user', read: 'all' },
    ],
  },
]

describe.runIf(engines.includes('postgres'))('two processes', () => {
  let one: TestServer
  let two: TestServer
  beforeAll(async () => {
    const env = { SECRET: 's'.repeat(40), BULK_LIMIT: '10000', EXPORT_LIMIT: '0' }
    one = await startServer({ engine: 'postgres', env })
    two = await startServer({ engine: 'postgres', env: { ...env, DATABASE_URL: one.databaseUrl! } })
    const changes = definitions.map((definition) => ({ op: 'put', definition }))
    const applied = await call(one, 'POST', '/api/model/apply', { changes })
    expect(applied.status, applied.text).toBe(200)
    const things = Array.from({ length: rows }, (_, i) => ({ name: `Thing ${i}`, note: 'x'.repeat(1_500) }))
    for (let from = 0; from < rows; from += 1_000) {
      const create = things.slice(from, from + 1_000)
      const made = await call(one, 'POST', '/api/data/v1/things/$bulk', { create })
      expect(made.status, made.text.slice(0, 300)).toBeLessThan(300)
    }
  })
  afterAll(async () => {
    await two?.stop()
    await one?.stop()
  })

  const admin = async (method: string, path: string, body?: unknown) => {
    const answer = await call(one, method, path, body)
    expect(answer.status, answer.text).toBeLessThan(300)
    return answer.json as Record<string, unknown>
  }
  let count = 0
  /** Somebody who is signed in, with a key, a stream of events on each process and an export that has begun and stands still. */
  const atWork = async () => {
    const email = `worker${count++}@example.com`
    const { id } = (await admin('POST', '/api/users', { email, name: 'W', password, roles: ['reader'] })) as {
      id: string
    }
    const visitor = new Visitor(one)
    await visitor.signIn(email, password)
    const made = (await visitor.ask('POST', '/api/keys', { name: 'x' })).json as { id: string; key: string }
    return { id, email, visitor, key: made }
  }
  const open = async (at: TestServer, path: string, headers: Record<string, string>) => {
    const answer = await fetch(at.url + path, { headers })
    expect(answer.status).toBe(200)
    const reader = answer.body!.getReader()
    expect((await reader.read()).done).toBe(false)
    return reader
  }
  /** How an open answer goes on: broken off, ended, or still there. */
  const endOf = async (reader: ReadableStreamDefaultReader<Uint8Array>) => {
    try {
      for (let read = 0; read < 400_000_000;) {
        const { done, value } = await reader.read()
        if (done) return 'ended'
        read += value.length
      }
      return 'still there'
    } catch {
      return 'broken off'
    }
  }
  const within = <T>(work: Promise<T>) =>
    Promise.race([
      work,
      new Promise<'still there'>((resolve) => setTimeout(() => resolve('still there'), soon).unref()),
    ])
  const refused = async (headers: Record<string, string>) => {
    for (const at of [one, two])
      await until(async () => ((await fetch(`${at.url}/api/me`, { headers })).status === 401 ? true : undefined), soon)
  }

  type Worker = Awaited<ReturnType<typeof atWork>>
  type Way = 'cookie' | 'key'
  type End = (worker: Worker) => Promise<unknown>
  const suspend: End = ({ id }) => admin('PATCH', `/api/data/v1/users(${id})`, { state: 'inactive' })
  /** An administrator, who works at the other process. */
  const atTwo = (method: string, path: string) =>
    call(two, method, path, undefined, { authorization: `Bearer ${one.adminKey}` })
  const headersOf = (worker: Worker, by: Way): Record<string, string> =>
    by === 'cookie' ? { cookie: worker.visitor.cookie } : { authorization: `Bearer ${worker.key.key}` }
  /** A stream of events and an export at each process, begun and not read on. */
  const opened = async (headers: Record<string, string>) => {
    const streams = await Promise.all([one, two].map((at) => open(at, '/api/events', headers)))
    const exports = await Promise.all([one, two].map((at) => open(at, '/api/export/thing?format=ndjson', headers)))
    return { streams, exports }
  }
  const areOver = async ({ streams, exports }: Awaited<ReturnType<typeof opened>>) => {
    for (const reader of streams) expect(await within(endOf(reader))).not.toBe('still there')
    for (const reader of exports) expect(await within(endOf(reader))).toBe('broken off')
  }

  const ends: readonly [string, Way, End][] = [
    ['a person is suspended', 'cookie', suspend],
    ['a person with a key is suspended', 'key', suspend],
    ['a person is deleted', 'cookie', ({ id }) => call(one, 'DELETE', `/api/data/v1/users(${id})`)],
    [
      'an administrator ends one session',
      'cookie',
      async ({ id }) => {
        const [session] = (await admin('GET', `/api/users/${id}/sessions`))['value'] as [{ id: string }]
        return atTwo('DELETE', `/api/users/${id}/sessions/${session.id}`)
      },
    ],
    ['an administrator ends all sessions', 'cookie', ({ id }) => atTwo('DELETE', `/api/users/${id}/sessions`)],
    ['the password is set anew', 'cookie', ({ email }) => admin('POST', '/api/users/password', { email })],
    ['the person signs out', 'cookie', ({ visitor }) => visitor.post('/sign-out')],
    ['the key is revoked by its owner', 'key', ({ visitor, key }) => visitor.ask('DELETE', `/api/keys/${key.id}`)],
    ['the key is revoked by an administrator', 'key', ({ key }) => atTwo('DELETE', `/api/users/keys/${key.id}`)],
  ]
  it.each(ends)('GHSA-56p6-qw3c-fq2g: %s: requests, streams and exports are over', async (_title, by, end) => {
    const worker = await atWork()
    const headers = headersOf(worker, by)
    const answers = await opened(headers)
    await end(worker)
    await refused(headers)
    await areOver(answers)
  })

  const changes: readonly (readonly [string, Way, End])[] = [
    [
      'a role is taken away',
      'cookie',
      async ({ id }) => {
        const found = await admin('GET', `/api/data/v1/role_assignments?$filter=user_id eq ${id}`)
        const [assignment] = found['value'] as [{ id: string }]
        return call(one, 'DELETE', `/api/data/v1/role_assignments(${assignment.id})`)
      },
    ],
    [
      'a team with the role is left',
      'key',
      async ({ id }) => {
        const found = await admin('GET', `/api/data/v1/team_members?$filter=user_id eq ${id}`)
        const [member] = found['value'] as [{ id: string }]
        return call(one, 'DELETE', `/api/data/v1/team_members(${member.id})`)
      },
    ],
    // The last one: it is everybody's role.
    [
      'the role itself grants less',
      'cookie',
      () =>
        admin('POST', '/api/model/apply', {
          changes: [{ op: 'put', definition: { ...definitions[1], grants: [{ entity: 'user', read: 'all' }] } }],
        }),
    ],
  ]
  it.each(changes)('%s: its rights end for requests, streams and exports', async (title, by, change) => {
    const worker = await atWork()
    if (title.startsWith('a team')) await moveToTeam(worker.id)
    const headers = headersOf(worker, by)
    const things = (at: TestServer) => fetch(`${at.url}/api/data/v1/things?$top=1`, { headers })
    for (const at of [one, two]) await until(async () => ((await things(at)).status === 200 ? true : undefined), soon)
    const answers = await opened(headers)
    await change(worker)
    for (const at of [one, two]) await until(async () => ((await things(at)).status === 200 ? undefined : true), soon)
    await areOver(answers)
  })

  /** The person has the role by a team instead. */
  const moveToTeam = async (user: string) => {
    const found = await admin('GET', `/api/data/v1/role_assignments?$filter=user_id eq ${user}`)
    const [own] = found['value'] as [{ id: string }]
    const team = await admin('POST', '/api/data/v1/teams', { name: `Team of ${user}` })
    await admin('POST', '/api/data/v1/team_members', { team_id: team['id'], user_id: user })
    await admin('POST', '/api/data/v1/role_assignments', { team_id: team['id'], role: 'reader' })
    await call(one, 'DELETE', `/api/data/v1/role_assignments(${own.id})`)
  }
})
if (!engines.includes('postgres')) console.log('SKIPPED: two processes that forget together (no PostgreSQL)')
