// The people whose rights a change of the model would move: those with a role that changes, or that opens an entity that changes.
import type { Actor } from '@peyvand/core/access/actor.ts'
import { askedOf } from '@peyvand/core/access/asked.ts'
import type { Id, Model } from '@peyvand/core/model/model.ts'
import { loadCaller } from '../auth/actor.ts'
import { roleAfter } from '../auth/held.ts'
import type { Context } from '../context.ts'
import type { People } from './draft-data.ts'

/** As many people are looked at. */
const mostPeople = 5_000
const everyone = 'everyone'

/** People with their rights before and after a change of the model. */
export async function peopleConcerned(context: Context, before: Model, after: Model): Promise<People> {
  const roles = changedRoles(before, after)
  if (roles.length === 0) return { people: [], cut: false }
  const users = await usersWith(context, roles)
  const people = []
  for (const user of users.slice(0, mostPeople)) {
    const { database, schema } = context
    const had = (await loadCaller(database, { schema, model: before }, { user }))?.actor
    if (had !== undefined) people.push({ user, before: had, after: await actorAfter(context, had, before, after) })
  }
  return { people, cut: users.length > mostPeople }
}

/** Roles that are another one afterwards, and those that open an entity that is. */
function changedRoles(before: Model, after: Model): string[] {
  const changed = new Set(
    [...new Set([...before.entities.keys(), ...after.entities.keys()])].filter(
      (name) => JSON.stringify(before.entities.get(name)) !== JSON.stringify(after.entities.get(name)),
    ),
  )
  return [...new Set([...before.roles.keys(), ...after.roles.keys()])].filter((name) => {
    const [was, is] = [before.roles.get(name), after.roles.get(name)]
    if (JSON.stringify(was) !== JSON.stringify(is)) return true
    return changed.size > 0 && is!.grants.some(({ entity }) => entity === '*' || changed.has(entity))
  })
}

async function usersWith({ database, schema }: Context, roles: readonly string[]): Promise<Id[]> {
  const { rows } = await database.query<{ id: Id }>({
    text: `select u.id from "${schema}"."user" u where u.state = 'active' and ($2::boolean
        or u.id in (select r.user_id from "${schema}"."role_assignment" r where r.role = any($1::text[]) and r.user_id is not null)
        or u.id in (select m.user_id from "${schema}"."role_assignment" r join "${schema}"."team_member" m on m.team_id = r.team_id
          where r.role = any($1::text[])))
      order by u.id limit ${mostPeople + 1}`,
    values: [roles, roles.includes(everyone)],
  })
  return rows.map(({ id }) => id)
}

/**
 * The same person when the roles mean something else: some go or are called otherwise, `everyone` comes or goes, and rules may
 * ask other things of people.
 */
async function actorAfter({ database, schema }: Context, had: Actor, before: Model, after: Model): Promise<Actor> {
  const kept = roleAfter(before, after)
  const roles = had.roles.flatMap((role) => (role === everyone ? [] : (kept(role) ?? [])))
  const ranges = [...(had.ranges ?? [])].flatMap(([role, range]) => {
    const name = kept(role)
    return name === undefined ? [] : [[name, range] as const]
  })
  const open = after.roles.has(everyone) && (had.kind ?? 'internal') === 'internal'
  const actor: Actor = Object.freeze({
    ...had,
    roles: [...new Set([...roles, ...(open ? [everyone] : [])])].sort(),
    ranges: new Map(ranges),
  })
  const asks = (model: Model) => askedOf(model)?.statement(schema).text
  if (asks(after) === undefined || asks(after) === asks(before)) return actor
  // Rules may ask for what is only made by the change: then it is not there for anybody yet.
  const my = await loadCaller(database, { schema, model: after }, { user: had.user }).catch(() => undefined)
  return Object.freeze({ ...actor, my: my?.actor.my ?? new Map<string, unknown>() })
}
