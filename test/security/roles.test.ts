// Who designs the model does not give rights by it: a role opens something else, and a webhook sends elsewhere, only when an
// administrator publishes it, by whatever road; what a role had closed comes back closed. What merely follows a change of an
// entity is no change of a role. A role that goes leaves nothing behind that a later one of its name would give rights by.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { personWithKey } from '../support/person.ts'
import {
  adminPassword,
  call,
  engines,
  signInForKey,
  startServer,
  type Answer,
  type TestServer,
} from '../support/server.ts'

const matter = {
  kind: 'entity',
  name: 'matter',
  ownership: 'user',
  fields: [
    { name: 'name', type: 'text', maxLength: 100, required: true },
    { name: 'memo', type: 'text', maxLength: 100 },
    { name: 'note', type: 'text', maxLength: 100 },
  ],
}
const clerk = {
  kind: 'role',
  id: '0190f000-0000-7000-8000-00000000c1e7',
  name: 'clerk',
  grants: [{ entity: 'matter', create: 'own', read: 'unit' }],
  fields: [{ entity: 'matter', field: 'memo', read: false }],
}
const chief = {
  kind: 'role',
  id: '0190f000-0000-7000-8000-00000000c4ef',
  name: 'chief',
  grants: [{ entity: '*', read: 'all', write: 'all' }],
}
const hook = {
  kind: 'webhook',
  name: 'out',
  url: 'https://example.com/in',
  entity: 'matter',
  on: ['create'],
  include: ['name'],
  runAs: 'admin@example.com',
}
const designer = { kind: 'role', name: 'designer', privileges: ['customize'], grants: [] }

