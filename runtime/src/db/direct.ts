// The one unpooled connection of a process: it listens, and holds what must vanish with the process (session locks).
// Decides when it counts as alive (a heartbeat) and comes back by itself; those who depend on it are told each time.
import type pg from 'pg'
import { observe, observeError } from '../observe.ts'
import { connect } from './connection.ts'
import type { Session } from './database.ts'

/** Runs on every new connection, before it counts as connected. Notifications may have been missed before it. */
export type Connected = (session: Session) => Promise<void>

const heartbeat = 2_000

/** A connection for LISTEN that is always either connected or on its way back. */
export class Direct {
  readonly #options: pg.ClientConfig
  readonly #channels = new Map<string, Set<(payload: string) => void>>()
  readonly #hooks: Connected[] = []
  #client: pg.Client | undefined
  #opening: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(options: pg.ClientConfig) {
    this.#options = options
  }

  /** Whether notifications reach this process right now. */
  get connected(): boolean {
    return this.#client !== undefined
  }

  /** Adds work for every new connection and does it on the present one. */
  async onConnect(hook: Connected): Promise<void> {
    this.#hooks.push(hook)
    if (this.#client !== undefined) return hook(sessionOf(this.#client))
    await this.#open()
  }

  /** Calls back for each notification on a channel; gives the way to stop. */
  async listen(channel: string, heard: (payload: string) => void): Promise<() => Promise<void>> {
    const listeners = this.#channels.get(channel) ?? new Set()
    this.#channels.set(channel, listeners.add(heard))
    if (this.#client === undefined) await this.#open()
    else if (listeners.size === 1) await this.#client.query(`listen ${quoted(channel)}`)
    return async () => void listeners.delete(heard)
  }

  #open(): Promise<void> {
    this.#opening ??= this.#connect().finally(() => (this.#opening = undefined))
    return this.#opening
  }

  async #connect(): Promise<void> {
    const client = await connect(this.#options)
    client.on('notification', ({ channel, payload }) =>
      this.#channels.get(channel)?.forEach((heard) => heard(payload ?? '')),
    )
    client.on('end', () => this.#lost(client))
    client.on('error', () => this.#lost(client))
    for (const channel of this.#channels.keys()) await client.query(`listen ${quoted(channel)}`)
    for (const hook of this.#hooks) await hook(sessionOf(client))
    this.#client = client
    this.#timer = setInterval(() => void this.#beat(client), heartbeat).unref()
  }

  async #beat(client: pg.Client): Promise<void> {
    const late = setTimeout(() => this.#lost(client), heartbeat)
    try {
      await client.query('select 1')
    } catch {
      this.#lost(client)
    } finally {
      clearTimeout(late)
    }
  }

  #lost(client: pg.Client): void {
    if (this.#client !== client) return
    this.#client = undefined
    clearInterval(this.#timer)
    client.end().catch(() => undefined)
    if (this.#closed) return
    observe({ kind: 'node', change: 'lost', nodes: 0 })
    void this.#comeBack()
  }

  async #comeBack(): Promise<void> {
    for (let wait = 50; !this.#closed && this.#client === undefined; wait = Math.min(wait * 2, 2_000)) {
      try {
        return await this.#open()
      } catch (error) {
        if (wait === 1_600) observeError('listen', error)
        await new Promise((resolve) => setTimeout(resolve, wait))
      }
    }
  }

  /** Ends the connection for good. */
  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    await this.#opening?.catch(() => undefined)
    await this.#client?.end().catch(() => undefined)
  }
}

function sessionOf(client: pg.Client): Session {
  return {
    query: async (statement) => {
      const { rows, rowCount } = await client.query(statement.text, [...(statement.values ?? [])])
      return { rows, rowCount: rowCount ?? 0 }
    },
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
