// What do hostile requests cost a server? Each is sent many times over one connection to a real process; the CPU it took, as the
// operating system counts it, is less than 5 ms each, with reading, refusing and answering. Linux tells, elsewhere it is skipped.
import { existsSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { call, engines, startServer, type TestServer } from '../support/server.ts'
import { FuzzClient } from '../chaos/fuzz/client.ts'
import { addresses } from '../support/hostile.ts'
import { entities } from '../support/query-model.ts'

/** unit: milliseconds of CPU */
const most = 5
const times = 20
const engine = engines.at(-1)!
const there = existsSync('/proc/self/stat')
if (!there) console.log('SKIPPED: the CPU of hostile requests (the machine does not tell what a process has used)')

/** CPU that a process has used. The clock of the kernel ticks a hundred times a second. unit: milliseconds */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]!.split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** Those that every server has are not put again. */
const definitions = entities
  .filter(({ name }) => ['account', 'contact', 'opportunity'].includes(name))
  .map((entity) => ({
    op: 'put',
    definition: { kind: 'entity', label: entity.name, plural: entity.entitySet, ...entity },
  }))

describe.skipIf(!there)(`hostile requests to a server on ${engine}`, () => {
  let server: TestServer
  let client: FuzzClient
  beforeAll(async () => {
    server = await startServer({ engine })
    const applied = await call(server, 'POST', '/api/model/apply', { changes: definitions })
    if (applied.status !== 200) throw new Error(applied.text)
    client = new FuzzClient(server.url, server.adminKey, { connections: 1, timeout: 30_000 })
    // The first requests of a process pay for its compiler.
    for (const row of addresses.slice(0, 20)) await ask(row)
  })
  afterAll(async () => {
    client?.close()
    await server?.stop()
  })

  const ask = ([, , query, path = 'accounts']: (typeof addresses)[number]) =>
    client.send({ method: 'GET', path: `/api/data/v1/${path}${query === '' ? '' : `?${query}`}`, headers: {} })

  const refused = addresses.filter(([, fate]) => fate === 'refused')
  test.each(refused.map((row) => ({ title: row[0], row })))('$title', async ({ row }) => {
    const first = await ask(row)
    expect(first.status, first.text.slice(0, 300)).toBeGreaterThanOrEqual(400)
    expect(first.status === 501 || first.status < 500, `${first.status} ${first.text.slice(0, 300)}`).toBe(true)
    // The process has work of its own beside the requests: the cheapest round is what a refusal costs.
    let best = Infinity
    for (let round = 0; round < 5 && best >= most; round++) {
      const before = cpuOf(server.pid)
      for (let n = 0; n < times; n++) await ask(row)
      best = Math.min(best, (cpuOf(server.pid) - before) / times)
    }
    expect(best).toBeLessThan(most)
  })
})
