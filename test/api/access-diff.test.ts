// Does the access diff count what really happens? A generated organisation; each change is asked about, then made, and every
// person lists and tries to change every record before and after: the same numbers, on both engines.
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildWorld, worldDefinitions, type AccessWorld, type WorldPerson } from '../support/access-world.ts'
import { call, engines, startServer, type TestServer } from '../support/server.ts'

const seed = Number(process.env['SEED'] ?? 4_711)
const size = Number(process.env['CASES'] ?? 5)
const crowd = Number(process.env['USERS'] ?? 60)

interface Moved {
  readonly people: number
  readonly records: number
  readonly samples: readonly { readonly id: string }[]
}
interface Diff {
  readonly records: readonly {
    readonly entity: string
    readonly operation: string
    readonly gained: Moved
    readonly lost: Moved
  }[]
  readonly fields: readonly object[]
  readonly complete: boolean
  readonly uncounted: readonly string[]
}

/** Ids by person and right: `p3 read matter`. */
type Seen = ReadonlyMap<string, ReadonlySet<string>>
type Counts = Record<string, readonly [people: number, records: number]>

describe.each(engines)('access diff on %s', (engine) => {
  let server: TestServer
  let world: AccessWorld

  beforeAll(async () => {
    server = await startServer({ engine })
    world = await buildWorld(server, seed, 7)
  })
  afterAll(() => server?.stop())

  const good = async (method: string, path: string, body?: unknown) => {
    const answer = await call(server, method, path, body)
    expect(answer.status, `${path} ${answer.text}`).toBeLessThan(300)
    return answer.json
  }

  async function look(): Promise<Seen> {
    const seen = new Map<string, Set<string>>()
    for (const person of world.people)
      for (const [set, entity] of [
        ['matters', 'matter'],
        ['papers', 'paper'],
      ] as const)
        await lookAt(person, set, entity, seen)
    return seen
  }

  async function lookAt(
    { key, name }: WorldPerson,
    set: 'matters' | 'papers',
    entity: string,
    seen: Map<string, Set<string>>,
  ): Promise<void> {
    const me = { url: server.url, adminKey: key }
    const { json } = await call(me, 'GET', `/api/data/v1/${set}?$select=id`)
    const ids = ((json as { value?: { id: string }[] } | undefined)?.value ?? []).map(({ id }) => id)
    seen.set(`${name} read ${entity}`, new Set(ids))
    const written = new Set<string>()
    for (const id of ids) {
      const { status } = await call(
        me,
        'PATCH',
        `/api/data/v1/${set}(${id})`,
        { name: 'x' },
        { 'if-match': 'W/"999999"' },
      )
      if (status === 412) written.add(id)
    }
    seen.set(`${name} write ${entity}`, written)
  }

  /** The naive count: what each person has now and had not, and the other way round. */
  function counted(before: Seen, after: Seen): Counts {
    const counts: Record<string, [number, number]> = {}
    for (const [key, was] of before) {
      const is = after.get(key)!
      const right = key.split(' ').slice(1).join(' ')
      const add = (way: string, number: number) => {
        if (number === 0) return
        const [people, records] = counts[`${way} ${right}`] ?? [0, 0]
        counts[`${way} ${right}`] = [people + 1, records + number]
      }
      add('gained', beyond(is, was))
      add('lost', beyond(was, is))
    }
    return counts
  }

  const beyond = (one: ReadonlySet<string>, other: ReadonlySet<string>) =>
    [...one].filter((id) => !other.has(id)).length

  function told({ records }: Diff): Counts {
    const counts: Record<string, readonly [number, number]> = {}
    for (const { entity, operation, ...ways } of records) {
      if (!['matter', 'paper'].includes(entity) || !['read', 'write'].includes(operation)) continue
      for (const way of ['gained', 'lost'] as const)
        if (ways[way].people > 0) counts[`${way} ${operation} ${entity}`] = [ways[way].people, ways[way].records]
    }
    return counts
  }

  async function compare(
    what: string,
    asked: Promise<unknown>,
    make: () => Promise<unknown>,
    before: Seen,
  ): Promise<Seen> {
    const diff = (await asked) as Diff
    await make()
    const after = await look()
    expect([what, told(diff)]).toEqual([what, counted(before, after)])
    expect([what, diff.complete, diff.uncounted]).toEqual([what, true, []])
    return after
  }

  test(`${size} changes of assignments, teams, units and people (seed ${seed})`, async () => {
    const { random, people, teams, units } = world
    let seen = await look()
    let moved = 0
    const active = () => people.slice(0, -1)
    const roles = worldDefinitions.filter(({ kind }) => kind === 'role').map(({ name }) => name)
    const idOf = async (set: string, filter: string) => {
      const { value } = (await good('GET', `/api/data/v1/${set}?$select=id&$filter=${filter}`)) as {
        value: { id: string }[]
      }
      return value.length === 0 ? undefined : random.pick(value).id
    }
    const draws: readonly (() => Promise<object | undefined>)[] = [
      async () => ({
        op: 'create',
        entity: 'role_assignment',
        values: { user_id: random.pick(active()).id, role: random.pick(roles) },
      }),
      async () => ({
        op: 'create',
        entity: 'role_assignment',
        values: { team_id: random.pick(teams), role: random.pick(roles), unit_id: random.pick(units) },
      }),
      async () => change('delete', 'role_assignment', await idOf('role_assignments', `role ne 'administrator'`)),
      async () => ({
        op: 'create',
        entity: 'team_member',
        values: { user_id: random.pick(active()).id, team_id: random.pick(teams) },
      }),
      async () => change('delete', 'team_member', await idOf('team_members', 'true')),
      async () => change('update', 'user', random.pick(active()).id, { unit_id: random.pick(units) }),
      async () => change('update', 'user', random.pick(active()).id, { manager_id: random.pick(active()).id }),
      async () => change('update', 'business_unit', random.pick(units.slice(1)), { parent_id: random.pick(units) }),
      async () => change('update', 'team', random.pick(teams), { kind: random.pick(['owner', 'access']) }),
    ]
    const change = (op: string, entity: string, id: string | undefined, values?: object) =>
      id === undefined ? undefined : { op, entity, id, ...(values === undefined ? {} : { values }) }
    // A few drawn changes may all leave everybody's rights as they were; then more are drawn.
    for (let i = 0; i < size || (moved === 0 && i < 20 * size);) {
      const drawn = (await random.pick(draws)()) as
        | { op: string; entity: string; id?: string; values?: object }
        | undefined
      if (drawn === undefined) continue
      const answer = await call(server, 'POST', '/api/access/diff', { changes: [drawn] })
      // A tree that would be a circle, a member twice: the diff refuses what the write refuses.
      const refused = answer.status >= 400
      expect(answer.status).toBeLessThan(500)
      const make = () => perform(drawn)
      if (refused) {
        expect((await perform(drawn)).status, answer.text).toBeGreaterThanOrEqual(400)
        continue
      }
      i++
      const before = seen
      const done = async () => expect((await make()).status).toBeLessThan(300)
      seen = await compare(`${i} ${JSON.stringify(drawn)}`, Promise.resolve(answer.json), done, before)
      if (Object.keys(counted(before, seen)).length > 0) moved++
    }
    expect(moved).toBeGreaterThan(0)
  })

  function perform({ op, entity, id, values }: { op: string; entity: string; id?: string; values?: object }) {
    const address = `/api/data/v1/${entity}s${id === undefined ? '' : `(${id})`}`
    return call(server, { create: 'POST', update: 'PATCH', delete: 'DELETE' }[op]!, address, values)
  }

  test('a role that is called otherwise, takes the place of another, or goes', async () => {
    const ids = (await good('GET', '/api/model')) as { roles: { id: string; name: string }[] }
    const role = (name: string) => ({
      ...(worldDefinitions.find((each) => each.name === name) as object),
      id: ids.roles.find((each) => each.name === name)!.id,
    })
    const put = (definition: object) => ({ op: 'put', definition })
    const lists = [
      [put({ ...role('tree'), name: 'forest' })],
      [put({ ...role('tree'), name: 'unit' }), put({ ...role('unit'), name: 'forest' })],
      [
        { op: 'delete', kind: 'role', name: 'unit' },
        put({ ...role('tree'), id: ids.roles[0]!.id.replace(/^./, '7'), name: 'unit' }),
      ],
      [{ op: 'delete', kind: 'role', name: 'forest' }],
    ]
    const first = await look()
    let seen = first
    const moved: boolean[] = []
    const undos: string[] = []
    for (const changes of lists) {
      const before = seen
      const asked = good('POST', '/api/model/access', { changes })
      const make = async () => {
        const { undo } = (await good('POST', '/api/model/apply', { changes })) as { undo: string }
        undos.push(undo)
      }
      seen = await compare(JSON.stringify(changes), asked, make, before)
      moved.push(Object.keys(counted(before, seen)).length > 0)
    }
    expect(moved).toEqual([false, false, true, true])
    for (const undo of undos.toReversed()) await good('POST', `/api/model/undo/${undo}`, {})
    expect(await look()).toEqual(first)
  })

  test('changes of roles: wider, narrower, with a rule, by reports, for everybody, gone', async () => {
    const role = (name: string) => worldDefinitions.find((each) => each.name === name) as { grants: object[] }
    const withGrant = (name: string, more: object) => ({
      ...role(name),
      grants: role(name).grants.map((grant) =>
        (grant as { entity: string }).entity === 'matter' ? { ...grant, ...more } : grant,
      ),
    })
    const put = (definition: object) => ({ op: 'put', definition })
    const changes = [
      put(withGrant('own', { read: 'all' })),
      put(withGrant('unit', { rule: 'level > 1 || created_by == me()' })),
      put(withGrant('tree', { read: 'own', write: 'own', reports: ['read'] })),
      put({ kind: 'role', name: 'everyone', grants: [{ entity: 'matter', read: 'unit' }] }),
      // From nothing to everything and back: neither side is a condition.
      put({ kind: 'role', name: 'everyone', grants: [{ entity: 'paper', read: 'all', write: 'all' }] }),
      put({ kind: 'role', name: 'everyone', grants: [] }),
      put({ ...role('own'), fields: [{ entity: 'matter', field: 'memo', read: false, write: false }] }),
    ]
    let seen = await look()
    for (const change of changes) {
      const asked = good('POST', '/api/model/access', { changes: [change] })
      const diff = (await asked) as Diff
      seen = await compare(
        JSON.stringify(change),
        asked,
        () => good('POST', '/api/model/apply', { changes: [change] }),
        seen,
      )
      if ('fields' in change.definition && (change.definition as { fields: unknown[] }).fields.length > 0)
        expect(diff.fields.length).toBeGreaterThan(0)
    }
  })

  test(`${crowd} people by one change of a role, and by one assignment to their team`, async () => {
    const bulk = async (set: string, rows: readonly object[]) => {
      for (let at = 0; at < rows.length; at += 1_000)
        await good('POST', `/api/data/v1/${set}/$bulk`, { create: rows.slice(at, at + 1_000) })
    }
    const role = { kind: 'role', name: 'crowd', grants: [{ entity: 'matter', read: 'own' }] }
    const put = (read: string) => [{ op: 'put', definition: { ...role, grants: [{ entity: 'matter', read }] } }]
    await good('POST', '/api/model/apply', { changes: put('own') })
    const names = Array.from({ length: crowd }, (_, i) => `crowd${i}@example.com`)
    await bulk(
      'users',
      names.map((email) => ({ name: email, email, unit_id: world.units[0], state: 'active' })),
    )
    const found = await call(
      server,
      'GET',
      `/api/data/v1/users?$select=id&$filter=startswith(email,'crowd')`,
      undefined,
      { prefer: 'odata.maxpagesize=5000' },
    )
    const { value } = found.json as { value: { id: string }[] }
    expect(value.length).toBe(crowd)
    await bulk(
      'role_assignments',
      value.map(({ id }) => ({ user_id: id, role: 'crowd' })),
    )
    const team = (await good('POST', '/api/data/v1/teams', { name: 'Crowd' })) as { id: string }
    await bulk(
      'team_members',
      value.map(({ id }) => ({ user_id: id, team_id: team.id })),
    )
    const all = Number(await good('GET', '/api/data/v1/matters/$count'))
    const ask = async (what: string, path: string, changes: readonly object[]) => {
      const started = performance.now()
      const diff = (await good('POST', path, { changes })) as Diff
      if (crowd > 1_000)
        console.log(`${engine}: ${what} of ${crowd} people: ${Math.round(performance.now() - started)} ms`)
      expect([what, diff.complete]).toEqual([what, true])
      expect([what, told(diff)]).toEqual([what, { 'gained read matter': [crowd, crowd * all] }])
    }
    await ask('a role', '/api/model/access', put('all'))
    const whole = { ...role, name: 'crowd_all', grants: [{ entity: 'matter', read: 'all' }] }
    await good('POST', '/api/model/apply', { changes: [{ op: 'put', definition: whole }] })
    const values = { team_id: team.id, role: 'crowd_all' }
    await ask('a team', '/api/access/diff', [{ op: 'create', entity: 'role_assignment', values }])
  })

  test('asked by administrators and customizers alone, and nothing is changed by asking', async () => {
    const before = (await call(server, 'GET', '/api/data/v1/role_assignments?$orderby=id')).text
    const low = { url: server.url, adminKey: world.people[0]!.key }
    const changes = [{ op: 'create', entity: 'role_assignment', values: { user_id: world.people[1]!.id, role: 'odd' } }]
    expect((await call(low, 'POST', '/api/access/diff', { changes })).status).toBe(403)
    expect((await call(low, 'POST', '/api/model/access', { changes: [] })).status).toBe(403)
    expect((await call(server, 'POST', '/api/access/diff', { changes })).status).toBe(200)
    expect(
      (await call(server, 'POST', '/api/access/diff', { changes: [{ op: 'create', entity: 'matter' }] })).status,
    ).toBe(400)
    expect((await call(server, 'GET', '/api/data/v1/role_assignments?$orderby=id')).text).toBe(before)
  })
})
