// The one road by which tables and definitions change together: under one lock the plan is made anew and accepted, and one
// transaction does it all or nothing; what takes long is left to jobs, what is too much for one transaction is laid before.
// Every living process follows before the caller hears of it. Decides nothing about what is wished; publish.ts does.
import { setTimeout as wait } from 'node:timers/promises'
import { gather } from '@peyvand/core/base/problem.ts'
import type { Rollup } from '@peyvand/core/model/rollups.ts'
import type { Step } from '@peyvand/core/plan/steps.ts'
import type { Config } from '../config.ts'
import { noteReset } from '../db/changes.ts'
import type { Database, Session } from '../db/database.ts'
import { isPassing } from '../db/error.ts'
import { lockSpace } from '../db/migrate.ts'
import { observe } from '../observe.ts'
import { acceptGuarded, busy, publishFailure, refuseBusy } from './accept.ts'
import { noteBin } from './bin.ts'
import { followState, type Current, type State } from './current.ts'
import {
  clearGroundwork,
  clearIndexes,
  groundworkOf,
  indexesLeft,
  isLaid,
  layGroundwork,
  leftovers,
  takeGroundwork,
  type Groundwork,
} from './groundwork.ts'
import { logPublish, type LoggedStep } from './history.ts'
import { storedRevision, type Nodes } from './nodes.ts'
import type { Plan } from './plan.ts'
import { mend } from './drift.ts'
import { rebuild, unsettledBy } from './rollup.ts'
import { reverse, saveChanges } from './store.ts'
import { saveTables } from './tables.ts'
import { noteModel } from './told.ts'
import { endVacuums } from './vacuum.ts'
import type { Holders, Published, SchemaJobs, Work } from './work.ts'

/** A transaction's outcome: the state it led to, and the log entry unless nothing was different. */
interface Done {
  readonly next: State
  readonly steps: number
  readonly undo?: string
  readonly jobs?: readonly string[]
  /** Rollups that were worked out anew. */
  readonly unsettled?: readonly Rollup[]
  /** Indexes of what went to the bin are still to be dropped. */
  readonly leavesIndexes?: boolean
  /** Says what was written beside the model. */
  readonly tell?: () => void
}

/** What is about to be written: a plan under the lock, from one state to the next, with the tables that were laid for it. */
interface Publish {
  readonly work: Work
  readonly plan: Plan
  readonly state: State
  readonly next: State
  readonly laid: Groundwork | undefined
}

/** A plan whose tables have to be laid before it can be published. */
interface Ground {
  readonly plan: Plan
  readonly ground: readonly LoggedStep[]
}

export interface Parts {
  readonly config: Config
  readonly database: Database
  readonly schema: string
  readonly current: Current
  readonly nodes: Nodes
  readonly jobs: SchemaJobs
  readonly holders: Holders
}

const mostTries = 12

/** The whole transaction of a publish; a table that must be rewritten may take its time. unit: milliseconds */
const longest = 600_000

