// From a draft to a plan: what it does to the tables, how long that takes and what it costs, and the hash by which a reviewed
// plan is known again. Decides nothing about whether it may be applied; accept.ts does.
import { createHash } from 'node:crypto'
import { prepare } from '@peyvand/core/plan/prepare.ts'
import type { PlannedStep } from '@peyvand/core/plan/steps.ts'
import type { Session } from '../db/database.ts'
import type { State } from './current.ts'
import type { Draft } from './draft.ts'
import type { LoggedStep } from './history.ts'
import { measure } from './measure.ts'

/** A draft with what it does to the tables, measured. */
export interface Plan {
  readonly draft: Draft
  readonly steps: readonly LoggedStep[]
  readonly hash: string
}

/** The plan of a draft, measured on the records that are there. */
export async function planOf(schema: string, state: State, draft: Draft, session: Session): Promise<Plan> {
  const { next } = draft
  if (next === undefined) return { draft, steps: [], hash: hashOf(state, draft, []) }
  const models = { before: state.model, after: next.model }
  const prepared = prepare({
    now: state.tables,
    next: next.tables,
    ...models,
    schema,
    stamp: String(next.stored.revision),
  })
  const measured = await measure(session, schema, state.tables, prepared)
  const steps = measured.map((planned, i) => ({ ...planned, step: prepared[i]!.step }))
  return { draft, steps, hash: hashOf(state, draft, steps) }
}

/** The plan's identity: the revision it starts from, what is stored, and what is done to the tables at what risk. */
export function hashOf({ stored }: State, { changes, problems }: Draft, steps: readonly PlannedStep[]): string {
  const done = steps.map(({ kind, entity, field, risk, sql }) => [kind, entity, field, risk, sql])
  const text = JSON.stringify([stored.revision, changes, done, problems.map((problem) => problem.message)])
  return createHash('sha256').update(text).digest('base64url').slice(0, 32)
}
