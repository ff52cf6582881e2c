// What becomes of people when the key of the installation is made anew while they work: they sign in again, and their
// authenticators go along.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { nextCode, codeAt } from '../support/authenticator.ts'
import { adminEmail, adminPassword, call, startServer, type TestServer } from '../support/server.ts'
import { Visitor } from '../support/visitor.ts'

describe('a new key of the installation', () => {
  let folder: string
  let server: TestServer
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'peyvand-server-'))
    server = await start({})
  })
  afterAll(async () => {
    await server?.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  const start = (env: Record<string, string>) => startServer({ engine: 'pglite', env: { DATA_DIR: folder, ...env } })
  /** The administrator with an authenticator; gives its address. */
  const enrolled = async () => {
    const person = new Visitor(server)
    await person.signIn(adminEmail, adminPassword)
    const { json } = await person.post('/two-factor/enroll', { password: adminPassword })
    const uri = json['uri'] as string
    expect((await person.post('/sign-in/code', { code: codeAt(uri) })).status).toBe(200)
    return { person, uri }
  }
  const comesIn = async (code: string) => {
    const person = new Visitor(server)
    expect((await person.signIn(adminEmail, adminPassword)).json).toMatchObject({ secondFactor: true })
    const { status } = await person.post('/sign-in/code', { code })
    return { status, person }
  }

  it('authenticators go along, and sessions end', async () => {
    const { person, uri } = await enrolled()
    const rotated = await call(server, 'POST', '/api/secrets/rotate', { newSecret: true })
    expect(rotated.status, rotated.text).toBe(200)
    const { status, person: again } = await comesIn(nextCode(uri))
    expect(status).toBe(200)
    expect(await again.status()).toBe(200)
    // Signed with the key before: a proof of nothing once this process has forgotten that it was one.
    await again.post('/sign-out')
    expect(await person.status()).toBe(401)
  })
})
