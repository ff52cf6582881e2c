// From a request to its caller. A proven credential is resolved once and kept in memory, so that a request pays no query;
// what changes sessions, keys or rights empties that memory in every process within seconds. Who asks to act as somebody else is
// that person from here on, where act-as.ts allows it.
import type { Actor } from '@peyvand/core/access/actor.ts'
import { askedOf } from '@peyvand/core/access/asked.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Model } from '@peyvand/core/model/model.ts'
import type { Database } from '../db/database.ts'
import type { Events, PlatformEvent } from '../events.ts'
import { actAs, wantedPerson } from './act-as.ts'
import { loadCaller, nobody, type Caller } from './actor.ts'
import type { Identities } from './identity.ts'
import { findKey, isKey } from './keys.ts'
import { isWithin } from '../net/within.ts'
import { readView, viewAs, type View } from './view.ts'

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
  if (who === 'all' || who === actor.user || (who !== undefined && who === actor.via)) return true
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
  /** Where it comes from; a key that is bound to networks is of no use without. */
  readonly address?: string
}

/** How the caller proved itself; `none` when nothing was to prove. */
export type Proof = 'key' | 'cookie' | 'none'
export interface Known extends Caller {
  readonly proof: Proof
  /** Id of the session or of the key. */
  readonly credential: string
  /** When the credential ends by itself. unit: milliseconds since 1970 */
  readonly expires: number
  /** A key that changes nothing. */
  readonly readOnly: boolean
  /** Networks a key is bound to. */
  readonly networks?: readonly string[]
  /** Whether a second factor was shown; a key needs none. */
  readonly strong: boolean
  /** As whom the app is looked at; nothing can be changed then. */
  readonly view?: View
}

/** Who resolves callers: the Identifier of a server, or the system itself on the command line. */
export interface Callers {
  identify(request: Bearing): Known | Promise<Known | Problem> | Problem
}

interface Entry {
  readonly known: Known
  readonly loaded: number
}

/** What a credential proves, before anything is known of the person. */
type Proven = Omit<Known, keyof Caller> & { readonly user: string; readonly roles?: readonly string[] }

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
  /** Name of the cookie that says as whom the app is looked at. */
  readonly viewCookie: string
  /** Everybody needs a second factor, whatever their roles say. */
  readonly factorForAll: boolean
  readonly identities: () => Promise<Identities>
}

/** Resolves callers and remembers them. */
export class Identifier implements Callers {
  readonly #parts: IdentifierParts
  readonly #entries = new Map<string, Entry>()
  /** The roles each session had when it was last looked up, by its id. */
  readonly #standing = new Map<string, string>()
  /** Sessions whose person has other roles since. */
  readonly #changed = new Set<string>()
  readonly #cookiePattern: RegExp
  readonly #viewPattern: RegExp
  /** Grows with each thing that voids entries: what was loaded before it is not kept. */
  #epoch = 0
  /** The same for what voids only those who have something on its way. */
  #moves = 0

  constructor(parts: IdentifierParts) {
    this.#parts = parts
    this.#cookiePattern = new RegExp(`(?:^|;\\s*)${parts.cookie}=([^;]+)`)
    this.#viewPattern = new RegExp(`(?:^|;\\s*)${parts.viewCookie}=([^;]+)`)
    parts.events.on((event) => this.#hear(event))
  }

  /** The caller, or the problem with its credentials. A present but bad credential never falls back to another one. */
  identify(request: Bearing): Known | Promise<Known | Problem> | Problem {
    const token = this.credential(request)
    if (token === undefined) return new Problem('auth.required')
    const person = wantedPerson(request.headers)
    if (person instanceof Problem) return person
    const view = person === undefined ? this.viewed(request) : undefined
    const key = [token, ...((person ?? view) ? [person ?? `view ${view}`] : [])].join(' ')
    const entry = this.#entries.get(key)
    if (entry !== undefined && this.#holds(entry)) return this.#admit(entry.known, request)
    return this.#resolve(key, token, request, { person, view })
  }

  /** The credential of a request as it stands there: `pvd_…` or the cookie's value. */
  credential(request: Bearing): string | undefined {
    const authorization = request.headers.get('authorization')
    if (authorization !== null) return /^bearer\s+(\S+)\s*$/i.exec(authorization)?.[1] ?? 'malformed'
    const cookies = request.headers.get('cookie')
    return cookies === null ? undefined : this.#cookiePattern.exec(cookies)?.[1]
  }

  /** As whom a browser looks at the app, as its cookie says it; a key looks as nobody else. */
  viewed(request: Bearing): string | undefined {
    if (request.headers.get('authorization') !== null) return undefined
    const cookies = request.headers.get('cookie')
    return cookies === null ? undefined : this.#viewPattern.exec(cookies)?.[1]
  }

  /** Whom a cookie proves, strong enough or not: for the pages where a second factor is set up and shown. */
  async session(request: Bearing): Promise<Known | Problem> {
    const proven = await this.#byCookie(request)
    return proven === undefined ? new Problem('auth.required') : this.#load(proven)
  }

  #holds({ known, loaded }: Entry): boolean {
    const now = Date.now()
    const deaf = this.#parts.database.direct !== undefined && !this.#parts.database.direct.connected
    return now < known.expires && now - loaded < (deaf ? trustedDeaf : trusted)
  }

  /** What depends on the request beside the credential. */
  #admit(known: Known, { address }: Bearing): Known | Problem {
    if (known.networks !== undefined && !isWithin(address, known.networks)) return new Problem('auth.invalid')
    return known.strong || !this.#needsFactor(known) ? known : new Problem('auth.factor', { hint: factorHint })
  }

