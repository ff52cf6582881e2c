// What a delete would do, told before it is done: how many records of each entity would go, lose a link or stand in the way, as
// far as the caller sees them; of the others only that there are some.
import type { Id } from '@peyvand/core/model/model.ts'
import type { Context } from '../../context.ts'
import type { Platform } from '../../platform.ts'
import { seenOf } from './allowed.ts'
import { isTold, type Dependent } from './dependents.ts'
import type { Target } from './reach.ts'
import { surveyDelete } from './survey.ts'

/** Records a preview looks at; beyond it says "at least". */
export const mostPreviewed = 20_000

/** What happens to records of one entity. */
export interface Share {
  readonly entity: string
  readonly deleted: number
  readonly cleared: number
  readonly blocking: number
}

export interface Preview {
  readonly entities: readonly Share[]
  /** There are records beyond these that the caller does not see. */
  readonly others: boolean
  /** It reaches more than was looked at: the numbers are the least. */
  readonly more: boolean
  /** One transaction does it at once, a job does it in parts, or something stands in the way. */
  readonly how: 'at_once' | 'job' | 'blocked'
}

/** What deleting a record would do. */
export async function previewDelete(platform: Platform, context: Context, target: Target): Promise<Preview> {
  const { cascadeLimit } = platform.config
  const { levels, cleared, blocked, reached, more } = await surveyDelete(context, target, mostPreviewed)
  const doomed = levels.flatMap((level) => [...level.values()].flat())
  const entities: Share[] = []
  let others = false
  const groups = Map.groupBy([...doomed, ...cleared, ...blocked], ({ entity }) => entity)
  for (const entity of groups.keys()) {
    const seen = async (all: readonly Dependent[]): Promise<number> => {
      const own = all.filter((each) => each.entity === entity)
      const ids = own.filter((each) => isTold(context, each)).map(({ id }): Id => id)
      const count = await seenOf(context, entity, ids)
      if (count < new Set(own.map(({ id }) => id)).size) others = true
      return count
    }
    const share = {
      entity: entity.name,
      deleted: await seen(doomed),
      cleared: await seen(cleared),
      blocking: await seen(blocked),
    }
    if (share.deleted + share.cleared + share.blocking > 0) entities.push(share)
  }
  const how = blocked.length > 0 ? 'blocked' : more || reached > cascadeLimit ? 'job' : 'at_once'
  return { entities, others, more, how }
}
