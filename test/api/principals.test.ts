// Who sees and changes what, for every kind of principal: a head office with three provincial centres of two branches each, people,
// teams, queues, roles that count from other units, managers, and records that are shared, on both engines.
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { followOnce, newCopy, startCopy } from './delta-client.ts'
import { call, engines, startServer, type Answer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const units = ['head', 'north', 'south', 'west'].flatMap((name) =>
  name === 'head' ? [name] : [name, `${name} 1`, `${name} 2`],
)
const every = [...units, 'team', 'queue']
const under = (unit: string) => every.filter((name) => name.startsWith(unit))

const field = { name: 'name', type: 'text', maxLength: 100, required: true }
const everything = { read: 'all', write: 'all', append: 'all', append_to: 'all', create: 'own' }
const people = ['user', 'team', 'queue', 'business_unit'].map((entity) => ({ entity, read: 'all', append_to: 'all' }))
const roleOf = (name: string, grant: object) => ({
  kind: 'role',
  name,
  grants: [...people, { entity: 'matter', ...grant }],
})
const full = (depth: string) =>
  Object.fromEntries(
    ['create', 'read', 'write', 'delete', 'assign', 'share', 'append', 'append_to'].map((each) => [each, depth]),
  )

const definitions = [
  {
    kind: 'entity',
    name: 'matter',
    ownership: 'user',
    audit: true,
    fields: [field, { name: 'level', type: 'integer' }],
  },
  {
    kind: 'entity',
    name: 'paper',
    ownership: 'user',
    audit: false,
    fields: [
      field,
      { name: 'matter', type: 'lookup', target: 'matter', cascade: { share: 'cascade', delete: 'cascade' } },
      { name: 'about', type: 'lookup', target: 'matter', cascade: { delete: 'cascade' } },
    ],
  },
  roleOf('own', full('own')),
  roleOf('unit', full('unit')),
  roleOf('tree', full('unit_tree')),
  roleOf('whole', full('all')),
  roleOf('reviewer', { read: 'unit_tree' }),
  roleOf('neighbour', { read: 'unit' }),
  roleOf('low', { read: 'all', rule: 'level < 3' }),
  roleOf('leader', { ...full('own'), reports: ['read'] }),
  roleOf('chief', { read: 'unit', write: 'own', reports: ['read', 'write'] }),
  {
    kind: 'role',
    name: 'papers',
    grants: [{ entity: 'paper', ...everything, read: 'own', share: 'own', delete: 'own' }],
  },
  { kind: 'role', name: 'press', grants: [{ entity: 'paper', read: 'all', export: 'all', rule: 'matter.level != 7' }] },
  { kind: 'role', name: 'nothing', grants: people },
]

describe.each(engines)('principals on %s', (engine) => {
  let server: TestServer
  const id: Record<string, string> = {}
  const keys: Record<string, string> = {}
  const as = (who: string, method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    call({ url: server.url, adminKey: keys[who]! }, method, `/api/data/v1/${path}`, body, headers)
  const act = (who: string, name: string, on: string, parameters: object = {}) =>
    call({ url: server.url, adminKey: keys[who]! }, 'POST', `/api/actions/${name}`, { on, ...parameters })
  const good = (answer: Answer): Answer => {
    expect(answer.status, answer.text).toBeLessThan(300)
    return answer
  }
  const make = async (set: string, body: object, who = 'admin') => {
    const made = good(await as(who, 'POST', set, body))
    return (made.json as { id: string }).id
  }

  /** A person with roles (`role`, or `role@unit`), and a key. */
  const person = async (
    name: string,
    {
      unit = 'head',
      roles = [],
      ...more
    }: { unit?: string | null; roles?: readonly string[]; manager_id?: string; kind?: string } = {},
  ) => {
    const email = `${name.replaceAll(/[^a-z0-9]+/g, '.')}@example.com`
    id[name] = await make('users', { name, email, ...(unit === null ? {} : { unit_id: id[unit] }), ...more })
    for (const role of roles) await assign({ user_id: id[name] }, role)
    const made = await call(server, 'POST', '/api/users/keys', { email, name: 'test' })
    keys[name] = (good(made).json as { key: string }).key
  }
  const assign = (to: object, role: string) => {
    const [name, unit] = role.split('@')
    return make('role_assignments', { ...to, role: name, ...(unit === undefined ? {} : { unit_id: id[unit] }) })
  }
  const seen = async (who: string, set = 'matters') => {
    const { json } = good(await as(who, 'GET', `${set}?$select=name&$orderby=created_at,id`))
    return (json as { value: { name: string }[] }).value.map(({ name }) => name)
  }

  beforeAll(async () => {
    server = await startServer({ engine })
    keys['admin'] = server.adminKey
    good(
      await call(server, 'POST', '/api/model/apply', {
        changes: definitions.map((definition) => ({ op: 'put', definition })),
      }),
    )
    const { json } = good(await as('admin', 'GET', 'business_units?$select=id'))
    id['head'] = (json as { value: { id: string }[] }).value[0]!.id
    for (const unit of units.slice(1))
      id[unit] = await make('business_units', {
        name: unit,
        parent_id: id[unit.includes(' ') ? unit.split(' ')[0]! : 'head'],
      })
    id['team'] = await make('teams', { name: 'owners', unit_id: id['north 1'] })
    id['viewers'] = await make('teams', { name: 'viewers', kind: 'access' })
    id['queue'] = await make('queues', { name: 'intake', unit_id: id['south 1'] })
    // One owner and one record in each unit, one of a team, one in a queue.
    for (const [i, unit] of units.entries()) {
      await person(`owner ${unit}`, { unit, roles: ['own'] })
      id[`of ${unit}`] = await make('matters', {
        name: unit,
        level: i,
        owner_id: id[`owner ${unit}`],
        owner_type: 'user',
      })
    }
    for (const kind of ['team', 'queue'])
      id[`of ${kind}`] = await make('matters', { name: kind, level: 9, owner_id: id[kind], owner_type: kind })
  })
  afterAll(() => server?.stop())

  describe('who sees what', () => {
    const cases: readonly (readonly [
      string,
      { unit?: string | null; roles?: readonly string[] },
      readonly string[],
    ])[] = [
      ['no role', {}, ['403']],
      ['a role for other things', { roles: ['nothing'] }, ['403']],
      ['own', { roles: ['own'] }, []],
      ['unit, head office', { roles: ['unit'] }, ['head']],
      ['unit, branch', { unit: 'west 2', roles: ['unit'] }, ['west 2']],
      ['unit, where a team is', { unit: 'north 1', roles: ['unit'] }, ['north 1', 'team']],
      ['tree, head office', { roles: ['tree'] }, every],
      ['tree, province', { unit: 'south', roles: ['tree'] }, [...under('south'), 'queue']],
      ['tree, branch', { unit: 'south 2', roles: ['tree'] }, ['south 2']],
      ['all', { unit: 'south 2', roles: ['whole'] }, every],
      ['without a unit', { unit: null, roles: ['tree'] }, []],
      ['reviewer of a province', { roles: ['reviewer@west'] }, under('west')],
      [
        'reviewer of two',
        { unit: 'west 1', roles: ['reviewer@north 2', 'reviewer@south'] },
        ['north 2', ...under('south'), 'queue'],
      ],
      [
        'reviewer there and at home',
        { unit: 'west', roles: ['reviewer@north 2', 'reviewer'] },
        ['north 2', ...under('west')],
      ],
      ['neighbour, not below', { roles: ['neighbour@west'] }, ['west']],
      [
        'two roles, two places',
        { unit: 'west 1', roles: ['neighbour@north', 'reviewer@south 2', 'unit'] },
        ['north', 'south 2', 'west 1'],
      ],
      ['a unit, though without one', { unit: null, roles: ['reviewer@west 2'] }, ['west 2']],
      ['a rule', { roles: ['low'] }, units.slice(0, 3)],
      ['a rule or a unit', { unit: 'west 2', roles: ['low', 'unit'] }, [...units.slice(0, 3), 'west 2']],
    ]
    test.each(cases)('%s', async (name, who, expected) => {
      await person(name, who)
      if (expected[0] === '403') return expect((await as(name, 'GET', 'matters')).status).toBe(403)
      expect(await seen(name)).toEqual(every.filter((each) => expected.includes(each)))
      const count = await as(name, 'GET', 'matters/$count')
      expect(count.text).toBe(String(expected.length))
      for (const each of every)
        expect([each, (await as(name, 'GET', `matters(${id[`of ${each}`]})`)).status]).toEqual([
          each,
          expected.includes(each) ? 200 : 404,
        ])
    })

    test('members of a team and of a queue own what these own, until they leave', async () => {
      await person('member', { roles: ['own'] })
      const member = await make('team_members', { team_id: id['team'], user_id: id['member'] })
      const worker = await make('queue_members', { queue_id: id['queue'], user_id: id['member'] })
      expect(await seen('member')).toEqual(['team', 'queue'])
      good(await as('member', 'PATCH', `matters(${id['of queue']})`, { level: 8 }))
      good(await as('admin', 'DELETE', `queue_members(${worker})`))
      good(await as('admin', 'DELETE', `team_members(${member})`))
      expect(await seen('member')).toEqual([])
    })

    test('a role comes by a team too, and a role for everyone reaches people of the organisation alone', async () => {
      await person('by team')
      await make('team_members', { team_id: id['viewers'], user_id: id['by team'] })
      expect((await as('by team', 'GET', 'matters')).status).toBe(403)
      const given = await assign({ team_id: id['viewers'] }, 'reviewer@north')
      expect(await seen('by team')).toEqual([...under('north'), 'team'])
      good(await as('admin', 'DELETE', `role_assignments(${given})`))
      await person('outsider', { kind: 'external' })
      await person('robot', { kind: 'agent' })
      const role = { ...roleOf('everyone', { read: 'unit' }), label: 'Everyone' }
      good(await call(server, 'POST', '/api/model/apply', { changes: [{ op: 'put', definition: role }] }))
      expect(await seen('by team')).toEqual(['head'])
      for (const who of ['outsider', 'robot']) expect((await as(who, 'GET', 'matters')).status).toBe(403)
      const gone = { op: 'delete', kind: 'role', name: 'everyone' }
      good(await call(server, 'POST', '/api/model/apply', { changes: [gone] }))
      expect((await as('by team', 'GET', 'matters')).status).toBe(403)
    })

    test('managers reach what the people below them own, to any level and round a ring', async () => {
      await person('boss', { roles: ['leader'] })
      await person('middle', { roles: ['chief'], unit: 'west 2', manager_id: id['boss']! })
      good(await as('admin', 'PATCH', `users(${id['owner north 2']})`, { manager_id: id['middle'] }))
      expect(await seen('boss')).toEqual(['north 2'])
      expect(await seen('middle')).toEqual(['north 2', 'west 2'])
      const below = `matters(${id['of north 2']})`
      expect((await as('boss', 'PATCH', below, { level: 1 })).status).toBe(403)
      good(await as('middle', 'PATCH', below, { level: 6 }))
      // Round and round: everybody is below everybody, and nothing hangs.
      good(await as('admin', 'PATCH', `users(${id['boss']})`, { manager_id: id['owner north 2'] }))
      const mine = await make('matters', { name: 'of the boss' }, 'boss')
      expect(await seen('middle')).toEqual(['north 2', 'west 2', 'of the boss'])
      good(await as('admin', 'PATCH', `users(${id['owner north 2']})`, { manager_id: null }))
      expect(await seen('boss')).toEqual(['of the boss'])
      good(await as('admin', 'DELETE', `matters(${mine})`))
    })
  })

  test('a queue may own, a team that only gives access may not', async () => {
    const path = `matters(${id['of west 1']})`
    const give = (owner: string, type: string) => as('admin', 'PATCH', path, { owner_id: id[owner], owner_type: type })
    expect((await give('viewers', 'team')).status).toBe(422)
    expect(
      (await as('admin', 'POST', 'matters', { name: 'x', owner_id: id['viewers'], owner_type: 'team' })).status,
    ).toBe(422)
    good(await give('queue', 'queue'))
    const { json } = await as(
      'admin',
      'GET',
      `${path}?$select=owner_type,owning_unit_id&$expand=owner_queue($select=name)`,
    )
    expect(json).toMatchObject({ owner_type: 'queue', owning_unit_id: id['south 1'], owner_queue: { name: 'intake' } })
    good(await give('owner west 1', 'user'))
  })

  test('rules look at every record, for every right, whatever the caller sees', async () => {
    await person('press', { roles: ['press'] })
    const made: string[] = []
    for (const level of [6, 7]) {
      const matter = await make('matters', { name: `secret ${level}`, level })
      made.push(await make('papers', { name: `paper ${level}`, matter_id: matter }), matter)
    }
    expect((await seen('press', 'papers')).filter((name) => name.startsWith('paper'))).toEqual(['paper 6'])
    const file = await call({ url: server.url, adminKey: keys['press']! }, 'GET', '/api/export/paper?format=csv')
    expect(good(file).text).toContain('paper 6')
    expect(file.text).not.toContain('paper 7')
    for (const [i, each] of made.entries())
      good(await as('admin', 'DELETE', `${i % 2 === 0 ? 'papers' : 'matters'}(${each})`))
  })

  describe('a role is given to a user or to a team, never to both and never to nobody', () => {
    const nobody = '019f0000-0000-7000-8000-00000000dead'
    let to: { both: object; user: string; given: string }
    const refusedWrites: readonly (readonly [string, () => Promise<Answer>])[] = [
      ['a create with both', () => as('admin', 'POST', 'role_assignments', { ...to.both, role: 'own' })],
      ['a create with neither', () => as('admin', 'POST', 'role_assignments', { role: 'own' })],
      ['an update to both', () => as('admin', 'PATCH', `role_assignments(${to.given})`, { team_id: id['viewers'] })],
      ['an update to neither', () => as('admin', 'PATCH', `role_assignments(${to.given})`, { user_id: null })],
      ['a replacement', () => as('admin', 'PUT', `role_assignments(${to.given})`, { role: 'own' })],
      ['an upsert by id', () => as('admin', 'PATCH', `role_assignments(${nobody})`, { ...to.both, role: 'own' })],
      [
        'an upsert by key',
        () =>
          as(
            'admin',
            'PATCH',
            `role_assignments(team_id=${id['viewers']},role='whole',unit_id=${id['head']})`,
            to.both,
          ),
      ],
      [
        'many creates',
        () =>
          as('admin', 'POST', 'role_assignments/$bulk', { create: [{ ...to.both, role: 'own' }, { role: 'unit' }] }),
      ],
      [
        'many updates',
        () =>
          as('admin', 'POST', 'role_assignments/$bulk', {
            key: ['id'],
            update: [{ id: to.given, team_id: id['viewers'] }],
          }),
      ],
      [
        'many upserts',
        () => as('admin', 'POST', 'role_assignments/$bulk', { key: ['id'], upsert: [{ id: nobody, role: 'own' }] }),
      ],
      ['what is made with a user', () => deep('users', { name: 'deep' }, { team_id: id['viewers'], role: 'own' })],
      ['what is made with a team', () => deep('teams', { name: 'deep' }, { user_id: to.user, role: 'own' })],
      [
        'a mutation',
        () =>
          call(server, 'POST', '/api/graphql', {
            query: `mutation { createRoleAssignment(input: {role: "own"}) { id } }`,
          }),
      ],
      [
        'an import',
        () =>
          call(
            server,
            'POST',
            '/api/import/role_assignment',
            `role,user_id,team_id\nown,${to.user},${id['viewers']}\n`,
            {
              'content-type': 'text/csv',
            },
          ),
      ],
      [
        'a link that is taken away',
        () => as('admin', 'DELETE', `users(${to.user})/role_assignments(${to.given})/$ref`),
      ],
    ]
    const deep = (set: string, body: object, assignment: object) =>
      as('admin', 'POST', set, { ...body, role_assignments: [assignment] })
    const all = async () => (await as('admin', 'GET', 'role_assignments?$select=id,version&$orderby=id')).text

    beforeAll(async () => {
      await person('holder')
      const given = await assign({ user_id: id['holder'] }, 'own')
      to = { both: { user_id: id['holder'], team_id: id['viewers'] }, user: id['holder']!, given }
    })

    test.each(refusedWrites)('%s is refused', async (_what, write) => {
      const before = await all()
      const answer = await write()
      expect(answer.text).toMatch(/cannot be given beside|cannot both be empty/)
      expect(answer.text).toMatch(/"(?:target|pointer|path)":.*(?:user_id|team_id)|team_id|user_id/)
      if (!/mutation|import/.test(_what)) expect(answer.status, answer.text).toBe(422)
      expect(await all()).toBe(before)
    })

    test('what is wrong, where, and what to do is said', async () => {
      const both = await as('admin', 'POST', 'role_assignments', { ...to.both, role: 'own' })
      expect(both.json).toMatchObject({
        error: { code: 'check.invalid', target: 'team_id', message: '"Team" cannot be given beside "User"' },
      })
      expect(both.text).toContain('Give either')
      const neither = await as('admin', 'POST', 'role_assignments', { role: 'own' })
      expect(neither.json).toMatchObject({ error: { message: '"Team" and "User" cannot both be empty' } })
    })

    test('it goes from one to the other in one step', async () => {
      const move = { user_id: null, team_id: id['viewers'] }
      good(await as('admin', 'PATCH', `role_assignments(${to.given})`, move))
      good(await as('admin', 'PATCH', `role_assignments(${to.given})`, { user_id: to.user, team_id: null }))
    })

    test.runIf(engine === 'postgres')('one from before stays readable, and is mended or deleted', async () => {
      const client = new pg.Client({ connectionString: server.databaseUrl })
      await client.connect()
      await client.query(`update t_default.role_assignment set team_id = $1 where id = $2`, [id['viewers'], to.given])
      await client.end()
      const path = `role_assignments(${to.given})`
      expect(good(await as('admin', 'GET', path)).json).toMatchObject(to.both)
      good(await as('admin', 'PATCH', path, { role: 'unit' }))
      good(await as('admin', 'PATCH', path, { team_id: null }))
      good(await as('admin', 'DELETE', path))
    })
  })

  describe('shares', () => {
    const on = (name: string) => `matters(${id[`of ${name}`]})`
    const read = ['read']

    test('CVE-2025-24353, GHSA-pmf4-v838-29hg: reach one record, for what was given, where a role opens the entity', async () => {
      await person('guest', { roles: ['own'] })
      await person('stranger', { roles: ['nothing'] })
      good(await act('owner west 1', 'share', on('west 1'), { user: id['guest'], rights: ['write'] }))
      good(await act('owner west 1', 'share', on('west 1'), { user: id['stranger'], rights: read }))
      expect(await seen('guest')).toEqual(['west 1'])
      expect((await as('stranger', 'GET', on('west 1'))).status).toBe(403)
      good(await as('guest', 'PATCH', on('west 1'), { level: 20 }))
      expect((await as('guest', 'DELETE', on('west 1'))).status).toBe(403)
      // What was given they may not give on.
      const further = await act('guest', 'share', on('west 1'), { user: id['stranger'], rights: read })
      expect(further.status, further.text).toBe(403)
      for (const [path, count] of [
        ['matters/$count', '1'],
        ['matters/$count?$filter=level eq 20', '1'],
        ['matters/$count?$search=west', '1'],
      ])
        expect([path, (await as('guest', 'GET', path!)).text]).toEqual([path, count])
      const grouped = await as('guest', 'GET', 'matters?$apply=aggregate(level with sum as total)')
      expect((grouped.json as { value: object[] }).value).toMatchObject([{ total: 20 }])
      good(await act('owner west 1', 'unshare', on('west 1'), { user: id['guest'] }))
      expect(await seen('guest')).toEqual([])
      // What was given can be given back, without any right to share.
      await person('borrower', { roles: ['neighbour@west 2'] })
      good(await act('owner west 1', 'share', on('west 1'), { user: id['borrower'], rights: read }))
      good(await act('borrower', 'unshare', on('west 1'), { user: id['borrower'] }))
      expect(await seen('borrower')).not.toContain('west 1')
      expect((await as('guest', 'PATCH', on('west 1'), { level: 1 }, { 'if-match': '*' })).status).toBe(404)
    })

    test('reach the members of every team, and keep to a rule of the role', async () => {
      await person('viewer', { roles: ['own'] })
      await person('low viewer', { roles: ['low'] })
      for (const who of ['viewer', 'low viewer'])
        await make('team_members', { team_id: id['viewers'], user_id: id[who] })
      good(await act('admin', 'share', on('south 2'), { team: id['viewers'], rights: read }))
      expect(await seen('viewer')).toEqual(['south 2'])
      expect(await seen('low viewer')).not.toContain('south 2')
      const { json } = good(await act('viewer', 'shares_of', on('south 2')))
      expect(json).toMatchObject({
        value: [{ type: 'team', id: id['viewers'], name: 'viewers', rights: read, expires_at: null, inherited: false }],
        may_give: [],
      })
      good(await act('admin', 'unshare', on('south 2'), { team: id['viewers'] }))
      expect(await seen('viewer')).toEqual([])
    })

    test('are given over the data service too, and described there', async () => {
      const gift = { user: id['guest'], rights: read }
      good(await as('owner west', 'POST', `${on('west')}/peyvand.share`, gift))
      const { json } = good(await as('guest', 'GET', `${on('west')}/shares_of()`))
      expect(json).toMatchObject({ value: [{ id: id['guest'], shared_by: { id: id['owner west'] } }] })
      good(await as('owner west', 'POST', `${on('west')}/unshare`, { user: id['guest'] }))
      const { text } = await as('admin', 'GET', '$metadata')
      for (const name of ['share', 'unshare', 'shares_of']) expect(text).toContain(`Name="${name}"`)
      const api = await call(server, 'GET', '/api/openapi.json')
      expect(api.text).toContain('shares_of')
    })

    test.each([
      ['nobody', {}, 422],
      ['both', { user: 'guest', team: 'viewers' }, 422],
      ['no rights', { user: 'guest', rights: [] }, 422],
      ['a right there is not', { user: 'guest', rights: ['export'] }, 422],
      ['somebody who is not there', { user: 'of head' }, 422],
      ['a moment that is over', { user: 'guest', expires_at: '2020-01-01T00:00:00Z' }, 422],
    ] as const)('with %s is refused', async (_what, given, status) => {
      const { user, team, ...more } = given as { user?: string; team?: string }
      const answer = await act('admin', 'share', on('west 1'), {
        rights: read,
        ...(user === undefined ? {} : { user: id[user] }),
        ...(team === undefined ? {} : { team: id[team] }),
        ...more,
      })
      expect(answer.status, answer.text).toBe(status)
    })

    test('nobody gives more than they have, and who does not see a record cannot share it', async () => {
      await person('reader', { unit: 'west 1', roles: ['unit'] })
      const role = { ...roleOf('sharer', { read: 'all', share: 'all', write: 'own' }) }
      good(await call(server, 'POST', '/api/model/apply', { changes: [{ op: 'put', definition: role }] }))
      await person('sharer', { roles: ['sharer'] })
      expect((await act('reader', 'share', on('south 1'), { user: id['guest'], rights: read })).status).toBe(404)
      const denied = await act('sharer', 'share', on('south 1'), { user: id['guest'], rights: ['read', 'write'] })
      expect(denied.status, denied.text).toBe(403)
      expect(denied.json).toMatchObject({ code: 'access.denied', pointer: '/rights' })
      const { json } = good(await act('sharer', 'share', on('south 1'), { user: id['guest'], rights: read }))
      expect(json).toMatchObject({ may_give: ['read', 'share'] })
      expect(
        (await act('sharer', 'share', `business_units(${id['head']})`, { user: id['guest'], rights: read })).status,
      ).toBe(403)
      expect(
        (await act('admin', 'share', `business_units(${id['head']})`, { user: id['guest'], rights: read })).status,
      ).toBe(422)
      // What one was given one may give back.
      good(await act('guest', 'unshare', on('south 1'), { user: id['guest'] }))
      expect(await seen('guest')).toEqual([])
    })

    test('end with the record and with their time, and are told', async () => {
      const body = { name: 'short', owner_id: id['owner head'], owner_type: 'user' }
      const record = await make('matters', body)
      const path = `matters(${record})`
      const soon = new Date(Date.now() + 1_500).toISOString()
      const copy = newCopy({ url: server.url, adminKey: keys['guest']! }, 'matters?$select=name')
      good(await act('admin', 'share', on('west 2'), { user: id['guest'], rights: read }))
      await startCopy(copy)
      good(await act('admin', 'share', path, { user: id['guest'], rights: read, expires_at: soon }))
      await followOnce(copy)
      expect([...copy.records.values()].map(({ name }) => name)).toEqual(expect.arrayContaining(['short', 'west 2']))
      // From that moment on, and the log says so as soon as the share was cleared away.
      await until(async () => ((await as('guest', 'GET', path)).status === 404 ? true : undefined))
      expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(soon))
      await until(async () => {
        await followOnce(copy)
        return copy.records.has(record) ? undefined : true
      })
      expect([...copy.records.values()].map(({ name }) => name)).toEqual(['west 2'])
      good(await act('admin', 'share', path, { user: id['guest'], rights: read }))
      await followOnce(copy)
      expect(copy.records.has(record)).toBe(true)
      good(await as('admin', 'DELETE', path))
      await followOnce(copy)
      expect(copy.records.has(record)).toBe(false)
      good(await as('admin', 'PUT', path, body, { 'if-none-match': '*' }))
      expect((await as('guest', 'GET', path)).status).toBe(404)
      good(await act('admin', 'unshare', on('west 2'), { user: id['guest'] }))
    })

    test('are told to who listens', async () => {
      const listen = async (): Promise<AsyncIterator<string>> => {
        const answer = await fetch(`${server.url}/api/events`, {
          headers: { authorization: `Bearer ${keys['guest']!}` },
        })
        return answer.body!.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]()
      }
      /** What comes until it has been said, or the stream has ended. */
      const heard = async (stream: AsyncIterator<string>, said: string): Promise<string> => {
        let text = ''
        while (!text.includes(said)) {
          const { value, done } = await stream.next()
          if (done === true) return `${text}ended`
          text += value
        }
        return text
      }
      const first = await listen()
      await heard(first, 'hello')
      // Whoever has other rights now opens the stream again.
      good(await act('admin', 'share', on('north 1'), { user: id['guest'], rights: read }))
      expect(await heard(first, 'ended')).toContain('ended')
      const second = await listen()
      await heard(second, 'hello')
      good(await as('admin', 'PATCH', on('north 2'), { level: 2 }))
      good(await act('admin', 'share', on('south 2'), { user: id['guest'], rights: read }))
      const told = await heard(second, id['of south 2']!)
      expect(told).not.toContain(id['of north 2'])
      await second.return!()
      for (const name of ['north 1', 'south 2']) good(await act('admin', 'unshare', on(name), { user: id['guest'] }))
    })

    test('go along with what a cascade says, only where all of it may be shared', async () => {
      for (const who of ['owner head', 'guest']) await assign({ user_id: id[who] }, 'papers')
      const papers = await Promise.all(
        ['matter_id', 'about_id'].map((link) => make('papers', { name: link, [link]: id['of head'] }, 'owner head')),
      )
      good(await act('owner head', 'share', on('head'), { user: id['guest'], rights: read }))
      expect(await seen('guest', 'papers')).toEqual(['matter_id'])
      const { json } = good(await act('owner head', 'shares_of', `papers(${papers[0]})`))
      expect(json).toMatchObject({ value: [{ id: id['guest'], inherited: true }] })
      good(await act('owner head', 'unshare', on('head'), { user: id['guest'] }))
      expect(await seen('guest', 'papers')).toEqual([])
      const other = await make('papers', {
        name: 'foreign',
        matter_id: id['of head'],
        owner_id: id['owner west'],
        owner_type: 'user',
      })
      const refused = await act('owner head', 'share', on('head'), { user: id['guest'], rights: read })
      expect(refused.status, refused.text).toBe(403)
      expect(refused.text).not.toContain(other)
      expect(await seen('guest')).toEqual([])
      for (const each of [...papers, other]) good(await as('admin', 'DELETE', `papers(${each})`))
    })
  })

  test.runIf(engine === 'postgres')(
    'what changes is known to another process at once',
    async () => {
      const second = await startServer({
        engine,
        env: { DATABASE_URL: server.databaseUrl!, ADMIN_EMAIL: '', ADMIN_PASSWORD: '' },
        unclaimed: true,
      })
      const there = (who: string, path: string) =>
        call({ url: second.url, adminKey: keys[who]! }, 'GET', `/api/data/v1/${path}`)
      const becomes = (status: number) =>
        until(
          async () => ((await there('walker', `matters(${id['of west 2']})`)).status === status ? true : undefined),
          5_000,
        )
      try {
        await person('walker', { roles: ['own'] })
        await becomes(404)
        good(await act('admin', 'share', `matters(${id['of west 2']})`, { user: id['walker'], rights: ['read'] }))
        await becomes(200)
        good(await act('admin', 'unshare', `matters(${id['of west 2']})`, { user: id['walker'] }))
        await becomes(404)
        const given = await assign({ user_id: id['walker'] }, 'reviewer@west')
        await becomes(200)
        good(await as('admin', 'DELETE', `role_assignments(${given})`))
        await becomes(404)
        await make('team_members', { team_id: id['viewers'], user_id: id['walker'] })
        good(await act('admin', 'share', `matters(${id['of west 2']})`, { team: id['viewers'], rights: ['read'] }))
        await becomes(200)
        // Nothing but the row says when it ends.
        const client = new pg.Client({ connectionString: server.databaseUrl })
        await client.connect()
        await client.query(`update t_default._share set expires_at = '2020-01-01' where principal_id = $1`, [
          id['viewers'],
        ])
        await client.end()
        expect((await there('walker', `matters(${id['of west 2']})`)).status).toBe(404)
        good(await as('admin', 'PATCH', `users(${id['walker']})`, { state: 'inactive' }))
        await becomes(401)
      } finally {
        await second.stop()
      }
    },
    60_000,
  )
})
