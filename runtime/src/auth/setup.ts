// The first administrator: made from ADMIN_EMAIL and ADMIN_PASSWORD, or by whoever opens the one-time link that is printed.
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Config } from '../config.ts'
import type { Database } from '../db/database.ts'
import { addUser, ensureRootUnit, findUser, hasSignInWith } from './user.ts'

type Host = Parameters<typeof addUser>[0] & { readonly config: Config }

const lifetime = 24 * 3_600_000

/** Makes or keeps the configured administrator. Gives a setup token when nobody can administer this installation yet. */
export async function ensureAdministrator(host: Host): Promise<string | undefined> {
  await host.database.transaction((session) => ensureRootUnit(session, host))
  const { adminEmail, adminPassword } = host.config
  if (adminEmail !== undefined && adminPassword !== undefined) {
    const known = await findUser(host.database, host.schema, adminEmail)
    const signsIn = known !== undefined && (await canSignIn(host.database, known))
    await addUser(host, {
      email: adminEmail,
      name: 'Administrator',
      password: signsIn ? undefined : adminPassword,
      roles: ['administrator'],
    })
    return undefined
  }
  if (await hasSignInWith(host.database, host, 'administrator')) return undefined
  return newSetupToken(host.database)
}

async function canSignIn(database: Database, user: string): Promise<boolean> {
  return (
    (await database.query({ text: 'select 1 from platform.credential c where c.user_id = $1::uuid', values: [user] }))
      .rows.length > 0
  )
}

/** A new one-time token; the ones before it end. */
export async function newSetupToken(database: Database): Promise<string> {
  const token = randomBytes(24).toString('base64url')
  await database.transaction(async (session) => {
    await session.query({ text: "delete from platform.verification where identifier = 'setup'" })
    await session.query({
      text: "insert into platform.verification (id, identifier, value, expires_at) values ($1, 'setup', $2, $3)",
      values: [randomUUID(), hashOf(token), new Date(Date.now() + lifetime)],
    })
  })
  return token
}

/** Makes the first administrator with a setup token, which is then used up. throws: Problem. */
export async function useSetupToken(
  host: Host,
  token: string,
  wish: { email: string; name?: string; password: string },
): Promise<{ id: string }> {
  const { rows } = await host.database.query({
    text: "delete from platform.verification where identifier = 'setup' and value = $1 and expires_at > $2 returning id, expires_at",
    values: [hashOf(token), new Date()],
  })
  if (rows.length === 0)
    throw new Problem('auth.invalid', {
      detail: 'This link was used already or has ended',
      hint: 'Restart the server to get a new one.',
    })
  try {
    return await addUser(host, { ...wish, roles: ['administrator'] })
  } catch (error) {
    await restore(host.database, token)
    throw error
  }
}

async function restore(database: Database, token: string): Promise<void> {
  await database.query({
    text: "insert into platform.verification (id, identifier, value, expires_at) values ($1, 'setup', $2, $3)",
    values: [randomUUID(), hashOf(token), new Date(Date.now() + lifetime)],
  })
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
