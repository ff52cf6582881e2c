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
): Promise<PlannedStep[]> {
  const touched = [...new Set(steps.map((step) => step.table))].flatMap((id) => now.get(id)?.name ?? [])
  const rows = touched.length === 0 ? new Map<string, number>() : await estimates(session, schema, touched)
  const counts = await answers(session, steps)
  return steps.map((step, i) =>
    review(step, { rows: rows.get(now.get(step.table)?.name ?? '') ?? 0, count: counts[i] }),
  )
}

/** Rows by table as the statistics have them; a table that was never looked at is counted if it is small. */
async function estimates(session: Session, schema: string, tables: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await session.query<{ name: string; tuples: number; pages: number }>({
    text: `select c.relname as name, c.reltuples::float8 as tuples, (pg_catalog.pg_relation_size(c.oid) / 8192)::int4 as pages
      from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and c.relname = any($2::text[])`,
    values: [schema, tables],
    name: 'table_rows',
  })
  // About 60 rows fit a page when nobody has counted yet.
  return new Map(rows.map(({ name, tuples, pages }) => [name, tuples >= 0 ? Math.round(tuples) : pages * 60]))
}

async function answers(session: Session, steps: readonly PreparedStep[]): Promise<(number | undefined)[]> {
  const counts: (number | undefined)[] = []
  for (const { assessment } of steps) {
    if (assessment.question === undefined) counts.push(undefined)
    else counts.push(Number((await session.query<{ n: string }>({ text: assessment.question.text })).rows[0]!.n))
  }
  return counts
}
