// The running platform of one process: what the routes and the command line are given. Made once by server.ts (or by a
// command that works straight on the database); everything that lives as long as the process hangs here.
import type { Actor } from '@peyvand/core/access/actor.ts'
import type { Problem } from '@peyvand/core/base/problem.ts'
import type { Model } from '@peyvand/core/model/model.ts'
import type { AuditPlace } from './audit/chain.ts'
import type { Identifier } from './auth/identify.ts'
import type { Identities } from './auth/identity.ts'
import type { Config } from './config.ts'
import type { Context } from './context.ts'
import type { Database } from './db/database.ts'
import type { Events } from './events.ts'
import type { Storage } from './files/storage.ts'
import type { Publisher } from './meta/publish.ts'
import type { Outgoing } from './net/call.ts'
import type { Vault } from './secrets/vault.ts'

export interface Platform {
  readonly config: Config
  readonly database: Database
  /** PostgreSQL schema of the (default) tenant: `t_default`. */
  readonly schema: string
  /** The Model of this moment; a request pins it once. */
  model(): Model
  /** Reads the stored revision and swaps the model when it has moved on. For a statement that failed on an old model. */
  refresh(): Promise<Model>
  /** Who sends this request: session cookie or API key; a Problem when the credentials are missing or not valid. */
  identify(request: Request): Promise<Actor | Problem>
  /** A context for server work outside a request (install, import on the command line). */
  contextFor(actor: Actor, language?: string, requestId?: string): Context
  readonly events: Events
  /** Where contents of files are kept. */
  readonly files: Storage
  /** The one way to call another server. */
  readonly call: Outgoing
  /** Seals what must not stand in the database as it is. */
  readonly secrets: Vault
  /** Where the audit is sealed, and what signs its seals. */
  readonly audit: AuditPlace
  /** Stops taking work, lets what runs finish, closes the database. */
  close(): Promise<void>
}

/** The platform as the routes of sign-in and metadata and the command line use it. */
export interface RunningPlatform extends Platform {
  /** Resolves callers without a query once they are known. */
  readonly callers: Identifier
  /** Who a user is now, with only the given roles of theirs, and who acts as them; undefined when they may not come in any more. */
  actorOf(user: string, roles: readonly string[], via?: string): Promise<Actor | undefined>
  /** Passwords and sessions; loaded on first use. */
  identities(): Promise<Identities>
  /** Uses the newest key of the installation for passwords and sessions from now on: everybody signs in anew. */
  reopenIdentities(): void
  /** Plans, applies and undoes model changes. */
  readonly publisher: Publisher
}

/** Hono environment of every `/api` route: `c.get('context')` is there after sign-in was checked. */
export interface ApiEnv {
  Variables: { context: Context }
}
