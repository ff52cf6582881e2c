// The seeds of authenticators and the recovery codes beside them, which are kept encrypted under the key of the installation.
// Decides how they come through a change of that key: whatever an older key closed is closed with the newest one, while both are
// known.
import { symmetricEncrypt } from 'better-auth/crypto'
import type { Session } from '../db/database.ts'
import type { Masters } from '../secrets/master.ts'
import { openedBy, sealCodesAnew } from './recovery.ts'

const batch = 500

/** Encrypts under the newest key what one before encrypted. Gives how many; what no known key opens is left. */
export async function sealSeedsAnew(database: Session, masters: Masters): Promise<number> {
  if (masters.previous.length === 0) return 0
  let [count, after] = [0, '']
  for (;;) {
    const { rows } = await database.query<{ id: string; secret: string; codes: string }>({
      text: `select f.id::text, f.secret, f.backup_codes as codes from platform.two_factor f where f.id::text collate "C" > $1
        order by f.id::text collate "C" limit ${batch}`,
      values: [after],
    })
    for (const { id, secret, codes } of rows) {
      const seed = await oldSeed(secret, masters)
      const [kept, changed] = await sealCodesAnew(codes, masters)
      if (seed === undefined && changed === 0) continue
      const anew = seed === undefined ? secret : await symmetricEncrypt({ key: masters.current, data: seed })
      // Who enrolled anew or used a code meanwhile keeps what they have now.
      const { rowCount } = await database.query({
        text: `update platform.two_factor set secret = $4, backup_codes = $5
          where id::text = $1 and secret = $2 and backup_codes = $3`,
        values: [id, secret, codes, anew, kept],
      })
      count += rowCount * (changed + (seed === undefined ? 0 : 1))
    }
    if (rows.length < batch) return count
    after = rows.at(-1)!.id
  }
}

/** A seed that only a key before opens. */
async function oldSeed(secret: string, { current, previous }: Masters): Promise<string | undefined> {
  return (await openedBy([current], secret)) === undefined ? openedBy(previous, secret) : undefined
}
