// kill -9 at random moments while records are written and the model changes: what was acknowledged is there afterwards, and the
// tables are those of exactly one revision. KILLS says how often (6 by default); SEED repeats a run.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { openPlatform } from '@peyvand/runtime/index.ts'
import { readConfig } from '@peyvand/runtime/config.ts'
import { describedTables, physicalTables } from '../support/physical.ts'
import { startPostgres } from '../support/postgres.ts'
import { call, engines, startServer, type TestServer } from '../support/server.ts'

const kills = Number(process.env['KILLS'] ?? 6)
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)

/** Numbers from 0 to 1 that follow from a seed (mulberry32). */
function random(from: number): () => number {
  let state = from >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** A record of one lane: the name that was acknowledged last, and the one that was asked for last. */
interface Written {
  readonly lane: number
  acknowledged: string
  asked: string
}

/** What the server said it had done. */
interface Acknowledged {
  readonly records: Map<string, Written>
  revision: number
  writes: number
  applies: number
}

describe.each(engines)('%s', (engine) => {
  const clean: (() => Promise<void> | void)[] = []
  afterEach(async () => {
    for (const work of clean.splice(0).toReversed()) await work()
  })

  it(`loses nothing in ${kills} kills (SEED=${seed})`, { timeout: 60_000 + kills * 20_000 }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'peyvand-kill-'))
    clean.push(() => rmSync(folder, { recursive: true, force: true }))
    const postgres = engine === 'postgres' ? await startPostgres() : undefined
    if (postgres) clean.push(() => postgres.stop())
    const env = { DATA_DIR: folder, ...(postgres && { DATABASE_URL: postgres.url }) }
    const next = random(seed)
    const done: Acknowledged = { records: new Map(), revision: 0, writes: 0, applies: 0 }
    const starts: number[] = []
    for (let kill = 0; kill < kills; kill++) {
      const began = performance.now()
      const server = await startServer({ engine, env })
      starts.push(performance.now() - began)
      if (kill === 0) await apply(server, 0, done)
      const working = work(server, done, kill)
      await wait(30 + next() * 900)
      process.kill(server.pid, 'SIGKILL')
      await working
      await server.stop()
      await verify(env, done)
    }
    starts.sort((a, b) => a - b)
    console.log(
      `${engine}: ${kills} kills, ${done.writes} writes and ${done.applies} applies acknowledged, all there; start after a kill: median ${Math.round(starts[starts.length >> 1]!)} ms, longest ${Math.round(starts.at(-1)!)} ms`,
    )
    expect(done.writes).toBeGreaterThan(kills)
  })
})

/** Writes in four lanes and changes the model in a fifth until the server is gone. */
async function work(server: TestServer, done: Acknowledged, round: number): Promise<void> {
  const untilDead = async (step: (n: number) => Promise<void>) => {
    for (let n = 0; ; n++) {
      try {
        await step(n)
      } catch (error) {
        // The server was killed: fetch says so in its own words. Anything else is a failure of the test.
        if (error instanceof TypeError) return
        throw error
      }
    }
  }
  const lanes = Array.from({ length: 4 }, (_, lane) =>
    untilDead((n) => write(server, done, lane, `${round}-${lane}-${n}`, n)),
  )
  await Promise.all([...lanes, untilDead((n) => apply(server, round * 1_000 + n + 1, done))])
}

/** Two creates, then an update of the lane's newest record: no other lane writes it, so its value is known. */
async function write(server: TestServer, done: Acknowledged, lane: number, name: string, n: number): Promise<void> {
  const known = [...done.records].findLast(([, written]) => written.lane === lane)
  const update = n % 3 === 2 ? known : undefined
  if (update) update[1].asked = name
  const answer = update
    ? await call(server, 'PATCH', `/api/data/v1/marks(${update[0]})`, { name })
    : await call(server, 'POST', '/api/data/v1/marks', { name })
  expect([answer.status, answer.text.slice(0, 300)]).toEqual([
    expect.toSatisfy((status: number) => status < 300),
    expect.any(String),
  ])
  done.writes++
  if (update) update[1].acknowledged = name
  else done.records.set((answer.json as { id: string }).id, { lane, acknowledged: name, asked: name })
}

async function apply(server: TestServer, n: number, done: Acknowledged): Promise<void> {
  const fields = [
    { name: 'name', type: 'text' },
    ...(n % 4 === 0 ? [] : [{ name: `f${n % 4}`, type: n % 8 < 4 ? 'text' : 'integer' }]),
  ]
  const definitions = [
    { kind: 'entity', name: 'mark', entitySet: 'marks', primaryField: 'name', fields },
    {
      kind: 'entity',
      name: `side${n % 3}`,
      fields: [
        { name: 'name', type: 'text' },
        { name: `s${n}`, type: 'integer' },
        { name: 'mark', type: 'lookup', target: 'mark' },
      ],
    },
  ]
  const changes = definitions.map((definition) => ({ op: 'put', definition }))
  const planned = await call(server, 'POST', '/api/model/plan', { changes })
  expect(planned.status).toBe(200)
  const answer = await call(server, 'POST', '/api/model/apply', {
    changes,
    plan: (planned.json as { plan: string }).plan,
  })
  expect([answer.status, answer.text.slice(0, 300)]).toEqual([200, expect.any(String)])
  done.revision = Number((answer.json as { revision: string }).revision)
  done.applies++
}

/** Opens the database without a server and looks for itself. */
async function verify(env: Readonly<Record<string, string>>, done: Acknowledged): Promise<void> {
  const platform = await openPlatform(readConfig(env), { serves: false })
  try {
    expect(platform.model().revision).toBeGreaterThanOrEqual(done.revision)
    done.revision = platform.model().revision
    expect(await physicalTables(platform.database, platform.schema)).toEqual(describedTables(platform.model()))
    const { rows } = await platform.database.query<{ id: string; name: string }>({
      text: `select m.id, m.name from "${platform.schema}"."mark" m`,
    })
    const names = new Map(rows.map(({ id, name }) => [id, name]))
    for (const [id, written] of done.records) {
      // An update that was under way when the server died may be there or not; an acknowledged one must be.
      expect([written.acknowledged, written.asked], `record ${id}`).toContain(names.get(id))
      written.acknowledged = written.asked = names.get(id)!
    }
    const { rows: torn } = await platform.database.query({
      text: `select m.id from "${platform.schema}"."mark" m where not exists (select 1 from "${platform.schema}"._audit a where a.record_id = m.id)`,
    })
    expect(torn).toEqual([])
  } finally {
    await platform.close()
  }
}
