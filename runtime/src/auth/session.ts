// Sessions as their owner and administrators see them: listed and ended by id, never by the token. Decides, too, that nobody
// keeps a session, a link or an identity who is not an active person any more. Making and checking them is the sign-in library's.
import type { SessionRow } from '@peyvand/core/answer/account.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Session } from '../db/database.ts'
import type { PlatformEvent } from '../events.ts'
import { observeError } from '../observe.ts'
import type { Platform } from '../platform.ts'
import { regularly } from '../regularly.ts'
import { sweepAttempts } from './attempts.ts'
import { note, type SecurityPlace } from '../audit/note.ts'
import type { Doer } from './keys.ts'

type Host = Pick<Platform, 'database' | 'schema' | 'events'>

/** The sessions of a user that have not ended, the newest first. */
export async function listSessions({ database }: Pick<Host, 'database'>, user: string): Promise<SessionRow[]> {
  const { rows } = await database.query<SessionRow>({
    text: `select s.id, to_json(s.entered_at) as created_at, to_json(s.updated_at) as used_at, to_json(s.expires_at) as expires_at,
        nullif(s.ip_address, '') as address, nullif(s.user_agent, '') as agent, s.method, s.strong
      from platform.session s where s.user_id = $1::uuid and s.expires_at > now() order by s.entered_at desc, s.id`,
    values: [user],
  })
  return rows
}

/** Which sessions end: one of them, or all but one. */
export interface SessionsMeant {
  readonly user: string
  readonly id?: string
  readonly except?: string
}

/** Ends sessions at once, in every process. Gives how many. throws: Problem when the one that is named is not there. */
export async function endSessions(host: Host, meant: SessionsMeant, by: Doer = {}): Promise<number> {
  const { rowCount } = await host.database.query({
    text: `delete from platform.session s where s.user_id = $1::uuid and ($2::uuid is null or s.id = $2::uuid)
      and ($3::uuid is null or s.id <> $3::uuid)`,
    values: [meant.user, meant.id ?? null, meant.except ?? null],
  })
  if (rowCount === 0 && meant.id !== undefined)
    throw new Problem('missing.record', { detail: 'There is no such session' })
  host.events.emit({ kind: 'access', user: meant.user })
  if (rowCount > 0)
    await note(host, {
      kind: 'session',
      outcome: 'ended',
      user: meant.user,
      ...by,
      detail: { count: String(rowCount) },
    })
  return rowCount
}

/** Takes a person's authenticator, recovery codes and passkeys away: for who has lost them all. */
export async function removeFactors({ database }: Pick<Host, 'database'>, user: string): Promise<void> {
  await database.transaction(async (session) => {
    for (const table of ['two_factor', 'passkey'])
      await session.query({ text: `delete from platform.${table} where user_id = $1::uuid`, values: [user] })
    await session.query({
      text: 'update platform.identity set two_factor_enabled = false where id = $1::uuid',
      values: [user],
    })
  })
}

/** unit: milliseconds */
const sweepEvery = 10 * 60_000

/** Ends what people who left still hold: at once after a change of user records, and from time to time for what was missed. */
export function keepSessionsHonest(host: Host): () => void {
  const off = host.events.on((event) => {
    const ids = usersIn(event)
    if (ids !== undefined) void shutOut(host, ids).catch((error: unknown) => observeError('sessions', error))
  })
  const stop = regularly('sessions', { every: sweepEvery }, () =>
    Promise.all([shutOut(host), sweepAttempts(host.database), forgetOld(host.database)]),
  )
  return () => {
    off()
    stop()
  }
}

function usersIn(event: PlatformEvent): readonly string[] | undefined {
  return event.kind === 'record' && event.entity === 'user' && event.change !== 'create' && event.personal !== true
    ? event.ids
    : undefined
}

/**
 * Ends the sessions and links of users who are not active, and what proves those who are gone. Who comes back signs in anew.
 * A changed address is taken over for those who stay.
 */
async function shutOut({ database, schema }: SecurityPlace, ids?: readonly string[]): Promise<void> {
  const values = [ids ?? null]
  const among = (column: string) => `($1::uuid[] is null or ${column} = any($1::uuid[]))`
  const active = `select 1 from "${schema}"."user" u where u.state = 'active' and u.id =`
  await database.query({
    text: `delete from platform.session s where ${among('s.user_id')} and not exists (${active} s.user_id)`,
    values,
  })
  await database.query({
    text: `delete from platform.one_time_link l where ${among('l.user_id')} and not exists (${active} l.user_id)`,
    values,
  })
  if (ids === undefined) return
  for (const table of ['identity', 'api_key'])
    await database.query({
      text: `delete from platform.${table} i where i.${table === 'identity' ? 'id' : 'user_id'} = any($1::uuid[])
        and not exists (select 1 from "${schema}"."user" u where u.id = i.${table === 'identity' ? 'id' : 'user_id'})`,
      values,
    })
  await database.query({
    text: `update platform.identity i set email = lower(normalize(trim(u.email), NFC)), updated_at = now()
      from "${schema}"."user" u where u.id = i.id and i.id = any($1::uuid[]) and u.email is not null
      and i.email <> lower(normalize(trim(u.email), NFC))
      and not exists (select 1 from platform.identity o where o.email = lower(normalize(trim(u.email), NFC)))`,
    values,
  })
}

async function forgetOld(database: Session): Promise<void> {
  for (const table of ['session', 'verification', 'one_time_link'])
    await database.query({ text: `delete from platform.${table} where expires_at < now() - interval '1 day'` })
}
