// API keys: made once, shown once, kept as a hash. Decides their form, whose they are, what they are bound to and when they end.
import type { KeyRow } from '@peyvand/core/answer/account.ts'
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { Problem } from '@peyvand/core/base/problem.ts'
import { observeError } from '../observe.ts'
import type { Platform } from '../platform.ts'
import { note } from '../audit/note.ts'

const prefix = 'pvd_'

/** Who makes or ends a key: noted with it. */
export interface Doer {
  readonly actor?: string
  readonly via?: string
  readonly address?: string
}

export interface KeyWish {
  /** Id of the user it speaks for. */
  readonly user: string
  readonly name: string
  /** Roles it is limited to; absent: all roles of the user. */
  readonly roles?: readonly string[]
  readonly expires?: Date
  /** Addresses and ranges it may be used from; absent: any. */
  readonly networks?: readonly string[]
  readonly readOnly?: boolean
  /** Id of the key it is made with: it ends with that one. */
  readonly within?: string
  readonly by?: Doer
}

/** What a key proves. */
export interface KeyHolder {
  readonly id: string
  readonly user: string
  readonly roles?: readonly string[]
  readonly expires?: Date
  readonly networks?: readonly string[]
  readonly readOnly: boolean
}

type Place = Pick<Platform, 'database' | 'schema'>

/** Whether a bearer token has the form of a key. */
export function isKey(token: string): boolean {
  return token.length === prefix.length + 43 && token.startsWith(prefix)
}

/** Makes a key. `key` is shown this once. */
export async function createKey(platform: Place, wish: KeyWish): Promise<{ id: string; key: string }> {
  const key = prefix + randomBytes(32).toString('base64url')
  const id = randomUUID()
  const { user, name, roles, expires, networks, readOnly = false, by = {} } = wish
  await platform.database.query({
    text: `insert into platform.api_key (id, tenant, user_id, name, hash, start, roles, expires_at, networks, read_only, created_by, made_with)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    values: [
      id,
      platform.schema,
      user,
      name,
      hashOf(key),
      key.slice(0, 10),
      roles ?? null,
      expires ?? null,
      networks ?? null,
      readOnly,
      by.actor ?? user,
      wish.within ?? null,
    ],
  })
  await note(platform, { kind: 'key', outcome: 'created', user, ...by, detail: { key: id } })
  return { id, key }
}

/** A key with those that were made with it, with those made with these, and so on; `$n` is the id of the first. */
const family = (n: number): string => `with recursive family (id) as (
    select k.id from platform.api_key k where k.id = $${n}::uuid
    union select k.id from platform.api_key k join family f on k.made_with = f.id)`

/** The keys of a user, newest first; `within`: only this one and those that come from it. */
export async function listKeys(platform: Place, user: string, within?: string): Promise<KeyRow[]> {
  const { rows } = await platform.database.query<KeyRow>({
    text: `${family(3)} select k.id, k.name, k.start, k.roles, k.networks, k.read_only, k.created_by, to_json(k.created_at) as created_at,
        to_json(k.expires_at) as expires_at, to_json(k.last_used_at) as last_used_at
      from platform.api_key k where k.tenant = $1 and k.user_id = $2::uuid
        and ($3::uuid is null or k.id in (select f.id from family f)) order by k.created_at desc, k.id`,
    values: [platform.schema, user, within ?? null],
  })
  return rows
}

/**
 * Ends a key at once, in every process, with every key that was made with it. `user` limits it to that user's own, `within` to
 * the family of a key. throws: Problem when there is no such key.
 */
export async function revokeKey(
  platform: Place & Pick<Platform, 'events'>,
  id: string,
  { user, within, by = {} }: { readonly user?: string; readonly within?: string; readonly by?: Doer } = {},
): Promise<void> {
  const { database, schema } = platform
  const { rows: mine } = await database.query({
    text: `${family(4)} select k.id from platform.api_key k where k.id = $1::uuid and k.tenant = $2
      and ($3::uuid is null or k.user_id = $3::uuid) and ($4::uuid is null or k.id in (select f.id from family f))`,
    values: [id, schema, user ?? null, within ?? null],
  })
  if (mine[0] === undefined) throw new Problem('missing.record', { detail: 'There is no such key' })
  const { rows } = await database.query<{ id: string; user_id: string }>({
    text: `${family(1)} delete from platform.api_key k using family f where k.id = f.id and k.tenant = $2 returning k.id, k.user_id`,
    values: [id, schema],
  })
  for (const { id: ended, user_id: whose } of rows) {
    platform.events.emit({ kind: 'access', user: whose })
    await note(platform, { kind: 'key', outcome: 'ended', user: whose, ...by, detail: { key: ended } })
  }
}

/** Ends all keys of a user. Gives how many there were. */
export async function revokeKeys(
  platform: Place & Pick<Platform, 'events'>,
  user: string,
  by: Doer = {},
): Promise<number> {
  const { rowCount } = await platform.database.query({
    text: 'delete from platform.api_key where tenant = $1 and user_id = $2::uuid',
    values: [platform.schema, user],
  })
  platform.events.emit({ kind: 'access', user })
  if (rowCount > 0)
    await note(platform, { kind: 'key', outcome: 'ended', user, ...by, detail: { count: String(rowCount) } })
  return rowCount
}

/** What a presented key proves; undefined for one that is unknown or over. Its use is noted, once in a minute. */
export async function findKey(platform: Place, key: string): Promise<KeyHolder | undefined> {
  const { rows } = await platform.database.query<Found>({
    text: `select k.id, k.user_id, k.roles, k.expires_at, k.networks, k.read_only,
        (k.last_used_at is null or k.last_used_at < now() - interval '1 minute') as unnoted
      from platform.api_key k where k.hash = $1 and k.tenant = $2`,
    values: [hashOf(key), platform.schema],
    name: 'api_key',
  })
  const row = rows[0]
  if (row === undefined) return undefined
  const expires = row.expires_at === null ? undefined : new Date(row.expires_at)
  if (expires !== undefined && expires.getTime() <= Date.now()) return undefined
  if (row.unnoted) noteUse(platform, row.id)
  return {
    id: row.id,
    user: row.user_id,
    roles: row.roles ?? undefined,
    expires,
    networks: row.networks ?? undefined,
    readOnly: row.read_only,
  }
}

interface Found {
  readonly id: string
  readonly user_id: string
  readonly roles: string[] | null
  readonly expires_at: string | null
  readonly networks: string[] | null
  readonly read_only: boolean
  readonly unnoted: boolean
}

/** Nobody waits for this. */
function noteUse({ database }: Place, id: string): void {
  database
    .query({ text: 'update platform.api_key set last_used_at = now() where id = $1::uuid', values: [id], writes: true })
    .catch((error: unknown) => observeError('key', error))
}

/** A key holds 256 random bits, so a plain hash is enough: there is nothing to guess. */
function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}
