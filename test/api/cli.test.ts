// The command line as people meet it: processes with words, output and exit codes — straight on the database, and against a
// server that runs.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { commands } from '@peyvand/runtime/cli/commands.ts'
import { commandsPage } from '@peyvand/runtime/cli/help.ts'
import { peyvand } from '../support/cli.ts'
import { call, signInForKey, startServer, type TestServer } from '../support/server.ts'

const root = join(import.meta.dirname, '../..')
const temp = mkdtempSync(join(tmpdir(), 'peyvand-cli-'))
afterAll(() => rmSync(temp, { recursive: true, force: true }))

const folder = (name: string, ...definitions: object[]) => {
  const path = join(temp, name)
  mkdirSync(path, { recursive: true })
  definitions.forEach((definition, i) => writeFileSync(join(path, `${i}.json`), JSON.stringify(definition)))
  return path
}
const boat = (fields: object[]) => ({
  kind: 'entity',
  name: 'boat',
  label: 'Boat',
  plural: 'Boats',
  entitySet: 'boats',
  ownership: 'organization',
  primaryField: 'name',
  fields: [{ name: 'name', type: 'text', required: true }, ...fields],
})

describe('help and wrong use', () => {
  it('docs/cli.md is the help of every command', () => {
    expect(
      readFileSync(join(root, 'docs/cli.md'), 'utf8'),
      'make it new: node runtime/src/cli/peyvand.ts --help --markdown > docs/cli.md',
    ).toBe(commandsPage(commands))
  })
  it('without words, and with --help, the commands are listed', async () => {
    for (const words of [[], ['--help']]) {
      const ran = await peyvand(words)
      expect(ran.code).toBe(0)
      for (const { name } of commands) expect(ran.stdout).toContain(name)
    }
  })
  it.each(commands.map(({ name }) => name))('%s --help', async (name) => {
    const ran = await peyvand([...name.split(' '), '--help'])
    expect(ran.code, ran.stderr).toBe(0)
    expect(ran.stdout).toContain(`Usage: peyvand ${name}`)
    expect(ran.stdout).toContain('--json')
  })
  const wrong: readonly (readonly [string[], string])[] = [
    [['imprt'], 'Did you mean "import"?'],
    [['user'], 'user add, user role, user reset'],
    [['import', 'account'], 'needs an entity and a file'],
    [['import', 'account', 'a.csv', '--kye', 'x'], 'Did you mean "--key"?'],
    [['import', 'account', 'a.csv', 'b.csv'], 'one word too many'],
    [['import', 'account', '/nowhere/a.csv'], 'cannot be read'],
    [['import', 'account', 'package.json', '--map', '/nowhere/m.json'], 'cannot be read'],
    [['export', 'account', '--format', 'pdf'], 'csv, xlsx, json, ndjson'],
    [['export', 'account', '--json'], '--out'],
    [['key', 'create'], '--user <email>'],
    [['key', 'create', '--user', 'a@example.com', '--expires', 'soon'], 'no number of days'],
    [['solution', 'list', '--url', 'not an address'], 'is no address'],
    [['solution', 'list', '--url', 'http://127.0.0.1:1'], 'PEYVAND_KEY'],
  ]
  it.each(wrong)('%j is wrong use: exit code 2', async (words, says) => {
    const ran = await peyvand(words)
    expect(ran.stdout + ran.stderr).toContain(says)
    expect(ran.code).toBe(2)
    const json = await peyvand([...words.filter((word) => word !== '--json'), '--json'])
    if (!words.includes('export'))
      expect(json.json<{ error: { detail: string } }>().error.detail.length).toBeGreaterThan(5)
    expect(json.code).toBe(2)
  })
  it('a server that does not answer is a failure: exit code 1', async () => {
    const ran = await peyvand(['solution', 'list', '--url', 'http://127.0.0.1:1'], { PEYVAND_KEY: 'pvd_x' })
    expect(ran.code).toBe(1)
    expect(ran.stderr).toContain('No server answers')
  })
})

