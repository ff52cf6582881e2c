// The model over HTTP: who sees what of it, who may change it, and what a wrong wish is told.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { freePort } from '../support/postgres.ts'
import { call, engines, signInForKey, startServer, type TestServer } from '../support/server.ts'

interface ModelShape {
  revision: string
  entities: { name: string; can: Record<string, boolean>; fields: { name: string; id: string; system?: boolean }[] }[]
  roles: { name: string }[]
  apps: { name: string }[]
}

describe.each(engines)('%s', (engine) => {
  let server: TestServer
  let seller: string

  beforeAll(async () => {
    server = await startServer({ engine, solutions: 'crm' })
    await admin('POST', '/api/users', {
      email: 'seller@example.com',
      password: 'a good password',
      roles: ['salesperson'],
    })
    seller = await signInForKey(server.url, 'seller@example.com', 'a good password')
  })
  afterAll(() => server?.stop())

  const admin = (method: string, path: string, body?: unknown, headers = {}) =>
    call(server, method, path, body, headers)
  const asSeller = (method: string, path: string, body?: unknown) =>
    call({ url: server.url, adminKey: seller }, method, path, body)
  const modelOf = (answer: { json: unknown }) => answer.json as ModelShape
  const put = (definition: object) => ({ op: 'put', definition })
  const thing = (name: string, ...fields: object[]) =>
    put({
      kind: 'entity',
      name,
      entitySet: `${name}s`,
      primaryField: 'name',
      fields: [{ name: 'name', type: 'text' }, ...fields],
    })

  it('shows each caller its own part of the model', async () => {
    const [all, part] = [modelOf(await admin('GET', '/api/model')), modelOf(await asSeller('GET', '/api/model'))]
    expect(part.entities.length).toBeLessThan(all.entities.length)
    expect(part.entities.find(({ name }) => name === 'account')?.can['create']).toBe(true)
    expect(part.entities.some(({ name }) => name === 'role_assignment')).toBe(false)
    expect(part.roles.map(({ name }) => name)).toEqual(['salesperson'])
    expect(part.apps.map(({ name }) => name)).toEqual(['sales'])
  })

  it('answers 304 until the model changes, and never one caller with another’s tag', async () => {
    const first = await admin('GET', '/api/model')
    const etag = first.headers.get('etag')!
    expect(etag).toMatch(/^W\//)
    expect((await admin('GET', '/api/model', undefined, { 'if-none-match': etag })).status).toBe(304)
    expect((await asSeller('GET', '/api/model')).headers.get('etag')).not.toBe(etag)
    await admin('POST', '/api/model/apply', { changes: [thing('tagged')] })
    expect((await admin('GET', '/api/model', undefined, { 'if-none-match': etag })).status).toBe(200)
  })

  it('plans, applies, lists and undoes', async () => {
    const { revision } = modelOf(await admin('GET', '/api/model'))
    const changes = [
      thing(
        'vehicle',
        { name: 'vin', type: 'text', unique: true },
        { name: 'account', type: 'lookup', target: 'account' },
      ),
    ]
    const planned = await admin('POST', '/api/model/plan', { base: revision, changes })
    expect(planned.json).toMatchObject({
      revision,
      plan: expect.any(String),
      problems: [],
      affects: [],
      steps: expect.arrayContaining([
        expect.objectContaining({
          kind: 'create_table',
          entity: 'vehicle',
          risk: 'safe',
          sql: [expect.stringContaining('create table')],
          undo: expect.any(Array),
        }),
      ]),
    })
    expect(modelOf(await admin('GET', '/api/model')).revision).toBe(revision)
    const applied = await admin('POST', '/api/model/apply', {
      base: revision,
      changes,
      plan: (planned.json as { plan: string }).plan,
    })
    expect(applied.json).toEqual({ revision: String(Number(revision) + 1), undo: expect.any(String) })
    expect((await admin('POST', '/api/data/v1/vehicles', { name: 'Red', vin: 'X1' })).status).toBe(201)
    expect((await admin('GET', '/api/data/v1/vehicles')).status).toBe(200)
    const history = (await admin('GET', '/api/model/history')).json as { value: object[] }
    expect(history.value[0]).toMatchObject({
      revision: String(Number(revision) + 1),
      action: 'apply',
      actor: 'Administrator',
      undone: false,
      changes: [{ kind: 'entity', name: 'vehicle', change: 'create' }],
    })
    expect((await admin('POST', '/api/model/apply', { base: revision, changes: [thing('late')] })).status).toBe(409)
    const undone = await admin('POST', `/api/model/undo/${(applied.json as { undo: string }).undo}`)
    expect(undone.status).toBe(200)
    expect((await admin('GET', '/api/data/v1/vehicles')).status).toBe(404)
    expect((await admin('POST', `/api/model/undo/${(applied.json as { undo: string }).undo}`)).status).toBe(409)
  })

  it('lets nobody change the model who may not', async () => {
    for (const [method, path, body] of [
      ['POST', 'plan', { changes: [] }],
      ['POST', 'apply', { changes: [thing('mine')] }],
      ['POST', 'undo/6fa459ea-ee8a-4ca4-894e-db77e160355e', undefined],
      ['GET', 'history', undefined],
    ] as const) {
      const answer = await asSeller(method, `/api/model/${path}`, body)
      expect([path, answer.status]).toEqual([path, 403])
      expect(
        (
          await fetch(`${server.url}/api/model/${path}`, {
            method,
            body: body && JSON.stringify(body),
            headers: { 'content-type': 'application/json' },
          })
        ).status,
      ).toBe(401)
    }
  })

  const wrong: readonly [string, unknown, number][] = [
    ['no body', '', 400],
    ['broken JSON', '{"changes":[', 400],
    ['a list', [], 400],
    ['no changes', {}, 400],
    ['changes that are no list', { changes: {} }, 400],
    ['a change that is text', { changes: ['drop'] }, 400],
    ['an unknown op', { changes: [{ op: 'drop', kind: 'entity', name: 'account' }] }, 400],
    ['put without a definition', { changes: [{ op: 'put' }] }, 400],
    ['delete without a name', { changes: [{ op: 'delete', kind: 'entity' }] }, 400],
    ['move without a field', { changes: [{ op: 'move', from: 'contact', to: 'account' }] }, 400],
    ['move of a list', { changes: [{ op: 'move', field: ['a'], from: 'contact', to: 'account' }] }, 400],
    ['move with an unknown choice', { changes: [{ op: 'move', field: 'a', from: 'b', to: 'c', take: 'any' }] }, 400],
    ['move with an unknown member', { changes: [{ op: 'move', field: 'a', from: 'b', to: 'c', over: 'd' }] }, 400],
    ['an unknown onFail', { changes: [{ op: 'put', definition: { kind: 'choice' }, onFail: { a: 'skip' } }] }, 400],
    ['a member nobody knows', { changes: [], force: true }, 400],
    ['a base that is no revision', { base: 'latest', changes: [] }, 400],
    ['a plan that is no text', { changes: [], plan: 7 }, 400],
    ['a revision of another time', { base: 9_999, changes: [] }, 409],
    ['an unknown kind', { changes: [put({ kind: 'unicorn', name: 'x' })] }, 422],
    ['a definition without a name', { changes: [put({ kind: 'entity' })] }, 422],
    [
      'SQL in a name',
      { changes: [put({ kind: 'entity', name: 'x"; drop table t_default.account; --', fields: [] })] },
      422,
    ],
    ['a name of 64 letters', { changes: [thing('a'.repeat(64))] }, 422],
    ['a system field', { changes: [thing('x', { name: 'created_at', type: 'text' })] }, 422],
    [
      '__proto__ as a name',
      '{"changes":[{"op":"put","definition":{"kind":"entity","name":"__proto__","fields":[{"name":"__proto__","type":"text"}]}}]}',
      422,
    ],
    ['constructor as a kind', { changes: [put({ kind: 'constructor', name: 'x' })] }, 422],
    [
      'something moved that is not there',
      { changes: [{ op: 'move', field: 'x', from: 'contact', to: 'account' }] },
      422,
    ],
    ['something deleted that is not there', { changes: [{ op: 'delete', kind: 'entity', name: 'nothing' }] }, 422],
    ['something deleted that others need', { changes: [{ op: 'delete', kind: 'entity', name: 'user' }] }, 422],
    ['a plan nobody made', { changes: [thing('x')], plan: 'nonsense' }, 409],
  ]
  it.each(wrong)('refuses to apply %s', async (_title, body, status) => {
    const { revision } = modelOf(await admin('GET', '/api/model'))
    const answer = await admin('POST', '/api/model/apply', body)
    expect([answer.status, answer.text.slice(0, 200)]).toEqual([status, expect.any(String)])
    expect(answer.json).toMatchObject({ code: expect.stringMatching(/^(request|check|conflict|plan|missing)\./) })
    expect(modelOf(await admin('GET', '/api/model')).revision).toBe(revision)
  })

  it('leads from every mistake into the request, in a plan and in an answer that refuses', async () => {
    const changes = [thing('fine'), put(tenMistakes)]
    const planned = await admin('POST', '/api/model/plan', { changes })
    const refused = await admin('POST', '/api/model/apply', { changes })
    expect([planned.status, refused.status]).toEqual([200, 422])
    for (const { json } of [planned, refused])
      expect((json as { problems: { pointer: string }[] }).problems.map(({ pointer }) => pointer)).toEqual(
        tenPlaces.map((place) => `/changes/1/definition/${place}`),
      )
  })

  const placed: readonly [string, object[], string][] = [
    ['an unknown kind', [put({ kind: 'unicorn', name: 'x' })], '/changes/0/definition/kind'],
    ['no name', [thing('fine'), put({ kind: 'entity' })], '/changes/1/definition'],
    ['a name that is none', [put({ kind: 'entity', name: 'A b', fields: [] })], '/changes/0/definition/name'],
    ['a delete of nothing', [{ op: 'delete', kind: 'entity', name: 'nothing' }], '/changes/0'],
    ['a delete that others notice', [{ op: 'delete', kind: 'entity', name: 'opportunity' }], '/view/'],
  ]
  it.each(placed)('says where %s is', async (_title, changes, place) => {
    const { problems } = (await admin('POST', '/api/model/plan', { changes })).json as {
      problems: { pointer: string }[]
    }
    const found = problems.map(({ pointer }) => pointer)
    if (place.endsWith('/')) expect(found).toContainEqual(expect.stringMatching(`^${place}`))
    else expect(found).toContain(place)
  })

  it('shows problems in a plan without refusing it', async () => {
    const planned = await admin('POST', '/api/model/plan', { changes: [thing('x', { name: 'y', type: 'txt' })] })
    expect(planned.status).toBe(200)
    expect(planned.json).toMatchObject({
      steps: [],
      problems: [{ pointer: '/changes/0/definition/fields/1/type', hint: expect.stringContaining('text') }],
    })
  })
})

/** Ten mistakes, each where a person would look for it. */
const tenMistakes = {
  kind: 'entity',
  name: 'mistaken',
  colour: 'red',
  ownership: 'everyone',
  primaryField: 'name',
  fields: [
    { name: 'name', type: 'text', maxLenght: 10 },
    { name: 'Vin', type: 'text' },
    { name: 'status', type: 'chioce' },
    { name: 'price', type: 'decimal', precision: 'many' },
    { name: 'account', type: 'lookup' },
    { name: 'bought_on', type: 'date', label: { en: 5 } },
    { type: 'boolean' },
  ],
  keys: [{ name: 'vin', fields: [] }],
}
const tenPlaces = [
  'colour',
  'ownership',
  'fields/0/maxLenght',
  'fields/1/name',
  'fields/2/type',
  'fields/3/precision',
  'fields/4',
  'fields/5/label/en',
  'fields/6',
  'keys/0/fields',
]

describe('the first administrator', () => {
  it('comes in by the printed link, once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'peyvand-setup-'))
    const port = await freePort()
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('../../runtime/src/cli/peyvand.ts', import.meta.url)), 'serve'],
      {
        env: { PATH: process.env['PATH'], PORT: String(port), DATA_DIR: folder, SOLUTIONS: 'none', DEMO: '0' },
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    const gone = new Promise<number | null>((resolve) => child.once('exit', resolve))
    try {
      const link = await new Promise<string>((resolve, reject) => {
        let text = ''
        child.stdout.on('data', (chunk: Buffer) => {
          const found = /http:\S+\/setup\?token=\S+/.exec((text += chunk.toString()))
          if (found) resolve(found[0])
        })
        child.once('exit', () => reject(new Error(`it ended: ${text}`)))
      })
      const { origin, searchParams } = new URL(link)
      const setUp = (password: string) =>
        fetch(`${origin}/api/auth/setup`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', origin },
          body: JSON.stringify({
            token: searchParams.get('token'),
            email: 'first@example.com',
            name: 'First',
            password,
          }),
        })
      expect((await setUp('short')).status).toBe(422)
      const done = await setUp('a good password')
      expect(done.status).toBe(200)
      const cookie = done.headers.getSetCookie()[0]!.split(';')[0]!
      expect(await (await fetch(`${origin}/api/me`, { headers: { cookie } })).json()).toMatchObject({
        user: { name: 'First' },
        privileges: ['administer', 'customize', 'impersonate', 'privacy'],
      })
      expect((await setUp('another password')).status).toBe(401)
      await signInForKey(origin, 'first@example.com', 'a good password')
    } finally {
      child.kill('SIGTERM')
      expect(await gone).toBe(0)
      rmSync(folder, { recursive: true, force: true })
    }
  })
})
