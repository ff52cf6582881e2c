// How large the SQL of row rules is, and that it still says the same: rules over parents that are reached in many ways, and
// rules that come apart into what is owned, shared and under a parent.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { prepareRead } from '@peyvand/core/access/read.ts'
import { prepareWrite } from '@peyvand/core/access/write.ts'
import type { Actor } from '@peyvand/core/access/actor.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { buildModel } from '@peyvand/core/model/build.ts'
import type { Definition } from '@peyvand/core/model/definition.ts'
import type { Model } from '@peyvand/core/model/model.ts'
import {
  accountId,
  entities,
  memoryDatabase,
  queryModel,
  schema,
  someone,
  type TestDatabase,
} from '../support/query-model.ts'

const size = 9
const name = (n: number) => `e${n}`
/** What owners and units are looked up in. */
const people: ReadonlySet<string> = new Set(['user', 'team', 'business_unit'])
const numbers = Array.from({ length: size }, (_, n) => n)

/** Entities that lead to one another; who reads one reads what leads to it, and of the first what is their own. */
function net(leads: (from: number, to: number) => boolean): Model {
  const targets = (n: number) => numbers.filter((to) => leads(n, to))
  const definitions: readonly {
    readonly name: string
    readonly kind?: string
    readonly fields?: readonly object[]
    readonly [more: string]: unknown
  }[] = [
    ...entities.filter(({ name: own }) => people.has(own)),
    ...numbers.map((n) => ({
      kind: 'entity',
      name: name(n),
      label: name(n),
      entitySet: `${name(n)}s`,
      ownership: 'user',
      primaryField: 'name',
      fields: [
        { name: 'name', type: 'text' },
        ...targets(n).map((to) => ({ name: `to${to}`, type: 'lookup', target: name(to), inverse: `from${n}_${to}` })),
      ],
    })),
    {
      kind: 'role',
      name: 'guest',
      label: 'Guest',
      privileges: [],
      grants: numbers.flatMap((n) => [
        ...(n === 0 ? [{ entity: name(0), read: 'own', write: 'own' }] : []),
        ...targets(n).map((to) => ({
          entity: name(n),
          read: { scope: 'parent', through: `to${to}` },
          write: { scope: 'parent', through: `to${to}` },
        })),
      ]),
    },
  ]
  const identify = (part: object): object => ({ id: crypto.randomUUID(), ...part })
  const whole = definitions.map((one) =>
    identify({
      kind: 'entity',
      keys: [],
      plural: one.name,
      label: one.name,
      ...one,
      fields: (one.fields ?? []).map(identify),
    }),
  )
  return buildModel(whole as unknown as Definition[], 1)
}

function statement(model: Model, path: string, query = '', actor: Actor = someone(['guest'])): [string, unknown[]] {
  const read = prepareRead({ model, actor, path, query, pageSize: 50, maxPageSize: 5000, schema })
  if (read instanceof Problem) throw read
  return [read.statement.text, [...read.statement.values]]
}

const often = (text: string, part: RegExp): number => text.match(part)?.length ?? 0

describe('rules over parents', () => {
  const ladder = net((from, to) => to < from)
  const last = `${name(size - 1)}s`
  let database: TestDatabase
  const id = (n: number, m: number) => `0000000${n}-0000-4000-8000-00000000000${m}`

  beforeAll(async () => {
    database = await memoryDatabase(ladder)
    const me = someone(['guest']).user
    // 1 is reached over all of the others, 2 over one of them, 3 leads to a record of somebody else.
    for (const n of numbers)
      for (const m of [1, 2, 3]) {
        const to = (at: number) => n > 0 && (m === 1 ? at === n - 1 : m === 2 ? at === 0 : at === n - 1)
        const links = numbers.filter((at) => at < n && to(at))
        const columns = [
          'id',
          'name',
          'owner_id',
          'version',
          'created_at',
          'modified_at',
          ...links.map((at) => `to${at}_id`),
        ]
        const owner = n === 0 && m < 3 ? me : id(9, 9)
        const values = [id(n, m), `${n}/${m}`, owner, 1, '2026-01-01', '2026-01-01', ...links.map((at) => id(at, m))]
        const marks = values.map((_, i) => `$${i + 1}`)
        await database.query(
          `insert into "${schema}"."${name(n)}" (${columns.map((column) => `"${column}"`).join(', ')}) values (${marks.join(', ')})`,
          values,
        )
      }
  })
  afterAll(() => database?.close())

  it('stand in a statement once, however many ways lead to them', () => {
    const [text] = statement(ladder, last)
    // Written out there were 2^(n-2) of them.
    expect(often(text, /"owner_id"/g)).toBeLessThan(4 * size)
    expect(often(text, /exists \(/g)).toBeLessThan(size * size)
    expect(text).toMatch(/^with "~h\d+" as materialized \(select/)
  })
  it('are written out where they are few', () => {
    const [text] = statement(ladder, 'e2s')
    expect(text).not.toContain('materialized')
    expect(often(text, /"owner_id" =/g)).toBe(2)
  })
  it('reach what their parents are reached by', async () => {
    for (const [path, query] of [
      [last, '$orderby=name'],
      ['e3s', '$orderby=name'],
      [last, '$apply=groupby((name))/orderby(name)'],
    ] as const) {
      const [text, values] = statement(ladder, path, query)
      const [row] = await database.query<{ body: string }>(text, values)
      const n = path === last ? size - 1 : 3
      expect((JSON.parse(row!.body) as { name: string }[]).map((one) => one.name)).toEqual([`${n}/1`, `${n}/2`])
    }
  })
  it('head a write, too', async () => {
    for (const [m, outcome] of [
      [1, 'updated'],
      [3, 'missing'],
    ] as const) {
      const write = prepareWrite({
        model: ladder,
        actor: someone(['guest']),
        operation: 'update',
        entity: ladder.entities.get(name(size - 1))!,
        id: id(size - 1, m),
        values: { name: `${size - 1}/${m}` },
        now: '2026-02-01T00:00:00.000Z',
        requestId: 'test',
        returning: 'nothing',
        schema,
      })
      if (write instanceof Problem) throw write
      const { text, values } = write.statement
      expect(text).toMatch(/^with "~h\d+" as materialized \(select.*"o" as materialized/)
      const [row] = await database.query<{ outcome: string }>(text, values)
      expect(row?.outcome).toBe(outcome)
    }
  })
  it('add nothing where they lead back', () => {
    const [text] = statement(
      net((from, to) => from !== to && from < 4 && to < 4),
      'e3s',
    )
    expect(often(text, /exists \(/g)).toBeLessThan(40)
  })
})

describe('rules that come apart', () => {
  const model = queryModel()
  const sales = someone(['salesperson'])
  const shares = someone(['salesperson'], 1, { shared: [model.entities.get('account')!.id] })
  const forms: readonly (readonly [string, string, string, Actor, number])[] = [
    ['what is owned is one condition', 'accounts', '$top=5', sales, 0],
    ['what is shared is found beside what is owned', 'accounts', '$top=5', shares, 1],
    ['what is shared is counted beside what is owned', 'accounts/$count', '', shares, 1],
    ['a list of what lies in units goes along its order', 'opportunities', '$top=5', sales, 0],
    ['what lies in units is counted beside what is owned', 'opportunities/$count', '', sales, 1],
    ['what belongs to one record is asked of each', `accounts(${accountId(1)})/contacts`, '$top=5', shares, 0],
  ]
  it.each(forms)('%s', (_name, path, query, actor, unions) => {
    const [text] = statement(model, path, query, actor)
    expect(often(text, /union all/g)).toBe(unions)
  })
})
