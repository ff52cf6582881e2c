// Does one data folder belong to one living process only, and does the lock of a killed one give way at once?
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { lockFolder } from '@peyvand/runtime/db/lock.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'peyvand-lock-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const module = new URL('../../runtime/src/db/lock.ts', import.meta.url).href

/** Another process that takes the lock and keeps it until it is ended. */
async function otherHolder(): Promise<{ kill(): Promise<void> }> {
  const script = `const { lockFolder } = await import(${JSON.stringify(module)}); await lockFolder(${JSON.stringify(folder)}); console.log('held'); setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve())
    child.once('exit', (code) => reject(new Error(`ended with ${code}`)))
  })
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  return {
    kill: () => {
      child.kill('SIGKILL')
      return gone
    },
  }
}

it('refuses a second holder in the same process until the first lets go', async () => {
  const release = await lockFolder(folder)
  await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'conflict.locked' })
  await release()
  await (
    await lockFolder(folder)
  )()
})

it('refuses while another process lives, and takes over as soon as it was killed', async () => {
  const other = await otherHolder()
  await expect(lockFolder(folder)).rejects.toMatchObject({ code: 'conflict.locked' })
  await other.kill()
  await (
    await lockFolder(folder)
  )()
})

it('takes over a lock whose process id was given to somebody else', async () => {
  const release = await lockFolder(folder)
  const held = JSON.parse(readFileSync(join(folder, 'lock'), 'utf8')) as object
  await release()
  writeFileSync(join(folder, 'lock'), JSON.stringify({ ...held, started: 'another boot:1' }))
  await (
    await lockFolder(folder)
  )()
})

it.each(['', 'not json', '{"pid":"x"}', 'null'])('takes over a lock file that says %j', async (text) => {
  writeFileSync(join(folder, 'lock'), text)
  await (
    await lockFolder(folder)
  )()
})

it.each(Array.from({ length: 20 }, (_, i) => i))(
  'lets exactly one of many win when a dead lock is found (%i)',
  async () => {
    writeFileSync(join(folder, 'lock'), '{"pid":999999999,"started":"","token":"dead"}')
    const outcomes = await Promise.allSettled(Array.from({ length: 8 }, () => lockFolder(folder)))
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  },
)
