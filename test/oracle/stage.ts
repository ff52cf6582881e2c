// Puts a world on a server: publishes its definitions, loads people and records through the API as an administrator would, and makes
// everybody a key.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { serve, type Asking, type Heard, type Served } from './served.ts'
import type { Engine } from '../support/server.ts'
import type { Plain } from './condition.ts'
import { data } from './request.ts'
import type { Part, Rec, State } from './state.ts'
import { idKinds, idOf, nobody } from './id.ts'
import type { Asker, World } from './world.ts'

export interface Stage {
  readonly served: Served
  readonly world: World
  readonly keys: ReadonlyMap<Asker, string>
  /** Settings of the server, for copies of its database. */
  readonly env: Readonly<Record<string, string>>
  stop(): Promise<void>
}

/** The key of an asker on a stage. */
export function keyOf({ keys }: Stage, asker: Asker): string {
  return keys.get(asker)!
}

/** Serves a world on a fresh database. */
export async function stageWorld(world: World, engine: Engine): Promise<Stage> {
  const served = await serve(engine)
  try {
    await useRoot(served, world.state)
    await publish(served, world)
    await load(served, world.state, world.drawn)
    const keys = new Map<Asker, string>()
    for (const asker of world.askers) keys.set(asker, asker.user === nobody ? '' : await makeKey(served, asker))
    return { served, world, keys, env: served.env, stop: () => served.stop() }
  } catch (error) {
    await served.stop()
    throw new Error(`world ${world.seed} cannot be staged: ${String(error)}`, { cause: error })
  }
}

async function good(served: Served, asking: Asking): Promise<Heard> {
  const heard = await served.ask(served.adminKey, asking)
  if (heard.status >= 300)
    throw new Error(`${asking.method} ${asking.path}: ${heard.status} ${heard.text.slice(0, 1500)}`)
  return heard
}

/** The root unit is there from the start, under an id of its own. */
async function useRoot(served: Served, state: State): Promise<void> {
  const { json } = await good(served, { method: 'GET', path: `${data}/business_units?$select=id` })
  const root = (json as { value: { id: string }[] }).value[0]!.id
  const old = idOf(idKinds.unit, 0)
  const units = state.records.get('business_unit')!
  const found = units.get(old)!
  units.delete(old)
  state.put({ ...found, id: root })
  for (const ofEntity of state.records.values())
    for (const rec of ofEntity.values()) {
      if (rec.unit === old) rec.unit = root
      for (const [name, value] of Object.entries(rec.values)) if (value === old) rec.values[name] = root
    }
}

async function publish(served: Served, { definitions, state }: World): Promise<void> {
  const portal = state.all('user').some(({ values }) => values['contact'] !== null)
  const all = portal ? [...definitions, userWithContact()] : definitions
  const changes = all.map((definition) => ({ op: 'put', definition }))
  await good(served, { method: 'POST', path: '/api/model/apply', body: { changes } })
}

function userWithContact(): object {
  const file = fileURLToPath(new URL('../../solutions/base/entities/user.json', import.meta.url))
  const user = JSON.parse(readFileSync(file, 'utf8')) as { fields: object[] }
  return {
    ...user,
    fields: [...user.fields, { name: 'contact', type: 'lookup', target: 'contact', onDelete: 'clear' }],
  }
}

const peopleSets: readonly (readonly [entity: string, set: string, lookups: readonly string[]])[] = [
  ['business_unit', 'business_units', ['parent']],
  ['user', 'users', ['unit']],
  ['team', 'teams', ['unit']],
  ['queue', 'queues', ['unit']],
  ['team_member', 'team_members', ['team', 'user']],
  ['queue_member', 'queue_members', ['queue', 'user']],
  ['role_assignment', 'role_assignments', ['user', 'team', 'unit']],
]

async function load(served: Served, state: State, drawn: readonly string[]): Promise<void> {
  for (const [entity, set, lookups] of peopleSets) {
    const rows = state
      .all(entity)
      .filter(({ values }) => values['name'] !== 'root')
      .map(({ id, values }) => ({
        id,
        ...Object.fromEntries(
          Object.entries(values)
            .filter(([name]) => name !== 'contact' && name !== 'manager')
            .map(([name, value]) => [lookups.includes(name) ? `${name}_id` : name, value]),
        ),
        ...(entity === 'user' ? { email: emailOf(id) } : {}),
      }))
    await bulk(served, set, { create: rows })
  }
  for (const entity of drawn) {
    const { set, owned } = state.world.things.get(entity)!
    const create = state.all(entity).map((rec) => ({
      id: rec.id,
      ...bodyOf(state, rec, (part) => part.type !== 'lookup'),
      ...(owned ? { owner_id: rec.owner, owner_type: rec.ownerType } : {}),
    }))
    await bulk(served, set, { create })
  }
  for (const entity of drawn) {
    const { set } = state.world.things.get(entity)!
    const update = state
      .all(entity)
      .map((rec) => ({ id: rec.id, ...bodyOf(state, rec, (part) => part.type === 'lookup') }))
    await bulk(served, set, { update })
  }
  const update = state
    .all('user')
    .map(({ id, values: { contact, manager } }) => ({
      id,
      ...(contact == null ? {} : { contact_id: contact }),
      ...(manager == null ? {} : { manager_id: manager }),
    }))
    .filter((row) => Object.keys(row).length > 1)
  await bulk(served, 'users', { update })
  for (const [bond, from, to] of state.links) await bulk(served, `${bond}s`, { create: [{ from_id: from, to_id: to }] })
  await loadShares(served, state)
}

async function loadShares(served: Served, state: State): Promise<void> {
  for (const { entity, record, to, rights, over } of state.shares) {
    const { set } = state.world.things.get(entity)!
    const receiver = state.find('team', to) === undefined ? { user: to } : { team: to }
    await good(served, {
      method: 'POST',
      path: '/api/actions/share',
      body: { on: `${set}(${record})`, ...receiver, rights },
    })
    if (over)
      await served.query(
        `update t_default._share set expires_at = now() - interval '1 hour' where record_id = $1 and principal_id = $2`,
        [record, to],
      )
  }
}

async function bulk(served: Served, set: string, body: Readonly<Record<string, readonly object[]>>): Promise<void> {
  if (Object.values(body).every((rows) => rows.length === 0)) return
  await good(served, { method: 'POST', path: `${data}/${set}/$bulk`, body })
}

/** The stored values of a record as a body says them. */
export function bodyOf(state: State, rec: Rec, wanted: (part: Part) => boolean): Record<string, Plain> {
  const body: Record<string, Plain> = {}
  for (const part of state.world.things.get(rec.entity)!.parts) {
    if (part.calc !== undefined || part.gather !== undefined || !wanted(part)) continue
    const value = rec.values[part.name] ?? null
    if (part.type !== 'lookup') body[part.name] = value
    else if (value !== null) {
      body[`${part.name}_id`] = value
      if (part.targets!.length > 1) body[`${part.name}_type`] = rec.values[`${part.name}_type`] ?? null
    }
  }
  return body
}

function emailOf(id: string): string {
  return `user.${Number(id.slice(-6))}@example.com`
}

async function makeKey(served: Served, { user, roles }: Asker): Promise<string> {
  const body = { email: emailOf(user), name: 'oracle', ...(roles === undefined ? {} : { roles }) }
  const { json } = await good(served, { method: 'POST', path: '/api/users/keys', body })
  return (json as { key: string }).key
}
