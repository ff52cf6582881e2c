// The signing key: made once, whole, by whoever is first, however many processes start at the same time.
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { readSecret } from '@peyvand/runtime/secrets/master.ts'
import { readConfig } from '@peyvand/runtime/config.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'peyvand-secret-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))
const config = () => readConfig({ DATA_DIR: folder })

it('is the same for all that start at once', async () => {
  for (let round = 0; round < 50; round++) {
    const read = await Promise.all(Array.from({ length: 8 }, () => readSecret(config())))
    expect(new Set(read).size).toBe(1)
    expect(readdirSync(folder)).toEqual(['secret'])
    rmSync(join(folder, 'secret'))
  }
})

it('is kept, and readable by its owner only', async () => {
  const made = await readSecret(config())
  expect(await readSecret(config())).toBe(made)
  expect(statSync(join(folder, 'secret')).mode & 0o777).toBe(0o600)
})

it('replaces a file that holds no key', async () => {
  writeFileSync(join(folder, 'secret'), '')
  const made = await readSecret(config())
  expect(made.length).toBeGreaterThan(32)
  expect(await readSecret(config())).toBe(made)
})
