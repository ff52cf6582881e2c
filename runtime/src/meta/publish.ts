// Publishing a model change: plan, apply, undo, install. The one road by which tables and definitions change together: the
// reviewed plan or none, one transaction under one lock, and every living process follows before the caller hears of it.
import { setTimeout as wait } from 'node:timers/promises'
import { systemActor, type Actor } from '@peyvand/core/access/actor.ts'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { gather, Problem } from '@peyvand/core/base/problem.ts'
import type { Definition } from '@peyvand/core/model/definition.ts'
import { dependenciesOf, referencesOf, type Dependency, type Part } from '@peyvand/core/model/dependencies.ts'
import { affects, type Affected } from '@peyvand/core/plan/affects.ts'
import type { Rollup } from '@peyvand/core/model/rollups.ts'
import type { Offenders, Sample } from '@peyvand/core/plan/offenders.ts'
import type { PlannedStep, Step, Tables } from '@peyvand/core/plan/steps.ts'
import { canonical } from '@peyvand/core/plan/tables.ts'
import { target } from '@peyvand/core/plan/target.ts'
import type { Config } from '../config.ts'
import { noteReset } from '../db/changes.ts'
import type { Database, Session } from '../db/database.ts'
import { isPassing } from '../db/error.ts'
import { lockSpace } from '../db/migrate.ts'
import { observe } from '../observe.ts'
import { acceptPlan, busy, checkBase, publishFailure, refuseBusy } from './accept.ts'
import { noteBin, purge } from './bin.ts'
import { followState, type Current, type State } from './current.ts'
import {
  draftChanges,
  draftFinished,
  draftSolutions,
  draftState,
  draftTables,
  type Change,
  type Dependents,
} from './draft.ts'
import { droppedFrom, restoreChange, withBinned, type Dropped, type DroppedItem } from './dropped.ts'
import {
  clearGroundwork,
  groundworkOf,
  hasGroundwork,
  isLaid,
  layGroundwork,
  takeGroundwork,
  type Groundwork,
} from './groundwork.ts'
import {
  findPublish,
  finishedBins,
  listHistory,
  logPublish,
  markUndone,
  type Action,
  type HistoryRow,
  type Logged,
  type LoggedStep,
} from './history.ts'
import { storedRevision, type Nodes } from './nodes.ts'
import { hashOf, planOf, settlePlan, type Plan, type PlanContext } from './plan.ts'
import type { Solution } from './solution.ts'
import { reverse, saveChanges } from './store.ts'
import { saveTables } from './tables.ts'
import { rebuild, rebuildInParts, unsettledBy } from './rollup.ts'
import { checkUndo, staysBecause, undoSteps } from './undo.ts'

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
  readonly problems: readonly object[]
}

/** Some of the rows in the way of a step, as whoever plans may read them; records stand above and are handed in. */
export type Sampler = (offenders: Offenders) => Promise<readonly Sample[]>

/** What came of a publish. Without `undo` nothing was different from before. */
export interface Published {
  readonly revision: string
  readonly undo?: string
  /** Jobs that do the rest: what takes long on large tables. */
  readonly jobs?: readonly string[]
}

/** The jobs that publishing needs; runtime/jobs stands above and is handed in. */
export interface SchemaJobs {
  /** In the publisher's transaction. shape: the id of the job. */
  enqueue(session: Session, work: SchemaWork): Promise<string>
  /** Jobs of changes that are not done and not taken back. */
  open(session: Session): Promise<readonly OpenJob[]>
  /** Stops the jobs of a change. shape: their ids */
  cancel(change: string): Promise<readonly string[]>
  retry(job: string): Promise<void>
}

/** What is left of a change when it was applied. */
export interface SchemaWork {
  /** Id of the publish in the history. */
  readonly change: string
  /** The revision every process must follow before the work begins. */
  readonly revision: number
  readonly steps: readonly Step[]
  /** Ids of fields that are what they are becoming when all steps are done. */
  readonly fields: readonly string[]
  readonly actor: string
}
export interface OpenJob {
  readonly id: string
  readonly change: string
  /** Ids of the tables it works on. */
  readonly tables: readonly string[]
}

