// What may be asked of the model: plan, apply, install, undo, finish, restore, and what depends on what. Decides how each wish
// becomes a plan and when that plan may be applied; commit.ts is the one road on which it then becomes true.
import type { DroppedItem } from '@peyvand/core/answer/bin.ts'
import type { HeldRole } from '@peyvand/core/answer/held.ts'
import { systemActor, type Actor } from '@peyvand/core/access/actor.ts'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { gather, Problem } from '@peyvand/core/base/problem.ts'
import type { Definition } from '@peyvand/core/model/definition.ts'
import type { Model } from '@peyvand/core/model/model.ts'
import { dependenciesOf, referencesOf, type Dependency, type Part } from '@peyvand/core/model/dependencies.ts'
import { affects, type Affected } from '@peyvand/core/plan/affects.ts'
import type { Offenders, Sample } from '@peyvand/core/plan/offenders.ts'
import type { PlannedStep, Step, Tables } from '@peyvand/core/plan/steps.ts'
import { canonical } from '@peyvand/core/plan/tables.ts'
import { target } from '@peyvand/core/plan/target.ts'
import type { Session } from '../db/database.ts'
import { observe } from '../observe.ts'
import { acceptPlan, checkBase, guardProblems, blockedBy, judgeProblems } from './accept.ts'
import { purge } from './bin.ts'
import type { Change } from './change.ts'
import { Committer, type Parts } from './commit.ts'
import type { State } from './current.ts'
import {
  draftChanges,
  draftFinished,
  draftSolutions,
  draftState,
  draftTables,
  type Dependents,
  type Draft,
} from './draft.ts'
import { droppedFrom, dropsOf, type Dropped } from './dropped.ts'
import { findPublish, finishedBins, listHistory, markUndone, type HistoryRow, type Logged } from './history.ts'
import { askedBy, guardedIn } from './lost.ts'
import { hashOf, planOf, settlePlan, type Plan, type PlanContext } from './plan.ts'
import { mend } from './drift.ts'
import { restoreDraft, withBinned, type Restore } from './restore.ts'
import { unsettledBy } from './rollup.ts'
import type { Solution } from './solution.ts'
import type { Pending } from './store.ts'
import { checkUndo, staysBecause, undoSteps } from './undo.ts'
import type { Published } from './work.ts'

/** Contract of `POST /api/model/plan` and `apply`. */
export interface PublishRequest {
  /** The revision the changes were made against; another one there now is a conflict. */
  readonly base?: number
  readonly changes: readonly Change[]
  /** With `adjust`, what names a part that goes is taken along; without, it stands in the way. */
  readonly dependents?: Dependents
  /** The hash of the plan that was reviewed. */
  readonly plan?: string
}

export interface PlanAnswer {
  readonly revision: string
  readonly plan: string
  readonly steps: readonly PlannedStep[]
  readonly affects: readonly Affected[]
  /** Who has a role that goes or gets another name. */
  readonly held: readonly HeldRole[]
  readonly problems: readonly object[]
}

/** Some of the rows in the way of a step, as whoever plans may read them; records stand above and are handed in. */
export type Sampler = (offenders: Offenders) => Promise<readonly Sample[]>

/** The recycle bin may be emptied late: what lies in it is judged however old it is. unit: days */
const everyDay = 36_500

/** All that is asked of the model: plans, publishes, the way back, and what the bin has. */
export class Publisher {
  readonly #parts: Parts
  readonly #committer: Committer

  constructor(parts: Parts) {
    this.#parts = parts
    this.#committer = new Committer(parts)
  }

