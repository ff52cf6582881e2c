// Turns: how many requests of one user run at the same time. More wait in a short line; when the line is full, or the wait too
// long, they are refused. Counts in memory, per process, so that one caller's burst cannot take what the others need.
import { tooMany } from './limit.ts'
import type { Problem } from '@peyvand/core/base/problem.ts'

export interface TurnLimits {
  /** What is counted, for the caller who is refused: `requests`. */
  readonly what: string
  /** Turns at the same time for one key; 0 gives everyone a turn at once. */
  readonly atOnce: number
  /** Callers that wait for one key. */
  readonly waiting: number
  /** unit: milliseconds */
  readonly wait: number
}

interface Line {
  running: number
  readonly waiting: Set<() => void>
}

/** Gives turns per key. */
export class Turns {
  readonly #limits: TurnLimits
  readonly #lines = new Map<string, Line>()

  constructor(limits: TurnLimits) {
    this.#limits = limits
  }

  /** A turn at once where one is free, else when one comes free. Each that was given must be given back (`end`). */
  begin(key: string): undefined | Problem | Promise<Problem | undefined> {
    const { atOnce, waiting } = this.#limits
    if (atOnce === 0) return undefined
    let line = this.#lines.get(key)
    if (line === undefined) this.#lines.set(key, (line = { running: 0, waiting: new Set() }))
    if (line.running < atOnce) return void line.running++
    if (line.waiting.size >= waiting) return refused(this.#limits)
    return this.#wait(line)
  }

  #wait(line: Line): Promise<Problem | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        line.waiting.delete(go)
        resolve(refused(this.#limits))
      }, this.#limits.wait)
      const go = () => {
        clearTimeout(timer)
        resolve(undefined)
      }
      line.waiting.add(go)
    })
  }

  /** Gives a turn back; the longest waiting takes it over. */
  end(key: string): void {
    const line = this.#lines.get(key)
    if (line === undefined) return
    const [next] = line.waiting
    if (next !== undefined) {
      line.waiting.delete(next)
      next()
    } else if (--line.running === 0) this.#lines.delete(key)
  }
}

function refused({ atOnce, what }: TurnLimits): Problem {
  return tooMany(1, `More than ${atOnce} ${what} at the same time`)
}
