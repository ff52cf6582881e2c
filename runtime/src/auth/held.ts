// What people, teams and keys have of roles that a publish takes away, renames or makes: assignments and keys know a role by its
// name. Decides that nothing is left behind that a later role of the same name would give rights by, in the transaction of the
// publish; when that is taken back, what was taken comes back.
import { randomBytes } from 'node:crypto'
import type { HeldRole } from '@peyvand/core/answer/held.ts'
import { elevated, type Actor } from '@peyvand/core/access/actor.ts'
import type { Id, Model } from '@peyvand/core/model/model.ts'
import { note } from '../audit/note.ts'
import type { Context } from '../context.ts'
import type { Session } from '../db/database.ts'
import { nestedIn } from '../db/nested.ts'
import type { PlatformEvent } from '../events.ts'
import type { Holders, Settling, Taken } from '../meta/work.ts'
import type { RunningPlatform } from '../platform.ts'
import { newId } from '../records/id.ts'
import { together } from '../records/together.ts'
import { single } from '../records/write-one.ts'
import { deleteRecord } from '../records/write.ts'

/** Roles by name: those that are no more, names that stood for none before, and those that are called otherwise. */
interface Turn {
  readonly gone: readonly string[]
  readonly fresh: readonly string[]
  readonly renamed: ReadonlyMap<string, string>
}

function turnOf(before: Model, after: Model): Turn {
  const names = new Map([...after.roles.values()].map(({ id, name }) => [id, name]))
  return {
    gone: [...before.roles.values()].flatMap(({ id, name }) => (names.has(id) ? [] : [name])),
    fresh: [...after.roles.keys()].filter((name) => !before.roles.has(name)),
    renamed: new Map(
      [...before.roles.values()].flatMap(({ id, name }) => {
        const now = names.get(id)
        return now === undefined || now === name ? [] : [[name, now] as const]
      }),
    ),
  }
}

const isStill = ({ gone, fresh, renamed }: Turn): boolean => gone.length + fresh.length + renamed.size === 0

/** What becomes of a role that somebody is assigned: its name after a change of the model; undefined where it is taken. */
export function roleAfter(before: Model, after: Model): (role: string) => string | undefined {
  const { gone, fresh, renamed } = turnOf(before, after)
  const taken = new Set([...gone, ...fresh])
  return (role) => (taken.has(role) ? undefined : (renamed.get(role) ?? role))
}

/** How roles are taken, renamed and given back when the model changes. */
export function holdersOf(platform: () => RunningPlatform): Holders {
  return {
    async count(session, schema, { before, after }) {
      const turn = turnOf(before, after)
      if (isStill(turn) || !before.entities.has('role_assignment')) return []
      const hows = new Map<string, HeldRole['how']>([
        ...turn.fresh.map((role) => [role, 'cleared'] as const),
        ...turn.gone.map((role) => [role, 'taken'] as const),
        ...[...turn.renamed.keys()].map((role) => [role, 'renamed'] as const),
      ])
      const held = await countHeld(session, schema, before, [...hows.keys()])
      return held.map((one) => ({ ...one, how: hows.get(one.role)! }))
    },
    async settle(session, settling) {
      const turn = turnOf(settling.before, settling.after)
      if (isStill(turn) || !settling.after.entities.has('role_assignment')) return { taken: [], tell: () => undefined }
      const events: PlatformEvent[] = []
      const around = { ...platform(), events: { emit: (event: PlatformEvent) => void events.push(event), on: nothing } }
      const database = nestedIn(around.database, session)
      const actor = elevated(settling.actor)
      const context: Context = { ...around.contextFor(actor), model: settling.after, database }
      const taken = await together({ ...around, database }, context, (inside, own) =>
        settle(inside, own, turn, settling),
      )
      return {
        taken,
        tell: () => {
          for (const event of events) platform().events.emit(event)
        },
      }
    },
  }
}

const nothing = () => () => undefined

type Place = Parameters<Parameters<typeof together>[2]>[0]

async function settle(platform: Place, context: Context, turn: Turn, settling: Settling): Promise<Taken[]> {
  const taken = await takeAll(platform, context, [...turn.gone, ...turn.fresh], settling.actor)
  for (const [from, to] of inTurn(turn.renamed)) await rename(platform, context, from, to)
  if (settling.given) await giveBack(platform, context, settling.given, settling.actor)
  // What an earlier role of a name has left is nobody's to get back.
  return taken.filter(({ role }) => turn.gone.includes(role))
}

async function countHeld(
  session: Session,
  schema: string,
  model: Model,
  roles: readonly string[],
): Promise<Omit<HeldRole, 'how'>[]> {
  const { rows } = await session.query<{ role: string; users: string; teams: string; keys: string }>({
    text: `select n.role, coalesce(a.users, 0) as users, coalesce(a.teams, 0) as teams, coalesce(k.keys, 0) as keys
      from unnest($1::text[]) as n(role)
      left join (select r.role, count(distinct r.user_id) as users, count(distinct ${teamOf(model)}) as teams
        from "${schema}"."role_assignment" r where r.role = any($1::text[]) group by r.role) a on a.role = n.role
      left join (select l.role, count(*) as keys from platform.api_key k, unnest(k.roles) as l(role)
        where k.tenant = $2 and l.role = any($1::text[]) group by l.role) k on k.role = n.role
      where a.role is not null or k.role is not null order by n.role`,
    values: [roles, schema],
  })
  return rows.map(({ role, users, teams, keys }) => ({
    role,
    users: Number(users),
    teams: Number(teams),
    keys: Number(keys),
  }))
}

