// `pnpm bench`: the product beside a raw server that does nothing but the statement, on one PostgreSQL, interleaved.
// Prints requests per second, the ratio, latency, CPU per 1,000 requests, and how long a publish takes.
//   --size quick|full   10k/30k/20k records (default) or 100k/300k/200k
//   --ops get,list,…    --connections 1,32   --seconds 3   --rounds 3   --extra 90 (further entities in the model)
//   --against json,raw  which raw servers run beside it   --out figures.jsonl
import { spawn, type ChildProcess } from 'node:child_process'
import { appendFileSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { freePort, hasPostgres, startCluster } from '../support/postgres.ts'
import { fullSizes, makeData, quickSizes } from './data.ts'
import { hasWrk, load, writeRequests, type Call } from './load.ts'
import { cpuSeconds } from './meter.ts'
import { draw, operations, productCalls, rawCalls, writes, type OperationName } from './operations.ts'
import { publishTimes, startProduct } from './product.ts'
import { printTable, type Measured } from './report.ts'
import { cleanUp, fillTables } from './tables.ts'

const here = dirname(fileURLToPath(import.meta.url))
const schema = 't_default'
const { values: options } = parseArgs({
  args: process.argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    size: { type: 'string', default: 'quick' },
    ops: { type: 'string', default: operations.join(',') },
    connections: { type: 'string', default: '1,32' },
    seconds: { type: 'string', default: '3' },
    rounds: { type: 'string', default: '3' },
    extra: { type: 'string', default: '90' },
    against: { type: 'string', default: 'json' },
    out: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
})

interface Side {
  readonly name: string
  readonly port: number
  readonly pid: number
  readonly token: string
  readonly calls: typeof rawCalls
}

if (!hasPostgres()) {
  console.log('SKIPPED: the benchmark needs PostgreSQL binaries on this machine')
  process.exit(0)
}
await main()

async function main(): Promise<void> {
  const started = performance.now()
  const cluster = await startCluster({
    shared_buffers: '512MB',
    work_mem: '8MB',
    max_wal_size: '4GB',
    random_page_cost: '1.1',
  })
  const product = await startProduct(cluster.url, Number(options.extra))
  const children: ChildProcess[] = []
  const folder = mkdtempSync(join(tmpdir(), 'peyvand-bench-'))
  try {
    console.log(
      `node ${process.version}, load by ${hasWrk ? 'wrk' : 'the own generator'}, ${options.size} data, ${product.entities} entities in the model`,
    )
    const owners = [
      product.user,
      ...Array.from({ length: 7 }, (_, i) => `0000000${i + 2}-aaaa-4aaa-8aaa-00000000000${i + 2}`),
    ]
    const data = makeData(options.size === 'full' ? fullSizes : quickSizes, owners)
    await fillTables(cluster.url, schema, data)
    const sides: Side[] = []
    for (const mode of options.against.split(',').filter((name) => name !== '')) {
      const { port, child } = await startRaw(cluster.url, mode, product.user)
      children.push(child)
      sides.push({ name: `raw-${mode}`, port, pid: child.pid!, token: 'raw-token', calls: rawCalls })
    }
    sides.push({
      name: 'product',
      port: Number(new URL(product.server.url).port),
      pid: product.server.pid,
      token: product.key,
      calls: productCalls,
    })
    console.log(`set up in ${Math.round((performance.now() - started) / 1000)} s\n`)
    printTable(await measure(sides, data.pools, folder, cluster))
    const publish = (await publishTimes(product.server, 7)).sort((a, b) => a - b)
    console.log(
      `\npublish of an added field at ${product.entities} entities: median ${publish[3]!.toFixed(0)} ms, fastest ${publish[0]!.toFixed(0)}, slowest ${publish[6]!.toFixed(0)}`,
    )
    if (options.keep)
      await new Promise(() => console.log(JSON.stringify({ sides, database: cluster.url, folder }, null, 1)))
  } finally {
    for (const child of children) child.kill()
    await product.server.stop()
    await cluster.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

async function measure(
  sides: readonly Side[],
  pools: Parameters<typeof draw>[0],
  folder: string,
  cluster: { url: string; pid: number },
): Promise<Measured[]> {
  const drawn = draw(pools, 7)
  const measured: Measured[] = []
  const names = options.ops.split(',') as OperationName[]
  const file = (side: Side, operation: OperationName) => join(folder, `${side.name}.${operation}`)
  for (const side of sides) {
    for (const operation of names) {
      const calls = drawn.map(side.calls[operation])
      await check(side, operation, calls[0]!)
      writeRequests(file(side, operation), side.port, side.token, calls)
    }
  }
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const operation of names) {
      for (const connections of options.connections.split(',').map(Number)) {
        for (const side of rotated(sides, round)) {
          const run = { file: file(side, operation), port: side.port, connections, offset: 17 * (round + 1) }
          if (round === 0) await load({ ...run, seconds: 1 })
          const before = [cpuSeconds(side.pid), cpuSeconds(cluster.pid)] as const
          const figures = await load({ ...run, seconds: Number(options.seconds) })
          const one: Measured = {
            side: side.name,
            operation,
            connections,
            round,
            ...figures,
            appCpu: cpuSeconds(side.pid) - before[0],
            databaseCpu: cpuSeconds(cluster.pid) - before[1],
          }
          measured.push(one)
          if (options.out) appendFileSync(options.out, `${JSON.stringify(one)}\n`)
        }
      }
    }
    if (names.some((name) => writes.has(name))) await cleanUp(cluster.url, schema)
    console.log(`round ${round + 1} of ${options.rounds} done`)
  }
  return measured
}

/** One request of each kind must work before it is measured, and lists must not be empty. */
async function check(side: Side, operation: OperationName, { method, path, body }: Call): Promise<void> {
  const headers = {
    authorization: `Bearer ${side.token}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  const answer = await fetch(`http://127.0.0.1:${side.port}${path}`, { method, headers, body })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${side.name} ${operation} answered ${answer.status}: ${text.slice(0, 500)}`)
  const rows = text.match(/"id":|"stage":/g)?.length ?? 0
  console.log(`${side.name.padEnd(10)} ${operation.padEnd(10)} ${answer.status}, ${rows} records, ${text.length} bytes`)
}

function rotated<T>(list: readonly T[], by: number): T[] {
  return list.map((_, i) => list[(i + by) % list.length]!)
}

async function startRaw(databaseUrl: string, mode: string, me: string): Promise<{ port: number; child: ChildProcess }> {
  const port = await freePort()
  const child = spawn(process.execPath, [join(here, 'raw.ts')], {
    env: { ...process.env, DATABASE_URL: databaseUrl, PORT: String(port), MODE: mode, ME: me },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve())
    child.once('exit', (code) => reject(new Error(`the raw server ended with ${code}`)))
  })
  return { port, child }
}
