// `node test/bench/security.ts`: what row security costs. The same requests of people who see everything, a quarter by their
// units, a rule, the people below them, and little by shares, a parent or ownership; all on one server and one PostgreSQL,
// interleaved. Ends with code 1 when a target is missed. How to read it: docs/performance.md
//   --size quick|full   10k/30k/20k records (default) or 100k/300k/200k    --rounds 5   --seconds 1
//   --ways units,low    --ops list,count   --json (one document)            --keep (stays up afterwards)
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { hasPostgres, startCluster } from '../support/postgres.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { handOut, makeCompany, share, signIn, ways, type Asker, type Way } from './company.ts'
import { fullSizes, makeData, quickSizes, type Pools } from './data.ts'
import { load, writeRequests, type Call } from './load.ts'
import { cpuSeconds } from './meter.ts'
import { draw, productCalls } from './operations.ts'
import { median } from './report.ts'
import { fillProduct, type Run } from './tables.ts'

const { values: options } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    size: { type: 'string', default: 'quick' },
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '1' },
    ways: { type: 'string', default: ways.join(',') },
    ops: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
})
const schema = 't_default'
const operations = ['newest', 'list', 'get', 'expand', 'count', 'aggregate', 'search'] as const
type Operation = (typeof operations)[number]

/** Who sees a quarter must not wait longer than so many times what the same takes without row security. */
const quarter = 1.3
/** A list of somebody who sees little must not take longer than so many times the administrator's. */
const little = 2
const lists: ReadonlySet<Operation> = new Set(['newest', 'list', 'expand', 'search'])

/** One operation of one way in one round. */
interface Taken {
  readonly way: Way
  readonly operation: Operation
  /** unit: milliseconds for one request. */
  readonly ms: number
  /** unit: CPU milliseconds of the database for one request. */
  readonly cpu: number
}

/** The medians over the rounds, and the ratios within each round to who sees everything. */
interface Line extends Taken {
  readonly ratio: number
  readonly cpuRatio: number
  readonly target?: number
}

const say = (text: string) => void (options.json ? process.stderr : process.stdout).write(`${text}\n`)

if (!hasPostgres()) {
  say('SKIPPED: the benchmark needs PostgreSQL binaries on this machine')
  process.exit(0)
}
const folder = mkdtempSync(join(tmpdir(), 'peyvand-bench-'))
try {
  const lines = await measured()
  say(tableOf(lines))
  const missed = lines.filter(({ ratio, target = Infinity }) => ratio > target)
  for (const { way, operation, ratio, target } of missed)
    say(`MISSED: ${operation} of who sees ${way}: ${ratio.toFixed(2)} of at most ${target}`)
  if (options.json) process.stdout.write(`${JSON.stringify({ ...options, lines })}\n`)
  process.exitCode = missed.length === 0 ? 0 : 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}

async function measured(): Promise<Line[]> {
  const cluster = await startCluster({
    shared_buffers: '512MB',
    work_mem: '8MB',
    max_wal_size: '4GB',
    random_page_cost: '1.1',
  })
  const client = new pg.Client({ connectionString: cluster.url, application_name: 'bench' })
  const run: Run = (text, values) => client.query(text, values === undefined ? undefined : [...values])
  let server: TestServer | undefined
  try {
    await client.connect()
    server = await startServer({ engine: 'postgres', env: { DATABASE_URL: cluster.url, LOG_LEVEL: 'error' } })
    const company = await makeCompany(server, run, schema)
    const first = company.askers.all.id
    const sizes = options.size === 'full' ? fullSizes : quickSizes
    const data = handOut(makeData(sizes, [first, '00000002-aaaa-4aaa-8aaa-000000000002']), first, company)
    await fillProduct(run, schema, data, 'postgres')
    await share(run, schema, company)
    const all = await signIn(server, company)
    const askers = all.filter(({ way }) => way === 'all' || options.ways.split(',').includes(way))
    say(`node ${process.version}, ${options.size} data, medians of ${options.rounds} rounds`)
    const readable = await idsOf(server, askers)
    const place = { port: Number(new URL(server.url).port), server: server.pid, database: cluster.pid }
    const taken = await rounds(askers, place, (way) => ({ ...data.pools, accountIds: readable.get(way)! }))
    if (options.keep) await new Promise(() => say(JSON.stringify({ url: server!.url, database: cluster.url, all })))
    return linesOf(taken)
  } finally {
    await server?.stop()
    await client.end()
    await cluster.stop()
  }
}

