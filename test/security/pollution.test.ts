// Prototype pollution and type confusion: names of built-in things as names of anything, and every kind of JSON where another
// is expected. They are data or a clean refusal; what every object inherits stays as it was.
// Modelled on CVE-2023-36475, CVE-2026-30938 (Parse Server) and CVE-2024-45296 (path-to-regexp). The requests at random are
// test/chaos/fuzz.test.ts.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { globSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call, engines, startServer, type TestServer } from '../support/server.ts'

const data = '/api/data/v1'
const names = [
  '__proto__',
  'constructor',
  'prototype',
  'toString',
  'hasOwnProperty',
  'valueOf',
  '__defineGetter__',
  'isPrototypeOf',
  'then',
  'toJSON',
]
const root = join(import.meta.dirname, '../..')

/** JSON of every kind. */
const kinds: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1e300,
  1.5,
  '',
  'x',
  [],
  [[]],
  {},
  { a: 1 },
  [null],
  { length: 5 },
  JSON.parse('{"then":1}'),
  '[object Object]',
]

/** A body with the name as its own member, as no object literal can have it. */
const own = (name: string, value: string) => `{"name":"x",${JSON.stringify(name)}:${value}}`
const poison = [
  '{"polluted":true}',
  '{"__proto__":{"polluted":true}}',
  '{"constructor":{"prototype":{"polluted":true}}}',
  '[{"__proto__":{"polluted":true}}]',
  '"x"',
  'null',
]

const definition = {
  kind: 'entity',
  name: 'thing',
  entitySet: 'things',
  ownership: 'organization',
  primaryField: 'name',
  fields: [
    { name: 'name', type: 'text', maxLength: 200 },
    { name: 'data', type: 'json' },
    { name: 'amount', type: 'integer' },
    { name: 'kind', type: 'choice', options: [{ value: 'a', label: 'A' }] },
    { name: 'parent', type: 'lookup', target: 'thing' },
  ],
}