  /** What a change of somebody would do, with `sample` some of the rows in its way. Changes nothing. */
  async plan(request: PublishRequest, sample?: Sampler, actor: Actor = systemActor): Promise<PlanAnswer> {
    await this.#parts.current.refresh()
    const { state } = this.#parts.current
    checkBase(request.base, state)
    const wanted = draftChanges(state, request.changes, request.dependents)
    const made = await planOf(this.#planning, state, wanted, this.#parts.database)
    const { draft } = made
    const judged = await judgeProblems(actor, state.model, made, this.#parts.database)
    const plan = judged.size === 0 ? made : untold(made, state, judged)
    const steps = sample === undefined ? plan.shown : await sampled(plan, sample)
    const affected = affects(state.model, state.definitions, wanted.wanted ?? [])
    const revision = String(state.stored.revision)
    const problems = [...draft.problems, ...guardProblems(actor, state.model, draft), ...judged.values()]
    const { database, schema, holders } = this.#parts
    const after = draft.next?.model
    const held = after === undefined ? [] : await holders.count(database, schema, { before: state.model, after })
    return { revision, plan: plan.hash, steps, affects: affected, held, problems: problems.map(shown) }
  }

  /**
   * The model before and after a change, where it is sound: for who asks what else it would do. Changes nothing. What somebody may
   * not publish they are not told of either: a rule that opens records tells by their number what stands in them. throws: Problem.
   */
  async draft(
    request: PublishRequest,
    actor: Actor,
  ): Promise<{ readonly before: Model; readonly after: Model | undefined }> {
    await this.#parts.current.refresh()
    const { state } = this.#parts.current
    checkBase(request.base, state)
    const draft = draftChanges(state, request.changes, request.dependents)
    const guarded = guardProblems(actor, state.model, draft)
    if (guarded.length > 0) throw gather('access.denied', guarded)
    return { before: state.model, after: draft.problems.length > 0 ? undefined : draft.next?.model }
  }

  /** Publishes a change. A plan that loses data needs the hash of its review. throws: Problem. */
  apply(request: PublishRequest, actor: Actor): Promise<Published> {
    return this.#committer.commit({
      action: 'apply',
      actor,
      make: (state, session) =>
        planOf(this.#planning, state, draftChanges(state, request.changes, request.dependents), session),
      accept: (plan, state) => {
        checkBase(request.base, state)
        acceptPlan(plan, request.plan)
      },
    })
  }

  /** Installs solutions, or brings them to the state of their folders, in one publish. */
  async install(solutions: readonly Solution[], actor: Actor): Promise<Published> {
    const published = await this.#committer.commit({
      action: 'install',
      actor,
      make: (state, session) => planOf(this.#planning, state, draftSolutions(state, solutions), session),
      accept: (plan) => acceptPlan(plan, undefined),
    })
    if (published.undo === undefined) return published
    for (const { manifest } of solutions)
      observe({ kind: 'install', solution: manifest.name, version: manifest.version })
    return published
  }

