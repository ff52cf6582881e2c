// Does an import do what it says, row by row? On records in memory; import.test.ts does the same through the API.
import { systemActor } from '@peyvand/core/access/actor.ts'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { plainText, type JsonObject } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { buildModel } from '@peyvand/core/model/build.ts'
import type { Definition } from '@peyvand/core/model/definition.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import { stack } from '@peyvand/core/solution/merge.ts'
import { problemDetails } from '@peyvand/runtime/api/problem.ts'
import { readSolutions } from '@peyvand/runtime/meta/solution.ts'
import { assign, fitting, type Assignment, type Match } from '@peyvand/runtime/records/import/assign.ts'
import { circlesIn } from '@peyvand/runtime/records/import/circle.ts'
import type { FailedRow } from '@peyvand/runtime/records/import/errors.ts'
import { Lookups } from '@peyvand/runtime/records/import/lookup.ts'
import { readMapping } from '@peyvand/runtime/records/import/mapping.ts'
import { openTable } from '@peyvand/runtime/records/import/rows.ts'
import type { Counts } from '@peyvand/runtime/records/import/journal.ts'
import { runImport, type ImportOptions } from '@peyvand/runtime/records/import/run.ts'
import { withoutWrites } from '@peyvand/runtime/records/import/store.ts'
import { asNew, readInput, type Input } from '@peyvand/runtime/records/input.ts'
import { seed } from '../support/law.ts'
import { memoryStore, type MemoryStore } from '../support/memory-store.ts'
import { randomFrom } from '../support/random.ts'

const root = join(import.meta.dirname, '../..')
const solutions = await readSolutions(join(root, 'solutions'), ['crm'])
const thing = {
  kind: 'entity',
  name: 'thing',
  label: { en: 'Thing', fa: 'چیز' },
  plural: 'Things',
  entitySet: 'things',
  ownership: 'organization',
  primaryField: 'name',
  fields: [
    { name: 'name', type: 'text', label: { en: 'Name', fa: 'نام', ru: 'Название' }, required: true },
    { name: 'code', type: 'text', label: 'Code' },
    { name: 'price', type: 'decimal', precision: 18, scale: 4 },
    { name: 'count', type: 'integer' },
    { name: 'good', type: 'boolean' },
    { name: 'made_on', type: 'date' },
    { name: 'seen_at', type: 'datetime' },
    {
      name: 'color',
      type: 'choice',
      options: [
        { value: 'red', label: { en: 'Red', fa: 'قرمز' } },
        { value: 'deep_blue', label: { en: 'Deep blue' } },
      ],
      default: 'red',
    },
    { name: 'serial', type: 'autonumber', format: 'T-{0000}' },
    { name: 'parent', type: 'lookup', target: 'thing', inverse: 'children' },
    { name: 'account', type: 'lookup', target: 'account', inverse: 'things' },
    { name: 'contact', type: 'lookup', target: 'contact', inverse: 'things' },
    { name: 'regarding', type: 'lookup', target: ['account', 'contact'], inverse: 'regarding_things' },
  ],
}
const ticket = {
  kind: 'entity',
  name: 'ticket',
  entitySet: 'tickets',
  ownership: 'organization',
  primaryField: 'title',
  fields: [{ name: 'title', type: 'text', required: true }],
  state: {
    statuses: [
      { value: 'open', label: 'Open', state: 'active', default: true },
      { value: 'solved', label: 'Solved', state: 'inactive' },
    ],
  },
}
const model = buildModel(
  [...stack(solutions.map(({ definitions }) => definitions)), thing, ticket] as unknown as Definition[],
  1,
)

interface Outcome {
  readonly counts: Counts
  readonly failed: FailedRow[]
}

