// Rows of an import that wait for other rows, however many: the first are held, the rest lie in a file without a name, which is
// gone with the process. They come back in the order they came, read again from their cells.
import { randomUUID } from 'node:crypto'
import { open, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { ReadRow } from './cell.ts'
import type { Row } from './rows.ts'

/** unit: rows that are held; a row of ten cells takes about 3 kB */
const usualHeld = 5_000

export interface WaitingPlace {
  /** Folder of the file. */
  readonly folder: string
  /** How a row that lay in the file is read again. */
  readonly read: (row: Row) => ReadRow
  readonly most?: number
}

/** A queue of rows. */
export class Waiting {
  readonly #place: WaitingPlace
  #queue = new Queue()

  constructor(place: WaitingPlace) {
    this.#place = place
  }

  get size(): number {
    return this.#queue.size
  }

  /** Puts rows at the end. */
  async push(rows: readonly ReadRow[]): Promise<void> {
    const { folder, most = usualHeld } = this.#place
    await this.#queue.push(rows, folder, most)
  }

  /** Takes out all rows that wait now, so many at a time. Rows that are put in meanwhile are not among them. */
  async *take(size: number): AsyncGenerator<ReadRow[]> {
    const queue = this.#queue
    this.#queue = new Queue()
    try {
      yield* queue.parts(size, this.#place.read)
    } finally {
      await queue.close()
    }
  }

  /** All rows that wait, so many at a time; they stay. */
  look(size: number): AsyncGenerator<ReadRow[]> {
    return this.#queue.parts(size, this.#place.read)
  }

  async close(): Promise<void> {
    await this.#queue.close()
  }
}

class Queue {
  readonly #held: ReadRow[] = []
  #file: FileHandle | undefined
  #filed = 0

  get size(): number {
    return this.#held.length + this.#filed
  }

  async push(rows: readonly ReadRow[], folder: string, most: number): Promise<void> {
    const room = this.#filed > 0 ? 0 : Math.max(0, most - this.#held.length)
    this.#held.push(...rows.slice(0, room))
    const rest = rows.slice(room)
    if (rest.length === 0) return
    this.#file ??= await nameless(folder)
    await this.#file.appendFile(rest.map(({ row }) => `${lineOf(row)}\n`).join(''))
    this.#filed += rest.length
  }

  async *parts(size: number, read: (row: Row) => ReadRow): AsyncGenerator<ReadRow[]> {
    for (let at = 0; at < this.#held.length; at += size) yield this.#held.slice(at, at + size)
    if (this.#file === undefined) return
    let part: ReadRow[] = []
    for await (const line of this.#file.readLines({ start: 0, autoClose: false })) {
      if (part.push(read(rowOf(line))) < size) continue
      yield part
      part = []
    }
    if (part.length > 0) yield part
  }

  async close(): Promise<void> {
    await this.#file?.close()
    this.#file = undefined
  }
}

/** A row as one line, also for those who take the separators of Unicode for the end of one. */
function lineOf(row: Row): string {
  return JSON.stringify(row).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
}

function rowOf(line: string): Row {
  const { cells, ...row } = JSON.parse(line) as Row
  return { ...row, cells: Object.assign(Object.create(null), cells) as Row['cells'] }
}

/** A file that nobody else can open, and that is gone once it is closed. */
async function nameless(folder: string): Promise<FileHandle> {
  const path = join(folder, randomUUID())
  const file = await open(path, 'wx+', 0o600)
  await rm(path, { force: true })
  return file
}
