// The model of a large table changes while people read and write it: no request fails, none waits long for a lock, and each
// change is taken back afterwards with the data as it was. `ROWS=1000000` by hand; few rows in an ordinary run. A second
// story kills the server in the middle of a job: the next one ends it.
import { Agent, request } from 'node:http'
import pg from 'pg'
import { describe, expect, it } from 'vitest'
import { hasPostgres } from '../support/postgres.ts'
import { call, startServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const rows = Number(process.env['ROWS'] ?? 20_000)
/** unit: requests per second */
const rate = Number(process.env['RATE'] ?? 200)
/** unit: milliseconds */
const longestWait = 500
const patience = 60_000 + rows
const hot = Math.min(500, rows)
const env = { JOB_ROWS: String(Math.min(1_000, rows / 2)) }
if (!hasPostgres()) console.log('SKIPPED: model changes under load (no PostgreSQL on this machine)')

interface Field {
  readonly name: string
  readonly type: string
  readonly id?: string
  readonly [setting: string]: unknown
}
interface Entity {
  readonly fields: readonly Field[]
  readonly keys?: readonly object[]
}

const moves: readonly { readonly title: string; readonly change: (entity: Entity) => Entity }[] = [
  { title: 'add a field', change: ({ fields }) => ({ fields: [...fields, { name: 'remark', type: 'text' }] }) },
  { title: 'rename a field', change: ({ fields }) => ({ fields: changed(fields, 'extra', { name: 'other' }) }) },
  {
    title: 'integer becomes bigint',
    change: ({ fields }) => ({ fields: changed(fields, 'amount', { type: 'bigint' }) }),
  },
  {
    title: 'required, with backfill',
    change: ({ fields }) => ({ fields: changed(fields, 'grade', { required: true, default: 'normal' }) }),
  },
  {
    title: 'add a unique key',
    change: ({ fields }) => ({ fields, keys: [{ name: 'code', fields: ['code'] }] }),
  },
  {
    title: 'add a lookup',
    change: ({ fields }) => ({ fields: [...fields, { name: 'place', type: 'lookup', target: 'place' }] }),
  },
  {
    title: 'drop a field, restore it',
    change: ({ fields }) => ({ fields: fields.filter(({ name }) => name !== 'extra') }),
  },
]

function changed(fields: readonly Field[], name: string, change: Partial<Field>): Field[] {
  return fields.map((field) => (field.name === name ? { ...field, ...change } : field))
}

describe.skipIf(!hasPostgres())('on PostgreSQL', () => {
  it(
    `changes a table of ${rows} rows under ${rate} requests a second`,
    { timeout: 60_000 + patience * 8 },
    async () => {
      const server = await startServer({ engine: 'postgres', env })
      const database = new pg.Client({ connectionString: server.databaseUrl })
      await database.connect()
      try {
        await prepare(server, database)
        const load = startLoad(server)
        const locks = watchLocks(server.databaseUrl!)
        const before = await checksum(database)
        for (const { title, change } of moves) {
          const started = performance.now()
          const undo = await apply(server, change)
          const applied = performance.now()
          await takeBack(server, undo)
          expect([title, await checksum(database)]).toEqual([title, before])
          const [there, back] = [applied - started, performance.now() - applied].map(Math.round)
          const { slowest, p99, failed } = load.look()
          const waited = Math.round(locks.look())
          console.log(
            `${title.padEnd(26)} ${there} ms, back ${back} ms · p99 ${p99} ms, slowest ${slowest} ms, longest lock wait ${waited} ms, failed ${failed.length}`,
          )
          expect(failed).toEqual([])
          expect(waited).toBeLessThan(longestWait)
        }
        const sent = await load.stop()
        await locks.stop()
        console.log(`${sent} requests, none failed`)
        expect(sent).toBeGreaterThan(rate)
      } finally {
        await database.end()
        await server.stop()
      }
    },
  )

  it('a killed server’s job is ended by the next', { timeout: 180_000 + rows }, async () => {
    const first = await startServer({ engine: 'postgres', env })
    const database = new pg.Client({ connectionString: first.databaseUrl })
    await database.connect()
    let second: TestServer | undefined
    try {
      await prepare(first, database)
      const before = await checksum(database)
      const { jobs } = await send(first, ({ fields }) => ({ fields: changed(fields, 'amount', { type: 'bigint' }) }))
      await until(async () => {
        const { rows: found } = await database.query<{ n: number }>(
          `select count(*)::int as n from t_default._job where progress ->> 'at' like '0:%' or (progress ->> 'done')::int > 0`,
        )
        return found[0]!.n > 0 ? true : undefined
      })
      process.kill(first.pid, 'SIGKILL')
      expect(await typeOfAmount(database)).toBe('integer')
      second = await startServer({ engine: 'postgres', env: { ...env, DATABASE_URL: first.databaseUrl! } })
      for (const id of jobs ?? []) await ended(second, id)
      expect([await typeOfAmount(database), await checksum(database)]).toEqual(['bigint', before])
    } finally {
      await database.end()
      await second?.stop()
      await first.stop()
    }
  })
})

const own: readonly Field[] = [
  { name: 'name', type: 'text', maxLength: 100, indexed: true },
  { name: 'amount', type: 'integer' },
  { name: 'code', type: 'text', maxLength: 40 },
  { name: 'grade', type: 'text', maxLength: 20 },
  { name: 'extra', type: 'text', maxLength: 40 },
]

async function prepare(server: TestServer, database: pg.Client): Promise<void> {
  const entity = (name: string, fields: readonly Field[]) => ({
    op: 'put',
    definition: { kind: 'entity', name, entitySet: `${name}s`, primaryField: 'name', fields },
  })
  const changes = [entity('place', [{ name: 'name', type: 'text' }]), entity('load', own)]
  const { status, text } = await call(server, 'POST', '/api/model/apply', { changes })
  expect([status, text]).toEqual([200, expect.any(String)])
  await database.query(
    `insert into t_default.load (id, name, amount, code, extra, created_at, modified_at, version)
      select ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 'row ' || n, n % 1000, 'C-' || n, 'x' || n % 97, now(), now(), 1
      from generate_series(1, $1::int) n`,
    [rows],
  )
  await database.query('vacuum analyze t_default.load')
}

/** The rows nobody writes to, as they are seen: a name or a type that changed and came back leaves it the same. */
async function checksum(database: pg.Client): Promise<string> {
  const { rows: found } = await database.query<{ sum: string }>(
    `select count(*) || ':' || sum(hashtextextended(concat_ws('|', id, name, amount, code, extra), 0)) as sum from t_default.load
      where id > $1::uuid and id <= $2::uuid`,
    [idOf(hot), idOf(rows)],
  )
  return found[0]!.sum
}

async function typeOfAmount(database: pg.Client): Promise<string | undefined> {
  const { rows: found } = await database.query<{ type: string }>(
    `select data_type as type from information_schema.columns where table_schema = 't_default' and table_name = 'load' and column_name = 'amount'`,
  )
  return found[0]?.type
}

const idOf = (n: number) => `00000000-0000-7000-8000-${n.toString(16).padStart(12, '0')}`

interface Applied {
  readonly undo: string
  readonly jobs?: readonly string[]
}

async function send(server: TestServer, change: (entity: Entity) => Entity): Promise<Applied> {
  const model = (await call(server, 'GET', '/api/model')).json as { entities: { name: string; fields: Field[] }[] }
  const known = model.entities.find(({ name }) => name === 'load')!.fields.filter((field) => field['system'] !== true)
  const fields = known.map(({ label: _label, ...field }) => field as Field)
  const definition = { kind: 'entity', name: 'load', entitySet: 'loads', primaryField: 'name', ...change({ fields }) }
  const changes = [{ op: 'put', definition }]
  const plan = await call(server, 'POST', '/api/model/plan', { changes })
  expect([plan.status, plan.text.slice(0, 300)]).toEqual([200, expect.any(String)])
  const { plan: hash } = plan.json as { plan: string }
  const answer = await call(server, 'POST', '/api/model/apply', { changes, plan: hash })
  expect([answer.status, answer.text]).toEqual([200, expect.any(String)])
  return answer.json as Applied
}

async function apply(server: TestServer, change: (entity: Entity) => Entity): Promise<string> {
  const { undo, jobs = [] } = await send(server, change)
  for (const id of jobs) await ended(server, id)
  return undo
}

async function takeBack(server: TestServer, undo: string): Promise<void> {
  const answer = await call(server, 'POST', `/api/model/undo/${undo}`)
  expect([answer.status, answer.text]).toEqual([200, expect.any(String)])
  for (const id of (answer.json as Applied).jobs ?? []) await ended(server, id)
}

/** Waits until a job is done, and those it left over. */
async function ended(server: TestServer, id: string): Promise<void> {
  const job = await until(async () => {
    const { json } = await call(server, 'GET', `/api/jobs/${id}`)
    const found = json as { state: string; error: unknown; result: { jobs?: string[] } | null }
    return found.state === 'queued' || found.state === 'running' ? undefined : found
  }, patience)
  expect([job.state, job.error]).toEqual(['done', null])
  for (const next of job.result?.jobs ?? []) await ended(server, next)
}

interface Load {
  /** What happened since it was asked last. unit: milliseconds */
  look(): { readonly slowest: number; readonly p99: number; readonly failed: readonly unknown[] }
  stop(): Promise<number>
}

/** Reads and writes at a steady pace over connections that stay open. */
function startLoad(server: TestServer): Load {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 })
  const failed: unknown[] = []
  const running = new Set<Promise<void>>()
  let times: number[] = []
  let [sent, due] = [0, performance.now()]
  const one = async (n: number): Promise<void> => {
    const started = performance.now()
    const [method, path, body] = requestOf(n)
    try {
      const { status, text } = await over(agent, server, method, path, body)
      if (status >= 400) failed.push([method, path, status, text.slice(0, 300)])
    } catch (error) {
      failed.push([method, path, String(error)])
    }
    times.push(performance.now() - started)
  }
  const timer = setInterval(() => {
    for (; due <= performance.now(); due += 1_000 / rate) {
      const done = one(sent++).finally(() => void running.delete(done))
      running.add(done)
    }
  }, 5)
  return {
    look: () => {
      const sorted = times.sort((a, b) => a - b)
      times = []
      const at = (share: number) => Math.round(sorted[Math.floor(sorted.length * share)] ?? 0)
      return { slowest: Math.round(sorted.at(-1) ?? 0), p99: at(0.99), failed: [...failed] }
    },
    stop: async () => {
      clearInterval(timer)
      await Promise.all(running)
      agent.destroy()
      return sent
    },
  }
}