async function load(
  store: MemoryStore,
  entityName: string,
  text: string | Uint8Array,
  mapping: object = {},
  { dryRun = false, ...options }: ImportOptions & { readonly dryRun?: boolean } = {},
): Promise<Outcome> {
  const failed: FailedRow[] = []
  const said = readMapping(mapping)
  const table = await openTable(
    (async function* () {
      yield typeof text === 'string' ? Buffer.from(text) : text
    })(),
    said,
  )
  const counts = await runImport(
    { model, actor: systemActor },
    assign({ model, wire: (entity) => wireOf(model, entity) }, model.entities.get(entityName)!, said, table),
    table,
    dryRun ? withoutWrites(store) : store,
    { ...options, failed: (row) => failed.push(row) },
  )
  expect(counts.created + counts.updated + counts.unchanged + counts.failed, 'every row is counted once').toBe(
    counts.rows,
  )
  expect(failed.length).toBe(counts.failed)
  return { counts: { ...counts }, failed }
}

const things = (store: MemoryStore) => store.records.get('thing') ?? []
const reasons = ({ failed }: Outcome) =>
  failed.map(({ row, errors }) => `${row} ${errors.map(({ column, reason }) => `${column}: ${reason}`).join(' / ')}`)

describe('values', () => {
  it('columns are found by name, by property and by label in any language', async () => {
    const store = memoryStore(model)
    await load(store, 'thing', 'نام,CODE,Made on,made_on\n', {}).catch(() => undefined)
    await load(store, 'thing', 'نام,CODE,Made_on,unknown\nپیوند,x1,2024-05-01,?\n')
    expect(things(store)).toMatchObject([{ name: 'پیوند', code: 'x1', made_on: '2024-05-01' }])
  })
  it('every type is read as people write it', async () => {
    const store = memoryStore(model)
    const { counts } = await load(
      store,
      'thing',
      'name;price;count;good;made_on;seen_at;color\nA;1.234,50;1.000;yes;31.12.2024;31.12.2024 18:30;Deep blue\nB;-2,5;٣;بله;01.02.2024;;قرمز\n',
      { timeZone: 'Asia/Tehran' },
    )
    expect(counts).toMatchObject({ created: 2, failed: 0 })
    expect(things(store)).toMatchObject([
      {
        name: 'A',
        price: '1234.5000',
        count: 1000,
        good: true,
        made_on: '2024-12-31',
        seen_at: '2024-12-31T15:00:00.000Z',
        color: 'deep_blue',
      },
      { name: 'B', price: '-2.5000', count: 3, good: true, made_on: '2024-02-01', seen_at: null, color: 'red' },
    ])
  })
  it('constants, templates, substitutions, defaults, factors', async () => {
    const store = memoryStore(model)
    await load(store, 'thing', 'a,b,c\nx,,1.5\ny,2,2\n', {
      columns: [
        { template: '{a} {b}', field: 'name' },
        { value: true, field: 'good' },
        { column: 'a', field: 'color', values: { x: 'red', y: 'Deep blue' } },
        { column: 'b', field: 'count', default: 7 },
        { column: 'c', field: 'price', factor: 1_000_000 },
      ],
    })
    expect(things(store)).toMatchObject([
      { name: 'x', good: true, color: 'red', count: 7, price: '1500000.0000' },
      { name: 'y 2', color: 'deep_blue', count: 2, price: '2000000.0000' },
    ])
  })
  it('an empty cell clears, leaves alone with skipEmpty, and leaves a field with a default to its default', async () => {
    const store = memoryStore(model)
    await load(store, 'thing', 'name,code,count,color\nA,c,1,deep_blue\n')
    const { counts } = await load(store, 'thing', 'name,code,count,color\nA,,,\n', {
      key: 'name',
      columns: [
        { column: 'name', field: 'name' },
        { column: 'code', field: 'code' },
        { column: 'count', field: 'count', skipEmpty: true },
        { column: 'color', field: 'color' },
      ],
    })
    expect(counts).toMatchObject({ updated: 1 })
    expect(things(store)).toMatchObject([{ name: 'A', code: null, count: 1, color: 'deep_blue' }])
  })
  it('text keeps its spaces, and a guarded formula comes back as it was', async () => {
    const store = memoryStore(model)
    await load(store, 'thing', "name,code\n'=1+1,\"  x \"\n''=2,'plain\n")
    expect(things(store)).toMatchObject([
      { name: '=1+1', code: '  x ' },
      { name: "'=2", code: "'plain" },
    ])
  })
  it('JSON brings its own types', async () => {
    const store = memoryStore(model)
    await load(
      store,
      'thing',
      '[{"name":"A","price":"12.50","count":2,"good":false},{"name":"B","price":1.25,"code":null}]',
    )
    expect(things(store)).toMatchObject([
      { name: 'A', price: '12.5000', count: 2, good: false },
      { name: 'B', price: '1.2500', code: null },
    ])
  })
  it('what is wrong is said with row, column and reason, and the other rows are imported', async () => {
    const store = memoryStore(model)
    const outcome = await load(
      store,
      'thing',
      'name,price,count,made_on,color,good\nA,1,1,2024-01-01,red,yes\n,abc,1.5,2024-02-30,redd,perhaps\nC,2,2,2024-01-02,red,no\nD,3,3,2024-01-03,red,no,extra\n',
    )
    expect(outcome.counts).toMatchObject({ rows: 4, created: 2, failed: 2 })
    expect(outcome.failed.map(({ row }) => row)).toEqual([3, 5])
    expect(outcome.failed[0]!.errors.map(({ column, value }) => [column, value])).toEqual([
      ['name', ''],
      ['price', 'abc'],
      ['count', '1.5'],
      ['made_on', '2024-02-30'],
      ['color', 'redd'],
      ['good', 'perhaps'],
    ])
    expect(outcome.failed[0]!.errors[4]!.hint).toBe('Did you mean "red"?')
    expect(outcome.failed[1]!.errors[0]!.reason).toContain('more cells')
  })
  it('a value that only the type refuses is told at its column', async () => {
    const outcome = await load(memoryStore(model), 'thing', 'name,count,price\nA,99999999999,1.23456\n')
    expect(outcome.failed[0]!.errors.map(({ column }) => column).sort()).toEqual(['count', 'price'])
  })
})

