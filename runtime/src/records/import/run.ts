// The story of an import: rows are read in batches and written (write.ts); those that point at rows further down wait, and are
// settled when all are read (settle.ts). An import that was stopped goes on where it was.
import { tmpdir } from 'node:os'
import { collectEarly } from '../../heap.ts'
import type { Writer } from '../input.ts'
import type { Assignments } from './assign.ts'
import { readRow, type ReadRow } from './cell.ts'
import type { FailedRow } from './errors.ts'
import { Importing } from './importing.ts'
import type { Counts, ImportProgress } from './journal.ts'
import type { Row, Table } from './rows.ts'
import { settle } from './settle.ts'
import type { Store } from './store.ts'
import { Waiting } from './waiting.ts'
import { takeRows } from './write.ts'

export interface ImportOptions {
  /** unit: rows read, looked up and written together. */
  readonly batch?: number
  readonly failed?: (row: FailedRow) => void
  /** Told after each transaction; the next one begins when it is done. */
  readonly progress?: (counts: Readonly<Counts>) => Promise<void> | void
  /** Where an import that was stopped goes on. */
  readonly from?: Resume
  /** Whether the store only acts as if it wrote. */
  readonly dryRun?: boolean
  /** Aborted when it shall go no further. */
  readonly signal?: AbortSignal
  /** Where rows that wait may lie when they are many, and how many are held before. */
  readonly folder?: string
  readonly mostHeld?: number
}

/** What an import that was stopped had done. */
export interface Resume extends ImportProgress {
  /** Rows that were read and wait for others. */
  readonly held: ReadonlySet<number>
}

/** Imports a table. law: rows = created + updated + unchanged + failed. */
export async function runImport(
  writer: Writer,
  plan: Assignments,
  table: Table,
  store: Store,
  options: ImportOptions = {},
): Promise<Counts> {
  const { folder = tmpdir(), mostHeld } = options
  const read = (row: Row): ReadRow => readRow(row, plan.all, table.format)
  const waiting = new Waiting({ folder, read, ...(mostHeld === undefined ? {} : { most: mostHeld }) })
  const importing = new Importing({ writer, plan, store, waiting, options })
  const collectAsUsual = collectEarly()
  try {
    await takeAll(importing, table, { ...options, read })
    await settle(importing)
    return importing.counts
  } finally {
    collectAsUsual()
    await waiting.close()
  }
}

/** Writes all rows of the table, or has them wait. */
async function takeAll(
  importing: Importing,
  table: Table,
  options: ImportOptions & { readonly read: (row: Row) => ReadRow },
): Promise<void> {
  const { upto, held } = options.from ?? { upto: 0, held: new Set<number>() }
  let batch: ReadRow[] = []
  // While the database writes one batch, the next is read.
  let writing = Promise.resolve()
  const write = async (rows: readonly ReadRow[]): Promise<void> => {
    await writing
    writing = takeRows(importing, rows)
    writing.catch(() => undefined)
  }
  try {
    for await (const row of table.rows) {
      if (row.number <= upto && !held.has(row.number)) continue
      const read = options.read(row)
      // A row that was read before the import was stopped, and waited.
      if (row.number <= upto) await importing.waiting.push([read])
      else batch.push(read)
      if (batch.length < importing.batch) continue
      await write(batch)
      batch = []
    }
    if (batch.length > 0) await write(batch)
    await writing
  } finally {
    // A file that breaks off is told when what was read of it is written.
    await writing.catch(() => undefined)
  }
}
