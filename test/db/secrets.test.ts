// Secrets at rest: sealed per tenant and place, readable through every rotation, worthless without the key of the
// installation. On both engines, over the platform as it runs.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPlatform } from '@peyvand/runtime/index.ts'
import type { RunningPlatform } from '@peyvand/runtime/platform.ts'
import { rotate } from '@peyvand/runtime/secrets/rotate.ts'
import { listSecrets, readSecretValue, removeSecret, setSecret } from '@peyvand/runtime/secrets/stored.ts'
import { Vault } from '@peyvand/runtime/secrets/vault.ts'
import { redactor } from '@peyvand/runtime/secrets/redact.ts'
import { readConfig, type Config } from '@peyvand/runtime/config.ts'
import { readMasters } from '@peyvand/runtime/secrets/master.ts'
import { freshDatabase, type FreshDatabase } from '../support/database.ts'
import { engines } from '../support/server.ts'

const by = '00000000-0000-0000-0000-000000000001'
const value = 'canary-5e1f: گذرواژه'

describe.each(engines)('secrets on %s', (engine) => {
  let fresh: FreshDatabase
  let platform: RunningPlatform
  beforeAll(async () => {
    fresh = await freshDatabase(engine)
    platform = await openPlatform(fresh.config, { serves: false })
  })
  afterAll(async () => {
    await platform.close()
    await fresh.remove()
  })
  /** A process of its own on the same database, with other settings. */
  const vault = (config: Config = fresh.config, schema = platform.schema) =>
    new Vault({ database: platform.database, schema, masters: () => readMasters(config) })
  const rotated = (newSecret = false, config = fresh.config, over = platform.secrets) =>
    rotate({ ...platform, config, vault: over }, { newSecret })
  const place = { use: 'totp', key: 'a' }
  const refused = { code: 'internal.unavailable' }
  const stored = async () =>
    (await platform.database.query<{ value: string }>({ text: `select s.value from "${platform.schema}"._secret s` }))
      .rows

  it('opens what it sealed, in every process, and seals nothing twice alike', async () => {
    const [one, two] = await Promise.all([platform.secrets.seal(place, value), vault().seal(place, value)])
    expect(one).not.toBe(two)
    expect(one).not.toContain('canary')
    for (const sealed of [one, two]) expect(await vault().open(place, sealed)).toBe(value)
    const { rows } = await platform.database.query({ text: 'select 1 from platform.data_key' })
    expect(rows).toHaveLength(1)
  })

  it('opens nothing at another place, for another tenant, or after any change', async () => {
    const sealed = await platform.secrets.seal(place, value)
    for (const other of [
      { use: 'totp', key: 'b' },
      { use: 'secret', key: 'a' },
    ])
      await expect(platform.secrets.open(other, sealed)).rejects.toMatchObject(refused)
    await expect(vault(fresh.config, 't_other').open(place, sealed)).rejects.toMatchObject(refused)
    for (let at = 0; at < sealed.length; at += 3) {
      const changed = sealed.slice(0, at) + (sealed[at] === 'x' ? 'y' : 'x') + sealed.slice(at + 1)
      await expect(platform.secrets.open(place, changed), String(at)).rejects.toMatchObject(refused)
    }
    for (const other of ['', 'plain', `${sealed}.x`, sealed.slice(0, -4)])
      await expect(platform.secrets.open(place, other)).rejects.toMatchObject(refused)
  })

  it('is worthless with another key of the installation, and says what to do', async () => {
    const sealed = await platform.secrets.seal(place, value)
    const config = { ...fresh.config, secret: 'another key of at least 32 characters' }
    await expect(vault(config).open(place, sealed)).rejects.toThrow(/another one now/)
  })

  it('keeps named secrets, and tells everything of them but their value', async () => {
    await setSecret(platform, { name: 'smtp', value: 'first', by })
    await setSecret(platform, { name: 'smtp', value, by })
    expect(await listSecrets(platform)).toEqual([
      { name: 'smtp', changed_at: expect.stringMatching(/^\d{4}-/) as string, changed_by: by },
    ])
    expect(await readSecretValue(platform, 'smtp')).toBe(value)
    expect(await readSecretValue(platform, 'other')).toBeUndefined()
    expect(JSON.stringify(await stored())).not.toContain('canary')
  })

  it('rotates the data key while others read, write and remove', async () => {
    await Promise.all(
      Array.from({ length: 450 }, (_, i) => setSecret(platform, { name: `s${i}`, value: `value ${i}`, by })),
    )
    const before = new Set((await stored()).map((row) => row.value))
    const elsewhere = vault()
    await elsewhere.seal(place, value)
    const run = { over: false }
    const readers = Array.from({ length: 4 }, async (_, n) => {
      for (let i = n; !run.over; i = (i + 7) % 400) expect(await readSecretValue(platform, `s${i}`)).toMatch(/^value/)
    })
    const writer = (async () => {
      for (let i = 400; i < 440; i++)
        await setSecret({ ...platform, secrets: elsewhere }, { name: `s${i}`, value: `value new ${i}`, by })
      for (let i = 440; i < 450; i++) await removeSecret(platform, `s${i}`)
    })()
    const done = await rotated()
    await writer
    run.over = true
    await Promise.all(readers)
    expect(done.values).toBeGreaterThan(390)
    for (let i = 0; i < 440; i++)
      expect(await readSecretValue(platform, `s${i}`)).toBe(i < 400 ? `value ${i}` : `value new ${i}`)
    const after = await stored()
    expect(after).toHaveLength(441)
    expect(after.filter((row) => before.has(row.value))).toEqual([])
    // What another process sealed with the key before meanwhile is found by the next run; then nothing needs it.
    await rotated()
    await platform.database.query({
      text: "update platform.data_key set retired_at = now() - interval '2 hours' where retired_at is not null",
    })
    expect(await rotated()).toMatchObject({ removed: 2 })
    expect(await readSecretValue(platform, 's7')).toBe('value 7')
  })

  it('goes to a new key of the installation that was made here', async () => {
    const path = join(fresh.config.dataDir, 'secret')
    const before = readFileSync(path, 'utf8')
    expect((await rotated(true)).keys).toBeGreaterThan(0)
    expect(readFileSync(path, 'utf8')).not.toBe(before)
    expect((await readMasters(fresh.config)).previous).toEqual([])
    for (const over of [platform, { ...platform, secrets: vault() }])
      expect(await readSecretValue(over, 'smtp')).toBe(value)
  })

  it('goes to a new SECRET with SECRET_PREVIOUS, and does without it afterwards', async () => {
    const secret = 'a new key of the installation, 32 characters and more'
    const { current } = await readMasters(fresh.config)
    const between = { ...fresh.config, secret, secretPrevious: current }
    await expect(rotated(true, between)).rejects.toMatchObject({ code: 'check.invalid' })
    const over = vault(between)
    expect(await readSecretValue({ ...platform, secrets: over }, 'smtp')).toBe(value)
    expect((await rotated(false, between, over)).keys).toBeGreaterThan(0)
    const after = { ...platform, secrets: vault({ ...fresh.config, secret }) }
    expect(await readSecretValue(after, 'smtp')).toBe(value)
    expect(await readSecretValue(after, 's7')).toBe('value 7')
    await expect(readSecretValue({ ...platform, secrets: vault() }, 'smtp')).rejects.toMatchObject(refused)
  })
})

it('takes the secrets of the settings out of every text', () => {
  const config = readConfig({
    SECRET: 'x"y/z 0123456789012345678901234567',
    DATABASE_URL: 'postgres://u:p%40ss-w0rd@127.0.0.1/db',
    S3_SECRET_KEY: 's3-secret-key',
  })
  const redact = redactor(config, 'the-key-in-the-file')
  for (const hidden of ['p@ss-w0rd', 'p%40ss-w0rd', 's3-secret-key', 'the-key-in-the-file', config.secret!])
    for (const text of [`failed: ${hidden}!`, JSON.stringify({ message: `failed: ${hidden}!` })])
      expect(redact(text)).not.toContain(JSON.stringify(hidden).slice(1, -1))
  expect(redact('nothing of it')).toBe('nothing of it')
})