describe('keys', () => {
  it('upsert creates, updates and leaves alone; the same file again changes nothing', async () => {
    const store = memoryStore(model)
    const file = 'name,price,made_on,seen_at,good\nA,1.50,2024-01-01,2024-01-01T10:00:00+03:30,yes\nB,2,,,\n'
    expect((await load(store, 'thing', file, { key: 'name' })).counts).toMatchObject({
      created: 2,
      updated: 0,
      unchanged: 0,
    })
    const before = structuredClone(things(store))
    expect((await load(store, 'thing', file, { key: 'name' })).counts).toMatchObject({
      created: 0,
      updated: 0,
      unchanged: 2,
    })
    expect(things(store)).toEqual(before)
    expect(store.calls.update).toBe(0)
    expect((await load(store, 'thing', file.replace('B,2', 'B,3'), { key: 'name' })).counts).toMatchObject({
      updated: 1,
      unchanged: 1,
    })
    expect(things(store).map(({ version }) => version)).toEqual([1, 2])
  })
  it('a key of several fields, one of them a lookup', async () => {
    const store = memoryStore(model)
    await load(store, 'account', 'name\nX\nY\n')
    const file = 'account,code,name\nX,1,a\nY,1,b\nX,2,c\n'
    expect((await load(store, 'thing', file, { key: ['account', 'code'] })).counts).toMatchObject({ created: 3 })
    expect(
      (await load(store, 'thing', file.replace('X,2,c', 'X,2,d'), { key: ['account', 'code'] })).counts,
    ).toMatchObject({ updated: 1, unchanged: 2 })
  })
  it('rows with one key in one file follow each other', async () => {
    const store = memoryStore(model)
    expect((await load(store, 'thing', 'name,count\nA,1\nA,2\nA,2\nB,1\nA,3\n', { key: 'name' })).counts).toMatchObject(
      { created: 2, updated: 2, unchanged: 1 },
    )
    expect(things(store)).toMatchObject([
      { name: 'A', count: 3 },
      { name: 'B', count: 1 },
    ])
  })
  it('mode create refuses what is there, mode update what is not', async () => {
    const store = memoryStore(model)
    await load(store, 'thing', 'name\nA\n')
    expect(reasons(await load(store, 'thing', 'name,code\nA,1\nB,2\n', { key: 'name', mode: 'create' }))).toEqual([
      '2 name: A record with this key is there already',
    ])
    expect(reasons(await load(store, 'thing', 'name,code\nA,1\nZ,2\n', { key: 'name', mode: 'update' }))).toEqual([
      '3 name: There is no record with this key',
    ])
    expect(things(store).length).toBe(2)
  })
  it('an empty key, and a key that several records have', async () => {
    const store = memoryStore(model)
    await load(store, 'thing', 'name,code\nA,1\nB,1\n')
    const outcome = await load(store, 'thing', 'name,code\nC,\nD,1\n', { key: 'code' })
    expect(reasons(outcome)).toEqual([
      '2 code: The key of the import must have a value in every row',
      '3 code: 2 records have this key',
    ])
  })
  it('the id is the key when the file has it, and new records keep theirs', async () => {
    const store = memoryStore(model)
    const id = '0190a8c4-0000-7000-8000-000000000001'
    await load(store, 'thing', `id,name\n${id},A\n`)
    expect(things(store)).toMatchObject([{ id, name: 'A' }])
    expect((await load(store, 'thing', `id,name\n${id},A\n`)).counts).toMatchObject({ unchanged: 1 })
    expect(reasons(await load(store, 'thing', 'id,name\nnot-an-id,A\n'))).toEqual([
      '2 id: "not-an-id" is no id (a UUID)',
    ])
  })
})