describe.each(engines)('on %s', (engine) => {
  let server: TestServer
  let folder: string
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'peyvand-prototypes-'))
    const watcher = pathToFileURL(join(root, 'test/chaos/fuzz/prototypes.ts')).href
    server = await startServer({
      engine,
      env: { NODE_OPTIONS: `--import=${watcher}`, PROTOTYPES_FILE: join(folder, 'changed.json') },
    })
    const made = await call(server, 'POST', '/api/model/apply', { changes: [{ op: 'put', definition }] })
    expect(made.status, made.text).toBe(200)
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  const refused = (status: number, text: string) => {
    expect(status, text).toBeGreaterThanOrEqual(400)
    expect(status, text).toBeLessThan(500)
    expect(text).not.toMatch(/TypeError|at .*\.ts:\d+|undefined is not|Cannot read/)
  }

  it.each(names)('CVE-2023-36475, GHSA-462x-c3jw-7vr6: %s as a member of any body is refused by name', async (name) => {
    for (const value of poison) {
      const body = own(name, value)
      for (const [method, path] of [
        ['POST', `${data}/things`],
        ['PATCH', `${data}/things(018f3c1e-0000-7000-8000-000000000001)`],
        ['POST', '/api/keys'],
        ['PATCH', '/api/me'],
        ['POST', '/api/users'],
        ['POST', '/api/model/plan'],
        ['POST', '/api/actions/who_am_i'],
        ['PUT', '/api/secrets/x'],
      ] as const) {
        const answer = await call(server, method, path, body)
        refused(answer.status, `${method} ${path}: ${answer.text}`)
      }
      const nested = await call(server, 'POST', `${data}/things/$bulk`, `{"create":[${body}]}`)
      expect(nested.text).toMatch(/request\.unknown|check\.|request\./)
    }
  })

  it.each(names)('%s as a name in a query, an address and a definition', async (name) => {
    for (const path of [
      `things?$select=${name}`,
      `things?$filter=${name} eq 1`,
      `things?$filter=parent/${name} eq 1`,
      `things?$filter=${name}(name) eq 1`,
      `things?$orderby=${name}`,
      `things?$expand=${name}`,
      `things?$apply=groupby((${name}))`,
      `things?$apply=aggregate(amount with ${name} as x)`,
      `things?${name}=1`,
      `things?$${name}=1`,
      `things?$filter=kind eq @${name}`,
      `things(${name}='x')`,
      `things/${name}`,
      name,
      `${name}()`,
    ]) {
      const answer = await call(server, 'GET', `${data}/${encodeURI(path)}`)
      if (
        !/^things\?__proto__|^things\?(?:constructor|prototype|toString|hasOwn|valueOf|__define|isProto|then|toJSON)/.test(
          path,
        )
      )
        refused(answer.status, `${path}: ${answer.text}`)
      expect(answer.status).toBeLessThan(500)
    }
    for (const path of [
      `/api/export/${name}`,
      `/api/search?q=x&entities=${name}`,
      `/api/actions/${name}`,
      `/api/files/${name}`,
      `/api/jobs/${name}`,
      `/api/model/dependencies?of=entity/${name}`,
    ]) {
      const answer = await call(server, 'GET', path)
      expect(answer.status, `${path}: ${answer.text}`).toBeLessThan(500)
    }
    for (const changed of [
      { ...definition, name, entitySet: 'others' },
      { ...definition, entitySet: name },
      { ...definition, fields: [...definition.fields, { name, type: 'text' }] },
      { ...definition, fields: [...definition.fields, { name: 'y', type: name }] },
      { kind: name, name: 'x' },
    ]) {
      const answer = await call(server, 'POST', '/api/model/plan', { changes: [{ op: 'put', definition: changed }] })
      expect(answer.status, `${JSON.stringify(changed)}: ${answer.text}`).toBeLessThan(500)
      if (name.startsWith('__') || /[A-Z]/.test(name))
        expect(answer.text).toMatch(/"problems":\[\{|"code":"(?:check|request)/)
    }
  })

  it.each(names)('CVE-2026-30938: %s as data is data, at any depth', async (name) => {
    const body = `{"name":${JSON.stringify(name)},"data":{${JSON.stringify(name)}:{"a":[{${JSON.stringify(name)}:1}]}}}`
    const made = await call(server, 'POST', `${data}/things`, body)
    expect(made.status, made.text).toBe(201)
    expect(made.text.replaceAll(': ', ':')).toContain(`${JSON.stringify(name)}:{"a"`)
    const read = await call(server, 'GET', `${data}/things?$filter=name eq '${name}'`)
    expect(read.text).toContain(`"name":${JSON.stringify(name)}`)
    const labelled = {
      ...definition,
      fields: [
        ...definition.fields.filter(({ name: one }) => one !== 'kind'),
        {
          name: 'kind',
          type: 'choice',
          options: [
            { value: 'a', label: 'A' },
            { value: name, label: { en: name } },
          ],
        },
      ],
    }
    const applied = await call(server, 'POST', '/api/model/apply', { changes: [{ op: 'put', definition: labelled }] })
    expect([200, 422], applied.text).toContain(applied.status)
    if (applied.status === 200) expect((await call(server, 'POST', `${data}/things`, { kind: name })).status).toBe(201)
  })

  it('every kind of value where another is expected', async () => {
    const places: readonly (readonly [string, string, (value: unknown) => unknown])[] = [
      ['POST', `${data}/things`, (value) => ({ amount: value })],
      ['POST', `${data}/things`, (value) => ({ kind: value })],
      ['POST', `${data}/things`, (value) => ({ parent_id: value })],
      ['POST', `${data}/things`, (value) => ({ parent: value })],
      ['POST', `${data}/things`, (value) => ({ things: value })],
      ['POST', `${data}/things`, (value) => value],
      ['POST', `${data}/things/$bulk`, (value) => ({ create: value })],
      ['POST', `${data}/things/$bulk`, (value) => ({ create: [value] })],
      ['POST', `${data}/$batch`, (value) => ({ requests: value })],
      ['POST', `${data}/$batch`, (value) => ({ requests: [value] })],
      [
        'POST',
        `${data}/$batch`,
        (value) => ({ requests: [{ id: '1', method: value, url: value, body: value, headers: value }] }),
      ],
      ['POST', '/api/auth/sign-in/email', (value) => ({ email: value, password: value })],
      ['POST', '/api/auth/setup', (value) => ({ token: value, email: value, password: value })],
      ['POST', '/api/keys', (value) => ({ name: 'x', roles: value, expiresInDays: value })],
      ['POST', '/api/users', (value) => ({ email: value, roles: value })],
      ['POST', '/api/model/plan', (value) => ({ changes: value })],
      ['POST', '/api/model/plan', (value) => ({ changes: [value] })],
      ['POST', '/api/model/plan', (value) => ({ changes: [{ op: 'put', definition: value }] })],
      ['POST', '/api/graphql', (value) => ({ query: value, variables: value })],
      ['POST', '/api/secrets/rotate', (value) => ({ newSecret: value === true ? 'x' : value })],
      ['PATCH', '/api/me', (value) => ({ language: value === null ? 5 : value })],
      ['POST', '/api/actions/share', (value) => ({ on: value, user: value, rights: value })],
    ]
    for (const [method, path, write] of places)
      for (const value of kinds) {
        const answer = await call(server, method, path, JSON.stringify(write(value)) ?? 'null')
        expect(answer.status, `${method} ${path} ${JSON.stringify(value)}: ${answer.text}`).toBeLessThan(500)
        expect(answer.text).not.toMatch(/TypeError|\.ts:\d+/)
      }
  })

  it('what every object inherits is as it was', async () => {
    expect((await call(server, 'GET', `${data}/things?$top=1`)).status).toBe(200)
    expect((await call(server, 'GET', '/api/me')).text).not.toContain('polluted')
    await server.stop()
    expect(JSON.parse(readFileSync(join(folder, 'changed.json'), 'utf8'))).toMatchObject({ changed: [] })
  })
})

it('CVE-2024-45296: no pattern of ours takes long on any text', () => {
  // A repetition of what can itself be empty or is repeated inside: (a+)+, (a*)*, (a|a)+ and the like.
  const nested = /\((?:\?:|\?<\w+>)?[^()[\]|]*(?:[^\\()[\]|][+*]|\{\d+,\})\)(?:[+*]|\{\d+,\})/
  const literal = /(?<=[=(,:[!&|?{};\s]|return )\/(?![*/])((?:[^/\\\n[]|\\.|\[(?:[^\]\\\n]|\\.)*\])+)\/[dgimsuvy]*/g
  const files = globSync(['core/src/**/*.ts', 'runtime/src/**/*.ts'], { cwd: root })
  const found = files.flatMap((file) =>
    [...readFileSync(join(root, file), 'utf8').matchAll(literal)]
      .filter(([, pattern]) => nested.test(pattern!))
      .map(([whole]) => `${file}: ${whole}`),
  )
  expect(found).toEqual([])
})