describe('straight on the embedded database', () => {
  const data = join(temp, 'data')
  const env = { DATA_DIR: data, SOLUTIONS: 'none', DEMO: '0', HOME: temp }
  const run = (...words: string[]) => peyvand(words, env)

  it('plan shows, apply applies, plan is empty after', async () => {
    const definitions = folder(
      'boat',
      boat([
        { name: 'length', type: 'integer' },
        { name: 'color', type: 'text' },
      ]),
    )
    const planned = await run('plan', definitions)
    expect(planned.code, planned.stderr).toBe(0)
    expect(planned.stdout).toMatch(/safe +create table +boat/)
    const applied = await run('apply', definitions, '--json')
    expect(applied.code, applied.stderr + applied.stdout).toBe(0)
    expect(applied.json<{ revision: string }>().revision).toMatch(/^\d+$/)
    const again = await run('plan', definitions, '--json')
    expect(again.json<{ steps: unknown[] }>().steps).toEqual([])
  })

  it('a lossy plan needs --yes, and with --plan exactly that plan', async () => {
    const file = join(temp, 'red.csv')
    writeFileSync(file, 'name,color\nRed,red\n')
    expect((await run('import', 'boat', file)).code).toBe(0)
    const definitions = folder('boat-less', boat([{ name: 'length', type: 'integer' }]))
    const refused = await run('apply', definitions)
    expect(refused.code).toBe(1)
    expect(refused.stderr).toContain('--yes')
    const { plan } = (await run('plan', definitions, '--json')).json<{ plan: string }>()
    expect((await run('apply', definitions, '--yes', '--plan', 'another')).code).toBe(1)
    const done = await run('apply', definitions, '--yes', '--plan', plan)
    expect(done.code, done.stderr).toBe(0)
  })

  it('mistakes in definitions are all told, with their place', async () => {
    const ran = await run(
      'plan',
      folder('bad', { kind: 'entity', name: 'Bad Name', fields: [{ name: 'x', type: 'txt' }] }),
    )
    expect(ran.code).toBe(1)
    expect(ran.stdout + ran.stderr).toMatch(/fields\/0\/type/)
  })

  it('import and export', async () => {
    const file = join(temp, 'boats.csv')
    writeFileSync(file, 'name,length\nAda,12\nBob,x\n')
    const errors = join(temp, 'boats.errors.csv')
    const ran = await run('import', 'boat', file, '--key', 'name', '--errors', errors)
    expect(ran.code).toBe(1)
    expect(ran.stdout).toContain('2 rows of boat')
    expect(ran.stdout).toContain('1 created, 0 updated, 0 unchanged, 1 failed')
    expect(readFileSync(errors, 'utf8')).toMatch(/^\uFEFFrow,column,value,reason,name,length\r\n3,length,x,/)
    writeFileSync(errors, readFileSync(errors, 'utf8').replace('Bob,x', 'Bob,7'))
    expect((await run('import', 'boat', errors, '--key', 'name', '--json')).json()).toMatchObject({
      created: 1,
      failed: 0,
    })
    const out = join(temp, 'out.csv')
    expect((await run('export', 'boat', '--out', out, '--json')).json()).toMatchObject({ entity: 'boat', file: out })
    expect(
      readFileSync(out, 'utf8')
        .trim()
        .split('\r\n')
        .map((line) => line.replace(/^[^,]*,/, '')),
    ).toEqual(['name,length', 'Red,', 'Ada,12', 'Bob,7'])
    const printed = await run('export', 'boat', '--format', 'json')
    expect(printed.json<object[]>()).toMatchObject([
      { name: 'Red', length: null },
      { name: 'Ada', length: 12 },
      { name: 'Bob', length: 7 },
    ])
  })

  it('doctor finds everything well', async () => {
    const ran = await run('doctor', '--json')
    const { findings } = ran.json<{ findings: { what: string; state: string }[] }>()
    expect(findings.filter(({ state }) => state === 'fail')).toEqual([])
    expect(findings.map(({ what }) => what)).toEqual(
      expect.arrayContaining(['node', 'settings', 'disk', 'lock', 'database', 'collation', 'model', 'schema']),
    )
    expect(ran.code).toBe(0)
  })

  it('doctor says what is wrong: exit code 1', async () => {
    const ran = await peyvand(['doctor'], { ...env, DATABASE_URL: 'postgres://nobody@127.0.0.1:1/nothing' })
    expect(ran.code).toBe(1)
    expect(ran.stdout).toMatch(/fail +database/)
  })

  it('a folder or an entity that is not there is a failure', async () => {
    expect((await run('plan', join(temp, 'nowhere'))).code).toBe(1)
    const ran = await run('export', 'bota')
    expect(ran.code).toBe(1)
    expect(ran.stderr).toContain('Did you mean "boat"?')
  })
})

