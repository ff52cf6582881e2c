// Publishing a model change: plan, apply, undo, install. The one road by which tables and definitions change together: the
// reviewed plan or none, one transaction under one lock, and every living process follows before the caller hears of it.
import { createHash } from 'node:crypto'
import { setTimeout as wait } from 'node:timers/promises'
import type { Actor } from '@peyvand/core/access/actor.ts'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { gather, Problem } from '@peyvand/core/base/problem.ts'
import { affects, type Affected } from '@peyvand/core/plan/affects.ts'
import { prepare } from '@peyvand/core/plan/prepare.ts'
import type { PlannedStep, Tables } from '@peyvand/core/plan/steps.ts'
import { same } from '@peyvand/core/solution/diff.ts'
import type { Config } from '../config.ts'
import type { Database, Session } from '../db/database.ts'
import { DatabaseError, isPassing } from '../db/error.ts'
import { lockSpace } from '../db/migrate.ts'
import { observe } from '../observe.ts'
import { noteBin } from './bin.ts'
import { stateOf, type Current, type State } from './current.ts'
import { draftChanges, draftSolutions, draftState, type Change, type Draft } from './draft.ts'
import {
  findPublish,
  listHistory,
  logPublish,
  markUndone,
  type Action,
  type HistoryRow,
  type Logged,
} from './history.ts'
import { measure } from './measure.ts'
import { storedRevision, type Nodes } from './nodes.ts'
import type { Solution } from './solution.ts'
import { loadSince, reverse, saveChanges } from './store.ts'

/** Contract of `POST /api/model/plan` and `apply`. */
export interface PublishRequest {
  /** The revision the changes were made against; another one there now is a conflict. */
  readonly base?: number
  readonly changes: readonly Change[]
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
export interface Published {
  readonly revision: string
  readonly undo: string
}

/** A draft with what it does to the tables, measured. */
interface Plan {
  readonly draft: Draft
  readonly steps: readonly PlannedStep[]
  readonly hash: string
}

/** What is published: how it comes out of the state of the moment, and what is logged of it. */
interface Work {
  readonly action: Action
  readonly actor: Actor
  readonly make: (state: State, session: Session) => Promise<Plan>
  /** Refuses a plan that must not be applied. throws: Problem. */
  readonly accept: (plan: Plan, state: State) => void
  readonly also?: (session: Session, revision: number) => Promise<void>
}

interface Parts {
  readonly config: Config
  readonly database: Database
  readonly schema: string
  readonly current: Current
  readonly nodes: Nodes
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

  /** What a change would do. Changes nothing. */
  async plan(request: PublishRequest): Promise<PlanAnswer> {
    await this.#parts.current.refresh()
    const { state } = this.#parts.current
    checkBase(request.base, state)
    const { draft, steps, hash } = await this.#planOf(state, draftChanges(state, request.changes), this.#parts.database)
    const affected = draft.next === undefined ? [] : affects(state.model, draft.next.model)
    return {
      revision: String(state.stored.revision),
      plan: hash,
      steps,
      affects: affected,
      problems: draft.problems.map(shown),
    }
  }

