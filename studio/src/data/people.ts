// Other people's accounts, as administrators handle them: what secures an account, where it is signed in, which keys speak for it.
import type { KeyRow, SessionRow } from '@peyvand/core/answer/account.ts'
import type { Account } from './account.ts'
import { fetchJson } from './http.ts'

/** What an account has to come in by. */
export type AccountFacts = Pick<Account, 'password' | 'providers' | 'secondFactor' | 'recoveryCodesLeft'> & {
  readonly passkeys: number
}

const remove = (path: string) => fetchJson<unknown>(`/api/users/${path}`, { method: 'DELETE' })
const list = async <T>(path: string) => (await fetchJson<{ value: readonly T[] }>(`/api/users/${path}`)).value

/** Everything that opens a person's account. */
export async function readDoors(user: string): Promise<{
  readonly account: AccountFacts
  readonly sessions: readonly SessionRow[]
  readonly keys: readonly KeyRow[]
}> {
  const [account, sessions, keys] = await Promise.all([
    fetchJson<AccountFacts>(`/api/users/${user}/account`),
    list<SessionRow>(`${user}/sessions`),
    list<KeyRow>(`${user}/keys`),
  ])
  return { account, sessions, keys }
}

/** Ends one session of a person, or all. */
export const endSessionOf = (user: string, id?: string) => remove(`${user}/sessions${id === undefined ? '' : `/${id}`}`)
/** Ends a key. */
export const endKeyOf = (id: string) => remove(`keys/${id}`)
/** Takes authenticator, recovery codes and passkeys away, and ends all sessions. */
export const removeFactorOf = (user: string) => remove(`${user}/second-factor`)
/** Sends the link with which a person chooses a password; it is told here where no mail leaves. */
export const sendLinkTo = (email: string) =>
  fetchJson<{ link?: string }>('/api/users/invite', { method: 'POST', body: { email } })
