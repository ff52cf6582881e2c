// What the operations on shares have in common: with whom, which rights, and what is told.
import { shareRights, type ShareRight } from '@peyvand/core/access/reach.ts'
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Entity, Id } from '@peyvand/core/model/model.ts'
import type { Context } from '../context.ts'
import type { Platform } from '../platform.ts'
import { sharesOf } from '../records/share/list.ts'
import type { Gift, Receiver } from '../records/share/store.ts'
import type { Operation, Parameter, Result } from './operation.ts'

const uuid = { type: 'string', format: 'uuid' }
const nullable = { type: ['string', 'null'] }
const rights = { type: 'array', items: { enum: [...shareRights] } }

/** With whom: one of the two. */
export const receiverParameters: Operation['parameters'] = {
  user: { schema: uuid, doc: 'Id of the user; or name a team' },
  team: { schema: uuid, doc: 'Id of the team; or name a user' },
}

/** What they get; reading always goes with it. */
export const rightsParameter: Parameter = {
  schema: { ...rights, minItems: 1, uniqueItems: true },
  doc: 'What they may do with the record; reading always belongs to it',
  required: true,
}

/** The shares of a record, and what the caller could give. */
export const sharesResult: Result = {
  schema: {
    type: 'object',
    required: ['value', 'may_give'],
    properties: {
      value: {
        type: 'array',
        items: {
          type: 'object',
          properties: {
            type: { enum: ['user', 'team'] },
            id: uuid,
            name: nullable,
            rights,
            expires_at: { ...nullable, format: 'date-time' },
            shared_by: { type: 'object', properties: { id: uuid, name: nullable } },
            shared_at: { type: 'string', format: 'date-time' },
            inherited: { type: 'boolean' },
          },
        },
      },
      may_give: rights,
    },
  },
}

/** With whom the parameters say. throws: Problem when it is nobody or two. */
export function receiverIn({ user, team }: JsonObject): Receiver {
  if (typeof user === 'string' && typeof team !== 'string') return { type: 'user', id: user.toLowerCase() }
  if (typeof team === 'string' && typeof user !== 'string') return { type: 'team', id: team.toLowerCase() }
  throw new Problem('check.required', {
    detail: 'A record is shared with one user or one team',
    pointer: '/user',
    target: 'user',
    hint: 'Give "user" or "team", and not both',
  })
}

/** What the parameters give. throws: Problem. */
export function giftIn(parameters: JsonObject): Gift {
  const { rights: given, expires_at: expires } = parameters
  return {
    receiver: receiverIn(parameters),
    rights: given as ShareRight[],
    expires: typeof expires === 'string' ? new Date(expires).toISOString() : null,
  }
}

/** The shares of a record as an operation answers them. */
export async function toldShares(platform: Platform, context: Context, entity: Entity, id: Id): Promise<JsonValue> {
  const { value, may_give } = await sharesOf(platform, context, entity, id)
  return {
    value: value.map((share) => ({ ...share, rights: [...share.rights], shared_by: { ...share.shared_by } })),
    may_give: [...may_give],
  }
}
