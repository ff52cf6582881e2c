// A field moves to the entity behind a lookup, or to the one that points at its own: its values go along, what names it follows,
// what cannot move is refused by name, and taking the move back brings every value as it was. On both engines.
import type { Change } from '@peyvand/runtime/meta/change.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { systemActor } from '@peyvand/core/access/actor.ts'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { defaultSchema as schema, openPlatform } from '@peyvand/runtime/index.ts'
import { jobKinds } from '@peyvand/runtime/jobs/kinds/index.ts'
import { findJob } from '@peyvand/runtime/jobs/queue.ts'
import { Worker } from '@peyvand/runtime/jobs/worker.ts'
import type { Dependents } from '@peyvand/runtime/meta/draft.ts'
import type { RunningPlatform } from '@peyvand/runtime/platform.ts'
import { freshDatabase, type FreshDatabase } from '../support/database.ts'
import { describedTables, physicalTables } from '../support/physical.ts'
import { engines } from '../support/server.ts'
import { until } from '../support/until.ts'

const id = (n: number): string => `019f0000-0000-7000-8000-${String(n).padStart(12, '0')}`
const put = (definition: JsonObject): Change => ({ op: 'put', definition })
const firm: JsonObject = {
  kind: 'entity',
  name: 'firm',
  primaryField: 'name',
  fields: [
    { name: 'name', type: 'text' },
    { name: 'region', type: 'text', indexed: true },
    { name: 'twice', type: 'formula', returns: 'integer', expression: 'size * 2' },
    { name: 'size', type: 'integer' },
  ],
}
const person: JsonObject = {
  kind: 'entity',
  name: 'person',
  primaryField: 'name',
  fields: [
    { name: 'name', type: 'text' },
    { name: 'firm', type: 'lookup', target: 'firm' },
    { name: 'site', type: 'text', indexed: true },
    { name: 'pay', type: 'decimal', precision: 12, scale: 2 },
    { name: 'code', type: 'text' },
    { name: 'picture', type: 'image' },
    { name: 'boss', type: 'lookup', target: 'person' },
  ],
  keys: [{ name: 'code', fields: ['code'] }],
}
const naming: JsonObject[] = [
  {
    kind: 'view',
    name: 'people',
    entity: 'person',
    columns: [{ field: 'name' }, { field: 'site' }, { field: 'firm.region' }],
    filter: "site != 'x' && firm.region == 'north'",
    sort: [{ field: 'site' }],
  },
  {
    kind: 'view',
    name: 'firms',
    entity: 'firm',
    columns: [{ field: 'name' }, { field: 'region' }],
  },
  {
    kind: 'role',
    name: 'guarded',
    grants: [{ entity: 'person', read: 'all', rule: "site != ''" }],
    fields: [
      { entity: 'person', field: 'site', read: false, write: false },
      { entity: 'firm', field: 'region', read: true, write: false },
    ],
  },
]
const site = { op: 'move', field: 'site', from: 'person', to: 'firm' } as const
const region = { op: 'move', field: 'region', from: 'firm', to: 'person' } as const

