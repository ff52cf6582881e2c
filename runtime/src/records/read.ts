// Reading records for a request: prepared by the core with the caller's rights compiled in, run as one statement, and the
// database's JSON text handed on unparsed. When the schema moved on in between, everything is prepared once more.
import { prepareRead, type PreparedRead, type ReadRow } from '@peyvand/core/access/read.ts'
import type { Reckoning } from '@peyvand/core/base/calendar.ts'
import { must, Problem } from '@peyvand/core/base/problem.ts'
import type { MetadataLevel } from '@peyvand/core/query/compile.ts'
import type { ResultKind } from '@peyvand/core/query/tree.ts'
import type { Context } from '../context.ts'
import type { Platform } from '../platform.ts'
import { onNewestModel } from './failure.ts'
import { seesMuch } from './sight.ts'
import { noteRead } from './told.ts'

export const defaultPageSize = 50
export const maxPageSize = 5_000

const lists: ReadonlySet<ResultKind> = new Set(['collection', 'refs', 'count'])

export interface ReadOrder {
  /** Below the service root, percent-encoded as it came. */
  readonly path: string
  /** Without "?", percent-encoded as it came. */
  readonly query: string
  readonly pageSize?: number
  /** 8-byte and decimal numbers are text. */
  readonly exact?: boolean
  /** How much control information records carry. */
  readonly metadata?: MetadataLevel
  /** Values that are null are left out. */
  readonly omitNulls?: boolean
  /** How the caller counts days. */
  readonly reckoning?: Reckoning
  /** The service root, when lists inside records shall say where they continue. */
  readonly base?: string
  /** A list also says which transactions it saw. */
  readonly snapshot?: boolean
  /** It is the record that the caller has just written. */
  readonly written?: true
  /** The field whose content goes out when the record is there: it is noted, where reads are kept. */
  readonly content?: string
}

export interface ReadAnswer {
  readonly read: PreparedRead
  /** Absent when the record (or the one that holds the list) is not there for the caller. */
  readonly row: ReadRow | undefined
  /** The context the answer belongs to: its model may be newer than the one asked with. */
  readonly context: Context
}

/** Runs a read. throws: Problem. */
export function readRecords(platform: Platform, context: Context, order: ReadOrder): Promise<ReadAnswer> {
  return onNewestModel(platform, context, 'read', undefined, async (current) => {
    const { model, actor, schema, database, language, limits, rows } = current
    const { path, content } = order
    const read = must(
      prepareRead({
        model,
        actor,
        schema,
        path,
        query: order.query,
        pageSize: order.pageSize ?? defaultPageSize,
        ...(order.base === undefined ? {} : { base: order.base }),
        maxPageSize,
        limits,
        rows,
        exact: order.exact,
        ...(order.metadata ? { metadata: order.metadata } : {}),
        ...(order.omitNulls ? { omitNulls: true } : {}),
        snapshot: order.snapshot,
        ...(order.written ? { written: true } : {}),
        language,
        ...(order.reckoning ? { reckoning: order.reckoning } : {}),
      }),
    )
    const asked = read.asked !== undefined && seesMuch(current, read.entity) ? must(read.asked()) : undefined
    const { statement, planned } = asked ?? { statement: read.statement, planned: lists.has(read.result) }
    const [row] = (await database.query<ReadRow>({ ...statement, planned })).rows
    if (read.noted.length > 0) await noteRead(current, read.noted, { body: row?.body ?? null, path, content })
    return { read, row, context: current }
  })
}

/** The id of the one record a path leads to. throws: Problem when there is none for the caller. */
export async function idAt(platform: Platform, context: Context, path: string): Promise<string> {
  const { row } = await readRecords(platform, context, { path, query: '$select=id' })
  if (!row?.body) throw new Problem('missing.record', { detail: 'There is no record at this address', target: 'path' })
  return (JSON.parse(row.body) as { id: string }).id
}