/** An installation that was not brought up to date yet assigns roles to people alone. */
function teamOf(model: Model): string {
  const fields = model.entities.get('role_assignment')?.fields ?? []
  return fields.some(({ name }) => name === 'team') ? 'r.team_id' : 'null::uuid'
}

/** Takes roles from everybody. shape: what they had, by role. */
async function takeAll(platform: Place, context: Context, roles: readonly string[], actor: Actor): Promise<Taken[]> {
  if (roles.length === 0) return []
  const { database, schema, model } = context
  const { rows } = await database.query<Taken['assignments'][number] & { id: Id; role: string }>({
    text: `select r.id, r.role, r.user_id as "user", ${teamOf(model)} as team, r.unit_id as unit
      from "${schema}"."role_assignment" r where r.role = any($1::text[]) order by r.id for update of r`,
    values: [roles],
  })
  for (const { id } of rows) await deleteRecord(platform, context, 'role_assignment', { id })
  const taken: Taken[] = []
  for (const role of roles) {
    const { rows: keys } = await database.query<{ id: Id }>({
      text: `update platform.api_key set roles = array_remove(roles, $2::text) where tenant = $1 and $2::text = any(roles) returning id`,
      values: [schema, role],
    })
    const own = rows.filter((one) => one.role === role).map(({ user, team, unit }) => ({ user, team, unit }))
    if (keys.length > 0) await noteKeys(context, actor, { role, taken: keys.length })
    if (own.length + keys.length > 0) taken.push({ role, assignments: own, keys: keys.map(({ id }) => id) })
  }
  return taken
}

/** Everybody keeps a role that is called otherwise. */
async function rename(platform: Place, context: Context, from: string, to: string): Promise<void> {
  const { database, schema, model } = context
  const entity = model.entities.get('role_assignment')!
  const { rows } = await database.query<{ id: Id }>({
    text: `select r.id from "${schema}"."role_assignment" r where r.role = $1 order by r.id for update of r`,
    values: [from],
  })
  for (const { id } of rows) await single().change(platform, context, entity, id, { role: to })
  await database.query({
    text: `update platform.api_key set roles = array_replace(roles, $2::text, $3::text) where tenant = $1 and $2::text = any(roles)`,
    values: [schema, from, to],
  })
}

/** Renames one after the other, so that no role takes a name which another one still has. */
function inTurn(renamed: ReadonlyMap<string, string>): [from: string, to: string][] {
  const left = new Map(renamed)
  const order: [string, string][] = []
  while (left.size > 0) {
    const next = [...left].find(([, to]) => !left.has(to))
    const [from, to] = next ?? [...left][0]!
    left.delete(from)
    if (next !== undefined) order.push([from, to])
    else {
      // They change names in a circle: one stands aside.
      const aside = `aside_${randomBytes(8).toString('hex')}`
      order.push([from, aside])
      left.set(aside, to)
    }
  }
  return order
}

/** Gives back what was taken, as far as the people, teams, units and keys are still there. */
async function giveBack(platform: Place, context: Context, given: readonly Taken[], actor: Actor): Promise<void> {
  const { database, schema, model } = context
  const entity = model.entities.get('role_assignment')!
  const records = given.flatMap(({ role, assignments }) => assignments.map((one) => ({ role, ...one })))
  const { rows } = await database.query<{ role: string; user: Id | null; team: Id | null; unit: Id | null }>({
    text: `select r.role, r."user", r.team, r.unit
      from json_to_recordset($1::json) as r (role text, "user" uuid, team uuid, unit uuid)
      where (r."user" is null or exists (select 1 from "${schema}"."user" u where u.id = r."user"))
        and (r.team is null or exists (select 1 from "${schema}"."team" t where t.id = r.team))
        and (r.unit is null or exists (select 1 from "${schema}"."business_unit" b where b.id = r.unit))`,
    values: [JSON.stringify(records)],
  })
  for (const { role, user, team, unit } of rows)
    await single().create(platform, context, entity, newId(), { role, user_id: user, team_id: team, unit_id: unit })
  for (const { role, keys } of given) {
    if (keys.length === 0) continue
    await database.query({
      text: `update platform.api_key set roles = array_append(roles, $2::text)
        where tenant = $1 and id = any($3::uuid[]) and roles is not null and not $2::text = any(roles)`,
      values: [schema, role, keys],
    })
    await noteKeys(context, actor, { role, given: keys.length })
  }
}

function noteKeys(
  { database, schema }: Context,
  { user, via }: Actor,
  detail: { readonly role: string; readonly taken?: number; readonly given?: number },
): Promise<void> {
  return note({ database, schema }, { kind: 'key', outcome: 'changed', actor: user, via, detail: { ...detail } })
}
