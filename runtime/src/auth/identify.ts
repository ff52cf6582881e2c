// From a request to its caller. A proven credential is resolved once and kept in memory, so that a request pays no query;
// what changes sessions, keys or rights empties that memory in every process within seconds.
import type { Actor } from '@peyvand/core/access/actor.ts'
import { askedOf } from '@peyvand/core/access/asked.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Model } from '@peyvand/core/model/model.ts'
import type { Database } from '../db/database.ts'
import type { Events, PlatformEvent } from '../events.ts'
import { loadCaller, nobody, type Caller } from './actor.ts'
import type { Identities } from './identity.ts'
import { findKey, isKey } from './keys.ts'

/** Of whom an event voids what was resolved: a user's id, or `all`. */
function voided(event: PlatformEvent): string | undefined {
  if (event.kind === 'access') return event.user ?? 'all'
  // Which roles there are, and what they ask of people, is the model's to say.
  if (event.kind === 'model') return 'all'
  if (event.kind !== 'record' || !decisive.has(event.entity)) return undefined
  // Who somebody's manager is, is a matter of everybody above them.
  return event.entity === 'user' && event.personal === true ? event.ids[0] : 'all'
}

/** Whether an event voids what was resolved of somebody. */
export function voids(event: PlatformEvent, actor: Actor, model: Model): boolean {
  const who = voided(event)
  if (who === 'all' || who === actor.user) return true
  if (event.kind !== 'record' || askedOf(model)?.walked.has(event.entity) !== true) return false
  return event.ids.some((id) => waysOf(actor).has(id))
}

const ways = new WeakMap<Actor, ReadonlySet<unknown>>()

/** The records that lie on the ways to what rules ask of somebody, among other values. */
function waysOf(actor: Actor): ReadonlySet<unknown> {
  let found = ways.get(actor)
  if (found === undefined) ways.set(actor, (found = new Set(actor.my?.values().filter((value) => value !== null))))
  return found
}

/** As much of a request as its credentials need. */
export interface Bearing {
  readonly headers: Pick<Headers, 'get'>
}

/** How the caller proved itself; `none` when nothing was to prove. */
export type Proof = 'key' | 'cookie' | 'none'
export interface Known extends Caller {
  readonly proof: Proof
}

/** Who resolves callers: the Identifier of a server, or the system itself on the command line. */
export interface Callers {
  identify(request: Bearing): Known | Promise<Known | Problem> | Problem
}

interface Entry {
  readonly known: Known
  readonly loaded: number
  readonly expires: number
}

/** Longest time an entry is trusted; shorter while this process hears no notifications. unit: milliseconds */
const trusted = 60_000
const trustedDeaf = 4_000
const mostEntries = 20_000

/** Entities whose records decide who somebody is and what they may do. */
const decisive = new Set(['user', 'role_assignment', 'team', 'team_member', 'queue', 'queue_member', 'business_unit'])

export interface IdentifierParts {
  readonly database: Database
  readonly schema: string
  readonly model: () => Model
  readonly events: Events
  readonly cookie: string
  readonly identities: () => Promise<Identities>
}

/** Resolves callers and remembers them. */
export class Identifier implements Callers {
  readonly #parts: IdentifierParts
  readonly #entries = new Map<string, Entry>()
  readonly #cookiePattern: RegExp
  /** Grows with each thing that voids entries: what was loaded before it is not kept. */
  #epoch = 0
  /** The same for what voids only those who have something on its way. */
  #moves = 0

  constructor(parts: IdentifierParts) {
    this.#parts = parts
    this.#cookiePattern = new RegExp(`(?:^|;\\s*)${parts.cookie}=([^;]+)`)
    parts.events.on((event) => this.#hear(event))
  }

  /** The caller, or the problem with its credentials. A present but bad credential never falls back to another one. */
  identify(request: Bearing): Known | Promise<Known | Problem> | Problem {
    const token = this.credential(request)
    if (token === undefined) return new Problem('auth.required')
    const entry = this.#entries.get(token)
    if (entry !== undefined && this.#holds(entry)) return entry.known
    return this.#resolve(token, request)
  }

  /** The credential of a request as it stands there: `pvd_…` or the cookie's value. */
  credential(request: Bearing): string | undefined {
    const authorization = request.headers.get('authorization')
    if (authorization !== null) return /^bearer\s+(\S+)\s*$/i.exec(authorization)?.[1] ?? 'malformed'
    const cookies = request.headers.get('cookie')
    return cookies === null ? undefined : this.#cookiePattern.exec(cookies)?.[1]
  }

  #holds(entry: Entry): boolean {
    const now = Date.now()
    const deaf = this.#parts.database.direct !== undefined && !this.#parts.database.direct.connected
    return now < entry.expires && now - entry.loaded < (deaf ? trustedDeaf : trusted)
  }

  async #resolve(token: string, request: Bearing): Promise<Known | Problem> {
    const [epoch, moves] = [this.#epoch, this.#moves]
    const proven =
      request.headers.get('authorization') !== null ? await this.#byKey(token) : await this.#byCookie(request)
    if (proven === undefined) return new Problem('auth.invalid')
    const { database, schema, model } = this.#parts
    const caller = await loadCaller(database, { schema, model: model() }, proven)
    // A program has no password: it comes with a key.
    if (caller === undefined || (caller.actor.kind === 'agent' && proven.proof === 'cookie')) return nobody()
    const known: Known = { ...caller, proof: proven.proof }
    const stays = moves === this.#moves || waysOf(caller.actor).size === 0
    if (epoch === this.#epoch && stays)
      this.#keep(token, { known, loaded: Date.now(), expires: proven.expires?.getTime() ?? Infinity })
    return known
  }

  async #byKey(
    token: string,
  ): Promise<{ user: string; roles?: readonly string[]; expires?: Date; proof: Proof } | undefined> {
    const holder = isKey(token) ? await findKey(this.#parts, token) : undefined
    return holder && { ...holder, proof: 'key' }
  }

  async #byCookie(
    request: Bearing,
  ): Promise<{ user: string; roles?: undefined; expires?: Date; proof: Proof } | undefined> {
    const signedIn = await (
      await this.#parts.identities()
    ).sessionOf(new Headers({ cookie: request.headers.get('cookie') ?? '' }))
    return signedIn && { ...signedIn, proof: 'cookie' }
  }

  #keep(token: string, entry: Entry): void {
    if (this.#entries.size >= mostEntries) this.#entries.delete(this.#entries.keys().next().value!)
    this.#entries.set(token, entry)
  }

  #hear(event: PlatformEvent): void {
    const who = voided(event)
    if (who !== undefined) return this.forget(who === 'all' ? undefined : who)
    const model = this.#parts.model()
    if (event.kind !== 'record' || askedOf(model)?.walked.has(event.entity) !== true) return
    this.#moves++
    for (const [token, { known }] of this.#entries) if (voids(event, known.actor, model)) this.#entries.delete(token)
  }

  /** Forgets what was resolved for one user, or for everybody. */
  forget(user?: string): void {
    this.#epoch++
    if (user === undefined) return this.#entries.clear()
    for (const [token, entry] of this.#entries) if (entry.known.actor.user === user) this.#entries.delete(token)
  }
}
