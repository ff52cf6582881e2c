// Who asks: the resolved caller, with everything that rights count from. Made by runtime/auth from a session or an API key; read
// by rules, trim and explain. Plain and frozen: whoever has changed is another actor.
import type { Id } from '../model/model.ts'

/** Somebody of the organisation, somebody from outside it, or a program that acts for it. */
export type PrincipalKind = 'internal' | 'external' | 'agent'

/** Units from which a depth counts: these, and these with all below them. */
export interface UnitRange {
  readonly units: readonly Id[]
  readonly tree: readonly Id[]
}

export interface Actor {
  /** The user record's id. */
  readonly user: Id
  readonly name: string
  /** `internal` when absent. */
  readonly kind?: PrincipalKind
  /** Names of the roles in force. */
  readonly roles: readonly string[]
  /** Teams that own records together. */
  readonly teams: readonly Id[]
  /** Queues the person works on; what lies in them is their own. */
  readonly queues?: readonly Id[]
  /** Teams that own nothing: records reach them by shares alone. */
  readonly accessTeams?: readonly Id[]
  readonly unit: Id | null
  /** The own unit and all below it. */
  readonly unitTree: readonly Id[]
  /** Where a role counts from that was assigned for certain units; all others count from the own unit. */
  readonly ranges?: ReadonlyMap<string, UnitRange>
  /** Everybody below the person in the tree of managers. */
  readonly reports?: readonly Id[]
  /** Ids of the entities of which records are shared with the person or one of their teams; `any` where they are not told apart. */
  readonly shared?: readonly Id[] | 'any'
  /** What rules ask by `my('…')`: the values of paths over the person's own record. */
  readonly my?: ReadonlyMap<string, unknown>
  /** Server work on nobody's behalf (install, import of a solution): sees all, and is audited as system. */
  readonly system?: boolean
  /** Came with a key that leaves some of the person's roles out: what the person did with more is not the key's. */
  readonly limited?: boolean
  /** Who really asks, when it is somebody that acts as this person: noted beside the person, and no source of rights. */
  readonly via?: Id
}

/** Whether something that was asked with these roles, by the same person, may be seen and steered by an actor. */
export function bringsRoles({ limited, roles }: Actor, asked: readonly string[]): boolean {
  return limited !== true || asked.every((role) => roles.includes(role))
}

/** Whether two actors have the same rights in every respect. */
export function isSame(one: Actor, other: Actor): boolean {
  return one === other || textOf(one) === textOf(other)
}

function textOf(actor: Actor): string {
  return JSON.stringify(actor, (_name, value: unknown) =>
    value instanceof Map ? [...(value as Map<string, unknown>)] : value,
  )
}

/** The same person with every right, for what a change brings about beyond what they may do themselves; it is told as theirs. */
export function elevated(actor: Actor): Actor {
  return actor.system ? actor : { ...actor, system: true }
}

/** Whether records of an entity may be shared with somebody. */
export function hasShares({ shared }: Actor, entity: Id): boolean {
  return shared === 'any' || shared?.includes(entity) === true
}

const sharers = new WeakMap<Actor, Actor>()

/** The same person for what outlives a share: a first one, or the end of a last one, makes no other caller of them. */
export function withAnyShares(actor: Actor): Actor {
  let sharer = sharers.get(actor)
  if (sharer === undefined) sharers.set(actor, (sharer = Object.freeze({ ...actor, shared: 'any' })))
  return sharer
}

/** Who is noted as having written: the person, or nobody for the system itself and for who did not say who they are. */
export function writerOf(actor: Actor): Id | null {
  return actor.user === systemActor.user || actor.user === anonymousActor.user ? null : actor.user
}

/** Somebody without credentials: has the role `anonymous` where that is defined, owns nothing and is nowhere. */
export const anonymousActor: Actor = {
  user: 'ffffffff-ffff-4fff-bfff-ffffffffffff',
  name: 'anonymous',
  kind: 'external',
  roles: ['anonymous'],
  teams: [],
  unit: null,
  unitTree: [],
}

/** The system itself: used for installation, first start and maintenance; never made from a request. */
export const systemActor: Actor = {
  user: '00000000-0000-0000-0000-000000000000',
  name: 'system',
  roles: [],
  teams: [],
  unit: null,
  unitTree: [],
  system: true,
}