describe('lookups', () => {
  it('by name, by another field, by path, by id, of one of several entities', async () => {
    const store = memoryStore(model)
    await load(store, 'account', 'name,account_number\nX,N1\nY,N2\n')
    await load(store, 'contact', 'first_name,last_name,account\nA,One,X\nB,Two,Y\n')
    const [x, y] = store.records.get('account')!
    const [one, two] = store.records.get('contact')!
    await load(store, 'thing', `name,acc,con,reg,id2\nt,N2,X,Y,${plainText(x!['id'])}\n`, {
      columns: [
        { column: 'name', field: 'name' },
        { column: 'acc', field: 'account', match: 'account_number' },
        { column: 'con', field: 'contact', match: 'account.name' },
        { column: 'reg', field: 'regarding', target: 'contact', match: 'account.name' },
      ],
    })
    expect(things(store)).toMatchObject([
      { account_id: y!['id'], contact_id: one!['id'], regarding_id: two!['id'], regarding_type: 'contact' },
    ])
    await load(store, 'thing', `name,account_id\nu,${plainText(x!['id'])}\n`)
    expect(things(store)[1]).toMatchObject({ account_id: x!['id'] })
  })
  it('what is not found and what is found twice', async () => {
    const store = memoryStore(model)
    await load(store, 'account', 'name\nX\nX\n')
    const outcome = await load(store, 'thing', 'name,account\na,X\nb,Nobody\nc,\n')
    expect(reasons(outcome)).toEqual([
      '2 account: "X" is the name of several records of "account"',
      '3 account: There is no "account" whose name is "Nobody"',
    ])
    expect(things(store)).toMatchObject([{ name: 'c', account_id: null }])
  })
  it('create makes what is not found, once', async () => {
    const store = memoryStore(model)
    const file = 'name,account\na,New\nb,New\nc,Other\n'
    const mapping = {
      key: 'name',
      columns: [
        { column: 'name', field: 'name' },
        { column: 'account', field: 'account', create: true },
      ],
    }
    expect((await load(store, 'thing', file, mapping)).counts).toMatchObject({ created: 3 })
    expect((await load(store, 'thing', file, mapping)).counts).toMatchObject({ unchanged: 3 })
    expect(store.records.get('account')!.map(({ name }) => name)).toEqual(['New', 'Other'])
  })
  it('one read per lookup and batch', async () => {
    const store = memoryStore(model)
    await load(store, 'account', `name\n${Array.from({ length: 40 }, (_, i) => `acc ${i}`).join('\n')}`)
    store.calls.find = 0
    await load(
      store,
      'thing',
      `name,account\n${Array.from({ length: 100 }, (_, i) => `t${i},acc ${i % 40}`).join('\n')}`,
      {},
      { batch: 20 },
    )
    expect(store.calls.find).toBe(2)
  })
})

