// Acting as somebody else (`Act-As: <user id>`): who may, and as whom. The request runs with that person's rights alone, and with
// whose name it is noted beside theirs. Nobody acts as somebody who may do more with the platform than they, and not through another.
import type { Session } from '../db/database.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { isUuid } from '@peyvand/core/base/uuid.ts'
import { hasPrivilege, rolesOf } from '@peyvand/core/model/rights.ts'
import { loadCaller, type PeoplePlace } from './actor.ts'
import { isFirst } from './attempts.ts'
import { note } from '../audit/note.ts'
import type { Known } from './identify.ts'

/** The header, and how clients of Dataverse spell it. */
export const actAsHeaders = ['act-as', 'mscrmcallerid', 'callerobjectid'] as const

/** One row for so long of the same person acting as the same other: each write says it by itself. unit: milliseconds */
const noteEvery = 5 * 60_000

/** Whom a request wants to act as. A problem when it says so twice or in no way that can be read. */
export function wantedPerson(headers: Pick<Headers, 'get'>): string | Problem | undefined {
  const found = actAsHeaders.flatMap((name) => headers.get(name) ?? [])
  if (found.length === 0) return undefined
  const wanted = found[0]!.trim().toLowerCase()
  if (found.length === 1 && isUuid(wanted)) return wanted
  return new Problem('request.malformed', {
    target: 'Act-As',
    detail: found.length > 1 ? 'A request acts as one person' : 'Act-As is the id of a user',
  })
}

/** The caller as the other person. The same problem for who is not there and for who may not be acted as. */
export async function actAs(
  place: PeoplePlace & { readonly database: Session },
  own: Known,
  person: string,
): Promise<Known | Problem> {
  const { database, schema, model } = place
  if (!hasPrivilege(model, own.actor, 'impersonate'))
    return new Problem('access.denied', { target: 'Act-As', detail: 'You may not act as somebody else' })
  const other = await loadCaller(database, { schema, model }, { user: person })
  const mine = privilegesOf(place, own.actor)
  const isMore = other !== undefined && [...privilegesOf(place, other.actor)].some((each) => !mine.has(each))
  if (other === undefined || isMore || person === own.actor.user)
    return new Problem('access.denied', { target: 'Act-As', detail: 'There is nobody of this id whom you may act as' })
  const { user } = own.actor
  if (await isFirst(database, `act-as ${user} ${person}`, noteEvery))
    await note({ database, schema }, { kind: 'impersonation', outcome: 'accepted', user: person, actor: user })
  return { ...own, ...other, actor: Object.freeze({ ...other.actor, via: user }) }
}

/** What somebody may do with the platform beside its records. */
export function privilegesOf({ model }: Pick<PeoplePlace, 'model'>, actor: Known['actor']): Set<string> {
  return new Set(rolesOf(model, actor).flatMap(({ privileges }) => privileges))
}
