// The field profiles of a role, without the page: what a role shows of a field and lets be written, and what becomes of the
// definition when that is set.
import type { RoleDefinition } from '@peyvand/core/model/definition.ts'
import type { Entity, Field } from '@peyvand/core/model/model.ts'
import { typeOf } from '@peyvand/core/types/index.ts'
import { maskNames, type MaskName } from '@peyvand/core/types/mask.ts'

export type Profile = NonNullable<RoleDefinition['fields']>[number]
export type Profiles = readonly Profile[]

/** What somebody with the role sees of a field's value. */
export type Sight = 'clear' | 'hidden' | MaskName

/** Fields nobody can be kept from: a record cannot be addressed or changed without them. */
const always: ReadonlySet<string> = new Set(['id', 'version'])

/** The fields of an entity that a role may close and does not speak of yet. */
export function freeFields(profiles: Profiles, entity: Entity): readonly Field[] {
  const taken = new Set(profiles.filter((one) => one.entity === entity.name).map(({ field }) => field))
  return entity.fields.filter(({ name }) => !always.has(name) && !taken.has(name))
}

/** What can be shown of a field: all, the parts its type can be masked to, nothing. */
export function sightsOf(field: Field | undefined): readonly Sight[] {
  const masks = field === undefined ? {} : (typeOf(field).masks ?? {})
  return ['clear', ...maskNames.filter((name) => masks[name] !== undefined).toReversed(), 'hidden']
}

/** What a profile shows. */
export const sightOf = ({ read, mask }: Profile): Sight => mask ?? (read === false ? 'hidden' : 'clear')

/** Whether a profile lets a new record be given a value, or a value be changed. */
export const lets = (profile: Profile, doing: 'create' | 'update'): boolean =>
  (profile[doing] ?? profile.write) !== false

/** A profile of a field that is closed altogether: what one begins with. */
export const closed = (entity: string, field: string): Profile => ({ entity, field, read: false, write: false })

/** The profile with another part of the value shown. */
export function showing(profile: Profile, sight: Sight): Profile {
  const { read: _, mask: __, ...rest } = profile
  if (sight === 'clear') return rest
  return sight === 'hidden' ? { ...rest, read: false } : { ...rest, mask: sight }
}

/** The profile with writing opened or closed; where both are closed it says so with one word. */
export function letting(profile: Profile, doing: 'create' | 'update', on: boolean): Profile {
  const { write: _, create: __, update: ___, ...rest } = profile
  const next = { create: lets(profile, 'create'), update: lets(profile, 'update'), [doing]: on }
  if (!next.create && !next.update) return { ...rest, write: false }
  return { ...rest, ...(!next.create && { create: false }), ...(!next.update && { update: false }) }
}
