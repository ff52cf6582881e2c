// Who somebody is, read off the stored people, units, teams, queues and role assignments, as docs/concepts.md tells it.
import { nobody } from './id.ts'
import type { Role } from './world.ts'
import type { Shape, State } from './state.ts'

/** A role in force, with the units its depths count from. */
export interface Held {
  readonly role: Role
  readonly units: ReadonlySet<string>
  readonly tree: ReadonlySet<string>
}

export interface Person {
  /** Of what their roles speak. */
  readonly shape: Shape
  readonly id: string
  readonly name: string
  readonly kind: 'internal' | 'external' | 'agent'
  readonly unit: string | null
  readonly unitTree: ReadonlySet<string>
  readonly roles: readonly Held[]
  /** The person, the teams that own, the queues. */
  readonly owners: ReadonlySet<string>
  /** The person and every team. */
  readonly receivers: ReadonlySet<string>
  readonly reports: ReadonlySet<string>
}

const noUnits: ReadonlySet<string> = new Set()

/** Everything a person's rights count from; undefined for who is nobody. `only` are the roles a key is limited to. */
export function personOf(
  state: State,
  roles: ReadonlyMap<string, Role>,
  id: string,
  only?: readonly string[],
): Person | undefined {
  if (id === nobody) return anonymous(state, roles.get('anonymous'))
  const user = state.find('user', id)
  if (user === undefined || user.values['state'] !== 'active') return undefined
  const kind = (user.values['kind'] ?? 'internal') as Person['kind']
  const unit = (user.values['unit'] ?? null) as string | null
  const members = state.all('team_member').filter(({ values }) => values['user'] === id)
  const teams = members.flatMap(({ values }) => state.find('team', values['team'] as string) ?? [])
  const queues = state.all('queue_member').filter(({ values }) => values['user'] === id)
  const assigned = state.all('role_assignment').filter(({ values }) => {
    const byTeam = teams.some((team) => team.id === values['team'])
    return values['user'] === id ? values['team'] == null : byTeam && values['user'] == null
  })
  const given = new Map<string, Set<string | null>>()
  const give = (role: string, from: string | null) => {
    if (only !== undefined && !only.includes(role)) return
    given.set(role, (given.get(role) ?? new Set()).add(from))
  }
  for (const { values } of assigned) give(values['role'] as string, (values['unit'] ?? null) as string | null)
  if (kind === 'internal' && roles.has('everyone')) give('everyone', null)
  const held = [...given].flatMap(([name, from]): Held[] => {
    const role = roles.get(name)
    if (role === undefined) return []
    const units = new Set([...from].flatMap((each) => each ?? unit ?? []))
    return [{ role, units, tree: below(state, units) }]
  })
  return {
    shape: state.world,
    id,
    name: String(user.values['name']),
    kind,
    unit,
    unitTree: unit === null ? noUnits : below(state, new Set([unit])),
    roles: held,
    owners: new Set([
      id,
      ...teams.filter(({ values }) => values['kind'] !== 'access').map((team) => team.id),
      ...queues.map(({ values }) => values['queue'] as string),
    ]),
    receivers: new Set([id, ...teams.map((team) => team.id)]),
    reports: under(state, id),
  }
}

/** Who says not who they are: has one role, owns nothing and is nowhere. */
function anonymous({ world }: State, role: Role | undefined): Person | undefined {
  if (role === undefined) return undefined
  const none = new Set<string>()
  return {
    shape: world,
    id: nobody,
    name: 'nobody',
    kind: 'external',
    unit: null,
    unitTree: none,
    roles: [{ role, units: none, tree: none }],
    owners: none,
    receivers: none,
    reports: none,
  }
}

/** Units with all below them. */
function below(state: State, tops: ReadonlySet<string>): Set<string> {
  const found = new Set(tops)
  for (let before = -1; before !== found.size;) {
    before = found.size
    for (const { id, values } of state.all('business_unit')) if (found.has(values['parent'] as string)) found.add(id)
  }
  return found
}

/** Everybody below somebody in the tree of managers. */
function under(state: State, top: string): Set<string> {
  const found = new Set<string>()
  for (let before = -1; before !== found.size;) {
    before = found.size
    for (const { id, values } of state.all('user')) {
      const manager = values['manager'] as string | null
      if (manager !== null && manager !== undefined && (manager === top || found.has(manager))) found.add(id)
    }
  }
  found.delete(top)
  return found
}
