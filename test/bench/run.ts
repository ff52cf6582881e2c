// `pnpm bench`: the product beside a raw server that does nothing but the statement, on one PostgreSQL, interleaved; then the
// product alone on the embedded database. Prints requests per second, share, latency, CPU and SQL statements per request,
// how long a publish and a start take. What it compares and how to read it: docs/performance.md
//   --size quick|full   10k/30k/20k records (default) or 100k/300k/200k    --embedded quick|full|none
//   --ops get,list,…    --connections 1,32   --seconds 3   --rounds 3   --extra 90 (further entities in the model)
//   --against json,raw  which raw servers run beside it   --json (one document on standard output, the rest on standard error)
//   --out figures.jsonl (every run as it happens)          --keep (stays up afterwards)
import type { ChildProcess } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { hasPostgres, startCluster } from '../support/postgres.ts'
import { fullSizes, makeData, quickSizes, type Data } from './data.ts'
import { hasWrk } from './load.ts'
import { compare, measure, type Measured, type Rounds } from './measure.ts'
import { draw, operations, productCalls, rawCalls, type OperationName } from './operations.ts'
import { publishTimes, startEmbedded, startProduct, startTimes, type Product } from './product.ts'
import { linesOf, median, tableOf, type Known, type Line } from './report.ts'
import type { Holding } from './same.ts'
import { ask, rawToken, startRaw, type Side } from './side.ts'
import { countStatements, loggingSettings } from './statements.ts'
import { cleanUp, fillProduct, fillRaw, type Run } from './tables.ts'

const schema = 't_default'
const { values: options } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    size: { type: 'string', default: 'quick' },
    embedded: { type: 'string', default: 'quick' },
    ops: { type: 'string', default: operations.join(',') },
    connections: { type: 'string', default: '1,32' },
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    extra: { type: 'string', default: '90' },
    against: { type: 'string', default: 'json' },
    json: { type: 'boolean', default: false },
    out: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
})

const say = (text: string) => void (options.json ? process.stderr : process.stdout).write(`${text}\n`)
const chosen = options.ops.split(',') as OperationName[]
/** Operations that may be asked again. */
const reads: ReadonlySet<OperationName> = new Set(['get', 'list', 'expand', 'count', 'aggregate', 'search'])

