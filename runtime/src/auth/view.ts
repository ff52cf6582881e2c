// Looking at everything as somebody else, or as a role would see it: a mode of one session that changes nothing. The browser
// carries it as a cookie of its own, so that pictures, streams and downloads are seen so too; it is bound to the session, gives
// nothing by itself, and who may look as whom is asked each time, as acting as somebody else is.
import type { Actor } from '@peyvand/core/access/actor.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { isUuid } from '@peyvand/core/base/uuid.ts'
import { hasPrivilege } from '@peyvand/core/model/rights.ts'
import { note } from '../audit/note.ts'
import type { Session } from '../db/database.ts'
import { actAs, privilegesOf } from './act-as.ts'
import type { PeoplePlace } from './actor.ts'
import { isFirst } from './attempts.ts'
import type { Known } from './identify.ts'

/** As whom: a person, or nobody in particular with a role in a unit. */
export type View =
  | { readonly user: string; readonly role?: undefined }
  | { readonly user?: undefined; readonly role: string; readonly unit: string | null }

/** Who a role is looked at as: nobody owns anything under this id. */
const somebody = 'ffffffff-ffff-4fff-bfff-fffffffffffe'
/** One row for so long of the same person looking as the same other. unit: milliseconds */
const noteEvery = 5 * 60_000

/** The value of the cookie for a session. */
export function viewValue(session: string, view: View): string {
  const as = view.role === undefined ? `user.${view.user}` : `role.${view.role}.${view.unit ?? ''}`
  return `${session}.${as}`
}

/** What a cookie's value says, for the session it was made in alone; undefined for every other one. */
export function readView(value: string, session: string): View | undefined {
  const [of, kind, name = '', unit = '', ...more] = value.split('.')
  if (of !== session || more.length > 0) return undefined
  if (kind === 'user') return isUuid(name) && unit === '' ? { user: name } : undefined
  if (kind !== 'role' || !/^[a-z][a-z0-9_]{0,47}$/.test(name) || !(unit === '' || isUuid(unit))) return undefined
  return { role: name, unit: unit === '' ? null : unit }
}

/** The caller as they see things in this mode. Changes nothing whatever its rights are. */
export async function viewAs(
  place: PeoplePlace & { readonly database: Session },
  own: Known,
  view: View,
): Promise<Known | Problem> {
  const seen = view.role === undefined ? await actAs(place, own, view.user) : await asRole(place, own, view)
  return seen instanceof Problem ? seen : { ...seen, readOnly: true, view }
}

async function asRole(
  { database, schema, model }: PeoplePlace & { readonly database: Session },
  own: Known,
  { role: name, unit }: Extract<View, { role: string }>,
): Promise<Known | Problem> {
  if (!hasPrivilege(model, own.actor, 'impersonate'))
    return new Problem('access.denied', { target: 'role', detail: 'You may not look as somebody else' })
  const role = model.roles.get(name)
  const mine = privilegesOf({ model }, own.actor)
  if (role === undefined || role.privileges.some((privilege) => !mine.has(privilege)))
    return new Problem('access.denied', { target: 'role', detail: 'There is no such role that you may look as' })
  const tree = unit === null ? [] : await below(database, schema, unit)
  if (unit !== null && tree.length === 0)
    return new Problem('access.denied', { target: 'unit', detail: 'There is no such business unit' })
  const { user } = own.actor
  const detail = { role: name, ...(unit === null ? {} : { unit }) }
  if (await isFirst(database, `view-as ${user} ${name} ${unit ?? ''}`, noteEvery))
    await note({ database, schema }, { kind: 'impersonation', outcome: 'accepted', user, detail })
  const actor: Actor = {
    user: somebody,
    name,
    kind: 'internal',
    roles: [...new Set([name, ...(model.roles.has('everyone') ? ['everyone'] : [])])].sort(),
    teams: [],
    unit,
    unitTree: tree,
    via: user,
  }
  return { ...own, email: null, actor: Object.freeze(actor) }
}

async function below(database: Session, schema: string, unit: string): Promise<string[]> {
  const units = `"${schema}"."business_unit"`
  const { rows } = await database.query<{ id: string }>({
    text: `with recursive down (id) as (select u.id from ${units} u where u.id = $1::uuid
      union select u.id from down d join ${units} u on u.parent_id = d.id) select id from down order by id`,
    values: [unit],
  })
  return rows.map(({ id }) => id)
}
