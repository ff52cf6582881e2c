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
/** A statement that takes longer waits for somebody else: what gathered behind it waits no more. unit: milliseconds */
const slow = 50

interface Waiting {
  readonly prepared: PreparedWrite
  readonly alike: Alike
  readonly row: PromiseWithResolvers<WriteRow | undefined>
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
    const row = Promise.withResolvers<WriteRow | undefined>()
    this.#waiting.push({ prepared, alike, row })
    this.#schedule()
    return row.promise
  }

  #schedule(): void {
    if (this.#waiting.length === 0 && this.#running === 0) this.#empty()
    if (this.#waiting.length === 0 || this.#scheduled || this.#running >= atOnce) return
    this.#scheduled = true
    setImmediate(() => {
      this.#scheduled = false
      this.#running++
      const free = once(() => {
        this.#running--
        this.#schedule()
      })
      const late = setTimeout(free, slow)
      void this.#send(this.#next()).finally(() => {
        clearTimeout(late)
        free()
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
      const id = idOf(each.alike)
      if (next.length < most && !ids.has(id)) next.push(each)
      else later.push(each)
      ids.add(id)
    }
    this.#waiting = later
    return next
  }

  /** Resolves when it is known what became of all. */
  async #send(some: readonly Waiting[]): Promise<void> {
    const rows = some.length === 1 ? nothingDone : this.#together(some)
    const ends = some.map(({ prepared, alike, row }) => {
      row.resolve(rows.then((done) => done.get(idOf(alike)) ?? alone(this.#database, prepared)))
      return row.promise
    })
    await Promise.allSettled(ends)
  }

  /** The rows of writes that were done; when nobody knows what became of them, each is told so. throws: what failed. */
  async #together(some: readonly Waiting[]): Promise<ReadonlyMap<string, WriteRow>> {
    const alike = some.map((each) => each.alike)
    try {
      const statement = gatherWrites(alike, new Date().toISOString())
      const { rows } = await this.#database.query<WriteRow>({ ...statement, writes: true })
      return new Map(rows.map((row) => [row.id!, row]))
    } catch (thrown) {
      // What the database refuses for one of them is done for none.
      if (thrown instanceof DatabaseError) return new Map()
      throw thrown
    }
  }
}

/** The id as the database prints it; callers may write it in capitals. */
const idOf = ({ write }: Alike): string => write.id.toLowerCase()

const nothingDone = Promise.resolve<ReadonlyMap<string, WriteRow>>(new Map())

/** The same, the first time it is called. */
function once(work: () => void): () => void {
  let isDone = false
  return () => {
    if (isDone) return
    isDone = true
    work()
  }
}
