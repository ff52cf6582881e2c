// Does the server stand whatever is thrown at it? Random requests, most of them nearly right, and raw bytes, over 40
// connections: no 5xx, no hang, the process alive, its prototypes as they were, its memory bounded, and every refusal with
// its reason and its place. CASES asks for more (50,000 by hand), SEED repeats a run.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { seed } from '../support/law.ts'
import { drawInput, drawModel, type RandomModel } from '../support/random-model.ts'
import { randomFrom, type Random } from '../support/random.ts'
import { call, engines, startServer, type TestServer } from '../support/server.ts'
import { FuzzClient } from './fuzz/client.ts'
import { judge, notBuilt } from './fuzz/judge.ts'
import { drawRaw, sendRaw } from './fuzz/raw.ts'
import { drawFuzz, type FuzzRequest, type Ground } from './fuzz/requests.ts'

const count = Number(process.env['CASES'] ?? 1000)
const connections = 40
/** unit: milliseconds. Longer than a statement may take. */
const timeout = 30_000
/** A server may grow while its caches fill, and no more than that. unit: MB */
const mostGrowth = 400
const hook = pathToFileURL(fileURLToPath(new URL('./fuzz/prototypes.ts', import.meta.url))).href

describe.each(engines)('fuzz on %s', (engine) => {
  test(`${count} requests`, { timeout: 180_000 + count * 60 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'peyvand-fuzz-'))
    const file = join(folder, 'prototypes.json')
    const random = randomFrom(seed)
    const drawn = drawModel(random)
    const server = await startServer({
      engine,
      env: { NODE_OPTIONS: `--import=${hook}`, PROTOTYPES_FILE: file, LOG_LEVEL: 'error', REQUEST_TIMEOUT: '10000' },
    })
    try {
      const ids = await seedRecords(server, random, drawn)
      const faults = await fuzz(server, { random, drawn, ids })
      expect(faults.map(({ what, times, example }) => `${times} × ${what}\n    ${example}`)).toEqual([])
      await stillWorks(server)
      expect(errorsIn(server.output())).toEqual([])
    } finally {
      await server.stop()
    }
    expect(existsSync(file), 'the server ended by itself').toBe(true)
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ code: 0, changed: [] })
    rmSync(folder, { recursive: true, force: true })
  })
})

interface Fault {
  readonly what: string
  times: number
  readonly example: string
}

/** Sends everything; gives what was wrong, by kind. */
async function fuzz(server: TestServer, ground: Ground): Promise<Fault[]> {
  const { random } = ground
  const client = new FuzzClient(server.url, server.adminKey, { connections, timeout })
  const faults = new Map<string, Fault>()
  const statuses = new Map<string, number>()
  const memory: number[] = []
  const started = performance.now()
  let sent = 0
  let slowest = 0
  const note = (what: string | undefined, example: () => string): void => {
    if (what === undefined) return
    const known = faults.get(what)
    if (known) known.times++
    else faults.set(what, { what, times: 1, example: example() })
  }
  const seen = (status: number | string): void =>
    void statuses.set(String(status), (statuses.get(String(status)) ?? 0) + 1)
  const one = async (): Promise<void> => {
    if (random.chance(0.05)) {
      const bytes = drawRaw(random, server.adminKey)
      const { heard, hung } = await sendRaw(server.url, bytes, timeout)
      const status = /^HTTP\/1\.1 (\d{3})/.exec(heard)?.[1]
      seen(`raw ${status ?? 'closed'}`)
      const bad = /^HTTP\/1\.1 5(?!01)\d\d/m.exec(heard)?.[0]
      note(hung ? 'raw: a hang' : bad === undefined || heard.includes(notBuilt) ? undefined : `raw: ${bad}`, () =>
        JSON.stringify(bytes.toString('latin1')).slice(0, 600),
      )
      return
    }
    const request = drawFuzz(ground)
    const began = performance.now()
    const answer = await client.send(request)
    slowest = Math.max(slowest, performance.now() - began)
    seen(answer.status)
    note(judge(request, answer), () => `${shown(request)}\n    → ${answer.status} ${answer.text.slice(0, 400)}`)
  }
  const worker = async (): Promise<void> => {
    while (sent < count) {
      if (++sent % Math.max(100, Math.floor(count / 20)) === 0) memory.push(residentOf(server.pid))
      await one()
    }
  }
  await Promise.all(Array.from({ length: connections }, worker))
  client.close()
  const seconds = (performance.now() - started) / 1000
  console.log(
    `fuzz: ${count} requests, seed ${seed}, ${seconds.toFixed(1)} s (${Math.round(count / seconds)}/s), slowest ${Math.round(slowest)} ms`,
    `\n  answers: ${[...statuses]
      .sort(([a], [b]) => a.localeCompare(b))
      .map(([status, times]) => `${status} × ${times}`)
      .join(', ')}`,
    `\n  memory (MB): ${memory.join(' ')}`,
  )
  const warm = memory[Math.floor(memory.length / 3)] ?? 0
  expect((memory.at(-1) ?? 0) - warm, 'growth after a third of the requests').toBeLessThan(mostGrowth)
  return [...faults.values()].sort((a, b) => b.times - a.times)
}

