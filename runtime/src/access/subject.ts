// Whose access is asked about: the person as rights see them, and where each of their roles comes from. What the roles allow is
// core/access's business; who may ask about whom is api/access.ts's.
import type { Actor } from '@peyvand/core/access/actor.ts'
import type { Id, Model } from '@peyvand/core/model/model.ts'
import { loadCaller } from '../auth/actor.ts'
import type { Context } from '../context.ts'
import type { Session } from '../db/database.ts'

/** Where a role in force comes from: assigned to the person or one of their teams, or everybody's. */
export interface RoleSource {
  readonly role: string
  readonly from: 'user' | 'team' | 'everyone'
  readonly team?: Id
  /** The unit it was assigned for; absent: it counts from where the person sits. */
  readonly unit?: Id
}

export interface Subject {
  readonly id: Id
  readonly kind: string
  /** Absent for somebody who is not active: they are nobody. */
  readonly actor?: Actor
  readonly sources: readonly RoleSource[]
  /** Roles the person has that the key does not bring along. */
  readonly left: readonly string[]
}

interface Row {
  readonly kind: string | null
  readonly roles: string | null
}

interface Assigned {
  readonly role: string
  readonly team: Id | null
  readonly unit: Id | null
}

/** Somebody of the tenant; undefined when there is no such user. `as`: the person as a credential of theirs limits them. */
export async function findSubject(context: Context, id: Id, as?: Actor): Promise<Subject | undefined> {
  const { database, schema, model } = context
  const row = await readAssigned(database, schema, model, id)
  if (row === undefined) return undefined
  const actor = as ?? (await loadCaller(database, { schema, model }, { user: id }))?.actor
  const assigned = row.roles === null ? [] : (JSON.parse(row.roles) as Assigned[])
  const sources = assigned.map(({ role, team, unit }): RoleSource => ({
    role,
    from: team === null ? 'user' : 'team',
    ...(team === null ? {} : { team }),
    ...(unit === null ? {} : { unit }),
  }))
  const known = new Set(sources.map(({ role }) => role))
  const others = (actor?.roles ?? []).filter((role) => !known.has(role))
  const inForce = new Set(actor?.roles)
  return {
    id,
    kind: row.kind ?? 'internal',
    ...(actor === undefined ? {} : { actor }),
    sources: [
      ...sources.filter(({ role }) => actor === undefined || inForce.has(role)),
      ...others.map((role) => ({ role, from: 'everyone' as const })),
    ],
    left: actor === undefined ? [] : [...known].filter((role) => !inForce.has(role)),
  }
}

/** The assignments that count: exactly one of user and team is set. */
async function readAssigned(session: Session, schema: string, model: Model, user: Id): Promise<Row | undefined> {
  const has = (entity: string, field: string) =>
    model.entities.get(entity)?.fields.some(({ name }) => name === field) === true
  const table = (name: string) => `"${schema}"."${name}"`
  const byTeam = has('role_assignment', 'team')
  const parts = [
    `select r.role, null::uuid as team, r.unit_id as unit from ${table('role_assignment')} r
      where r.user_id = u.id${byTeam ? ' and r.team_id is null' : ''}`,
    ...(byTeam
      ? [
          `select r.role, r.team_id, r.unit_id from ${table('role_assignment')} r
            join ${table('team_member')} m on m.team_id = r.team_id where m.user_id = u.id and r.user_id is null`,
        ]
      : []),
  ]
  const { rows } = await session.query<Row>({
    text: `select ${has('user', 'kind') ? 'u.kind' : 'null::text'} as kind,
        (select json_agg(a order by a.role, a.team, a.unit)::text from (${parts.join(' union ')}) a) as roles
      from ${table('user')} u where u.id = $1::uuid`,
    values: [user],
  })
  return rows[0]
}
