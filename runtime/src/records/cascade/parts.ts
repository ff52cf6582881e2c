// How what is too much for one transaction is done: by many small ones, each of which only commits while the job that does it
// is still in charge. Decides the size of a part and what a job is told meanwhile.
import type { Session } from '../../db/database.ts'

/** The job that does the work, as far as the work knows it. */
export interface Task {
  /** Somebody began it before and was killed: it goes on with what is left. */
  readonly hasBegun: boolean
  /** Called first in each transaction. throws when somebody else has the job now. */
  hold(session: Session): Promise<void>
  /** From here on it cannot be cancelled any more: the first part is about to be done. throws as `hold`. */
  begin(total: number): Promise<void>
  /** Keeps how much is done. throws as `hold`. */
  report(done: number, total: number): Promise<void>
}

/** Records changed by one transaction. */
export const partSize = 200

/** Rounds after which a job gives up on records that come faster than they go. */
export const mostRounds = 20

/** A list in parts. */
export function* partsOf<T>(all: readonly T[]): Generator<readonly T[]> {
  for (let at = 0; at < all.length; at += partSize) yield all.slice(at, at + partSize)
}
