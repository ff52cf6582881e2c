// The one road by which tables and definitions change together: under one lock the plan is made anew and accepted, and one
// transaction does it all or nothing; what takes long is left to jobs, what is too much for one transaction is laid before.
// Every living process follows before the caller hears of it. Decides nothing about what is wished; publish.ts does.
import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Actor } from '@peyvand/core/access/actor.ts'
import { gather } from '@peyvand/core/base/problem.ts'
import type { HeldRole } from '@peyvand/core/answer/held.ts'
import type { Model } from '@peyvand/core/model/model.ts'
import type { Rollup } from '@peyvand/core/model/rollups.ts'
import type { Step } from '@peyvand/core/plan/steps.ts'
import { note } from '../audit/note.ts'
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
import { logPublish, summaryOf, type Action, type LoggedStep } from './history.ts'
import { storedRevision, type Nodes } from './nodes.ts'
import type { Plan } from './plan.ts'
import { mend } from './drift.ts'
import { rebuild, unsettledBy } from './rollup.ts'
import { reverse, saveChanges, type Changes } from './store.ts'
import { saveTables } from './tables.ts'
import { endVacuums } from './vacuum.ts'

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

/** What somebody loses with a role: known again when it comes back. */
export interface Taken {
  readonly role: string
  readonly assignments: readonly {
    readonly user: string | null
    readonly team: string | null
    readonly unit: string | null
  }[]
  /** Ids of keys that were limited to it among others. */
  readonly keys: readonly string[]
}

/** A change of roles by the models before and after it. */
export interface Settling {
  readonly before: Model
  readonly after: Model
  readonly actor: Actor
  /** What was taken by the change that is taken back. */
  readonly given?: readonly Taken[]
}

/** Those who have roles; runtime/auth stands above and is handed in. */
export interface Holders {
  /** How many have what a change takes away or renames. */
  count(session: Session, schema: string, change: Pick<Settling, 'before' | 'after'>): Promise<readonly HeldRole[]>
  /** In the publisher's transaction, on the tables of after. `tell` is called when it is committed. */
  settle(session: Session, change: Settling): Promise<{ readonly taken: readonly Taken[]; readonly tell: () => void }>
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
export interface Work {
  readonly action: Action
  readonly actor: Actor
  readonly make: (state: State, session: Session) => Promise<Plan> | Plan
  /** Refuses a plan that must not be applied. throws: Problem. */
  readonly accept: (plan: Plan, state: State) => void
  /** The change whose own jobs do not stand in the way. */
  readonly change?: string
  readonly also?: (session: Session, revision: number) => Promise<void>
  /** What was taken of people by the change that this one takes back. */
  readonly given?: readonly Taken[]
}

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
        acceptGuarded(work.actor, state.model, plan.draft)
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
    made: Plan,
    state: State,
    next: State,
    laid: Groundwork | undefined,
  ): Promise<Done> {
    const { draft, steps, hash: plan } = made
    const { schema, nodes } = this.#parts
    const { action, actor } = work
    const later = indexesLeft(made)
    const { revision } = next.stored
    const statements = steps.flatMap(({ step, sql, atOnce = sql }) =>
      later.has(step) || (laid !== undefined && isLaid(step, laid)) ? [] : atOnce,
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
    const settling = { before: state.model, after: next.model, actor, given: work.given }
    const { taken, tell } = await this.#parts.holders.settle(session, settling)
    const before = { ...reverse(state.stored, draft.changes), ...(taken.length === 0 ? {} : { taken }) }
    const undo = await logPublish(session, schema, {
      revision,
      action,
      plan,
      actor,
      steps,
      before,
      after: draft.changes,
    })
    await noteModel(session, schema, { work, revision, plan, change: undo, changes: draft.changes, before })
    await work.also?.(session, revision)
    const jobs = await this.#leave(session, work, {
      change: work.action === 'finish' ? work.change! : undo,
      draft,
      steps,
      revision,
    })
    await nodes.announce(session, revision)
    return {
      next,
      steps: steps.length,
      undo,
      unsettled,
      leavesIndexes: later.size > 0,
      tell,
      ...(jobs.length === 0 ? {} : { jobs }),
    }
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

interface Noted {
  readonly work: Work
  readonly revision: number
  readonly plan: string
  readonly change: string
  readonly changes: Changes
  readonly before: Changes
}

/** Says in the audit who changed which definitions; the hash is of what they are now. */
function noteModel(
  session: Session,
  schema: string,
  { work, revision, plan, change, changes, before }: Noted,
): Promise<void> {
  const { action, actor } = work
  const definitions = summaryOf(before, changes).map(({ kind, name, layer, change: how }) => ({
    kind,
    name,
    layer,
    change: how,
  }))
  const hash = createHash('sha256').update(JSON.stringify(changes)).digest('hex')
  const detail = { action, revision, plan, change, hash, definitions }
  const { user, via } = actor
  return note({ database: session, schema }, { kind: 'model', outcome: 'changed', actor: user, via, detail })
}

/** The entity whose values a step changes without writing record by record. */
function rewritten(step: Step): string[] {
  if (step.kind === 'backfill') return step.column.derived === undefined ? [step.table] : []
  return step.kind === 'retype_column' || step.kind === 'move_values' ? [step.table] : []
}
