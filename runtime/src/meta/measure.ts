// What the database says about a plan: rows of the tables it touches (an estimate where they are many) and the counts on which
// the risk of a step depends. One statement for all estimates, one per question; nothing for tables that stay as they are.
import type { PreparedStep } from '@peyvand/core/plan/prepare.ts'
import { review } from '@peyvand/core/plan/prepare.ts'
import type { PlannedStep, Tables } from '@peyvand/core/plan/steps.ts'
import type { Session } from '../db/database.ts'

/** The steps as people review them, with real counts. */
export async function measure(
  session: Session,
  schema: string,
  now: Tables,
  steps: readonly PreparedStep[],
  jobRows: number,
): Promise<PlannedStep[]> {
  const touched = [...new Set(steps.map((step) => step.table))].flatMap((id) => now.get(id)?.name ?? [])
  const rows = touched.length === 0 ? new Map<string, Size>() : await estimates(session, schema, touched)
  const counts = await answers(session, steps)
  return steps.map((step, i) =>
    review(step, { ...(rows.get(now.get(step.table)?.name ?? '') ?? none), count: counts[i], jobRows }),
  )
}

interface Size {
  readonly rows: number
  /** Table and indexes. unit: bytes */
  readonly bytes: number
}
const none: Size = { rows: 0, bytes: 0 }

/** About so many rows fit a page when nobody has counted yet. */
const perPage = 60

/** Rows and size by table: the rows per page the statistics know, times the pages there are now, as PostgreSQL itself estimates. */
async function estimates(session: Session, schema: string, tables: readonly string[]): Promise<Map<string, Size>> {
  const { rows } = await session.query<{ name: string; tuples: number; known: number; pages: number; bytes: number }>({
    text: `select c.relname as name, c.reltuples::float8 as tuples, c.relpages::int4 as known,
      (pg_catalog.pg_relation_size(c.oid) / 8192)::float8 as pages, pg_catalog.pg_total_relation_size(c.oid)::float8 as bytes
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relname = any($2::text[])`,
    values: [schema, tables],
    name: 'table_rows',
  })
  return new Map(
    rows.map(({ name, tuples, known, pages, bytes }) => {
      const density = tuples >= 0 && known > 0 ? tuples / known : perPage
      return [name, { rows: Math.round(density * pages), bytes }]
    }),
  )
}

async function answers(session: Session, steps: readonly PreparedStep[]): Promise<(number | undefined)[]> {
  const counts: (number | undefined)[] = []
  for (const { assessment } of steps) {
    if (assessment.question === undefined) counts.push(undefined)
    else counts.push(Number((await session.query<{ n: string }>({ text: assessment.question.text })).rows[0]!.n))
  }
  return counts
}