describe('a row that was read as a change is the same new record as one that is read as new', () => {
  const bodies: readonly (readonly [entity: string, body: JsonObject])[] = [
    ['thing', { name: 'A' }],
    ['thing', { name: 'A', color: 'deep_blue', price: '1.50', count: 3, good: true, made_on: '2024-05-01' }],
    ['thing', { name: 'A', color: null }],
    ['thing', { code: 'without a name' }],
    ['thing', { name: null }],
    ['thing', { name: 'A', parent_id: '018f3c1e-0000-7000-8000-000000000001' }],
    ['thing', { name: 'A', regarding_id: '018f3c1e-0000-7000-8000-000000000001', regarding_type: 'contact' }],
    ['thing', { name: 'A', parent: { id: '018f3c1e-0000-7000-8000-000000000001' } }],
    ['account', { name: 'A', annual_revenue: '1.5', annual_revenue_currency: 'EUR' }],
    ['account', { name: 'A', annual_revenue: '1.5' }],
    ['account', { name: 'A', state: 'inactive' }],
    ['opportunity', { name: 'A', stage: 'won' }],
    ['ticket', { title: 'A' }],
    ['ticket', { title: 'A', state: 'inactive' }],
    ['ticket', { title: 'A', status: 'solved' }],
    ['ticket', { title: 'A', status: 'solved', state: 'active' }],
  ]
  it.each(bodies)('%s %o', (name, body) => {
    const entity = model.entities.get(name)!
    const writer = { model, actor: systemActor }
    const told = (input: Input | Problem) =>
      input instanceof Problem ? problemDetails(input) : { ...input, values: { ...input.values } }
    const change = readInput(writer, entity, body, 'update')
    const fresh = readInput(writer, entity, body, 'create')
    if (change instanceof Problem) return expect(told(fresh)).toMatchObject({ code: expect.any(String) })
    const before = JSON.stringify(change)
    expect(told(asNew(writer, entity, change, body))).toEqual(told(fresh))
    expect(JSON.stringify(change), 'the change is left as it was').toBe(before)
  })
})

describe('what is remembered of lookups', () => {
  it('has an end, and what a batch needs is never forgotten before it is done', async () => {
    const store = memoryStore(model)
    const names = Array.from({ length: 30 }, (_, i) => `acc ${i}`)
    await load(store, 'account', `name\n${names.join('\n')}\n`)
    const match = {
      target: model.entities.get('account')!,
      path: ['name'],
      kind: 'text',
      self: false,
      create: false,
    } as unknown as Match
    const [one, other] = [{ match } as Assignment, { match: { ...match } } as Assignment]
    const lookups = new Lookups(10)
    for (let at = 0; at < 30; at += 5) {
      // Two columns that look at the same place, one of them for what is known already.
      const wanted = [
        ...names.slice(at, at + 5).map((text) => ({ assignment: one, text })),
        ...names.slice(Math.max(0, at - 5), at + 5).map((text) => ({ assignment: other, text })),
      ]
      await lookups.prepare(store, wanted)
      for (const each of wanted) expect(lookups.answer(each), each.text).toHaveProperty('id')
    }
    expect(lookups.size).toBeLessThanOrEqual(20)
  })
})

