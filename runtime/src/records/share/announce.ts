// Telling that shares came or went: to whoever watches the records, and to every process that knows the receivers by heart.
import type { Entity, Id } from '@peyvand/core/model/model.ts'
import type { Context } from '../../context.ts'
import type { Session } from '../../db/database.ts'
import type { Platform } from '../../platform.ts'
import type { Receiver } from './store.ts'

/** Members of a team that are told one by one; beyond that everybody is looked at anew. */
const mostMembers = 50

/** Tells of shares on records with some receivers. */
export async function announce(
  { events }: Pick<Platform, 'events'>,
  { database, schema }: Pick<Context, 'schema'> & { readonly database: Session },
  records: readonly { readonly entity: Entity; readonly id: Id }[],
  receivers: readonly Receiver[],
): Promise<void> {
  // Rights first: whoever is told of the record can read it then.
  for (const user of await peopleBehind(database, schema, receivers))
    events.emit({ kind: 'access', ...(user === undefined ? {} : { user }) })
  for (const [name, some] of Map.groupBy(records, ({ entity }) => entity.name))
    events.emit({ kind: 'record', entity: name, ids: some.map(({ id }) => id), change: 'update' })
}

/** The people who get what the receivers get; one `undefined` stands for too many to name. */
async function peopleBehind(
  session: Session,
  schema: string,
  receivers: readonly Receiver[],
): Promise<readonly (Id | undefined)[]> {
  const teams = receivers.filter(({ type }) => type === 'team').map(({ id }) => id)
  const people = new Set(receivers.filter(({ type }) => type === 'user').map(({ id }) => id))
  if (teams.length > 0) {
    const { rows } = await session.query<{ user: Id }>({
      text: `select distinct m."user_id" as "user" from "${schema}"."team_member" m where m."team_id" = any($1::uuid[]) limit ${mostMembers + 1}`,
      values: [teams],
    })
    for (const { user } of rows) people.add(user)
  }
  return people.size > mostMembers ? [undefined] : [...people]
}
