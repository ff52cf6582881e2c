// Model changes on large tables: what takes long is left to a job, the model is usable all the time, each change can be taken
// back while the job works and afterwards, and a change that turns out not to fit is taken back by itself. On both engines.
import type { Job } from '@peyvand/core/answer/job.ts'
import type { Published } from '@peyvand/runtime/meta/work.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { systemActor } from '@peyvand/core/access/actor.ts'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Database } from '@peyvand/runtime/db/database.ts'
import { defaultSchema as schema, openPlatform } from '@peyvand/runtime/index.ts'
import { jobKinds } from '@peyvand/runtime/jobs/kinds/index.ts'
import { findJob } from '@peyvand/runtime/jobs/queue.ts'
import { Worker } from '@peyvand/runtime/jobs/worker.ts'
import type { RunningPlatform } from '@peyvand/runtime/platform.ts'
import { freshDatabase, type FreshDatabase } from '../support/database.ts'
import { describedTables, physicalTables } from '../support/physical.ts'
import { engines } from '../support/server.ts'
import { until } from '../support/until.ts'

const rows = 3_000
type Shape = { name: string; type: string; id?: string; [setting: string]: unknown }
const base: readonly Shape[] = [
  { name: 'name', type: 'text', maxLength: 100 },
  { name: 'amount', type: 'integer' },
  { name: 'ratio', type: 'decimal', precision: 10, scale: 3 },
  { name: 'code', type: 'text', maxLength: 40 },
  { name: 'note', type: 'text', maxLength: 100 },
]

/** A field with other settings; those of another type do not stay. */
function retyped({ id, name, ...settings }: Shape, change: Partial<Shape>): Shape {
  return { ...(change.type === undefined ? settings : {}), ...change, id, name } as Shape
}