describe('beside a server that runs', () => {
  let server: TestServer
  const data = join(temp, 'served')
  beforeAll(async () => {
    server = await startServer({ engine: 'pglite', env: { DATA_DIR: data } })
  })
  afterAll(() => server?.stop())
  const run = (...words: string[]) => peyvand([...words, '--url', server.url], { PEYVAND_KEY: server.adminKey })

  it('without --url it says what to do', async () => {
    const ran = await peyvand(['solution', 'list'], { DATA_DIR: data })
    expect(ran.code).toBe(1)
    expect(ran.stderr).toContain('the server is running')
    expect(ran.stderr).toContain('--url')
    const doctor = await peyvand(['doctor', '--json'], { DATA_DIR: data })
    expect(doctor.json<{ findings: object[] }>().findings).toContainEqual(
      expect.objectContaining({ what: 'database', state: 'warn' }),
    )
    expect(doctor.code).toBe(0)
  })

  it('with --url everything works: plan, apply, doctor, solutions', async () => {
    const definitions = folder('remote', boat([]))
    expect((await run('apply', definitions)).code).toBe(0)
    expect((await run('doctor')).code).toBe(0)
    expect(
      (await run('solution', 'list', '--json'))
        .json<{ solutions: { name: string }[] }>()
        .solutions.map(({ name }) => name),
    ).toContain('base')
  })

  it('people and keys: a new person signs in, gets and loses a role and a password, and a key ends', async () => {
    const email = 'jane@example.com'
    const added = await peyvand(
      ['user', 'add', email, '--name', 'Jane Doe', '--password-stdin', '--url', server.url],
      { PEYVAND_KEY: server.adminKey },
      'first pass phrase\n',
    )
    expect(added.code, added.stderr).toBe(0)
    const own = await signInForKey(server.url, email, 'first pass phrase')
    const asJane = (path: string) => call({ url: server.url, adminKey: own }, 'GET', path)
    expect((await asJane('/api/data/v1/boats')).status).toBe(403)
    expect((await run('user', 'role', email, '--add', 'administrator', '--json')).json()).toMatchObject({
      roles: ['administrator'],
    })
    expect((await run('user', 'role', email, '--json')).json<{ roles: string[] }>().roles).toEqual(['administrator'])
    expect((await run('user', 'role', email, '--remove', 'administrator', '--json')).json()).toMatchObject({
      roles: [],
    })
    expect((await run('user', 'role', email, '--add', 'admin')).stderr).toContain('There is no role')
    const reset = (await run('user', 'reset', email, '--json')).json<{ password: string }>()
    await expect(signInForKey(server.url, email, 'first pass phrase')).rejects.toThrow('401')
    await signInForKey(server.url, email, reset.password)
    const bounds = ['--expires', '30d', '--network', '127.0.0.0/8', '--network', '::1', '--read-only']
    const made = (await run('key', 'create', '--user', email, ...bounds, '--json')).json<{
      id: string
      key: string
    }>()
    const withKey = () => call({ url: server.url, adminKey: made.key }, 'GET', '/api/model')
    expect((await withKey()).status).toBe(200)
    expect((await call({ url: server.url, adminKey: made.key }, 'PATCH', '/api/me', {})).text).toContain('only reads')
    expect((await run('key', 'create', '--user', email, '--network', '10.0.0.0/33')).stderr).toContain('no range')
    expect((await run('key', 'revoke', made.id)).code).toBe(0)
    await expect.poll(async () => (await withKey()).status).toBe(401)
    expect((await run('key', 'revoke', made.id)).code).toBe(1)
  })

  it('only administrators handle people', async () => {
    const made = (await run('key', 'create', '--user', 'jane@example.com', '--json')).json<{ key: string }>()
    const ran = await peyvand(['user', 'add', 'eve@example.com', '--role', 'administrator', '--url', server.url], {
      PEYVAND_KEY: made.key,
    })
    expect(ran.code).toBe(1)
    expect(ran.stderr).toContain('Only administrators')
    const bad = await peyvand(['solution', 'list', '--url', server.url], { PEYVAND_KEY: 'pvd_wrong' })
    expect(bad.code).toBe(1)
  })
})
