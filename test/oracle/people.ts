// The people of a random world: units, users with managers, teams, queues, and the roles they have.
import type { Random } from '../support/random.ts'
import type { Plain } from './condition.ts'
import { idKinds, idOf } from './id.ts'
import type { Rec, State } from './state.ts'
import type { Asker } from './world.ts'

function rec(entity: string, id: string, values: Record<string, Plain>): Rec {
  return { entity, id, values, owner: null, ownerType: null, unit: null }
}

/** Units below the root, which stage.ts puts in as number 0. */
export function drawUnits(random: Random, state: State): string[] {
  const units = [idOf(idKinds.unit, 0)]
  const count = random.whole(3, 7)
  state.put(rec('business_unit', units[0]!, { name: 'root', parent: null }))
  for (let n = 1; n <= count; n++) {
    const id = idOf(idKinds.unit, n)
    state.put(rec('business_unit', id, { name: `unit ${n}`, parent: random.pick(units) }))
    units.push(id)
  }
  return units
}

interface Places {
  readonly units: readonly string[]
  readonly roles: readonly string[]
}

/** Users, teams, queues, their members and roles; gives who will ask. */
export function drawPeople(random: Random, state: State, { units, roles: all }: Places): Asker[] {
  const roles = all.filter((role) => role !== 'anonymous')
  const assignable = roles.filter((role) => role !== 'everyone')
  const place = (): string | null => (random.chance(0.1) ? null : random.pick(units))
  const users = Array.from({ length: 9 }, (_none, n) => idOf(idKinds.user, n + 1))
  for (const [n, id] of users.entries())
    state.put(
      rec('user', id, {
        name: `user ${n + 1}`,
        unit: place(),
        kind: random.weighted([
          [7, 'internal'],
          [2, 'external'],
          [1, 'agent'],
        ]),
        manager: n > 0 && random.chance(0.6) ? random.pick(users.slice(0, n)) : null,
        contact: null,
        state: n === 8 ? 'inactive' : 'active',
      }),
    )
  let members = 0
  for (let n = 1; n <= 3; n++) {
    const id = idOf(idKinds.team, n)
    state.put(rec('team', id, { name: `team ${n}`, kind: n === 3 ? 'access' : 'owner', unit: place() }))
    for (const user of random.some(users, 1, 4))
      state.put(rec('team_member', idOf(idKinds.member, ++members), { team: id, user }))
  }
  const queue = idOf(idKinds.queue, 1)
  state.put(rec('queue', queue, { name: 'queue 1', unit: place() }))
  for (const user of random.some(users, 1, 3))
    state.put(rec('queue_member', idOf(idKinds.worker, ++members), { queue, user }))
  let given = 0
  const assign = (to: Record<string, Plain>, role: string, unit: string | null) =>
    state.put(rec('role_assignment', idOf(idKinds.assignment, ++given), { user: null, team: null, ...to, role, unit }))
  for (const user of users)
    for (const role of random.some(assignable, 1, 3)) {
      const where: (string | null)[] = random.chance(0.35) ? random.some(units, 1, 2) : [null]
      if (random.chance(0.1)) where.push(null)
      for (const unit of new Set(where)) assign({ user }, role, unit)
    }
  for (const team of random.some([1, 2, 3], 1, 2))
    assign({ team: idOf(idKinds.team, team) }, random.pick(assignable), random.chance(0.3) ? random.pick(units) : null)
  return users.map((user, n) => ({
    user,
    name: `user ${n + 1}`,
    ...(random.chance(0.2) ? { roles: random.some(roles, 1, 3) } : {}),
  }))
}