  /** Brings the tables to what this version of the platform wants for the model. Does nothing when they are there already. */
  async upgrade(): Promise<void> {
    const { state } = this.#parts.current
    if (canonical(state.tables) === canonical(target(state.model))) return
    const busy = await this.#parts.jobs.open(this.#parts.database)
    if (busy.length > 0) return
    await this.#committer.commit({
      action: 'upgrade',
      actor: systemActor,
      make: (current, session) => planOf(this.#planning, current, draftTables(current), session),
      accept: (plan) => acceptPlan(plan, undefined),
    })
  }

  /** Takes a publish back: its tables, columns and values come out of the recycle bin. throws: Problem. */
  async undo(id: string, actor: Actor): Promise<Published> {
    const { database, schema, jobs, current } = this.#parts
    const logged = await findPublish(database, schema, id)
    checkUndo(logged, current.state)
    const stopped = await jobs.cancel(id)
    try {
      return await this.#undo(logged, id, actor)
    } catch (error) {
      for (const job of stopped) await jobs.retry(job)
      throw error
    }
  }

  #undo(logged: Logged, id: string, actor: Actor): Promise<Published> {
    const { schema } = this.#parts
    return this.#committer.commit({
      action: 'undo',
      actor,
      change: id,
      given: logged.before.taken,
      make: async (state, session) => {
        checkUndo(logged, state)
        const draft = await this.#guarded(state, draftState(state, logged.before), session)
        if (draft.next === undefined) return { draft, steps: [], shown: [], hash: hashOf(state, draft, []) }
        const steps = await undoSteps(logged, state, draft.next, this.#planning, session)
        return settlePlan(this.#planning, state, { draft, steps }, session, await finishedBins(session, schema, logged))
      },
      accept: ({ draft: { problems }, shown: steps }) => {
        const inTheWay = [...problems, ...blockedBy(steps)]
        const detail = 'Something that came later needs what this would take away'
        if (inTheWay.length > 0) throw new Problem('plan.undo', { detail, problems: inTheWay })
      },
      also: (session, revision) => markUndone(session, schema, id, revision),
    })
  }

  /**
   * Ends what a job worked for: fields become what they were becoming. `hold` is called first in the transaction and throws
   * when the job is not its caller's any more.
   */
  finish(change: string, fields: readonly string[], hold: (session: Session) => Promise<void>): Promise<Published> {
    return this.#committer.commit({
      action: 'finish',
      actor: systemActor,
      change,
      make: async (state, session) => {
        await hold(session)
        const left = fields.filter((field) => state.stored.pending.has(field))
        return planOf(this.#planning, state, draftFinished(state, left), session)
      },
      accept: (plan) => acceptPlan(plan, undefined),
    })
  }

  /** Whether every living process follows a revision by now. */
  confirmed(revision: number, timeout: number): Promise<boolean> {
    return this.#parts.nodes.confirmed(revision, timeout)
  }

  get #planning(): PlanContext {
    return { schema: this.#parts.schema, jobRows: this.#parts.config.jobRows }
  }

  /** Whether a solution is installed. */
  hasSolution(name: string): boolean {
    return this.#parts.current.state.stored.layers.some((layer) => layer.name === name)
  }

  /** A definition in force, as its layers come to it, with all ids: what an editor starts from. */
  definition(kind: string, name: string): JsonObject | undefined {
    const { definitions } = this.#parts.current.state
    return definitions.find((definition) => definition['kind'] === kind && definition['name'] === name)
  }

  /** What can be had again out of the recycle bin, the newest first. */
  async bin(): Promise<readonly DroppedItem[]> {
    const items = await this.#dropped()
    const { definitions } = this.#parts.current.state
    return items.map(
      ({ table: _table, body: _body, along: _along, lost, tables: _tables, columns: _columns, ...item }) => ({
        ...item,
        ...askedBy(definitions, lost),
      }),
    )
  }

  /** What restoring something of the bin would do, under another name where one is given. throws: Problem. */
  async planRestore(id: string, name?: string, actor: Actor = systemActor): Promise<PlanAnswer> {
    const bin = await this.#dropped()
    const { state } = this.#parts.current
    const restore = restoreDraft(state, bin, findDropped(bin, id), name)
    const { draft, shown: steps, hash } = await this.#restoring(state, this.#parts.database, restore)
    return {
      revision: String(state.stored.revision),
      plan: hash,
      steps,
      affects: restore.affects,
      held: [],
      problems: [...draft.problems, ...guardProblems(actor, state.model, draft)].map(shown),
    }
  }

  /** Brings something of the bin back, with its values. throws: Problem. */
  restore(
    id: string,
    actor: Actor,
    { name, plan }: { readonly name?: string; readonly plan?: string },
  ): Promise<Published> {
    return this.#committer.commit({
      action: 'apply',
      actor,
      make: async (state, session) => {
        const { schema, config } = this.#parts
        const bin = await droppedFrom(session, schema, state, config.binDays)
        return this.#restoring(state, session, restoreDraft(state, bin, findDropped(bin, id), name))
      },
      accept: (made) => acceptPlan(made, plan),
    })
  }

  /** Drops something of the bin for good. throws: Problem. */
  async purge(id: string): Promise<void> {
    const { tables, columns } = findDropped(await this.#dropped(), id)
    const names = [...tables, ...columns].map((one) => one.name)
    if (names.length === 0)
      throw new Problem('plan.blocked', {
        detail: 'It takes no place in the database',
        hint: 'It leaves the list by itself.',
      })
    await purge(this.#parts.database, this.#parts.schema, names)
  }

  async #dropped(): Promise<Dropped[]> {
    const { current, database, schema, config } = this.#parts
    await current.refresh()
    return droppedFrom(database, schema, current.state, config.binDays)
  }

  #restoring(state: State, session: Session, { draft, items }: Restore): Promise<Plan> {
    return planOf(this.#planning, { ...state, tables: items.reduce(withBinned, state.tables) }, draft, session)
  }

  /** A draft that goes back, with what comes back by it that a role had closed. */
  async #guarded(state: State, draft: Draft, session: Session): Promise<Draft> {
    const fields = ({ entities }: Model) =>
      [...entities.values()].flatMap((one) => [one.id, ...one.fields.map(({ id }) => id)])
    const had = new Set(fields(state.model))
    const back = new Set(draft.next === undefined ? [] : fields(draft.next.model).filter((id) => !had.has(id)))
    if (back.size === 0) return draft
    const drops = await dropsOf(session, this.#parts.schema, state, everyDay)
    return { ...draft, closed: guardedIn(drops.filter(({ id }) => back.has(id))) }
  }

  /** What needs a part of the model; undefined when there is no such part. */
  dependencies(part: Part): readonly Dependency[] | undefined {
    const { model, definitions } = this.#parts.current.state
    return dependenciesOf(model, referencesOf(model, definitions as unknown as Definition[]), part)
  }

  /** The tables as they stand. */
  tables(): Tables {
    return this.#parts.current.state.tables
  }

  /** A field whose values a job converts. */
  pending(field: string): Pending | undefined {
    return this.#parts.current.state.stored.pending.get(field)
  }

  /** Works out anew what is gathered from values that a step brought beside people at work. */
  async regather(step: Step): Promise<void> {
    const { current, database, schema } = this.#parts
    const { model } = current
    await mend(database, { model, schema }, unsettledBy(model, model, [step], schema))
  }

  /** The newest publishes. */
  history(): Promise<HistoryRow[]> {
    const { database, schema, current, config } = this.#parts
    return listHistory(database, schema, (logged, at) => staysBecause(logged, at, current.state, config.binDays))
  }
}

