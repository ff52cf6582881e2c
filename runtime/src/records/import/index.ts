// Import of a file into an entity: what the API and the command line call. Opens the file, puts mapping and model
// together, checks the caller's right, runs, and tells what came of it.
import { refusedChoice } from '@peyvand/core/access/permit.ts'
import { readableWire } from '@peyvand/core/access/field.ts'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import type { Context } from '../../context.ts'
import type { Session } from '../../db/database.ts'
import type { Platform } from '../../platform.ts'
import { assign, type Assignments, type Sight } from './assign.ts'
import type { FailedRow } from './errors.ts'
import type { Mapping } from './mapping.ts'
import { openTable, type Table } from './rows.ts'
import { runImport, type ImportOptions } from './run.ts'
import { beginImport, heldRows, keepChunk, moveImport, type Counts, type ImportRecord } from './journal.ts'
import { checkMayImport, finder, openStore, withoutWrites, type Store } from './store.ts'

/** What a file turned out to be. */
export interface FileFacts {
  readonly format: Table['format']
  readonly encoding: string
  readonly delimiter?: string
  readonly sheet?: string
  readonly sheets?: readonly string[]
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
  /** Id by which it is found in the list of imports, and undone; absent for a dry run. */
  readonly import?: string
}

export interface ImportOrder {
  readonly entity: Entity
  readonly mapping: Mapping
  readonly dryRun?: boolean
  /** What the file was called. */
  readonly file?: string | undefined
  readonly opened?: (file: FileFacts) => void
  readonly failed?: (row: FailedRow) => void
  /** Told after each transaction; the next one begins when it is done. */
  readonly progress?: (counts: Readonly<Counts>) => Promise<void> | void
  /** An import that has begun already: it goes on where it is, and only as long as `hold` does not throw. */
  readonly begun?: { readonly record: ImportRecord; readonly hold: (session: Session) => Promise<void> }
  readonly signal?: AbortSignal
}

/** Imports a file. throws: Problem when the file, the mapping or the caller's rights make it impossible from the start. */
export async function importRecords(
  platform: Platform,
  context: Context,
  bytes: AsyncIterable<Uint8Array>,
  order: ImportOrder,
): Promise<ImportSummary> {
  const started = performance.now()
  const { entity } = order
  checkMayImport(context, entity)
  const opened = await openFile(context, bytes, order)
  const options = { ...order, folder: platform.files.incoming }
  order.opened?.(opened.file)
  const done = order.dryRun
    ? {
        counts: await runImport(
          context,
          opened.plan,
          opened.table,
          withoutWrites({ find: finder(context) }, (of) => refusedChoice(context.model, context.actor, of)),
          options,
        ),
      }
    : await write(platform, context, opened, options)
  return {
    entity: entity.name,
    dryRun: order.dryRun ?? false,
    ...done.counts,
    seconds: Math.round(performance.now() - started) / 1000,
    ...opened.file,
    ...('import' in done ? { import: done.import } : {}),
  }
}

interface Opened {
  readonly table: Table
  readonly plan: Assignments
  readonly file: FileFacts
}

/** A file with the mapping put on it. throws: Problem. */
export async function openFile(
  context: Context,
  bytes: AsyncIterable<Uint8Array>,
  { entity, mapping }: Pick<ImportOrder, 'entity' | 'mapping'>,
): Promise<Opened> {
  const table = await openTable(bytes, mapping)
  try {
    const plan = assign(sightOf(context), entity, mapping, table)
    return { table, plan, file: factsOf(table, plan) }
  } catch (error) {
    await table.close()
    throw error
  }
}

/** What a caller may name in a mapping. */
export function sightOf({ model, actor }: Pick<Context, 'model' | 'actor'>): Sight {
  return { model, wire: ({ id }) => readableWire(model, actor, id) }
}

/** Writes the records and keeps the journal. An import that was begun here ends here, well or not. */
async function write(
  platform: Platform,
  context: Context,
  { table, plan, file }: Opened,
  order: ImportOrder & Pick<ImportOptions, 'folder'>,
): Promise<{ counts: Counts; import: string }> {
  const { database, schema } = platform
  const { entity, begun, mapping } = order
  const facts = file as unknown as JsonObject
  const record =
    begun?.record ??
    (await beginImport(database, context, {
      entityId: entity.id,
      file: order.file ?? null,
      mapping,
      state: 'running',
      facts,
    }))
  const { id, progress } = record
  const store: Store = openStore(platform, context, entity, {
    ...(begun ? { hold: begun.hold } : {}),
    keep: (session, told, writes) => keepChunk(session, schema, id, told, writes),
  })
  const from = progress.chunks > 0 ? { ...progress, held: await heldRows(database, schema, id) } : undefined
  try {
    const counts = await runImport(context, plan, table, store, { ...order, ...(from ? { from } : {}) })
    if (!begun) await moveImport(database, schema, id, { from: ['running'], to: 'done' })
    return { counts, import: id }
  } catch (error) {
    if (!begun)
      await moveImport(database, schema, id, { from: ['running'], to: 'failed', problem: problemJson(error) }).catch(
        () => undefined,
      )
    throw error
  }
}

/** What is kept of a failure: a Problem's words; of anything else only that it happened. */
export function problemJson(error: unknown): JsonObject {
  const { code, status, title, message, hint } = error instanceof Problem ? error : new Problem('internal.unexpected')
  return { code, status, title, detail: message, ...(hint === undefined ? {} : { hint }) }
}

/** What a file is like, and where its columns go. */
export function factsOf(
  { format, encoding, delimiter, sheet, sheets, columns }: Table,
  { all, ignored }: Pick<Assignments, 'all' | 'ignored'>,
): FileFacts {
  const mapped = Object.fromEntries(
    all.flatMap(({ source }) => (source.column === undefined ? [] : [[source.column, source.field]])),
  )
  return {
    format,
    encoding,
    ...(delimiter === undefined ? {} : { delimiter }),
    ...(sheet === undefined ? {} : { sheet, sheets: sheets ?? [] }),
    columns,
    ignored,
    mapped,
  }
}
