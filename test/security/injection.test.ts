// SQL injection: does anything a caller writes become part of a statement instead of a value or a known name? The whole API runs
// in this process over a database that notes every statement: a statement's text never holds what the caller wrote, and is the
// same whatever the values are.
// Modelled on CVE-2026-31840 (Parse Server), CVE-2026-25544 (Payload), CVE-2026-28399 (NocoDB), CVE-2026-41641 (NocoBase),
// CVE-2026-44446, CVE-2026-44447 (ERPNext), CVE-2025-1094 (PostgreSQL), CVE-2026-27497 (n8n) and CVE-2023-34235 (Strapi).
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { systemActor } from '@peyvand/core/access/actor.ts'
import type { Known } from '@peyvand/runtime/auth/identify.ts'
import type { Database, Session, Statement } from '@peyvand/runtime/db/database.ts'
import { openPlatform } from '@peyvand/runtime/index.ts'
import { Metrics } from '@peyvand/runtime/observe.ts'
import type { RunningPlatform } from '@peyvand/runtime/platform.ts'
import { buildApp } from '@peyvand/runtime/server.ts'
import { prepare } from '@peyvand/runtime/cli/prepare.ts'
import { freshDatabase, type FreshDatabase } from '../support/database.ts'
import { engines } from '../support/server.ts'

const mark = 'zq9mark'
/** What has ever ended a text, a name or a statement too early, in one dialect or another. */
const hostile = [
  `'`,
  `''`,
  `' or '1'='1`,
  `'; drop table t_default."user"; --`,
  `") or ("1"="1`,
  `"; select pg_sleep(9); --`,
  `\\'; select pg_sleep(9); --`,
  `\\`,
  `$1`,
  `$$; select pg_sleep(9) $$`,
  `{{x}}`,
  `%' or 1=1 --`,
  `1); delete from "user"; --`,
  `' union select password from platform.credential --`,
  `' || (select hash from platform.api_key limit 1) || '`,
  `/* */`,
  `--`,
  `;`,
  `\u00bf'`,
  `\u02bc or 1=1`,
  `ʹ; drop`,
  `＇ or 1=1`,
  `a\u0000b`,
  `\ud800'`,
  `x'`.repeat(40),
  `e'\\x27'`,
  `U&"\\0027"`,
  `:name`,
  `?`,
  `@x`,
  `t1.password`,
  `secret.apiKey`,
  `name->>'x'`,
  `name::text`,
  `name collate "C"`,
  `interval '1 day'`,
  `day'); select pg_sleep(9); --`,
  `&|!()<->:*`,
  `foo & bar:*`,
]

const definition = {
  kind: 'entity',
  name: 'probe',
  entitySet: 'probes',
  ownership: 'organization',
  primaryField: 'name',
  keys: [{ name: 'code', fields: ['code'] }],
  fields: [
    { name: 'name', type: 'text', maxLength: 2000, searchable: true },
    { name: 'code', type: 'text', maxLength: 200 },
    { name: 'note', type: 'text', multiline: true, maxLength: 20_000 },
    { name: 'data', type: 'json' },
    { name: 'amount', type: 'integer' },
    { name: 'day', type: 'date' },
    { name: 'kind', type: 'choice', options: [{ value: 'a', label: 'A' }] },
    { name: 'parent', type: 'lookup', target: 'probe' },
  ],
}

const literal = (text: string) => `'${text.replaceAll("'", "''")}'`
const q = (query: Readonly<Record<string, string>>) =>
  Object.entries(query)
    .map(([name, value]) => `${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(value.toWellFormed())}`)
    .join('&')

/** Where a value stands: what is written for it must only ever be bound. */
const asValue: Readonly<
  Record<string, (text: string) => { path: string; method?: string; body?: unknown; headers?: Record<string, string> }>
