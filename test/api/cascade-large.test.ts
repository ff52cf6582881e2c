// Deletes and assignments that reach more than one transaction takes: previewed, done by a job in parts, refused as a whole when a
// part may not be done, cancelled before they begin, and carried on after kill -9, on both engines.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startPostgres } from '../support/postgres.ts'
import { personWithKey } from '../support/person.ts'
import { call, engines, signInForKey, startServer, type Answer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const entity = (name: string, fields: readonly object[] = [], more: object = {}) => ({
  kind: 'entity',
  name,
  ownership: 'user',
  fields: [{ name: 'name', type: 'text', maxLength: 100, required: true }, ...fields],
  ...more,
})
const lookup = (name: string, target: string, cascade: object, more: object = {}) => ({
  name,
  type: 'lookup',
  target,
  cascade,
  ...more,
})
const definitions = [
  entity('house', [{ name: 'rooms_n', type: 'rollup', entity: 'room', via: 'house', aggregate: 'count' }]),
  entity('room', [
    lookup('house', 'house', { delete: 'cascade', assign: 'cascade' }, { required: true }),
    // A lookup that is refused while its target is there, inside of what goes.
    lookup('beside', 'room', { delete: 'restrict' }),
  ]),
  entity('chair', [lookup('room', 'room', { delete: 'cascade', assign: 'user_owned' })]),
  entity('letter', [lookup('house', 'house', { delete: 'remove_link' })]),
  entity('lease', [lookup('house', 'house', { delete: 'restrict' })]),
  entity('ring', [lookup('next', 'ring', { delete: 'cascade' }), lookup('house', 'house', { delete: 'cascade' })]),
  {
    kind: 'role',
    name: 'mover',
    grants: [
      { entity: 'house', create: 'own', read: 'all', write: 'all', delete: 'all', assign: 'all' },
      { entity: 'room', read: 'all', delete: 'all', write: 'all', assign: 'all' },
      { entity: 'letter', read: 'own' },
      { entity: 'user', read: 'all' },
    ],
  },
]

const limit = 30

/** What a test does to a server: requests of the administrator, and waiting for jobs. */
function client(server: () => TestServer, key = () => server().adminKey) {
  const ask = (method: string, path: string, body?: unknown, headers = {}): Promise<Answer> =>
    call({ url: server().url, adminKey: key() }, method, path, body, headers)
  const send = (method: string, path: string, body?: unknown, headers = {}) =>
    ask(method, `/api/data/v1/${path}`, body, headers)
  const many = async (set: string, rows: readonly object[]): Promise<string[]> => {
    const made = await send('POST', `${set}/$bulk`, { create: rows.map((row, i) => ({ name: `${set} ${i}`, ...row })) })
    expect(made.status, made.text).toBe(200)
    return (made.json as { value: { id: string }[] }).value.map(({ id }) => id)
  }
  const count = async (set: string, filter: string) =>
    Number((await send('GET', `${set}/$count?$filter=${encodeURIComponent(filter)}`)).text)
  const ended = (job: string) =>
    until(async () => {
      const now = (await ask('GET', `/api/jobs/${job}`)).json as Ended
      return now.state === 'queued' || now.state === 'running' ? undefined : now
    })
  const jobOf = (answer: Answer): string => {
    expect(answer.status, answer.text).toBe(202)
    expect(answer.headers.get('preference-applied')).toBe('respond-async')
    expect(answer.headers.get('location')).toMatch(/\/api\/jobs\/[0-9a-f-]{36}$/)
    return (answer.json as { job: string }).job
  }
  return { ask, send, many, count, ended, jobOf }
}

interface Ended {
  readonly state: string
  readonly result: { readonly records: number } | null
  readonly error: { readonly code: string; readonly detail: string } | null
}

const later = { prefer: 'respond-async' }

describe.each(engines)('large cascades on %s', (engine) => {
  let server: TestServer
  let personKey = ''
  let person = ''
  const admin = client(() => server)
  const mover = client(
    () => server,
    () => personKey,
  )
  const { send, many, count, ended, jobOf } = admin

  /** A house with rooms, chairs in each, and letters. */
  async function build(rooms: number, more: object = {}): Promise<string> {
    const [house] = await many('houses', [more])
    const ids = await many(
      'rooms',
      Array.from({ length: rooms }, () => ({ house_id: house, ...more })),
    )
    await many(
      'chairs',
      ids.flatMap((room_id) => [
        { room_id, ...more },
        { room_id, ...more },
      ]),
    )
    await many('letters', [{ house_id: house }, { house_id: house }])
    return house!
  }
  const of = (house: string) => `house_id eq ${house}`
  const chairsOf = (house: string) => count('chairs', `room/house_id eq ${house}`)

  beforeAll(async () => {
    server = await startServer({ engine, env: { CASCADE_LIMIT: String(limit) } })
    const applied = await call(server, 'POST', '/api/model/apply', {
      changes: definitions.map((definition) => ({ op: 'put', definition })),
    })
    expect(applied.status, applied.text).toBe(200)
    const body = { email: 'm@example.com', name: 'M', password: 'a good password', roles: ['mover'] }
    const made = await call(server, 'POST', '/api/users', body)
    expect(made.status, made.text).toBeLessThan(300)
    personKey = await signInForKey(server.url, body.email, body.password)
    const { user } = (await mover.ask('GET', '/api/me')).json as { user: { id: string } | string }
    person = typeof user === 'string' ? user : user.id
  })
  afterAll(() => server?.stop())

  test('what is small is done at once, whatever is preferred', async () => {
    const house = await build(3)
    const gone = await send('DELETE', `houses(${house})`, undefined, later)
    expect([gone.status, gone.headers.get('preference-applied')]).toEqual([204, null])
  })

  test('a preview counts what goes, loses its link and stands in the way, as far as one sees it', async () => {
    const house = await build(12)
    const preview = async (who: typeof admin) =>
      (await who.send('GET', `houses(${house})/deletion_preview()`)).json as { entities: object[] }
    expect(await preview(admin)).toMatchObject({
      how: 'job',
      others: false,
      more: false,
      entities: expect.arrayContaining([
        { entity: 'room', deleted: 12, cleared: 0, blocking: 0 },
        { entity: 'chair', deleted: 24, cleared: 0, blocking: 0 },
        { entity: 'letter', deleted: 0, cleared: 2, blocking: 0 },
      ]),
    })
    const seen = await preview(mover)
    expect(seen).toMatchObject({ others: true })
    expect(seen.entities).toEqual([{ entity: 'room', deleted: 12, cleared: 0, blocking: 0 }])
    await many('leases', [{ house_id: house }])
    expect(await preview(admin)).toMatchObject({
      how: 'blocked',
      entities: expect.arrayContaining([{ entity: 'lease', deleted: 0, cleared: 0, blocking: 1 }]),
    })
  })

  test('a delete that is too large names the preference; with it a job does all of it, and audits each record', async () => {
    const house = await build(40)
    const refused = await send('DELETE', `houses(${house})`)
    expect(refused.status).toBe(413)
    expect(refused.text).toContain('respond-async')
    const stale = await send('DELETE', `houses(${house})`, undefined, { ...later, 'if-match': 'W/"77"' })
    expect(stale.status).toBe(412)
    const [first] = (
      (await send('GET', `rooms?$filter=${encodeURIComponent(of(house))}&$top=2`)).json as { value: { id: string }[] }
    ).value
    const letters = await count('letters', 'house_id eq null')
    const job = jobOf(await send('DELETE', `houses(${house})`, undefined, later))
    expect(await ended(job)).toMatchObject({ state: 'done', result: { records: 123 } })
    expect((await send('GET', `houses(${house})`)).status).toBe(404)
    expect([await count('rooms', of(house)), await chairsOf(house)]).toEqual([0, 0])
    expect(await count('letters', 'house_id eq null')).toBe(letters + 2)
    const history = await send('GET', `rooms(${first!.id})/record_history()`)
    if (history.status === 200) expect(history.text).toContain('delete')
  })

  test('restricting lookups among what goes are no hindrance; large circles are cut', async () => {
    const [house] = await many('houses', [{}])
    const rooms = await many(
      'rooms',
      Array.from({ length: 40 }, () => ({ house_id: house })),
    )
    for (const [i, id] of rooms.slice(1, 12).entries())
      expect((await send('PATCH', `rooms(${id})`, { beside_id: rooms[i] })).status).toBe(200)
    const rings = await many(
      'rings',
      Array.from({ length: limit + 15 }, () => ({})),
    )
    for (const [i, id] of rings.entries())
      expect(
        (
          await send('PATCH', `rings(${id})`, {
            next_id: rings[(i + 1) % rings.length],
            ...(i === 0 ? { house_id: house } : {}),
          })
        ).status,
      ).toBe(200)
    const done = await ended(jobOf(await send('DELETE', `houses(${house})`, undefined, later)))
    expect(done, JSON.stringify(done)).toMatchObject({ state: 'done' })
    expect([await count('rooms', of(house!)), await count('rings', 'name ne null')]).toEqual([0, 0])
  })

  test('nothing is done when one of all may not be deleted, or something stands in the way', async () => {
    const house = await build(20)
    const denied = await ended(jobOf(await mover.send('DELETE', `houses(${house})`, undefined, later)))
    expect(denied).toMatchObject({ state: 'failed', error: { code: 'access.denied' } })
    await many('leases', [{ house_id: house }])
    const blocked = await ended(jobOf(await send('DELETE', `houses(${house})`, undefined, later)))
    expect(blocked).toMatchObject({ state: 'failed', error: { code: 'conflict.reference' } })
    expect([await count('rooms', of(house)), await chairsOf(house)]).toEqual([20, 40])
  })

  test('one sees and steers the jobs one has asked for, and no others', async () => {
    const house = await build(20)
    const own = jobOf(await mover.send('DELETE', `houses(${house})`, undefined, later))
    await ended(own)
    const listed = (await mover.ask('GET', '/api/jobs')).json as { value: { id: string }[] }
    expect(listed.value.map(({ id }) => id)).toContain(own)
    const other = jobOf(await send('DELETE', `houses(${house})`, undefined, later))
    expect(listed.value.map(({ id }) => id)).not.toContain(other)
    expect((await mover.ask('GET', `/api/jobs/${other}`)).status).toBe(404)
    expect((await mover.ask('POST', `/api/jobs/${other}/cancel`)).status).toBe(404)
    await ended(other)
  })

  test('an assignment that is too large is a job too: all of it, the record itself last', async () => {
    const house = await build(20)
    const owner = { owner_id: person, owner_type: 'user' }
    expect((await send('PATCH', `houses(${house})`, owner)).status).toBe(413)
    expect((await send('PATCH', `houses(${house})`, { ...owner, name: 'new' }, later)).status).toBe(413)
    const done = await ended(jobOf(await send('PATCH', `houses(${house})`, owner, later)))
    expect(done, JSON.stringify(done)).toMatchObject({ state: 'done', result: { records: 61 } })
    const theirs = `owner_id eq ${person}`
    expect((await send('GET', `houses(${house})`)).json).toMatchObject({ owner_id: person, name: 'houses 0' })
    expect(await count('rooms', `${of(house)} and ${theirs}`)).toBe(20)
    expect(await count('chairs', `room/house_id eq ${house} and ${theirs}`)).toBe(40)
    // Chairs of others stay theirs, and a second assignment that is refused changes nothing.
    const refused = await ended(
      jobOf(
        await mover.send(
          'PATCH',
          `houses(${house})`,
          { owner_id: null, owner_type: null, ...(await adminOwner()) },
          later,
        ),
      ),
    )
    expect(refused).toMatchObject({ state: 'failed', error: { code: 'access.denied' } })
    expect(await count('rooms', `${of(house)} and ${theirs}`)).toBe(20)
  })

  async function adminOwner(): Promise<object> {
    const { user } = (await admin.ask('GET', '/api/me')).json as { user: { id: string } | string }
    return { owner_id: typeof user === 'string' ? user : user.id, owner_type: 'user' }
  }
})

describe.each(engines)('large cascades and kill -9 on %s', (engine) => {
  const clean: (() => Promise<void> | void)[] = []
  afterAll(async () => {
    for (const work of clean.toReversed()) await work()
  })

  test('a job that was killed goes on and leaves nothing; until it has begun it can be cancelled', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'peyvand-cascade-'))
    clean.push(() => rmSync(folder, { recursive: true, force: true }))
    const postgres = engine === 'postgres' ? await startPostgres() : undefined
    if (postgres) clean.push(() => postgres.stop())
    const env = { DATA_DIR: folder, CASCADE_LIMIT: String(limit), ...(postgres && { DATABASE_URL: postgres.url }) }
    const start = (jobs: number) => startServer({ engine, env: { ...env, JOBS: String(jobs) } })
    // Nobody does jobs yet.
    let server = await start(0)
    const { ask, send, many, count, ended, jobOf } = client(() => server)
    const changes = definitions.map((definition) => ({ op: 'put', definition }))
    expect((await ask('POST', '/api/model/apply', { changes })).status).toBe(200)
    const [house] = await many('houses', [{}])
    const rooms = await many(
      'rooms',
      Array.from({ length: 260 }, () => ({ house_id: house })),
    )
    await many(
      'chairs',
      rooms.map((room_id) => ({ room_id })),
    )
    const first = jobOf(await send('DELETE', `houses(${house})`, undefined, later))
    expect((await ask('POST', `/api/jobs/${first}/cancel`)).json).toMatchObject({ state: 'cancelled' })
    const job = jobOf(await send('DELETE', `houses(${house})`, undefined, later))
    expect(jobOf(await send('DELETE', `houses(${house})`, undefined, later))).toBe(job)
    await server.stop()
    server = await start(1)
    await until(async () => (await count('chairs', 'name ne null')) < 260 || undefined)
    const late = await ask('POST', `/api/jobs/${job}/cancel`)
    process.kill(server.pid, 'SIGKILL')
    await server.stop()
    server = await start(1)
    clean.push(() => server.stop())
    const left = await count('rooms', `house_id eq ${house!}`)
    expect(late.status, late.text).toBe(409)
    expect(await ended(job)).toMatchObject({ state: 'done' })
    console.log(`${engine}: ${left} of 260 rooms were left after the kill`)
    expect([
      (await send('GET', `houses(${house})`)).status,
      await count('rooms', 'name ne null'),
      await count('chairs', 'name ne null'),
    ]).toEqual([404, 0, 0])
  })

  test('a job is tried again with the rights it was asked with, and not by a key that has fewer', async () => {
    const server = await startServer({ engine, env: { CASCADE_LIMIT: String(limit), JOBS: '0' } })
    clean.push(() => server.stop())
    const { ask, many, jobOf } = client(() => server)
    const changes = definitions.map((definition) => ({ op: 'put', definition }))
    expect((await ask('POST', '/api/model/apply', { changes })).status).toBe(200)
    const role = definitions.find(({ kind }) => kind === 'role')!.name
    const person = await personWithKey(server, 'keys@example.com', [role])
    const own = client(
      () => server,
      () => person.adminKey,
    )
    const made = (await own.ask('POST', '/api/keys', { name: 'limited', roles: [] })).json as { key: string }
    const limited = client(
      () => server,
      () => made.key,
    )
    const [house] = await many('houses', [{}])
    const rooms = Array.from({ length: limit + 1 }, () => ({ house_id: house }))
    await many('rooms', rooms)
    const job = jobOf(await own.send('DELETE', `houses(${house!})`, undefined, later))
    expect((await own.ask('POST', `/api/jobs/${job}/cancel`)).json).toMatchObject({ state: 'cancelled' })
    const refused = await limited.ask('POST', `/api/jobs/${job}/retry`)
    expect([refused.status, (refused.json as { code: string }).code], refused.text).toEqual([404, 'missing.record'])
    expect((await own.ask('POST', `/api/jobs/${job}/retry`)).json).toMatchObject({ state: 'queued' })
  })
})
