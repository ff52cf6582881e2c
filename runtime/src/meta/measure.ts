// What the database says about a plan: rows of the tables it touches (an estimate where they are many) and the counts on which
// the risk of a step depends. One statement for all estimates, one per question; nothing for tables that stay as they are.
import type { PreparedStep } from '@peyvand/core/plan/prepare.ts'
import { review } from '@peyvand/core/plan/prepare.ts'
import type { PlannedStep, Tables } from '@peyvand/core/plan/steps.ts'
import type { Session } from '../db/database.ts'
import { tableSizes, type Size } from './sizes.ts'

/** The steps as people review them, with real counts. */
export async function measure(
  session: Session,
  schema: string,
  now: Tables,
  steps: readonly PreparedStep[],
  jobRows: number,
): Promise<PlannedStep[]> {
  const touched = [...new Set(steps.flatMap(({ table, reads }) => [table, reads ?? table]))].flatMap(
    (id) => now.get(id)?.name ?? [],
  )
  const rows = touched.length === 0 ? new Map<string, Size>() : await tableSizes(session, schema, touched)
  const counts = await answers(session, steps)
  const sizeOf = (table: string): Size => rows.get(now.get(table)?.name ?? '') ?? none
  return steps.map((step, i) => {
    const [own, other] = [sizeOf(step.table), sizeOf(step.reads ?? step.table)]
    return review(step, { ...(other.rows > own.rows ? other : own), count: counts[i], jobRows })
  })
}

const none: Size = { rows: 0, bytes: 0 }

async function answers(session: Session, steps: readonly PreparedStep[]): Promise<(number | undefined)[]> {
  const counts: (number | undefined)[] = []
  for (const { assessment } of steps) {
    if (assessment.question === undefined) counts.push(undefined)
    else counts.push(Number((await session.query<{ n: string }>({ text: assessment.question.text })).rows[0]!.n))
  }
  return counts
}