describe.each(engines)('rights by design on %s', (engine) => {
  let server: TestServer
  let key = ''
  const send = async (method: string, path: string, body: object | undefined, by = key) =>
    call(server, method, path, body, { authorization: `Bearer ${by}` })
  const apply = (changes: object[], by = key) => send('POST', '/api/model/apply', { changes }, by)
  const put = (definition: object) => ({ op: 'put', definition })
  /** Publishes what drops something, with what names it, as it was reviewed. */
  const drop = async (definition: object) => {
    const change = { changes: [put(definition)], dependents: 'adjust' }
    const { plan } = (await send('POST', '/api/model/plan', change)).json as { plan: string }
    return send('POST', '/api/model/apply', { ...change, plan })
  }
  /** The definition in force, with its ids. */
  const known = async (name: string) => {
    const { json } = await call(server, 'GET', '/api/model')
    const { entities } = json as { entities: { name: string; id: string; fields: { id: string; name: string }[] }[] }
    return entities.find((entity) => entity.name === name)!
  }

  beforeAll(async () => {
    server = await startServer({ engine })
    const made = await apply([matter, clerk, chief, designer, hook].map(put), server.adminKey)
    expect(made.status, made.text).toBe(200)
    const email = 'dana@example.com'
    const body = { email, name: 'Dana', password: adminPassword, roles: ['designer', 'clerk'] }
    expect((await call(server, 'POST', '/api/users', body)).status).toBe(201)
    key = await signInForKey(server.url, email, adminPassword)
  })
  afterAll(() => server?.stop())

  const refused: readonly [string, object[]][] = [
    ['every privilege for the own role', [put({ ...designer, privileges: ['customize', 'administer'] })]],
    ['every record for the own role', [put({ ...clerk, grants: [{ entity: '*', read: 'all' }] })]],
    ['a wider depth', [put({ ...clerk, grants: [{ entity: 'matter', create: 'own', read: 'all' }] })]],
    ['a field opened', [put({ ...clerk, fields: [] })]],
    ['a role for everybody', [put({ kind: 'role', name: 'everyone', grants: [{ entity: 'matter', read: 'all' }] })]],
    ['what asks for a second factor', [put({ kind: 'role', name: 'careful', secondFactor: true })]],
    ['a role gone', [{ op: 'delete', kind: 'role', name: 'clerk' }]],
    ['the name of the own role for another one', [put({ ...chief, name: 'clerk' }), put({ ...clerk, name: 'chief' })]],
    ['the name of the role that all have', [put({ ...chief, name: 'everyone' })]],
    ['a webhook that sends elsewhere', [put({ ...hook, url: 'https://example.net/mine' })]],
    ['a webhook that sends more', [put({ ...hook, include: ['name', 'memo'] })]],
    ['a webhook that sends all there is', [put({ ...hook, include: undefined })]],
    ['a new webhook', [put({ ...hook, name: 'mine' })]],
    [
      'rights on an entity that comes with the change',
      [
        put({ ...matter, name: 'paper' }),
        put({ ...clerk, grants: [...clerk.grants, { entity: 'paper', read: 'all' }] }),
      ],
    ],
  ]
  test('who may write every entity gives nobody rights by it, nor gets an account that has more', async () => {
    const all = Object.fromEntries(
      ['create', 'read', 'write', 'delete', 'append', 'append_to', 'import', 'bulk'].map((one) => [one, 'all']),
    )
    const steward = { kind: 'role', name: 'steward', grants: [{ entity: '*', ...all }] }
    const staff = { kind: 'role', name: 'staff', grants: [{ entity: 'team_member', ...all }] }
    expect((await apply([steward, staff].map(put), server.adminKey)).status).toBe(200)
    const stella = await personWithKey(server, 'stella@example.com', ['steward'])
    const data = (by: { url: string; adminKey: string }, method: string, path: string, body?: object) =>
      call(by, method, `/api/data/v1/${path}`, body)
    const { user } = (await call(stella, 'GET', '/api/me')).json as { user: { id: string } }
    const boss = (await data(server, 'GET', `users?$filter=email eq 'admin@example.com'`)).json as {
      value: { id: string }[]
    }
    const admin = boss.value[0]!.id
    const made = await data(server, 'POST', 'teams', { name: 'Heads' })
    const team = (made.json as { id: string }).id
    expect((await data(server, 'POST', 'role_assignments', { team_id: team, role: 'administrator' })).status).toBe(201)
    const role = { user_id: user.id, role: 'administrator' }
    const member = { team_id: team, user_id: user.id }
    const csv = `user,role\n${user.id},administrator\n`
    const tried: readonly (() => Promise<Answer>)[] = [
      () => data(stella, 'POST', 'role_assignments', role),
      () => data(stella, 'POST', 'role_assignments/$bulk', { create: [role] }),
      () => data(stella, 'PATCH', `users(${user.id})`, { name: 'S', role_assignments: [role] }),
      () => data(stella, 'POST', 'team_members', member),
      () => data(stella, 'PATCH', `users(${admin})`, { email: 'mine@example.com' }),
      () => data(stella, 'PATCH', `users(${admin})`, { state: 'inactive' }),
      () => data(stella, 'DELETE', `users(${admin})`),
      () => data(stella, 'POST', 'business_units', { name: 'Mine' }),
      () => call(stella, 'POST', '/api/import/role_assignment', csv, { 'content-type': 'text/csv' }),
      () =>
        call(stella, 'POST', '/api/graphql', {
          query: `mutation { create_role_assignment(values: { user_id: "${user.id}", role: "administrator" }) { id } }`,
        }),
    ]
    for (const [i, attempt] of tried.entries()) {
      const answer = await attempt()
      const failed = answer.status >= 400 || /"errors":\[|"failed":1/.test(answer.text)
      expect(failed, `${i}: ${answer.status} ${answer.text}`).toBe(true)
    }
    const me = (await call(stella, 'GET', '/api/me')).json
    expect(me).toMatchObject({ roles: expect.not.arrayContaining(['administrator']), privileges: [] })
    const { value } = (await data(server, 'GET', `users?$filter=id eq ${admin}`)).json as { value: object[] }
    expect(value).toMatchObject([{ email: 'admin@example.com', state: 'active' }])
    // Everything else is hers to write; and whom a role names, that one may.
    expect((await data(stella, 'GET', `users(${admin})`)).status).toBe(200)
    expect((await data(stella, 'POST', 'matters', { name: 'Ordinary' })).status).toBe(201)
    const sten = await personWithKey(server, 'sten@example.com', ['steward', 'staff'])
    const other = (await data(server, 'POST', 'teams', { name: 'Hands' })).json as { id: string }
    expect((await data(sten, 'POST', 'team_members', { ...member, team_id: other.id })).status).toBe(201)
  })

  test.each(refused)('%s', async (_, changes) => {
    const planned = await send('POST', '/api/model/plan', { changes })
    const { problems } = planned.json as { problems: { code: string }[] }
    expect(new Set(problems.map(({ code }) => code)), planned.text).toEqual(new Set(['access.denied']))
    const answer = await apply(changes)
    expect([answer.status, (answer.json as { code: string }).code], answer.text).toEqual([403, 'access.denied'])
    expect(answer.text).toContain('those who may administer')
    const planOfAdmin = await send('POST', '/api/model/plan', { changes }, server.adminKey)
    expect(planOfAdmin.json).toMatchObject({ problems: [] })
  })

  test('nor by taking back what an administrator narrowed', async () => {
    const narrowed = await apply([put({ ...clerk, grants: [{ entity: 'matter', read: 'own' }] })], server.adminKey)
    const { undo } = narrowed.json as { undo: string }
    const back = await send('POST', `/api/model/undo/${undo}`, {})
    expect([back.status, (back.json as { code: string }).code], back.text).toEqual([403, 'access.denied'])
    expect((await send('POST', `/api/model/undo/${undo}`, {}, server.adminKey)).status).toBe(200)
  })

  test('what follows an entity is no change of a role', async () => {
    const { id, fields } = await known('matter')
    const ids = matter.fields.map((field) => ({ ...field, id: fields.find(({ name }) => name === field.name)!.id }))
    const renamed = {
      ...matter,
      id,
      name: 'affair',
      fields: ids.map((field) => (field.name === 'memo' ? { ...field, name: 'remark' } : field)),
    }
    const answer = await apply([put(renamed), put({ ...matter, name: 'paper' })])
    expect(answer.status, answer.text).toBe(200)
    expect((await call(server, 'GET', '/api/data/v1/affairs?$select=name')).status).toBe(200)
    const without = { ...renamed, fields: renamed.fields.filter(({ name }) => name !== 'note') }
    const gone = await drop(without)
    expect(gone.status, gone.text).toBe(200)
    // A closed field that goes could be had back open.
    const closed = await drop({ ...without, fields: without.fields.filter(({ name }) => name !== 'remark') })
    expect([closed.status, (closed.json as { code: string }).code], closed.text).toEqual([403, 'access.denied'])
  })

  describe('what a role had closed', () => {
    const dossier = {
      kind: 'entity',
      name: 'dossier',
      ownership: 'user',
      fields: [
        { name: 'name', type: 'text', maxLength: 100, required: true },
        { name: 'secret', type: 'text', maxLength: 100 },
        { name: 'loud', type: 'formula', returns: 'text', expression: 'upper(name)' },
        { name: 'plain', type: 'text', maxLength: 100 },
      ],
    }
    const keeper = {
      kind: 'role',
      name: 'keeper',
      grants: [{ entity: '*', read: 'all' }],
      fields: [
        { entity: 'dossier', field: 'secret', read: false },
        { entity: 'dossier', field: 'loud', read: false },
      ],
    }
    let rita: { readonly url: string; readonly adminKey: string }
    let made: { entities: { name: string; id: string; fields: { id: string; name: string }[] }[] }
    const idOf = (field: string) =>
      made.entities.find(({ name }) => name === 'dossier')!.fields.find(({ name }) => name === field)!.id
    const without = (...names: string[]) => ({
      ...dossier,
      fields: dossier.fields.filter(({ name }) => !names.includes(name)),
    })
    const asAdmin = async (change: object) => {
      const all = { ...change, dependents: 'adjust' }
      const { plan } = (await send('POST', '/api/model/plan', all, server.adminKey)).json as { plan: string }
      const answer = await send('POST', '/api/model/apply', { ...all, plan }, server.adminKey)
      expect(answer.status, answer.text).toBe(200)
      return (answer.json as { undo: string }).undo
    }
    const restore = (id: string, by: string, body: object = {}) =>
      send('POST', `/api/model/bin/${id}/restore`, body, by)
    const seen = async (query: string) => (await call(rita, 'GET', `/api/data/v1/dossiers?${query}`)).text
    const denied = async (answer: Promise<{ status: number; text: string }>) => {
      const { status, text } = await answer
      expect([status, text.includes('those who may administer')], text).toEqual([403, true])
    }
    const closed = async () => {
      for (const field of ['secret', 'loud'])
        expect(await seen(`$select=${field}`), field).toContain('"code":"request.unknown')
      expect(await seen('')).not.toMatch(/sesame|ACME/)
    }

    beforeAll(async () => {
      await asAdmin({ changes: [dossier, keeper].map(put) })
      rita = await personWithKey(server, 'rita@example.com', ['designer', 'keeper'])
      const body = { name: 'Acme', secret: 'sesame', plain: 'open' }
      expect((await call(server, 'POST', '/api/data/v1/dossiers', body)).status).toBe(201)
      made = (await call(server, 'GET', '/api/model')).json as typeof made
      await closed()
    })

    test('a field comes back by an administrator alone, and closed again', async () => {
      const undo = await asAdmin({ changes: [put(without('secret', 'loud'))] })
      for (const field of ['secret', 'loud']) {
        const planned = await send('POST', `/api/model/bin/${idOf(field)}/plan`, {}, rita.adminKey)
        const { problems } = planned.json as { problems: { detail: string }[] }
        expect(problems.map(({ detail }) => detail).join('\n'), planned.text).toContain(
          `"dossier.${field}" was closed by a role when it was dropped`,
        )
        await denied(restore(idOf(field), rita.adminKey))
        await denied(restore(idOf(field), rita.adminKey, { name: `my_${field}` }))
      }
      await denied(send('POST', `/api/model/undo/${undo}`, {}, rita.adminKey))

      // A definition that has the old field again has it empty, and does not make it one that nobody had closed.
      const again = { ...dossier, fields: dossier.fields.map((one) => ({ ...one, id: idOf(one.name) })) }
      const put1 = await send('POST', '/api/model/apply', { changes: [put(again)] }, rita.adminKey)
      expect(put1.status, put1.text).toBe(200)
      expect(await seen('$select=secret')).toContain('"secret":null')
      const change = { changes: [put(without('secret', 'loud'))], dependents: 'adjust' }
      const { plan } = (await send('POST', '/api/model/plan', change, rita.adminKey)).json as { plan: string }
      expect((await send('POST', '/api/model/apply', { ...change, plan }, rita.adminKey)).status).toBe(200)
      await denied(send('POST', `/api/model/undo/${undo}`, {}, rita.adminKey))
      expect((await send('POST', `/api/model/undo/${undo}`, {}, server.adminKey)).status).toBe(200)
      await closed()
      expect((await call(server, 'GET', '/api/data/v1/dossiers')).text).toContain('"secret":"sesame"')
    })

    test('out of the bin, under another name', async () => {
      await asAdmin({ changes: [put(without('secret'))] })
      const planned = await send('POST', `/api/model/bin/${idOf('secret')}/plan`, {}, server.adminKey)
      expect(planned.json, planned.text).toMatchObject({ affects: [{ kind: 'role', name: 'keeper' }], problems: [] })
      const back = await restore(idOf('secret'), server.adminKey, { name: 'hidden' })
      expect(back.status, back.text).toBe(200)
      expect((await call(server, 'GET', '/api/data/v1/dossiers')).text).toContain('"hidden":"sesame"')
      expect(await seen('$select=hidden')).toContain('"code":"request.unknown')
      expect(await seen('')).not.toContain('sesame')
      await denied(send('POST', `/api/model/undo/${(back.json as { undo: string }).undo}`, {}, rita.adminKey))
      const { id } = made.entities.find(({ name }) => name === 'dossier')!
      const named = dossier.fields.map((field) => ({ ...field, id: idOf(field.name) }))
      await asAdmin({ changes: [put({ ...dossier, id, fields: named })] })
      await closed()
    })

    test('the same with the whole entity', async () => {
      const { id } = made.entities.find(({ name }) => name === 'dossier')!
      await asAdmin({ changes: [{ op: 'delete', kind: 'entity', name: 'dossier' }] })
      await denied(restore(id, rita.adminKey))
      await denied(restore(id, rita.adminKey, { name: 'folder' }))
      const back = await restore(id, server.adminKey)
      expect(back.status, back.text).toBe(200)
      await closed()
    })

    test('what nobody had closed, a designer brings back', async () => {
      const change = { changes: [put(without('plain'))] }
      const { plan } = (await send('POST', '/api/model/plan', change, rita.adminKey)).json as { plan: string }
      expect((await send('POST', '/api/model/apply', { ...change, plan }, rita.adminKey)).status).toBe(200)
      const back = await restore(idOf('plain'), rita.adminKey)
      expect(back.status, back.text).toBe(200)
      expect(await seen('$select=plain')).toContain('"plain":"open"')
    })
  })

  describe('what roles had opened', () => {
    const ledger = {
      kind: 'entity',
      name: 'ledger',
      ownership: 'user',
      fields: [
        { name: 'name', type: 'text', maxLength: 50, required: true },
        { name: 'paid', type: 'boolean' },
        { name: 'pin', type: 'text', maxLength: 20 },
        { name: 'matter', type: 'lookup', target: 'casework' },
      ],
    }
    const casework = {
      kind: 'entity',
      name: 'casework',
      ownership: 'user',
      fields: [
        { name: 'name', type: 'text', maxLength: 50, required: true },
        { name: 'open', type: 'boolean' },
      ],
    }
    const teller = {
      kind: 'role',
      name: 'teller',
      grants: [
        { entity: 'casework', read: 'own' },
        { entity: 'ledger', read: 'all', create: 'own', rule: 'paid == true' },
      ],
      fields: [{ entity: 'ledger', field: 'pin', read: false }],
    }
    const auditor = { kind: 'role', name: 'auditor', grants: [{ entity: 'ledger', read: 'all', export: 'all' }] }
    const leaver = { kind: 'role', name: 'leaver', grants: [{ entity: 'ledger', delete: 'all' }] }
    const nosy = {
      kind: 'role',
      name: 'nosy',
      grants: [{ entity: 'ledger', read: 'all', rule: 'matter.open == true' }],
    }
    type Caller = { readonly url: string; readonly adminKey: string }
    let tess: Caller
    let ada: Caller
    let id = ''
    const admin = (method: string, path: string, body?: object) => call(server, method, path, body)
    const publish = async (changes: object[], dependents = 'keep') => {
      const { plan } = (await admin('POST', '/api/model/plan', { changes, dependents })).json as { plan: string }
      const answer = await admin('POST', '/api/model/apply', { changes, dependents, plan })
      expect(answer.status, answer.text).toBe(200)
      return (answer.json as { undo: string }).undo
    }
    const drop = () => publish([{ op: 'delete', kind: 'entity', name: 'ledger' }], 'adjust')
    const bin = async () => {
      const { json } = await send('GET', '/api/model/bin', undefined)
      return (json as { value: { id: string; opened: boolean; closed: boolean }[] }).value.find((one) => one.id === id)
    }
    const restore = (body: object = {}, by = server.adminKey) => send('POST', `/api/model/bin/${id}/restore`, body, by)
    const seen = async (one: Caller, set = 'ledgers') => {
      const { status, json } = await call(one, 'GET', `/api/data/v1/${set}?$orderby=name`)
      return status === 200 ? (json as { value: { name: string; pin?: string }[] }).value : status
    }

    beforeAll(async () => {
      await publish([casework, ledger, teller, auditor, leaver, nosy].map(put))
      tess = await personWithKey(server, 'tess@example.com', ['teller'])
      ada = await personWithKey(server, 'ada@example.com', ['auditor'])
      for (const body of [
        { name: 'a', paid: true, pin: '1234' },
        { name: 'b', paid: false, pin: '5678' },
      ])
        expect((await admin('POST', '/api/data/v1/ledgers', body)).status).toBe(201)
      id = (await known('ledger')).id
    })

    test('they open again when an administrator brings it back, as they did, and closed again where it was', async () => {
      await drop()
      await publish([{ op: 'delete', kind: 'role', name: 'leaver' }])
      expect(await bin()).toMatchObject({ opened: true, closed: true })
      const planned = await send('POST', `/api/model/bin/${id}/plan`, {}, server.adminKey)
      expect(planned.json, planned.text).toMatchObject({
        affects: [
          { name: 'teller', use: 'grant', because: 'opens "ledger" again' },
          { name: 'auditor', use: 'grant', because: 'opens "ledger" again' },
          { name: 'nosy', use: 'grant', because: 'opens "ledger" again' },
          { name: 'teller', use: 'profile', because: 'closes fields of "ledger" again' },
        ],
        problems: [],
      })
      const back = await restore()
      expect(back.status, back.text).toBe(200)
      expect(await seen(tess)).toMatchObject([{ name: 'a' }])
      expect(JSON.stringify(await seen(tess))).not.toContain('pin')
      expect(await seen(ada)).toMatchObject([{ name: 'a', pin: '1234' }, { name: 'b' }])
      const wide = await call(ada, 'POST', '/api/data/v1/ledgers', { name: 'c' })
      expect(wide.status, wide.text).toBe(403)
    })

    test('who designs is told, and does not bring it back while a role is there that would open it', async () => {
      await publish([put({ ...teller, fields: [] }), put({ ...nosy, grants: [] })])
      await drop()
      expect(await bin()).toMatchObject({ opened: true, closed: false })
      const planned = await send('POST', `/api/model/bin/${id}/plan`, {})
      expect((planned.json as { problems: { code: string }[] }).problems.map(({ code }) => code)).toEqual([
        'access.denied',
        'access.denied',
      ])
      for (const body of [{}, { name: 'ledger_2' }]) {
        const refused = await restore(body, key)
        expect([refused.status, refused.text.includes('those who may administer')], refused.text).toEqual([403, true])
      }
      expect((await restore({ name: 'book' })).status).toBe(200)
      expect(await seen(tess, 'books')).toMatchObject([{ name: 'a' }])
      await publish(
        ['teller', 'auditor'].map((name) => ({ op: 'delete', kind: 'role', name })),
        'adjust',
      )
      await publish([{ op: 'delete', kind: 'entity', name: 'book' }], 'adjust')
      expect(await bin()).toMatchObject({ opened: false, closed: false })
      const back = await restore({}, key)
      expect(back.status, back.text).toBe(200)
      expect(await seen(ada, 'books')).toBe(403)
    })
  })

  describe('a role that goes', () => {
    const guest = { kind: 'role', name: 'guest', grants: [{ entity: 'deed', read: 'all' }] }
    const deed = {
      kind: 'entity',
      name: 'deed',
      ownership: 'user',
      fields: [{ name: 'name', type: 'text', maxLength: 50, required: true }],
    }
    type Caller = { readonly url: string; readonly adminKey: string }
    const callers: Record<'alone' | 'member' | 'limited', Caller> = {} as never
    const admin = (method: string, path: string, body?: object) => call(server, method, path, body)
    const publish = async (...changes: object[]) => {
      const planned = await admin('POST', '/api/model/plan', { changes })
      const { plan, held } = planned.json as { plan: string; held: object[] }
      const answer = await admin('POST', '/api/model/apply', { changes, plan })
      expect(answer.status, answer.text).toBe(200)
      return { held, undo: (answer.json as { undo: string }).undo }
    }
    const remove = (name: string) => publish({ op: 'delete', kind: 'role', name })
    const take = async (undo: string) => {
      const answer = await admin('POST', `/api/model/undo/${undo}`, {})
      expect(answer.status, answer.text).toBe(200)
    }
    const opened = async () => {
      const status = async (one: Caller) => (await call(one, 'GET', '/api/data/v1/deeds')).status
      return Promise.all([callers.alone, callers.member, callers.limited].map(status))
    }
    const assigned = async (role = 'guest') => {
      const { json } = await admin('GET', `/api/data/v1/role_assignments?$filter=role eq '${role}'`)
      return (json as { value: { user_id: string | null; team_id: string | null }[] }).value
    }

    beforeAll(async () => {
      await publish(put(deed), put(guest))
      callers.alone = await personWithKey(server, 'alone@example.com', ['guest'])
      callers.member = await personWithKey(server, 'member@example.com', [])
      const made = await admin('POST', '/api/data/v1/teams', { name: 'Guests' })
      const team = (made.json as { id: string }).id
      const people = await admin('GET', `/api/data/v1/users?$filter=email eq 'member@example.com'`)
      const user = (people.json as { value: { id: string }[] }).value[0]!.id
      expect((await admin('POST', '/api/data/v1/team_members', { team_id: team, user_id: user })).status).toBe(201)
      expect((await admin('POST', '/api/data/v1/role_assignments', { team_id: team, role: 'guest' })).status).toBe(201)
      const key = await call(callers.alone, 'POST', '/api/keys', { name: 'limited', roles: ['guest'] })
      callers.limited = { url: server.url, adminKey: (key.json as { key: string }).key }
      expect(await opened()).toEqual([200, 200, 200])
    })

    const all = { users: 1, teams: 1, keys: 1 }
    const holders = async () =>
      (await assigned()).map(({ user_id, team_id }) => String(user_id ?? team_id)).sort((a, b) => a.localeCompare(b))

    test('takes its assignments along, and taking it back brings them back', async () => {
      const before = await holders()
      const { held, undo } = await remove('guest')
      expect(held).toEqual([{ role: 'guest', how: 'taken', ...all }])
      expect(await assigned()).toEqual([])
      expect(await opened()).toEqual([403, 403, 403])
      const { json } = await admin('GET', '/api/audit?kind=delete&top=10')
      const told = (json as { value: { entity: string | null; before: { role?: string } | null }[] }).value
      const ofRole = told.filter(({ entity, before: was }) => entity === 'role_assignment' && was?.role === 'guest')
      expect(ofRole.length, JSON.stringify(told)).toBe(2)

      const second = await publish(put({ ...guest, grants: [{ entity: '*', read: 'all' }] }))
      expect(second.held).toEqual([])
      expect(await opened()).toEqual([403, 403, 403])
      await take(second.undo)
      await take(undo)
      expect(await holders()).toEqual(before)
      expect(await opened()).toEqual([200, 200, 200])
    })

    test('another role in its place at once gives nobody anything', async () => {
      const other = { ...guest, id: '0190f000-0000-7000-8000-00000000abcd' }
      const { undo } = await publish({ op: 'delete', kind: 'role', name: 'guest' }, put(other))
      expect(await assigned()).toEqual([])
      expect(await opened()).toEqual([403, 403, 403])
      await take(undo)
      expect(await opened()).toEqual([200, 200, 200])
    })

    test('with another name it keeps whom it has, and leaves nothing under the old one', async () => {
      const { roles } = (await admin('GET', '/api/model')).json as { roles: { id: string; name: string }[] }
      const { id } = roles.find(({ name }) => name === 'guest')!
      const { held, undo } = await publish(put({ ...guest, id, name: 'visitor' }))
      expect(held).toEqual([{ role: 'guest', how: 'renamed', ...all }])
      expect([await assigned(), (await assigned('visitor')).length]).toEqual([[], 2])
      expect(await opened()).toEqual([200, 200, 200])
      const swap = await publish(put({ ...guest, id, name: 'chief' }), put({ ...chief, name: 'visitor' }))
      expect([(await assigned('chief')).length, await assigned('visitor')]).toEqual([2, []])
      expect(await opened()).toEqual([200, 200, 200])
      await take(swap.undo)
      await take(undo)
      expect((await assigned()).length).toBe(2)
      expect(await opened()).toEqual([200, 200, 200])
    })

    test('what was assigned before there was such a role is cleared, not given', async () => {
      const [{ user_id } = { user_id: null }] = (await assigned()).filter((one) => one.user_id !== null)
      const early = await admin('POST', '/api/data/v1/role_assignments', { user_id, role: 'later' })
      expect(early.status, early.text).toBe(201)
      const later = await publish(put({ kind: 'role', name: 'later', grants: [{ entity: 'deed', read: 'all' }] }))
      expect(later.held).toEqual([{ role: 'later', how: 'cleared', users: 1, teams: 0, keys: 0 }])
      expect(await assigned('later')).toEqual([])
    })
  })
})
