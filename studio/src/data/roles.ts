// Who has which role: how many people and teams it is assigned to, for the pages about roles.
import { fetchJson } from './http.ts'

/** How many people and teams have a role. */
export interface Holders {
  readonly users: number
  readonly teams: number
}

/** The holders of every role that is assigned, by its name. */
export async function readHolders(): Promise<ReadonlyMap<string, Holders>> {
  const counts = 'user_id with countdistinct as users,team_id with countdistinct as teams'
  const query = new URLSearchParams({ $apply: `groupby((role),aggregate(${counts}))` })
  const { value } = await fetchJson<{ value: readonly (Holders & { readonly role: string })[] }>(
    `/api/data/v1/role_assignments?${query.toString()}`,
  )
  return new Map(value.map(({ role, users, teams }) => [role, { users, teams }]))
}
