// The model of this moment: one pointer that is swapped when a new revision is published here or elsewhere. Requests pin what
// it points at; nobody waits for a swap.
import type { Model } from '@peyvand/core/model/model.ts'
import type { Tables } from '@peyvand/core/plan/steps.ts'
import type { Database, Session } from '../db/database.ts'
import { assemble, type Assembled } from './assemble.ts'
import { storedRevision } from './nodes.ts'
import { loadSince, loadStored, type Stored } from './store.ts'
import { loadTables } from './tables.ts'

/** What one revision holds: the stored layers, all that follows from them, and the tables as they stand. */
export interface State extends Assembled {
  readonly stored: Stored
  readonly tables: Tables
}

export class Current {
  readonly #database: Database
  readonly #schema: string
  readonly #changed: (revision: number) => void
  #state: State
  #running: Promise<unknown> = Promise.resolve()
  #next: Promise<Model> | undefined

  private constructor(database: Database, schema: string, state: State, changed: (revision: number) => void) {
    this.#database = database
    this.#schema = schema
    this.#state = state
    this.#changed = changed
  }

  /** Reads the stored definitions. `changed` is called after each swap. */
  static async load(database: Database, schema: string, changed: (revision: number) => void): Promise<Current> {
    return new Current(database, schema, await loadState(database, schema), changed)
  }

  get model(): Model {
    return this.#state.model
  }

  get state(): State {
    return this.#state
  }

  /** Reads the stored revision and follows it. Callers that come while a reading runs share the one after it. */
  refresh(): Promise<Model> {
    this.#next ??= this.#running.then(() => {
      this.#next = undefined
      const reading = this.#read()
      this.#running = reading.catch(() => undefined)
      return reading
    })
    return this.#next
  }

  async #read(): Promise<Model> {
    if ((await storedRevision(this.#database, this.#schema)) > this.#state.stored.revision) {
      this.swap(await followState(this.#database, this.#schema, this.#state))
    }
    return this.#state.model
  }

  /** Follows until at least this revision is here. */
  async atLeast(revision: number): Promise<void> {
    if (this.#state.stored.revision < revision) await this.refresh()
  }

  /** Points at a newer state; an older one is ignored. */
  swap(state: State): void {
    if (state.stored.revision <= this.#state.stored.revision) return
    this.#state = state
    this.#changed(state.stored.revision)
  }
}

/** Everything that is stored. */
async function loadState(session: Session, schema: string): Promise<State> {
  const stored = await loadStored(session, schema)
  return { stored, ...assemble(stored), tables: await loadTables(session, schema) }
}

/** The state of now from one that was known. */
export async function followState(session: Session, schema: string, known: State): Promise<State> {
  const stored = await loadSince(session, schema, known.stored)
  return { stored, ...assemble(stored), tables: await loadTables(session, schema, known.tables, known.stored.revision) }
}
