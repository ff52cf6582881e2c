// Named secrets that people give the platform (passwords of connections, signing keys of webhooks): set, listed and removed,
// and never told again. The server itself reads them by name when it calls out.
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Session } from '../db/database.ts'
import { observe } from '../observe.ts'
import type { Secrets } from './vault.ts'

export interface SecretStore {
  readonly database: Session
  readonly schema: string
  readonly secrets: Secrets
}

/** What is told of a stored secret: everything but its value. */
export interface StoredSecret {
  readonly name: string
  readonly changed_at: string
  readonly changed_by: string
}

const use = 'secret'

/** All stored secrets by name. */
export async function listSecrets({ database, schema }: SecretStore): Promise<StoredSecret[]> {
  const { rows } = await database.query<{ name: string; changed_at: Date; changed_by: string }>({
    text: `select s.name, s.changed_at, s.changed_by::text from "${schema}"._secret s order by s.name`,
  })
  return rows.map((row) => ({ ...row, changed_at: new Date(row.changed_at).toISOString() }))
}

/** Sets a secret, whatever stood there before. */
export async function setSecret(
  { database, schema, secrets }: SecretStore,
  { name, value, by }: { readonly name: string; readonly value: string; readonly by: string },
): Promise<void> {
  await database.query({
    text: `insert into "${schema}"._secret as s (name, value, changed_by) values ($1, $2, $3::uuid)
      on conflict (name) do update set value = excluded.value, changed_by = excluded.changed_by, changed_at = now()`,
    values: [name, await secrets.seal({ use, key: name }, value), by],
  })
  observe({ kind: 'secret', change: 'set' })
}

/** Removes a secret. throws: Problem when there is none of that name. */
export async function removeSecret({ database, schema }: SecretStore, name: string): Promise<void> {
  const { rowCount } = await database.query({
    text: `delete from "${schema}"._secret s where s.name = $1`,
    values: [name],
  })
  if (rowCount === 0) throw new Problem('missing.record', { detail: 'There is no such secret' })
  observe({ kind: 'secret', change: 'removed' })
}

/** The value of a secret, for the server's own use: it goes into no answer. Undefined: there is none of that name. */
export async function readSecretValue(
  { database, schema, secrets }: SecretStore,
  name: string,
): Promise<string | undefined> {
  const { rows } = await database.query<{ value: string }>({
    text: `select s.value from "${schema}"._secret s where s.name = $1`,
    values: [name],
  })
  return rows[0] === undefined ? undefined : secrets.open({ use, key: name }, rows[0].value)
}
