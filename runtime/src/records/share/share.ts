// Sharing one record with a person or a team, and taking it back: who may, what may be given, and which records go along because
// a cascade says so. What a share opens is decided by access (reach.ts); where it is kept is store.ts.
import { shareRights, type ShareRight } from '@peyvand/core/access/reach.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { isShareable } from '@peyvand/core/query/ended-shares.ts'
import type { Entity, Id } from '@peyvand/core/model/model.ts'
import type { Context } from '../../context.ts'
import type { Platform } from '../../platform.ts'
import { mayAll } from '../cascade/allowed.ts'
import { lockRecords, type Dependent } from '../cascade/dependents.ts'
import { heirsOf } from '../cascade/heirs.ts'
import { onNewestModel } from '../failure.ts'
import { together } from '../together.ts'
import { announce } from './announce.ts'
import { putShares, takeShares, type Gift, type Receiver } from './store.ts'

/** A record, and what somebody gets on it. */
export interface ShareOrder extends Gift {
  readonly entity: Entity
  readonly id: Id
}

/** Shares a record that the caller sees. throws: Problem. */
export function shareRecord(platform: Platform, context: Context, order: ShareOrder): Promise<void> {
  return onNewestModel(platform, context, 'update', order.entity.name, (current) =>
    together(platform, current, (one, inside) => share(one, inside, order)),
  )
}

/** Takes back what somebody has on a record, and on those that it was shared along with. throws: Problem. */
export function unshareRecord(
  platform: Platform,
  context: Context,
  order: Pick<ShareOrder, 'entity' | 'id' | 'receiver'>,
): Promise<void> {
  return onNewestModel(platform, context, 'update', order.entity.name, (current) =>
    together(platform, current, (one, inside) => unshare(one, inside, order)),
  )
}

async function share(platform: Platform, context: Context, { entity, id, ...gift }: ShareOrder): Promise<void> {
  if (!isShareable(entity))
    throw new Problem('check.invalid', {
      detail: `Records of "${entity.entitySet}" belong to everybody: they are not shared`,
      target: entity.entitySet,
    })
  if (gift.expires !== null && Date.parse(gift.expires) <= Date.now())
    throw new Problem('check.invalid', {
      detail: 'The share would be over before it begins',
      pointer: '/expires_at',
      target: 'expires_at',
      hint: 'Choose a later moment, or none',
    })
  const rights = complete(gift.rights)
  if (!(await mayAll(context, entity, [id], 'share')))
    throw new Problem('access.denied', { detail: 'You may not share this record', target: entity.entitySet })
  await mayGive(
    context,
    entity,
    [id],
    rights,
    (right) => `You may not "${right}" this record, so you cannot give that away`,
  )
  await mustBeThere(context, gift.receiver)
  await lockRecords(context, entity, [id])
  const all = [{ entity, id }, ...(await alongWith(platform, context, { entity, id }, rights))]
  for (const [of, some] of Map.groupBy(all, (each) => each.entity))
    await putShares(context, of, idsOf(some), { ...gift, rights, source: id })
  await announce(platform, context, all, [gift.receiver])
}

async function unshare(
  platform: Platform,
  context: Context,
  { entity, id, receiver }: Pick<ShareOrder, 'entity' | 'id' | 'receiver'>,
): Promise<void> {
  // What somebody was given they may give back.
  const own = receiver.id === context.actor.user
  if (!own && !(await mayAll(context, entity, [id], 'share')))
    throw new Problem('access.denied', { detail: 'You may not share this record', target: entity.entitySet })
  await lockRecords(context, entity, [id])
  const taken = await takeShares(context, entity, id, receiver.id)
  if (taken.length === 0)
    throw new Problem('missing.record', { detail: 'The record is not shared with them', pointer: `/${receiver.type}` })
  const gone = taken.flatMap(({ entity: of, record }) => {
    const known = context.model.entityById.get(of)
    return known === undefined ? [] : [{ entity: known, id: record }]
  })
  await announce(platform, context, gone, [receiver])
}

/** Who may do anything to a record may read it; rights stand in their usual order, each once. */
function complete(rights: readonly ShareRight[]): ShareRight[] {
  return shareRights.filter((right) => right === 'read' || rights.includes(right))
}

const idsOf = (some: readonly { readonly id: Id }[]): Id[] => some.map(({ id }) => id)

/** Nobody gives away what they do not have. throws: Problem. */
async function mayGive(
  context: Context,
  entity: Entity,
  ids: readonly Id[],
  rights: readonly ShareRight[],
  says: (right: ShareRight) => string,
): Promise<void> {
  for (const right of rights)
    if (!(await mayAll(context, entity, ids, right)))
      throw new Problem('access.denied', { detail: says(right), target: entity.entitySet, pointer: '/rights' })
}

/** Somebody the caller does not see, or who is not active, is the same as nobody. throws: Problem. */
async function mustBeThere(context: Context, { type, id }: Receiver): Promise<void> {
  const entity = context.model.entities.get(type)
  if (entity !== undefined && (await mayAll(context, entity, [id], 'read')) && (await isThere(context, { type, id })))
    return
  throw new Problem('check.reference', { detail: `There is no such ${type}`, pointer: `/${type}`, target: type })
}

async function isThere({ database, schema }: Context, { type, id }: Receiver): Promise<boolean> {
  const active = type === 'user' ? ` and "state" = 'active'` : ''
  const text = `select 1 from "${schema}"."${type}" where "id" = $1::uuid${active}`
  return (await database.query({ text, values: [id] })).rows.length > 0
}

/** The records that are shared along with one, all of which the caller must be allowed to share as far. throws: Problem. */
async function alongWith(
  { config }: Platform,
  context: Context,
  target: { readonly entity: Entity; readonly id: Id },
  rights: readonly ShareRight[],
): Promise<Dependent[]> {
  const found: Dependent[] = []
  const old = { owner_id: await ownerOf(context, target) }
  const inheritance = { action: 'share', old, most: config.cascadeLimit, doing: 'Sharing it' } as const
  for await (const level of heirsOf(context, target, inheritance))
    found.push(...level.filter(({ entity }) => isShareable(entity)))
  for (const [entity, heirs] of Map.groupBy(found, (heir) => heir.entity))
    await mayGive(
      context,
      entity,
      idsOf(heirs),
      ['share', ...rights],
      () => `Records of "${entity.entitySet}" would be shared with this one, and you may not share all of them as far`,
    )
  return found
}

async function ownerOf({ database, schema }: Context, { entity, id }: { entity: Entity; id: Id }): Promise<Id | null> {
  const { rows } = await database.query<{ owner: Id | null }>({
    text: `select "owner_id" as "owner" from "${schema}"."${entity.name}" where "id" = $1::uuid`,
    values: [id],
  })
  return rows[0]?.owner ?? null
}
