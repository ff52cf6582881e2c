// From a draft to a plan: what it does to the tables, how long that takes and what it costs, and the hash by which a reviewed
// plan is known again. What touches every row of a large table is left to a job; a conversion then leaves the field what it is
// until the job is done. Decides nothing about whether the plan may be applied; accept.ts does.
import { createHash } from 'node:crypto'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import type { Judged, Offenders } from '@peyvand/core/plan/offenders.ts'
import { retyped } from '@peyvand/core/plan/online.ts'
import { prepare, type PreparedStep } from '@peyvand/core/plan/prepare.ts'
import type { PlannedStep } from '@peyvand/core/plan/steps.ts'
import type { Session } from '../db/database.ts'
import type { State } from './current.ts'
import { draftPending, type Draft } from './draft.ts'
import { reviewed, type LoggedStep, type Restored } from './history.ts'
import { measure } from './measure.ts'
import type { Pending } from './store.ts'

/** A draft with what it does to the tables, measured. */
export interface Plan {
  readonly draft: Draft
  /** What is done. */
  readonly steps: readonly LoggedStep[]
  /** The same as people review it: a conversion by a job is one step here. */
  readonly shown: readonly PlannedStep[]
  /** The rows in the way of each step of `shown`, for those that have any. */
  readonly offenders?: readonly (Offenders | undefined)[]
  /** The values that the risk of each step of `shown` tells of, for those where it does. */
  readonly judged?: readonly (Judged | undefined)[]
  readonly hash: string
}

/** Where a plan is made, and above how many rows a job does the work. */
export interface PlanContext {
  readonly schema: string
  readonly jobRows: number
}

/** The plan of a draft, measured on the records that are there. */
export async function planOf(context: PlanContext, state: State, draft: Draft, session: Session): Promise<Plan> {
  if (draft.next === undefined) return { draft, steps: [], shown: [], hash: hashOf(state, draft, []) }
  const steps = await measuredSteps(context, state, draft, session)
  const plan = await settlePlan(context, state, { draft, steps }, session)
  return { ...plan, offenders: steps.map(({ offenders }) => offenders) }
}

/**
 * A plan from steps that are known: conversions of large tables are left to a job. `bins` says by field which column of the
 * recycle bin has the values it once had.
 */
export async function settlePlan(
  context: PlanContext,
  state: State,
  { draft, steps }: Pick<Plan, 'draft' | 'steps'>,
  session: Session,
  bins: ReadonlyMap<string, Restored> = new Map(),
): Promise<Plan> {
  const shown = steps.map(reviewed)
  const judged = steps.map((step) => step.judged)
  const hash = hashOf(state, draft, shown)
  const pending = steps
    .flatMap((step) => pendingOf(state, draft, step))
    .map((one) => ({ ...one, ...bins.get(one.field) }))
  if (pending.length === 0) return { draft, steps, shown, judged, hash }
  const present = draftPending(state, draft, pending)
  if (present.next === undefined) return { draft: present, steps: [], shown, judged, hash }
  return { draft: present, steps: await measuredSteps(context, state, present, session), shown, judged, hash }
}

async function measuredSteps(
  { schema, jobRows }: PlanContext,
  state: State,
  { next, wishes }: Draft,
  session: Session,
): Promise<LoggedStep[]> {
  const prepared = prepare({
    now: state.tables,
    next: next!.tables,
    before: state.model,
    after: next!.model,
    schema,
    stamp: String(next!.stored.revision),
    wishes,
  })
  return measureSteps(session, { schema, jobRows }, state, prepared)
}

/** Prepared steps as they are logged: measured, and with what is done at once. */
export async function measureSteps(
  session: Session,
  { schema, jobRows }: PlanContext,
  state: State,
  prepared: readonly PreparedStep[],
): Promise<LoggedStep[]> {
  const measured = await measure(session, schema, state.tables, prepared, jobRows)
  return measured.map((planned, i) => {
    const { step, online, assessment } = prepared[i]!
    const isTold = planned.risk === 'blocked' || (planned.risk === 'lossy' && planned.count !== 0)
    const { offenders, judged } = assessment.question ?? {}
    return {
      ...planned,
      step,
      ...(planned.when === 'job' ? { atOnce: online!.now } : {}),
      ...(isTold && offenders !== undefined && { offenders }),
      ...(judged && { judged }),
    }
  })
}

/** The field that a step converts by a job, as it is until then. */
function pendingOf(state: State, { next }: Draft, { step, when, risk }: LoggedStep): Pending[] {
  if (step.kind !== 'retype_column' || when !== 'job' || risk === 'blocked') return []
  const found = retyped(step, {
    before: state.model,
    after: next?.model,
    tables: state.tables,
    now: state.tables,
    stamp: '',
  })
  const entity = state.definitions.find((definition) => definition['id'] === found?.entity.id)
  const was = (entity?.['fields'] as JsonObject[] | undefined)?.find((field) => field['id'] === found?.from.id)
  if (found === undefined || was === undefined) return []
  const { otherwise } = step
  const waits = { field: found.from.id, entity: found.entity.id, was, since: next!.stored.revision }
  return [otherwise === undefined ? waits : { ...waits, otherwise }]
}

/** The plan's identity: the revision it starts from, what is stored, and what is done to the tables at what risk. */
export function hashOf({ stored }: State, { changes, problems }: Draft, steps: readonly PlannedStep[]): string {
  const done = steps.map(({ kind, entity, field, risk, sql }) => [kind, entity, field, risk, sql])
  const text = JSON.stringify([stored.defined, changes, done, problems.map((problem) => problem.message)])
  return createHash('sha256').update(text).digest('base64url').slice(0, 32)
}
