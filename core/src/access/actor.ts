// Who asks: the resolved caller. Made by runtime/auth from a session or an API key; read by trim and explain.
import type { Id } from '../model/model.ts'

export interface Actor {
  /** The user record's id. */
  readonly user: Id
  readonly name: string
  /** Names of the roles in force. */
  readonly roles: readonly string[]
  readonly teams: readonly Id[]
  readonly unit: Id | null
  /** The own unit and all below it. */
  readonly unitTree: readonly Id[]
  /** Server work on nobody's behalf (install, import of a solution): sees all, and is audited as system. */
  readonly system?: boolean
}

/** The same person with every right, for what a change brings about beyond what they may do themselves; it is told as theirs. */
export function elevated(actor: Actor): Actor {
  return actor.system ? actor : { ...actor, system: true }
}

/** Who is noted as having written: the person, or nobody for the system itself. */
export function writerOf(actor: Actor): Id | null {
  return actor.user === systemActor.user ? null : actor.user
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
