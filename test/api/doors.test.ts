// Who may not come in any more is out of all processes within five seconds, out of a stream of events that is open and an export
// that runs, too: on PostgreSQL with two server processes.
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
  const ends: readonly [string, 'cookie' | 'key', (worker: Worker) => Promise<unknown>][] = [
    ['a person is suspended', 'cookie', ({ id }) => admin('PATCH', `/api/data/v1/users(${id})`, { state: 'inactive' })],
    [
      'a person with a key is suspended',
      'key',
      ({ id }) => admin('PATCH', `/api/data/v1/users(${id})`, { state: 'inactive' }),
    ],
    ['a person is deleted', 'cookie', ({ id }) => call(one, 'DELETE', `/api/data/v1/users(${id})`)],
    [
      'an administrator ends the sessions',
      'cookie',
      ({ id }) =>
        call(two, 'DELETE', `/api/users/${id}/sessions`, undefined, { authorization: `Bearer ${one.adminKey}` }),
    ],
    ['the password is set anew', 'cookie', ({ email }) => admin('POST', '/api/users/password', { email })],
    ['the person signs out', 'cookie', ({ visitor }) => visitor.post('/sign-out')],
    ['the key is revoked', 'key', ({ visitor, key }) => visitor.ask('DELETE', `/api/keys/${key.id}`)],
  ]
  it.each(ends)('%s: requests, streams and exports are over', async (_title, by, end) => {
    const worker = await atWork()
    const headers: Record<string, string> =
      by === 'cookie' ? { cookie: worker.visitor.cookie } : { authorization: `Bearer ${worker.key.key}` }
    const streams = await Promise.all([one, two].map((at) => open(at, '/api/events', headers)))
    const exports = await Promise.all([one, two].map((at) => open(at, '/api/export/thing?format=ndjson', headers)))
    await end(worker)
    for (const reader of streams) expect(await within(endOf(reader))).not.toBe('still there')
    await refused(headers)
    for (const reader of exports) expect(await within(endOf(reader))).toBe('broken off')
  })

  it('a role that is taken away takes its rights along, in streams and exports as well', async () => {
    const worker = await atWork()
    const headers = { cookie: worker.visitor.cookie }
    const stream = await open(two, '/api/events', headers)
    const file = await open(two, '/api/export/thing?format=ndjson', headers)
    const found = await admin('GET', `/api/data/v1/role_assignments?$filter=user_id eq ${worker.id}`)
    const [{ id }] = found['value'] as [{ id: string }]
    await call(one, 'DELETE', `/api/data/v1/role_assignments(${id})`)
    expect(await within(endOf(stream))).not.toBe('still there')
    expect(await within(endOf(file))).toBe('broken off')
    for (const at of [one, two])
      await until(
        async () =>
          (await fetch(`${at.url}/api/data/v1/things?$top=1`, { headers })).status === 200 ? undefined : true,
        soon,
      )
  })
})
if (!engines.includes('postgres')) console.log('SKIPPED: two processes that forget together (no PostgreSQL)')
