// Who is told of what: each caller hears of records it may read and of no other, from every process, while it may.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { call, engines, signInForKey, startServer, type TestServer } from '../support/server.ts'

interface Heard {
  readonly event: string
  readonly data: { entity?: string; id?: string; change?: string; revision?: string }
}

describe.each(engines)('%s', (engine) => {
  let servers: TestServer[]
  const open: AbortController[] = []
  let own: string
  let idOfOwn: string

  beforeAll(async () => {
    servers = [await startServer({ engine })]
    if (servers[0]!.databaseUrl)
      servers.push(await startServer({ engine, env: { DATABASE_URL: servers[0]!.databaseUrl } }))
    const definitions = [
      {
        kind: 'entity',
        name: 'paper',
        entitySet: 'papers',
        ownership: 'user',
        primaryField: 'name',
        fields: [{ name: 'name', type: 'text' }],
      },
      {
        kind: 'entity',
        name: 'secret',
        entitySet: 'secrets',
        primaryField: 'name',
        fields: [{ name: 'name', type: 'text' }],
      },
      {
        kind: 'role',
        name: 'writer',
        label: 'Writer',
        grants: [{ entity: 'paper', create: 'own', read: 'own', write: 'own', delete: 'own' }],
      },
    ]
    expect(
      (
        await admin('POST', '/api/model/apply', {
          changes: definitions.map((definition) => ({ op: 'put', definition })),
        })
      ).status,
    ).toBe(200)
    const added = await admin('POST', '/api/users', {
      email: 'writer@example.com',
      password: 'a good password',
      roles: ['writer'],
    })
    idOfOwn = (added.json as { id: string }).id
    own = await signInForKey(servers[0]!.url, 'writer@example.com', 'a good password')
  })
  afterEach(() => open.splice(0).forEach((controller) => controller.abort()))
  afterAll(async () => {
    for (const server of servers.toReversed()) await server.stop()
  })

  const admin = (method: string, path: string, body?: unknown) => call(servers[0]!, method, path, body)
  const as = (key: string, method: string, path: string, body?: unknown) =>
    call({ url: servers[0]!.url, adminKey: key }, method, path, body)
  const create = async (key: string, set: string, name: string) =>
    ((await as(key, 'POST', `/api/data/v1/${set}`, { name })).json as { id: string }).id

  /** Opens a stream on the last process and collects what it says. */
  const listen = async (key: string) => {
    const controller = new AbortController()
    open.push(controller)
    const heard: Heard[] = []
    const answer = await fetch(`${servers.at(-1)!.url}/api/events`, {
      headers: { authorization: `Bearer ${key}` },
      signal: controller.signal,
    })
    expect(answer.status).toBe(200)
    const ended = (async () => {
      let text = ''
      for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
        text += chunk
        for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
          const lines = Object.fromEntries(
            text
              .slice(0, end)
              .split('\n')
              .map((line) => line.split(/: (.*)/s).slice(0, 2)),
          ) as Record<string, string>
          if (lines['event']) heard.push({ event: lines['event'], data: JSON.parse(lines['data']!) as Heard['data'] })
          text = text.slice(end + 2)
        }
      }
      return true
    })().catch(() => false)
    const until = async (what: (all: readonly Heard[]) => boolean) => {
      for (const end = Date.now() + 10_000; !what(heard) && Date.now() < end;)
        await new Promise((resolve) => setTimeout(resolve, 10))
      expect(heard).toSatisfy(what)
    }
    await until((all) => all.some(({ event }) => event === 'hello'))
    return { heard, until, ended }
  }
  const has = (id: string, change: string) => (all: readonly Heard[]) =>
    all.some(({ data }) => data.id === id && data.change === change)

  it('tells an administrator of every change, whichever process made it', async () => {
    const { until } = await listen(servers.at(-1)!.adminKey)
    const id = await create(servers[0]!.adminKey, 'secrets', 'one')
    await until(has(id, 'create'))
    await admin('PATCH', `/api/data/v1/secrets(${id})`, { name: 'two' })
    await until(has(id, 'update'))
    await admin('DELETE', `/api/data/v1/secrets(${id})`)
    await until(has(id, 'delete'))
  })

  it('CVE-2023-38503, GHSA-gggm-66rh-pp98, CVE-2026-30947: tells a person of own records only', async () => {
    const { heard, until } = await listen(own)
    const hidden = [
      await create(servers[0]!.adminKey, 'secrets', 'hidden'),
      await create(servers[0]!.adminKey, 'papers', 'of somebody else'),
    ]
    const id = await create(own, 'papers', 'mine')
    await until(has(id, 'create'))
    for (const other of hidden)
      await admin('DELETE', `/api/data/v1/${other === hidden[0] ? 'secrets' : 'papers'}(${other})`)
    await as(own, 'DELETE', `/api/data/v1/papers(${id})`)
    await until(has(id, 'delete'))
    expect(heard.filter(({ event }) => event === 'record').map(({ data }) => data.id)).toEqual([id, id])
  })

  it('tells everybody of a new model', async () => {
    const { until } = await listen(own)
    const { json } = await admin('POST', '/api/model/apply', {
      changes: [{ op: 'put', definition: { kind: 'entity', name: 'extra', fields: [{ name: 'name', type: 'text' }] } }],
    })
    await until((all) =>
      all.some(({ event, data }) => event === 'model' && data.revision === (json as { revision: string }).revision),
    )
  })

  it('ends the stream of a person who is made inactive, and opens none again', async () => {
    const { ended } = await listen(own)
    expect((await admin('PATCH', `/api/data/v1/users(${idOfOwn})`, { state: 'inactive' })).status).toBeLessThan(300)
    expect(await ended).toBe(true)
    expect(
      (await fetch(`${servers.at(-1)!.url}/api/events`, { headers: { authorization: `Bearer ${own}` } })).status,
    ).toBe(401)
  })
})
