// Writes that arrive together travel together: those of one kind that wait at the end of a turn of the event loop go as one
// statement in one transaction. A statement's start, its commit and its way there and back cost several times what a record
// does. Decides which go together and when; whatever did not go well is done again alone, which tells why.
import { gatherWrites } from '@peyvand/core/access/write-gathered.ts'
import type { Alike, PreparedWrite, WriteRow } from '@peyvand/core/access/write.ts'
import type { Database } from '../db/database.ts'
import { DatabaseError } from '../db/error.ts'

/** Statements of one kind on their way at the same time: while they are, others gather. */
const atOnce = 3
/** Writes of one statement: its locks are held until all are done. */
const most = 50

interface Waiting {
  readonly prepared: PreparedWrite
  readonly alike: Alike
  readonly done: (row: WriteRow | undefined | Promise<WriteRow | undefined>) => void
  readonly failed: (thrown: unknown) => void
}

const lines = new WeakMap<Database, Map<string, Line>>()

/** The row of a write's result. On its own where there is nothing to travel with: an open transaction, an embedded database. */
export function writeRow(database: Database, prepared: PreparedWrite): Promise<WriteRow | undefined> {
  const { alike } = prepared
  if (alike === undefined || database.nested === true || database.engine !== 'postgres')
    return alone(database, prepared)
  let known = lines.get(database)
  if (known === undefined) lines.set(database, (known = new Map()))
  let line = known.get(alike.kind)
  if (line === undefined) known.set(alike.kind, (line = new Line(database, () => known.delete(alike.kind))))
  return line.take(prepared, alike)
}

async function alone(database: Database, { statement }: PreparedWrite): Promise<WriteRow | undefined> {
  const { rows } = await database.query<WriteRow>({ ...statement, writes: true })
  return rows[0]
}

/** The writes of one kind. */
class Line {
  readonly #database: Database
  readonly #empty: () => void
  #waiting: Waiting[] = []
  #running = 0
  #scheduled = false

  constructor(database: Database, empty: () => void) {
    this.#database = database
    this.#empty = empty
  }

  take(prepared: PreparedWrite, alike: Alike): Promise<WriteRow | undefined> {
    return new Promise((done, failed) => {
      this.#waiting.push({ prepared, alike, done, failed })
      this.#schedule()
    })
  }

  #schedule(): void {
    if (this.#waiting.length === 0 && this.#running === 0) this.#empty()
    if (this.#waiting.length === 0 || this.#scheduled || this.#running >= atOnce) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#running++
      void this.#send(this.#next()).finally(() => {
        this.#running--
        this.#schedule()
      })
      this.#schedule()
    })
  }

  /** The first that wait, each of another record: one statement changes a record only once. */
  #next(): Waiting[] {
    const ids = new Set<string>()
    const next: Waiting[] = []
    const later: Waiting[] = []
    for (const each of this.#waiting) {
      const { id } = each.alike.write
      if (next.length < most && !ids.has(id)) next.push(each)
      else later.push(each)
      ids.add(id)
    }
    this.#waiting = later
    return next
  }

  async #send(some: readonly Waiting[]): Promise<void> {
    const rows = some.length === 1 ? new Map<string, WriteRow>() : await this.#together(some)
    if (rows === undefined) return
    await Promise.all(
      some.map(({ prepared, alike, done, failed }) => {
        const row = rows.get(alike.write.id)
        return row === undefined ? alone(this.#database, prepared).then(done, failed) : done(row)
      }),
    )
  }

  /** The rows of those that were done; undefined when nobody knows what became of them, which each is told. */
  async #together(some: readonly Waiting[]): Promise<Map<string, WriteRow> | undefined> {
    try {
      const statement = gatherWrites(
        some.map(({ alike }) => alike),
        new Date().toISOString(),
      )
      const { rows } = await this.#database.query<WriteRow>({ ...statement, writes: true })
      return new Map(rows.map((row) => [row.id!, row]))
    } catch (thrown) {
      // The database refused all for one of them.
      if (thrown instanceof DatabaseError) return new Map()
      for (const { failed } of some) failed(thrown)
      return undefined
    }
  }
}
