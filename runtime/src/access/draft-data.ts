// The people whose rights a change of data would move: assignments of roles, members of teams and queues, people's units and
// managers, the tree of units. The change is made as it always is, looked at, and taken back again before anybody sees it.
import type { Actor } from '@peyvand/core/access/actor.ts'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { isUuid } from '@peyvand/core/base/uuid.ts'
import type { Id } from '@peyvand/core/model/model.ts'
import { loadCaller } from '../auth/actor.ts'
import type { Context } from '../context.ts'
import type { Platform } from '../platform.ts'
import { together } from '../records/together.ts'
import { changeRecord, createRecord, deleteRecord } from '../records/write.ts'
import type { Affected } from './diff.ts'

/** Entities whose records decide who somebody is. */
export const decisive = [
  'role_assignment',
  'team',
  'team_member',
  'queue',
  'queue_member',
  'user',
  'business_unit',
] as const
export type Decisive = (typeof decisive)[number]

/** A record that would be made, changed or deleted. */
export interface DataChange {
  readonly op: 'create' | 'update' | 'delete'
  readonly entity: Decisive
  /** Absent for a record that would be made. */
  readonly id?: Id
  readonly values?: JsonObject
}

/** People that a change may concern, and whether there are more than are looked at. */
export interface People {
  readonly people: readonly Affected[]
  readonly cut: boolean
}

/** As many people are looked at. */
const mostPeople = 5_000

/** Thrown when everything was seen, so that all of it is taken back. */
class Seen extends Error {
  readonly near: readonly Id[]
  readonly after: ReadonlyMap<Id, Actor>

  constructor(near: readonly Id[], after: ReadonlyMap<Id, Actor>) {
    super('seen')
    this.near = near
    this.after = after
  }
}

/** People with their rights before and after the changes. throws: Problem when these may not be made. */
export async function peopleMoved(
  platform: Platform,
  context: Context,
  changes: readonly DataChange[],
): Promise<People> {
  const now = await peopleNear(context, changes)
  const seen = await tryOut(platform, context, changes, now)
  const had = await actorsOf(context, seen.near)
  const people = seen.near.map((user) => ({ user, before: had.get(user), after: seen.after.get(user) }))
  return { people, cut: seen.near.length >= mostPeople }
}

async function tryOut(
  platform: Platform,
  context: Context,
  changes: readonly DataChange[],
  before: readonly Id[],
): Promise<Seen> {
  try {
    return await together(platform, context, async (inside, own): Promise<Seen> => {
      for (const change of changes) await make(inside, own, change)
      const near = [...new Set([...before, ...(await peopleNear(own, changes))])].slice(0, mostPeople)
      throw new Seen(near, await actorsOf(own, near))
    })
  } catch (error) {
    if (error instanceof Seen) return error
    throw error
  }
}

async function make(
  platform: Platform,
  context: Context,
  { op, entity, id = '', values = {} }: DataChange,
): Promise<void> {
  if (op === 'create') await createRecord(platform, context, entity, values)
  else if (op === 'delete') await deleteRecord(platform, context, entity, { id })
  else await changeRecord(platform, context, entity, { id }, values, { purpose: 'update', creates: false })
}

/** The actors behind users, as they are now; who is not active has none. */
export async function actorsOf(
  { database, schema, model }: Pick<Context, 'database' | 'schema' | 'model'>,
  users: readonly Id[],
): Promise<Map<Id, Actor>> {
  const actors = new Map<Id, Actor>()
  for (const user of users) {
    const caller = await loadCaller(database, { schema, model }, { user })
    if (caller !== undefined) actors.set(user, caller.actor)
  }
  return actors
}

/** The people whom the records that change have to do with, as things stand now. */
async function peopleNear({ database, schema }: Context, changes: readonly DataChange[]): Promise<Id[]> {
  const found = new Set<Id>()
  for (const { entity, id, values = {} } of changes) {
    const named = (name: string) => {
      const value = values[name]
      return typeof value === 'string' && isUuid(value) ? value : null
    }
    const { rows } = await database.query<{ id: Id }>({
      text: `${near[entity](schema)} limit ${mostPeople}`,
      values: [id ?? null, named('user_id'), named('team_id') ?? named('queue_id'), named('parent_id')],
    })
    for (const row of rows) found.add(row.id)
  }
  return [...found]
}

/** For each entity who is near a record: $1 its id, $2 a user, $3 a team or queue, $4 a unit above, as they are to become. */
const near: Readonly<Record<Decisive, (schema: string) => string>> = {
  role_assignment: (schema) => `with at as (
      select r.user_id, r.team_id from "${schema}"."role_assignment" r where r.id = $1::uuid
      union select $2::uuid, $3::uuid where $4::uuid is null)
    select a.user_id as id from at a where a.user_id is not null
    union select m.user_id from at a join "${schema}"."team_member" m on m.team_id = a.team_id`,
  team_member: (schema) => members(schema, 'team_member', 'team'),
  queue_member: (schema) => members(schema, 'queue_member', 'queue'),
  team: (schema) => `select m.user_id as id from "${schema}"."team_member" m
    where m.team_id = $1::uuid and $2::uuid is null and $3::uuid is null and $4::uuid is null`,
  queue: (schema) => `select m.user_id as id from "${schema}"."queue_member" m
    where m.queue_id = $1::uuid and $2::uuid is null and $3::uuid is null and $4::uuid is null`,
  // Who somebody's manager is, is a matter of everybody above them.
  user: (schema) => `with recursive up (id) as (
      select u.id from "${schema}"."user" u where u.id = $1::uuid and $2::uuid is null and $3::uuid is null and $4::uuid is null
      union select u.manager_id from up p join "${schema}"."user" u on u.id = p.id where u.manager_id is not null)
    select p.id from up p`,
  // What lies below a unit is a matter of everybody whose rights count from one above.
  business_unit: (schema) => `with recursive up (id) as (
      select $1::uuid where $1::uuid is not null union select $4::uuid where $4::uuid is not null
      union select b.parent_id from up p join "${schema}"."business_unit" b on b.id = p.id where b.parent_id is not null)
    select u.id from "${schema}"."user" u where u.unit_id in (select p.id from up p) and $2::uuid is null and $3::uuid is null
    union select r.user_id from "${schema}"."role_assignment" r where r.unit_id in (select p.id from up p) and r.user_id is not null
    union select m.user_id from "${schema}"."role_assignment" r join "${schema}"."team_member" m on m.team_id = r.team_id
      where r.unit_id in (select p.id from up p)`,
}

function members(schema: string, entity: string, of: string): string {
  return `select m.user_id as id from "${schema}"."${entity}" m where m.id = $1::uuid and m.${of}_id is not null
    union select $2::uuid where $2::uuid is not null and ($3::uuid is null or true) and $4::uuid is null`
}
