// One's own account: how one signs in, which sessions and keys there are. Everything is asked of the server; passkeys also of the
// browser, which speaks JSON about them by itself.
import type { KeyRow, OwnSession } from '@peyvand/core/answer/account.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { fetchJson } from './http.ts'

export interface Account {
  readonly email: string | null
  readonly password: boolean
  readonly providers: readonly string[]
  readonly secondFactor: boolean
  readonly recoveryCodesLeft: number
  /** This session has shown a second factor. */
  readonly strong: boolean
}

export interface PasskeyRow {
  readonly id: string
  readonly name: string | null
  readonly created_at: string
}

/** What somebody asks of a new key. */
export interface KeyWish {
  readonly name: string
  readonly expiresInDays?: number
  readonly roles?: readonly string[]
  readonly networks?: readonly string[]
  readonly readOnly?: boolean
}

export interface Methods {
  readonly providers: readonly { readonly id: string; readonly name: string }[]
  readonly passkeys: boolean
}

/** An authenticator that is being set up. */
export interface Enrolment {
  readonly uri: string
  readonly recoveryCodes: readonly string[]
}

const auth = '/api/auth'
const post = <T>(path: string, body: unknown = {}) => fetchJson<T>(auth + path, { method: 'POST', body })
const remove = (path: string) => fetchJson<unknown>(path, { method: 'DELETE' })

/** How one can sign in here. */
export const readMethods = () => fetchJson<Methods>(`${auth}/methods`)
/** How one's own account is secured. */
export const readAccount = () => fetchJson<Account>(`${auth}/account`)

/** Proves oneself anew, so that something sensitive may be done. */
export const confirmPassword = (password: string) => post(`/confirm`, { password })
/** Takes a new password; all other sessions end. */
export const changePassword = (change: {
  readonly currentPassword: string
  readonly newPassword: string
  readonly endKeys: boolean
}) => post('/change-password', change)

/** Shows the second factor: while signing in, or to the session there is. */
export const showCode = (code: string) => post('/sign-in/code', { code })
/** Shows a recovery code in its place. */
export const showRecoveryCode = (code: string) => post('/sign-in/recovery', { code })
/** Begins to set up an authenticator; it counts once a code of it was shown. */
export const enrol = (password?: string) => post<Enrolment>('/two-factor/enroll', { password })
/** Makes new recovery codes; the ones before are void. */
export const newRecoveryCodes = async (password?: string) =>
  (await post<{ recoveryCodes: readonly string[] }>('/two-factor/codes', { password })).recoveryCodes
/** Does without a second factor from now on. */
export const dropFactor = (password?: string) => post('/two-factor/disable', { password })

/** Where to go to sign in at a provider. */
export const providerAddress = async (id: string, next: string) =>
  (await post<{ url: string }>('/sign-in/provider', { id, next })).url

/** Asks for a link to a new password. */
export const askForLink = (email: string) => post('/reset', { email })
/** Whose account a one-time link opens. */
export const readLink = (token: string) =>
  post<{ kind: 'reset' | 'invite'; email: string; name: string }>('/link', { token })
/** Takes a password with a one-time link. */
export const useLink = (token: string, password: string) => post<{ secondFactor?: true }>('/link', { token, password })

export const readSessions = async () => (await fetchJson<{ value: OwnSession[] }>(`${auth}/sessions`)).value
export const endSession = (id: string) => remove(`${auth}/sessions/${id}`)
export const endOtherSessions = () => remove(`${auth}/sessions`)

export const readKeys = async () => (await fetchJson<{ value: KeyRow[] }>('/api/keys')).value
export const makeKey = (wish: KeyWish) =>
  fetchJson<{ id: string; key: string }>('/api/keys', { method: 'POST', body: wish })
export const endKey = (id: string) => remove(`/api/keys/${id}`)

export const readPasskeys = async () => (await fetchJson<{ value: PasskeyRow[] }>(`${auth}/passkeys`)).value
export const removePasskey = (id: string) => remove(`${auth}/passkeys/${id}`)

/** Whether this browser can make and use passkeys. */
export const knowsPasskeys = () =>
  typeof PublicKeyCredential === 'function' && typeof PublicKeyCredential.parseCreationOptionsFromJSON === 'function'

/** Makes a passkey on this device. False when the person thought better of it. */
export async function addPasskey(name: string): Promise<boolean> {
  const options = await fetchJson<PublicKeyCredentialCreationOptionsJSON>(`${auth}/passkeys/options`)
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options)
  const made = await asked(() => navigator.credentials.create({ publicKey }))
  if (made === undefined) return false
  await post('/passkeys', { response: made.toJSON() as unknown, name })
  return true
}

/** Signs in with a passkey of this device. False when the person thought better of it. */
export async function signInWithPasskey(): Promise<boolean> {
  const options = await fetchJson<PublicKeyCredentialRequestOptionsJSON>(`${auth}/sign-in/passkey`)
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options)
  const found = await asked(() => navigator.credentials.get({ publicKey }))
  if (found === undefined) return false
  await post('/sign-in/passkey', { response: found.toJSON() as unknown })
  return true
}

/** What the browser gives; undefined when the person closed its question. */
async function asked(ask: () => Promise<Credential | null>): Promise<PublicKeyCredential | undefined> {
  try {
    const found = await ask()
    return found instanceof PublicKeyCredential ? found : undefined
  } catch (error) {
    if (error instanceof DOMException && (error.name === 'NotAllowedError' || error.name === 'AbortError'))
      return undefined
    if (error instanceof DOMException && error.name === 'InvalidStateError') throw new Problem('conflict.duplicate')
    throw error
  }
}
