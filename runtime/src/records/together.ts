// Several writes as one: everything that is done with the given context runs in one transaction, and what happened is told
// only when it is committed. After a failed statement nothing more is sent, unless a savepoint before it is gone back to.
import type { Context } from '../context.ts'
import type { Session, Statement } from '../db/database.ts'
import { isModelChanged } from '../db/error.ts'
import { isDeadlock, retrying } from '../db/retry.ts'
import { nestedIn } from '../db/nested.ts'
import type { PlatformEvent } from '../events.ts'
import type { Platform } from '../platform.ts'

/** Runs work in one transaction; rolls all of it back when it throws. Tries once more when the model turns out to be old. */
export async function together<T>(
  platform: Platform,
  context: Context,
  work: (platform: Platform, context: Context) => Promise<T>,
): Promise<T> {
  let current = context
  for (let tries = 0; ; tries++) {
    const events: PlatformEvent[] = []
    try {
      const result = await retrying(current.database, () => {
        events.length = 0
        return inTransaction(platform, current, events, work)
      })
      for (const event of events) platform.events.emit(event)
      return result
    } catch (thrown) {
      if (tries > 0 || !isModelChanged(thrown)) throw thrown
      current = { ...context, model: await platform.refresh() }
    }
  }
}

function inTransaction<T>(
  platform: Platform,
  context: Context,
  events: PlatformEvent[],
  work: (platform: Platform, context: Context) => Promise<T>,
): Promise<T> {
  return context.database.transaction(async (session) => {
    const watched = new Watched(session)
    const database = nestedIn(context.database, watched)
    const inside: Platform = {
      ...platform,
      database,
      // A newer model is only taken at the start: inside, the embedded database would wait for its own transaction.
      refresh: () => Promise.resolve(context.model),
      events: { emit: (event) => void events.push(event), on: () => () => undefined },
    }
    try {
      const result = await work(inside, { ...context, database })
      watched.check()
      return result
    } catch (thrown) {
      if (isModelChanged(watched.failure) || isDeadlock(watched.failure)) throw watched.failure
      throw thrown
    }
  })
}

/** A session that remembers its first failure, which is the one that says what was wrong. */
class Watched implements Session {
  readonly #session: Session
  failure: unknown

  constructor(session: Session) {
    this.#session = session
  }

  async query<Row = Record<string, unknown>>(statement: Statement) {
    const back = statement.text.startsWith('rollback to savepoint')
    if (back && !isDeadlock(this.failure)) this.failure = undefined
    this.check()
    try {
      return await this.#session.query<Row>(statement)
    } catch (error) {
      this.failure = error
      throw error
    }
  }

  check(): void {
    if (this.failure !== undefined) throw this.failure
  }
}