> = {
  filter: (text) => ({ path: `probes?${q({ $filter: `name eq ${literal(text)}` })}` }),
  contains: (text) => ({ path: `probes?${q({ $filter: `contains(name,${literal(text)})` })}` }),
  startswith: (text) => ({ path: `probes?${q({ $filter: `startswith(tolower(name),${literal(text)})` })}` }),
  in: (text) => ({ path: `probes?${q({ $filter: `name in (${literal(text)},'b')` })}` }),
  'of a related record': (text) => ({ path: `probes?${q({ $filter: `parent/parent/name ne ${literal(text)}` })}` }),
  any: (text) => ({ path: `probes?${q({ $filter: `probes/any(p:p/name eq ${literal(text)})` })}` }),
  alias: (text) => ({ path: `probes?${q({ $filter: 'name eq @p', '@p': literal(text) })}` }),
  compute: (text) => ({ path: `probes?${q({ $compute: `concat(name,${literal(text)}) as x`, $select: 'x' })}` }),
  orderby: (text) => ({ path: `probes?${q({ $orderby: `concat(name,${literal(text)}) desc` })}` }),
  apply: (text) => ({ path: `probes?${q({ $apply: `filter(name eq ${literal(text)})/aggregate($count as n)` })}` }),
  'nested filter': (text) => ({
    path: `probes?${q({ $expand: `parent($filter=name eq ${literal(text)})`.replace('parent(', 'probes(') })}`,
  }),
  'key predicate': (text) => ({ path: `probes(code=${encodeURIComponent(literal(text).toWellFormed())})` }),
  create: (text) => ({ method: 'POST', path: 'probes', body: { name: text, note: text, data: { a: text } } }),
  change: (text) => ({
    method: 'PATCH',
    path: `probes(018f3c1e-0000-7000-8000-000000000001)`,
    body: { name: text, note: text },
  }),
  upsert: (text) => ({
    method: 'POST',
    path: 'probes/$bulk',
    body: { key: 'code', upsert: [{ code: text, name: text }] },
  }),
  each: (text) => ({ method: 'PATCH', path: `probes/$filter(name%20eq%20'none')/$each`, body: { note: text } }),
  search: (text) => ({ path: `probes?${q({ $search: `"${text.replaceAll(/["\\]/g, '')}"` })}` }),
}

/** Where a name, a direction, a unit or a number stands: what is not known is refused. */
const asName: Readonly<
  Record<string, (text: string) => { path: string; method?: string; body?: unknown; headers?: Record<string, string> }>
> = {
  'field of a filter': (text) => ({ path: `probes?${q({ $filter: `${text} eq 1` })}` }),
  'path of a filter': (text) => ({ path: `probes?${q({ $filter: `parent/${text} eq 1` })}` }),
  select: (text) => ({ path: `probes?${q({ $select: text })}` }),
  expand: (text) => ({ path: `probes?${q({ $expand: text })}` }),
  orderby: (text) => ({ path: `probes?${q({ $orderby: text })}` }),
  direction: (text) => ({ path: `probes?${q({ $orderby: `name ${text}` })}` }),
  'alias of a computed column': (text) => ({ path: `probes?${q({ $compute: `name as ${text}` })}` }),
  'alias of an aggregate': (text) => ({ path: `probes?${q({ $apply: `aggregate(amount with sum as ${text})` })}` }),
  'method of an aggregate': (text) => ({ path: `probes?${q({ $apply: `aggregate(amount with ${text} as x)` })}` }),
  groupby: (text) => ({ path: `probes?${q({ $apply: `groupby((${text}))` })}` }),
  function: (text) => ({ path: `probes?${q({ $filter: `${text}(name) eq 1` })}` }),
  unit: (text) => ({ path: `probes?${q({ $filter: `day gt date_add(day,1,${text})` })}` }),
  cast: (text) => ({ path: `probes?${q({ $filter: `cast(name,${text}) eq 1` })}` }),
  top: (text) => ({ path: `probes?${q({ $top: text })}` }),
  skip: (text) => ({ path: `probes?${q({ $skip: text })}` }),
  skiptoken: (text) => ({ path: `probes?${q({ $skiptoken: text })}` }),
  deltatoken: (text) => ({ path: `probes?${q({ $deltatoken: text })}` }),
  levels: (text) => ({ path: `probes?${q({ $expand: `parent($levels=${text})` })}` }),
  'name of an option': (text) => ({ path: `probes?${q({ [`$${text}`]: '1' })}` }),
  'entity set': (text) => ({ path: encodeURIComponent(text.toWellFormed()) }),
  property: (text) => ({
    path: `probes(018f3c1e-0000-7000-8000-000000000001)/${encodeURIComponent(text.toWellFormed())}`,
  }),
  id: (text) => ({ path: `probes(${encodeURIComponent(text.toWellFormed())})` }),
  'name of a key': (text) => ({ path: `probes(${encodeURIComponent(text.toWellFormed())}='x')` }),
  'member of a body': (text) => ({ method: 'POST', path: 'probes', body: { [text]: 'x' } }),
  'key of a bulk': (text) => ({ method: 'POST', path: 'probes/$bulk', body: { key: text, upsert: [{ code: 'x' }] } }),
  'choice value': (text) => ({ method: 'POST', path: 'probes', body: { kind: text } }),
  number: (text) => ({ method: 'POST', path: 'probes', body: { amount: text } }),
  date: (text) => ({ method: 'POST', path: 'probes', body: { day: text } }),
  'id of a lookup': (text) => ({ method: 'POST', path: 'probes', body: { parent_id: text } }),
  binding: (text) => ({ method: 'POST', path: 'probes', body: { 'parent@odata.bind': `/probes(${text})` } }),
  crossjoin: (text) => ({ path: `$crossjoin(probes,${encodeURIComponent(text.toWellFormed())})` }),
}

