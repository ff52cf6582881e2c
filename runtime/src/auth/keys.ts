// API keys: made once, shown once, kept as a hash. Decides their form, whose they are and when they end.
import { createHash, randomBytes, randomUUID } from 'node:crypto'
import { Problem } from '@peyvand/core/base/problem.ts'
import { observe } from '../observe.ts'
import type { Platform } from '../platform.ts'

const prefix = 'pvd_'

export interface KeyWish {
  /** Id of the user it speaks for. */
  readonly user: string
  readonly name: string
  /** Roles it is limited to; absent: all roles of the user. */
  readonly roles?: readonly string[]
  readonly expires?: Date
}

/** A key as it is listed: never the key itself. */
export interface KeyRow {
  readonly id: string
  readonly name: string
  /** The first characters, so that its owner can tell keys apart. */
  readonly start: string
  readonly roles: readonly string[] | null
  readonly created_at: string
  readonly expires_at: string | null
}

/** What a key proves. */
export interface KeyHolder {
  readonly id: string
  readonly user: string
  readonly roles?: readonly string[]
  readonly expires?: Date
}

/** Whether a bearer token has the form of a key. */
export function isKey(token: string): boolean {
  return token.length === prefix.length + 43 && token.startsWith(prefix)
}

/** Makes a key. `key` is shown this once. throws: Problem when the user lacks a role the key asks for. */
export async function createKey(
  platform: Pick<Platform, 'database' | 'schema'>,
  wish: KeyWish,
): Promise<{ id: string; key: string }> {
  const key = prefix + randomBytes(32).toString('base64url')
  const id = randomUUID()
  await platform.database.query({
    text: 'insert into platform.api_key (id, tenant, user_id, name, hash, start, roles, expires_at) values ($1, $2, $3, $4, $5, $6, $7, $8)',
    values: [
      id,
      platform.schema,
      wish.user,
      wish.name,
      hashOf(key),
      key.slice(0, 10),
      wish.roles ?? null,
      wish.expires ?? null,
    ],
  })
  observe({ kind: 'key', change: 'created' })
  return { id, key }
}

/** The keys of a user, newest first. */
export async function listKeys(platform: Pick<Platform, 'database' | 'schema'>, user: string): Promise<KeyRow[]> {
  const { rows } = await platform.database.query<KeyRow>({
    text: `select k.id, k.name, k.start, k.roles, to_json(k.created_at) as created_at, to_json(k.expires_at) as expires_at
      from platform.api_key k where k.tenant = $1 and k.user_id = $2::uuid order by k.created_at desc, k.id`,
    values: [platform.schema, user],
  })
  return rows
}

/** Ends a key at once, in every process. `user` limits it to that user's own. throws: Problem when there is no such key. */
export async function revokeKey(
  platform: Pick<Platform, 'database' | 'schema' | 'events'>,
  id: string,
  user?: string,
): Promise<void> {
  const { rows } = await platform.database.query<{ user_id: string }>({
    text: 'delete from platform.api_key where id = $1::uuid and tenant = $2 and ($3::uuid is null or user_id = $3::uuid) returning user_id',
    values: [id, platform.schema, user ?? null],
  })
  if (rows[0] === undefined) throw new Problem('missing.record', { detail: 'There is no such key' })
  platform.events.emit({ kind: 'access', user: rows[0].user_id })
  observe({ kind: 'key', change: 'revoked' })
}

/** What a presented key proves; undefined for one that is unknown or over. */
export async function findKey(
  platform: Pick<Platform, 'database' | 'schema'>,
  key: string,
): Promise<KeyHolder | undefined> {
  const { rows } = await platform.database.query<{
    id: string
    user_id: string
    roles: string[] | null
    expires_at: string | null
  }>({
    text: 'select k.id, k.user_id, k.roles, k.expires_at from platform.api_key k where k.hash = $1 and k.tenant = $2',
    values: [hashOf(key), platform.schema],
    name: 'api_key',
  })
  const row = rows[0]
  if (row === undefined) return undefined
  const expires = row.expires_at === null ? undefined : new Date(row.expires_at)
  if (expires !== undefined && expires.getTime() <= Date.now()) return undefined
  return { id: row.id, user: row.user_id, roles: row.roles ?? undefined, expires }
}

/** A key holds 256 random bits, so a plain hash is enough: there is nothing to guess. */
function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}
