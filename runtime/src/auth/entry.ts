// The one gate through which every session comes into being, whatever proved the person: decides who may have one at all, how
// strong it is, and that a code is good for one time. The sign-in library calls it before it stores a session.
import type { Session as DatabaseSession } from '../db/database.ts'
import { isFirst } from './attempts.ts'

/** How a person came in: the library's path, told in our words. */
export type Method = 'password' | 'totp' | 'recovery' | 'passkey' | 'provider'

/** What a session is stored with beside what the library knows. */
export interface Strength {
  /** A second factor was shown, or a passkey that verified the person. */
  readonly strong: boolean
  readonly method: Method
  /** When the person came in; a session that is renewed keeps it. */
  readonly enteredAt: Date
}

/** The session that asks for another one: a renewal after a proof. */
export type Previous = Partial<Strength> | undefined

/** What a way in proves by itself. */
export function strengthOf(path: string | undefined, previous: Previous, now = new Date()): Strength {
  const enteredAt = previous?.enteredAt ?? now
  const kept = { strong: previous?.strong === true, method: previous?.method ?? 'password', enteredAt }
  // The name of the provider stands in the path.
  if (path?.startsWith('/callback/') === true) return { strong: false, method: 'provider', enteredAt: now }
  switch (path) {
    case '/sign-in/email':
      return { strong: false, method: 'password', enteredAt: now }
    case '/two-factor/verify-totp':
      return { strong: true, method: 'totp', enteredAt }
    case '/two-factor/verify-backup-code':
      return { strong: true, method: 'recovery', enteredAt }
    case '/passkey/verify-authentication':
      return { strong: true, method: 'passkey', enteredAt: now }
    case '/two-factor/disable':
      return { ...kept, strong: false }
    default:
      return kept
  }
}

/** unit: milliseconds. A code is good for its half minute and the ones beside it. */
const codeLife = 120_000

/** Takes a code of an authenticator for the one time it is good for. */
export function takeCode(database: DatabaseSession, user: string, code: string): Promise<boolean> {
  return isFirst(database, `code ${user} ${code}`, codeLife)
}
