// Does a published change do what its plan said, to tables and definitions alike, and does undo bring everything back?
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemActor } from '@peyvand/core/access/actor.ts'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { canonical } from '@peyvand/core/plan/tables.ts'
import { openPlatform } from '@peyvand/runtime/index.ts'
import { emptyBin } from '@peyvand/runtime/meta/bin.ts'
import { installSolutions } from '@peyvand/runtime/meta/install.ts'
import type { RunningPlatform } from '@peyvand/runtime/platform.ts'
import { fileURLToPath } from 'node:url'
import type { Change } from '@peyvand/runtime/meta/change.ts'
import { freshDatabase, type FreshDatabase } from '../support/database.ts'
import { engines } from '../support/server.ts'
import { describedTables, physicalTables } from '../support/physical.ts'

const solutions = fileURLToPath(new URL('../../solutions', import.meta.url))
const put = (definition: JsonObject): Change => ({ op: 'put', definition })

describe.each(engines)('%s', (engine) => {
  let fresh: FreshDatabase
  let platform: RunningPlatform

  beforeAll(async () => {
    fresh = await freshDatabase(engine)
    platform = await openPlatform(fresh.config, { serves: true })
    await installSolutions(platform.publisher, solutions, ['crm'])
  })
  afterAll(async () => {
    await platform?.close()
    await fresh?.remove()
  })

  const apply = async (...changes: Change[]) => {
    const { plan, problems } = await platform.publisher.plan({ changes })
    expect(problems).toEqual([])
    return platform.publisher.apply({ changes, plan }, systemActor)
  }
  const undo = (id: string | undefined) => platform.publisher.undo(id ?? 'nothing was published', systemActor)
  const codeOf = (promise: Promise<unknown>) =>
    promise.then(
      () => 'done',
      (error: { code: string }) => error.code,
    )
  const definitionOf = (name: string) => platform.publisher.definition('entity', name)!
  const tableName = (name: string) => `"${platform.schema}"."${name}"`
  const insert = async (table: string, values: Record<string, unknown>) => {
    const row = { id: randomUUID(), created_at: new Date(), modified_at: new Date(), version: 1, ...values }
    const names = Object.keys(row)
    await platform.database.query({
      text: `insert into ${tableName(table)} (${names.map((name) => `"${name}"`).join(', ')}) values (${names.map((_, i) => `$${i + 1}`).join(', ')})`,
      values: Object.values(row),
    })
  }
  const columnOf = async (table: string, column: string) =>
    (
      await platform.database.query<{ v: unknown }>({
        text: `select t."${column}" as v from ${tableName(table)} t order by t.created_at`,
      })
    ).rows.map(({ v }) => v)
  /** The database is what the model says: the one invariant behind every test here. */
  const expectSound = async () =>
    expect(await physicalTables(platform.database, platform.schema)).toEqual(describedTables(platform.model()))

  /** A fresh entity with two rows, and a name of its own. */
  let count = 0
  const makeEntity = async (fields: JsonObject[] = []) => {
    const name = `thing${count++}`
    await apply(
      put({ kind: 'entity', name, primaryField: 'name', fields: [{ name: 'name', type: 'text' }, ...fields] }),
    )
    return name
  }
  const withFields = (name: string, change: (fields: JsonObject[]) => JsonObject[]) =>
    put({ ...definitionOf(name), fields: change(definitionOf(name)['fields'] as JsonObject[]) })

  it('takes away what a publish that never came has laid', async () => {
    await platform.database.query({ text: `create table ${tableName('left_behind')} (x integer)` })
    await platform.database.query({
      text: `insert into ${tableName('_groundwork')} (name, plan) values ('left_behind', 'some plan')`,
    })
    await apply(put({ kind: 'entity', name: 'left_behind', fields: [{ name: 'name', type: 'text' }] }))
    await insert('left_behind', { name: 'here' })
    expect(await columnOf('left_behind', 'name')).toEqual(['here'])
    await expectSound()
  })

  it('installs solutions once, with every table the model wants', async () => {
    expect(platform.model().entities.get('account')?.solution).toBe('crm')
    await expectSound()
    const { revision } = platform.model()
    expect(await installSolutions(platform.publisher, solutions, ['crm'])).toEqual([])
    expect(platform.model().revision).toBe(revision)
  })

  it('makes a whole entity usable and takes it away again', async () => {
    const before = canonical(platform.publisher.tables())
    const made = await apply(
      put({
        kind: 'entity',
        name: 'vehicle',
        ownership: 'user',
        primaryField: 'name',
        fields: [
          { name: 'name', type: 'text', required: true },
          { name: 'account', type: 'lookup', target: 'account' },
          { name: 'price', type: 'money' },
        ],
      }),
    )
    await expectSound()
    expect(
      platform
        .model()
        .entities.get('vehicle')
        ?.fields.every((field) => field.id),
    ).toBe(true)
    await undo(made.undo)
    expect(canonical(platform.publisher.tables())).toBe(before)
    await expectSound()
  })

  const reversible: readonly [
    string,
    JsonObject[],
    (fields: JsonObject[]) => JsonObject[],
    string,
    unknown[],
    unknown[],
  ][] = [
    ['adding a field', [], (fields) => [...fields, { name: 'extra', type: 'integer' }], 'extra', [null, null], []],
    [
      'adding a required field with a default',
      [],
      (fields) => [...fields, { name: 'extra', type: 'integer', required: true, default: 7 }],
      'extra',
      [7, 7],
      [],
    ],
    [
      'renaming a field',
      [{ name: 'old', type: 'text' }],
      (fields) => fields.map((field) => (field['name'] === 'old' ? { ...field, name: 'new' } : field)),
      'new',
      ['1', '2'],
      ['1', '2'],
    ],
    [
      'retyping text to integer',
      [{ name: 'old', type: 'text' }],
      (fields) =>
        fields.map((field) => (field['name'] === 'old' ? { id: field['id']!, name: 'old', type: 'integer' } : field)),
      'old',
      [1, 2],
      ['1', '2'],
    ],
    [
      'retyping integer to text',
      [{ name: 'old', type: 'integer' }],
      (fields) =>
        fields.map((field) => (field['name'] === 'old' ? { id: field['id']!, name: 'old', type: 'text' } : field)),
      'old',
      ['1', '2'],
      [1, 2],
    ],
    [
      'requiring a field',
      [{ name: 'old', type: 'text' }],
      (fields) => fields.map((field) => (field['name'] === 'old' ? { ...field, required: true } : field)),
      'old',
      ['1', '2'],
      ['1', '2'],
    ],
    [
      'a key',
      [{ name: 'old', type: 'text', unique: true }],
      (fields) => fields.map((field) => (field['name'] === 'old' ? { ...field, unique: false } : field)),
      'old',
      ['1', '2'],
      ['1', '2'],
    ],
  ]
  it.each(reversible)('does and undoes %s', async (_title, fields, change, column, after, before) => {
    const name = await makeEntity(fields)
    for (const n of ['1', '2']) await insert(name, { name: n, ...(fields.length > 0 ? { old: n } : {}) })
    const tables = canonical(platform.publisher.tables())
    const done = await apply(withFields(name, change))
    expect(await columnOf(name, column)).toEqual(after)
    await expectSound()
    const undone = await undo(done.undo)
    expect(canonical(platform.publisher.tables())).toBe(tables)
    if (fields.length > 0) expect(await columnOf(name, 'old')).toEqual(before)
    await expectSound()
    await undo(undone.undo)
    expect(await columnOf(name, column)).toEqual(after)
    await expectSound()
  })

  it('keeps what a dropped field and a dropped entity held', async () => {
    const name = await makeEntity([{ name: 'old', type: 'text' }])
    await insert(name, { name: 'one', old: 'kept' })
    const dropped = await apply(withFields(name, (fields) => fields.filter((field) => field['name'] !== 'old')))
    await expect(columnOf(name, 'old')).rejects.toMatchObject({ code: '42703' })
    const again = await apply(withFields(name, (fields) => [...fields, { name: 'old', type: 'text' }]))
    expect(await columnOf(name, 'old')).toEqual([null])
    await undo(again.undo)
    await undo(dropped.undo)
    expect(await columnOf(name, 'old')).toEqual(['kept'])
    const gone = await apply({ op: 'delete', kind: 'entity', name })
    await expect(columnOf(name, 'old')).rejects.toMatchObject({ code: '42P01' })
    await undo(gone.undo)
    expect(await columnOf(name, 'old')).toEqual(['kept'])
    await expectSound()
  })

  it('wants a reviewed plan before anything is lost, and only that plan', async () => {
    const name = await makeEntity([{ name: 'old', type: 'text' }])
    const change = withFields(name, (fields) => fields.filter((field) => field['name'] !== 'old'))
    const early = await platform.publisher.plan({ changes: [change] })
    expect(early.steps.map(({ risk }) => risk)).toEqual(['safe'])
    await insert(name, { name: 'one', old: 'precious' })
    expect(await codeOf(platform.publisher.apply({ changes: [change] }, systemActor))).toBe('plan.confirm')
    expect(await codeOf(platform.publisher.apply({ changes: [change], plan: early.plan }, systemActor))).toBe(
      'plan.changed',
    )
    const { plan, steps } = await platform.publisher.plan({ changes: [change] })
    expect(steps).toMatchObject([
      { kind: 'drop_column', entity: name, field: 'old', risk: 'lossy', because: expect.stringContaining('1 ') },
    ])
    expect(await codeOf(platform.publisher.apply({ changes: [change], plan }, systemActor))).toBe('done')
  })

  it('refuses what the records do not allow, and changes nothing', async () => {
    const name = await makeEntity([{ name: 'old', type: 'text' }])
    await insert(name, { name: 'one', old: 'not a number' })
    await insert(name, { name: 'two', old: null })
    const tables = canonical(platform.publisher.tables())
    const { revision } = platform.model()
    const wishes: ((field: JsonObject) => JsonObject)[] = [
      (field) => ({ id: field['id']!, name: 'old', type: 'integer' }),
      (field) => ({ ...field, required: true }),
    ]
    for (const wish of wishes) {
      const changes = [
        withFields(name, (fields) => fields.map((field) => (field['name'] === 'old' ? wish(field) : field))),
      ]
      const { steps, plan } = await platform.publisher.plan({ changes })
      expect(steps.map(({ risk }) => risk)).toContain('blocked')
      for (const hash of [undefined, plan])
        expect(await codeOf(platform.publisher.apply({ changes, plan: hash }, systemActor))).toBe('plan.blocked')
    }
    expect([canonical(platform.publisher.tables()), platform.model().revision]).toEqual([tables, revision])
    await expectSound()
  })

  it('refuses a change against another revision, a definition that is wrong, and one that is not there', async () => {
    const entity = {
      kind: 'entity',
      name: 'wrong',
      fields: [
        { name: 'name', type: 'text' },
        { name: 'x', type: 'nonsense' },
      ],
    }
    expect(await codeOf(platform.publisher.apply({ base: 1, changes: [] }, systemActor))).toBe('conflict.revision')
    expect(await codeOf(platform.publisher.plan({ base: 1, changes: [] }))).toBe('conflict.revision')
    expect(await codeOf(platform.publisher.apply({ changes: [put(entity)] }, systemActor))).toBe('check.definition')
    const { problems, steps } = await platform.publisher.plan({
      changes: [put(entity), { op: 'delete', kind: 'view', name: 'nothing' }],
    })
    expect(steps).toEqual([])
    expect(problems).toHaveLength(2)
  })

  it.each(['user', 'business_unit', 'role_assignment', 'team', 'team_member', 'queue', 'queue_member'])(
    'does not let %s be renamed or taken away',
    async (name) => {
      const renamed = await platform.publisher.plan({
        changes: [put({ ...definitionOf(name), name: `${name}_x`, entitySet: `${name}_xs` })],
      })
      const removed = await platform.publisher.plan({ changes: [{ op: 'delete', kind: 'entity', name }] })
      for (const { problems } of [renamed, removed]) expect(problems.length).toBeGreaterThan(0)
    },
  )

  it('keeps the customer’s edits of a solution apart from it', async () => {
    const made = await apply(
      withFields('account', (fields) => [
        ...fields.map((field) => (field['name'] === 'name' ? { ...field, maxLength: 333 } : field)),
        { name: 'abc_rating', type: 'integer' },
      ]),
    )
    const account = platform.model().entities.get('account')!
    expect(account.solution).toBe('crm')
    expect(account.fields.find(({ name }) => name === 'abc_rating')).toBeDefined()
    const [entry] = await platform.publisher.history()
    expect(entry).toMatchObject({
      action: 'apply',
      changes: [{ layer: 'custom', kind: 'entity', name: 'account', change: 'create' }],
    })
    await undo(made.undo)
    expect((await platform.publisher.history())[1]).toMatchObject({ undone: true })
    await expectSound()
  })

  it('undoes once, and not what was changed again', async () => {
    const name = await makeEntity()
    const first = await apply(withFields(name, (fields) => [...fields, { name: 'a', type: 'text' }]))
    const second = await apply(withFields(name, (fields) => [...fields, { name: 'b', type: 'text' }]))
    expect(await codeOf(undo(first.undo))).toBe('plan.undo')
    await undo(second.undo)
    expect(await codeOf(undo(second.undo))).toBe('plan.undo')
    await undo(first.undo)
    expect(await codeOf(undo(randomUUID()))).toBe('missing.record')
    await expectSound()
  })

  it('does not undo what something later needs', async () => {
    const name = await makeEntity()
    const made = (await platform.publisher.history())[0]!
    const other = await makeEntity([{ name: 'to', type: 'lookup', target: name }])
    expect(await codeOf(undo(made.id))).toBe('plan.undo')
    await expectSound()
    expect(other).not.toBe(name)
  })

  it('empties the recycle bin when its time is over, and says so when undo comes too late', async () => {
    const name = await makeEntity([{ name: 'old', type: 'text' }])
    const dropped = await apply(withFields(name, (fields) => fields.filter((field) => field['name'] !== 'old')))
    expect(await emptyBin(platform.database, platform.schema, 1)).toBe(0)
    expect(await emptyBin(platform.database, platform.schema, -1)).toBeGreaterThan(0)
    const { rows } = await platform.database.query({
      text: "select 1 from information_schema.columns c where c.table_schema = $1 and c.column_name like '\\_bin\\_%'",
      values: [platform.schema],
    })
    expect(rows).toEqual([])
    expect(await codeOf(undo(dropped.undo))).toBe('plan.undo')
    await expectSound()
  })

  it('publishes nothing when nothing is different', async () => {
    const name = await makeEntity()
    const { revision } = platform.model()
    expect(await apply(put(definitionOf(name)))).toEqual({ revision: String(revision) })
    expect(platform.model().revision).toBe(revision)
  })

  it('undoes so that later changes keep what they need', async () => {
    const role = (name: string): Change => put({ kind: 'role', name, grants: [{ entity: 'shared', read: 'unit' }] })
    await apply(put({ kind: 'entity', name: 'shared', ownership: 'user', fields: [{ name: 'name', type: 'text' }] }))
    const first = await apply(role('first'))
    await apply(role('second'))
    const undone = await undo(first.undo)
    await expectSound()
    await undo(undone.undo)
    await expectSound()
  })

  it('brings the tables of an older version of the platform up to this one', async () => {
    const { id } = platform.model().entities.get('account')!
    const table = platform.publisher.tables().get(id)!
    const older = { ...table, indexes: table.indexes.slice(1) }
    const { database, schema } = platform
    await database.query({ text: `drop index "${schema}"."${table.indexes[0]!.name}"` })
    const body = JSON.stringify(older)
    await database.query({
      text: `update "${schema}"._table set body = $2::json where entity_id = $1::uuid`,
      values: [id, body],
    })
    await platform.close()
    platform = await openPlatform(fresh.config, { serves: true })
    await expectSound()
    expect((await platform.publisher.history())[0]).toMatchObject({
      action: 'upgrade',
      changes: [],
      steps: [{ kind: 'add_index', entity: 'account' }],
    })
    expect(await codeOf(undo((await platform.publisher.history())[0]!.id))).toBe('plan.undo')
  })

  it('takes a conversion back with what was written since, and does it once more with that', async () => {
    const name = await makeEntity([{ name: 'size', type: 'text', maxLength: 20 }])
    const day = (i: number) => new Date(Date.UTC(2026, 0, 1 + i))
    for (const [i, size] of ['012', '013', '014', null].entries()) await insert(name, { size, created_at: day(i) })
    const write = (values: Record<number, unknown>) =>
      Promise.all(
        Object.entries(values).map(([at, value]) =>
          platform.database.query({
            text: `update ${tableName(name)} set "size" = $1 where id = (select t.id from ${tableName(name)} t order by t.created_at offset $2 limit 1)`,
            values: [value, Number(at)],
          }),
        ),
      )
    const converted = await apply(
      withFields(name, ([first, size]) => [first!, { id: size!['id']!, name: 'size', type: 'integer' }]),
    )
    expect(await columnOf(name, 'size')).toEqual([12, 13, 14, null])
    await write({ 1: 99, 2: null, 3: 7 })
    await insert(name, { size: 8, created_at: day(4) })
    const back = await undo(converted.undo)
    expect(await columnOf(name, 'size')).toEqual(['012', '99', null, '7', '8'])
    await expectSound()
    await write({ 0: '055' })
    const again = await undo(back.undo)
    expect(await columnOf(name, 'size')).toEqual([55, 99, null, 7, 8])
    await undo(again.undo)
    expect(await columnOf(name, 'size')).toEqual(['055', '99', null, '7', '8'])
    await expectSound()
  })

  it('takes back another name and another type of one field', async () => {
    const name = await makeEntity([{ name: 'size', type: 'decimal', precision: 10, scale: 2 }])
    await insert(name, { size: '7.50' })
    const { undo: way } = await apply(
      withFields(name, ([first, size]) => [first!, { id: size!['id']!, name: 'length', type: 'text', maxLength: 50 }]),
    )
    expect(await columnOf(name, 'length')).toEqual(['7.50'])
    await undo(way)
    expect(await columnOf(name, 'size')).toEqual(['7.50'])
    await expectSound()
  })

  it('renames two fields into each other’s names', async () => {
    const name = await makeEntity([
      { name: 'a', type: 'text' },
      { name: 'b', type: 'text' },
    ])
    await insert(name, { name: 'one', a: 'was a', b: 'was b' })
    const swap: Record<string, string> = { a: 'b', b: 'a' }
    const done = await apply(
      withFields(name, (fields) =>
        fields.map((field) => ({ ...field, name: swap[field['name'] as string] ?? field['name']! })),
      ),
    )
    expect([await columnOf(name, 'a'), await columnOf(name, 'b')]).toEqual([['was b'], ['was a']])
    await undo(done.undo)
    expect([await columnOf(name, 'a'), await columnOf(name, 'b')]).toEqual([['was a'], ['was b']])
    await expectSound()
  })

  it('lets views, forms, roles, apps, keys and lookups follow a rename', async () => {
    const made: JsonObject[] = [
      {
        kind: 'entity',
        name: 'ship',
        entitySet: 'ships',
        primaryField: 'name',
        fields: [
          { name: 'name', type: 'text' },
          { name: 'port', type: 'text' },
          { name: 'title', type: 'text', template: '{name} {port}' },
        ],
        keys: [{ name: 'port', fields: ['port'] }],
      },
      {
        kind: 'entity',
        name: 'crew',
        primaryField: 'name',
        fields: [
          { name: 'name', type: 'text' },
          { name: 'ship', type: 'lookup', target: 'ship' },
        ],
      },
      {
        kind: 'view',
        name: 'ships_by_port',
        entity: 'ship',
        columns: [{ field: 'name' }, { field: 'port' }],
        sort: [{ field: 'port' }],
        group: ['port'],
        filter: "port == 'port' && name != 'port.x'",
      },
      {
        kind: 'view',
        name: 'crew_by_port',
        entity: 'crew',
        columns: [{ field: 'name' }, { field: 'ship.port' }],
        filter: "ship.port != ''",
      },
      {
        kind: 'form',
        name: 'ship_card',
        entity: 'ship',
        header: ['port'],
        tabs: [{ name: 'main', sections: [{ name: 'main', controls: [{ field: 'name' }, { field: 'port' }] }] }],
      },
      {
        kind: 'role',
        name: 'harbour',
        grants: [{ entity: 'ship', read: 'all', rule: "port == 'Hull'" }],
        fields: [{ entity: 'ship', field: 'port', write: false }],
      },
      { kind: 'app', name: 'harbours', areas: [{ name: 'all', items: [{ entity: 'ship', view: 'ships_by_port' }] }] },
    ]
    await apply(...made.map(put))
    const ship = definitionOf('ship')
    const fields = (ship['fields'] as JsonObject[]).map((field) =>
      field['name'] === 'port' ? { ...field, name: 'harbour' } : field,
    )
    const done = await apply(put({ ...ship, name: 'vessel', fields }))
    const now = (kind: string, name: string) =>
      JSON.parse(
        JSON.stringify(platform.publisher.definition(kind, name), (key, value: unknown) =>
          key === 'id' ? undefined : value,
        ),
      ) as JsonObject
    expect(now('entity', 'vessel')).toMatchObject({
      keys: [{ fields: ['harbour'] }],
      fields: [{}, { name: 'harbour' }, { template: '{name} {harbour}' }],
    })
    expect(now('entity', 'crew')['fields']).toMatchObject([{}, { target: 'vessel' }])
    expect(now('view', 'ships_by_port')).toMatchObject({
      entity: 'vessel',
      columns: [{ field: 'name' }, { field: 'harbour' }],
      sort: [{ field: 'harbour' }],
      group: ['harbour'],
      filter: "harbour == 'port' && name != 'port.x'",
    })
    expect(now('view', 'crew_by_port')).toMatchObject({
      columns: [{ field: 'name' }, { field: 'ship.harbour' }],
      filter: "ship.harbour != ''",
    })
    expect(now('form', 'ship_card')).toMatchObject({
      entity: 'vessel',
      header: ['harbour'],
      tabs: [{ sections: [{ controls: [{ field: 'name' }, { field: 'harbour' }] }] }],
    })
    expect(now('role', 'harbour')).toMatchObject({
      grants: [{ entity: 'vessel', rule: "harbour == 'Hull'" }],
      fields: [{ entity: 'vessel', field: 'harbour' }],
    })
    expect(now('app', 'harbours')).toMatchObject({ areas: [{ items: [{ entity: 'vessel' }] }] })
    await expectSound()
    const undone = await undo(done.undo)
    expect(now('view', 'crew_by_port')).toMatchObject({ columns: [{ field: 'name' }, { field: 'ship.port' }] })
    await expectSound()
    await undo(undone.undo)
    await expectSound()
  })

  it('publishes one added field quickly in a model of 100 entities', async () => {
    const fields = Array.from({ length: 12 }, (_, i) => ({ name: `f${i}`, type: 'text' }))
    await apply(
      ...Array.from({ length: 90 }, (_, i) =>
        put({
          kind: 'entity',
          name: `many${i}`,
          primaryField: 'name',
          fields: [{ name: 'name', type: 'text' }, ...fields],
        }),
      ),
    )
    const times: number[] = []
    for (let i = 0; i < 5; i++) {
      const change = withFields('many1', (all) => [...all, { name: `more${i}`, type: 'text' }])
      const started = performance.now()
      await platform.publisher.apply({ changes: [change] }, systemActor)
      times.push(performance.now() - started)
    }
    const median = times.sort((a, b) => a - b)[2]!
    console.log(
      `publish of an added field at ${platform.model().entities.size} entities on ${engine}: median ${Math.round(median)} ms`,
    )
    expect(median).toBeLessThan(250)
    await expectSound()
  })

  it('finds everything as it was when it is opened again', async () => {
    const [tables, { revision }] = [canonical(platform.publisher.tables()), platform.model()]
    await platform.close()
    platform = await openPlatform(fresh.config, { serves: true })
    expect(platform.model().revision).toBe(revision)
    expect(canonical(platform.publisher.tables())).toBe(tables)
    await expectSound()
  })
})
