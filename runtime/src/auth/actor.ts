// From a user record to an Actor: roles and the units they count from, teams, queues, the people below and what is shared, in one
// statement. Decides which assignments are in force and that an inactive user is nobody. What roles allow is core/access's business.
import { must, Problem } from '@peyvand/core/base/problem.ts'
import { systemActor, type Actor, type PrincipalKind, type UnitRange } from '@peyvand/core/access/actor.ts'
import { askedOf } from '@peyvand/core/access/asked.ts'
import { valuesOf } from '@peyvand/core/access/values.ts'
import { digest } from '@peyvand/core/expression/fragment.ts'
import type { Model } from '@peyvand/core/model/model.ts'
import type { Session } from '../db/database.ts'

/** A resolved caller with the settings of the person behind it. */
export interface Caller {
  readonly actor: Actor
  readonly email: string | null
  readonly language: string | null
  readonly calendar: string | null
  readonly timeZone: string | null
  readonly theme: string | null
  readonly density: string | null
}

/** Whose caller is wanted: a user's, with only the given roles when a list is given. */
export interface CallerWish {
  readonly user: string
  readonly roles?: readonly string[]
}

/** Where people are kept: the tenant's schema, and the model that says what is known of them. */
export interface PeoplePlace {
  readonly schema: string
  readonly model: Model
}

interface Row {
  readonly name: string
  readonly email: string | null
  readonly language: string | null
  readonly calendar: string | null
  readonly time_zone: string | null
  readonly theme: string | null
  readonly density: string | null
  readonly kind: PrincipalKind | null
  readonly unit_id: string | null
  readonly roles: string | null
  readonly trees: string | null
  readonly teams: string[] | null
  readonly access_teams: string[] | null
  readonly queues: string[] | null
  readonly reports: string[] | null
  readonly shared: string[] | null
}

/** A role as it is assigned: for a unit, or (null) for where the person sits. */
interface Assigned {
  readonly role: string
  readonly unit: string | null
}
type Trees = Readonly<Record<string, readonly string[]>>

/** The role that every signed-in person of the organisation has, where it is defined. */
const everyone = 'everyone'
/** People below somebody in the tree of managers: more than anybody leads, and no more than a statement takes with ease. */
const mostReports = 5_000

/** The caller behind a user record. Undefined: there is no such active user. */
export async function loadCaller(session: Session, place: PeoplePlace, wish: CallerWish): Promise<Caller | undefined> {
  const text = statement(place)
  const { rows } = await session.query<Row>({ text, values: [wish.user], name: `caller_${digest(text)}` })
  const row = rows[0]
  if (row === undefined) return undefined
  const my = await loadOwn(session, place, wish.user)
  return {
    actor: Object.freeze({ ...actorOf(row, wish, place.model), ...(my ? { my } : {}) }),
    email: row.email,
    language: row.language,
    calendar: row.calendar,
    timeZone: row.time_zone,
    theme: row.theme,
    density: row.density,
  }
}

/** What rules of roles ask of the person's own record; nothing where no role asks. */
async function loadOwn(
  session: Session,
  { schema, model }: PeoplePlace,
  user: string,
): Promise<ReadonlyMap<string, unknown> | undefined> {
  const statement = askedOf(model)?.statement(schema)
  if (statement === undefined) return undefined
  const { text, name, parameters } = statement
  const now = new Date().toISOString()
  const values = must(valuesOf(parameters, { literals: [], actor: systemActor, now, input: { user } }))
  const { rows } = await session.query<{ my: string }>({ text, name, values })
  return new Map(Object.entries(JSON.parse(rows[0]?.my ?? '{}') as Record<string, unknown>))
}

/** Whether somebody may have a session: an active person, not a program. */
export async function mayEnter(session: Session, place: PeoplePlace, user: string): Promise<boolean> {
  const caller = await loadCaller(session, place, { user })
  return caller !== undefined && caller.actor.kind !== 'agent'
}

/** Why a caller that was proven may still not come in. */
export function nobody(): Problem {
  return new Problem('auth.invalid', { detail: 'This account is not active' })
}

