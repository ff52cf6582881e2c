// Leaks by side paths: secrets of the settings, of the database and of people stand in no log, error, metric, export, file of the
// database or page, whatever is asked. Canaries are put everywhere and looked for in everything that comes out.
// Modelled on CVE-2023-28443, CVE-2025-53887, CVE-2025-30353 (Directus) and GHSA-8jpw-gpr4-8cmh (Directus).
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { routeDeclarations } from '@peyvand/runtime/api/inventory.ts'
import { startPostgres, type TestPostgres } from '../support/postgres.ts'
import { peyvand } from '../support/cli.ts'
import { adminEmail, call, engines, startServer, type TestServer } from '../support/server.ts'

const canary = {
  secret: 'canary-of-the-installation-4f81e0a2c6',
  previous: 'canary-of-the-installation-before-99',
  admin: 'canary-of-the-administrator',
  s3: 'canary-of-the-bucket',
  database: 'canary-of-the-database',
  stored: 'canary-that-is-stored-71',
  password: 'canary-of-a-person-123',
}

describe.each(engines)('on %s', (engine) => {
  let server: TestServer
  let postgres: TestPostgres | undefined
  let folder: string
  let cookie: string
  /** Everything that must be found nowhere. */
  let canaries: string[]
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'peyvand-leaks-'))
    postgres = engine === 'postgres' ? await startPostgres() : undefined
    const url = postgres === undefined ? undefined : new URL(postgres.url)
    if (url !== undefined) url.password = canary.database
    server = await startServer({
      engine,
      unclaimed: true,
      env: {
        DATA_DIR: folder,
        SECRET: canary.secret,
        SECRET_PREVIOUS: canary.previous,
        ADMIN_EMAIL: adminEmail,
        ADMIN_PASSWORD: canary.admin,
        S3_SECRET_KEY: canary.s3,
        LOG_LEVEL: 'debug',
        LOG_FORMAT: 'json',
        ...(url === undefined ? {} : { DATABASE_URL: url.href }),
      },
    })
    const signedIn = await fetch(`${server.url}/api/auth/sign-in/email`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: server.url },
      body: JSON.stringify({ email: adminEmail, password: canary.admin }),
    })
    cookie = signedIn.headers.getSetCookie()[0]!.split(';')[0]!
    const made = await fetch(`${server.url}/api/keys`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: server.url, cookie },
      body: JSON.stringify({ name: 'test' }),
    })
    const { key } = (await made.json()) as { key: string }
    server = { ...server, adminKey: key }
    canaries = [...Object.values(canary), key, decodeURIComponent(cookie.split('=')[1]!)]
  })
  afterAll(async () => {
    await server?.stop()
    await postgres?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  const clean = (text: string, what: string) => {
    for (const each of canaries) expect(text.includes(each), `${what} tells ${each.slice(0, 30)}`).toBe(false)
  }

  it('a stored secret is set, listed and removed, and never told', async () => {
    const send = (method: string, path: string, body?: unknown) => call(server, method, `/api/secrets${path}`, body)
    expect((await send('PUT', '/smtp', { value: canary.stored })).status).toBe(204)
    const list = await send('GET', '')
    expect(list.json).toMatchObject({ value: [{ name: 'smtp' }] })
    clean(list.text, 'the list')
    for (const path of ['/smtp', '/smtp/value', '/smtp?value', '?name=smtp'])
      clean((await send('GET', path)).text, path)
    for (const body of [
      { value: canary.stored, more: 1 },
      { value: [canary.stored] },
      { value: canary.stored.repeat(400) },
      canary.stored,
    ])
      clean((await send('PUT', '/smtp', body)).text, 'a refusal')
    for (const name of ['', 'A', '../x', 'x'.repeat(49), '1a', '%00'])
      expect((await send('PUT', `/${encodeURIComponent(name)}`, { value: 'x' })).status, name).toBeGreaterThanOrEqual(
        400,
      )
    const rotated = await send('POST', '/rotate', {})
    // The secret that was stored, and the key the audit is signed with.
    expect(rotated.json).toMatchObject({ values: 2 })
    expect((await send('POST', '/rotate', { newSecret: true })).status).toBe(422)
  })

  it('CVE-2025-30353: no route tells one, to an administrator or to nobody', async () => {
    const paths = routeDeclarations
      .filter(({ method, path }) => ['GET', 'ALL'].includes(method) && path !== '/api/events')
      .map(({ path }) =>
        path
          .replace('/api/data/*', '/api/data/v1/users')
          .replace('/*', '/')
          .replaceAll(/:entity/g, 'user')
          .replaceAll(/:\w+(\{[^/]*\})?/g, 'x'),
      )
    const more = [
      '/api/data/v1/$metadata',
      '/api/data/v1/users?$expand=role_assignments',
      '/api/export/user?format=json',
      '/api/search?q=canary',
      '/metrics',
      '/.env',
      '/package.json',
      '/secret',
      '/.data/secret',
      '/assets/../secret',
      '/%2e%2e/package.json',
      '/api/auth/list-sessions',
    ]
    for (const path of [...paths, ...more])
      for (const headers of [{}, { cookie }, { authorization: `Bearer ${server.adminKey}` }] as Record<
        string,
        string
      >[]) {
        const answer = await fetch(server.url + path, { headers })
        clean(`${[...answer.headers].join('\n')}\n${await answer.text()}`, path)
      }
  })

  it('CVE-2025-53887: who has not signed in learns no version', async () => {
    for (const path of [
      '/',
      '/api/health/live',
      '/api/health/ready',
      '/metrics',
      '/api/data/v1/',
      '/api/model',
      '/api/nothing',
    ]) {
      const answer = await fetch(server.url + path)
      const text = `${[...answer.headers].join('\n')}\n${await answer.text()}`
      expect(text, path).not.toMatch(/\b(?:node|v8|pglite|postgres(?:ql)?|hono|peyvand)[ /]v?\d+\.\d+/i)
    }
  })

  it('what goes wrong tells none', async () => {
    const wrong: readonly (readonly [string, string, unknown, Record<string, string>?])[] = [
      ['POST', '/api/auth/sign-in/email', { email: adminEmail, password: `${canary.password}x` }],
      ['POST', '/api/auth/sign-in/email', `{"email":"a@b.c","password":"${canary.password}"`],
      ['POST', '/api/auth/change-password', { currentPassword: canary.password, newPassword: 'x' }],
      ['POST', '/api/users', { email: 'p@example.com', name: 'p', password: canary.password, more: canary.password }],
      ['POST', '/api/users', { email: 'person@example.com', name: 'p', password: canary.password }],
      ['POST', '/api/data/v1/users', { password: canary.password }],
      ['GET', '/api/me', undefined, { authorization: `Bearer pvd_${'x'.repeat(40)}` }],
      ['GET', '/api/me', undefined, { authorization: `Basic ${canary.password}` }],
    ]
    for (const [method, path, body, headers] of wrong) {
      const { text } = await call(server, method, path, body, headers)
      // Parts of a body that are no secret may be told back by name, never by value.
      clean(text, `${method} ${path}`)
    }
  })

  it('CVE-2023-28443: the log has none', () => {
    const log = server.output()
    expect(log.length).toBeGreaterThan(1_000)
    clean(log, 'the log')
  })

  it('the database at rest has none', async () => {
    if (postgres !== undefined) {
      const client = new pg.Client({ connectionString: postgres.url })
      await client.connect()
      const { rows } = await client.query<{ name: string }>(
        "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname in ('platform', 't_default')",
      )
      for (const { name } of rows) {
        const found = await client.query<{ text: string }>(
          `select coalesce(string_agg(t::text, ' '), '') as text from ${name} t`,
        )
        clean(found.rows[0]!.text, name)
      }
      return client.end()
    }
    for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
      const path = join(folder, name)
      if (statSync(path).isFile()) clean(readFileSync(path, 'latin1'), name)
    }
  })

  it('the command line prints none', async () => {
    const env = { SECRET: canary.secret, S3_SECRET_KEY: canary.s3, PEYVAND_KEY: server.adminKey, DATA_DIR: folder }
    for (const words of [
      ['doctor', '--url', server.url],
      ['secret', 'list', '--url', server.url, '--json'],
      ['secret', 'rotate', '--url', server.url],
    ]) {
      const ran = await peyvand(words, env)
      clean(`${ran.stdout}${ran.stderr}`, words.join(' '))
    }
    const broken = await peyvand(['doctor'], {
      ...env,
      DATABASE_URL: `postgres://u:${canary.database}@127.0.0.1:1/nothing`,
    })
    clean(`${broken.stdout}${broken.stderr}`, 'doctor')
  })

  it('a record that is gone is gone from the search and from every list', async () => {
    const made = await call(server, 'POST', '/api/data/v1/teams', { name: 'Zanzibar crew' })
    const { id } = made.json as { id: string }
    expect((await call(server, 'GET', '/api/search?q=Zanzibar')).text).toContain(id)
    await call(server, 'DELETE', `/api/data/v1/teams(${id})`)
    for (const path of [
      '/api/search?q=Zanzibar',
      '/api/data/v1/teams',
      '/api/data/v1/teams?$search=Zanzibar',
      '/api/export/team?format=json',
    ])
      expect((await call(server, 'GET', path)).text, path).not.toContain(id)
  })
})
