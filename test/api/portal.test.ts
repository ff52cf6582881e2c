// What do people from outside reach by the scopes of their roles: over their contact, its account, a parent they may read, and
// nothing at all where there is no contact? And does it follow within moments when somebody changes sides?
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { keyFor } from '../support/people.ts'
import { call, engines, startServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const data = '/api/data/v1'
const id = (n: number) => `018f3c1e-0000-7000-8000-${String(n).padStart(12, '0')}`

const entity = (name: string, fields: object[]) => ({
  kind: 'entity',
  name,
  entitySet: `${name}s`,
  ownership: 'user',
  primaryField: 'name',
  fields: [{ name: 'name', type: 'text' }, ...fields],
})
const lookup = (name: string, target: string | readonly string[] = name) => ({ name, type: 'lookup', target })
const through = (scope: string, way?: string) => ({ scope, ...(way === undefined ? {} : { through: way }) })

const user = JSON.parse(readFileSync(join(import.meta.dirname, '../../solutions/base/entities/user.json'), 'utf8')) as {
  fields: object[]
}

const definitions = [
  entity('account', [lookup('parent', 'account')]),
  entity('contact', [lookup('account')]),
  entity('deal', [lookup('account'), lookup('contact'), { name: 'amount', type: 'integer' }]),
  entity('ticket', [lookup('deal'), { name: 'open', type: 'boolean' }]),
  entity('remark', [lookup('about', ['account', 'deal'])]),
  { ...entity('product', []), ownership: 'organization' },
  { ...user, fields: [...user.fields, lookup('contact')] },
  {
    kind: 'role',
    name: 'customer',
    label: 'Customer',
    grants: [
      { entity: 'user', read: through('self') },
      { entity: 'contact', read: through('account', 'account'), write: through('self') },
      { entity: 'account', read: through('account', 'id'), append_to: through('account', 'id') },
      {
        entity: 'deal',
        read: through('account', 'account'),
        write: through('contact', 'contact'),
        create: through('account', 'account'),
        append: through('account', 'account'),
        append_to: through('account', 'account'),
      },
      {
        entity: 'ticket',
        read: through('parent', 'deal'),
        create: through('parent', 'deal'),
        append: through('parent', 'deal'),
        rule: 'open != false',
      },
      { entity: 'remark', read: through('parent', 'about') },
      { entity: 'product', read: through('global') },
    ],
  },
  {
    kind: 'role',
    name: 'chief',
    label: 'Chief',
    grants: [{ entity: 'deal', read: 'all', rule: "account.parent == my('contact.account')" }],
  },
] as const

const rows: readonly (readonly [set: string, id: string, body: object])[] = [
  ['accounts', id(1), { name: 'North' }],
  ['accounts', id(2), { name: 'South', parent_id: id(1) }],
  ['contacts', id(11), { name: 'Ann of North', account_id: id(1) }],
  ['contacts', id(12), { name: 'Ben of North', account_id: id(1) }],
  ['contacts', id(13), { name: 'Cem of South', account_id: id(2) }],
  ['contacts', id(14), { name: 'Dan of nowhere' }],
  ['deals', id(21), { name: 'deal of Ann', account_id: id(1), contact_id: id(11) }],
  ['deals', id(22), { name: 'deal of Ben', account_id: id(1), contact_id: id(12) }],
  ['deals', id(23), { name: 'deal of Cem', account_id: id(2), contact_id: id(13) }],
  ['deals', id(24), { name: 'deal of nobody' }],
  ['tickets', id(31), { name: 'ticket of Ann', deal_id: id(21), open: true }],
  ['tickets', id(32), { name: 'ticket of Ann, closed', deal_id: id(21), open: false }],
  ['tickets', id(33), { name: 'ticket of Cem', deal_id: id(23), open: true }],
  ['tickets', id(34), { name: 'ticket of nobody', open: true }],
  ['remarks', id(41), { name: 'on North', about_id: id(1), about_type: 'account' }],
  ['remarks', id(42), { name: 'on deal of Ann', about_id: id(21), about_type: 'deal' }],
  ['remarks', id(43), { name: 'on South', about_id: id(2), about_type: 'account' }],
  ['remarks', id(44), { name: 'on nothing' }],
  ['products', id(51), { name: 'Product' }],
]

const ann = 'ann@north.example'
const sees = {
  accounts: ['North'],
  contacts: ['Ann of North', 'Ben of North'],
  deals: ['deal of Ann', 'deal of Ben'],
  tickets: ['ticket of Ann'],
  remarks: ['on deal of Ann', 'on North'],
  products: ['Product'],
  users: [ann],
}

describe.each(engines)('a portal on %s', (engine) => {
  let server: TestServer
  const keys: Record<string, string> = {}
  const as = (who: string) => (who === 'admin' ? server : { url: server.url, adminKey: keys[who]! })
  const write = (who: string, method: string, path: string, body: object) =>
    call(as(who), method, `${data}/${path}`, body, { 'if-match': '*', prefer: 'return=minimal' })

  const listed = async (who: string, set: string): Promise<string[]> => {
    const answer = await call(as(who), 'GET', `${data}/${set}?$orderby=name&$select=name`)
    expect(answer.status, answer.text).toBe(200)
    return (answer.json as { value: { name: string }[] }).value.map(({ name }) => name)
  }
  const everything = async (who: string) =>
    Object.fromEntries(await Promise.all(Object.keys(sees).map(async (set) => [set, await listed(who, set)])))

  beforeAll(async () => {
    server = await startServer({ engine })
    const changes = definitions.map((definition) => ({ op: 'put', definition }))
    const applied = await call(server, 'POST', '/api/model/apply', { changes })
    expect(applied.status, applied.text).toBe(200)
    for (const [set, one, body] of rows) {
      const made = await call(server, 'PATCH', `${data}/${set}(${one})`, body)
      expect(made.status, made.text).toBe(201)
    }
    for (const [who, roles, contact] of [
      [ann, ['customer'], id(11)],
      ['dan@nowhere.example', ['customer'], id(14)],
      ['nobody@example.com', ['customer', 'chief'], null],
      ['chief@example.com', ['chief'], id(12)],
    ] as const) {
      keys[who] = await keyFor(server, who, roles)
      const { value } = (await call(server, 'GET', `${data}/users?$filter=email eq '${who}'`)).json as {
        value: { id: string }[]
      }
      const set = await write('admin', 'PATCH', `users(${value[0]!.id})`, { kind: 'external', contact_id: contact })
      expect(set.status, set.text).toBe(204)
    }
  })
  afterAll(() => server?.stop())

  test('a customer reaches what belongs to the own account, and no more', async () => {
    await until(async () => (await listed(ann, 'deals')).length > 0 || undefined)
    expect(await everything(ann)).toEqual(sees)
  })

  test('a contact without an account, or no contact, is nothing to match', async () => {
    const less = { ...sees, accounts: [], contacts: [], deals: [], tickets: [], remarks: [] }
    expect(await everything('dan@nowhere.example')).toEqual({ ...less, users: ['dan@nowhere.example'] })
    expect((await everything('nobody@example.com'))['accounts']).toEqual([])
    expect((await everything('nobody@example.com'))['contacts']).toEqual([])
  })

  test('a rule asks the own record', async () => {
    expect(await listed('chief@example.com', 'deals')).toEqual(['deal of Cem'])
  })

  test('a filter of a caller does not', async () => {
    const { status, text } = await call(as(ann), 'GET', `${data}/deals?$filter=account_id eq my('contact.account')`)
    expect(status, text).toBe(400)
  })

  const writes: readonly (readonly [title: string, method: string, path: string, body: object, status: number])[] = [
    ['the own contact', 'PATCH', `contacts(${id(11)})`, { name: 'Ann of North' }, 204],
    ['the contact of a colleague', 'PATCH', `contacts(${id(12)})`, { name: 'x' }, 403],
    ['a contact that is not seen', 'PATCH', `contacts(${id(13)})`, { name: 'x' }, 404],
    ['the own account', 'PATCH', `accounts(${id(1)})`, { name: 'x' }, 403],
    ['the own deal', 'PATCH', `deals(${id(21)})`, { amount: 1 }, 204],
    ['the deal of a colleague', 'PATCH', `deals(${id(22)})`, { amount: 1 }, 403],
    ['the own deal, given to a colleague', 'PATCH', `deals(${id(21)})`, { contact_id: id(12) }, 403],
    ['a new deal of the own account', 'POST', 'deals', { name: 'deal of Zoe', account_id: id(1) }, 204],
    ['a new deal of another account', 'POST', 'deals', { name: 'x', account_id: id(2) }, 403],
    ['a new deal of nobody', 'POST', 'deals', { name: 'x' }, 403],
    ['a ticket of a deal that is seen', 'POST', 'tickets', { name: 'ticket of Zoe', deal_id: id(22), open: true }, 204],
    ['a ticket beside the rule', 'POST', 'tickets', { name: 'x', deal_id: id(22), open: false }, 403],
    ['a ticket of a deal that is not', 'POST', 'tickets', { name: 'x', deal_id: id(23), open: true }, 422],
    ['a ticket of nothing', 'POST', 'tickets', { name: 'x', open: true }, 403],
    ['deleting the own deal', 'DELETE', `deals(${id(21)})`, {}, 403],
  ]
  test.each(writes)('%s', async (_, method, path, body, status) => {
    const answer = await write(ann, method, path, body)
    expect(answer.status, answer.text).toBe(status)
  })

  test('nothing is in the scope of nobody, new records neither', async () => {
    for (const who of ['dan@nowhere.example', 'nobody@example.com'])
      expect([who, (await write(who, 'POST', 'deals', { name: 'of nobody' })).status]).toEqual([who, 403])
  })

  test('who changes sides sees the other side within moments', async () => {
    await write('admin', 'PATCH', `contacts(${id(12)})`, { account_id: id(2) })
    await write('admin', 'PATCH', `contacts(${id(11)})`, { account_id: id(2) })
    await until(async () => (await listed(ann, 'accounts'))[0] === 'South' || undefined)
    expect(await listed(ann, 'deals')).toEqual(['deal of Cem'])
    expect(await listed(ann, 'tickets')).toEqual(['ticket of Cem'])
    expect(await listed(ann, 'remarks')).toEqual(['on South'])
  })
})
