// PGlite ≡ PostgreSQL: random requests over a random model and random records, through the whole read path (parse, bind, trim,
// compile), give the same rows in the same order, the same JSON text, the same cursors and the same errors on both engines.
// Nothing is normalised: the answers are compared as the text that would go to the socket.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Actor } from '@peyvand/core/access/actor.ts'
import { prepareRead, type ReadRow } from '@peyvand/core/access/read.ts'
import type { Reckoning } from '@peyvand/core/base/calendar.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Model } from '@peyvand/core/model/model.ts'
import { platformMigrations } from '@peyvand/runtime/db/migrations.ts'
import { seed } from '../support/law.ts'
import { hasPostgres, startPostgres, type TestPostgres } from '../support/postgres.ts'
import {
  insertRows,
  memoryDatabase,
  schema,
  serverDatabase,
  someone,
  teamId,
  type Rows,
  type TestDatabase,
} from '../support/query-model.ts'
import { drawModel, drawRows } from '../support/random-model.ts'
import { drawRequest } from '../support/random-query.ts'
import { randomFrom } from '../support/random.ts'

const count = Number(process.env['CASES'] ?? 600)
const random = randomFrom(seed)
const now = '2026-02-10T12:34:56.789Z'
const there = hasPostgres()
if (!there) console.log('SKIPPED: PGlite ≡ PostgreSQL (no PostgreSQL binaries and no TEST_POSTGRES_URL)')

const actors: readonly Actor[] = [
  someone(['administrator']),
  someone(['narrow']),
  someone(['narrow'], 2, { teams: [teamId(1)] }),
]
const reckonings: readonly (Reckoning | undefined)[] = [
  undefined,
  { calendar: 'persian', timeZone: 'Asia/Tehran', fiscal: { calendar: 'persian', month: 1 } },
  { calendar: 'buddhist', timeZone: 'Asia/Bangkok', fiscal: { calendar: 'gregory', month: 10 } },
]

/** What a database says to a statement: its rows, or how it refuses. */
async function ask(
  database: TestDatabase,
  text: string,
  values: readonly unknown[],
): Promise<ReadRow[] | { refused: string }> {
  try {
    return await database.query<ReadRow & Record<string, unknown>>(text, values)
  } catch (error) {
    const { code, message } = error as { code?: string; message: string }
    return { refused: `${code ?? '?'} ${message}` }
  }
}

describe.skipIf(!there)('PGlite ≡ PostgreSQL', () => {
  const drawn = drawModel(random)
  const { model } = drawn
  const rows = drawRows(random, drawn, 40)
  const ids = [...rows.values()].flatMap((list) => list.map((row) => String(row['id'])))
  let postgres: TestPostgres
  let server: TestDatabase
  let memory: TestDatabase

  beforeAll(async () => {
    postgres = await startPostgres()
    server = await serverDatabase(model, postgres.url, 4)
    memory = await memoryDatabase(model)
    for (const database of [server, memory]) {
      await database.query('create schema platform')
      for (const { statements } of platformMigrations)
        for (const text of statements('platform')) await database.query(text)
      await insertRows(database, model, Object.fromEntries(rows) as Rows)
    }
  })
  afterAll(async () => {
    await Promise.all([server?.close(), memory?.close()])
    await postgres?.stop()
  })

  test(
    `${count} random requests`,
    async () => {
      console.log(`engines: ${count} requests, seed ${seed}`)
      const seen = { answered: 0, pages: 0, refused: new Map<string, number>(), failed: new Map<string, number>() }
      for (let n = 0; n < count; n++) await one(model, seen)
      const top = (map: Map<string, number>) => [...map].sort((a, b) => b[1] - a[1]).slice(0, 12)
      console.log(`engines: ${seen.answered} statements gave the same on both, ${seen.pages} of them further pages`)
      console.log('  refused before any database:', top(seen.refused))
      console.log('  refused by both databases:', top(seen.failed))
      expect(seen.answered).toBeGreaterThan(count * 0.7)
      expect([...seen.failed.keys()]).toEqual([])
    },
    Math.max(60_000, count * 200),
  )

  async function one(
    of: Model,
    seen: { answered: number; pages: number; refused: Map<string, number>; failed: Map<string, number> },
  ): Promise<void> {
    const { path, query } = drawRequest({ random, model: of, ids }, drawn.drawn)
    const reckoning = random.pick(reckonings)
    const language = random.pick([undefined, 'en', 'fa', 'ro', 'ru', 'th'])
    const shared = {
      model: of,
      actor: random.pick(actors),
      path,
      pageSize: random.pick([3, 7, 50]),
      maxPageSize: 100,
      schema,
      now,
      base: 'http://host/api',
      exact: random.chance(0.2),
      omitNulls: random.chance(0.2),
      ...(language === undefined ? {} : { language }),
      ...(reckoning === undefined ? {} : { reckoning }),
    }
    let next: string | undefined = query
    for (let page = 0; next !== undefined && page < 4; page++) {
      const prepared = prepareRead({ ...shared, query: next })
      const about = `seed ${seed}: ${path}?${decodeURIComponent(next)} (${JSON.stringify({ ...shared, model: undefined })})`
      if (prepared instanceof Problem) {
        expect(page, `${about}: ${prepared.message}`).toBe(0)
        const key = `${prepared.code} ${prepared.message.replaceAll(/"[^"]*"/g, '"…"')}`
        seen.refused.set(key, (seen.refused.get(key) ?? 0) + 1)
        return
      }
      const { text, values } = prepared.statement
      const [mine, theirs] = await Promise.all([ask(memory, text, values), ask(server, text, values)])
      expect(mine, about).toEqual(theirs)
      if ('refused' in mine) {
        seen.failed.set(`${mine.refused} ← ${path}?${decodeURIComponent(next)}`, 1)
        return
      }
      seen.answered++
      if (page > 0) seen.pages++
      next = mine[0] && prepared.nextQuery(mine[0])
    }
  }
})
