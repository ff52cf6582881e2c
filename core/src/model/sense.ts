// What something that names fields comes to, as text that is equal where it is the same: names stand as ids, so that what only
// follows another name makes no difference, and beside them stands what decides the values of the fields that are read. By that
// a condition of a role is known to open other records although not a letter of it changed.
import { typeOf } from '../types/index.ts'
import type { Entity, Field, Id, Model } from './model.ts'
import { mapPaths, readPath, type Member, type Naming } from './naming.ts'

/** What a field says of itself that decides no value. */
const beside = [
  'id',
  'name',
  'label',
  'description',
  'indexed',
  'searchable',
  'unique',
  'personal',
  'syntax',
  'solution',
]

/** Gives ids for names, and keeps what was read on the way. */
export class Ids implements Naming {
  readonly #model: Model
  readonly #read = new Map<Id, string>()

  constructor(model: Model) {
    this.#model = model
  }

  /** What decides the values of all that was read so far, in any order of reading the same. */
  get read(): readonly string[] {
    return [...this.#read].map(([id, text]) => `${id} ${text}`).sort()
  }

  /** What decides the values of a field of an entity. */
  sense(entity: Entity, field: Field): string {
    const type = typeOf(field)
    if (type.formula === undefined && type.rollup === undefined && type.composition === undefined) {
      const { type: name, required, default: given = null } = field.becoming ?? field
      const targets = type.link?.(field).targets.map((target) => this.named('entity', target))
      // A field that becomes required gives its default to every record that has nothing.
      return JSON.stringify([name, targets, required === true ? given : undefined])
    }
    for (const name of type.composition?.(field)?.from ?? []) this.field(entity.name, name)
    const named = type.names?.(field, entity.name, this, () => ({ place: [], use: 'sense' })) ?? field
    return JSON.stringify(Object.entries(named).filter(([name]) => !beside.includes(name)))
  }

  named(kind: string, name: string): string {
    return (kind === 'entity' ? this.#model.entities.get(name)?.id : undefined) ?? name
  }

  path(entity: string, path: string): string {
    return this.#path(this.#model.entities.get(entity), path)
  }

  field(entity: string, name: string): string {
    return this.path(entity, name)
  }

  member({ entity, field }: Member): Member {
    return { entity: this.named('entity', entity), field: this.path(entity, field) }
  }

  collection(entity: string, name: string): string {
    return this.path(entity, name)
  }

  expression(entity: string, text: string): string {
    return mapPaths(this.#model, this.#model.entities.get(entity), text, (from, path) => this.#path(from, path))
  }

  #path(from: Entity | undefined, path: string): string {
    const steps = readPath(this.#model, from, path)
    const ids = steps.map(({ entity, field, way, association, suffix }) => {
      if (field !== undefined) this.#note(entity, field)
      return `${(field ?? way ?? association)!.id}${suffix}`
    })
    return [...ids, ...path.split('.').slice(steps.length)].join('.')
  }

  #note(entity: Entity, field: Field): void {
    if (this.#read.has(field.id)) return
    this.#read.set(field.id, '')
    this.#read.set(field.id, this.sense(entity, field))
  }
}
