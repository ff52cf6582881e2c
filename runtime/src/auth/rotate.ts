// A session whose person has other roles now goes on under a new id: what was learnt of the old one before the change is of no use
// to anybody after it. The old id stays good for a moment, for the requests that are already on their way with it.
import type { Platform } from '../platform.ts'
import { isFirst } from './attempts.ts'
import type { Known } from './identify.ts'
import type { Identities } from './identity.ts'

/** For so long the id before is taken. unit: milliseconds */
export const rotationGrace = 60_000

interface Asking {
  readonly cookie: string
  readonly agent?: string
  readonly address: string
}

/** The cookies that carry the new id; none where another request has them already. */
export async function rotateSession(
  platform: Pick<Platform, 'database'> & { identities(): Promise<Identities> },
  known: Known,
  { cookie, agent, address }: Asking,
): Promise<readonly string[]> {
  const change = `rotate ${known.credential} ${known.actor.roles.join(' ')}`
  if (!(await isFirst(platform.database, change, rotationGrace))) return []
  const headers = new Headers({ cookie, 'x-forwarded-for': address, 'content-type': 'application/json' })
  if (agent !== undefined) headers.set('user-agent', agent)
  const request = new Request('http://localhost/api/auth/rotate', { method: 'POST', headers, body: '{}' })
  return (await (await platform.identities()).answer(request)).headers.getSetCookie()
}
