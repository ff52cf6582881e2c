// Who has which role: how many people and teams it is assigned to, and each of these assignments, for the pages about roles.
import { exchange, fetchJson } from './http.ts'

/** How many people and teams have a role. */
export interface Holders {
  readonly users: number
  readonly teams: number
}

/** Somebody or some team that has a role. */
export interface Assignment {
  readonly id: string
  readonly user: Named | null
  readonly team: Named | null
  /** The unit it counts from; null: from where each person sits. */
  readonly unit: Named | null
}
interface Named {
  readonly id: string
  readonly name: string
}

/** Whom a role is given to, and from which unit it counts. */
export interface Gift {
  readonly role: string
  readonly user_id?: string
  readonly team_id?: string
  readonly unit_id?: string
}

const path = '/api/data/v1/role_assignments'

/** The holders of every role that is assigned, by its name. */
export async function readHolders(): Promise<ReadonlyMap<string, Holders>> {
  const counts = 'user_id with countdistinct as users,team_id with countdistinct as teams'
  const query = new URLSearchParams({ $apply: `groupby((role),aggregate(${counts}))` })
  const { value } = await fetchJson<{ value: readonly (Holders & { readonly role: string })[] }>(
    `${path}?${query.toString()}`,
  )
  return new Map(value.map(({ role, users, teams }) => [role, { users, teams }]))
}

/** A page of a role's assignments, by name. `next`: where the next one is; absent on the last. */
export async function readAssignments(
  role: string,
  next?: string,
): Promise<{ readonly value: readonly Assignment[]; readonly next?: string }> {
  const query = new URLSearchParams({
    $filter: `role eq '${role}'`,
    $select: 'id',
    $expand: ['user', 'team', 'unit'].map((one) => `${one}($select=id,name)`).join(),
    $orderby: 'team/name,user/name,id',
  })
  const page = await fetchJson<{ readonly value: readonly Assignment[]; readonly '@odata.nextLink'?: string }>(
    next ?? `${path}?${query.toString()}`,
  )
  const link = page['@odata.nextLink']
  if (link === undefined) return { value: page.value }
  const { pathname, search } = new URL(link)
  return { value: page.value, next: pathname + search }
}

/** Gives somebody or a team a role. throws: Problem. */
export async function giveRole(gift: Gift): Promise<void> {
  await exchange(path, { method: 'POST', body: { ...gift }, headers: { prefer: 'return=minimal' } })
}

/** Takes an assignment away. throws: Problem. */
export async function takeRole(id: string): Promise<void> {
  await exchange(`${path}(${id})`, { method: 'DELETE' })
}
