// A published part as the definition it came from: the way back from the model to what a designer puts. Which members a kind has
// only its schema says; a member that the model keeps in another shape is told here.
import type { JsonObject, JsonValue } from '@peyvand/core/base/json.ts'
import { kindOf } from '@peyvand/core/model/kinds.ts'
import type { Association, Entity, Role } from '@peyvand/core/model/model.ts'
import { definedGrants } from '@peyvand/core/model/scopes.ts'
import { propertyNames } from '@peyvand/core/schemas/names.ts'

export type Definition = JsonObject & { readonly kind: string; readonly name: string }

/** The definition of a part: no system fields, nothing derived. */
export function definitionOf(kind: string, part: object): Definition {
  const members = new Map(Object.entries({ ...part, ...said[kind]?.(part as never), kind }))
  const definition = Object.fromEntries(
    propertyNames[kind]!['']!.flatMap((name) => (members.get(name) === undefined ? [] : [[name, members.get(name)]])),
  )
  // Links in a table of their own go through nothing that is defined.
  if (kind === 'relationship' && (part as Association).through.entity === (part as Association).name)
    delete definition['through']
  return JSON.parse(JSON.stringify(definition)) as Definition
}

/** What a part says otherwise than the model knows it, by its kind. */
const said: Readonly<Record<string, (part: never) => Readonly<Record<string, unknown>>>> = {
  entity: (entity: Entity) => ({
    fields: entity.fields.filter((field) => !field.system),
    audit: auditSaid(entity),
    // A model knows a state without statuses as an empty list; a definition says it as `true`.
    ...(entity.state?.statuses.length === 0 ? { state: true } : {}),
  }),
  role: ({ grants, fields, privileges }: Role) => ({
    grants: definedGrants(grants),
    fields: fields.length === 0 ? undefined : fields,
    privileges: privileges.length === 0 ? undefined : privileges,
  }),
}

/** What the definition of an entity says of the audit. */
export function auditSaid({
  audit,
  auditReads,
  auditDays,
}: Pick<Entity, 'audit' | 'auditReads' | 'auditDays'>): JsonValue {
  if (!audit || (auditReads === undefined && auditDays === undefined)) return audit
  return { ...(auditReads && { reads: true }), ...(auditDays === undefined ? {} : { days: auditDays }) }
}

/** The part a definition becomes, with what the server says of the part it was before: what may be done with its records, and such. */
export function partOf(definition: Definition, before?: object): object {
  const build = (each: Definition): object => kindOf(each.kind)!.build(each as never) as object
  const defined = before === undefined ? {} : build(definitionOf(definition.kind, before))
  const beside = Object.entries(before ?? {}).filter(([name]) => !(name in defined))
  return { ...Object.fromEntries(beside), ...build(definition) }
}
