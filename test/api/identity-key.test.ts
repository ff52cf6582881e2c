// What becomes of people when the key of the installation is made anew while they work: they sign in again, and their
// authenticators and recovery codes go along.
import { createHmac } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { keepCodes, plainCode, sealCodesAnew, showCode } from '@peyvand/runtime/auth/recovery.ts'
import { nextCode, codeAt } from '../support/authenticator.ts'
import { startPostgres, type TestPostgres } from '../support/postgres.ts'
import { adminEmail, adminPassword, call, engines, startServer, type TestServer } from '../support/server.ts'
import { Visitor } from '../support/visitor.ts'

describe.each(engines)('a new key of the installation on %s', (engine) => {
  let folder: string
  let postgres: TestPostgres | undefined
  let server: TestServer
  let uri = ''
  let codes: string[] = []
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'peyvand-server-'))
    if (engine === 'postgres') postgres = await startPostgres()
    server = await start({})
  })
  afterAll(async () => {
    await server?.stop()
    await postgres?.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const start = (env: Record<string, string>, unclaimed = false) => {
    const given: Record<string, string> = { DATA_DIR: folder, ...env }
    if (postgres !== undefined) given['DATABASE_URL'] = postgres.url
    return startServer({ engine, unclaimed, env: given })
  }
  const restart = async (env: Record<string, string>) => {
    await server.stop()
    server = await start(env, true)
  }
  /** The administrator with an authenticator. */
  const enrolled = async () => {
    const person = new Visitor(server)
    await person.signIn(adminEmail, adminPassword)
    const { json } = await person.post('/two-factor/enroll', { password: adminPassword })
    uri = json['uri'] as string
    codes = json['recoveryCodes'] as string[]
    expect((await person.post('/sign-in/code', { code: codeAt(uri) })).status).toBe(200)
    return person
  }
  const comesIn = async (step: 'code' | 'recovery', code: string) => {
    const person = new Visitor(server)
    expect((await person.signIn(adminEmail, adminPassword)).json).toMatchObject({ secondFactor: true })
    const { status } = await person.post(`/sign-in/${step}`, { code })
    return { status, person }
  }

  it('authenticators and recovery codes go along, and sessions end', async () => {
    const person = await enrolled()
    expect((await comesIn('recovery', codes[0]!)).status).toBe(200)
    for (const code of [codes[1]!, codes[2]!]) {
      const rotated = await call(server, 'POST', '/api/secrets/rotate', { newSecret: true })
      expect(rotated.status, rotated.text).toBe(200)
      expect((await comesIn('recovery', code)).status).toBe(200)
    }
    const { status, person: again } = await comesIn('code', nextCode(uri))
    expect(status).toBe(200)
    expect(await again.status()).toBe(200)
    // Signed with the key before: a proof of nothing once this process has forgotten that it was one.
    await again.post('/sign-out')
    expect(await person.status()).toBe(401)
    for (const used of codes.slice(0, 3)) expect((await comesIn('recovery', used)).status).toBe(401)
  })

  it('a recovery code goes along with a key that is given from outside, and needs the one before until it has rotated', async () => {
    const before = readFileSync(join(folder, 'secret'), 'utf8')
    const given = 'a key from outside of at least 32 characters'
    const { adminKey } = server
    await restart({ SECRET: given, SECRET_PREVIOUS: before })
    const { status, person } = await comesIn('recovery', codes[3]!.toLowerCase())
    expect(status).toBe(200)
    expect((await person.ask('GET', '/api/auth/account')).json).toMatchObject({ recoveryCodesLeft: 6 })
    expect((await call({ url: server.url, adminKey }, 'POST', '/api/secrets/rotate', {})).status).toBe(200)
    await restart({ SECRET: given })
    expect((await comesIn('recovery', codes[4]!)).status).toBe(200)
    expect((await comesIn('recovery', codes[4]!)).status).toBe(401)
  })
})

describe('recovery codes as they are kept', () => {
  const [one, two] = ['ABCDE-FGHJK', 'LMNPQ-RSTUV']
  const keys = (current: string, ...previous: string[]) => ({ current, previous })
  const shown = async (json: string, code: string, masters: ReturnType<typeof keys>) =>
    (JSON.parse(await showCode(json, plainCode(code), masters)) as string[]).indexOf(plainCode(code))

  it('are known while a key that opens them is, and are sealed anew', async () => {
    const kept = await keepCodes(JSON.stringify([one, two]), keys('first'))
    expect(await shown(kept, two, keys('first'))).toBe(1)
    expect(await shown(kept, two, keys('second', 'first'))).toBe(1)
    expect(await shown(kept, two, keys('second'))).toBe(-1)
    expect(await shown(kept, 'AAAAA-AAAAA', keys('first'))).toBe(-1)
    const [anew, count] = await sealCodesAnew(kept, keys('second', 'first'))
    expect([count, await shown(anew, two, keys('second'))]).toEqual([2, 1])
    expect(await sealCodesAnew(anew, keys('second', 'first'))).toEqual([anew, 0])
    // What is kept is kept: only new codes are sealed.
    expect(await keepCodes(anew, keys('second'))).toBe(anew)
    for (const text of [kept, anew]) expect(text).not.toContain(plainCode(one))
  })

  it('the same code is kept in another way each time, and what is kept is no code', async () => {
    const [first, second] = [await keepCodes(`["${one}"]`, keys('k')), await keepCodes(`["${one}"]`, keys('k'))]
    expect(first).not.toBe(second)
    const [kept] = JSON.parse(first) as [string]
    expect(await shown(first, kept, keys('k'))).toBe(-1)
  })

  it('of an older installation hold while the key is known that they were hashed under', async () => {
    const old = createHmac('sha256', 'first recovery').update(plainCode(one)).digest('hex')
    expect(await shown(JSON.stringify([old]), one, keys('first'))).toBe(0)
    expect(await shown(JSON.stringify([old]), one, keys('second', 'first'))).toBe(0)
    expect(await shown(JSON.stringify([old]), one, keys('second'))).toBe(-1)
  })
})
