// A generated organisation for questions about access: units, people with managers, teams, a queue, roles of every kind, records
// of everybody and shares, on a running server, all of it drawn from one seed.
import { randomFrom, type Random } from './random.ts'
import { call, type Answer, type TestServer } from './server.ts'

export interface WorldPerson {
  readonly id: string
  readonly name: string
  readonly key: string
  readonly active: boolean
}

export interface AccessWorld {
  readonly server: TestServer
  readonly people: readonly WorldPerson[]
  readonly units: readonly string[]
  readonly teams: readonly string[]
  /** Ids of records by entity set. */
  readonly records: Readonly<Record<'matters' | 'papers', readonly string[]>>
  /** Records that another one refers to: whether they can be deleted is also a matter of that one. */
  readonly referred: ReadonlySet<string>
  readonly random: Random
}

const full = (depth: string) =>
  Object.fromEntries(
    ['create', 'read', 'write', 'delete', 'assign', 'share', 'append', 'append_to', 'export'].map((each) => [
      each,
      depth,
    ]),
  )
const people = ['user', 'team', 'queue', 'business_unit', 'role_assignment', 'team_member'].map((entity) => ({
  entity,
  read: 'all',
  append_to: 'all',
}))
const roleOf = (name: string, grants: readonly object[], fields: readonly object[] = []) => ({
  kind: 'role',
  name,
  grants: [...people, ...grants],
  fields,
})
const on = (field: string, more: object) => ({ entity: 'matter', field, ...more })

/** The entities and roles of the world. */
export const worldDefinitions = [
  {
    kind: 'entity',
    name: 'matter',
    ownership: 'user',
    audit: true,
    fields: [
      { name: 'name', type: 'text', maxLength: 100, required: true },
      { name: 'level', type: 'integer' },
      { name: 'secret', type: 'text', maxLength: 40 },
      { name: 'memo', type: 'text', maxLength: 100 },
      { name: 'twice', type: 'formula', returns: 'text', expression: "secret + '!'" },
      { name: 'about', type: 'lookup', target: 'matter' },
    ],
  },
  {
    kind: 'entity',
    name: 'paper',
    ownership: 'user',
    fields: [
      { name: 'name', type: 'text', maxLength: 100, required: true },
      { name: 'memo', type: 'text', maxLength: 100 },
      { name: 'about', type: 'lookup', target: 'matter' },
    ],
  },
  roleOf('nothing', []),
  roleOf('own', [{ entity: 'matter', ...full('own') }]),
  roleOf('unit', [{ entity: 'matter', ...full('unit'), delete: 'own' }]),
  roleOf('tree', [
    { entity: 'matter', ...full('unit_tree'), assign: 'unit' },
    { entity: 'paper', read: 'unit' },
  ]),
  roleOf('low', [{ entity: 'matter', read: 'all', write: 'all', append: 'all', append_to: 'all', rule: 'level < 3' }]),
  roleOf('odd', [
    { entity: 'matter', ...full('all'), rule: "(level >= 2 && secret != null) || !(name.startsWith('m1'))" },
  ]),
  roleOf('mine', [{ entity: 'matter', read: 'all', export: 'all', rule: 'created_by == me() || about.level > 2' }]),
  roleOf('leader', [{ entity: 'matter', ...full('own'), reports: ['read', 'write', 'assign'] }]),
  roleOf('blind', [{ entity: 'matter', ...full('unit_tree') }], [on('secret', { read: false, write: false })]),
  roleOf('masked', [{ entity: 'matter', ...full('unit_tree') }], [on('secret', { read: false, mask: 'last4' })]),
  roleOf(
    'fixed',
    [{ entity: 'matter', ...full('own') }],
    [on('level', { update: false }), on('memo', { write: false })],
  ),
  roleOf('follower', [
    { entity: 'matter', ...full('own') },
    { entity: 'paper', read: { scope: 'parent', through: 'about' }, write: { scope: 'parent', through: 'about' } },
  ]),
]
const roles = worldDefinitions.filter(({ kind }) => kind === 'role').map(({ name }) => name)

