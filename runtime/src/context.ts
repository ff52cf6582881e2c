// What travels with one request or one piece of server work: who asks, in which tenant, on which model.
import type { QueryLimits } from '@peyvand/core/base/limits.ts'
import type { Actor } from '@peyvand/core/access/actor.ts'
import type { Model } from '@peyvand/core/model/model.ts'
import type { RowCounts } from '@peyvand/core/query/cost/counts.ts'
import type { Database } from './db/database.ts'

export interface Context {
  readonly requestId: string
  /** PostgreSQL schema of the tenant; every statement is qualified with it. */
  readonly schema: string
  readonly actor: Actor
  /** Pinned for the whole request. */
  readonly model: Model
  readonly database: Database
  /** BCP 47 tag the caller wants to read. */
  readonly language: string
  /** How large a query may be and what it may cost. */
  readonly limits: QueryLimits
  /** About how many records there are, to weigh a query before it runs. */
  readonly rows: RowCounts
}
