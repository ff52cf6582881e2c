// Do imports and exports of any size run in bounded memory, give back exactly what was put in, wait for slow readers and end
// with them? ROWS says how many records (20,000 by default; 1,000,000 by hand on PostgreSQL), ENGINES which databases.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { request as openRequest, type IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { usualBatch } from '@peyvand/runtime/records/import/importing.ts'
import { call, engines, startServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const rows = Number(process.env['ROWS'] ?? 20_000)
const chosen = process.env['ENGINES']?.split(',')
const tested = engines.filter((engine) => chosen === undefined || chosen.includes(engine))
/** unit: bytes a server may take while it works beyond what it takes when it has done the same on a small scale. */
const bound = 150 * 1024 * 1024
/** unit: bytes that may be left afterwards, once all garbage is collected. */
const kept = 12 * 1024 * 1024
const warmRows = 5_000
const hour = 3_600_000
const heapProbe = join(import.meta.dirname, '../support/live-heap.ts')

const definition = {
  kind: 'entity',
  name: 'reading',
  entitySet: 'readings',
  ownership: 'user',
  primaryField: 'name',
  audit: false,
  fields: [
    { name: 'name', type: 'text', maxLength: 60, required: true },
    { name: 'number', type: 'integer' },
    { name: 'amount', type: 'decimal', precision: 18, scale: 4 },
    { name: 'taken_on', type: 'date' },
    { name: 'note', type: 'text', maxLength: 200 },
  ],
}

const idOf = (i: number) => `018f3c1e-0000-7000-8000-${i.toString(16).padStart(12, '0')}`
const notes = ['سلام، «پیوند»', 'two "quotes", a comma', '=1+1', 'line\nbreak', 'ภาษาไทย', '', 'ăâîșț', '-5 apples']

/** The file in pieces of a thousand rows, made as it is sent. */
function* file(most = rows): Generator<string> {
  const quoted = (text: string) => (text === '' ? '' : `"${text.replaceAll('"', '""')}"`)
  yield 'id,name,number,amount,taken_on,note\n'
  for (let from = 0; from < most; from += 1_000) {
    let piece = ''
    for (let i = from; i < Math.min(most, from + 1_000); i++)
      piece += `${idOf(i)},Reading ${i},${i * 7},${i}.${String(i % 10_000).padStart(4, '0')},20${String(10 + (i % 80))}-0${1 + (i % 9)}-1${i % 10},${quoted(notes[i % notes.length]!)}\n`
    yield piece
  }
}

describe.each(tested)(`streams of ${rows} records on %s`, (engine) => {
  let server: TestServer
  let idle: number
  let live: number
  beforeAll(async () => {
    server = await startServer({
      engine,
      env: {
        IMPORT_LIMIT: '2147483648',
        REQUEST_TIMEOUT: '3600000',
        EXPORT_LIMIT: '4',
        NODE_OPTIONS: `${process.env['SERVER_NODE_OPTIONS'] ?? ''} --expose-gc --import ${pathToFileURL(heapProbe).href}`,
      },
    })
    const warm = { ...definition, name: 'trial', entitySet: 'trials' }
    const changes = [definition, warm].map((each) => ({ op: 'put', definition: each }))
    const applied = await call(server, 'POST', '/api/model/apply', { changes })
    expect(applied.status, applied.text).toBe(200)
    // Code is compiled and caches are filled by a small import and export: what comes on top of that is due to the size.
    expect(await importFile('trial', file(warmRows))).toMatchObject({ created: warmRows })
    await digestOf('csv', 'trial')
    live = await liveHeap()
    idle = memory()
  })
  afterAll(() => server?.stop())

  /** Resident memory of the server process. unit: bytes */
  const memory = (): number =>
    Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))![1]) * 1024

  /** What is left in the server's heap when all garbage is collected. unit: bytes */
  const liveHeap = async (): Promise<number> => {
    const found = () => [...server.output().matchAll(/live heap: (\d+)/g)].map(([, bytes]) => Number(bytes))
    const before = found().length
    process.kill(server.pid, 'SIGUSR2')
    await until(() => Promise.resolve(found().length > before || undefined))
    return found().at(-1)!
  }

  /** Runs work and gives the most memory the server took meanwhile, beyond what it took before. */
  async function most<T>(title: string, work: () => Promise<T>): Promise<{ result: T; extra: number }> {
    let peak = 0
    const timer = setInterval(() => (peak = Math.max(peak, memory())), 50)
    const started = performance.now()
    try {
      const result = await work()
      const seconds = (performance.now() - started) / 1_000
      const extra = Math.max(peak, memory()) - idle
      const [left, mb] = [(await liveHeap()) - live, (bytes: number) => (bytes / 1_048_576).toFixed(0)]
      console.log(
        `${title} on ${engine}: ${rows} records in ${seconds.toFixed(1)} s (${Math.round(rows / seconds)}/s), at most ${mb(extra)} MB above idle (${mb(idle)} MB), ${mb(left)} MB kept`,
      )
      expect(left).toBeLessThan(kept)
      return { result, extra }
    } finally {
      clearInterval(timer)
    }
  }

  const importFile = async (entity = 'reading', lines = file()) => {
    const answer = await fetch(`${server.url}/api/import/${entity}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.adminKey}`, 'content-type': 'text/csv' },
      body: Readable.toWeb(Readable.from(encode(lines))),
      duplex: 'half',
    } as unknown as RequestInit)
    return (await answer.json()) as { created: number; updated: number; unchanged: number; failed: number }
  }

  /** Opens an export whose bytes come as they are read. */
  const openExport = (format: string, entity = 'reading'): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      openRequest(
        `${server.url}/api/export/${entity}?format=${format}`,
        { headers: { authorization: `Bearer ${server.adminKey}` }, agent: false },
        resolve,
      )
        .on('error', reject)
        .end()
    })

  const digestOf = async (format: string, entity = 'reading'): Promise<{ digest: string; lines: number }> => {
    const hash = createHash('sha256')
    let lines = 0
    for await (const chunk of await openExport(format, entity)) {
      hash.update(chunk as Buffer)
      for (const byte of chunk as Buffer) if (byte === 10) lines++
    }
    return { digest: hash.digest('hex'), lines }
  }

  test(
    'import, export, import again: nothing changes, and memory stays bounded',
    async () => {
      const first = await most('import', () => importFile())
      expect(first.result).toMatchObject({ created: rows, failed: 0 })
      expect(first.extra).toBeLessThan(bound)
      const csv = await most('export csv', () => digestOf('csv'))
      expect(csv.extra).toBeLessThan(bound)
      const lines = await most('export ndjson', () => digestOf('ndjson'))
      expect(lines.result.lines).toBe(rows)
      expect(lines.extra).toBeLessThan(bound)
      const back = await openExport('csv')
      const again = await most('export piped into import', async () => {
        const answer = await fetch(`${server.url}/api/import/reading`, {
          method: 'POST',
          headers: { authorization: `Bearer ${server.adminKey}`, 'content-type': 'text/csv' },
          body: Readable.toWeb(back),
          duplex: 'half',
        } as unknown as RequestInit)
        return (await answer.json()) as object
      })
      expect(again.result).toMatchObject({ rows, unchanged: rows, created: 0, updated: 0, failed: 0 })
      expect(again.extra).toBeLessThan(bound)
      expect((await digestOf('csv')).digest).toBe(csv.result.digest)
    },
    hour,
  )

  test(
    'a slow reader costs no memory',
    async () => {
      const before = memory()
      const stream = await openExport('ndjson')
      let peak = 0
      for (let i = 0; i < 20; i++) {
        stream.read(1_000)
        await sleep(25)
        peak = Math.max(peak, memory())
      }
      stream.destroy()
      expect(peak - before).toBeLessThan(60 * 1024 * 1024)
    },
    hour,
  )

  test(
    'a reader that goes away ends the export, and other work goes on',
    async () => {
      for (let i = 0; i < 5; i++) {
        const stream = await openExport('csv')
        await new Promise((resolve) => stream.once('data', resolve))
        stream.destroy()
      }
      await until(
        async () => (await call(server, 'GET', '/api/export/reading?format=nonsense')).status === 501 || undefined,
      )
      await until(async () => (await statements()) === 0 || undefined)
      const [all, one] = await Promise.all([digestOf('csv'), call(server, 'GET', '/api/data/v1/readings?$top=1')])
      expect(one.status).toBe(200)
      expect(all.lines).toBeGreaterThanOrEqual(rows + 1)
    },
    hour,
  )

  /** Exports that the database is still busy with; the embedded one has no such list, and nothing to leave behind. */
  async function statements(): Promise<number> {
    if (server.databaseUrl === undefined) return 0
    const client = new pg.Client({ connectionString: server.databaseUrl })
    await client.connect()
    try {
      const { rows: found } = await client.query<{ n: number }>(
        `select count(*)::int as n from pg_catalog.pg_stat_activity a where a.datname = current_database() and a.query like '%"pieces"%' and a.pid <> pg_backend_pid()`,
      )
      return found[0]!.n
    } finally {
      await client.end()
    }
  }

  test(
    'an import whose sender goes away leaves whole batches and no statement behind',
    async () => {
      const sending = new AbortController()
      const first = [...file()].slice(0, 4)
      async function* halfway(): AsyncGenerator<Uint8Array> {
        for (const piece of first) yield Buffer.from(piece.replaceAll('018f3c1e-0000', '018f3c1e-0001'))
        await sleep(300)
        sending.abort()
      }
      const sent = fetch(`${server.url}/api/import/reading`, {
        method: 'POST',
        headers: { authorization: `Bearer ${server.adminKey}`, 'content-type': 'text/csv' },
        body: Readable.toWeb(Readable.from(halfway())),
        duplex: 'half',
        signal: sending.signal,
      } as unknown as RequestInit)
      await expect(sent).rejects.toThrow(/abort/i)
      const counted = async () => Number((await call(server, 'GET', '/api/data/v1/readings/$count')).text)
      await until(async () => (await counted()) % usualBatch === rows % usualBatch || undefined)
      expect((await call(server, 'GET', '/api/data/v1/readings?$top=1')).status).toBe(200)
    },
    hour,
  )
})

async function* encode(texts: Iterable<string>): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text)
}