/** Makes a world on a server. */
export async function buildWorld(server: TestServer, seed: number, size = 12): Promise<AccessWorld> {
  const random = randomFrom(seed)
  const make = async (set: string, body: object): Promise<string> =>
    (good(await call(server, 'POST', `/api/data/v1/${set}`, body)).json as { id: string }).id
  const changes = worldDefinitions.map((definition) => ({ op: 'put', definition }))
  good(await call(server, 'POST', '/api/model/apply', { changes }))
  const { json } = good(await call(server, 'GET', '/api/data/v1/business_units?$select=id'))
  const units = [(json as { value: { id: string }[] }).value[0]!.id]
  for (let i = 1; i < 7; i++) units.push(await make('business_units', { name: `u${i}`, parent_id: random.pick(units) }))
  const teams: string[] = []
  for (let i = 0; i < 4; i++)
    teams.push(
      await make('teams', { name: `t${i}`, unit_id: random.pick(units), kind: i % 2 === 0 ? 'owner' : 'access' }),
    )
  const queue = await make('queues', { name: 'q', unit_id: random.pick(units) })
  const made: WorldPerson[] = []
  for (let i = 0; i < size; i++) {
    const email = `p${i}@example.com`
    const manager = i > 0 && random.chance(0.6) ? { manager_id: random.pick(made).id } : {}
    const unit = random.chance(0.9) ? { unit_id: random.pick(units) } : {}
    const id = await make('users', { name: `p${i}`, email, ...unit, ...manager })
    // Every role is somebody's.
    for (const role of new Set([roles[i % roles.length]!, ...random.some(roles, 0, 1)])) {
      const at = random.chance(0.25) ? { unit_id: random.pick(units) } : {}
      await make('role_assignments', { user_id: id, role, ...at })
    }
    for (const team of random.some(teams, 0, 1)) await make('team_members', { team_id: team, user_id: id })
    if (random.chance(0.25)) await make('queue_members', { queue_id: queue, user_id: id })
    const { key } = good(await call(server, 'POST', '/api/users/keys', { email, name: 'test' })).json as { key: string }
    made.push({ id, name: `p${i}`, key, active: true })
  }
  await make('role_assignments', { team_id: teams[0], role: 'unit' })
  await make('role_assignments', { team_id: teams[1], role: 'follower', unit_id: units[1] })
  const last = made.pop()!
  good(await call(server, 'PATCH', `/api/data/v1/users(${last.id})`, { state: 'inactive' }))
  made.push({ ...last, active: false })
  const matters: string[] = []
  const referred = new Set<string>()
  const about = () => {
    const id = random.pick(matters)
    referred.add(id)
    return { about_id: id }
  }
  for (let i = 0; i < size * 2; i++) {
    const owner = random.weighted<readonly [string, string]>([
      [8, ['user', random.pick(made.slice(0, -1)).id]],
      [2, ['team', teams[random.chance(0.5) ? 0 : 2]!]],
      [1, ['queue', queue]],
    ])
    matters.push(
      await make('matters', {
        name: `m${i}`,
        level: random.chance(0.9) ? random.whole(0, 5) : null,
        secret: random.chance(0.8) ? `secret-${i}-value` : null,
        owner_id: owner[1],
        owner_type: owner[0],
        ...(matters.length > 0 && random.chance(0.4) ? about() : {}),
      }),
    )
  }
  const papers: string[] = []
  for (let i = 0; i < size; i++)
    papers.push(
      await make('papers', {
        name: `p${i}`,
        owner_id: random.pick(made.slice(0, -1)).id,
        owner_type: 'user',
        ...(random.chance(0.8) ? about() : {}),
      }),
    )
  for (let i = 0; i < size; i++) {
    const to = random.chance(0.6) ? { user: random.pick(made.slice(0, -1)).id } : { team: random.pick(teams) }
    const rights = random.some(['write', 'delete', 'assign', 'share', 'append', 'append_to'], 0, 3)
    good(
      await call(server, 'POST', '/api/actions/share', {
        on: `matters(${random.pick(matters)})`,
        ...to,
        rights: ['read', ...rights],
      }),
    )
  }
  return { server, people: made, units, teams, records: { matters, papers }, referred, random }
}

function good(answer: Answer): Answer {
  if (answer.status >= 300) throw new Error(`${answer.status}: ${answer.text}`)
  return answer
}
