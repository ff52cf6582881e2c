// With whom a record is shared, over the actions of the data service.
import type { Entity } from '@peyvand/core/model/model.ts'
import { fetchJson } from './http.ts'

export type ShareRight = 'read' | 'write' | 'delete' | 'assign' | 'share' | 'append' | 'append_to'

export interface Share {
  readonly type: 'user' | 'team'
  readonly id: string
  /** Null for who the person may not see. */
  readonly name: string | null
  readonly rights: readonly ShareRight[]
  readonly expires_at: string | null
  /** Whether it came along with another record. */
  readonly inherited: boolean
}
export interface Shares {
  readonly value: readonly Share[]
  /** What the person could give away; nothing where they may not share. */
  readonly may_give: readonly ShareRight[]
}

/** What somebody is given. */
export interface Gift {
  readonly to: Pick<Share, 'type' | 'id'>
  readonly rights: readonly ShareRight[]
  readonly expires: string | null
}

const call = <T>(name: string, entity: Entity, id: string, more: object = {}): Promise<T> =>
  fetchJson<T>(`/api/actions/${name}`, { method: 'POST', body: { on: `${entity.entitySet}(${id})`, ...more } })

/** The shares of a record. throws: Problem */
export function readShares(entity: Entity, id: string): Promise<Shares> {
  return call('shares_of', entity, id)
}

/** Shares a record, and gives its shares as they are then. throws: Problem */
export function share(entity: Entity, id: string, { to, rights, expires }: Gift): Promise<Shares> {
  return call('share', entity, id, {
    [to.type]: to.id,
    rights: [...rights],
    ...(expires === null ? {} : { expires_at: expires }),
  })
}

/** Takes a share back. throws: Problem */
export function unshare(entity: Entity, id: string, { type, id: receiver }: Gift['to']): Promise<unknown> {
  return call('unshare', entity, id, { [type]: receiver })
}