/** The plan without what the risk of some steps tells of values; neither does its hash tell of it. */
function untold(plan: Plan, state: State, hidden: ReadonlyMap<number, unknown>): Plan {
  const steps = plan.shown.map((step, i): PlannedStep => {
    if (!hidden.has(i)) return step
    const { count: _count, because: _because, ...rest } = step
    return { ...rest, risk: 'blocked' }
  })
  const offenders = plan.offenders?.map((rows, i) => (hidden.has(i) ? undefined : rows))
  return { ...plan, shown: steps, offenders, hash: hashOf(state, plan.draft, steps) }
}

async function sampled({ shown: steps, offenders = [] }: Plan, sample: Sampler): Promise<PlannedStep[]> {
  const answered: PlannedStep[] = []
  for (const [i, step] of steps.entries()) {
    const rows = offenders[i]
    answered.push(rows === undefined ? step : { ...step, samples: await sample(rows) })
  }
  return answered
}

function shown({ code, message: detail, pointer, hint, target: place }: Problem): object {
  return { code, detail, pointer, hint, target: place }
}

function findDropped(items: readonly Dropped[], id: string): Dropped {
  const item = items.find((one) => one.id === id)
  if (item === undefined) throw new Problem('missing.record', { detail: 'There is no such thing in the recycle bin' })
  return item
}
