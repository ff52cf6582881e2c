// Shares whose time is over count for nothing from that moment on, whoever asks. Here they are taken away soon after, so that
// the log, listeners and cached callers hear of the end as of any other change.
import { systemActor } from '@peyvand/core/access/actor.ts'
import { observeError } from '../../observe.ts'
import type { RunningPlatform } from '../../platform.ts'
import { announce } from './announce.ts'
import { takeEnded } from './store.ts'

const mostAtOnce = 500
/** unit: milliseconds */
const pause = 3_000

/** Takes away the shares that are over. shape: how many. */
export async function endShares(platform: RunningPlatform, now = new Date().toISOString()): Promise<number> {
  let ended = 0
  for (;;) {
    const context = platform.contextFor(systemActor)
    const rows = await platform.database.transaction(async (database) =>
      takeEnded({ ...context, database }, now, mostAtOnce),
    )
    const records = rows.flatMap(({ entity, record }) => {
      const known = context.model.entityById.get(entity)
      return known === undefined ? [] : [{ entity: known, id: record }]
    })
    const receivers = rows.map(({ receiver, type }) => ({ type, id: receiver }))
    if (rows.length > 0) await announce(platform, context, records, receivers)
    ended += rows.length
    if (rows.length < mostAtOnce) return ended
  }
}

/** Looks every few seconds, one look at a time, until stopped. */
export function keepSharesEnded(platform: RunningPlatform): () => void {
  let isLooking = false
  const timer = setInterval(() => {
    if (isLooking) return
    isLooking = true
    endShares(platform)
      .catch((error: unknown) => observeError('shares', error))
      .finally(() => (isLooking = false))
  }, pause).unref()
  return () => clearInterval(timer)
}
