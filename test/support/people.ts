// People of the API tests: a user with some roles, and the key they call with.
import { call, type TestServer } from './server.ts'

/** Adds a user with roles and gives their API key. */
export async function keyFor(
  server: Pick<TestServer, 'url' | 'adminKey'>,
  email: string,
  roles: readonly string[],
): Promise<string> {
  const added = await call(server, 'POST', '/api/users', { email, name: email, password: 'a good password', roles })
  const made = await call(server, 'POST', '/api/users/keys', { email, name: 'test' })
  const key = (made.json as { key?: string } | undefined)?.key
  if (added.status !== 201 || key === undefined) throw new Error(`no key for ${email}: ${added.text} ${made.text}`)
  return key
}
