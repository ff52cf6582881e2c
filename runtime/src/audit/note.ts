// The one place where it is written down what happens beside the writing of records: at the doors (sign-ins, factors, keys,
// sessions, impersonation), what was read and taken out, rights and models that changed, and what was done to the audit itself.
// An observation for those who watch now and a row of `_security` for those who ask later.
import type { JsonObject } from '@peyvand/core/base/json.ts'
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
  | 'read'
  | 'export'
  | 'model'
  | 'redaction'
  | 'retention'
  | 'verification'
  | 'privacy'

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
  | 'failed'

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
  readonly detail?: JsonObject
  /** Id of the entity it is about. */
  readonly entity?: string
  /** Ids of the records that were told. */
  readonly records?: readonly string[]
  readonly request?: string
  /** Where the row stands, when something else has to name it; else the database decides. */
  readonly place?: { readonly id: string; readonly at: string }
}

/** Where it is written. */
export interface SecurityPlace {
  readonly database: Session
  readonly schema: string
}

const longestAgent = 300

/** Notes an event. What cannot be written down does not happen: a failure is thrown. */
export async function note({ database, schema }: SecurityPlace, event: SecurityEvent): Promise<void> {
  const { kind, outcome, user, actor = user, via, address, agent, detail, entity, records, request, place } = event
  observe(kind === 'sign-in' ? { kind, outcome } : { kind: 'security', event: kind, outcome })
  await database.query({
    text: `insert into "${schema}"."_security"
        (kind, outcome, user_id, actor_id, via_id, address, agent, detail, entity_id, record_ids, request_id, id, at)
      values ($1, $2, $3::uuid, $4::uuid, $5::uuid, $6, $7, $8::jsonb, $9::uuid, $10::uuid[], $11,
        coalesce($12::uuid, gen_random_uuid()), coalesce($13::timestamptz, now()))`,
    values: [
      kind,
      outcome,
      user ?? null,
      actor ?? null,
      via ?? null,
      address ?? null,
      agent?.slice(0, longestAgent) ?? null,
      detail === undefined ? null : JSON.stringify(detail),
      entity ?? null,
      records ?? null,
      request ?? null,
      place?.id ?? null,
      place?.at ?? null,
    ],
  })
}
