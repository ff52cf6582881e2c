// The model of this moment: one pointer that is swapped when a new revision is published here or elsewhere. Requests pin what
// it points at; nobody waits for a swap.
import type { Model } from '@peyvand/core/model/model.ts'
import type { Database } from '../db/database.ts'
import { assemble, type Assembled } from './assemble.ts'
import { storedRevision } from './nodes.ts'
import { loadSince, loadStored, type Stored } from './store.ts'

/** What one revision holds: the stored layers and all that follows from them. */
export interface State extends Assembled {
  readonly stored: Stored
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
    return new Current(database, schema, stateOf(await loadStored(database, schema)), changed)
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
      this.swap(stateOf(await loadSince(this.#database, this.#schema, this.#state.stored)))
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

/** Everything that follows from stored layers. */
export function stateOf(stored: Stored): State {
  return { stored, ...assemble(stored) }
}