/** Definitions in which a text becomes part of a table, a column, an index, a default or an expression. */
const asDefinition: Readonly<Record<string, (text: string) => object>> = {
  'name of an entity': (text) => ({ ...definition, name: text, entitySet: 'others' }),
  'entity set': (text) => ({ ...definition, name: 'other', entitySet: text }),
  'name of a field': (text) => ({ ...definition, fields: [...definition.fields, { name: text, type: 'text' }] }),
  type: (text) => ({ ...definition, fields: [...definition.fields, { name: 'x', type: text }] }),
  'name of a key': (text) => ({ ...definition, keys: [{ name: text, fields: ['code'] }] }),
  'field of a key': (text) => ({ ...definition, keys: [{ name: 'k', fields: [text] }] }),
  formula: (text) => ({
    ...definition,
    fields: [...definition.fields, { name: 'x', type: 'formula', returns: 'integer', expression: text }],
  }),
  'filter of a view': (text) => ({
    kind: 'view',
    name: 'v',
    entity: 'probe',
    columns: [{ field: 'name' }],
    filter: text,
  }),
  'column of a view': (text) => ({ kind: 'view', name: 'v', entity: 'probe', columns: [{ field: text }] }),
  'sort of a view': (text) => ({
    kind: 'view',
    name: 'v',
    entity: 'probe',
    columns: [{ field: 'name' }],
    sort: [{ field: text }],
  }),
  'rule of a role': (text) => ({ kind: 'role', name: 'r', grants: [{ entity: 'probe', read: 'all', rule: text }] }),
  'depth of a role': (text) => ({ kind: 'role', name: 'r', grants: [{ entity: 'probe', read: text }] }),
  'target of a lookup': (text) => ({
    ...definition,
    fields: [...definition.fields, { name: 'x', type: 'lookup', target: text }],
  }),
  rollup: (text) => ({
    ...definition,
    fields: [
      ...definition.fields,
      { name: 'x', type: 'rollup', entity: 'probe', via: 'parent', aggregate: text, field: 'amount' },
    ],
  }),
}
/** A definition in which any text is fine: it stands in a statement only as a value, or quoted. */
const asText = (text: string): object => {
  const plain = text.replaceAll(/[{}]/g, '')
  const option = [
    { value: 'a', label: 'A' },
    { value: text, label: text },
  ]
  const changed = definition.fields.map((field) => {
    if (field.name === 'kind') return { ...field, options: option }
    return field.name === 'note' ? { ...field, default: text } : field
  })
  const added = [
    { name: 'badge', type: 'text', template: `${plain}{name}` },
    { name: 'number', type: 'autonumber', pattern: `${plain.slice(0, 20)}{0000}` },
    { name: 'told', type: 'formula', returns: 'text', expression: `name + ${JSON.stringify(text)}` },
  ]
  return { ...definition, label: text, plural: text, description: text, fields: [...changed, ...added] }
}

