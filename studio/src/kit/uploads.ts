// Files on their way to the server: a few at a time, each with its progress and a way to stop it, and what went wrong with
// those that did not make it. Whoever shows them decides what is done with a file that has arrived.
import type { FileFacts } from '@peyvand/core/types/type.ts'
import { upload } from '../data/files.ts'
import { explain } from '../forms/explain.ts'
import { Store } from './view.ts'

/** A file on its way, or one that did not make it. */
export interface Sending {
  /** Counts up in the order the files were given. */
  readonly key: number
  readonly file: File
  /** How much was sent, from 0 to 1. */
  readonly part: number
  readonly problem?: string
  readonly stop: AbortController
}

/** Sent at the same time; browsers hold few connections to one server, and others need them too. */
const together = 3

export class Uploads extends Store {
  #list: readonly Sending[] = []
  #next = 0
  #running = 0
  readonly #waiting: (() => void)[] = []

  get list(): readonly Sending[] {
    return this.#list
  }

  /** How many are on their way. */
  get active(): number {
    return this.#list.filter(({ problem }) => problem === undefined).length
  }

  /** Sends a file and gives what the server found it to be, and its place among all; undefined when it did not arrive. */
  async send(file: File, meant: string): Promise<{ readonly key: number; readonly stored: FileFacts } | undefined> {
    const { key, stop } = this.#add({ file })
    if (this.#running >= together) await new Promise<void>((go) => this.#waiting.push(go))
    this.#running++
    try {
      const stored = await upload(file, {
        meant,
        signal: stop.signal,
        progress: (part) => this.#change(key, { part }),
      })
      this.forget(key)
      return { key, stored }
    } catch (error) {
      if (error instanceof DOMException) this.forget(key)
      else this.#change(key, { problem: explain(error) })
      return undefined
    } finally {
      this.#running--
      this.#waiting.shift()?.()
    }
  }

  /** Shows a file that is not sent, and why. */
  refuse(file: File, problem: string): void {
    this.#add({ file, problem })
  }

  /** Takes a file off the list; one that is on its way is stopped. */
  forget(key: number): void {
    this.#list.find((each) => each.key === key)?.stop.abort()
    this.#list = this.#list.filter((each) => each.key !== key)
    this.changed()
  }

  /** Takes those off the list that did not make it. */
  forgetFailed(): void {
    this.#list = this.#list.filter(({ problem }) => problem === undefined)
    this.changed()
  }

  /** Stops everything. */
  stop(): void {
    for (const { stop } of this.#list) stop.abort()
  }

  #add(sending: Pick<Sending, 'file' | 'problem'>): Sending {
    const added = { ...sending, key: this.#next++, part: 0, stop: new AbortController() }
    this.#list = [...this.#list, added]
    this.changed()
    return added
  }

  #change(key: number, values: Partial<Sending>): void {
    this.#list = this.#list.map((each) => (each.key === key ? { ...each, ...values } : each))
    this.changed()
  }
}
