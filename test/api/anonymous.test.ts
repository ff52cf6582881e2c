// What does a request without credentials reach: nothing, unless a role for it is defined; then what that role grants, and never
// what belongs to a person?
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call, engines, startServer, type Answer, type TestServer } from '../support/server.ts'

const data = '/api/data/v1'
const definitions = [
  {
    kind: 'entity',
    name: 'article',
    entitySet: 'articles',
    ownership: 'user',
    primaryField: 'title',
    audit: true,
    fields: [
      { name: 'title', type: 'text' },
      { name: 'published', type: 'boolean' },
      { name: 'notes', type: 'text' },
    ],
  },
  {
    kind: 'entity',
    name: 'wish',
    entitySet: 'wishes',
    ownership: 'user',
    primaryField: 'title',
    fields: [{ name: 'title', type: 'text' }],
  },
] as const
const role = {
  kind: 'role',
  name: 'anonymous',
  label: 'Anonymous',
  grants: [
    { entity: 'article', read: 'all', write: 'own', rule: 'published == true' },
    { entity: 'wish', create: 'all' },
  ],
  fields: [{ entity: 'article', field: 'notes', read: false }],
}

describe.each(engines)('a request without credentials on %s', (engine) => {
  let server: TestServer
  const apply = async (...parts: readonly object[]) => {
    const changes = parts.map((definition) => ({ op: 'put', definition }))
    const applied = await call(server, 'POST', '/api/model/apply', { changes })
    expect(applied.status, applied.text).toBe(200)
  }
  const nobody = async (method: string, path: string, body?: object, headers = {}): Promise<Answer> => {
    const answer = await fetch(server.url + path, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await answer.text()
    const json: unknown = answer.headers.get('content-type')?.includes('json') ? JSON.parse(text) : undefined
    return { status: answer.status, headers: answer.headers, text, json }
  }

  beforeAll(async () => {
    server = await startServer({ engine, env: { ANONYMOUS_LIMIT: '60' } })
    await apply(...definitions)
    for (const [title, published] of [
      ['Open', true],
      ['Draft', false],
    ] as const)
      expect((await call(server, 'POST', `${data}/articles`, { title, published, notes: 'hush' })).status).toBe(201)
  })
  afterAll(() => server?.stop())

  test('is nobody while no role says otherwise', async () => {
    for (const path of [`${data}/articles`, `${data}/`, '/api/model', '/api/search?q=Open', '/api/me'])
      expect((await nobody('GET', path)).status, path).toBe(401)
    await apply({ ...role, grants: [] })
    expect((await nobody('GET', `${data}/articles`)).status).toBe(401)
  })

  test('reaches what the role grants', async () => {
    await apply(role)
    const list = await nobody('GET', `${data}/articles`)
    expect(list.status, list.text).toBe(200)
    const { value } = list.json as { value: { title: string }[] }
    expect(value.map(({ title }) => title)).toEqual(['Open'])
    expect(list.text).not.toContain('hush')
    expect((await nobody('GET', `${data}/articles?$filter=notes eq 'hush'`)).status).toBe(400)
    expect((await nobody('GET', `${data}/wishes`)).status).toBe(403)
    expect((await nobody('GET', `${data}/users`)).status).toBe(403)
  })

  test("what it makes is nobody's, and it owns nothing", async () => {
    const made = await nobody('POST', `${data}/wishes`, { title: 'A pony' }, { prefer: 'return=minimal' })
    expect(made.status, made.text).toBe(204)
    const stored = await call(server, 'GET', `${data}/wishes`)
    expect((stored.json as { value: object[] }).value).toMatchObject([{ owner_id: null, created_by_id: null }])
    const [open] = ((await nobody('GET', `${data}/articles`)).json as { value: { id: string }[] }).value
    const written = await nobody('PATCH', `${data}/articles(${open!.id})`, { title: 'x' }, { 'if-match': '*' })
    expect(written.status, written.text).toBe(403)
  })

  test('reaches nothing that belongs to a person', async () => {
    for (const [method, path] of [
      ['GET', '/api/me'],
      ['GET', '/api/keys'],
      ['POST', '/api/keys'],
      ['GET', '/api/events'],
      ['POST', '/api/files'],
      ['GET', '/api/jobs'],
      ['POST', '/api/model/plan'],
      ['POST', '/api/import/article'],
      ['GET', '/api/export/article'],
    ] as const)
      expect((await nobody(method, path, method === 'POST' ? {} : undefined)).status, `${method} ${path}`).toBe(401)
  })

  test('a wrong credential is not the same as none', async () => {
    const wrong = await nobody('GET', `${data}/articles`, undefined, { authorization: 'Bearer pvd_nothing' })
    expect(wrong.status).toBe(401)
  })

  test('each address has so many requests, whoever else asks', async () => {
    let last = await nobody('GET', `${data}/articles/$count`)
    for (let i = 0; i < 80 && last.status === 200; i++) last = await nobody('GET', `${data}/articles/$count`)
    expect(last.status).toBe(429)
    expect(last.headers.get('retry-after')).toMatch(/^\d+$/)
    expect((await call(server, 'GET', `${data}/articles`)).status).toBe(200)
  })
})
