// Is another server told what happens, once, in order, signed, and of nothing that the webhook's user may not know? And does a
// target that behaves badly harm nobody but itself? Against real servers on both engines and a real target.
import { createHmac } from 'node:crypto'
import { createServer as createSecureServer, type Server as SecureServer } from 'node:https'
import { createServer as createSocketServer, type AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { selfSigned } from '../support/certificate.ts'
import { keyFor } from '../support/people.ts'
import { call, engines, startServer, type Answer, type TestServer } from '../support/server.ts'
import { Target, type Heard, type Told } from '../support/target.ts'
import { until } from '../support/until.ts'

const entity = {
  kind: 'entity',
  name: 'deal',
  entitySet: 'deals',
  ownership: 'user',
  fields: [
    { name: 'name', type: 'text', maxLength: 100, required: true },
    { name: 'stage', type: 'text', maxLength: 20 },
    { name: 'amount', type: 'decimal', precision: 12, scale: 2 },
    { name: 'margin', type: 'text', maxLength: 100 },
    { name: 'parent', type: 'lookup', target: 'deal', inverse: 'parts' },
    { name: 'keeper', type: 'lookup', target: 'kept_deal', inverse: 'deals' },
  ],
}
const plain = {
  kind: 'entity',
  name: 'note_line',
  entitySet: 'note_lines',
  audit: false,
  fields: [{ name: 'name', type: 'text' }],
}
const kept = {
  kind: 'entity',
  name: 'kept_deal',
  entitySet: 'kept_deals',
  audit: { reads: true },
  fields: [{ name: 'name', type: 'text' }],
}
const roles = [
  {
    kind: 'role',
    name: 'seller',
    grants: [
      {
        entity: 'deal',
        create: 'all',
        read: 'own',
        write: 'all',
        delete: 'all',
        append: 'all',
        append_to: 'all',
        assign: 'all',
      },
      { entity: 'note_line', create: 'all', read: 'all', write: 'all', delete: 'all' },
    ],
    fields: [{ entity: 'deal', field: 'margin', read: false, write: false }],
  },
]
const everything = { entity: 'deal', on: ['create', 'update', 'delete'] }
const env = {
  OUTGOING_ALLOW: '127.0.0.1',
  WEBHOOK_PAUSE: '20',
  WEBHOOK_TIMEOUT: '400',
  SECRET: 'a secret of the installation, long enough',
}

interface Listed {
  readonly id: string
  readonly state: string
  readonly attempts: number
  readonly status: number | null
  readonly error: string | null
}

/** Every webhook of this test by name, and what is its own. */
const hooks: Readonly<Record<string, Record<string, unknown>>> = {
  all: {},
  keys: {},
  won: { on: ['update'], fields: [{ field: 'stage', from: 'open', to: 'won' }, { field: 'amount' }] },
  large: { filter: 'amount > 100.0 && name != "hidden"', include: ['name', 'parent'] },
  own: { skip: { users: ['seller@example.com'], requests: ['erp-'] }, on: ['create', 'update'] },
  seller: { runAs: 'seller@example.com' },
  later: { runAs: 'seller@example.com' },
  list: { batch: 10 },
  lines: { entity: 'note_line' },
  kept: { entity: 'kept_deal' },
  beside: { filter: 'keeper.name == "kept"' },
  off: { active: false },
  echo: { headers: { Authorization: 'Bearer {secret:erp_token}' } },
  gone: {},
  busy: {},
  good: {},
  rights: {},
  order: {},
}
const bad = ['hang', 'drip', 'broken', 'moved', 'endless', 'refuse', 'tls', 'inside']

function hooksOf(url: string, urls: Readonly<Record<string, string>>): Record<string, unknown>[] {
  const all = { ...hooks, ...Object.fromEntries(bad.map((name) => [name, {}])) }
  return Object.entries(all).map(([name, more]) => ({
    kind: 'webhook',
    name,
    url: urls[name] ?? `${url}/${name}`,
    ...everything,
    ...more,
  }))
}

/** An address where nobody listens. */
async function closedPort(): Promise<string> {
  const server = createSocketServer()
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  await new Promise((done) => server.close(done))
  return `http://127.0.0.1:${port}/`
}

/** What stands in a webhook's signature, worked out as a receiver does it. */
function isSigned({ headers, body }: Heard, secret: string): boolean {
  const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
  const text = `${String(headers['webhook-id'])}.${String(headers['webhook-timestamp'])}.${body}`
  const wanted = `v1,${createHmac('sha256', key).update(text).digest('base64')}`
  return String(headers['webhook-signature']).split(' ').includes(wanted)
}

describe.each(engines)('%s', (engine) => {
  let server: TestServer
  let target: Target
  let seller: TestServer
  let closedUrl: string
  let secure: SecureServer
  const drips: NodeJS.Timeout[] = []

  beforeAll(async () => {
    target = await new Target().start()
    server = await startServer({ engine, env })
    closedUrl = await closedPort()
    secure = createSecureServer(selfSigned(), (_request, answer) => void answer.end())
    await new Promise<void>((done) => secure.listen(0, '127.0.0.1', done))
    const urls = {
      refuse: closedUrl,
      tls: `https://127.0.0.1:${(secure.address() as AddressInfo).port}/`,
      inside: 'http://169.254.169.254/latest/meta-data',
    }
    await apply([entity, plain, kept, ...roles, ...hooksOf(target.url, urls)])
    seller = { ...server, adminKey: await keyFor(server, 'seller@example.com', ['seller']) }
  })
  afterAll(async () => {
    for (const drip of drips) clearInterval(drip)
    await server.stop()
    await target.stop()
    await new Promise((done) => secure.close(done))
  })

  async function apply(definitions: readonly unknown[]): Promise<Answer> {
    const answer = await call(server, 'POST', '/api/model/apply', {
      changes: definitions.map((definition) => ({ op: 'put', definition })),
    })
    expect(answer.status, answer.text).toBe(200)
    return answer
  }

  /** Lets a webhook be told from now on, and gives its secret. */
  async function listen(name: string): Promise<string> {
    const made = await call(server, 'POST', `/api/webhooks/${name}/secret`)
    expect(made.status, made.text).toBe(201)
    return (made.json as { secret: string }).secret
  }

  /** Ends that, so that other webhooks have the test to themselves. */
  const leave = async (name: string) =>
    expect((await call(server, 'DELETE', `/api/webhooks/${name}/secret`)).status).toBe(204)

  async function make(body: unknown, as: TestServer = server): Promise<string> {
    const made = await call(as, 'POST', '/api/data/v1/deals', body)
    expect(made.status, made.text).toBe(201)
    return (made.json as { id: string }).id
  }

  async function change(id: string, body: unknown, as: TestServer = server, headers = {}): Promise<void> {
    const changed = await call(as, 'PATCH', `/api/data/v1/deals(${id})`, body, headers)
    expect(changed.status, changed.text).toBeLessThan(300)
  }

  const remove = async (id: string, as: TestServer = server) =>
    expect((await call(as, 'DELETE', `/api/data/v1/deals(${id})`)).status).toBe(204)

  const toldOf = (path: string, count: number): Promise<Told[]> =>
    until(() => (target.told(path).length >= count ? target.told(path) : undefined))

  const deliveries = async (name: string, query = ''): Promise<Listed[]> =>
    ((await call(server, 'GET', `/api/webhooks/${name}/deliveries${query}`)).json as { value: Listed[] }).value

  it('tells what happened, in order, signed, with what changed', async () => {
    const secret = await listen('all')
    const id = await make({ name: 'One', stage: 'new', amount: 12.5 })
    await change(id, { stage: 'won' })
    await remove(id)
    const told = await toldOf('/all', 3)
    expect(told.map(({ type }) => type)).toEqual(['deal.created', 'deal.updated', 'deal.deleted'])
    expect(told.map(({ data }) => data.version)).toEqual([1, 2, 2])
    expect(told[0]!.data.changes).toMatchObject({
      name: { from: null, to: 'One' },
      amount: { from: null, to: '12.50' },
    })
    expect(told[1]!.data.changes).toEqual({ stage: { from: 'new', to: 'won' } })
    expect(told[2]!.data.record).toBeNull()
    const heard = target.at('/all')
    expect(heard.every((each) => isSigned(each, secret))).toBe(true)
    expect(new Set(heard.map(({ headers }) => headers['webhook-id'])).size).toBe(3)
    const age = Date.now() / 1_000 - Number(heard[0]!.headers['webhook-timestamp'])
    expect(Math.abs(age)).toBeLessThan(60)
    const rows = await until(async () => {
      const list = await deliveries('all')
      return list.every(({ state }) => state === 'sent') ? list : undefined
    })
    expect(rows).toHaveLength(3)
    const one = await call(server, 'GET', `/api/webhooks/all/deliveries/${rows[0]!.id}`)
    expect(one.json).toMatchObject({ state: 'sent', status: 204, attempts: 1, events: 1 })
    await leave('all')
  })

  it('has two valid secrets while one is replaced', async () => {
    const first = await listen('keys')
    const second = ((await call(server, 'POST', '/api/webhooks/keys/secret')).json as { secret: string }).secret
    await make({ name: 'Two keys' })
    const [heard] = await until(() => (target.at('/keys').length > 0 ? target.at('/keys') : undefined))
    expect([isSigned(heard!, first), isSigned(heard!, second)]).toEqual([true, true])
    const third = await call(server, 'POST', '/api/webhooks/keys/secret', { keepHours: 0 })
    await make({ name: 'One key' })
    const [, next] = await until(() => (target.at('/keys').length > 1 ? target.at('/keys') : undefined))
    expect([isSigned(next!, second), isSigned(next!, (third.json as { secret: string }).secret)]).toEqual([false, true])
    const listed = await call(server, 'GET', '/api/webhooks/keys')
    expect(listed.text).not.toContain('whsec_')
    await leave('keys')
  })

  it('tells updates of some fields, from and to a value', async () => {
    await listen('won')
    const id = await make({ name: 'Fields', stage: 'new', amount: 1 })
    for (const body of [{ stage: 'won' }, { stage: 'open' }, { name: 'Other' }, { stage: 'won' }, { amount: 2 }])
      await change(id, body)
    const told = await toldOf('/won', 2)
    expect(told.map(({ data }) => data.changes)).toEqual([
      { stage: { from: 'open', to: 'won' } },
      { amount: { from: '1.00', to: '2.00' } },
    ])
    await leave('won')
  })

  it('leaves out records a filter does not want, and fields that are not included', async () => {
    await listen('large')
    const parent = await make({ name: 'Small', amount: 1 })
    const id = await make({ name: 'Large', amount: 1000, stage: 'new', parent_id: parent })
    await remove(parent).catch(() => undefined)
    await remove(id)
    const told = await toldOf('/large', 2)
    expect(told.map(({ type, data }) => [type, data.id])).toEqual([
      ['deal.created', id],
      ['deal.deleted', id],
    ])
    expect(Object.keys(told[0]!.data.changes!).sort()).toEqual(['name', 'parent_id'])
    await leave('large')
  })

  it('does not tell somebody of what they did themselves', async () => {
    await listen('own')
    await make({ name: 'Mine' }, seller)
    const id = await make({ name: 'Of the administrator' })
    await change(id, { stage: 'x' }, server, { 'x-request-id': 'erp-17' })
    await change(id, { stage: 'y' })
    const told = await toldOf('/own', 2)
    expect(told.map(({ type, data }) => [type, data.id])).toEqual([
      ['deal.created', id],
      ['deal.updated', id],
    ])
    expect(told[1]!.data.changes).toEqual({ stage: { from: 'x', to: 'y' } })
    await leave('own')
  })

  it('sends nothing that its user may not read', async () => {
    await listen('seller')
    const hidden = await make({ name: 'canary-record', margin: 'canary-margin' })
    const seen = await make({ name: 'Seen' }, seller)
    await change(seen, { margin: 'canary-margin' })
    await change(seen, { stage: 'open', margin: 'canary-other' })
    await change(hidden, { stage: 'canary-stage' })
    await remove(hidden)
    await remove(seen)
    const told = await toldOf('/seller', 3)
    expect(told.map(({ type, data }) => [type, data.id])).toEqual([
      ['deal.created', seen],
      ['deal.updated', seen],
      ['deal.deleted', seen],
    ])
    expect(told[1]!.data.changes).toEqual({ stage: { from: null, to: 'open' } })
    const list = await call(server, 'GET', '/api/webhooks/seller/deliveries')
    expect((list.json as { value: unknown[] }).value).toHaveLength(3)
    expect(JSON.stringify(target.at('/seller'))).not.toContain('canary')
    await leave('seller')
  })

  it('takes out what was taken from its user while a delivery waited', async () => {
    target.behave('/later', (answer, _request, count) => void answer.writeHead(count < 4 ? 503 : 200).end())
    await listen('later')
    await make({ name: 'For later', stage: 'canary-stage' }, seller)
    await until(() => (target.at('/later').length > 0 ? true : undefined))
    const [role] = roles
    const closed = { ...role!, fields: [...role!.fields, { entity: 'deal', field: 'stage', read: false }] }
    await apply([closed])
    await until(async () => ((await deliveries('later')).every(({ state }) => state === 'sent') ? true : undefined))
    expect(target.at('/later')[0]!.body).toContain('canary-stage')
    expect(target.at('/later').at(-1)!.body).not.toContain('canary-stage')
    expect(target.told('/later').at(-1)!.data.record).toMatchObject({ name: 'For later' })
    await apply([role])
    await leave('later')
  })

  it('sends lists', async () => {
    await listen('list')
    const create = Array.from({ length: 25 }, (_, i) => ({ name: `Row ${i}` }))
    expect((await call(server, 'POST', '/api/data/v1/deals/$bulk', { create })).status).toBeLessThan(300)
    const told = await toldOf('/list', 25)
    expect(told.map(({ data }) => data.record!['name'])).toEqual(create.map(({ name }) => name))
    expect(target.at('/list').map(({ body }) => (JSON.parse(body) as unknown[]).length)).toEqual([10, 10, 5])
    await leave('list')
  })

  it('is a read of records whose reads are kept, on each try and for who looks at it', async () => {
    const reads = async () => {
      const { json } = await call(server, 'GET', '/api/audit?kind=read&top=999')
      return (json as { value: Record<string, unknown>[] }).value
    }
    target.behave('/kept', (answer, _request, count) => void answer.writeHead(count < 2 ? 503 : 200).end())
    await listen('kept')
    const made = await call(server, 'POST', '/api/data/v1/kept_deals', { name: 'kept' })
    const { id } = made.json as { id: string }
    const [sent] = await until(async () => {
      const list = await deliveries('kept')
      return list.length > 0 && list.every(({ state }) => state === 'sent') ? list : undefined
    })
    const told = (await reads()).filter(({ records }) => (records as string[]).includes(id))
    expect(told).toHaveLength(2)
    const me = (await call(server, 'GET', "/api/data/v1/users?$select=id&$filter=email eq 'admin@example.com'")).json
    expect(told[0]).toMatchObject({
      entity: 'kept_deal',
      by: (me as { value: { id: string }[] }).value[0]!.id,
      records: [id],
      detail: { at: 'webhooks', webhook: 'kept', ids: 1 },
    })
    await call(server, 'GET', `/api/webhooks/kept/deliveries/${sent!.id}`)
    expect((await reads()).filter(({ records }) => (records as string[]).includes(id))).toHaveLength(3)
    await leave('kept')
    await listen('beside')
    await make({ name: 'Beside', keeper_id: id })
    await toldOf('/beside', 1)
    expect((await reads())[0]).toMatchObject({ entity: 'kept_deal', detail: { webhook: 'beside' } })
    await leave('beside')
  })

  it('tells of entities without audit, though not what changed', async () => {
    await listen('lines')
    const made = await call(server, 'POST', '/api/data/v1/note_lines', { name: 'A' })
    await call(server, 'PATCH', `/api/data/v1/note_lines(${(made.json as { id: string }).id})`, { name: 'B' })
    const told = await toldOf('/lines', 2)
    expect(told[1]!.data).toMatchObject({ change: 'update', record: { name: 'B' } })
    expect(told[1]!.data.changes).toBeUndefined()
    const wrong = await call(server, 'POST', '/api/model/plan', {
      changes: [
        {
          op: 'put',
          definition: {
            kind: 'webhook',
            name: 'x',
            url: 'https://example.com/',
            entity: 'note_line',
            on: ['update'],
            fields: [{ field: 'name' }],
          },
        },
      ],
    })
    expect(wrong.text).toContain('does not keep what changed')
    await leave('lines')
  })

  it('says nothing while it is off', async () => {
    await listen('off')
    await listen('all')
    const before = target.at('/all').length
    await make({ name: 'Never told' })
    await until(() => (target.at('/all').length > before ? true : undefined))
    expect(await deliveries('off')).toEqual([])
    await leave('all')
    await leave('off')
  })

  it('fills secrets into headers and shows them nowhere', async () => {
    await call(server, 'PUT', '/api/secrets/erp_token', { value: 'token-canary-91' })
    target.behave('/echo', (answer, { headers }) => void answer.end(JSON.stringify(headers)))
    const secret = await listen('echo')
    const ping = await call(server, 'POST', '/api/webhooks/echo/ping')
    expect(ping.json).toMatchObject({ taken: true, status: 200 })
    expect(target.at('/echo')[0]!.headers.authorization).toBe('Bearer token-canary-91')
    expect(isSigned(target.at('/echo')[0]!, secret)).toBe(true)
    expect(ping.text).not.toContain('token-canary-91')
    expect((ping.json as { answer: string }).answer).toContain('Bearer •••••')
    await leave('echo')
  })

  it('keeps what a target does not take, shows it and sends it again', async () => {
    target.behave('/gone', (answer) => void answer.writeHead(410).end('gone for good'))
    await listen('gone')
    const id = await make({ name: 'Dead letter' })
    const [dead] = await until(async () => {
      const list = await deliveries('gone', '?state=dead')
      return list.length > 0 ? list : undefined
    })
    const one = (await call(server, 'GET', `/api/webhooks/gone/deliveries/${dead!.id}`)).json as {
      body: string
      answer: string
    }
    expect([(JSON.parse(one.body) as Told).data.id, one.answer]).toEqual([id, 'gone for good'])
    expect((await call(server, 'GET', '/api/webhooks/gone')).json).toMatchObject({ dead: 1, waiting: 0 })
    target.behave('/gone', (answer) => void answer.writeHead(200).end())
    expect((await call(server, 'POST', `/api/webhooks/gone/deliveries/${dead!.id}/resend`)).status).toBe(200)
    await until(async () => ((await deliveries('gone', '?state=sent')).length > 0 ? true : undefined))
    const ids = target.at('/gone').map(({ headers }) => headers['webhook-id'])
    expect(new Set(ids).size, 'the same id each time').toBe(1)
    await leave('gone')
  })

  it('waits as long as a target asks for', async () => {
    target.behave('/busy', (answer, _request, count) =>
      count === 1 ? void answer.writeHead(429, { 'retry-after': '1' }).end() : void answer.end(),
    )
    await listen('busy')
    await make({ name: 'Busy' })
    const [first, second] = await until(() => (target.at('/busy').length > 1 ? target.at('/busy') : undefined))
    expect(second!.at - first!.at).toBeGreaterThan(950)
    await leave('busy')
  })

  it('tries bad targets again, and they harm nobody else', async () => {
    target.behave('/hang', () => undefined)
    target.behave('/drip', (answer) => {
      // One byte of the head after the other, too slowly for the head ever to end.
      answer.socket!.write('HTTP/1.1 200 OK\r\nX: ')
      drips.push(setInterval(() => answer.socket?.write('a'), 100))
    })
    target.behave('/broken', (answer) => void answer.writeHead(500).end('no'))
    target.behave('/moved', (answer) => void answer.writeHead(302, { location: 'http://169.254.169.254/' }).end())
    target.behave('/endless', (answer) => {
      answer.writeHead(500)
      const timer = setInterval(() => answer.write('x'.repeat(10_000)), 5)
      answer.on('close', () => clearInterval(timer))
      drips.push(timer)
    })
    for (const name of [...bad, 'good']) await listen(name)
    const ids: string[] = []
    for (let i = 0; i < 3; i++) ids.push(await make({ name: `Deal ${i}` }))
    await toldOf('/hang', 1)
    const began = performance.now()
    ids.push(await make({ name: 'While others hang' }))
    expect((await toldOf('/good', 4)).map(({ data }) => data.id).sort()).toEqual(ids.toSorted())
    expect(performance.now() - began, 'the good target waits for no other').toBeLessThan(5_000)
    const lists = await until(async () => {
      const all = await Promise.all(bad.map(async (name) => [name, await deliveries(name)] as const))
      return all.every(([, list]) => list.some(({ attempts }) => attempts > 1)) ? all : undefined
    })
    for (const [name, list] of lists) {
      expect(list, name).toHaveLength(4)
      expect(new Set(list.map(({ state }) => state)), name).toEqual(new Set(['waiting']))
    }
    const errors = Object.fromEntries(
      lists.map(([name, list]) => {
        const tried = list.find(({ status, error }) => status !== null || error !== null)
        return [name, tried?.status ?? tried?.error]
      }),
    )
    expect(errors).toMatchObject({ broken: 500, endless: 500, moved: 302 })
    expect(errors['hang']).toContain('too long')
    expect(errors['drip']).toContain('too long')
    expect(errors['refuse']).toContain('does not answer')
    expect(errors['tls']).toContain('certificate')
    expect(errors['inside']).toContain('not one of the public Internet')
    // Whoever fails again and again is left alone for a while.
    await until(async () => {
      const { json } = await call(server, 'GET', '/api/webhooks/broken')
      const { failures, closed } = json as { failures: number; closed: number | null }
      return failures >= 5 && closed !== null ? true : undefined
    })
    for (const name of [...bad, 'good']) await leave(name)
  })

  it('asks for rights', async () => {
    await listen('rights')
    for (const [method, path] of [
      ['GET', ''],
      ['GET', '/rights/deliveries'],
      ['POST', '/rights/secret'],
      ['POST', '/rights/ping'],
    ] as const)
      expect((await call(seller, method, `/api/webhooks${path}`)).status, path).toBe(403)
    expect((await call(seller, 'GET', '/api/model')).json).toMatchObject({ webhooks: [] })
    expect((await call(server, 'POST', '/api/webhooks/nobody/ping')).status).toBe(404)
    await leave('rights')
  })

  it('keeps the order of each record through failures', { timeout: 30_000 }, async () => {
    let count = 0
    target.behave('/order', (answer) => void answer.writeHead(++count % 3 === 0 ? 500 : 200).end())
    await listen('order')
    const ids = await Promise.all(Array.from({ length: 3 }, (_, i) => make({ name: `Order ${i}` })))
    for (let step = 0; step < 4; step++) await Promise.all(ids.map((id) => change(id, { stage: `step ${step}` })))
    await until(async () => {
      const sent = await deliveries('order', '?state=sent&top=200')
      return sent.length === 15 ? true : undefined
    })
    const taken = new Map<string, number[]>()
    for (const { data } of target.told('/order')) {
      const versions = taken.get(data.id) ?? []
      if (versions.at(-1) !== data.version) versions.push(data.version!)
      taken.set(data.id, versions)
    }
    for (const versions of taken.values()) expect(versions).toEqual([1, 2, 3, 4, 5])
    await leave('order')
  })
})