  /** Publishes a change. A plan that loses data needs the hash of its review. throws: Problem. */
  apply(request: PublishRequest, actor: Actor): Promise<Published> {
    return this.#publish({
      action: 'apply',
      actor,
      make: (state, session) => this.#planOf(state, draftChanges(state, request.changes), session),
      accept: (plan, state) => {
        checkBase(request.base, state)
        acceptPlan(plan, request.plan)
      },
    })
  }

  /** Installs solutions, or brings them to the state of their folders, in one publish. Undefined: nothing to do. */
  async install(solutions: readonly Solution[], actor: Actor): Promise<Published | undefined> {
    await this.#parts.current.refresh()
    const draft = draftSolutions(this.#parts.current.state, solutions)
    if (draft.problems.length > 0) throw gather('check.definition', draft.problems)
    if (
      draft.changes.definitions.length === 0 &&
      solutions.every(({ manifest }) => this.hasSolution(manifest.name, manifest.version))
    )
      return undefined
    const published = await this.#publish({
      action: 'install',
      actor,
      make: (state, session) => this.#planOf(state, draftSolutions(state, solutions), session),
      accept: (plan) => acceptPlan(plan, undefined),
    })
    for (const { manifest } of solutions)
      observe({ kind: 'install', solution: manifest.name, version: manifest.version })
    return published
  }

  /** Whether a solution is installed, in this version when one is given. */
  hasSolution(name: string, version?: string): boolean {
    return this.#parts.current.state.stored.layers.some(
      (layer) => layer.name === name && (version === undefined || layer.version === version),
    )
  }

  /** Takes a publish back: its tables, columns and values come out of the recycle bin. throws: Problem. */
  async undo(id: string, actor: Actor): Promise<Published> {
    const logged = await findPublish(this.#parts.database, this.#parts.schema, id)
    return this.#publish({
      action: 'undo',
      actor,
      make: async (state) => {
        checkUndo(logged, state)
        const steps = logged.steps.toReversed().map(backwards)
        const draft = draftState(state, logged.before)
        return { draft, steps, hash: hashOf(state, draft, steps) }
      },
      accept: ({ draft }) => {
        if (draft.problems.length > 0)
          throw new Problem('plan.undo', {
            detail: 'Something that came later needs what this would take away',
            problems: draft.problems,
          })
      },
      also: (session, revision) => markUndone(session, this.#parts.schema, id, revision),
    })
  }

  /** A definition in force, as its layers come to it, with all ids: what an editor starts from. */
  definition(kind: string, name: string): JsonObject | undefined {
    return this.#parts.current.state.definitions.find(
      (definition) => definition['kind'] === kind && definition['name'] === name,
    )
  }

  /** The tables the model stands on. */
  tables(): Tables {
    return this.#parts.current.state.tables
  }

  /** The newest publishes. */
  history(): Promise<HistoryRow[]> {
    return listHistory(this.#parts.database, this.#parts.schema)
  }

  async #planOf(state: State, draft: Draft, session: Session): Promise<Plan> {
    if (draft.next === undefined) return { draft, steps: [], hash: hashOf(state, draft, []) }
    const { schema } = this.#parts
    const prepared = prepare({
      now: state.tables,
      next: draft.next.tables,
      before: state.model,
      after: draft.next.model,
      schema,
      stamp: String(draft.next.stored.revision),
    })
    const steps = await measure(session, schema, state.tables, prepared)
    return { draft, steps, hash: hashOf(state, draft, steps) }
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
    for (let attempt = 0; ; attempt++) {
      try {
        const { next, steps, undo } = await this.#transaction(work)
        current.swap(next)
        const { revision } = next.stored
        await nodes.settled(revision, config.nodeTimeout)
        observe({ kind: 'publish', revision, steps, ms: Math.round(performance.now() - started), retries: attempt })
        return { revision: String(revision), undo }
      } catch (error) {
        if (!isPassing(error)) throw publishFailure(error, work.action)
        if (attempt + 1 >= mostTries)
          throw new Problem('conflict.locked', {
            detail: 'The tables are busy; the change was not made',
            hint: 'Try again in a moment.',
          })
        await wait(Math.min(20 * 2 ** attempt, 1_000) * (0.5 + Math.random()))
      }
    }
  }

  async #transaction(work: Work): Promise<{ next: State; steps: number; undo: string }> {
    const { database, schema, nodes, config } = this.#parts
    return database.transaction(
      async (session) => {
        await session.query({
          text: 'select pg_advisory_xact_lock($1::int, pg_catalog.hashtext($2))',
          values: [lockSpace, schema],
        })
        const state = await this.#stateNow(session)
        const plan = await work.make(state, session)
        work.accept(plan, state)
        const { draft, steps, hash } = plan
        const { next } = draft
        if (next === undefined) throw gather('check.definition', draft.problems)
        const { revision } = next.stored
        const statements = steps.flatMap(({ sql }) => sql)
        for (const text of statements) await session.query({ text })
        await noteBin(session, schema, statements, revision)
        await saveChanges(session, schema, draft.changes, revision)
        const before = reverse(state.stored, draft.changes)
        const undo = await logPublish(session, schema, {
          revision,
          action: work.action,
          plan: hash,
          actor: work.actor,
          steps,
          before,
          after: draft.changes,
        })
        await work.also?.(session, revision)
        await nodes.announce(session, revision)
        return { next, steps: steps.length, undo }
      },
      { lockTimeout: config.lockTimeout, statementTimeout: longest },
    )
  }

  /** The state under the lock: the one in memory, unless another process published since. */
  async #stateNow(session: Session): Promise<State> {
    const { schema, current } = this.#parts
    const { state } = current
    if ((await storedRevision(session, schema)) === state.stored.revision) return state
    return stateOf(await loadSince(session, schema, state.stored))
  }
}