/** What is published: how it comes out of the state of the moment, and what is logged of it. */
interface Work {
  readonly action: Action
  readonly actor: Actor
  readonly make: (state: State, session: Session) => Promise<Plan> | Plan
  /** Refuses a plan that must not be applied. throws: Problem. */
  readonly accept: (plan: Plan, state: State) => void
  /** The change whose own jobs do not stand in the way. */
  readonly change?: string
  readonly also?: (session: Session, revision: number) => Promise<void>
}

/** A transaction's outcome: the state it led to, and the log entry unless nothing was different. */
interface Done {
  readonly next: State
  readonly steps: number
  readonly undo?: string
  readonly jobs?: readonly string[]
  /** Rollups that were worked out anew. */
  readonly unsettled?: readonly Rollup[]
}

/** A plan whose tables have to be laid before it can be published. */
interface Ground {
  readonly plan: Plan
  readonly ground: readonly LoggedStep[]
}

interface Parts {
  readonly config: Config
  readonly database: Database
  readonly schema: string
  readonly current: Current
  readonly nodes: Nodes
  readonly jobs: SchemaJobs
}

const mostTries = 12
/** The whole transaction of a publish; a table that must be rewritten may take its time. unit: milliseconds */
const longest = 600_000

export class Publisher {
  readonly #parts: Parts
  #turn: Promise<unknown> = Promise.resolve()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** What a change would do, with `sample` some of the rows in its way. Changes nothing. */
  async plan(request: PublishRequest, sample?: Sampler): Promise<PlanAnswer> {
    await this.#parts.current.refresh()
    const { state } = this.#parts.current
    checkBase(request.base, state)
    const wanted = draftChanges(state, request.changes, request.dependents)
    const made = await planOf(this.#planning, state, wanted, this.#parts.database)
    const { draft, hash } = made
    const steps = sample === undefined ? made.shown : await sampled(made, sample)
    const affected = affects(state.model, state.definitions, wanted.wanted ?? [])
    const revision = String(state.stored.revision)
    return { revision, plan: hash, steps, affects: affected, problems: draft.problems.map(shown) }
  }

  /** Publishes a change. A plan that loses data needs the hash of its review. throws: Problem. */
  apply(request: PublishRequest, actor: Actor): Promise<Published> {
    return this.#publish({
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
    const published = await this.#publish({
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
    await this.#publish({
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
    return this.#publish({
      action: 'undo',
      actor,
      change: id,
      make: async (state, session) => {
        checkUndo(logged, state)
        const draft = draftState(state, logged.before)
        if (draft.next === undefined) return { draft, steps: [], shown: [], hash: hashOf(state, draft, []) }
        const steps = await undoSteps(logged, state, draft.next, this.#planning, session)
        return settlePlan(this.#planning, state, { draft, steps }, session, await finishedBins(session, schema, logged))
      },
      accept: ({ draft: { problems }, shown: steps }) => {
        const because = 'Something that came later needs what this would take away'
        if (problems.length > 0) throw new Problem('plan.undo', { detail: because, problems })
        if (steps.some(({ risk }) => risk === 'blocked')) throw new Problem('plan.undo', { detail: because })
      },
      also: (session, revision) => markUndone(session, schema, id, revision),
    })
  }

  /**
   * Ends what a job worked for: fields become what they were becoming. `hold` is called first in the transaction and throws
   * when the job is not its caller's any more.
   */
  finish(change: string, fields: readonly string[], hold: (session: Session) => Promise<void>): Promise<Published> {
    return this.#publish({
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
    return (await this.#dropped()).map(
      ({ table: _table, body: _body, along: _along, tables: _tables, columns: _columns, ...item }) => item,
    )
  }

  /** What restoring something of the bin would do, under another name where one is given. throws: Problem. */
  async planRestore(id: string, name?: string): Promise<PlanAnswer> {
    const { state } = this.#parts.current
    const made = await this.#restoring(state, this.#parts.database, id, name)
    const { draft, shown: steps, hash } = made
    return {
      revision: String(state.stored.revision),
      plan: hash,
      steps,
      affects: [],
      problems: draft.problems.map(shown),
    }
  }

  /** Brings something of the bin back, with its values. throws: Problem. */
  restore(
    id: string,
    actor: Actor,
    { name, plan }: { readonly name?: string; readonly plan?: string },
  ): Promise<Published> {
    return this.#publish({
      action: 'apply',
      actor,
      make: (state, session) => this.#restoring(state, session, id, name),
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

  async #restoring(state: State, session: Session, id: string, name: string | undefined): Promise<Plan> {
    const { schema, config } = this.#parts
    const item = findDropped(await droppedFrom(session, schema, state, config.binDays), id)
    const draft = draftChanges(state, restoreChange(state, item, name))
    return planOf(this.#planning, { ...state, tables: withBinned(state.tables, item) }, draft, session)
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

  /** The newest publishes. */
  history(): Promise<HistoryRow[]> {
    const { database, schema, current, config } = this.#parts
    return listHistory(database, schema, (logged, at) => staysBecause(logged, at, current.state, config.binDays))
  }

  /** One publish after the other in this process; other processes wait for the lock in the database. */
  #publish(work: Work): Promise<Published> {
    const done = this.#turn.then(() => this.#tryPublish(work))
    this.#turn = done.catch(() => undefined)
    return done
  }

  async #tryPublish(work: Work): Promise<Published> {
    const { current, nodes, config } = this.#parts
    const started = performance.now()
    let laid: Groundwork | undefined
    for (let attempt = 0; ; attempt++) {
      try {
        const done = await this.#transaction(work, laid)
        if ('ground' in done) {
          laid = await this.#lay(done.plan, done.ground)
          continue
        }
        const { next, steps, undo, jobs, unsettled = [] } = done
        const { revision } = next.stored
        current.swap(next)
        if (undo === undefined) return { revision: String(revision) }
        await nodes.settled(revision, config.nodeTimeout)
        // Once more: until now another process could write records without knowing that something gathers them.
        await rebuildInParts(this.#parts.database, { model: next.model, schema: this.#parts.schema }, unsettled)
        observe({ kind: 'publish', revision, steps, ms: Math.round(performance.now() - started), retries: attempt })
        return { revision: String(revision), undo, ...(jobs === undefined ? {} : { jobs }) }
      } catch (error) {
        if (!isPassing(error)) throw publishFailure(error, work.action)
        if (attempt + 1 >= mostTries) throw busy()
        await wait(Math.min(20 * 2 ** attempt, 1_000) * (0.5 + Math.random()))
      }
    }
  }

  /** Lays the tables of a plan that is too large for one transaction. What others left behind goes first. */
  async #lay(plan: Plan, ground: readonly LoggedStep[]): Promise<Groundwork> {
    const { database, schema } = this.#parts
    if (await hasGroundwork(database, schema)) await clearGroundwork(database, schema)
    return layGroundwork(database, schema, plan.hash, ground)
  }

  #transaction(work: Work, laid: Groundwork | undefined): Promise<Done | Ground> {
    const { database, schema, config } = this.#parts
    const lock = { text: 'select pg_advisory_xact_lock($1::int, pg_catalog.hashtext($2))', values: [lockSpace, schema] }
    return database.transaction(
      async (session) => {
        await session.query(lock)
        const state = await this.#stateNow(session)
        const plan = await work.make(state, session)
        work.accept(plan, state)
        const { next, changes, problems } = plan.draft
        if (next === undefined) throw gather('check.definition', problems)
        if (changes.layers.length + changes.definitions.length + plan.steps.length === 0)
          return { next: state, steps: 0 }
        await this.#checkFree(session, plan, state, work.change)
        const ground = groundworkOf(plan)
        if (ground !== undefined && laid?.plan !== plan.hash) return { plan, ground }
        if (laid !== undefined && !(await takeGroundwork(session, schema, laid))) return { plan, ground: ground ?? [] }
        return this.#write(session, work, plan, state, next, laid)
      },
      { lockTimeout: config.lockTimeout, statementTimeout: longest },
    )
  }