/** Commits plans, one after the other. */
export class Committer {
  readonly #parts: Parts
  #turn: Promise<unknown> = Promise.resolve()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Makes a wish true, one after the other in this process; other processes wait for the lock in the database. */
  commit(work: Work): Promise<Published> {
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
        if (laid === undefined) await this.#clear()
        const done = await this.#transaction(work, laid)
        if ('ground' in done) {
          if (attempt + 1 >= mostTries) throw busy()
          await this.#clear()
          laid = await layGroundwork(this.#parts.database, this.#parts.schema, done.plan, done.ground)
          continue
        }
        const { next, steps, undo, jobs, unsettled = [], leavesIndexes = false, tell } = done
        const { revision } = next.stored
        current.swap(next)
        tell?.()
        if (leavesIndexes) await clearIndexes(this.#parts.database, this.#parts.schema)
        if (undo === undefined) return { revision: String(revision) }
        await nodes.settled(revision, config.nodeTimeout)
        // Once more: until now another process could write records without knowing that something gathers them.
        await mend(this.#parts.database, { model: next.model, schema: this.#parts.schema }, unsettled)
        observe({ kind: 'publish', revision, steps, ms: Math.round(performance.now() - started), retries: attempt })
        return { revision: String(revision), undo, ...(jobs === undefined ? {} : { jobs }) }
      } catch (error) {
        if (!isPassing(error)) throw publishFailure(error, work.action)
        if (attempt + 1 >= mostTries) throw busy()
        await wait(Math.min(20 * 2 ** attempt, 1_000) * (0.5 + Math.random()))
        if (attempt > 0) await endVacuums(this.#parts.database, this.#parts.schema)
      }
    }
  }

  /** Takes away what publishes that never came have laid, and what large ones left in the bin: its names may be wanted now. */
  async #clear(): Promise<void> {
    const { database, schema } = this.#parts
    const { ground, indexes } = await leftovers(database, schema)
    if (ground) await clearGroundwork(database, schema)
    if (indexes) await clearIndexes(database, schema)
  }

  #transaction(work: Work, laid: Groundwork | undefined): Promise<Done | Ground> {
    const { database, schema, config } = this.#parts
    const lock = { text: 'select pg_advisory_xact_lock($1::int, pg_catalog.hashtext($2))', values: [lockSpace, schema] }
    return database.transaction(
      async (session) => {
        await session.query(lock)
        const state = await this.#stateNow(session)
        const plan = await work.make(state, session)
        await acceptGuarded(work.actor, state.model, plan, session)
        work.accept(plan, state)
        const { next, changes, problems } = plan.draft
        if (next === undefined) throw gather('check.definition', problems)
        if (changes.layers.length + changes.definitions.length + plan.steps.length === 0)
          return { next: state, steps: 0 }
        await this.#checkFree(session, plan, state, work.change)
        const ground = groundworkOf(plan)
        if (ground !== undefined && laid?.plan !== plan.hash) return { plan, ground }
        if (laid !== undefined && !(await takeGroundwork(session, schema, laid))) return { plan, ground: ground ?? [] }
        return this.#write(session, { work, plan, state, next, laid })
      },
      { lockTimeout: config.lockTimeout, statementTimeout: longest },
    )
  }

  /** Tables, definitions and log, and word to the other processes: all in the transaction, or nothing. */
  async #write(session: Session, publish: Publish): Promise<Done> {
    const { work, plan, next } = publish
    const { draft, steps } = plan
    const { revision } = next.stored
    const unsettled = await this.#change(session, publish)
    const { undo, tell } = await this.#log(session, publish)
    await work.also?.(session, revision)
    const change = work.action === 'finish' ? work.change! : undo
    const jobs = await this.#leave(session, work, { change, draft, steps, revision })
    await this.#parts.nodes.announce(session, revision)
    return {
      next,
      steps: steps.length,
      undo,
      unsettled,
      leavesIndexes: indexesLeft(plan).size > 0,
      tell,
      ...(jobs.length === 0 ? {} : { jobs }),
    }
  }

  /** Brings tables, rollups and definitions to what is planned. shape: the rollups that were worked out anew */
  async #change(session: Session, { plan, state, next, laid }: Publish): Promise<readonly Rollup[]> {
    const { schema } = this.#parts
    const { revision } = next.stored
    const later = indexesLeft(plan)
    const steps = plan.steps.map(({ step }) => step)
    const statements = plan.steps.flatMap(({ step, sql, atOnce = sql }) =>
      later.has(step) || (laid !== undefined && isLaid(step, laid)) ? [] : atOnce,
    )
    for (const text of statements) await session.query({ text })
    const unsettled = unsettledBy(state.model, next.model, steps, schema)
    await rebuild(session, { model: next.model, schema }, unsettled)
    await noteBin(session, schema, statements, revision)
    await noteReset(session, schema, steps.flatMap(rewritten))
    await saveTables(session, schema, steps, next.tables, revision)
    await saveChanges(session, schema, plan.draft.changes, revision)
    return unsettled
  }

  /** Takes from people what they lose, and logs all of it. `tell`: to be called when it is committed. */
  async #log(session: Session, { work, plan, state, next }: Publish): Promise<{ undo: string; tell: () => void }> {
    const { schema, holders } = this.#parts
    const { action, actor, given } = work
    const { draft, steps, hash } = plan
    const { revision } = next.stored
    const { taken, tell } = await holders.settle(session, { before: state.model, after: next.model, actor, given })
    const before = { ...reverse(state.stored, draft.changes), ...(taken.length === 0 ? {} : { taken }) }
    const entry = { revision, action, plan: hash, actor, steps, before, after: draft.changes }
    const undo = await logPublish(session, schema, entry)
    await noteModel(session, schema, { work, revision, plan: hash, change: undo, changes: draft.changes, before })
    return { undo, tell }
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
  return step.kind === 'retype_column' || step.kind === 'move_values' ? [step.table] : []
}