function requestOf(n: number): [string, string, object?] {
  const id = idOf(1 + ((n * 7) % hot))
  switch (n % 5) {
    case 0:
      return ['POST', '/api/data/v1/loads', { name: `new ${n}`, amount: n % 1000, code: `N-${n}`, grade: 'good' }]
    case 1:
      return ['GET', `/api/data/v1/loads(${id})`]
    case 2:
      return ['PATCH', `/api/data/v1/loads(${id})`, { amount: n % 1000 }]
    case 3:
      return ['GET', `/api/data/v1/loads?$filter=name eq 'row ${1 + (n % rows)}'&$select=name,amount,code`]
    default:
      return ['GET', '/api/data/v1/loads?$orderby=created_at desc&$top=20&$select=name,amount']
  }
}

function over(
  agent: Agent,
  server: TestServer,
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; text: string }> {
  const content = body === undefined ? {} : { 'content-type': 'application/json' }
  const headers = { authorization: `Bearer ${server.adminKey}`, ...content }
  return new Promise((resolve, reject) => {
    const sent = request(server.url + encodeURI(path), { agent, method, headers }, (answer) => {
      let text = ''
      answer.on('data', (chunk: Buffer) => (text += chunk.toString()))
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
      answer.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

/** Looks all the time who waits for a lock on a table or a record; changes of the model may wait, requests may not. */
function watchLocks(url: string): { look(): number; stop(): Promise<void> } {
  const client = new pg.Client({ connectionString: url })
  let longest = 0
  const stopping = new AbortController()
  const watching = (async () => {
    await client.connect()
    while (!stopping.signal.aborted) {
      const { rows: found } = await client.query<{ ms: number | null }>(
        `select (extract(epoch from max(clock_timestamp() - l.waitstart)) * 1000)::float8 as ms from pg_catalog.pg_locks l
          join pg_catalog.pg_stat_activity a on a.pid = l.pid where not l.granted and l.locktype <> 'advisory'
            and a.datname = current_database() and a.query !~* '^\\s*(alter|create|drop|validate|lock)'`,
      )
      longest = Math.max(longest, found[0]?.ms ?? 0)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
    await client.end()
  })()
  return {
    look: () => {
      const seen = longest
      longest = 0
      return seen
    },
    stop: () => {
      stopping.abort()
      return watching
    },
  }
}