  /** Tables, definitions and log, and word to the other processes: all in the transaction, or nothing. */
  async #write(
    session: Session,
    work: Work,
    { draft, steps, hash: plan }: Plan,
    state: State,
    next: State,
    laid: Groundwork | undefined,
  ): Promise<Done> {
    const { schema, nodes } = this.#parts
    const { action, actor } = work
    const { revision } = next.stored
    const statements = steps.flatMap(({ step, sql, atOnce = sql }) =>
      laid === undefined || !isLaid(step, laid) ? atOnce : [],
    )
    for (const text of statements) await session.query({ text })
    const unsettled = unsettledBy(
      state.model,
      next.model,
      steps.map(({ step }) => step),
      schema,
    )
    await rebuild(session, { model: next.model, schema }, unsettled)
    await noteBin(session, schema, statements, revision)
    const changed = steps.map(({ step }) => step)
    await noteReset(session, schema, changed.flatMap(rewritten))
    await saveTables(session, schema, changed, next.tables, revision)
    await saveChanges(session, schema, draft.changes, revision)
    const before = reverse(state.stored, draft.changes)
    const undo = await logPublish(session, schema, {
      revision,
      action,
      plan,
      actor,
      steps,
      before,
      after: draft.changes,
    })
    await work.also?.(session, revision)
    const jobs = await this.#leave(session, work, {
      change: work.action === 'finish' ? work.change! : undo,
      draft,
      steps,
      revision,
    })
    await nodes.announce(session, revision)
    return { next, steps: steps.length, undo, unsettled, ...(jobs.length === 0 ? {} : { jobs }) }
  }

  /** Leaves to a job what takes long. shape: ids of jobs */
  async #leave(
    session: Session,
    { actor }: Work,
    { change, draft, steps, revision }: Pick<Plan, 'draft' | 'steps'> & { change: string; revision: number },
  ): Promise<string[]> {
    const later = steps.filter(({ when }) => when === 'job').map(({ step }) => step)
    const fields = (draft.changes.pending ?? []).flatMap(({ field, body }) => (body === null ? [] : [field]))
    if (later.length + fields.length === 0) return []
    return [await this.#parts.jobs.enqueue(session, { change, revision, steps: later, fields, actor: actor.user })]
  }

  /** One change at a time works on the rows of a table. throws: Problem conflict.locked. */
  async #checkFree(session: Session, { steps }: Plan, { tables }: State, own: string | undefined): Promise<void> {
    if (steps.length === 0) return
    const open = (await this.#parts.jobs.open(session)).filter(({ change }) => change !== own)
    const touched = new Set(steps.map(({ step }) => (typeof step.table === 'string' ? step.table : step.table.id)))
    for (const { id, tables: worked } of open) {
      const table = worked.find((one) => touched.has(one))
      if (table !== undefined) refuseBusy({ entity: tables.get(table)?.name ?? table, job: id })
    }
  }

  /** The state under the lock: the one in memory, unless another process published since. */
  async #stateNow(session: Session): Promise<State> {
    const { schema, current } = this.#parts
    const { state } = current
    return (await storedRevision(session, schema)) === state.stored.revision
      ? state
      : followState(session, schema, state)
  }
}

/** The entity whose values a step changes without writing record by record. */
function rewritten(step: Step): string[] {
  if (step.kind === 'backfill') return step.column.derived === undefined ? [step.table] : []
  return step.kind === 'retype_column' ? [step.table] : []
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
