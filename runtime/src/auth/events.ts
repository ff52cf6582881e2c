// The one place where it is written down what happens at the doors: sign-ins and failures, second factors, passwords, passkeys,
// sessions, keys, links, impersonation. An observation for those who watch now and a row of `_security` for those who ask later.
import type { Session } from '../db/database.ts'
import { observe } from '../observe.ts'

/** What something happened to. */
export type SecurityKind =
  | 'sign-in'
  | 'sign-out'
  | 'factor'
  | 'password'
  | 'passkey'
  | 'session'
  | 'key'
  | 'link'
  | 'provider'
  | 'impersonation'

/** How it ended, or what was done. */
export type SecurityOutcome =
  | 'accepted'
  | 'refused'
  | 'limited'
  | 'created'
  | 'changed'
  | 'removed'
  | 'sent'
  | 'used'
  | 'ended'
  | 'asked'

export interface SecurityEvent {
  readonly kind: SecurityKind
  readonly outcome: SecurityOutcome
  /** Whose account it is about; absent where nobody is known by what was typed. */
  readonly user?: string
  /** Who did it, when it was not the person themselves. */
  readonly actor?: string
  /** Who acted as the actor. */
  readonly via?: string
  readonly address?: string
  readonly agent?: string
  /** Names and ids; never a secret, never what was typed. */
  readonly detail?: Readonly<Record<string, string>>
}

/** Where it is written. */
export interface SecurityPlace {
  readonly database: Session
  readonly schema: string
}

const longestAgent = 300

/** Notes a security event. What cannot be written down does not happen: a failure is thrown. */
export async function note({ database, schema }: SecurityPlace, event: SecurityEvent): Promise<void> {
  const { kind, outcome, user, actor = user, via, address, agent, detail } = event
  observe(kind === 'sign-in' ? { kind, outcome } : { kind: 'security', event: kind, outcome })
  await database.query({
    text: `insert into "${schema}"."_security" (kind, outcome, user_id, actor_id, via_id, address, agent, detail)
      values ($1, $2, $3::uuid, $4::uuid, $5::uuid, $6, $7, $8::jsonb)`,
    values: [
      kind,
      outcome,
      user ?? null,
      actor ?? null,
      via ?? null,
      address ?? null,
      agent?.slice(0, longestAgent) ?? null,
      detail === undefined ? null : JSON.stringify(detail),
    ],
  })
}
