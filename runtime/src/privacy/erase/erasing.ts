// One erasure that is going on: what its steps share. Decides in whose name records change, in which transactions, and what is
// counted; not what is erased.
import { elevated, type Actor } from '@peyvand/core/access/actor.ts'
import type { Entity, Id } from '@peyvand/core/model/model.ts'
import type { Context } from '../../context.ts'
import type { Session } from '../../db/database.ts'
import type { Platform } from '../../platform.ts'
import type { Target } from '../../records/cascade/reach.ts'
import { together } from '../../records/together.ts'
import { refuseHeld } from '../hold.ts'
import { openTraces, type Tombstone } from '../order.ts'
import { patternFor } from '../traces.ts'

/** The job that does it, as far as erasing knows it. */
export interface ErasingTask {
  /** Where it was when it was stopped. */
  readonly at: string | undefined
  readonly signal: AbortSignal
  /** Called first in each transaction. throws when somebody else has the job now. */
  hold(session: Session): Promise<void>
  report(progress: { readonly done: number; readonly total: number; readonly at: string }): Promise<void>
}

/** How many of what were erased. */
export type Counts = Record<string, number>

/** Some records of one entity. */
export interface Part {
  readonly entity: Entity
  readonly ids: readonly Id[]
}

/** Looking through whole tables takes its time. unit: milliseconds */
const patience = { statementTimeout: 600_000 }

/** Who changes records in an erasure: whoever ordered it, with every right, also when their own account is gone by now. */
function eraser({ by }: Tombstone): Actor {
  return elevated({ user: by, name: 'erasure', roles: [], teams: [], unit: null, unitTree: [] })
}

/** One erasure that is going on. */
export class Erasing {
  readonly platform: Platform
  readonly context: Context
  readonly erasure: Tombstone
  /** The records that are the person. */
  readonly persons: readonly Target[]
  /** What the person's traces are found by; absent where they left none. */
  readonly pattern: string | undefined
  readonly counts: Counts
  readonly #task: ErasingTask

  /** Begins, or goes on. throws: Problem when the person is held by now. */
  static async begin(platform: Platform, erasure: Tombstone, task: ErasingTask): Promise<Erasing> {
    const context = platform.contextFor(eraser(erasure), 'en', erasure.id)
    const persons = erasure.records.flatMap(({ entity: entityId, record }) => {
      const entity = context.model.entityById.get(entityId)
      return entity === undefined ? [] : [{ entity, id: record }]
    })
    // A hold that was placed since it was ordered stops it, as far as it has not come yet.
    await refuseHeld(context, persons)
    const pattern = patternFor(await openTraces(platform, erasure.id))
    return new Erasing({ platform, context, erasure, persons, pattern, task })
  }

  private constructor({
    task,
    ...begun
  }: Pick<Erasing, 'platform' | 'context' | 'erasure' | 'persons' | 'pattern'> & { readonly task: ErasingTask }) {
    this.platform = begun.platform
    this.context = begun.context
    this.erasure = begun.erasure
    this.persons = begun.persons
    this.pattern = begun.pattern
    this.counts = { ...begun.erasure.counts }
    this.#task = task
  }

  count(name: string, some: number): void {
    if (some > 0) this.counts[name] = (this.counts[name] ?? 0) + some
  }

  /** Kept between the steps, so that a job that goes on elsewhere tells of all of them. */
  async keepCounts(): Promise<void> {
    const { database, schema } = this.platform
    await database.query({
      text: `update "${schema}"."_erasure" set "counts" = $2::jsonb where "id" = $1::uuid`,
      values: [this.erasure.id, JSON.stringify(this.counts)],
    })
  }

  /** The log that loses values. */
  get log() {
    return { model: this.context.model, schema: this.context.schema, audit: this.platform.audit }
  }

  /** Who erases, and why, as the log keeps it. */
  get by() {
    return { by: this.erasure.by, reason: `erasure ${this.erasure.id}` }
  }

  /** One transaction of writes to records. */
  inOne<T>(work: (platform: Platform, context: Context) => Promise<T>): Promise<T> {
    this.#task.signal.throwIfAborted()
    return together(this.platform, this.context, async (platform, context) => {
      await this.#task.hold(context.database)
      return work(platform, context)
    })
  }

  /** One transaction of statements that look through whole tables. */
  through<T>(work: (session: Session, schema: string) => Promise<T>): Promise<T> {
    this.#task.signal.throwIfAborted()
    const { database, schema } = this.platform
    return database.transaction(async (session) => {
      await this.#task.hold(session)
      return work(session, schema)
    }, patience)
  }
}
