// The seeds of authenticators, which the sign-in library keeps encrypted under the key of the installation. Decides how they come
// through a change of that key: whatever an older key closed is closed with the newest one, while both are known.
import { symmetricDecrypt, symmetricEncrypt } from 'better-auth/crypto'
import type { Session } from '../db/database.ts'
import type { Masters } from '../secrets/master.ts'

const batch = 500

/** Encrypts under the newest key what one before encrypted. Gives how many; what no known key opens is left. */
export async function sealSeedsAnew(database: Session, { current, previous }: Masters): Promise<number> {
  if (previous.length === 0) return 0
  let [count, after] = [0, '']
  for (;;) {
    const { rows } = await database.query<{ id: string; secret: string }>({
      text: `select f.id::text, f.secret from platform.two_factor f where f.id::text collate "C" > $1
        order by f.id::text collate "C" limit ${batch}`,
      values: [after],
    })
    for (const { id, secret } of rows) {
      const seed = await oldSeed(secret, { current, previous })
      if (seed === undefined) continue
      // Who enrolled anew meanwhile keeps what they have now.
      const { rowCount } = await database.query({
        text: 'update platform.two_factor set secret = $3 where id::text = $1 and secret = $2',
        values: [id, secret, await symmetricEncrypt({ key: current, data: seed })],
      })
      count += rowCount
    }
    if (rows.length < batch) return count
    after = rows.at(-1)!.id
  }
}

/** A seed that only a key before opens. */
async function oldSeed(secret: string, { current, previous }: Masters): Promise<string | undefined> {
  if ((await opened(current, secret)) !== undefined) return undefined
  for (const key of previous) {
    const seed = await opened(key, secret)
    if (seed !== undefined) return seed
  }
  return undefined
}

async function opened(key: string, data: string): Promise<string | undefined> {
  try {
    return await symmetricDecrypt({ key, data })
  } catch {
    return undefined
  }
}