describe.each(engines)('on %s', (engine) => {
  let fresh: FreshDatabase
  let platform: RunningPlatform
  let app: Awaited<ReturnType<typeof buildApp>>
  let noted: string[] = []

  beforeAll(async () => {
    fresh = await freshDatabase(engine, { SOLUTIONS: 'none', DEMO: '0' })
    platform = await openPlatform(fresh.config, { serves: false })
    await prepare(platform, () => undefined)
    app = await buildApp(noting(platform), { metrics: new Metrics(), streams: new Set(), isStopping: () => false })
    const made = await ask({ method: 'POST', path: '/api/model/apply', body: { changes: [{ op: 'put', definition }] } })
    expect(made.status, made.text).toBe(200)
    for (const [i, name] of ['one', 'two'].entries())
      await ask({
        method: 'PATCH',
        path: `probes(018f3c1e-0000-7000-8000-00000000000${i + 1})`,
        body: { name, code: name },
      })
  })
  afterAll(async () => {
    await platform?.close()
    await fresh?.remove()
  })

  /** The same platform for the system itself, over a database that notes what it is asked. */
  const noting = (real: RunningPlatform): RunningPlatform => {
    const noteIn = (session: Session): Session => ({
      query: (statement: Statement) => {
        noted.push(statement.text)
        return session.query(statement)
      },
    })
    const database: Database = {
      ...noteIn(real.database),
      engine: real.database.engine,
      ...(real.database.direct === undefined ? {} : { direct: real.database.direct }),
      transaction: (work, options) => real.database.transaction((session) => work(noteIn(session)), options),
      listen: (channel, heard) => real.database.listen(channel, heard),
      notify: (channel, payload) => real.database.notify(channel, payload),
      close: () => real.database.close(),
    }
    const system: Known = {
      actor: systemActor,
      email: null,
      language: null,
      calendar: null,
      timeZone: null,
      theme: null,
      density: null,
      proof: 'key',
      credential: 'test',
      expires: Infinity,
      readOnly: false,
      strong: true,
    }
    return {
      ...real,
      database,
      config: { ...real.config, rateLimit: 0, userRequests: 0 },
      callers: Object.assign(Object.create(real.callers) as RunningPlatform['callers'], { identify: () => system }),
      contextFor: (...given) => ({ ...real.contextFor(...given), database }),
    }
  }

  const ask = async ({
    method = 'GET',
    path,
    body,
    headers = {},
  }: {
    path: string
    method?: string
    body?: unknown
    headers?: Record<string, string>
  }) => {
    const url = `http://localhost${path.startsWith('/') ? path : `/api/data/v1/${path}`}`
    const answer = await app.fetch(
      new Request(url, {
        method,
        headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    )
    return { status: answer.status, text: await answer.text() }
  }
  /** The answer, and the statements it took. */
  const watched = async (request: Parameters<typeof ask>[0]) => {
    noted = []
    const started = performance.now()
    const answer = await ask(request)
    expect(performance.now() - started, 'nobody made it wait').toBeLessThan(5_000)
    expect(answer.status, `${request.path} ${answer.text}`).not.toBe(500)
    expect(answer.text).not.toMatch(/syntax error|SQLSTATE|pg_catalog|unterminated quoted|\bat character\b/i)
    return { ...answer, statements: [...noted] }
  }
  const tables = async () => {
    const { rows } = await platform.database.query<{ text: string }>({
      text: `select coalesce(string_agg(c.relname || ' ' || c.relkind::text, ',' order by c.relname), '') as text
        from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where n.nspname in ('t_default', 'platform')`,
    })
    return rows[0]!.text
  }

  it.each(Object.entries(asValue))(
    'CVE-2026-25544, GHSA-xx6w-jxg9-2wh8, CVE-2026-41641, CVE-2026-44446, CVE-2025-1094: a value in %s is bound',
    async (place, write) => {
      await watched(write('plain'))
      const { statements: plain } = await watched(write('plain two'))
      for (const text of hostile) {
        const { status, statements } = await watched(write(`${mark}${text}`))
        for (const each of statements) expect(each).not.toContain(mark)
        // Refused by type (NUL, half characters) or done by the very statements that a harmless value takes.
        // A search has as many words as it has.
        if ((status < 300 || status === 404) && place !== 'search')
          expect(new Set(statements), text).toEqual(new Set(plain))
      }
      expect(plain.length).toBeGreaterThan(0)
    },
  )

  it.each(Object.entries(asName))(
    'CVE-2026-31840, CVE-2026-28399, CVE-2026-44447, CVE-2023-34235: a text as %s is a known name or refused',
    async (_, write) => {
      const before = await tables()
      for (const text of hostile) {
        const { status, statements, text: said } = await watched(write(text))
        // Nothing that says anything, or an annotation.
        if (!/^(?:--|[?;]|\/\* \*\/|''?|@x)$/.test(text))
          expect([400, 404, 413, 422, 501], `${text}: ${said}`).toContain(status)
        for (const each of statements)
          expect(each).not.toMatch(/pg_sleep\(9\)|drop table|platform\.(?:credential|api_key)/i)
      }
      expect(await tables()).toBe(before)
    },
  )

  it.each(Object.entries(asDefinition))('a text as %s is checked before a table is touched', async (_, write) => {
    const before = await tables()
    for (const text of hostile) {
      const body = { changes: [{ op: 'put', definition: write(text) }] }
      const { status, statements, text: said } = await watched({ method: 'POST', path: '/api/model/plan', body })
      expect(status, `${text}: ${said}`).toBeLessThan(500)
      if (status === 200)
        expect((JSON.parse(said) as { problems: object[] }).problems.length, `${text}: ${said}`).toBeGreaterThan(0)
      for (const each of statements) expect(each).not.toContain('pg_sleep(9)')
    }
    expect(await tables()).toBe(before)
  })

  it('any text may be a label, an option, a default, a part of a template, a number or a formula', async () => {
    const texts = hostile.filter((each) => each.isWellFormed() && !each.includes('\0')).slice(0, 14)
    for (const text of texts) {
      const body = { changes: [{ op: 'put', definition: asText(text) }] }
      const { status, text: said, statements } = await watched({ method: 'POST', path: '/api/model/apply', body })
      expect([200, 422], `${text}: ${said}`).toContain(status)
      for (const each of statements)
        expect(withoutTexts(each)).not.toMatch(/pg_sleep\(9\)|drop table t_default|delete from "user"/)
      const read = await ask({ path: 'probes?$orderby=name' })
      expect(read.status, `${text}: ${read.text}`).toBe(200)
      expect(read.text).toContain('"two"')
      expect((await ask({ method: 'POST', path: 'probes', body: { name: 'x' } })).status).toBe(201)
    }
  })
})

/** A statement without the texts that are quoted in it as PostgreSQL reads them. */
function withoutTexts(statement: string): string {
  return statement.replaceAll(/"(?:[^"]|"")*"|'(?:[^']|'')*'/g, "''")
}

it('CVE-2026-27497: no statement of the server reads files, runs programs or makes extensions of its own choice', () => {
  const root = join(import.meta.dirname, '../..')
  const reaching = /\b(?:pg_read_file|pg_ls_dir|lo_import|lo_export|copy\s+\S+\s+(?:from|to)\s+(?:program|')|dblink)\b/i
  const found = globSync(['runtime/src/**/*.ts', 'core/src/**/*.ts'], { cwd: root }).filter((file) =>
    reaching.test(readFileSync(join(root, file), 'utf8')),
  )
  expect(found).toEqual([])
})
