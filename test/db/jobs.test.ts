// Durable jobs on both engines: put in with the caller's transaction, done once, tried again, resumed after a kill, fenced
// against a worker that was away too long.
import type { Job, JobState } from '@peyvand/core/answer/job.ts'
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Database } from '@peyvand/runtime/db/database.ts'
import { defaultSchema, openPlatform } from '@peyvand/runtime/index.ts'
import { LostJob, type JobKind } from '@peyvand/runtime/jobs/job.ts'
import * as queue from '@peyvand/runtime/jobs/queue.ts'
import { Worker } from '@peyvand/runtime/jobs/worker.ts'
import type { RunningPlatform } from '@peyvand/runtime/platform.ts'
import { freshDatabase, type FreshDatabase } from '../support/database.ts'
import { engines } from '../support/server.ts'
import { until } from '../support/until.ts'

describe.each(engines)('on %s', (engine) => {
  let fresh: FreshDatabase
  let platform: RunningPlatform
  let database: Database
  const workers: Worker[] = []
  const ran: string[] = []

  const kinds: readonly JobKind[] = [
    {
      name: 'count',
      attempts: 3,
      run: async (job) => {
        const { payload } = job
        ran.push(JSON.stringify(payload['n']))
        await job.report({ done: 1, total: 2, says: 'half' })
        return { n: payload['n'] ?? null }
      },
    },
    {
      name: 'shaky',
      attempts: 3,
      run: async ({ attempt }) => {
        ran.push(`try ${attempt}`)
        if (attempt < 3) throw new Error('not yet')
        return null
      },
    },
    {
      name: 'wrong',
      attempts: 3,
      run: async () => {
        ran.push('wrong')
        throw new Problem('check.invalid', { detail: 'It does not fit', target: 'here' })
      },
      failed: async ({ id }) => void ran.push(`failed ${id}`),
    },
    {
      name: 'long',
      attempts: 3,
      run: async ({ signal, payload }) => {
        ran.push('began')
        await new Promise((_resolve, reject) => {
          if (payload['deaf'] !== true) signal.addEventListener('abort', () => reject(signal.reason as Error))
          else signal.addEventListener('abort', () => setTimeout(_resolve, 50))
        })
        return null
      },
    },
  ]
  const start = async (some: readonly JobKind[] = kinds, most = 2): Promise<Worker> => {
    const worker = new Worker(platform, some, most)
    workers.push(worker)
    await worker.start()
    return worker
  }
  const put = (kind: string, payload: JsonObject = {}, more: object = {}): Promise<string> =>
    database.transaction((session) => queue.enqueue(session, defaultSchema, { kind, payload, ...more }))
  const reaches = (id: string, state: JobState): Promise<Job> =>
    until(async () => {
      const job = await queue.findJob(database, defaultSchema, id)
      return job?.state === state ? job : undefined
    })

  beforeAll(async () => {
    fresh = await freshDatabase(engine, { JOBS: '0' })
    platform = await openPlatform(fresh.config, { serves: true })
    database = platform.database
  })
  beforeEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.stop()))
    ran.length = 0
    await database.query({ text: `delete from ${defaultSchema}._job` })
  })
  afterAll(async () => {
    await Promise.all(workers.map((worker) => worker.stop()))
    await platform?.close()
    await fresh?.remove()
  })

  test('a job is done, and tells how far it is', async () => {
    const heard: unknown[] = []
    const off = platform.events.on((event) => event.kind === 'job' && heard.push([event.state, event.progress?.says]))
    await start()
    const id = await put('count', { n: 7 })
    const job = await reaches(id, 'done')
    off()
    expect(job).toMatchObject({ result: { n: 7 }, attempts: 1, progress: { done: 1, total: 2 }, error: null })
    expect(heard).toEqual([
      ['running', undefined],
      ['running', 'half'],
      ['done', undefined],
    ])
  })

  test('a job is there with the transaction that made it, and not without', async () => {
    await start()
    const failing = database.transaction(async (session) => {
      await queue.enqueue(session, defaultSchema, { kind: 'count', payload: { n: 1 } })
      throw new Error('no')
    })
    await expect(failing).rejects.toThrow('no')
    await reaches(await put('count', { n: 2 }), 'done')
    expect(ran).toEqual(['2'])
  })

  test('one of a unique key at a time', async () => {
    const first = await put('count', { n: 1 }, { unique: 'a' })
    expect(await put('count', { n: 2 }, { unique: 'a' })).toBe(first)
    const other = await put('count', { n: 3 }, { unique: 'b' })
    await start()
    await Promise.all([reaches(first, 'done'), reaches(other, 'done')])
    expect(await put('count', { n: 4 }, { unique: 'a' })).not.toBe(first)
    expect(ran.toSorted()).toEqual(expect.arrayContaining(['1', '3']))
    expect(ran).not.toContain('2')
  })

  test('what may pass is tried again, what is refused is not', async () => {
    await start()
    const shaky = await put('shaky')
    const wrong = await put('wrong')
    expect(await reaches(wrong, 'failed')).toMatchObject({
      attempts: 1,
      error: { code: 'check.invalid', detail: 'It does not fit', target: 'here' },
    })
    expect(await reaches(shaky, 'done')).toMatchObject({ attempts: 3, error: null })
    await until(() => (ran.includes(`failed ${wrong}`) ? true : undefined))
    expect(ran.filter((each) => each.startsWith('try'))).toEqual(['try 1', 'try 2', 'try 3'])
    expect(await queue.retry(database, defaultSchema, wrong)).toBe(true)
    await until(() => (ran.filter((each) => each === 'wrong').length === 2 ? true : undefined))
  })

  test('a running job stops when it is cancelled', async () => {
    await start()
    const id = await put('long')
    await until(() => (ran.includes('began') ? true : undefined))
    expect(await queue.cancel(database, defaultSchema, id)).toBe(true)
    await reaches(id, 'cancelled')
    expect(await queue.cancel(database, defaultSchema, id)).toBe(false)
  })

  test('a stopping server gives a job back, and the try does not count', async () => {
    const worker = await start()
    const id = await put('long')
    await until(() => (ran.includes('began') ? true : undefined))
    await worker.stop()
    expect(await reaches(id, 'queued')).toMatchObject({ attempts: 0, error: null })
  })

  test('a job of a dead worker is taken over, and the dead one can do nothing more', async () => {
    const id = await put('count', { n: 9 })
    const dead = (await queue.take(database, defaultSchema, ['count'], -1))!
    expect(dead.id).toBe(id)
    const next = (await queue.take(database, defaultSchema, ['count'], 60))!
    expect([next.id, next.lease > dead.lease, next.attempts]).toEqual([id, true, 2])
    for (const act of [
      () => queue.beat(database, defaultSchema, dead, 60),
      () => queue.report(database, defaultSchema, dead, { done: 1 }),
      () => queue.finish(database, defaultSchema, dead, null),
      () => database.transaction((session) => queue.hold(session, defaultSchema, dead)),
    ])
      await expect(act()).rejects.toThrow(LostJob)
    await queue.finish(database, defaultSchema, next, 'ours')
    expect(await reaches(id, 'done')).toMatchObject({ result: 'ours' })
  })

  test('a job that kills its workers fails in the end', async () => {
    const id = await put('count', { n: 1 })
    for (let i = 0; i < 3; i++) await queue.take(database, defaultSchema, ['count'], -1)
    if (engine === 'pglite') await queue.releaseAll(database, defaultSchema)
    await start()
    expect(await reaches(id, 'failed')).toMatchObject({ error: { code: 'step.failed' } })
    expect(ran).toEqual([])
  })

  test('many jobs and several workers: each is done once', async () => {
    const ids = await Promise.all(Array.from({ length: 60 }, (_, n) => put('count', { n })))
    await Promise.all([start(kinds, 3), start(kinds, 3), start(kinds, 3)])
    for (const id of ids) await reaches(id, 'done')
    expect(ran.toSorted((a, b) => Number(a) - Number(b))).toEqual(ids.map((_, n) => String(n)))
  })

  test('a job of an unknown kind waits for a process that knows it; a later one runs now', async () => {
    await start()
    const unknown = await put('of_the_future')
    const later = await put('count', { n: 1 }, { runAt: new Date(Date.now() + 3_600_000) })
    await reaches(await put('count', { n: 2 }), 'done')
    expect(ran).toEqual(['2'])
    for (const id of [unknown, later]) await reaches(id, 'queued')
    expect(await queue.findJob(database, defaultSchema, randomUUID())).toBeUndefined()
  })
})