/** Ids of accounts that each may read: a record that is not there costs nothing. */
async function idsOf({ url }: TestServer, askers: readonly Asker[]): Promise<Map<Way, string[]>> {
  const found = new Map<Way, string[]>()
  for (const { way, key } of askers) {
    const answer = await fetch(`${url}/api/data/v1/accounts?$select=id&$top=1000`, {
      headers: { authorization: `Bearer ${key}` },
    })
    const { value } = (await answer.json()) as { value: { id: string }[] }
    if (value.length === 0) throw new Error(`who sees ${way} sees nothing`)
    found.set(
      way,
      value.map(({ id }) => id),
    )
  }
  return found
}

function callsOf(operation: Operation, pools: Pools): Call[] {
  const path = '/api/data/v1/opportunities?%24select=id,name,stage,amount&%24orderby=created_at%20desc&%24top=50'
  if (operation === 'newest') return [{ method: 'GET', path }]
  return draw(pools, 7, 500).map(productCalls[operation])
}

interface Place {
  readonly port: number
  readonly server: number
  readonly database: number
}

/** Every operation of everybody in every round, each round beginning with another one. */
async function rounds(askers: readonly Asker[], place: Place, poolsOf: (way: Way) => Pools): Promise<Taken[]> {
  const chosen = operations.filter((name) => options.ops === '' || options.ops.split(',').includes(name))
  const file = (way: Way, operation: Operation) => join(folder, `${way}.${operation}`)
  for (const { way, key } of askers)
    for (const operation of chosen)
      writeRequests(file(way, operation), place.port, key, callsOf(operation, poolsOf(way)))
  const taken: Taken[] = []
  for (let round = 0; round < Number(options.rounds); round++)
    for (const operation of chosen)
      for (let i = 0; i < askers.length; i++) {
        const { way } = askers[(i + round) % askers.length]!
        const order = { file: file(way, operation), port: place.port, connections: 1, offset: 17 * (round + 1) }
        // The first requests compile, plan and fill caches.
        if (round === 0) await load({ ...order, seconds: 1 })
        const before = cpuSeconds(place.database)
        const { requests, failed, p50 } = await load({ ...order, seconds: Number(options.seconds) })
        const cpu = ((cpuSeconds(place.database) - before) * 1000) / requests
        if (failed > 0) throw new Error(`${failed} requests of ${operation} of who sees ${way} failed`)
        taken.push({ way, operation, ms: p50, cpu })
      }
  return taken
}

function linesOf(taken: readonly Taken[]): Line[] {
  const groups = [...Map.groupBy(taken, ({ way, operation }) => `${operation} ${way}`).values()]
  return groups.map((own) => {
    const { way, operation } = own[0]!
    const base = taken.filter((one) => one.way === 'all' && one.operation === operation)
    const over = (of: (one: Taken) => number) => median(own.map((one, i) => of(one) / of(base[i]!)))
    const target = targetOf(way, operation)
    return {
      way,
      operation,
      ms: median(own.map(({ ms }) => ms)),
      cpu: median(own.map(({ cpu }) => cpu)),
      ratio: over(({ ms }) => ms),
      cpuRatio: over(({ cpu }) => cpu),
      ...(target === undefined ? {} : { target }),
    }
  })
}

function targetOf(way: Way, operation: Operation): number | undefined {
  if (way === 'all') return undefined
  if (way === 'units' || way === 'rule' || way === 'reports') return quarter
  return lists.has(operation) ? little : undefined
}

/** A table for docs: milliseconds of a request and, in brackets, how many times as long as without row security. */
function tableOf(lines: readonly Line[]): string {
  const columns = ways.filter((way) => lines.some((line) => line.way === way))
  const cell = ({ ms, ratio, cpuRatio, way }: Line) =>
    way === 'all' ? `${ms.toFixed(2)} ms` : `${ms.toFixed(2)} ms, ${ratio.toFixed(2)} × (${cpuRatio.toFixed(2)})`
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const body = [...Map.groupBy(lines, ({ operation }) => operation)].map(([operation, some]) =>
    row([operation, ...columns.map((way) => cell(some.find((line) => line.way === way)!))]),
  )
  return [row(['operation', ...columns]), row(['---', ...columns.map(() => '---')]), ...body].join('\n')
}
