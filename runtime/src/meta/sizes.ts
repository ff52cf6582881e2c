// How large tables are, as PostgreSQL itself estimates it: for the plan of a change, and for the cost of queries. Nothing is
// counted and nothing read of a table; one statement asks for all.
import type { RowCounts } from '@peyvand/core/query/cost/counts.ts'
import type { Session } from '../db/database.ts'
import { observeError } from '../observe.ts'

/** The size of a table. */
export interface Size {
  readonly rows: number
  /** Table and indexes. unit: bytes */
  readonly bytes: number
}

/** About so many rows fit a page when nobody has counted yet. */
const perPage = 60

/** Rows and size by table: the rows per page the statistics know, times the pages there are now. Without names: all tables. */
export async function tableSizes(
  session: Session,
  schema: string,
  tables: readonly string[] | null = null,
): Promise<Map<string, Size>> {
  const { rows } = await session.query<{ name: string; tuples: number; known: number; pages: number; bytes: number }>({
    text: `select c.relname as name, c.reltuples::float8 as tuples, c.relpages::int4 as known,
      (pg_catalog.pg_relation_size(c.oid) / 8192)::float8 as pages, pg_catalog.pg_total_relation_size(c.oid)::float8 as bytes
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
      where n.nspname = $1 and c.relkind = 'r' and ($2::text[] is null or c.relname = any($2::text[]))`,
    values: [schema, tables],
    name: 'table_sizes',
  })
  return new Map(
    rows.map(({ name, tuples, known, pages, bytes }) => {
      const density = tuples >= 0 && known > 0 ? tuples / known : perPage
      return [name, { rows: Math.round(density * pages), bytes }]
    }),
  )
}

/** unit: milliseconds after which the counts are asked for again, when somebody wants them. */
const fresh = 60_000

/** The counts a process weighs queries with: those it has at once, and newer ones soon after they have grown old. */
export class Counts {
  readonly #session: Session
  readonly #schema: string
  #rows: RowCounts = new Map()
  #askedAt = -Infinity

  constructor(session: Session, schema: string) {
    this.#session = session
    this.#schema = schema
  }

  /** The counts of this moment. */
  current(now = performance.now()): RowCounts {
    if (now - this.#askedAt > fresh) {
      this.#askedAt = now
      void this.refresh().catch((error: unknown) => observeError('sizes', error))
    }
    return this.#rows
  }

  /** Asks the database. */
  async refresh(): Promise<void> {
    const sizes = await tableSizes(this.#session, this.#schema)
    this.#rows = new Map([...sizes].map(([name, { rows }]) => [name, rows]))
  }
}
