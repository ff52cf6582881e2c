// From a user record to an Actor: roles, teams, unit and the units below it, in one statement. Decides which assignments are
// in force and that an inactive user is nobody. What the roles allow is core/access's business.
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Actor } from '@peyvand/core/access/actor.ts'
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

interface Row {
  readonly name: string
  readonly email: string | null
  readonly language: string | null
  readonly calendar: string | null
  readonly time_zone: string | null
  readonly theme: string | null
  readonly density: string | null
  readonly unit_id: string | null
  readonly roles: string[] | null
  readonly teams: string[] | null
  readonly units: string[] | null
}

/** The caller behind a user record, with only the given roles when a list is given. Undefined: there is no such active user. */
export async function loadCaller(
  session: Session,
  schema: string,
  user: string,
  only?: readonly string[],
): Promise<Caller | undefined> {
  const { rows } = await session.query<Row>({ text: statement(schema), values: [user], name: `caller_${schema}` })
  const row = rows[0]
  if (row === undefined) return undefined
  const roles = (row.roles ?? []).filter((role) => only === undefined || only.includes(role))
  const actor: Actor = {
    user,
    name: row.name,
    roles,
    teams: row.teams ?? [],
    unit: row.unit_id,
    unitTree: row.units ?? [],
  }
  return {
    actor: Object.freeze(actor),
    email: row.email,
    language: row.language,
    calendar: row.calendar,
    timeZone: row.time_zone,
    theme: row.theme,
    density: row.density,
  }
}

/** Why a caller that was proven may still not come in. */
export function nobody(): Problem {
  return new Problem('auth.invalid', { detail: 'This account is not active' })
}

/** A role assigned for a unit is in force for those who belong to that unit or one below it. */
function statement(schema: string): string {
  const table = (name: string) => `"${schema}"."${name}"`
  return `with recursive above (id, parent_id) as (
      select b.id, b.parent_id from ${table('user')} u join ${table('business_unit')} b on b.id = u.unit_id where u.id = $1::uuid
      union select b.id, b.parent_id from ${table('business_unit')} b join above a on b.id = a.parent_id
    ), below (id) as (
      select u.unit_id from ${table('user')} u where u.id = $1::uuid and u.unit_id is not null
      union select b.id from ${table('business_unit')} b join below c on b.parent_id = c.id
    )
    select u.name, u.email, u.language, u.calendar, u.time_zone, u.theme, u.density, u.unit_id,
      (select array_agg(distinct r.role) from ${table('role_assignment')} r
        where r.user_id = u.id and (r.unit_id is null or r.unit_id in (select a.id from above a))) as roles,
      (select array_agg(m.team_id) from ${table('team_member')} m where m.user_id = u.id) as teams,
      (select array_agg(c.id) from below c) as units
    from ${table('user')} u where u.id = $1::uuid and u.state = 'active'`
}
