// What happened, for those who listen now: record changes, model revisions, changes of access. Best effort and never the
// record of truth. Between processes they travel by NOTIFY, gathered for a moment so that a busy writer costs few statements.
import { randomUUID } from 'node:crypto'
import type { Database } from './db/database.ts'
import { observeError } from './observe.ts'

export type PlatformEvent =
  | {
      readonly kind: 'record'
      readonly entity: string
      /** Records that one write changed in the same way. */
      readonly ids: readonly string[]
      readonly change: 'create' | 'update' | 'delete'
      /** Nothing was changed that the rights of others count from. */
      readonly personal?: true
    }
  | { readonly kind: 'model'; readonly revision: number }
  | {
      readonly kind: 'job'
      readonly id: string
      readonly job: string
      readonly state: string
      readonly progress?: { readonly done: number; readonly total?: number; readonly says?: string }
    }
  /** A webhook has something to send that did not come from a change: its secret, or what is sent again. */
  | { readonly kind: 'webhook' }
  /** Sessions, keys or rights of one user (absent: of anybody) changed: what was resolved before is void. */
  | { readonly kind: 'access'; readonly user?: string }

export interface Events {
  emit(event: PlatformEvent): void
  /** Calls back for each event of this and of the other processes; gives the way to stop. */
  on(heard: (event: PlatformEvent) => void): () => void
}

/** Events that reach the other processes too, where there can be any. */
export interface Broadcast extends Events {
  /** Sends what is gathered. */
  flush(): Promise<void>
  close(): Promise<void>
}

/** How long a record's change may wait for others to travel with it. unit: milliseconds */
const gather = 50
/** PostgreSQL takes at most 8,000 bytes in one notification. */
const mostBytes = 7_000

/** Opens the events of one tenant. `hear`: also listen to other processes (a server does, a command need not). */
export async function openEvents(database: Database, schema: string, hear: boolean): Promise<Broadcast> {
  const broadcast = new Relay(database, `peyvand_events_${schema}`)
  if (hear && database.direct !== undefined) await broadcast.listen(database.direct)
  return broadcast
}

class Relay implements Broadcast {
  readonly #database: Database
  readonly #channel: string
  readonly #own = randomUUID().slice(0, 8)
  readonly #listeners = new Set<(event: PlatformEvent) => void>()
  #waiting: PlatformEvent[] = []
  #timer: NodeJS.Timeout | undefined
  #sending: Promise<void> = Promise.resolve()

  constructor(database: Database, channel: string) {
    this.#database = database
    this.#channel = channel
  }

  async listen(direct: NonNullable<Database['direct']>): Promise<void> {
    await this.#database.listen(this.#channel, (payload) => this.#receive(payload))
    // Whatever was said while nobody heard is lost: trust nothing that was resolved before.
    await direct.onConnect(async () => this.#tell({ kind: 'access' }))
  }

  emit(event: PlatformEvent): void {
    this.#tell(event)
    // A new model travels on its own channel, with acknowledgement; an embedded database has no other process.
    if (this.#database.engine === 'pglite' || event.kind === 'model') return
    this.#waiting.push(event)
    if (event.kind === 'access') void this.flush()
    else this.#timer ??= setTimeout(() => void this.flush(), gather)
  }

  on(heard: (event: PlatformEvent) => void): () => void {
    this.#listeners.add(heard)
    return () => void this.#listeners.delete(heard)
  }

  #tell(event: PlatformEvent): void {
    for (const heard of this.#listeners) {
      try {
        heard(event)
      } catch (error) {
        observeError('event', error)
      }
    }
  }

  #receive(payload: string): void {
    if (payload.startsWith(from(this.#own))) return
    const { events } = JSON.parse(payload) as { events: PlatformEvent[] }
    for (const event of events) this.#tell(event)
  }

  flush(): Promise<void> {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const events = this.#waiting
    this.#waiting = []
    if (events.length > 0)
      this.#sending = this.#sending
        .then(() => this.#send(events))
        .catch((error: unknown) => observeError('events', error))
    return this.#sending
  }

  async #send(events: readonly PlatformEvent[]): Promise<void> {
    // One statement for all: each transaction that notifies takes a turn of its own and waits for the disk.
    await this.#database.query({
      text: 'select pg_notify($1, p) from unnest($2::text[]) as p',
      values: [this.#channel, payloads(this.#own, events)],
      name: 'peyvand_events',
    })
  }

  async close(): Promise<void> {
    await this.flush()
    this.#listeners.clear()
  }
}

/** How messages of a process begin. */
const from = (process: string): string => `{"from":"${process}",`

/** As many ids as one notification has room for. */
const mostIds = 150

/** An event of many records as several of some. */
function inParts(event: PlatformEvent): PlatformEvent[] {
  if (event.kind !== 'record' || event.ids.length <= mostIds) return [event]
  const parts = Math.ceil(event.ids.length / mostIds)
  return Array.from({ length: parts }, (_, i) => ({ ...event, ids: event.ids.slice(i * mostIds, (i + 1) * mostIds) }))
}

/** The events as JSON texts of the size that a notification may have. */
function payloads(process: string, events: readonly PlatformEvent[]): string[] {
  const found: string[] = []
  let part = ''
  for (const event of events.flatMap(inParts)) {
    const text = JSON.stringify(event)
    if (part !== '' && part.length + text.length > mostBytes) {
      found.push(part)
      part = ''
    }
    part += part === '' ? text : `,${text}`
  }
  return [...found, part].map((list) => `${from(process)}"events":[${list}]}`)
}
