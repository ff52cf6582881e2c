// A second person for API tests: made by the administrator, signed in, with a key of their own.
import { call, signInForKey, type TestServer } from './server.ts'

/** Makes a person with these roles and gives the server as they use it. */
export async function personWithKey(
  server: TestServer,
  email: string,
  roles: readonly string[],
): Promise<{ readonly url: string; readonly adminKey: string }> {
  const password = 'a good password'
  const made = await call(server, 'POST', '/api/users', { email, name: email, password, roles })
  if (made.status >= 300) throw new Error(`making ${email} answered ${made.status}: ${made.text}`)
  return { url: server.url, adminKey: await signInForKey(server.url, email, password) }
}