describe('rows that point at rows of the same file', () => {
  const tree = 'name,parent\nleaf,branch\nbranch,root\nroot,\nother,root\n'
  const parents = (store: MemoryStore) =>
    Object.fromEntries(
      things(store).map((each) => [
        each['name'],
        things(store).find(({ id }) => id === each['parent_id'])?.['name'] ?? null,
      ]),
    )
  it.each([1, 2, 1000])('in any order, in batches of %d', async (batch) => {
    const store = memoryStore(model)
    expect((await load(store, 'thing', tree, { key: 'name' }, { batch })).counts).toMatchObject({
      created: 4,
      failed: 0,
    })
    expect(parents(store)).toEqual({ leaf: 'branch', branch: 'root', root: null, other: 'root' })
    expect((await load(store, 'thing', tree, { key: 'name' }, { batch })).counts).toMatchObject({ unchanged: 4 })
  })
  it('without a key, too', async () => {
    const store = memoryStore(model)
    await load(store, 'thing', tree)
    expect(parents(store)).toEqual({ leaf: 'branch', branch: 'root', root: null, other: 'root' })
  })
  it('a parent that is nowhere fails its row and the rows below it, and only those', async () => {
    const store = memoryStore(model)
    const outcome = await load(store, 'thing', 'name,parent\nb,a\nc,b\na,nowhere\nd,\n', { key: 'name' })
    expect(outcome.counts).toMatchObject({ created: 1, failed: 3 })
    expect(things(store).map(({ name }) => name)).toEqual(['d'])
  })
  it.each([undefined, 'name'])('circles are written, then linked (key %s)', async (key) => {
    const store = memoryStore(model)
    const outcome = await load(
      store,
      'thing',
      'name,parent\na,b\nb,c\nc,a\nself,self\nbelow,a\n',
      key === undefined ? {} : { key },
    )
    expect(outcome.counts).toMatchObject({ created: 5, failed: 0 })
    expect(parents(store)).toEqual({ a: 'b', b: 'c', c: 'a', self: 'self', below: 'a' })
  })
  it('however many wait: those that are not held come back from the disk as they were', async () => {
    const store = memoryStore(model)
    const names = ['one\u2028two', 'a "quoted", one', '__proto__', 'last']
    const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`
    const rows = names.map((name, i) => `${quoted(name)},${quoted(names[i + 1] ?? '')}`)
    const options = { batch: 2, mostHeld: 1 }
    const { counts } = await load(store, 'thing', `name,parent\n${rows.join('\n')}\n`, { key: 'name' }, options)
    expect(counts).toMatchObject({ created: 4, failed: 0 })
    expect(new Map(things(store).map(({ id, name }) => [id, name]))).toHaveProperty('size', 4)
    for (const [i, name] of names.entries()) {
      const parent = things(store).find((each) => each['name'] === name)!['parent_id']
      expect(things(store).find(({ id }) => id === parent)?.['name'], name).toBe(names[i + 1])
    }
  })
  it('any forest with circles, in any order: a row is there exactly when its line leads to a root or a circle', async () => {
    const random = randomFrom(seed)
    for (let run = 0; run < 40; run++) {
      const n = random.whole(1, 30)
      const parentOf = Array.from({ length: n }, () =>
        random.chance(0.1) ? (random.chance(0.7) ? -1 : n) : random.whole(0, n - 1),
      )
      const isFound = (i: number): boolean => {
        for (let steps = 0; steps <= n; steps++) {
          if (i === -1) return true
          if (i === n) return false
          i = parentOf[i]!
        }
        return true
      }
      const lines = parentOf.map((parent, i) => `r${i},${parent === -1 ? '' : `r${parent}`}`)
      const store = memoryStore(model)
      const options = { batch: random.whole(1, 8), mostHeld: random.whole(0, 9) }
      const { counts } = await load(store, 'thing', `name,parent\n${lines.join('\n')}\n`, { key: 'name' }, options)
      const found = parentOf.flatMap((parent, i) =>
        isFound(i) ? [[`r${i}`, parent === -1 ? null : `r${parent}`]] : [],
      )
      expect(parents(store), `seed ${seed}, run ${run}: ${lines.join(' ')}`).toEqual(Object.fromEntries(found))
      expect(counts).toMatchObject({ created: found.length, failed: n - found.length })
    }
  })
  it.each<[string, (readonly [name: string, missing: string])[], number[]]>([
    [
      'a circle, what waits for it, and what waits for nothing there',
      ['ab', 'bc', 'ca', 'da', 'ed', 'fx'].map((each) => [each[0]!, each[1]!]),
      [0, 1, 2],
    ],
    [
      'a row that waits for itself',
      [
        ['a', 'a'],
        ['b', 'a'],
      ],
      [0],
    ],
    [
      'two circles',
      [
        ['a', 'b'],
        ['b', 'a'],
        ['c', 'd'],
        ['d', 'c'],
      ],
      [0, 1, 2, 3],
    ],
    [
      'a chain that ends nowhere',
      [
        ['a', 'b'],
        ['b', 'c'],
      ],
      [],
    ],
  ])('circles: %s', (_, rows, expected) => {
    const waiters = rows.map(([name, missing], number) => ({ number, names: [name], missing: [missing] }))
    expect(circlesIn(waiters)).toEqual(new Set(expected))
  })
  it('create makes parents that are not in the file', async () => {
    const store = memoryStore(model)
    const mapping = {
      key: 'name',
      columns: [
        { column: 'name', field: 'name' },
        { column: 'parent', field: 'parent', create: true },
      ],
    }
    expect((await load(store, 'thing', 'name,parent\na,b\nb,boss\nc,boss\n', mapping)).counts).toMatchObject({
      created: 3,
    })
    expect(parents(store)).toEqual({ boss: null, a: 'b', b: 'boss', c: 'boss' })
    expect((await load(store, 'thing', 'name,parent\na,b\nb,boss\nc,boss\n', mapping)).counts).toMatchObject({
      unchanged: 3,
    })
  })
})

describe('the whole', () => {
  it('a dry run finds what an import finds and writes nothing', async () => {
    const store = memoryStore(model)
    await load(store, 'thing', 'name,count\nA,1\n')
    const file = 'name,count,parent\nA,2,\nB,x,\nC,3,D\nD,1,\nE,1,nowhere\n'
    const dry = await load(store, 'thing', file, { key: 'name' }, { dryRun: true })
    expect(things(store).length).toBe(1)
    expect(store.calls).toMatchObject({ create: 1, update: 0 })
    const real = await load(store, 'thing', file, { key: 'name' })
    expect(dry.counts).toEqual(real.counts)
    expect(reasons(dry)).toEqual(reasons(real))
  })
  it('a write that the database refuses fails its row with the column', async () => {
    const store = memoryStore(model, (_, values) =>
      values['code'] === 'taken'
        ? new Problem('conflict.duplicate', { detail: 'A record with the same code exists already', pointer: '/code' })
        : undefined,
    )
    const outcome = await load(store, 'thing', 'name,code\nA,free\nB,taken\n')
    expect(reasons(outcome)).toEqual(['3 code: A record with the same code exists already'])
    expect(things(store).map(({ name }) => name)).toEqual(['A'])
  })
  const mistakes: readonly (readonly [string, string, object, string])[] = [
    ['no column fits', 'x,y\n1,2\n', {}, 'No column'],
    ['a column that is not in the file', 'a\n1\n', { columns: [{ column: 'aa', field: 'name' }] }, 'no column "aa"'],
    ['a field that is not there', 'a\n1\n', { columns: [{ column: 'a', field: 'nam' }] }, 'no field "nam"'],
    ['a field the server sets', 'a\n1\n', { columns: [{ column: 'a', field: 'version' }] }, 'set by the server'],
    ['a mapping for another entity', 'name\n1\n', { entity: 'account' }, 'is for "account"'],
    [
      'a lookup of several entities without a target',
      'a,name\n1,2\n',
      { columns: [{ column: 'a', field: 'regarding' }] },
      'account or contact',
    ],
    [
      'a target it does not have',
      'a,name\n1,2\n',
      { columns: [{ column: 'a', field: 'regarding', target: 'lead' }] },
      'does not point at "lead"',
    ],
    [
      'a match that is no field',
      'a\n1\n',
      { columns: [{ column: 'a', field: 'account', match: 'nme' }] },
      'no field "nme"',
    ],
    ['a key that is not mapped', 'name\n1\n', { key: 'code' }, '"code" gets no value'],
    [
      'two columns for one field',
      'a,b\n1,2\n',
      {
        columns: [
          { column: 'a', field: 'name' },
          { column: 'b', field: 'name' },
        ],
      },
      'Two columns',
    ],
    ['update without a key', 'name\n1\n', { mode: 'update' }, 'must name a "key"'],
    ['dates that could be two', 'name,made_on\nA,03/04/2024\n', {}, 'dd/MM/yyyy and as MM/dd/yyyy'],
  ]
  it('a column whose place is not clear goes nowhere yet, and keeps no other from its own', async () => {
    const file = 'name,regarding,made_on,nonsense\nA,B,03/04/2024,x\n'
    const table = await openTable(
      (async function* () {
        yield Buffer.from(file)
      })(),
      {},
    )
    await table.close()
    const sight = { model, wire: (entity: Entity) => wireOf(model, entity) }
    const { all, ignored } = fitting(sight, model.entities.get('thing')!, {}, table)
    expect(all.map(({ source }) => [source.column, source.field])).toEqual([
      ['name', 'name'],
      ['made_on', 'made_on'],
    ])
    expect(ignored).toEqual(['regarding', 'nonsense'])
    await expect(load(memoryStore(model), 'thing', 'name,regarding\nA,B\n')).rejects.toThrow('account or contact')
  })
  it('dates that could be two are read as the mapping says', async () => {
    const store = memoryStore(model)
    await load(store, 'thing', 'name,made_on\nA,03/04/2024\n', { dateOrder: 'mdy' })
    expect(things(store)).toMatchObject([{ name: 'A', made_on: '2024-03-04' }])
  })
  it.each(mistakes)('%s is refused before a row is touched', async (_, file, mapping, says) => {
    const store = memoryStore(model)
    await expect(load(store, 'thing', file, mapping)).rejects.toThrow(says)
    expect(things(store)).toEqual([])
  })
})

const maven = join(root, '../shared/data/crm/maven-crm-sales')
if (!existsSync(maven))
  console.log('skipped: the Maven files in memory (../shared/data/crm/maven-crm-sales is not there)')
describe.skipIf(!existsSync(maven))('the Maven files', () => {
  const csv = (name: string) => readFileSync(join(maven, name))
  const mapping = (name: string) =>
    JSON.parse(readFileSync(join(root, 'examples/maven', name), 'utf8')) as { columns: { values?: object }[] }
  it('come in whole, twice', async () => {
    const store = memoryStore(model)
    const files = [
      ['account', 'accounts', 'accounts', 85],
      ['product', 'products', 'products', 7],
      ['user', 'sales_teams', 'sales-teams', 36],
      ['opportunity', 'sales_pipeline', 'pipeline', 8800],
    ] as const
    for (const [entity, file, map, rows] of files)
      expect((await load(store, entity, csv(`${file}.csv`), mapping(`${map}.json`))).counts, file).toMatchObject({
        created: rows,
        failed: 0,
      })
    for (const [entity, file, map, rows] of files)
      expect((await load(store, entity, csv(`${file}.csv`), mapping(`${map}.json`))).counts, file).toMatchObject({
        unchanged: rows,
      })
  })
})
