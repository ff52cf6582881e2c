// What is published and who takes part: the work that commit.ts does under its lock, the jobs that do the rest, and those who have
// the roles it changes. Both stand above and are handed in.
import type { Actor } from '@peyvand/core/access/actor.ts'
import type { HeldRole } from '@peyvand/core/answer/held.ts'
import type { Model } from '@peyvand/core/model/model.ts'
import type { Step } from '@peyvand/core/plan/steps.ts'
import type { Session } from '../db/database.ts'
import type { State } from './current.ts'
import type { Action } from './history.ts'
import type { Plan } from './plan.ts'

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

/** A job of a change that is neither done nor taken back. */
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
