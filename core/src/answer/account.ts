// How people sign in, as their owners and administrators are told: sessions and keys, never a secret.

/** A session as it is listed. */
export interface SessionRow {
  readonly id: string
  readonly created_at: string
  /** The last time it was used or renewed, to the day. */
  readonly used_at: string
  readonly expires_at: string
  readonly address: string | null
  /** What the browser calls itself. */
  readonly agent: string | null
  readonly method: string | null
  readonly strong: boolean
}

/** The same for its owner. */
export interface OwnSession extends SessionRow {
  /** It is the one that asks. */
  readonly current: boolean
}

/** A key as it is listed: never the key itself. */
export interface KeyRow {
  readonly id: string
  readonly name: string
  /** The first characters, so that its owner can tell keys apart. */
  readonly start: string
  readonly roles: readonly string[] | null
  readonly networks: readonly string[] | null
  readonly read_only: boolean
  readonly created_at: string
  /** Id of the user who made it. */
  readonly created_by: string | null
  readonly expires_at: string | null
  /** To the minute. */
  readonly last_used_at: string | null
}
