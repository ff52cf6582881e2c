// Does a POST with an Idempotency-Key happen once? Sent again, changed, raced, failed, expired, and with the server killed
// between, on both engines.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { startPostgres } from '../support/postgres.ts'
import { call, engines, signInForKey, startServer, type Answer, type TestServer } from '../support/server.ts'
import { setUpDeals } from './deals.ts'

const post = (server: Pick<TestServer, 'url' | 'adminKey'>, key: string, body: unknown, path = 'deals', more = {}) =>
  call(server, 'POST', `/api/data/v1/${path}`, body, { 'idempotency-key': key, ...more })
const countOf = async (server: TestServer, name: string): Promise<number> =>
  Number((await call(server, 'GET', `/api/data/v1/deals/$count?$filter=name eq '${name}'`)).text)
const seenOf = ({ status, text, headers }: Answer) => [
  status,
  text,
  ...['location', 'odata-entityid', 'etag', 'content-type', 'odata-version', 'preference-applied'].map((name) =>
    headers.get(name),
  ),
]

describe.each(engines)('a key on %s', (engine) => {
  let server: TestServer

  beforeAll(async () => {
    server = await startServer({ engine })
    await setUpDeals(server)
  })
  afterAll(() => server?.stop())

  const same: readonly [string, string, unknown, object, number][] = [
    ['a create', 'deals', { name: 'Twice' }, {}, 201],
    ['a create with chosen columns', 'deals?$select=name,number', { name: 'Twice' }, {}, 201],
    ['a create without a body in the answer', 'deals', { name: 'Twice' }, { prefer: 'return=minimal' }, 204],
    ['a bulk create', 'deals/$bulk', { create: [{ name: 'Twice' }, { name: 'Twice' }] }, {}, 200],
    ['a bulk create with a wrong row', 'deals/$bulk', bulk('Twice', "C/'"), {}, 200],
  ]
  it.each(same)('gives the first answer again to %s', async (_title, path, body, headers, status) => {
    const key = `again-${path}-${JSON.stringify(headers)}-${status}-${JSON.stringify(body).length}`.replaceAll(' ', '')
    const before = await countOf(server, 'Twice')
    const first = await post(server, key, body, path, headers)
    expect(first.status, first.text).toBe(status)
    const after = await countOf(server, 'Twice')
    expect(after).toBeGreaterThan(before)
    expect(seenOf(await post(server, key, body, path, headers))).toEqual(seenOf(first))
    expect(await countOf(server, 'Twice')).toBe(after)
  })

  it('refuses the key with another body or address', async () => {
    await post(server, 'changed', { name: 'One thing' })
    for (const [body, path] of [
      [{ name: 'Another thing' }, 'deals'],
      [{ name: 'One thing' }, 'deals?$select=name'],
      [{ name: 'One thing' }, 'firms'],
    ] as const) {
      const refused = await post(server, 'changed', body, path)
      expect([refused.status, refused.json]).toEqual([
        422,
        { error: expect.objectContaining({ code: 'check.invalid', target: 'Idempotency-Key' }) },
      ])
    }
    expect(await countOf(server, 'Another thing')).toBe(0)
  })

  it('does the work of requests that race only once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(server, 'raced', { name: 'Raced' })))
    expect(new Set(answers.map((answer) => JSON.stringify(seenOf(answer)))).size).toBe(1)
    expect(answers[0]!.status).toBe(201)
    expect(await countOf(server, 'Raced')).toBe(1)
  })

  it('stays free after a failure, also after one in the database', async () => {
    for (const wrong of [{ nmae: 'Free' }, { name: 'Free', code: 'AAA' }]) {
      const failed = await post(server, 'free', wrong)
      expect(failed.status, failed.text).toBeGreaterThanOrEqual(400)
    }
    expect((await post(server, 'free', { name: 'Free' })).status).toBe(201)
  })

  it('belongs to its caller', async () => {
    const email = `other-${engine}@example.com`
    await call(server, 'POST', '/api/users', { email, password: 'a good password', roles: ['administrator'] })
    const other = { url: server.url, adminKey: await signInForKey(server.url, email, 'a good password') }
    const first = await post(server, 'mine', { name: 'Mine' })
    const second = await post(other, 'mine', { name: 'Mine' })
    expect([first.status, second.status], second.text).toEqual([201, 201])
    expect(second.headers.get('location')).not.toBe(first.headers.get('location'))
  })

  it('is known to a model that changed in the meantime', async () => {
    const first = await post(server, 'model', { name: 'Before' })
    const fields = [{ name: 'later', type: 'text' }]
    const definition = { kind: 'entity', name: 'later', entitySet: 'laters', primaryField: 'later', fields }
    const applied = await call(server, 'POST', '/api/model/apply', { changes: [{ op: 'put', definition }] })
    expect(applied.status, applied.text).toBe(200)
    expect(seenOf(await post(server, 'model', { name: 'Before' }))).toEqual(seenOf(first))
    expect((await post(server, 'model-2', { later: 'After' }, 'laters')).status).toBe(201)
  })

  it.runIf(engine === 'postgres')('expires after 24 hours', async () => {
    const age = (hours: number) =>
      onDatabase(server, `update t_default._request set at = now() - interval '${hours} hours' where key like 'old-%'`)
    const left = () => onDatabase(server, "select 1 from t_default._request where key like 'old-%'")
    for (const key of ['old-1', 'old-2', 'old-3']) await post(server, key, { name: 'Old' })
    await age(23)
    await post(server, 'old-1', { name: 'Old' })
    expect([await countOf(server, 'Old'), await left()]).toEqual([3, 3])
    await age(25)
    expect((await post(server, 'old-1', { name: 'New' })).status).toBe(201)
    expect([await countOf(server, 'New'), await left()]).toEqual([1, 1])
  })

  it.each(['', ' ', 'a b', 'x'.repeat(256)])('is refused as %j', async (key) => {
    const refused = await post(server, key, { name: 'Odd key' })
    expect([refused.status, refused.json]).toEqual([
      400,
      { error: expect.objectContaining({ code: 'request.malformed', target: 'Idempotency-Key' }) },
    ])
  })

  it('is refused by name with other methods', async () => {
    for (const method of ['PATCH', 'PUT', 'DELETE']) {
      const path = '/api/data/v1/deals(018f3c1e-0000-7000-8000-000000000999)'
      const body = method === 'DELETE' ? undefined : { name: 'x' }
      const refused = await call(server, method, path, body, { 'idempotency-key': 'k' })
      expect([method, refused.status, refused.text]).toEqual([method, 501, expect.stringContaining('Idempotency-Key')])
    }
  })
})

