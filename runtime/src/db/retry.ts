// Transactions that lost a deadlock are done again: the database has chosen one of two that waited for each other, and nobody
// outside should hear of it. Decides how often and how long between.
import { setTimeout as wait } from 'node:timers/promises'
import type { Database } from './database.ts'
import { DatabaseError } from './error.ts'

const mostTries = 12
const chosen = new Set(['40P01', '40001'])

/** Whether a transaction failed only because of others at the same time. */
export function isDeadlock(thrown: unknown): boolean {
  return thrown instanceof DatabaseError && chosen.has(thrown.code)
}

/** Runs a whole transaction, again when it lost a deadlock; a part of a larger one runs once. throws: what the last try threw. */
export async function retrying<T>({ nested }: Pick<Database, 'nested'>, transaction: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await transaction()
    } catch (thrown) {
      if (nested || !isDeadlock(thrown) || tries >= mostTries) throw thrown
      await wait(Math.random() * Math.min(10 * 2 ** tries, 500))
    }
  }
}
