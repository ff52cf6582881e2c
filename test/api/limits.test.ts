// Does every row of the table of limits (runtime/src/limits.ts) answer what it says, with settings that make each easy to reach?
// A limit without a case here is a type error. Also: do answers say how much is left, and does the loop stay free under attack?
import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { problemCodes } from '@peyvand/core/base/problem.ts'
import { limits, limitsPage, type Limit } from '@peyvand/runtime/limits.ts'
import {
  adminEmail,
  adminPassword,
  call,
  engines,
  startServer,
  type Answer,
  type TestServer,
} from '../support/server.ts'
import { freshDatabase, type FreshDatabase } from '../support/database.ts'
import { definitions, setUpDeals } from './deals.ts'

/** Limits that are low enough to be gone over in a moment. */
const low = {
  BODY_LIMIT: '20000',
  MODEL_LIMIT: '30000',
  IMPORT_LIMIT: '9000',
  FILE_LIMIT: '9000',
  BULK_BYTES: '40000',
  BULK_LIMIT: '20',
  BATCH_LIMIT: '3',
  QUERY_LENGTH: '2000',
  FILTER_NODES: '30',
  FILTER_DEPTH: '8',
  EXPAND_DEPTH: '5',
  EXPAND_LIMIT: '3',
  ALIAS_LIMIT: '4',
  CASCADE_LIMIT: '3',
  QUERY_COST: '10000',
  USER_REQUESTS: '2',
  USER_QUEUE: '2',
  SIGN_IN_LIMIT: '1',
  EXPORT_LIMIT: '1',
} as const

type Case = (server: TestServer) => Promise<readonly Answer[]>
const data = '/api/data/v1'
const get =
  (query: string, path = 'firms'): Case =>
  async (server) => [await call(server, 'GET', `${data}/${path}?${query}`)]
const post =
  (path: string, body: unknown, headers = {}): Case =>
  async (server) => [await call(server, 'POST', path, body, headers)]
const repeated = (times: number, text: string, between = '') => Array(times).fill(text).join(between)
const text = (length: number) => 'x'.repeat(length)
const csv = { 'content-type': 'text/csv' }

/** The answers of a burst, of which the refused ones are looked at. */
const burst =
  (count: number, send: (server: TestServer, i: number) => Promise<Answer>): Case =>
  async (server) => {
    const answers = await Promise.all(Array.from({ length: count }, (_, i) => send(server, i)))
    expect(answers.some(({ status }) => status < 300)).toBe(true)
    return answers.filter(({ status }) => status >= 400)
  }
/** A GraphQL document, answered with a problem of its own. */
const graphql = (query: string): Case => post('/api/graphql', { query })
const nested = (depth: number): string =>
  depth === 1
    ? 'children,parent,deals'
    : `children($expand=${nested(depth - 1)}),parent($expand=${nested(depth - 1)}),deals($expand=firm)`

