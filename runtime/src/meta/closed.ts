// What roles had closed of something that was dropped: the roles lost it together with what it was about. Decides who has to bring
// such a thing back, and that it comes back closed by every role that had closed it and is still there.
import type { Guarded } from '@peyvand/core/access/guarded.ts'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import type { Affected } from '@peyvand/core/plan/affects.ts'
import type { Label } from '@peyvand/core/base/label.ts'
import { pointer } from '@peyvand/core/base/pointer.ts'

/** What one role had closed of a dropped part. */
export interface Closing {
  /** Id of the role. */
  readonly role: string
  /** What the role said of the field, by the names of then. */
  readonly grant: JsonObject
}

/** A dropped part, as far as is looked at. */
interface Part {
  readonly kind: 'entity' | 'field' | 'key'
  readonly name: string
  readonly entity: string
  readonly closings: readonly Closing[]
}

/** What roles said of the fields of an entity, or of the one field that is named. */
export function closingsOf(definitions: readonly JsonObject[], entity: string, field?: string): Closing[] {
  return definitions.flatMap((definition) =>
    definition['kind'] === 'role'
      ? grantsOf(definition)
          .filter((grant) => grant['entity'] === entity && (field === undefined || grant['field'] === field))
          .map((grant) => ({ role: definition['id'] as string, grant }))
      : [],
  )
}

/** The roles that close again what comes back, under the names that it has now. */
export function closedAgain(
  definitions: readonly JsonObject[],
  closings: readonly Closing[],
  named: { readonly entity: string; readonly field?: string },
): JsonObject[] {
  return definitions.flatMap((definition) => {
    const own = definition['kind'] === 'role' ? closings.filter(({ role }) => role === definition['id']) : []
    return own.length === 0
      ? []
      : [{ ...definition, fields: [...grantsOf(definition), ...own.map(({ grant }) => ({ ...grant, ...named }))] }]
  })
}

/** Those of some dropped parts that a role had closed, or fields of which it had. */
export function guardedIn(parts: readonly Part[]): Guarded[] {
  return parts.flatMap(({ kind, name, entity, closings }): Guarded[] => {
    if (closings.length === 0 || kind === 'key') return []
    if (kind === 'entity')
      return [{ kind, name, what: `A role had closed fields of "${name}" when it was dropped, so it is brought back` }]
    const full = `${entity}.${name}`
    return [
      { kind, name: full, what: `The field "${full}" was closed by a role when it was dropped, so it is brought back` },
    ]
  })
}

/** The roles that change when something is brought back, as the plan of it tells them. */
export function affectedBy(definitions: readonly JsonObject[], part: Part): Affected[] {
  const { kind, name, entity, closings } = part
  const because = kind === 'entity' ? `closes fields of "${name}" again` : `closes "${entity}.${name}" again`
  return closedAgain(definitions, closings, { entity }).map((role) => ({
    kind: 'role',
    name: role['name'] as string,
    label: (role['label'] ?? role['name']) as Label,
    pointer: pointer('role', role['name'] as string, 'fields'),
    use: 'profile',
    within: [],
    because,
  }))
}

function grantsOf({ fields }: JsonObject): JsonObject[] {
  return Array.isArray(fields) ? (fields as JsonObject[]) : []
}
