// Who is signed in: sign in, sign out, first administrator. The cookie is the server's; nothing secret is kept here.
import { fetchJson } from './http.ts'
import { hush } from './events.ts'
import { models } from './model.ts'

/** Signs in with e-mail and password; says when a second factor is still to be shown. throws: Problem auth.invalid. */
export async function signIn(email: string, password: string): Promise<'in' | 'second-factor'> {
  const answer = await fetchJson<{ secondFactor?: true }>('/api/auth/sign-in/email', {
    method: 'POST',
    body: { email, password },
  })
  return answer.secondFactor === true ? 'second-factor' : 'in'
}

/** Ends the session and forgets what was read. */
export async function signOut(): Promise<void> {
  await fetchJson('/api/auth/sign-out', { method: 'POST', body: {} }).catch(() => undefined)
  hush()
  sessionStorage.clear()
  models.clear()
}

/** Makes the first administrator with the one-time token of the printed link. */
export async function setUp(person: { token: string; email: string; name: string; password: string }): Promise<void> {
  await fetchJson('/api/auth/setup', { method: 'POST', body: person })
}