/** `rate` has a test of its own below, `strangers` one in anonymous.test.ts. */
const cases: Readonly<Record<Exclude<keyof typeof limits, 'rate' | 'strangers'>, Case>> = {
  body: post(`${data}/firms`, { name: text(20_001) }),
  modelBody: post('/api/model/plan', {
    changes: [{ op: 'put', definition: { ...definitions[0], label: text(31_000) } }],
  }),
  importFile: post('/api/import/firm', `name\n${text(9_001)}\n`, csv),
  file: post('/api/files', text(9_001), { 'content-type': 'application/octet-stream' }),
  bulkBody: post(`${data}/firms/$bulk`, { create: [{ name: text(40_001) }] }),
  bulkRows: post(`${data}/firms/$bulk`, { create: Array.from({ length: 21 }, (_, i) => ({ name: `F${i}` })) }),
  batch: post(`${data}/$batch`, {
    requests: Array.from({ length: 4 }, (_, i) => ({ id: `${i}`, method: 'GET', url: 'firms' })),
  }),
  jsonDepth: post(`${data}/firms`, `{"name":${repeated(32, '[')}${repeated(32, ']')}}`),
  length: get(`$filter=name eq '${text(2_001)}'`),
  nodes: get(`$filter=${repeated(16, "name eq 'a'", ' or ')}`),
  depth: get(`$filter=${repeated(9, '(')}name eq 'a'${repeated(9, ')')}`),
  expandDepth: get('$expand=children($levels=6)'),
  expands: get('$expand=children,parent,deals,owner'),
  expandsInAll: get(`$expand=${nested(5)}`),
  cascade: async (server) => {
    const made = await call(server, 'POST', `${data}/firms`, { name: 'parent of many' })
    const { id } = made.json as { id: string }
    const create = Array.from({ length: 4 }, (_, i) => ({ name: `child ${i}`, parent_id: id }))
    expect((await call(server, 'POST', `${data}/firms/$bulk`, { create })).status).toBe(200)
    return [await call(server, 'DELETE', `${data}/firms(${id})`)]
  },
  aliases: get(`$filter=name eq @a1&${[1, 2, 3, 4, 5].map((i) => `@a${i}='x'`).join('&')}`),
  page: async (server) => [await call(server, 'GET', `${data}/firms`, undefined, { prefer: 'odata.maxpagesize=5001' })],
  cost: get("$filter=contains(name,'x') and contains(city,'y')"),
  time: async (server) => [
    await call(server, 'GET', `${data}/$crossjoin(firms,deals)?$filter=contains(firms/name,deals/name)&$count=true`),
  ],
  graphqlLength: graphql(`{ revision ${repeated(100_000, ' ')} }`),
  graphqlTokens: graphql(`{ ${repeated(4_000, 'revision ')} }`),
  graphqlDefinitions: graphql(Array.from({ length: 51 }, (_, i) => `query q${i} { revision }`).join(' ')),
  graphqlDepth: graphql(`{ firms { nodes ${repeated(15, '{ parent ')} { id } ${repeated(15, '}')} } }`),
  graphqlBrackets: graphql(`{ firms(filter: ${repeated(64, '{ NOT: ')} {} ${repeated(64, '}')}) { totalCount } }`),
  graphqlFields: graphql(`{ firms { nodes { ${repeated(1_000, 'id ')} } } }`),
  graphqlCompared: graphql(`{ firms { nodes { ${repeated(150, 'parent { id } ')} } } }`),
  graphqlAliases: graphql(`{ firms { nodes { ${Array.from({ length: 51 }, (_, i) => `a${i}: id`).join(' ')} } } }`),
  graphqlDirectives: graphql(`{ firms { totalCount ${repeated(51, '@skip(if: false) ')} } }`),
  graphqlRoots: graphql(`{ ${repeated(21, 'revision ')} }`),
  graphqlRecords: graphql('{ firms(first: 1000) { nodes { deals(first: 20) { nodes { id } } } } }'),
  atOnce: burst(40, (server) => call(server, 'GET', `${data}/firms?$top=1`)),
  exports: burst(2, (server) => call(server, 'GET', '/api/export/deal')),
  signIns: async (server) => {
    const guess = { email: 'nobody@example.com', password: 'a wrong password' }
    const send = () => call(server, 'POST', '/api/auth/sign-in/email', guess, { origin: server.url })
    expect((await send()).status).toBe(401)
    return [await send()]
  },
}

/** Limits that need a server of their own, because they would refuse what the others ask first. */
const apart: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  time: { QUERY_COST: '0', STATEMENT_TIMEOUT: '2000' },
  expandsInAll: { FILTER_DEPTH: '20', QUERY_LENGTH: '8192' },
}

test('the page of limits is what the table says', async () => {
  expect(await readFile(new URL('../../docs/limits.md', import.meta.url), 'utf8')).toBe(limitsPage())
})

