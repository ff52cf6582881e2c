// The processes that serve one tenant, and how they all come to the same model: each holds a session lock on the connection
// it listens with, so who is alive stands in pg_locks; a publisher notifies and waits until each of them acknowledged.
import { randomInt } from 'node:crypto'
import type { Database, Session } from '../db/database.ts'
import { observe, observeError } from '../observe.ts'

/** What travels on the channel: a new revision, or that a node follows it. */
type Message =
  | { readonly revision: number; readonly from: number }
  | { readonly followed: number; readonly node: number }

const recheck = 100

/** The nodes of one tenant as one of them sees them. */
export class Nodes {
  readonly #database: Database
  readonly #channel: string
  readonly #space: number
  readonly #own = randomInt(1, 0x7fffffff)
  readonly #follow: (revision: number) => Promise<void>
  /** Revision → nodes that follow it. */
  readonly #followed = new Map<number, Set<number>>()
  #wake: (() => void) | undefined

  /** `follow` brings this process to at least a revision. */
  constructor(database: Database, schema: string, follow: (revision: number) => Promise<void>) {
    this.#database = database
    this.#channel = `peyvand_model_${schema}`
    this.#space = lockSpaceOf(schema)
    this.#follow = follow
  }

  /** Joins: from now on this process follows what others publish. A command that only publishes listens, but is no node. */
  async join(serves: boolean): Promise<void> {
    const { direct } = this.#database
    if (direct === undefined) return
    await this.#database.listen(
      this.#channel,
      (payload) =>
        void this.#hear(JSON.parse(payload) as Message).catch((error: unknown) => observeError('follow', error)),
    )
    await direct.onConnect(async (session) => {
      if (serves)
        await session.query({
          text: 'select pg_advisory_lock_shared($1::int, $2::int)',
          values: [this.#space, this.#own],
        })
      // The lock is taken first: a revision published from here on waits for this node, one from before is read now.
      await this.#follow(await storedRevision(session, this.#schema))
      observe({ kind: 'node', change: 'connected', nodes: 1 })
    })
  }

  get #schema(): string {
    return this.#channel.slice('peyvand_model_'.length)
  }

  /** Tells the others inside the publisher's transaction: they hear it when it commits. */
  async announce(session: Session, revision: number): Promise<void> {
    if (this.#database.direct === undefined) return
    const message: Message = { revision, from: this.#own }
    await session.query({ text: 'select pg_notify($1, $2)', values: [this.#channel, JSON.stringify(message)] })
  }

  /** Waits until every living node follows a revision, at most so long; whether they all do. unit: milliseconds */
  async settled(revision: number, timeout: number): Promise<boolean> {
    if (this.#database.direct === undefined) return true
    const deadline = Date.now() + timeout
    for (;;) {
      const heard = this.#followed.get(revision) ?? new Set()
      const missing = (await this.#living()).filter((node) => !heard.has(node))
      if (missing.length === 0) break
      if (Date.now() >= deadline) {
        observe({ kind: 'node', change: 'late', nodes: missing.length })
        return false
      }
      await this.#nextWord(Math.min(recheck, deadline - Date.now()))
    }
    for (const old of this.#followed.keys()) if (old <= revision) this.#followed.delete(old)
    return true
  }

  /** Asks every living node once more whether it follows a revision; whether all said so in time. unit: milliseconds */
  async confirmed(revision: number, timeout: number): Promise<boolean> {
    await this.announce(this.#database, revision)
    return this.settled(revision, timeout)
  }

  async #living(): Promise<number[]> {
    const { rows } = await this.#database.query<{ node: number }>({
      text: `select l.objid::int8::int4 as node from pg_catalog.pg_locks l join pg_catalog.pg_database d on d.oid = l.database
        where l.locktype = 'advisory' and l.granted and l.objsubid = 2 and l.classid = $1::int4::oid and d.datname = current_database()`,
      values: [this.#space],
      name: 'living_nodes',
    })
    return rows.map((row) => row.node).filter((node) => node !== this.#own)
  }

  #nextWord(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  async #hear(message: Message): Promise<void> {
    if ('followed' in message) {
      this.#followed.set(message.followed, (this.#followed.get(message.followed) ?? new Set()).add(message.node))
      this.#wake?.()
      return
    }
    if (message.from === this.#own) return
    const started = performance.now()
    await this.#follow(message.revision)
    const answer: Message = { followed: message.revision, node: this.#own }
    await this.#database.notify(this.#channel, JSON.stringify(answer))
    observe({ kind: 'follow', revision: message.revision, ms: Math.round(performance.now() - started) })
  }
}

/** The revision that is stored now. */
export async function storedRevision(session: Session, schema: string): Promise<number> {
  const { rows } = await session.query<{ revision: number }>({
    text: `select coalesce(max(h.revision), 0) as revision from "${schema}"._history h`,
    name: `revision_${schema}`,
  })
  return rows[0]?.revision ?? 0
}

/** A positive lock number per schema, apart from the one that serialises schema work. */
function lockSpaceOf(schema: string): number {
  let hash = 0x6e6f6465
  for (const letter of schema) hash = (Math.imul(hash, 31) + letter.codePointAt(0)!) | 0
  return hash & 0x7fffffff
}
