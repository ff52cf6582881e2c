// Whether a plan may be applied: its base, its problems, its risks against the review. And what a publish that failed in the
// database means to the caller.
import type { Actor } from '@peyvand/core/access/actor.ts'
import { guardedChanges, type Guarded } from '@peyvand/core/access/guarded.ts'
import { learnedBy, readsWhole } from '@peyvand/core/access/learned.ts'
import { gather, Problem } from '@peyvand/core/base/problem.ts'
import type { Model } from '@peyvand/core/model/model.ts'
import { hasPrivilege } from '@peyvand/core/model/rights.ts'
import { wireOf } from '@peyvand/core/model/wire.ts'
import type { PlannedStep } from '@peyvand/core/plan/steps.ts'
import type { Session } from '../db/database.ts'
import { DatabaseError } from '../db/error.ts'
import type { State } from './current.ts'
import type { Draft } from './draft.ts'
import type { Action } from './history.ts'
import type { Plan } from './plan.ts'

/** Refuses a change that was made against another revision. throws: Problem. */
export function checkBase(base: number | undefined, { stored }: State): void {
  if (base === undefined || (base >= stored.defined && base <= stored.revision)) return
  throw new Problem('conflict.revision', {
    detail: `The change was made against revision ${base}; the model is at ${stored.revision} now`,
    hint: 'Load the model again and repeat the change.',
  })
}

/** Refuses a plan that is wrong, blocked, not the reviewed one, or loses data without a review. throws: Problem. */
export function acceptPlan({ draft, shown: steps, hash }: Plan, plan: string | undefined): void {
  if (draft.problems.length > 0) throw gather('check.definition', draft.problems)
  const blocked = blockedBy(steps)
  if (blocked.length > 0) throw gather('plan.blocked', blocked)
  if (plan !== undefined && plan !== hash) {
    const detail = 'The plan is not the one that was reviewed: the model or the data changed since'
    throw new Problem('plan.changed', { detail, hint: 'Review the plan again.' })
  }
  const lossy = steps.filter(({ risk }) => risk === 'lossy').map((step) => because(step, 'plan.confirm'))
  if (plan === undefined && lossy.length > 0) throw gather('plan.confirm', lossy)
}

/** One problem for each step that cannot be done. */
export function blockedBy(steps: readonly PlannedStep[]): Problem[] {
  return steps.filter(({ risk }) => risk === 'blocked').map((step) => because(step, 'plan.blocked'))
}

/** What of a draft asks for an administrator. */
type Asking = Pick<Draft, 'next' | 'closed'>

/**
 * What of a change is for administrators: who designs could give themselves every right by it, or learn what they may not read. One
 * problem per guarded part and what comes back closed; none for who may administer.
 */
export function guardProblems(actor: Actor, before: Model, { next, closed = [] }: Asking): Problem[] {
  if (next === undefined || hasPrivilege(before, actor, 'administer')) return []
  const { model: after } = next
  return [...closed, ...guardedChanges(before, after), ...learnedBy(actor, before, after)].map(refused)
}

/** One problem for each step, by its place among those shown, whose risk tells of values that the actor may not all read. */
export async function judgeProblems(
  actor: Actor,
  before: Model,
  { judged = [] }: Plan,
  session: Session,
): Promise<ReadonlyMap<number, Problem>> {
  const problems = new Map<number, Problem>()
  if (hasPrivilege(before, actor, 'administer')) return problems
  for (const [i, values] of judged.entries()) {
    const entity = values && before.entityById.get(values.entity)
    const field = entity && wireOf(before, entity).properties.get(values.column)?.field
    if (values === undefined || entity === undefined || field === undefined) continue
    if (readsWhole(before, actor, entity, field)) continue
    const name = `${entity.name}.${field.name}`
    const what = `Whether all values of "${name}", of which you may not read all, still fit is asked`
    const { rows } = await session.query<{ held: boolean }>({ text: values.text })
    if (rows[0]!.held) problems.set(i, refused({ kind: 'field', name, what }))
  }
  return problems
}

function refused({ kind, name, what }: Guarded): Problem {
  return new Problem('access.denied', {
    target: name,
    detail: `${what} by those who may administer`,
    hint: `Leave the ${kind} as it is, or have an administrator publish the change.`,
  })
}

/** Refuses what is for administrators to who is none. throws: Problem. */
export async function acceptGuarded(actor: Actor, before: Model, plan: Plan, session: Session): Promise<void> {
  const judged = await judgeProblems(actor, before, plan, session)
  const problems = [...guardProblems(actor, before, plan.draft), ...judged.values()]
  if (problems.length > 0) throw gather('access.denied', problems)
}

function because({ entity, field, because: why, kind }: PlannedStep, code: 'plan.blocked' | 'plan.confirm'): Problem {
  const place = field === undefined ? entity : `${entity}.${field}`
  return new Problem(code, { target: place, detail: why ?? kind.replaceAll('_', ' ') })
}

/** A change that still works on one of these tables. throws: Problem conflict.locked. */
export function refuseBusy({ entity, job }: { readonly entity: string; readonly job: string }): never {
  throw new Problem('conflict.locked', {
    target: entity,
    detail: `An earlier change still works on "${entity}"`,
    hint: `Wait for the job ${job}, or take that change back.`,
  })
}

/** The tables could not be had in good time. */
export function busy(): Problem {
  const detail = 'The tables are busy; the change was not made'
  return new Problem('conflict.locked', { detail, hint: 'Try again in a moment.' })
}

/** Data that does not fit says so; anything else is ours. PostgreSQL's own sentence is given where it names no value. */
export function publishFailure(error: unknown, action: Action): unknown {
  if (!(error instanceof DatabaseError)) return error
  const code = action === 'undo' ? 'plan.undo' : 'plan.blocked'
  const place = error.table
  if (error.code.startsWith('23'))
    return new Problem(code, { target: place, detail: `The records that are there do not fit: ${error.message}` })
  if (error.code.startsWith('22'))
    return new Problem(code, { target: place, detail: 'Some values cannot be converted' })
  const isGone = action === 'undo' && ['42703', '42P01', '42704'].includes(error.code)
  return isGone ? new Problem(code, { detail: 'What it took away has left the recycle bin' }) : error
}
