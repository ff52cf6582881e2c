// What the doors know of a person: the identity with which they sign in, and all that hangs on it. It goes with them.
import type { Id } from '@peyvand/core/model/model.ts'
import type { Session } from '../../db/database.ts'
import type { Erasing } from './erasing.ts'
import { eraseDoors } from './history.ts'

/** The accounts of the person, and what the log keeps of their visits. */
export async function eraseAccounts(erasing: Erasing): Promise<void> {
  const users = erasing.persons.filter(({ entity }) => entity.name === 'user').map(({ id }) => id)
  if (users.length === 0) return
  await erasing.inOne(async (_platform, { database, schema }) => {
    await endAccounts(database, schema, users, erasing.pattern)
    await eraseDoors(database, erasing.log, { people: users, ...erasing.by })
  })
  for (const user of users) erasing.platform.events.emit({ kind: 'access', user })
  erasing.count('accounts', users.length)
}

/** Ends the accounts of users for good: sessions, passwords, factors, passkeys, links and keys go, also the shares with them. */
async function endAccounts(
  session: Session,
  schema: string,
  users: readonly Id[],
  pattern: string | undefined,
): Promise<void> {
  const gone = async (table: string, where: string, values: readonly unknown[] = [users]) =>
    void (await session.query({ text: `delete from platform.${table} where ${where}`, values: [...values] }))
  await gone('api_key', 'user_id = any($1::uuid[]) and tenant = $2', [users, schema])
  await gone('one_time_link', 'user_id = any($1::uuid[]) and tenant = $2', [users, schema])
  for (const table of ['session', 'credential', 'two_factor', 'passkey']) await gone(table, 'user_id = any($1::uuid[])')
  await gone('identity', 'id = any($1::uuid[])')
  if (pattern !== undefined) await gone('verification', 'identifier ~* $1 or value ~* $1', [pattern])
  await session.query({
    text: `delete from "${schema}"."_share" where "principal_id" = any($1::uuid[]) and "principal_type" = 'user'`,
    values: [users],
  })
}