describe.each(engines)('on %s', (engine) => {
  let fresh: FreshDatabase
  let platform: RunningPlatform

  const query = async <R>(text: string): Promise<R[]> => (await platform.database.query<R>({ text })).rows
  const plan = (changes: Change[], dependents?: Dependents) => platform.publisher.plan({ changes, dependents })
  const apply = async (changes: Change[], dependents?: Dependents) => {
    const made = await plan(changes, dependents)
    expect(made.problems).toEqual([])
    return platform.publisher.apply({ changes, dependents, plan: made.plan }, systemActor)
  }
  const undo = (change: string | undefined) => platform.publisher.undo(change!, systemActor)
  const valuesOf = async (table: string, column: string): Promise<unknown[]> =>
    (await query<{ v: unknown }>(`select t."${column}" as v from "${schema}"."${table}" t order by t.id`)).map(
      ({ v }) => v,
    )
  const definition = (kind: string, name: string) => platform.publisher.definition(kind, name)
  const step = (made: Awaited<ReturnType<typeof plan>>, kind: string) => made.steps.find((one) => one.kind === kind)
  const expectSound = async () =>
    expect(await physicalTables(platform.database, schema)).toEqual(describedTables(platform.model()))

  beforeAll(async () => {
    fresh = await freshDatabase(engine, { JOBS: '0', JOB_ROWS: '500' })
    platform = await openPlatform(fresh.config, { serves: true })
  })
  afterAll(async () => {
    await platform?.close()
    await fresh?.remove()
  })

  beforeEach(async () => {
    const old = ['people', 'firms', 'guarded', 'person', 'firm'].flatMap((name): Change[] => {
      const kind = ['view', 'role', 'entity'].find((one) => definition(one, name) !== undefined)
      return kind === undefined ? [] : [{ op: 'delete', kind, name }]
    })
    if (old.length > 0) await apply(old)
    await apply([firm, person].map(put))
    const stamp = (n: number): string => `'2026-01-0${n}', '2026-02-0${9 - n}', 1`
    await query(`insert into "${schema}".firm (id, name, region, created_at, modified_at, version) values
      ('${id(1)}', 'one', 'north', ${stamp(1)}), ('${id(2)}', 'two', null, ${stamp(2)}), ('${id(3)}', 'three', 'south', ${stamp(3)})`)
    await query(`insert into "${schema}".person (id, name, firm_id, site, created_at, modified_at, version) values
      ('${id(11)}', 'a', '${id(1)}', 'one.example', ${stamp(1)}), ('${id(12)}', 'b', '${id(1)}', null, ${stamp(2)}),
      ('${id(13)}', 'c', '${id(2)}', 'two.example', ${stamp(3)}), ('${id(14)}', 'd', '${id(2)}', 'two.example', ${stamp(4)})`)
  })

  const differ = () => query(`update "${schema}".person set site = 'other' where id = '${id(14)}'`)

  test('to the parent: values go along, and all that names it follows', async () => {
    await apply(naming.map(put))
    const field = platform
      .model()
      .entities.get('person')!
      .fields.find(({ name }) => name === 'site')!
    const made = await plan([site])
    expect(made.problems).toEqual([])
    expect(made.steps.map(({ kind, risk }) => [kind, risk])).toEqual([
      ['drop_index', 'safe'],
      ['drop_column', 'safe'],
      ['add_column', 'safe'],
      ['move_values', 'safe'],
      ['add_index', 'safe'],
    ])
    expect(step(made, 'move_values')).toMatchObject({ entity: 'firm', field: 'site', lock: 'ROW EXCLUSIVE', count: 0 })
    expect(new Set(made.affects.map(({ because }) => because))).toEqual(
      new Set(['the field "person.site" moves to "firm"']),
    )
    expect(new Set(made.affects.map(({ kind, name }) => `${kind}/${name}`))).toEqual(
      new Set(['view/people', 'role/guarded']),
    )
    const { undo: change } = await platform.publisher.apply({ changes: [site], plan: made.plan }, systemActor)
    expect(
      platform
        .model()
        .entities.get('firm')!
        .fields.find(({ name }) => name === 'site')!.id,
    ).toBe(field.id)
    expect(await valuesOf('firm', 'site')).toEqual(['one.example', 'two.example', null])
    expect(definition('view', 'people')).toMatchObject({
      columns: [{ field: 'name' }, { field: 'firm.site' }, { field: 'firm.region' }],
      filter: "firm.site != 'x' && firm.region == 'north'",
      sort: [{ field: 'firm.site' }],
    })
    expect(definition('role', 'guarded')).toMatchObject({
      grants: [{ entity: 'person', rule: "firm.site != ''" }],
      fields: [{ entity: 'firm', field: 'site' }, {}],
    })
    await expectSound()

    await query(`update "${schema}".firm set site = 'changed'`)
    const again = (await undo(change)).undo
    expect(await valuesOf('person', 'site')).toEqual(['one.example', null, 'two.example', 'two.example'])
    expect(definition('view', 'people')).toMatchObject({ sort: [{ field: 'site' }] })
    await expectSound()
    await undo(again)
    expect(await valuesOf('firm', 'site')).toEqual(['changed', 'changed', 'changed'])
    await expectSound()
  })

  test('to the children: each gets what its parent has', async () => {
    await apply(naming.map(put))
    const made = await plan([region], 'adjust')
    expect(made.problems).toEqual([])
    expect(step(made, 'drop_column')).toMatchObject({ risk: 'lossy', count: 1 })
    const { undo: change } = await apply([region], 'adjust')
    expect(await valuesOf('person', 'region')).toEqual(['north', 'north', null, null])
    // The list of firms cannot follow: it has no one person to ask.
    expect(definition('view', 'firms')).toMatchObject({ columns: [{ field: 'name' }] })
    expect(definition('view', 'people')).toMatchObject({
      columns: [{ field: 'name' }, { field: 'site' }, { field: 'region' }],
      filter: "site != 'x' && region == 'north'",
    })
    expect(definition('role', 'guarded')).toMatchObject({ fields: [{}, { entity: 'person', field: 'region' }] })
    await expectSound()
    await undo(change)
    expect(await valuesOf('firm', 'region')).toEqual(['north', null, 'south'])
    await expectSound()
  })

  test('children that differ are refused with the records, or the chosen one wins', async () => {
    await differ()
    const refused = await plan([site])
    expect(step(refused, 'move_values')).toMatchObject({ risk: 'blocked', count: 1 })
    const told: string[] = []
    await platform.publisher.plan({ changes: [site] }, async (rows) => {
      const found = await platform.database.query<{ id: string }>({ text: rows.text, values: [20] })
      told.push(...found.rows.map((row) => row.id))
      return []
    })
    expect(told).toEqual([id(13), id(14)])
    await expect(platform.publisher.apply({ changes: [site], plan: refused.plan }, systemActor)).rejects.toMatchObject({
      code: 'plan.blocked',
    })
    for (const [take, wins] of [
      ['latest', 'two.example'],
      ['first', 'two.example'],
    ] as const) {
      const made = await plan([{ ...site, take }])
      expect(step(made, 'move_values')).toMatchObject({ risk: 'lossy', count: 1 })
      const { undo: change } = await apply([{ ...site, take }])
      expect(await valuesOf('firm', 'site')).toEqual(['one.example', wins, null])
      await undo(change)
      expect(await valuesOf('person', 'site')).toEqual(['one.example', null, 'two.example', 'other'])
    }
    await query(`update "${schema}".person set modified_at = '2026-03-01' where id = '${id(14)}'`)
    await apply([{ ...site, take: 'latest' }])
    expect(await valuesOf('firm', 'site')).toEqual(['one.example', 'other', null])
  })

  test('what has no parent stays in the bin and is told', async () => {
    await query(`update "${schema}".person set firm_id = null where id = '${id(11)}'`)
    expect(step(await plan([site]), 'drop_column')).toMatchObject({ risk: 'lossy', count: 1 })
    const { undo: change } = await apply([site])
    expect(await valuesOf('firm', 'site')).toEqual([null, 'two.example', null])
    await undo(change)
    expect(await valuesOf('person', 'site')).toEqual(['one.example', null, 'two.example', 'two.example'])
  })

  test('a required field wants a value for every record, or a default', async () => {
    const required = (more: JsonObject): Change => {
      const known = definition('entity', 'person')!
      const fields = (known['fields'] as JsonObject[]).map((field) =>
        field['name'] === 'site' ? { ...field, required: true, ...more } : field,
      )
      return put({ ...known, fields })
    }
    await query(`update "${schema}".person set site = 'b' where id = '${id(12)}'`)
    const take = { ...site, take: 'first' } as const
    expect(step(await plan([required({}), take]), 'set_not_null')).toMatchObject({ risk: 'blocked', count: 1 })
    const { undo: change } = await apply([required({ default: 'none' }), take])
    expect(await valuesOf('firm', 'site')).toEqual(['one.example', 'two.example', 'none'])
    await expectSound()
    await undo(change)
    expect(await valuesOf('person', 'site')).toEqual(['one.example', 'b', 'two.example', 'two.example'])
    await expectSound()
  })

  test('a formula goes where it can still be worked out', async () => {
    await apply([{ op: 'move', field: 'twice', from: 'firm', to: 'person' }])
    const fields = definition('entity', 'person')!['fields'] as JsonObject[]
    expect(fields.at(-1)).toMatchObject({ name: 'twice', expression: 'firm.size * 2' })
    const half: JsonObject = { name: 'half', type: 'formula', returns: 'decimal', expression: 'pay / 2.0' }
    await apply([put({ ...definition('entity', 'person')!, fields: [...fields, half] })])
    const { problems } = await plan([{ op: 'move', field: 'half', from: 'person', to: 'firm' }])
    expect(problems).toMatchObject([{ code: 'check.definition', pointer: expect.stringContaining('/expression') }])
  })

  test('what cannot move says why', async () => {
    const refused: readonly [object, string, RegExp][] = [
      [{ field: 'created_at' }, 'field', /Every record has its own/],
      [{ field: 'sight' }, 'field', /no field "sight"/],
      [{ field: 'code' }, 'field', /part of the key "code"/],
      [{ field: 'name' }, 'field', /names the records/],
      [{ field: 'picture' }, 'field', /Files stay/],
      [{ field: 'site', as: 'region' }, 'as', /has a field "region"/],
      [{ field: 'firm' }, 'to', /No lookup leads/],
      [{ to: 'person' }, 'to', /already/],
      [{ to: 'company' }, 'to', /no entity "company"/],
      [{ via: 'boss' }, 'via', /No lookup "boss"/],
    ]
    for (const [more, place, says] of refused) {
      const { problems } = await plan([{ ...site, ...more }])
      expect(problems[0], JSON.stringify(more)).toMatchObject({
        pointer: `/changes/0/${place}`,
        detail: expect.stringMatching(says),
      })
    }
    const { problems } = await plan([site, { op: 'delete', kind: 'entity', name: 'person' }])
    expect(problems).not.toEqual([])
  })

  test('a large table is filled by a job, and taken back while it waits', async () => {
    await query(`insert into "${schema}".firm (id, name, created_at, modified_at, version)
      select ('019f0000-0000-7000-9000-' || lpad(n::text, 12, '0'))::uuid, 'firm ' || n, now(), now(), 1 from generate_series(1, 2000) n`)
    await query(`insert into "${schema}".person (id, name, firm_id, site, created_at, modified_at, version)
      select gen_random_uuid(), 'p', f.id, f.name || '.example', now(), now(), 1 from "${schema}".firm f where f.name like 'firm %'`)
    await query(`analyze "${schema}".firm`)
    await query(`analyze "${schema}".person`)
    const waiting = await apply([site])
    expect(waiting.jobs).toHaveLength(1)
    const before = await query(`select count(*)::int as n from "${schema}".firm where site is not null`)
    expect(before).toEqual([{ n: 0 }])
    // The index over the old column is made again by a job, too.
    const { jobs: again } = await undo(waiting.undo)
    expect((await valuesOf('person', 'site')).filter((value) => value !== null)).toHaveLength(2_003)
    const worker = new Worker(platform, jobKinds, 1)
    const done = async (jobs: readonly string[] = []) => {
      for (const job of jobs)
        await until(async () => (await findJob(platform.database, schema, job))?.state === 'done' || undefined, 40_000)
    }
    await worker.start()
    try {
      await done(again)
      await done((await apply([site])).jobs)
    } finally {
      await worker.stop()
    }
    expect(
      await query(
        `select count(*)::int as n from "${schema}".firm where site = name || '.example' or name in ('one', 'two') and site is not null`,
      ),
    ).toEqual([{ n: 2_002 }])
    await expectSound()
  })
})
