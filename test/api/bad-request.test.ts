// Does every bad request get its exact 4xx, with a word about what and where, and change nothing?
// The table is bad-request.rows.ts; the database is compared by a checksum over all its tables, before and after.
import { connect } from 'node:net'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call, engines, startServer, type Answer, type TestServer } from '../support/server.ts'
import { badRequests, type BadRequest } from './bad-request.rows.ts'
import { ids, setUpDeals } from './deals.ts'

const sets = ['deals', 'firms', 'users', 'business_units', 'currencies', 'role_assignments', 'teams']

test('the table has at least 120 rows and no title twice', () => {
  expect(badRequests.length).toBeGreaterThanOrEqual(120)
  expect(new Set(badRequests.map(({ title }) => title)).size).toBe(badRequests.length)
})

describe.each(engines)('bad requests on %s', (engine) => {
  let server: TestServer
  let before: string
  beforeAll(async () => {
    server = await startServer({ engine })
    await setUpDeals(server)
    before = await snapshot(server)
  })
  afterAll(() => server?.stop())

  test.each(badRequests)('$title', async (row) => {
    const { method = 'GET', path, body, headers, status, code, says = {} } = fill(row)
    const answer = await call(server, method, path.startsWith('/api/') ? path : `/api/data/v1${path}`, body, headers)
    expect(answer.status, answer.text.slice(0, 500)).toBe(status)
    const said = problemIn(answer)
    expect(said.code, answer.text.slice(0, 500)).toBe(code)
    expect(said.message.length).toBeGreaterThan(0)
    expect(answer.headers.get('x-request-id')).toBeTruthy()
    if (status === 405) expect(answer.headers.get('allow')).toBeTruthy()
    if (says.target !== undefined) expect(said.target, answer.text).toBe(says.target)
    if (typeof says.pointer === 'string') expect(said.pointer, answer.text).toBe(says.pointer)
    if (says.pointer instanceof RegExp) expect(said.pointer, answer.text).toMatch(says.pointer)
    if (says.position !== undefined) expect(said.position, answer.text).toBe(says.position)
    if (says.hint !== undefined) expect(said.hint, answer.text).toMatch(says.hint)
    if (says.message !== undefined) expect(said.message, answer.text).toMatch(says.message)
    if (says.count !== undefined) expect(said.count, answer.text).toBe(says.count)
    expect(answer.text).not.toMatch(/node_modules|runtime\/src|\bat .*\.ts:|syntax error at or near/)
  })

  const unreadable: readonly [string, string, number, string][] = [
    [
      'an address of 20 kB',
      `GET /api/data/v1/deals?$filter=${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
      431,
      'limit.size',
    ],
    [
      'headers of 20 kB',
      `GET /api/data/v1/deals HTTP/1.1\r\nHost: x\r\nX-Long: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'limit.size',
    ],
    ['another protocol', 'HELO example.com\r\n\r\n', 400, 'request.malformed'],
    [
      'two lengths',
      'POST /api/data/v1/deals HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
      400,
      'request.malformed',
    ],
    [
      'a length beside chunks',
      'POST /api/data/v1/deals HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
      400,
      'request.malformed',
    ],
    [
      'a host that is none',
      'GET /api/data/v1/deals HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n',
      400,
      'request.malformed',
    ],
    [
      'a zero byte in a header',
      'GET /api/data/v1/deals HTTP/1.1\r\nHost: x\r\nX-A: a\0b\r\n\r\n',
      400,
      'request.malformed',
    ],
  ]
  test.each(unreadable)('%s, raw', async (_title, bytes, status, code) => {
    const answer = await sendRaw(server.url, bytes)
    const [head, body] = answer.split('\r\n\r\n')
    expect(head).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    expect(head).toContain('application/problem+json')
    expect(JSON.parse(body!)).toMatchObject({ status, code, detail: expect.any(String) })
  })

  test('nothing was changed by any of them', async () => {
    expect(await snapshot(server)).toBe(before)
  })

  test('the server’s own prototypes are untouched and it still works', async () => {
    const answer = await call(server, 'GET', `/api/data/v1/deals(${ids.first})?$select=name`)
    expect(answer.json).toMatchObject({ name: 'First' })
  })
})

/** Bytes to the server as they are; all that comes back until it closes. */
function sendRaw(url: string, bytes: string): Promise<string> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    let heard = ''
    const socket = connect(Number(port), hostname, () => socket.write(bytes))
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => (heard += text))
    socket.on('close', () => resolve(heard))
    socket.on('error', (error) => (heard === '' ? reject(error) : resolve(heard)))
  })
}

interface Said {
  code: string
  message: string
  target?: string
  pointer?: string
  position?: number
  hint?: string
  count: number
}

/** What an answer says, from either envelope. */
function problemIn({ json, text, headers }: Answer): Said {
  const type = headers.get('content-type') ?? ''
  const body = json as Record<string, unknown> | undefined
  if (body === undefined) throw new Error(`not JSON: ${text.slice(0, 300)}`)
  if (type.startsWith('application/problem+json')) {
    const {
      code,
      title,
      detail,
      problems = [],
      ...rest
    } = body as { code: string; title: string; detail?: string; problems?: unknown[] }
    return { ...rest, code, message: detail ?? title, count: problems.length }
  }
  const {
    code,
    message,
    target,
    details = [],
    innererror = {},
  } = body['error'] as { code: string; message: string; target?: string; details?: unknown[]; innererror?: object }
  return { ...innererror, code, message, target, count: details.length }
}

/** Tables that change by being asked (a key's sign-in) or by and by (the seals of the audit) rather than by what is asked. */
const restless = new Set(['session', 'verification', '_seal', '_seal_head', '_seal_rows'])

/** On PostgreSQL a checksum of every table of ours; on PGlite, which no second process may open, all that a client can read. */
async function snapshot(server: TestServer): Promise<string> {
  if (server.databaseUrl !== undefined) return checksums(server.databaseUrl)
  const parts = sets.map((set) => `/api/data/v1/${set}?$orderby=id`)
  const answers = await Promise.all(
    [...parts, '/api/model/history'].map(async (path) => `${path}\n${(await call(server, 'GET', path)).text}`),
  )
  return answers.join('\n')
}

async function checksums(databaseUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl })
  await client.connect()
  try {
    const { rows } = await client.query<{ table: string; name: string }>(
      `select format('%I.%I', schemaname, tablename) as "table", tablename as "name" from pg_tables where schemaname in ('t_default', 'platform') order by 1`,
    )
    const sums: string[] = []
    for (const { table, name } of rows) {
      if (restless.has(name)) continue
      const {
        rows: [sum],
      } = await client.query<{ count: string; md5: string }>(
        `select count(*) as count, md5(coalesce(string_agg(md5(t::text), '' order by t::text), '')) as md5 from ${table} t`,
      )
      sums.push(`${table} ${sum!.count} ${sum!.md5}`)
    }
    expect(sums.length).toBeGreaterThan(10)
    return sums.join('\n')
  } finally {
    await client.end()
  }
}

/** Puts real ids in the place of the placeholders. */
function fill(row: BadRequest): BadRequest {
  const put = (text: string) =>
    text.replaceAll('{id}', ids.second).replaceAll('{firm}', ids.acme).replaceAll('{none}', ids.none)
  const body =
    row.body === undefined || typeof row.body === 'string'
      ? row.body
      : (JSON.parse(put(JSON.stringify(row.body))) as unknown)
  return { ...row, path: put(row.path), body }
}