function checkBase(base: number | undefined, { stored }: State): void {
  if (base === undefined || base === stored.revision) return
  throw new Problem('conflict.revision', {
    detail: `The change was made against revision ${base}; the model is at ${stored.revision} now`,
    hint: 'Load the model again and repeat the change.',
  })
}

function acceptPlan({ draft, steps, hash }: Plan, reviewed: string | undefined): void {
  if (draft.problems.length > 0) throw gather('check.definition', draft.problems)
  const of = (risk: PlannedStep['risk']) =>
    steps
      .filter((step) => step.risk === risk)
      .map((step) => because(step, risk === 'blocked' ? 'plan.blocked' : 'plan.confirm'))
  const blocked = of('blocked')
  if (blocked.length > 0) throw gather('plan.blocked', blocked)
  if (reviewed !== undefined && reviewed !== hash)
    throw new Problem('plan.changed', {
      detail: 'The plan is not the one that was reviewed: the model or the data changed since',
      hint: 'Review the plan again.',
    })
  const lossy = of('lossy')
  if (reviewed === undefined && lossy.length > 0) throw gather('plan.confirm', lossy)
}

function because({ entity, field, because: why, kind }: PlannedStep, code: 'plan.blocked' | 'plan.confirm'): Problem {
  return new Problem(code, {
    target: field === undefined ? entity : `${entity}.${field}`,
    detail: why ?? kind.replaceAll('_', ' '),
  })
}

/** A publish can be taken back while everything it changed is still as it left it. */
function checkUndo({ undoneBy, after }: Logged, { stored }: State): void {
  if (undoneBy !== null)
    throw new Problem('plan.undo', { detail: `It was taken back already, by revision ${undoneBy}` })
  const layers = new Map(stored.layers.map((layer) => [layer.name, layer]))
  const changed = after.definitions.find(
    ({ layer, kind, name, body }) => !same(layers.get(layer)?.definitions.get(`${kind}/${name}`) ?? null, body),
  )
  if (changed !== undefined)
    throw new Problem('plan.undo', {
      target: `${changed.kind}/${changed.name}`,
      detail: `The ${changed.kind} "${changed.name}" was changed again since`,
      hint: 'Take the later change back first.',
    })
}

/** The step the other way round. What went into the bin on the way back comes out of it when that is taken back again. */
function backwards(step: PlannedStep): PlannedStep {
  const undo = step.undo.some((text) => / rename .*to "_bin_/.test(text))
    ? step.undo.toReversed().map(inverse)
    : step.sql
  return { ...step, risk: 'safe', because: undefined, sql: step.undo, undo }
}

/** A rename the other way, `drop not null` as `set not null`; names of the bin follow. */
function inverse(text: string): string {
  const rename = /^(alter (?:table|index) "[^"]+"\.)("[^"]+")( rename (?:column ("[^"]+") )?to )("[^"]+")$/.exec(text)
  if (rename === null) return text.replace(/ drop not null$/, ' set not null')
  const [, start, relation, , column, to] = rename as unknown as [
    string,
    string,
    string,
    string,
    string | undefined,
    string,
  ]
  return column === undefined
    ? `${start}${to} rename to ${relation}`
    : `${start}${relation} rename column ${to} to ${column}`
}

/** The plan's identity: the revision it starts from, what is stored, and what is done to the tables at what risk. */
function hashOf({ stored }: State, { changes, problems }: Draft, steps: readonly PlannedStep[]): string {
  const done = steps.map(({ kind, entity, field, risk, sql }) => [kind, entity, field, risk, sql])
  const text = JSON.stringify([stored.revision, changes, done, problems.map((problem) => problem.message)])
  return createHash('sha256').update(text).digest('base64url').slice(0, 32)
}

function shown(problem: Problem): object {
  const { code, message: detail, pointer, hint, target } = problem
  return { code, detail, pointer, hint, target }
}

/** Data that does not fit says so; anything else is ours. PostgreSQL's own sentence is given where it names no value. */
function publishFailure(error: unknown, action: Action): unknown {
  if (!(error instanceof DatabaseError)) return error
  const code = action === 'undo' ? 'plan.undo' : 'plan.blocked'
  if (error.code.startsWith('23'))
    return new Problem(code, { target: error.table, detail: `The records that are there do not fit: ${error.message}` })
  if (error.code.startsWith('22'))
    return new Problem(code, { target: error.table, detail: 'Some values cannot be converted' })
  if (action === 'undo' && ['42703', '42P01', '42704'].includes(error.code))
    return new Problem(code, { detail: 'What it took away has left the recycle bin' })
  return error
}
