// What roles lost together with something that was dropped: what they had closed of it, and what they had opened. Decides who has
// to bring such a thing back, and that every role that is still there closes and opens it again as it did.
import type { Guarded } from '@peyvand/core/access/guarded.ts'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import type { Affected } from '@peyvand/core/plan/affects.ts'
import type { Label } from '@peyvand/core/base/label.ts'
import { pointer } from '@peyvand/core/base/pointer.ts'

/** What one role had said of a dropped part. */
export interface Lost {
  /** Id of the role. */
  readonly role: string
  /** Where in the role: among what it opens, or among the fields it closes. */
  readonly list: 'grants' | 'fields'
  /** What it said there, by the names of then. */
  readonly grant: JsonObject
}

/** A dropped part, as far as is looked at. */
interface Part {
  readonly kind: 'entity' | 'field' | 'key'
  readonly name: string
  readonly entity: string
  readonly lost: readonly Lost[]
}

/** What roles said of an entity and its fields, or of the one field that is named. */
export function lostWith(definitions: readonly JsonObject[], entity: string, field?: string): Lost[] {
  return definitions.flatMap((definition) => {
    if (definition['kind'] !== 'role') return []
    const role = definition['id'] as string
    const closings = saidIn(definition, 'fields').filter(
      (grant) => grant['entity'] === entity && (field === undefined || grant['field'] === field),
    )
    const openings = field === undefined ? saidIn(definition, 'grants').filter((one) => one['entity'] === entity) : []
    return [
      ...openings.map((grant): Lost => ({ role, list: 'grants', grant })),
      ...closings.map((grant): Lost => ({ role, list: 'fields', grant })),
    ]
  })
}

/** The roles that say again what they said of what comes back, under the names that it has now. */
export function saidAgain(
  definitions: readonly JsonObject[],
  lost: readonly Lost[],
  named: { readonly entity?: string; readonly field?: string },
): JsonObject[] {
  return definitions.flatMap((definition) => {
    const own = definition['kind'] === 'role' ? lost.filter(({ role }) => role === definition['id']) : []
    if (own.length === 0) return []
    const again = (list: Lost['list']): JsonObject => {
      const back = own.filter((one) => one.list === list).map(({ grant }) => ({ ...grant, ...named }))
      return back.length === 0 ? {} : { [list]: [...saidIn(definition, list), ...back] }
    }
    return [{ ...definition, ...again('grants'), ...again('fields') }]
  })
}

/** What bringing something back asks of rights: whether a role had closed some of it, and whether roles that are there open it again. */
export function askedBy(
  definitions: readonly JsonObject[],
  lost: readonly Lost[],
): { closed: boolean; opened: boolean } {
  const there = new Set(definitions.flatMap(({ kind, id }) => (kind === 'role' ? [id] : [])))
  return {
    closed: lost.some(({ list }) => list === 'fields'),
    opened: lost.some(({ list, role }) => list === 'grants' && there.has(role)),
  }
}

/**
 * Those of some dropped parts that a role had closed, or fields of which it had. What roles opened needs no word here: that they
 * open it again is a change of the roles, which is guarded as such.
 */
export function guardedIn(parts: readonly Part[]): Guarded[] {
  return parts.flatMap(({ kind, name, entity, lost }): Guarded[] => {
    if (kind === 'key' || !lost.some(({ list }) => list === 'fields')) return []
    if (kind === 'entity')
      return [{ kind, name, what: `A role had closed fields of "${name}" when it was dropped, so it is brought back` }]
    const full = `${entity}.${name}`
    return [
      { kind, name: full, what: `The field "${full}" was closed by a role when it was dropped, so it is brought back` },
    ]
  })
}

/** The roles that change when something is brought back, as the plan of it tells them. */
export function affectedBy(definitions: readonly JsonObject[], { kind, name, entity, lost }: Part): Affected[] {
  const told = (list: Lost['list'], because: string): Affected[] =>
    saidAgain(
      definitions,
      lost.filter((one) => one.list === list),
      { entity },
    ).map((role) => ({
      kind: 'role',
      name: role['name'] as string,
      label: (role['label'] ?? role['name']) as Label,
      pointer: pointer('role', role['name'] as string, list),
      use: list === 'grants' ? 'grant' : 'profile',
      within: [],
      because,
    }))
  return [
    ...told('grants', `opens "${name}" again`),
    ...told('fields', kind === 'entity' ? `closes fields of "${name}" again` : `closes "${entity}.${name}" again`),
  ]
}

function saidIn(role: JsonObject, list: Lost['list']): JsonObject[] {
  return Array.isArray(role[list]) ? (role[list] as JsonObject[]) : []
}
