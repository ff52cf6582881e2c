// Who has a role, in words: how many people and teams it is assigned to, and the two roles that need no assignment.
import { models } from '../data/model.ts'
import type { Holders } from '../data/roles.ts'
import { addressOf, everything } from '../shell/apps.ts'
import { say } from '../texts/text.ts'

/** How many have a role; '' while it is not known. */
export function holdersWords(role: string, holders: ReadonlyMap<string, Holders> | undefined): string {
  if (role === 'everyone' || role === 'anonymous') return say(`role.${role}`)
  if (holders === undefined) return ''
  const { users, teams } = holders.get(role) ?? { users: 0, teams: 0 }
  const parts = [
    ...(users > 0 ? [say('role.users', { count: users })] : []),
    ...(teams > 0 ? [say('role.teams', { count: teams })] : []),
  ]
  return parts.length === 0 ? say('role.nobody') : parts.join(' · ')
}

/** The list of a role's assignments, where the person may see it. */
export function holdersAddress(role: string): string | undefined {
  const assignments = models.model?.entities.get('role_assignment')
  if (!assignments) return undefined
  return `${addressOf(everything, assignments)}?filter=${encodeURIComponent(`role eq '${role}'`)}`
}
