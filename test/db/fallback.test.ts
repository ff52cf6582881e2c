// Values that a change of type cannot convert: refused unless the admin says what becomes of them, told with their count and
// their records either way, and as they were when the change is taken back; at once and by a job, on both engines.
import type { Change } from '@peyvand/runtime/meta/change.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { systemActor } from '@peyvand/core/access/actor.ts'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { defaultSchema as schema, openPlatform } from '@peyvand/runtime/index.ts'
import { jobKinds } from '@peyvand/runtime/jobs/kinds/index.ts'
import { findJob } from '@peyvand/runtime/jobs/queue.ts'
import { Worker } from '@peyvand/runtime/jobs/worker.ts'
import type { OnFails } from '@peyvand/runtime/meta/fallback.ts'
import type { RunningPlatform } from '@peyvand/runtime/platform.ts'
import { freshDatabase, type FreshDatabase } from '../support/database.ts'
import { describedTables, physicalTables } from '../support/physical.ts'
import { engines } from '../support/server.ts'
import { until } from '../support/until.ts'

const written = ['7', 'many', null, '99999999999']

describe.each(engines)('on %s', (engine) => {
  let fresh: FreshDatabase
  let platform: RunningPlatform

  const definition = () => platform.publisher.definition('entity', 'crate')!
  const apply = async (changes: Change[]) => {
    const { plan, problems } = await platform.publisher.plan({ changes })
    expect(problems).toEqual([])
    return platform.publisher.apply({ changes, plan }, systemActor)
  }
  const undo = (change: string | undefined) => platform.publisher.undo(change!, systemActor)
  const toNumber = (onFail?: OnFails, more: JsonObject = {}): Change => {
    const fields = (definition()['fields'] as JsonObject[]).map((field) =>
      field['name'] === 'size' ? { id: field['id']!, name: 'size', type: 'integer', ...more } : field,
    )
    return { op: 'put', definition: { ...definition(), fields }, ...(onFail === undefined ? {} : { onFail }) }
  }
  const sizes = async (): Promise<unknown[]> =>
    (
      await platform.database.query<{ v: unknown }>({
        text: `select c.size as v from "${schema}".crate c where c.name like 'told%' order by c.name`,
      })
    ).rows.map(({ v }) => v)
  const insert = (names: string, values: string, from = '') =>
    platform.database.query({
      text: `insert into "${schema}".crate (id, name, size, created_at, modified_at, version)
        select gen_random_uuid(), ${names}, ${values}, now(), now(), 1 ${from}`,
    })
  const retype = async (change: Change) => {
    const made = await platform.publisher.plan({ changes: [change] })
    return { ...made, step: made.steps.find(({ kind }) => kind === 'retype_column') }
  }

  beforeAll(async () => {
    fresh = await freshDatabase(engine, { JOBS: '0', JOB_ROWS: '500' })
    platform = await openPlatform(fresh.config, { serves: true })
  })
  afterAll(async () => {
    await platform?.close()
    await fresh?.remove()
  })
  beforeEach(async () => {
    if (platform.model().entities.has('crate')) await apply([{ op: 'delete', kind: 'entity', name: 'crate' }])
    const fields: JsonObject[] = [
      { name: 'name', type: 'text' },
      { name: 'size', type: 'text' },
    ]
    await apply([{ op: 'put', definition: { kind: 'entity', name: 'crate', primaryField: 'name', fields } }])
    for (const [n, value] of written.entries()) await insert(`'told ${n}'`, value === null ? 'null' : `'${value}'`)
  })

  test('without a choice, or with "refuse", such values stand in the way', async () => {
    for (const onFail of [undefined, { size: 'refuse' } as const]) {
      const { step } = await retype(toNumber(onFail))
      expect(step).toMatchObject({ risk: 'blocked', count: 2 })
    }
  })

  test.each([
    ['null', 'null', [7, null, null, null]],
    ['a value', { default: 5 }, [7, 5, null, 5]],
  ] as const)('%s stands for them, and the old values come back', async (_what, choice, gives) => {
    const change = toNumber({ size: choice })
    const { step, plan } = await retype(change)
    expect(step).toMatchObject({ risk: 'lossy', count: 2, because: expect.stringContaining('2 values of "Size"') })
    await expect(platform.publisher.apply({ changes: [change] }, systemActor)).rejects.toMatchObject({
      code: 'plan.confirm',
    })
    const { undo: back } = await platform.publisher.apply({ changes: [change], plan }, systemActor)
    expect(await sizes()).toEqual(gives)
    expect(await physicalTables(platform.database, schema)).toEqual(describedTables(platform.model()))
    await insert(`'told 9'`, '12')
    await undo(back)
    expect(await sizes()).toEqual([...written, '12'])
  })

  test('the records are told, and the choice changes nothing when all values convert', async () => {
    const told: string[] = []
    await platform.publisher.plan({ changes: [toNumber({ size: 'null' })] }, async ({ text }) => {
      const { rows } = await platform.database.query<{ id: string }>({ text, values: [20] })
      told.push(...rows.map(({ id }) => id))
      return []
    })
    expect(told).toHaveLength(2)
    await platform.database.query({
      text: `update "${schema}".crate set size = '1' where name in ('told 1', 'told 3')`,
    })
    const [plain, chosen] = [(await retype(toNumber())).step!, (await retype(toNumber({ size: 'null' }))).step!]
    expect(chosen).toMatchObject({ count: 0, risk: plain.risk, because: plain.because })
  })

  test('what cannot be chosen is refused with its place', async () => {
    const cases: readonly [Change, string][] = [
      [toNumber({ sise: 'null' }), '/changes/0/onFail/sise'],
      [toNumber({ size: { default: 'abc' } }), '/changes/0/onFail/size'],
      [toNumber({ size: 'null' }, { required: true }), '/changes/0/onFail/size'],
    ]
    for (const [change, place] of cases)
      expect((await platform.publisher.plan({ changes: [change] })).problems).toMatchObject([{ pointer: place }])
  })

  test.each([
    ['null', 'null', [7, null, null, null]],
    ['a value', { default: 5 }, [7, 5, null, 5]],
  ] as const)('by a job: %s', async (_what, choice, gives) => {
    await insert(`'n ' || n`, 'n::text', 'from generate_series(1, 3000) n')
    await platform.database.query({ text: `analyze "${schema}".crate` })
    const worker = new Worker(platform, jobKinds, 1)
    await worker.start()
    const done = async ({ jobs }: { readonly jobs?: readonly string[] }): Promise<void> => {
      for (const id of jobs ?? []) {
        const job = await until(async () => {
          const found = await findJob(platform.database, schema, id)
          return found !== undefined && ['done', 'failed'].includes(found.state) ? found : undefined
        }, 40_000)
        expect(job).toMatchObject({ state: 'done' })
        await done((job.result ?? {}) as { jobs?: readonly string[] })
      }
    }
    try {
      const { step } = await retype(toNumber({ size: choice }))
      expect(step).toMatchObject({ when: 'job', risk: 'lossy', count: 2 })
      const published = await apply([toNumber({ size: choice })])
      await done(published)
      expect(await sizes()).toEqual(gives)
      await done(await undo(published.undo))
      expect(await sizes()).toEqual(written)
    } finally {
      await worker.stop()
    }
  })
})
