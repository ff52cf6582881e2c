// Import of a file into an entity: what the API and the command line call. Opens the file, puts mapping and model
// together, checks the caller's right, runs, and tells what came of it.
import { readableWire } from '@peyvand/core/access/field.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import type { Context } from '../../context.ts'
import type { Platform } from '../../platform.ts'
import { assign } from './assign.ts'
import type { FailedRow } from './errors.ts'
import type { Mapping } from './mapping.ts'
import { openTable, type Table } from './rows.ts'
import { runImport, type Counts } from './run.ts'
import { openStore } from './store.ts'

/** What a file turned out to be. */
export interface FileFacts {
  readonly format: Table['format']
  readonly encoding: string
  readonly delimiter?: string
  readonly columns: readonly string[]
  /** Columns that go nowhere. */
  readonly ignored: readonly string[]
  /** Column → field, as it was used. */
  readonly mapped: Readonly<Record<string, string>>
}

/** What came of an import. law: rows = created + updated + unchanged + failed. */
export interface ImportSummary extends Readonly<Counts>, FileFacts {
  readonly entity: string
  readonly dryRun: boolean
  readonly seconds: number
}

export interface ImportOrder {
  readonly entity: Entity
  readonly mapping: Mapping
  readonly dryRun?: boolean
  readonly opened?: (file: FileFacts) => void
  readonly failed?: (row: FailedRow) => void
  readonly progress?: (counts: Readonly<Counts>) => void
}

/** Imports a file. throws: Problem when the file, the mapping or the caller's rights make it impossible from the start. */
export async function importRecords(
  platform: Platform,
  context: Context,
  bytes: AsyncIterable<Uint8Array>,
  order: ImportOrder,
): Promise<ImportSummary> {
  const started = performance.now()
  const { entity, mapping } = order
  const store = openStore(platform, context, entity)
  const table = await openTable(bytes, {
    format: mapping.format,
    encoding: mapping.encoding,
    delimiter: mapping.delimiter,
  })
  const assignments = assign(
    { model: context.model, wire: ({ id }) => readableWire(context.model, context.actor, id) },
    entity,
    mapping,
    table,
  )
  const file = factsOf(table, assignments)
  order.opened?.(file)
  const counts = await runImport(context, assignments, table, store, order)
  return {
    entity: entity.name,
    dryRun: order.dryRun ?? false,
    ...counts,
    seconds: Math.round(performance.now() - started) / 1000,
    ...file,
  }
}

function factsOf(
  { format, encoding, delimiter, columns }: Table,
  { all, ignored }: ReturnType<typeof assign>,
): FileFacts {
  const mapped = Object.fromEntries(
    all.flatMap(({ source }) => (source.column === undefined ? [] : [[source.column, source.field]])),
  )
  return { format, encoding, ...(delimiter === undefined ? {} : { delimiter }), columns, ignored, mapped }
}
