// How much one caller may ask for: failed sign-ins per account and address, requests per user, requests at the same time.
// Counts in memory, per process. Decides only yes or no; what is answered stands with the route.
import { Problem } from '@peyvand/core/base/problem.ts'

interface Window {
  count: number
  readonly until: number
}

/** Counts per key in fixed windows. Old windows are swept as new ones come. */
export class Counter {
  readonly #most: number
  readonly #length: number
  readonly #windows = new Map<string, Window>()
  #sweepAt = 0

  /** unit: milliseconds. A limit of 0 counts nothing. */
  constructor(most: number, length: number) {
    this.#most = most
    this.#length = length
  }

  /** Counts one and says how many seconds to wait, 0 when it is within the limit. */
  add(key: string, now = Date.now()): number {
    if (this.#most === 0) return 0
    const window = this.#windowOf(key, now)
    window.count++
    return window.count > this.#most ? Math.ceil((window.until - now) / 1_000) : 0
  }

  /** Seconds to wait before the next one would be within the limit, without counting. */
  wait(key: string, now = Date.now()): number {
    if (this.#most === 0) return 0
    const window = this.#windows.get(key)
    return window !== undefined && window.until > now && window.count >= this.#most
      ? Math.ceil((window.until - now) / 1_000)
      : 0
  }

  /** What a key has left until its window ends; undefined where nothing is counted. */
  left(key: string, now = Date.now()): { most: number; remaining: number; seconds: number } | undefined {
    if (this.#most === 0) return undefined
    const window = this.#windows.get(key)
    const until = window === undefined ? now + this.#length : window.until
    const remaining = Math.max(0, this.#most - (window?.count ?? 0))
    return { most: this.#most, remaining, seconds: Math.max(0, Math.ceil((until - now) / 1_000)) }
  }

  /** Forgets a key. */
  clear(key: string): void {
    this.#windows.delete(key)
  }

  #windowOf(key: string, now: number): Window {
    const found = this.#windows.get(key)
    if (found !== undefined && found.until > now) return found
    if (now > this.#sweepAt) {
      for (const [old, window] of this.#windows) if (window.until <= now) this.#windows.delete(old)
      this.#sweepAt = now + this.#length
    }
    const window: Window = { count: 0, until: now + this.#length }
    this.#windows.set(key, window)
    return window
  }
}

/** What a caller over the limit is told. */
export function tooMany(seconds: number, what = 'Too many requests'): Problem {
  return new Problem('limit.rate', { detail: `${what}; try again in ${seconds} s`, params: { retryAfter: seconds } })
}