async function onDatabase(server: TestServer, text: string): Promise<number> {
  const client = new pg.Client({ connectionString: server.databaseUrl })
  await client.connect()
  const { rowCount } = await client.query(text)
  await client.end()
  return rowCount ?? 0
}

function bulk(name: string, takenCode: string): object {
  return { create: [{ name }, { name, code: takenCode }, { name, quantity: 'x' }], atomic: false }
}

describe.each(engines)('keys and kills on %s', (engine) => {
  const clean: (() => Promise<void> | void)[] = []
  afterEach(async () => {
    for (const work of clean.splice(0).toReversed()) await work()
  })

  it('neither lose nor double what was asked for', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'peyvand-once-'))
    clean.push(() => rmSync(folder, { recursive: true, force: true }))
    const postgres = engine === 'postgres' ? await startPostgres() : undefined
    if (postgres) clean.push(() => postgres.stop())
    const env = { DATA_DIR: folder, ...(postgres && { DATABASE_URL: postgres.url }) }
    const answered = new Map<string, unknown[]>()
    const keys: string[] = []
    for (let round = 0; round < 3; round++) {
      const server = await startServer({ engine, env })
      if (round === 0) await setUpDeals(server)
      const fresh = Array.from({ length: 30 }, (_, i) => `${round}-${i}`)
      keys.push(...fresh)
      const sending = fresh.map(async (key) => {
        const answer = await post(server, key, { name: `K${key}` }).catch(() => undefined)
        if (answer?.status === 201) answered.set(key, [answer.text])
      })
      const wanted = answered.size + 4 + 6 * round
      while (answered.size < wanted) await Promise.race([wait(1), Promise.all(sending)])
      process.kill(server.pid, 'SIGKILL')
      await Promise.all(sending)
      await server.stop()
    }
    const known = answered.size
    const server = await startServer({ engine, env })
    clean.push(() => server.stop())
    for (const key of keys) {
      const again = await post(server, key, { name: `K${key}` })
      expect(again.status, again.text).toBe(201)
      if (answered.has(key)) expect([again.text.replace(/:\d+\//, '')]).toEqual(answered.get(key)!.map(withoutPort))
      expect([key, await countOf(server, `K${key}`)]).toEqual([key, 1])
    }
    console.log(`${engine}: ${keys.length} keys in 3 kills, ${known} answered before, each there once`)
  })
})

function withoutPort(text: unknown): string {
  return String(text).replace(/:\d+\//, '')
}
