// A server whose log nobody reads any more: it goes on, does not turn in circles about it, and ends when it is told to.
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { freePort } from '../support/postgres.ts'
import { emptyCluster } from '../support/template.ts'
import { until } from '../support/until.ts'

const root = join(import.meta.dirname, '..', '..')
let folder: string
let child: ChildProcess
let url: string

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'peyvand-log-'))
  await emptyCluster(folder)
  const port = await freePort()
  url = `http://127.0.0.1:${port}`
  child = spawn(process.execPath, [join(root, 'runtime/src/cli/peyvand.ts'), 'serve'], {
    cwd: root,
    env: {
      PATH: process.env['PATH'],
      HOME: folder,
      DATA_DIR: folder,
      PORT: String(port),
      SOLUTIONS: 'none',
      DEMO: '0',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout!.resume()
  child.stderr!.resume()
  await until(async () =>
    (await fetch(`${url}/api/health/ready`).catch(() => undefined))?.ok === true ? true : undefined,
  )
})
afterAll(() => {
  child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

it('answers, and ends with a signal', async () => {
  child.stdout!.destroy()
  child.stderr!.destroy()
  // Each of these writes a line.
  for (let i = 0; i < 20; i++) expect((await fetch(`${url}/api/data/v1/users`)).status).toBe(401)
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
})