const shown = ({ method, path, headers, body }: FuzzRequest): string =>
  `${method} ${path.slice(0, 700)} ${JSON.stringify(headers).slice(0, 300)} ${JSON.stringify(String(body ?? '')).slice(0, 500)}`

/** Resident memory where the machine tells it. unit: MB */
function residentOf(pid: number): number {
  const status = `/proc/${pid}/status`
  if (!existsSync(status)) return 0
  return Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(status, 'utf8'))?.[1] ?? 0) / 1024)
}

/** Publishes the model and writes records with ids that requests then ask about. */
async function seedRecords(
  server: TestServer,
  random: Random,
  { definitions, drawn, sources }: RandomModel,
): Promise<string[]> {
  const own = new Set(drawn.map(({ name }) => name))
  const changes = definitions
    .filter(({ kind, name }) => kind === 'choice' || own.has(name))
    .map((definition) => ({ op: 'put', definition }))
  const applied = await call(server, 'POST', '/api/model/apply', { changes })
  expect(applied.status, applied.text).toBe(200)
  const ids: string[] = []
  for (const [i, entity] of drawn.entries()) {
    for (let n = 0; n < 12; n++) {
      const id = `${String(50 + i).padStart(8, '0')}-0000-7000-8000-${String(n + 1).padStart(12, '0')}`
      const values = entity.fields.flatMap((field) => {
        const source = sources.get(`${entity.name}.${field.name}`)
        return source ? [[field.name, drawInput(random, source)] as const] : []
      })
      const above = n > 0 ? { above_id: ids.at(-1)! } : {}
      const whole = { title: `Record ${n}`, number: n, ...above }
      const path = `/api/data/v1/${entity.entitySet}(${id})`
      const made = await call(server, 'PATCH', path, { ...whole, ...Object.fromEntries(values) })
      if (made.status !== 201) expect((await call(server, 'PATCH', path, whole)).status, made.text).toBe(201)
      ids.push(id)
    }
  }
  return ids
}

/** A record can be made, and it has only what it was given: a changed prototype would show in it. */
async function stillWorks(server: TestServer): Promise<void> {
  expect((await call(server, 'GET', '/api/health/ready')).status).toBe(200)
  const made = await call(server, 'POST', '/api/data/v1/ships', { title: 'after' })
  expect(made.status, made.text).toBe(201)
  const read = await call(server, 'GET', `/api/data/v1/ships(${(made.json as { id: string }).id})?$select=title`)
  expect(Object.keys(read.json as object).sort()).toEqual(['@odata.context', '@odata.etag', 'id', 'title'])
}

/** What the server logged as its own failures. */
const errorsIn = (output: string): string[] =>
  output
    .split('\n')
    .filter((line) => /"level":"error"|\berror\b/i.test(line))
    .slice(0, 10)
