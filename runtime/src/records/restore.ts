// A record as it was right after one of its changes: what changed since is taken back in one write, which obeys the rights and
// rules of any other. Values that the caller sees masked stay as they are; files and what the platform works out are not given.
import type { Written } from '@peyvand/core/access/write.ts'
import { readableWire } from '@peyvand/core/access/field.ts'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import type { Context } from '../context.ts'
import type { Platform } from '../platform.ts'
import { historyOf, type Change } from './history.ts'
import { changeRecord } from './write.ts'

const page = 100
/** Changes that are gone back over at most. */
const most = 10_000

/** Which record, and the change behind which it was as wanted. */
export interface Restoring {
  readonly entity: Entity
  readonly id: string
  readonly change: string
}

/** What a record has to be given to be as it was after a change. throws: Problem when it has no such change. */
export async function valuesAfter(
  platform: Platform,
  context: Context,
  { entity, id, change }: Restoring,
): Promise<JsonObject> {
  const since: Change[] = []
  for (let after: string | null = null; since.length < most;) {
    const { value, next } = await historyOf(platform, context, { entity, id, top: page, after })
    const at = value.findIndex((each) => each.id === change)
    since.push(...value.slice(0, at < 0 ? value.length : at))
    if (at >= 0) return givable(context, entity, Object.assign({}, ...since.map(({ before }) => before)) as JsonObject)
    if (next === null) break
    after = next
  }
  throw new Problem('missing.record', {
    pointer: '/change',
    detail: 'The record has no such change',
    hint: 'Take the "id" of one that record_history tells',
  })
}

/** Takes back what changed since, in one write. shape: undefined when nothing did. throws: Problem. */
export async function restoreVersion(
  platform: Platform,
  context: Context,
  restoring: Restoring,
): Promise<Written | undefined> {
  const values = await valuesAfter(platform, context, restoring)
  if (Object.keys(values).length === 0) return undefined
  const { entity, id } = restoring
  return changeRecord(platform, context, entity.name, { id }, values, {
    purpose: 'update',
    creates: false,
    returning: 'nothing',
  })
}

function givable({ model, actor }: Context, entity: Entity, values: JsonObject): JsonObject {
  const { shown } = readableWire(model, actor, entity.id)
  return Object.fromEntries(
    Object.entries(values).filter(([name]) => {
      const property = shown.get(name)
      return property !== undefined && !property.readOnly && property.mask === undefined
    }),
  )
}
