// Who has a role, in words: how many people and teams it is assigned to, and the two roles that need no assignment.
import type { HeldRole } from '@peyvand/core/answer/held.ts'
import { html, type TemplateResult } from 'lit'
import { models } from '../data/model.ts'
import type { Holders } from '../data/roles.ts'
import { addressOf, everything } from '../shell/apps.ts'
import { enRoles } from '../texts/en-roles.ts'
import { addEnglish, isolate, labelOf, say } from '../texts/text.ts'

addEnglish(enRoles)

/** How many have a role; '' while it is not known. */
export function holdersWords(role: string, holders: ReadonlyMap<string, Holders> | undefined): string {
  if (role === 'everyone' || role === 'anonymous') return say(`role.${role}`)
  if (holders === undefined) return ''
  return counted(holders.get(role) ?? { users: 0, teams: 0 }) || say('role.nobody')
}

function counted({ users, teams, keys = 0 }: Holders & { readonly keys?: number }): string {
  return [
    ...(users > 0 ? [say('role.users', { count: users })] : []),
    ...(teams > 0 ? [say('role.teams', { count: teams })] : []),
    ...(keys > 0 ? [say('role.keys', { count: keys })] : []),
  ].join(' · ')
}

/** What a plan does to those who have the roles that it takes away or renames. */
export function paintHeld(held: readonly HeldRole[]): TemplateResult {
  return html`<h2>${say('role.held')}</h2>
    <ul class="affects card">
      ${held.map(({ role, how, ...numbers }) => {
        const name = labelOf(models.model?.roles.get(role)?.label, role)
        return html`<li>
          <strong><bdi>${name}</bdi></strong>
          <span class="quiet">${say(`role.held.${how}`, { who: isolate(counted(numbers)) })}</span>
        </li>`
      })}
    </ul>`
}

/** The list of a role's assignments, where the person may see it. */
export function holdersAddress(role: string): string | undefined {
  const assignments = models.model?.entities.get('role_assignment')
  if (!assignments) return undefined
  return `${addressOf(everything, assignments)}?filter=${encodeURIComponent(`role eq '${role}'`)}`
}