function actorOf(row: Row, { user, roles: only }: CallerWish, model: Model): Actor {
  const kind = row.kind ?? 'internal'
  const assigned = (row.roles === null ? [] : (JSON.parse(row.roles) as Assigned[])).concat(
    kind === 'internal' && model.roles.has(everyone) ? [{ role: everyone, unit: null }] : [],
  )
  const inForce = assigned.filter(({ role }) => only === undefined || only.includes(role))
  const trees = row.trees === null ? {} : (JSON.parse(row.trees) as Trees)
  return {
    user,
    name: row.name,
    kind,
    roles: [...new Set(inForce.map(({ role }) => role))].sort(),
    ranges: rangesOf(inForce, row.unit_id, trees),
    unit: row.unit_id,
    unitTree: row.unit_id === null ? [] : (trees[row.unit_id] ?? [row.unit_id]),
    teams: row.teams ?? [],
    accessTeams: row.access_teams ?? [],
    queues: row.queues ?? [],
    reports: row.reports ?? [],
    shared: row.shared ?? [],
    ...(inForce.length < assigned.length && { limited: true }),
  }
}

/** Where roles count from that were assigned for certain units; one that was assigned without, too, counts from the own one also. */
function rangesOf(assigned: readonly Assigned[], own: string | null, trees: Trees): ReadonlyMap<string, UnitRange> {
  const ranges = new Map<string, UnitRange>()
  for (const [role, some] of Map.groupBy(assigned, (each) => each.role)) {
    if (some.every(({ unit }) => unit === null)) continue
    const units = [...new Set(some.flatMap(({ unit }) => unit ?? own ?? []))]
    ranges.set(role, { units, tree: [...new Set(units.flatMap((unit) => trees[unit] ?? [unit]))] })
  }
  return ranges
}

const statements = new WeakMap<Model, string>()

function statement({ schema, model }: PeoplePlace): string {
  let text = statements.get(model)
  if (text === undefined) statements.set(model, (text = write(schema, model)))
  return text
}

/** What an older base solution does not have yet is nobody's. */
function write(schema: string, model: Model): string {
  const table = (name: string) => `"${schema}"."${name}"`
  const has = (entity: string, field?: string) =>
    model.entities.get(entity)?.fields.some(({ name }) => field === undefined || name === field) === true
  const kind = has('user', 'kind') ? 'u.kind' : 'null::text'
  const owns = has('team', 'kind') ? "t.kind is distinct from 'access'" : 'true'
  const byTeam = has('role_assignment', 'team')
  const queues = has('queue_member')
    ? `(select array_agg(q.queue_id order by q.queue_id) from ${table('queue_member')} q where q.user_id = u.id)`
    : 'null::uuid[]'
  return `with recursive member (team_id, owns) as (
      select m.team_id, ${owns} from ${table('team_member')} m join ${table('team')} t on t.id = m.team_id where m.user_id = $1::uuid
    ), assigned (role, unit_id) as (
      select r.role, r.unit_id from ${table('role_assignment')} r where r.user_id = $1::uuid${byTeam ? ' and r.team_id is null' : ''}
      ${byTeam ? `union select r.role, r.unit_id from ${table('role_assignment')} r join member m on m.team_id = r.team_id where r.user_id is null` : ''}
    ), below (root, id) as (
      (select u.unit_id, u.unit_id from ${table('user')} u where u.id = $1::uuid and u.unit_id is not null
        union select a.unit_id, a.unit_id from assigned a where a.unit_id is not null)
      union select b.root, c.id from below b join ${table('business_unit')} c on c.parent_id = b.id
    ), under (id) as (
      select l.id from ${table('user')} l where l.manager_id = $1::uuid
      union select l.id from under n join ${table('user')} l on l.manager_id = n.id
    )
    select u.name, u.email, u.language, u.calendar, u.time_zone, u.theme, u.density, u.unit_id, ${kind} as kind,
      (select json_agg(json_build_object('role', a.role, 'unit', a.unit_id) order by a.role, a.unit_id)::text from assigned a) as roles,
      (select json_object_agg(b.root, b.ids)::text from (select root, json_agg(id order by id) as ids from below group by root) b) as trees,
      (select array_agg(m.team_id order by m.team_id) filter (where m.owns) from member m) as teams,
      (select array_agg(m.team_id order by m.team_id) filter (where not m.owns) from member m) as access_teams,
      ${queues} as queues,
      (select array_agg(n.id order by n.id) from (select id from under limit ${mostReports}) n where n.id <> u.id) as reports,
      (select array_agg(distinct s.entity_id order by s.entity_id) from ${table('_share')} s
        where s.principal_id = any(array(select u.id union select m.team_id from member m))
          and (s.expires_at is null or s.expires_at > now())) as shared
    from ${table('user')} u where u.id = $1::uuid and u.state = 'active'`
}