  #needsFactor({ actor }: Known): boolean {
    const { factorForAll, model } = this.#parts
    return factorForAll || actor.roles.some((role) => model().roles.get(role)?.secondFactor === true)
  }

  async #resolve(
    key: string,
    token: string,
    request: Bearing,
    { person, view: viewed }: { readonly person: string | undefined; readonly view: string | undefined },
  ): Promise<Known | Problem> {
    const before = [this.#epoch, this.#moves] as const
    const proven =
      request.headers.get('authorization') !== null ? await this.#byKey(token) : await this.#byCookie(request)
    if (proven === undefined) return new Problem('auth.invalid')
    const own = await this.#load(proven)
    if (own instanceof Problem) return own
    this.#compare(own)
    // Before anybody is acted as, the caller must be admitted themselves.
    const admitted = this.#admit(own, request)
    const view = viewed === undefined ? undefined : readView(viewed, own.credential)
    if (person === undefined && view === undefined) this.#keep(key, own, before)
    if ((person === undefined && view === undefined) || admitted instanceof Problem) return admitted
    const { database, schema, model } = this.#parts
    const place = { database, schema, model: model() }
    const acting = person === undefined ? await viewAs(place, own, view!) : await actAs(place, own, person)
    if (acting instanceof Problem) return acting
    this.#keep(key, acting, before)
    return this.#admit(acting, request)
  }

  /** Whether a session shall go on under a new id, because its person has other roles now. Said once. */
  takeChange({ proof, credential }: Known): boolean {
    return proof === 'cookie' && this.#changed.delete(credential)
  }

  #compare({ proof, credential, actor }: Known): void {
    if (proof !== 'cookie') return
    const [before, now] = [this.#standing.get(credential), actor.roles.join(' ')]
    if (before !== undefined && before !== now) this.#changed.add(credential)
    if (before === undefined && this.#standing.size >= mostEntries) {
      const oldest = this.#standing.keys().next().value!
      this.#standing.delete(oldest)
      this.#changed.delete(oldest)
    }
    this.#standing.set(credential, now)
  }

  async #load({ user, roles, ...proven }: Proven): Promise<Known | Problem> {
    const { database, schema, model } = this.#parts
    const caller = await loadCaller(database, { schema, model: model() }, { user, roles })
    // A program has no password: it comes with a key.
    if (caller === undefined || (caller.actor.kind === 'agent' && proven.proof === 'cookie')) return nobody()
    return { ...caller, ...proven }
  }

  async #byKey(token: string): Promise<Proven | undefined> {
    const holder = isKey(token) ? await findKey(this.#parts, token) : undefined
    if (holder === undefined) return undefined
    const { id: credential, user, roles, expires, networks, readOnly } = holder
    const end = expires?.getTime() ?? Infinity
    return { proof: 'key', credential, user, roles, expires: end, networks, readOnly, strong: true }
  }

  async #byCookie(request: Bearing): Promise<Proven | undefined> {
    const identities = await this.#parts.identities()
    const found = await identities.sessionOf(new Headers({ cookie: request.headers.get('cookie') ?? '' }))
    if (found === undefined) return undefined
    const { id: credential, user, expires, strong } = found
    return { proof: 'cookie', credential, user, expires: expires.getTime(), readOnly: false, strong }
  }

  /** Keeps what was resolved, unless something has happened meanwhile that voids it. */
  #keep(key: string, known: Known, [epoch, moves]: readonly [number, number]): void {
    if (epoch !== this.#epoch || (moves !== this.#moves && waysOf(known.actor).size > 0)) return
    if (this.#entries.size >= mostEntries) this.#entries.delete(this.#entries.keys().next().value!)
    this.#entries.set(key, { known, loaded: Date.now() })
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
    for (const [key, { known }] of this.#entries)
      if (known.actor.user === user || known.actor.via === user) this.#entries.delete(key)
  }
}

const factorHint = 'Set up an authenticator or a passkey under /account, or sign in with the one you have.'
