// How somebody's account is secured, as they and administrators are told: what there is, never what it is.
import type { Session } from '../db/database.ts'

/** What an account has. */
export interface AccountFacts {
  readonly password: boolean
  /** Providers that vouch for the person. */
  readonly providers: string[]
  readonly secondFactor: boolean
  readonly recoveryCodesLeft: number
  readonly passkeys: number
}

/** Reads what an account has; of somebody who never signed in, nothing. */
export async function readAccount(database: Session, user: string): Promise<AccountFacts> {
  const { rows } = await database.query<{
    factor: boolean
    password: boolean
    providers: string[]
    left: number
    passkeys: number
  }>({
    text: `select coalesce((select i.two_factor_enabled from platform.identity i where i.id = $1::uuid), false) as factor,
        exists (select 1 from platform.credential c where c.user_id = $1::uuid and c.provider_id = 'credential') as password,
        array(select c.provider_id from platform.credential c where c.user_id = $1::uuid and c.provider_id <> 'credential' order by 1) as providers,
        coalesce((select json_array_length(f.backup_codes::json) from platform.two_factor f where f.user_id = $1::uuid and f.verified), 0) as left,
        (select count(*)::int from platform.passkey k where k.user_id = $1::uuid) as passkeys`,
    values: [user],
  })
  const { factor, password, providers, left, passkeys } = rows[0]!
  return { password, providers, secondFactor: factor, recoveryCodesLeft: left, passkeys }
}
