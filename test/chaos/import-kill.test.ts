// kill -9 in the middle of an import, again and again: after each restart it goes on behind its last transaction by itself, and in
// the end every row is there once, also those that waited for rows further down. Then all of it goes back, through one more kill.
// A kill comes when the work has told how far it is. Where it was over before, on a machine that is too quick for its size, another
// import of twice the rows begins: what counts is how often a job was taken up again. ROWS and KILLS say how much; SEED draws the
// moments.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { startPostgres } from '../support/postgres.ts'
import { call, engines, startServer, type ServerOptions, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'
import { randomFrom, type Random } from '../support/random.ts'

const rows = Number(process.env['ROWS'] ?? 3_000)
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
  readonly undone?: { readonly deleted: number; readonly leftCount: number }
}

/** A server that comes back on the same data whenever it is killed. */
interface Victim {
  server: TestServer
  readonly options: ServerOptions
  readonly random: Random
}

async function kill(victim: Victim): Promise<void> {
  // Anywhere inside of a transaction.
  await wait(victim.random.next() * 30)
  process.kill(victim.server.pid, 'SIGKILL')
  await victim.server.stop()
  victim.server = await startServer(victim.options)
}

const look = async ({ server }: Victim, id: string): Promise<Told> =>
  JSON.parse((await call(server, 'GET', `/api/import/${id}`)).text) as Told

/** Looks at an import until it is as it should be; on a slow machine that takes its time. */
const lookUntil = (victim: Victim, id: string, fits: (told: Told) => boolean): Promise<Told> =>
  until(async () => {
    const told = await look(victim, id)
    return fits(told) ? told : undefined
  }, 600_000)

/** How many kills fell into the newest job of a kind. */
async function fallenInto({ server }: Victim, kind: string): Promise<number> {
  const jobs = (await call(server, 'GET', `/api/jobs?kind=${kind}&top=1`)).json as { value: { attempts: number }[] }
  return jobs.value[0]!.attempts - 1
}

/** Imports so many rows through kills and looks that each is there once. */
async function importThrough(victim: Victim, rows: number, most: number): Promise<string> {
  const { random } = victim
  const type = { 'content-type': 'text/csv' }
  const staged = await call(victim.server, 'POST', '/api/import/part?stage=true', file(rows), type)
  expect(staged.status, staged.text).toBe(201)
  const { id } = JSON.parse(staged.text) as { id: string }
  // The answer is not waited for: it comes behind the work.
  const begun = call(victim.server, 'POST', `/api/import/${id}/commit`).catch(() => undefined)
  for (let done = 0, killed = 0; killed < most; killed++) {
    // After a kill on PostgreSQL the job is somebody's until its lease ends: the next kill waits until it goes on.
    const next = done + random.whole(1, Math.ceil((rows - done) / 2))
    const told = await lookUntil(victim, id, ({ state, rows: now }) => now >= next || isOver(state))
    if (isOver(told.state)) break
    await kill(victim)
    await begun
    done = told.rows
  }
  const told = await lookUntil(victim, id, ({ state }) => isOver(state))
  expect(told).toMatchObject({ state: 'done', rows: rows + 1, created: rows, failed: 1 })
  await expectOnce(victim, rows)
  const errors = await call(victim.server, 'GET', `/api/import/${id}/errors`)
  expect(errors.text.trim().split('\r\n')).toHaveLength(2)
  return id
}

const isOver = (state: string): boolean => state !== 'staged' && state !== 'running'

async function expectOnce({ server }: Victim, rows: number): Promise<void> {
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
}

/** Takes an import back through a kill and looks that nothing is left. */
async function undoThrough(victim: Victim, id: string, rows: number): Promise<void> {
  const begun = call(victim.server, 'POST', `/api/import/${id}/undo`).catch(() => undefined)
  const next = victim.random.whole(1, Math.ceil(rows / 2))
  const { state } = await lookUntil(
    victim,
    id,
    (told) => told.state === 'undone' || (told.state === 'undoing' && told.undone!.deleted >= next),
  )
  if (state === 'undoing') await kill(victim)
  await begun
  const undone = await lookUntil(victim, id, (told) => told.state !== 'undoing')
  expect(undone).toMatchObject({ state: 'undone', undone: { deleted: rows, leftCount: 0 } })
  expect(Number((await call(victim.server, 'GET', '/api/data/v1/parts/$count')).text)).toBe(0)
}

describe.each(engines)('%s', (engine) => {
  const clean: (() => Promise<void> | void)[] = []
  afterEach(async () => {
    for (const work of clean.splice(0).toReversed()) await work()
  })

  it(`${rows} rows through ${kills} kills (SEED=${seed})`, { timeout: 600_000 + kills * 30_000 + rows }, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'peyvand-import-kill-'))
    clean.push(() => rmSync(folder, { recursive: true, force: true }))
    const postgres = engine === 'postgres' ? await startPostgres() : undefined
    if (postgres) clean.push(() => postgres.stop())
    const env = { DATA_DIR: folder, IMPORT_LIMIT: '2000000000', ...(postgres && { DATABASE_URL: postgres.url }) }
    const options: ServerOptions = { engine, env }
    const victim: Victim = { server: await startServer(options), options, random: randomFrom(seed) }
    clean.push(() => victim.server.stop())
    const applied = await call(victim.server, 'POST', '/api/model/apply', { changes: [{ op: 'put', definition }] })
    expect(applied.status, applied.text).toBe(200)
    const fallen = { imports: 0, undos: 0 }
    for (let size = rows; fallen.imports < kills || fallen.undos === 0; size *= 2) {
      expect(size, 'however many rows there are, no kill finds them at work').toBeLessThanOrEqual(64 * rows)
      const id = await importThrough(victim, size, kills - fallen.imports)
      fallen.imports += await fallenInto(victim, 'import')
      await undoThrough(victim, id, size)
      fallen.undos += await fallenInto(victim, 'import-undo')
      console.log(`${engine}: ${size} rows in and out again; kills fell into ${JSON.stringify(fallen)}`)
    }
  })
})
