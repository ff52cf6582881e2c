// kill -9 in the middle of an import, again and again: after each restart it goes on behind its last transaction by itself, and in
// the end every row is there once, also those that waited for rows further down. ROWS and KILLS say how much; SEED repeats a run.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { startPostgres } from '../support/postgres.ts'
import { call, engines, startServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'
import { randomFrom } from '../support/random.ts'

/** The embedded database is so quick on its own that it takes more for a kill to find it at work. */
const rowsOn = (engine: string) => Number(process.env['ROWS'] ?? (engine === 'pglite' ? 8_000 : 3_000))
const kills = Number(process.env['KILLS'] ?? 1)
const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000)

const definition = {
  kind: 'entity',
  name: 'part',
  entitySet: 'parts',
  ownership: 'user',
  primaryField: 'name',
  fields: [
    { name: 'name', type: 'text', maxLength: 60, required: true },
    { name: 'number', type: 'integer' },
    { name: 'parent', type: 'lookup', target: 'part', inverse: 'parts', onDelete: 'clear' },
  ],
}

/** Every tenth row points at one further down, two at each other; there is no key that would hide a row that comes twice. */
function file(rows: number): string {
  const lines = ['name,number,parent']
  for (let i = 0; i < rows; i++) {
    const ahead = i % 10 === 0 ? `P${(i * 7 + 13) % rows}` : ''
    lines.push(`P${i},${i},${i === 1 ? 'P2' : i === 2 ? 'P1' : ahead}`)
  }
  lines.push(',1,')
  return `${lines.join('\n')}\n`
}

interface Told {
  readonly state: string
  readonly rows: number
  readonly created: number
  readonly failed: number
}

describe.each(engines)('%s', (engine) => {
  const rows = rowsOn(engine)
  const clean: (() => Promise<void> | void)[] = []
  afterEach(async () => {
    for (const work of clean.splice(0).toReversed()) await work()
  })

  it(`${rows} rows through ${kills} kills (SEED=${seed})`, { timeout: 120_000 + kills * 30_000 + rows }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'peyvand-import-kill-'))
    clean.push(() => rmSync(folder, { recursive: true, force: true }))
    const postgres = engine === 'postgres' ? await startPostgres() : undefined
    if (postgres) clean.push(() => postgres.stop())
    const env = { DATA_DIR: folder, IMPORT_LIMIT: '2000000000', ...(postgres && { DATABASE_URL: postgres.url }) }
    const random = randomFrom(seed)
    let server: TestServer = await startServer({ engine, env })
    const look = async (id: string): Promise<Told> =>
      JSON.parse((await call(server, 'GET', `/api/import/${id}`)).text) as Told
    const applied = await call(server, 'POST', '/api/model/apply', { changes: [{ op: 'put', definition }] })
    expect(applied.status, applied.text).toBe(200)
    const staged = await call(server, 'POST', '/api/import/part?stage=true', file(rows), { 'content-type': 'text/csv' })
    expect(staged.status, staged.text).toBe(201)
    const { id } = JSON.parse(staged.text) as { id: string }
    /** Begins it without waiting for the answer: that waits behind the work. */
    const commit = () => call(server, 'POST', `/api/import/${id}/commit`).catch(() => undefined)
    let begun = commit()
    const reached: number[] = []
    for (let kill = 0; kill < kills; kill++) {
      // After a kill on PostgreSQL the job is somebody's until its lease ends: the next kill waits until it goes on.
      const before = reached.at(-1)
      if (before !== undefined)
        await until(async () => {
          const told = await look(id)
          return told.rows > before || told.state !== 'running' ? told : undefined
        }, 120_000 + rows)
      await wait(engine === 'pglite' ? 40 + random.next() * 250 : 100 + random.next() * 300)
      process.kill(server.pid, 'SIGKILL')
      await server.stop()
      await begun
      server = await startServer({ engine, env })
      const told = await look(id)
      reached.push(told.rows)
      if (told.state === 'staged') begun = commit()
    }
    clean.push(() => server.stop())
    const told = await until(async () => {
      const now = await look(id)
      return now.state === 'running' ? undefined : now
    }, 120_000 + rows)
    // How often it was taken up is how often a kill fell into it: a server that starts goes on before it is asked.
    const jobs = (await call(server, 'GET', '/api/jobs?kind=import')).json as { value: { attempts: number }[] }
    const { attempts } = jobs.value[0]!
    console.log(`${engine}: ${rows} rows in ${attempts} pieces, ${told.created} created`)
    expect(attempts, 'a kill fell into the import').toBeGreaterThan(1)
    expect(told).toMatchObject({ state: 'done', rows: rows + 1, created: rows, failed: 1 })
    const facts = await call(
      server,
      'GET',
      '/api/data/v1/parts?$apply=aggregate($count as n,number with countdistinct as different,number with sum as sum)',
    )
    const [{ n, different, sum } = { n: 0, different: 0, sum: 0 }] = (
      JSON.parse(facts.text) as { value: { n: number; different: number; sum: number }[] }
    ).value
    expect([n, different, sum], 'no row twice, none lost').toEqual([rows, rows, (rows * (rows - 1)) / 2])
    const linked = await call(server, 'GET', '/api/data/v1/parts/$count?$filter=parent_id ne null')
    expect(Number(linked.text)).toBe(Math.ceil(rows / 10) + 2)
    const errors = await call(server, 'GET', `/api/import/${id}/errors`)
    expect(errors.text.trim().split('\r\n')).toHaveLength(2)
    // And all of it goes back, through one more kill.
    expect((await call(server, 'POST', `/api/import/${id}/undo`)).status).toBe(202)
    await wait(200 + random.next() * 600)
    process.kill(server.pid, 'SIGKILL')
    await server.stop()
    server = await startServer({ engine, env })
    const undone = await until(async () => {
      const now = await look(id)
      return now.state === 'undoing' ? undefined : now
    }, 120_000 + rows)
    expect(undone).toMatchObject({ state: 'undone', undone: { deleted: rows, leftCount: 0 } })
    expect(Number((await call(server, 'GET', '/api/data/v1/parts/$count')).text)).toBe(0)
  })
})
