// What of the model says something about people: which entities are persons, which lookups say whom a record is about, and
// which fields hold personal values. Finding, handing out and erasing a person walk along this and nothing else.
import type { Label } from '../base/label.ts'
import { typeOf } from '../types/index.ts'
import type { Entity, Field, Model, Relationship } from './model.ts'
import { waysBack } from './wire.ts'

/** What a personal value is; the schema says it in words. */
export const personalCategories = [
  'name',
  'contact',
  'identifier',
  'address',
  'profile',
  'image',
  'text',
  'online',
  'sensitive',
] as const
export type PersonalCategory = (typeof personalCategories)[number]

/** What a field says of a person. */
export interface Personal {
  readonly category: PersonalCategory
  /** What it is kept for. */
  readonly purpose?: Label
  /** The legal ground on which it is kept. */
  readonly basis?: string
  /** `keep`: it outlives the erasure of the person. */
  readonly erase: 'clear' | 'keep'
}

/** What a field says of a person; undefined for one that holds nothing personal. */
export function personalOf(field: Field): Personal | undefined {
  const said = field['personal'] as PersonalCategory | (Omit<Personal, 'erase'> & Partial<Personal>) | undefined
  if (said === undefined) return undefined
  return typeof said === 'string' ? { category: said, erase: 'clear' } : { erase: 'clear', ...said }
}

/** The fields of an entity that hold personal values of their own; what is worked out from others follows by itself. */
export function personalFields({ fields }: Pick<Entity, 'fields'>): readonly Field[] {
  return fields.filter((field) => personalOf(field) !== undefined && !isDerived(field))
}

function isDerived(field: Field): boolean {
  const type = typeOf(field)
  return type.formula !== undefined || type.rollup !== undefined
}

const telling: ReadonlySet<PersonalCategory> = new Set(['name', 'contact', 'identifier'])

/** Whether a value of the field can tell one person from others. */
export function identifies(field: Field): boolean {
  const personal = personalOf(field)
  return personal !== undefined && telling.has(personal.category)
}

/** The entities whose records are people. */
export function personEntities(model: Model): readonly Entity[] {
  return [...model.entities.values()].filter(({ person }) => person === true)
}

/** A lookup that leads to a person, and what it means for the record that holds it. */
export interface WayToPerson {
  readonly way: Relationship
  readonly entity: Entity
  readonly field: Field
  /** `keep`, `delete`: the record is about the person. Absent: it only leads to them. */
  readonly subject?: 'keep' | 'delete'
}

/** The lookups that lead to records of an entity. */
export function waysToPerson(model: Model, person: Entity): readonly WayToPerson[] {
  return waysBack(model, person.id).map((way) => {
    const entity = model.entityById.get(way.from)!
    const field = entity.fields.find(({ id }) => id === way.id)!
    const subject = field['subject'] as WayToPerson['subject']
    return { way, entity, field, ...(subject === undefined ? {} : { subject }) }
  })
}

/** Lookups by which a record of an entity says that it is the same person as another: an account of a contact. */
export function sameWays(model: Model, entity: Entity): readonly Relationship[] {
  if (entity.person !== true) return []
  return model.relationships.filter(
    ({ from, id }) => from === entity.id && entity.fields.find((one) => one.id === id)?.['subject'] !== undefined,
  )
}
