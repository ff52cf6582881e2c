// What the platform itself stands on: entities and fields of the base solution that sign-in and rights read by name. They can
// be extended and relabelled, not taken away.
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Model } from '@peyvand/core/model/model.ts'

const essential: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  user: {
    name: 'text',
    email: 'text',
    unit: 'lookup',
    kind: 'choice',
    manager: 'lookup',
    language: 'choice',
    calendar: 'choice',
    time_zone: 'text',
    state: 'choice',
  },
  business_unit: { name: 'text', parent: 'lookup' },
  team: { name: 'text', kind: 'choice', unit: 'lookup' },
  team_member: { team: 'lookup', user: 'lookup' },
  queue: { name: 'text', unit: 'lookup' },
  queue_member: { queue: 'lookup', user: 'lookup' },
  role_assignment: { user: 'lookup', team: 'lookup', role: 'text', unit: 'lookup' },
}

/** A problem for each essential part that was there and would not be there any more. */
export function essentialProblems(before: Model, after: Model): Problem[] {
  return Object.entries(essential).flatMap(([name, fields]) => {
    const had = before.entities.get(name)
    if (had === undefined) return []
    const has = after.entities.get(name)
    if (has?.id !== had.id) return [refused(`/entity/${name}`, `The entity "${name}" is needed by the platform itself`)]
    return Object.entries(fields).flatMap(([field, type]) => {
      const there = had.fields.find((one) => one.name === field)
      const kept =
        there === undefined || has.fields.some((one) => one.name === field && one.id === there.id && one.type === type)
      return kept
        ? []
        : [refused(`/entity/${name}`, `The field "${field}" of "${name}" is needed by the platform itself`)]
    })
  })
}

function refused(pointer: string, detail: string): Problem {
  return new Problem('check.definition', {
    pointer,
    detail,
    hint: 'It can be relabelled and extended, but not removed, renamed or given another type.',
  })
}
