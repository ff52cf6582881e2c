// Two processes tell the same webhooks: each change once while both live. One is killed with -9 in the middle: nothing is lost, and
// the order of each record stays. RECORDS says how much.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call, engines, startServer, type TestServer } from '../support/server.ts'
import { Target } from '../support/target.ts'
import { until } from '../support/until.ts'

const count = Number(process.env['RECORDS'] ?? 40)

const definitions = (url: string) => [
  {
    kind: 'entity',
    name: 'parcel',
    entitySet: 'parcels',
    fields: [{ name: 'name', type: 'text', required: true }],
  },
  { kind: 'webhook', name: 'parcels', url, entity: 'parcel', on: ['create', 'update', 'delete'] },
]

describe.runIf(engines.includes('postgres'))('two processes', () => {
  let one: TestServer
  let two: TestServer
  let target: Target
  beforeAll(async () => {
    target = await new Target().start()
    const env = {
      SECRET: 's'.repeat(40),
      OUTGOING_ALLOW: '127.0.0.1',
      WEBHOOK_PAUSE: '20',
      WEBHOOK_TIMEOUT: '1000',
    }
    one = await startServer({ engine: 'postgres', env })
    two = await startServer({ engine: 'postgres', env: { ...env, DATABASE_URL: one.databaseUrl! } })
    const changes = definitions(`${target.url}/parcels`).map((definition) => ({ op: 'put', definition }))
    const applied = await call(one, 'POST', '/api/model/apply', { changes })
    expect(applied.status, applied.text).toBe(200)
    expect((await call(one, 'POST', '/api/webhooks/parcels/secret')).status).toBe(201)
  })
  afterAll(async () => {
    await two.stop()
    await one.stop()
    await target.stop()
  })

  const write = async (at: TestServer, method: string, path: string, body: unknown): Promise<string> => {
    const answer = await call(at, method, `/api/data/v1/${path}`, body)
    expect(answer.status, answer.text).toBeLessThan(300)
    return (answer.json as { id: string }).id
  }

  it('tell each change once', async () => {
    const ids = await Promise.all(
      Array.from({ length: count }, (_, i) => write(i % 2 === 0 ? one : two, 'POST', 'parcels', { name: `P${i}` })),
    )
    await until(() => (target.told('/parcels').length >= count ? true : undefined))
    const waiting = async () => (await call(one, 'GET', '/api/webhooks/parcels')).json as { waiting: number }
    await until(async () => ((await waiting()).waiting === 0 ? true : undefined))
    expect(
      target
        .told('/parcels')
        .map(({ data }) => data.id)
        .sort(),
    ).toEqual(ids.toSorted())
  })

  it('lose nothing when one is killed', async () => {
    target.behave('/slow', (answer) => void setTimeout(() => answer.writeHead(204).end(), 60))
    const [, hook] = definitions(`${target.url}/slow`)
    await call(one, 'POST', '/api/model/apply', { changes: [{ op: 'put', definition: hook }] })
    const ids = await Promise.all(Array.from({ length: 8 }, (_, i) => write(one, 'POST', 'parcels', { name: `K${i}` })))
    for (let step = 0; step < 4; step++)
      await Promise.all(ids.map((id) => write(one, 'PATCH', `parcels(${id})`, { name: `${id} ${step}` })))
    await until(() => (target.at('/slow').length > 5 ? true : undefined))
    process.kill(two.pid, 'SIGKILL')
    const versions = await until(() => {
      const first = new Map<string, number[]>()
      for (const { data } of target.told('/slow')) {
        const seen = first.get(data.id) ?? []
        if (!seen.includes(data.version!)) seen.push(data.version!)
        first.set(data.id, seen)
      }
      return ids.every((id) => first.get(id)?.length === 5) ? first : undefined
    })
    for (const id of ids) expect(versions.get(id), id).toEqual([1, 2, 3, 4, 5])
  })
})
