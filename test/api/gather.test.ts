// Do writes that arrive together end as if each had come alone: its own answer, its own log row, and nothing lost or done
// twice, also when some of them are wrong or want the same record?
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call, engines, startServer, type Answer, type TestServer } from '../support/server.ts'
import { ids, setUpDeals } from './deals.ts'

describe.each(engines)('writes at the same time on %s', (engine) => {
  let server: TestServer
  const send = (method: string, path: string, body: unknown, id: string, headers = {}): Promise<Answer> =>
    call(server, method, `/api/data/v1/${path}`, body, { 'x-request-id': id, ...headers })
  const list = async (path: string) =>
    ((await call(server, 'GET', `/api/data/v1/${path}`)).json as { value: Record<string, unknown>[] }).value

  beforeAll(async () => {
    server = await startServer({ engine })
    await setUpDeals(server)
  })
  afterAll(() => server?.stop())

  async function logOf(...requests: string[]): Promise<Record<string, unknown>[]> {
    const client = new pg.Client({ connectionString: server.databaseUrl })
    await client.connect()
    try {
      const { rows } = await client.query<Record<string, unknown>>(
        'select xid::text as xid, request_id, record_id, version, before, after from t_default._audit where request_id = any($1) order by record_id, version',
        [requests],
      )
      return rows
    } finally {
      await client.end()
    }
  }

  test('creates: the wrong ones are told what is wrong, and the others are there', async () => {
    const names = Array.from({ length: 60 }, (_, i) => `create-${i}`)
    const bodies = names.map((name, i) => {
      if (i % 12 === 3) return { name: 'Acme' }
      if (i % 12 === 5) return { name, parent_id: ids.none }
      if (i % 12 === 7) return { city: name }
      return { name, city: `City ${i}`, parent_id: ids.acme }
    })
    const answers = await Promise.all(bodies.map((body, i) => send('POST', 'firms', body, names[i]!)))
    const wrong = { 3: 409, 5: 422, 7: 422 } as Readonly<Record<number, number>>
    const good = names.filter((_, i) => wrong[i % 12] === undefined)
    for (const [i, { status, text, json, headers }] of answers.entries()) {
      expect(status, text).toBe(wrong[i % 12] ?? 201)
      if (status !== 201) continue
      const { id } = json as { id: string }
      expect(json).toMatchObject({ name: names[i], city: `City ${i}`, version: 1 })
      expect(headers.get('location')).toBe(`${server.url}/api/data/v1/firms(${id})`)
    }
    expect(answers[5]!.text).toContain('parent_id')
    const stored = await list("firms?$filter=startswith(name,'create-')&$select=name&$top=100")
    expect(stored.map(({ name }) => String(name)).sort()).toEqual([...good].sort())
    if (engine === 'pglite') return
    const log = await logOf(...names)
    expect(log.map(({ request_id: request }) => String(request)).sort()).toEqual([...good].sort())
    for (const { request_id: request, after } of log) expect(after).toMatchObject({ name: request })
  })

  test('updates: of the same records none is lost, and each log row begins where the one before it ended', async () => {
    const targets = [ids.acme, ids.globex]
    const before = new Map((await list('firms?$select=version')).map(({ id, version }) => [id, Number(version)]))
    const requests = Array.from({ length: 48 }, (_, i) => `update-${i}`)
    const answers = await Promise.all(
      requests.map((city, i) => {
        const id = i % 8 === 6 ? ids.none : targets[i % 2]!
        const stale = i % 8 === 5 ? { 'if-match': 'W/"9999"' } : { 'if-match': '*' }
        // Ids may be written in capitals: they are the same records.
        const written = i % 8 === 2 || i % 8 === 3 ? id.toUpperCase() : id
        return send('PATCH', `firms(${written})`, { city }, city, stale)
      }),
    )
    const expected = requests.map((_, i) => (i % 8 === 6 ? 404 : i % 8 === 5 ? 412 : 200))
    expect(answers.map(({ status }) => status)).toEqual(expected)
    for (const [i, { status, json }] of answers.entries())
      if (status === 200) expect(json).toMatchObject({ city: requests[i], id: targets[i % 2] })
    const versions = new Map((await list('firms?$select=version')).map(({ id, version }) => [id, Number(version)]))
    const done = expected.flatMap((status, i) => (status === 200 ? [targets[i % 2]!] : []))
    for (const id of targets) expect(versions.get(id)! - before.get(id)!).toBe(done.filter((one) => one === id).length)
    if (engine === 'pglite') return
    const log = await logOf(...requests)
    expect(log).toHaveLength(done.length)
    // Some went together, or this test shows nothing.
    expect(new Set(log.map(({ xid }) => xid)).size).toBeLessThan(log.length)
    for (const [i, row] of log.entries()) {
      const last = log[i - 1]
      if (last?.['record_id'] !== row['record_id']) continue
      expect(row['version']).toBe(Number(last!['version']) + 1)
      expect(row['before']).toEqual(last!['after'])
    }
  })
})
