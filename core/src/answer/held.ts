// What a change of roles does to those who have them, as a plan tells it.

/** One role that goes, gets another name, or takes a name that something is still assigned by. */
export interface HeldRole {
  readonly role: string
  /** `taken`: nobody has it any more. `renamed`: whoever has it keeps it. `cleared`: what an earlier role of the name left goes. */
  readonly how: 'taken' | 'renamed' | 'cleared'
  /** People to whom it is assigned themselves. */
  readonly users: number
  readonly teams: number
  /** API keys that are limited to it among others. */
  readonly keys: number
}