describe.each(engines)('on %s', (engine) => {
  let fresh: FreshDatabase
  let platform: RunningPlatform
  let database: Database
  let worker: Worker | undefined

  const apply = async (fields: readonly Shape[], more: object = {}): Promise<Published> => {
    const definition = { kind: 'entity', name: 'part', entitySet: 'parts', primaryField: 'name', fields, ...more }
    const changes = [{ op: 'put' as const, definition: definition as unknown as JsonObject }]
    const { plan, problems } = await platform.publisher.plan({ changes })
    expect(problems).toEqual([])
    return platform.publisher.apply({ changes, plan }, systemActor)
  }
  const stored = (): Shape[] => structuredClone(platform.publisher.definition('entity', 'part')!['fields'] as Shape[])
  const changed = (name: string, change: object): Shape[] =>
    stored().map((field) => (field.name === name ? retyped(field, change) : field))
  const work = async (): Promise<void> => {
    worker = new Worker(platform, jobKinds, 1)
    await worker.start()
  }
  const rest = async (): Promise<void> => {
    await worker?.stop()
    worker = undefined
  }
  const ends = (id: string | undefined): Promise<Job> =>
    until(async () => {
      const job = await findJob(database, schema, id!)
      return job === null || ['done', 'failed', 'cancelled'].includes(job!.state) ? job : undefined
    }, 40_000)
  /** The jobs of a change, and those that their end left over. */
  const done = async ({ jobs }: { readonly jobs?: readonly string[] }): Promise<void> => {
    for (const id of jobs ?? []) {
      const job = await ends(id)
      expect(job).toMatchObject({ state: 'done' })
      await done((job.result ?? {}) as { jobs?: readonly string[] })
    }
  }
  const sum = async (column: string): Promise<string> => {
    const { rows: found } = await database.query<{ v: string }>({
      text: `select md5(string_agg(t.id::text || coalesce(t."${column}"::text, '-'), ',' order by t.id)) as v from "${schema}".part t`,
    })
    return found[0]!.v
  }
  const fieldType = (name: string) =>
    platform
      .model()
      .entities.get('part')!
      .fields.find((field) => field.name === name)?.type
  const asWanted = async (): Promise<void> => {
    expect((await physicalTables(database, schema))['part']).toEqual(describedTables(platform.model())['part'])
    const { rows: checks } = await database.query({
      text: `select c.conname from pg_catalog.pg_constraint c join pg_catalog.pg_namespace n on n.oid = c.connamespace where n.nspname = $1 and (c.contype = 'c' or not c.convalidated)`,
      values: [schema],
    })
    expect(checks).toEqual([])
  }

  beforeAll(async () => {
    fresh = await freshDatabase(engine, { JOBS: '0', JOB_ROWS: '500' })
    platform = await openPlatform(fresh.config, { serves: true })
    database = platform.database
  })
  beforeEach(async () => {
    await rest()
    if (platform.model().entities.has('part')) {
      const changes = [{ op: 'delete' as const, kind: 'entity', name: 'part' }]
      const { plan } = await platform.publisher.plan({ changes })
      await platform.publisher.apply({ changes, plan }, systemActor)
    }
    await apply(base)
    await database.query({
      text: `insert into "${schema}".part (id, name, amount, ratio, code, created_at, modified_at, version)
        select gen_random_uuid(), 'part ' || n, n * 3, n + 0.125, 'C-' || n, now(), now(), 1 from generate_series(1, ${rows}) n`,
    })
    await database.query({ text: `analyze "${schema}".part` })
  })
  afterAll(async () => {
    await rest()
    await platform?.close()
    await fresh?.remove()
  })

  test('an index is made by a job', async () => {
    const published = await apply(changed('code', { indexed: true }))
    expect(published.jobs).toHaveLength(1)
    await work()
    await done(published)
    await asWanted()
    await platform.publisher.undo(published.undo!, systemActor)
    await asWanted()
  })

  test('a unique key is made by a job, and taken back before and after', async () => {
    const keys = { keys: [{ name: 'code', fields: ['code'] }] }
    const early = await apply(stored(), keys)
    await platform.publisher.undo(early.undo!, systemActor)
    expect(await ends(early.jobs![0])).toMatchObject({ state: 'cancelled' })
    await asWanted()
    const published = await apply(stored(), keys)
    await work()
    await done(published)
    await asWanted()
    await platform.publisher.undo(published.undo!, systemActor)
    await asWanted()
  })

  test('doubles that came meanwhile are named, and the change is taken back', async () => {
    const published = await apply(stored(), { keys: [{ name: 'code', fields: ['code'] }] })
    await database.query({ text: `update "${schema}".part set code = 'same' where amount in (3, 6)` })
    await work()
    const job = await ends(published.jobs![0])
    expect(job).toMatchObject({
      state: 'failed',
      error: { code: 'plan.blocked', target: 'part.code', detail: 'Values are there more than once: "same" (2)' },
    })
    await until(() => (platform.model().entities.get('part')!.keys.length === 0 ? true : undefined))
    await asWanted()
  })

  test('a field becomes required: rows are filled first', async () => {
    const published = await apply(changed('note', { required: true, default: 'none' }))
    await work()
    await done(published)
    await asWanted()
    const { rows: left } = await database.query({
      text: `select count(*)::int as n from "${schema}".part where note = 'none'`,
    })
    expect(left).toEqual([{ n: rows }])
    await platform.publisher.undo(published.undo!, systemActor)
    await asWanted()
  })

  test('a lookup: its foreign key holds at once and is proven by a job', async () => {
    const published = await apply([...stored(), { name: 'parent', type: 'lookup', target: 'part' }])
    const wrong = database.query({
      text: `update "${schema}".part set parent_id = gen_random_uuid() where amount = 3`,
    })
    await expect(wrong).rejects.toMatchObject({ code: '23503' })
    await work()
    await done(published)
    await asWanted()
    await platform.publisher.undo(published.undo!, systemActor)
    await asWanted()
  })

  test('an integer becomes a bigint: the field is what it was until the job is done', async () => {
    await done(await apply(changed('amount', { indexed: true })).then(async (published) => (await work(), published)))
    await rest()
    const before = await sum('amount')
    const published = await apply(changed('amount', { type: 'bigint' }))
    expect([fieldType('amount'), published.jobs?.length]).toEqual(['integer', 1])
    await work()
    await done(published)
    expect([fieldType('amount'), await sum('amount')]).toEqual(['bigint', before])
    await asWanted()
    const back = await platform.publisher.undo(published.undo!, systemActor)
    expect(fieldType('amount')).toBe('bigint')
    await done(back)
    expect([fieldType('amount'), await sum('amount')]).toEqual(['integer', before])
    await asWanted()
  })

  test('a conversion that loses something gives it back, with what was written since', async () => {
    const before = await sum('ratio')
    const published = await apply(changed('ratio', { type: 'integer' }))
    await work()
    await done(published)
    expect(await sum('ratio')).not.toBe(before)
    await done(await platform.publisher.undo(published.undo!, systemActor))
    expect([fieldType('ratio'), await sum('ratio')]).toEqual(['decimal', before])
    await asWanted()
    const again = await apply(changed('ratio', { type: 'integer' }))
    await done(again)
    await database.query({ text: `update "${schema}".part set ratio = 77 where amount = 9` })
    await done(await platform.publisher.undo(again.undo!, systemActor))
    const { rows: some } = await database.query({
      text: `select p.ratio::text as ratio from "${schema}".part p where p.amount in (6, 9, 12) order by p.amount`,
    })
    expect(some).toEqual([{ ratio: '2.125' }, { ratio: '77.000' }, { ratio: '4.125' }])
    await asWanted()
  })

  test('a conversion is taken back while it works', async () => {
    const before = await sum('amount')
    const published = await apply(changed('amount', { type: 'text', maxLength: 40 }))
    await work()
    await until(async () => ((await findJob(database, schema, published.jobs![0]!))?.progress ? true : undefined))
    const undone = await platform.publisher.undo(published.undo!, systemActor)
    await done(undone)
    expect([fieldType('amount'), await sum('amount')]).toEqual(['integer', before])
    await asWanted()
  })

  test('values that do not convert are named, and the change is taken back', async () => {
    await database.query({ text: `update "${schema}".part set code = amount::text` })
    const published = await apply(changed('code', { type: 'integer' }))
    await database.query({ text: `update "${schema}".part set code = 'many' where amount = 30` })
    await work()
    expect(await ends(published.jobs![0])).toMatchObject({
      state: 'failed',
      error: { code: 'plan.blocked', target: 'part.code', detail: 'Some values cannot be converted: "many"' },
    })
    await until(() =>
      platform.publisher.definition('entity', 'part') && stored().find(({ name }) => name === 'code')?.type === 'text'
        ? true
        : undefined,
    )
    await asWanted()
  })

  test('while a change works on a table another one waits; other entities do not', async () => {
    const published = await apply(changed('code', { indexed: true }))
    const refused = await apply([...stored(), { name: 'more', type: 'text' }]).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(Problem)
    expect(refused).toMatchObject({ code: 'conflict.locked', target: 'part' })
    await work()
    await done(published)
    await apply([...stored(), { name: 'more', type: 'text' }])
    await asWanted()
  })
})
