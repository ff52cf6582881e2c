// With whom a record is shared, as whoever may read it is told, and what the caller could give away on it.
import { shareRights, type ShareRight } from '@peyvand/core/access/reach.ts'
import type { Entity, Id } from '@peyvand/core/model/model.ts'
import { isShareable } from '@peyvand/core/query/ended-shares.ts'
import type { Context } from '../../context.ts'
import type { Platform } from '../../platform.ts'
import { rightsOn } from '../cascade/allowed.ts'
import { namesOf } from '../names.ts'
import { readShares, type Receiver } from './store.ts'

/** One share of a record. Names are null for who may not be read by the caller. */
export interface Share {
  readonly type: Receiver['type']
  readonly id: Id
  readonly name: string | null
  readonly rights: readonly ShareRight[]
  /** ISO 8601; null: without end. */
  readonly expires_at: string | null
  readonly shared_by: { readonly id: Id; readonly name: string | null }
  readonly shared_at: string
  /** Whether it came along with another record that was shared. */
  readonly inherited: boolean
}

export interface Shares {
  readonly value: readonly Share[]
  /** Rights the caller has on the record and may give away; none for who may not share it. */
  readonly may_give: readonly ShareRight[]
}

/** The shares of a record that the caller is known to read. */
export async function sharesOf(platform: Platform, context: Context, entity: Entity, id: Id): Promise<Shares> {
  if (!isShareable(entity)) return { value: [], may_give: [] }
  const rows = await readShares(context, entity, id)
  const ids = (type: Receiver['type']) => rows.filter((row) => row.type === type).map(({ receiver }) => receiver)
  const [people, teams] = await Promise.all([
    namesOf(platform, context, 'user', [...new Set([...ids('user'), ...rows.map(({ by }) => by)])]),
    namesOf(platform, context, 'team', [...new Set(ids('team'))]),
  ])
  const rights = await rightsOn(context, entity, id, shareRights)
  return {
    value: rows.map(({ type, receiver, rights: given, expires, by, at, source }) => ({
      type,
      id: receiver,
      name: (type === 'user' ? people : teams)[receiver] ?? null,
      rights: given,
      expires_at: expires,
      shared_by: { id: by, name: people[by] ?? null },
      shared_at: at,
      inherited: source !== id,
    })),
    may_give: rights.has('share') ? shareRights.filter((right) => rights.has(right)) : [],
  }
}