if (!hasPostgres()) {
  say('SKIPPED: the benchmark needs PostgreSQL binaries on this machine')
  process.exit(0)
}
const folder = mkdtempSync(join(tmpdir(), 'peyvand-bench-'))
try {
  const [postgres, publish, start] = await onPostgres()
  const embedded = options.embedded === 'none' ? [] : await onEmbedded()
  if (options.json) {
    const { size, rounds, seconds, extra } = options
    process.stdout.write(`${JSON.stringify({ size, rounds, seconds, extra, postgres, publish, start, embedded })}\n`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

/** The product beside the raw servers. */
async function onPostgres(): Promise<[lines: Line[], publish: number, start: number]> {
  const cluster = await startCluster({
    shared_buffers: '512MB',
    work_mem: '8MB',
    max_wal_size: '4GB',
    random_page_cost: '1.1',
    ...loggingSettings,
  })
  const client = new pg.Client({ connectionString: cluster.url, application_name: 'bench' })
  const run: Run = (text, values) => client.query(text, values === undefined ? undefined : [...values])
  const children: ChildProcess[] = []
  let product: Product | undefined
  try {
    await client.connect()
    product = await startProduct(cluster.url, Number(options.extra))
    const data = dataFor(options.size, product.user)
    await fillRaw(run, data)
    await fillProduct(run, schema, data, 'postgres')
    const sides: Side[] = []
    for (const mode of options.against.split(',').filter((name) => name !== '')) {
      const { port, child } = await startRaw(cluster.url, mode, product.user)
      children.push(child)
      const name = mode === 'raw' ? 'raw-raw' : 'raw-json'
      sides.push({ name, port, pid: child.pid!, databasePid: cluster.pid, token: rawToken, calls: rawCalls })
    }
    sides.push({ ...productSide(product), databasePid: cluster.pid })
    const load = `load by ${hasWrk ? 'wrk' : 'the own generator'}`
    say(`node ${process.version}, ${load}, ${options.size} data, ${product.entities} entities in the model`)
    const held = await compare(sides, data.pools, chosen)
    const statements = await statementsOf(run, sides, data)
    const measured = await measure(
      sides,
      data.pools,
      roundsOf(() => cleanUp(run, schema)),
    )
    const lines = linesOf(measured, knownFrom(held, statements))
    say(`\nPostgreSQL, ${options.size} data, medians of ${options.rounds} rounds\n${tableOf(lines)}\n`)
    const publish = await publishTimes(product.server, 7)
    const start = await startTimes(cluster.url, 5)
    say(`publish of an added field at ${product.entities} entities, to its first use: ${spread(publish)}`)
    say(`start to ready: ${spread(start)}`)
    if (options.keep)
      await new Promise(() => say(JSON.stringify({ sides, database: cluster.url, pid: cluster.pid, folder }, null, 1)))
    return [lines, median(publish), median(start)]
  } finally {
    for (const child of children) child.kill()
    await product?.server.stop()
    await client.end()
    await cluster.stop()
  }
}

/** The product alone, on the embedded database. */
async function onEmbedded(): Promise<Line[]> {
  let data: Data | undefined
  const product = await startEmbedded(join(folder, 'embedded'), Number(options.extra), async (run, user) => {
    data = dataFor(options.embedded, user)
    await fillProduct(run, schema, data, 'pglite')
  })
  try {
    const side: Side = { ...productSide(product), name: 'embedded' }
    const held = await compare([side], data!.pools, chosen)
    const measured = await measure(
      [side],
      data!.pools,
      roundsOf(() => Promise.resolve()),
    )
    const lines = linesOf(measured, knownFrom(held, new Map()))
    say(`\nembedded database, ${options.embedded} data (its CPU is the server's)\n${tableOf(lines)}`)
    return lines
  } finally {
    await product.server.stop()
  }
}

function productSide({ server, key }: Product): Side {
  return { name: 'product', port: Number(new URL(server.url).port), pid: server.pid, token: key, calls: productCalls }
}

function dataFor(size: string, user: string): Data {
  const others = Array.from({ length: 7 }, (_, i) => `0000000${i + 2}-aaaa-4aaa-8aaa-00000000000${i + 2}`)
  return makeData(size === 'full' ? fullSizes : quickSizes, [user, ...others])
}

function roundsOf(restore: () => Promise<void>): Rounds {
  return {
    operations: chosen,
    connections: options.connections.split(',').map(Number),
    seconds: Number(options.seconds),
    rounds: Number(options.rounds),
    folder,
    restore,
    noted: (one: Measured) => {
      if (options.out) appendFileSync(options.out, `${JSON.stringify(one)}\n`)
    },
  }
}

/**
 * Statements per request of every operation and side, over ten requests. What the server does by itself, like sealing the audit,
 * belongs to no request and comes in between: of reads the least of three counts.
 */
async function statementsOf(run: Run, sides: readonly Side[], data: Data): Promise<Map<string, number>> {
  const drawn = draw(data.pools, 13, 10)
  const found = new Map<string, number>()
  for (const side of sides)
    for (const operation of chosen) {
      const counts: number[] = []
      for (let n = 0; n < (reads.has(operation) ? 3 : 1); n++)
        counts.push(
          await countStatements(run, side.name === 'product' ? 'peyvand' : 'raw', async () => {
            for (const parameters of drawn) await ask(side, side.calls[operation](parameters))
          }),
        )
      found.set(`${operation}|${side.name}`, Math.min(...counts) / drawn.length)
    }
  return found
}

function knownFrom(held: ReadonlyMap<string, Holding>, statements: ReadonlyMap<string, number>) {
  return (operation: string, side: string): Known => {
    const key = `${operation}|${side}`
    const holding = held.get(key)
    return { statements: statements.get(key), records: holding?.records.length, bytes: holding?.bytes }
  }
}

function spread(times: readonly number[]): string {
  return `median ${median(times).toFixed(0)} ms, fastest ${Math.min(...times).toFixed(0)}, slowest ${Math.max(...times).toFixed(0)}`
}