describe.each(engines)('limits on %s', (engine) => {
  let database: FreshDatabase
  let server: TestServer
  const start = (env: Readonly<Record<string, string>>) => {
    const { databaseUrl, dataDir } = database.config
    return startServer({
      engine,
      env: { DATA_DIR: dataDir, ...(databaseUrl ? { DATABASE_URL: databaseUrl } : {}), ...env },
    })
  }
  beforeAll(async () => {
    database = await freshDatabase(engine)
    server = await start({})
    await setUpDeals(server)
    for (const set of ['firms', 'deals']) {
      const create = Array.from({ length: 4_000 }, (_, i) => ({ name: `${set} ${i} ${text(30)}` }))
      expect((await call(server, 'POST', `${data}/${set}/$bulk`, { create })).status).toBe(200)
    }
    await server.stop()
    server = await start(low)
  })
  afterAll(async () => {
    await server?.stop()
    await database?.remove()
  })

  test.each(Object.entries(cases))('%s', async (name, ask) => {
    const { answer, ...limit } = (limits as Readonly<Record<string, Limit>>)[name]!
    const own = apart[name] === undefined ? undefined : await serverWith(apart[name])
    const answers = await ask(own ?? server)
    await back(own)
    expect(answers.length).toBeGreaterThan(0)
    for (const { status, headers, text: body } of answers) {
      if (answer === 'cut') {
        expect([status, headers.get('preference-applied')]).toEqual([200, `odata.maxpagesize=${String(limit.most)}`])
        continue
      }
      expect([status, body], body.slice(0, 300)).toEqual([problemCodes[answer].status, expect.stringContaining(answer)])
      if (status === 429) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
    }
  })

  /** The low limits with some others: the embedded database has one process at a time. */
  async function serverWith(env: Readonly<Record<string, string>>): Promise<TestServer> {
    await server.stop()
    return start({ ...low, USER_REQUESTS: '0', ...env })
  }

  async function back(own: TestServer | undefined): Promise<void> {
    if (own === undefined) return
    await own.stop()
    server = await start(low)
  }

  test('rate: answers to sessions and keys say what one person has left, and beyond it 429 with Retry-After', async () => {
    const own = await serverWith({ RATE_LIMIT: '12' })
    const cookie = await sessionOf(own)
    const ask = (headers: Record<string, string>) => fetch(`${own.url}/api/me`, { headers })
    const [session, key] = [{ cookie }, { authorization: `Bearer ${own.adminKey}` }]
    const asked: Response[] = []
    for (const by of [session, key, session]) asked.push(await ask(by))
    let last = asked[0]!
    for (let i = 0; i < 12 && last.status === 200; i++) last = await ask(session)
    const refused = [last, await ask(key)]
    const { code } = (await last.json()) as { code: string }
    await back(own)
    const left = asked.map(({ headers }) => Number(headers.get('ratelimit-remaining')))
    expect(asked.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(left).toEqual([0, 1, 2].map((spent) => left[0]! - spent))
    expect(asked[1]!.headers.get('ratelimit-limit')).toBe('12')
    expect(Number(asked[1]!.headers.get('ratelimit-reset'))).toBeGreaterThan(0)
    expect(code).toBe(limits.rate.answer)
    for (const { status, headers } of refused) {
      expect(status).toBe(429)
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0)
      expect(headers.get('ratelimit-remaining')).toBe('0')
    }
  })

  /** A signed-in browser's cookie. */
  async function sessionOf({ url }: TestServer): Promise<string> {
    const signedIn = await fetch(`${url}/api/auth/sign-in/email`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: url },
      body: JSON.stringify({ email: adminEmail, password: adminPassword }),
    })
    expect(signedIn.status).toBe(200)
    return signedIn.headers
      .getSetCookie()
      .map((each) => each.split(';')[0])
      .join('; ')
  }

  test('more requests than may run at once wait for their turn', async () => {
    const answers = await Promise.all([1, 2, 3, 4].map(() => call(server, 'GET', `${data}/firms?$top=1`)))
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200])
  })

  test('the limits in force are told', async () => {
    const { json } = await call(server, 'GET', '/api/me/limits')
    const told = (json as { value: { name: string; most: number; setting?: string }[] }).value
    expect(told.map(({ name }) => name)).toEqual(Object.keys(limits))
    expect(told.find(({ name }) => name === 'nodes')).toMatchObject({ most: 30, setting: 'FILTER_NODES' })
  })
})
