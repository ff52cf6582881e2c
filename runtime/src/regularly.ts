// Work that a process does by itself again and again, beside answering. It keeps no process alive; what goes wrong is observed,
// and the next time comes all the same.
import { observeError } from './observe.ts'

/** When it is done. unit: milliseconds */
export interface Pace {
  /** The first time; absent: after the first `every`. */
  readonly first?: number
  readonly every: number
}

/** A few times a day, and once soon after the start. `first`: unit: milliseconds */
export function fewTimesADay(first: number): Pace {
  return { first, every: 6 * 3_600_000 }
}

/** Does some work until stopped. `what`: its name, where it goes wrong. */
export function regularly(what: string, { first, every }: Pace, work: () => Promise<unknown>): () => void {
  const once = () => void work().catch((error: unknown) => observeError(what, error))
  const start = first === undefined ? undefined : setTimeout(once, first).unref()
  const timer = setInterval(once, every).unref()
  return () => {
    clearTimeout(start)
    clearInterval(timer)
  }
}
