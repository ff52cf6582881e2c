// Who needs what: every reference of every definition, read from what its kind says of its names. The answer to "where is
// this used?" for a page, for a plan and for a delete. Decides nothing about whether something may go.
import type { Label } from '../base/label.ts'
import { pointer } from '../base/pointer.ts'
import type { Definition } from './definition.ts'
import { kindOf } from './kinds.ts'
import type { Entity, Id, Model } from './model.ts'
import { mapPaths, readPath, type Naming, type Spot } from './naming.ts'
import { namedIn } from './named.ts'
import { labelFromName } from './names.ts'

/** One place in a definition that needs another part. */
export interface Dependency {
  /** The kind of the definition; of the part it is about: `field` or `key`, named `task.weight`. */
  readonly kind: string
  readonly name: string
  readonly label: Label
  /** The place, with the definition it is in: `/view/open_deals/columns/2/field`. */
  readonly pointer: string
  readonly use: string
  /** Labels of what the place lies in: tab and section of a form, the field of an entity. */
  readonly within: readonly Label[]
  /** The solution that brought the definition; absent for the customer's own. */
  readonly solution?: string
}

/** What is asked about: a definition, or a field or key of an entity. */
export interface Part {
  readonly kind: string
  readonly name: string
  readonly field?: string
}

/** All references of some definitions, by what they need: an id, for a definition without one its kind and name. */
export type References = ReadonlyMap<Id, readonly Dependency[]>

/** Every reference of these definitions, which are those the model was built of. */
export function referencesOf(model: Model, definitions: readonly Definition[]): References {
  const found = new Map<Id, Dependency[]>()
  for (const definition of definitions)
    kindOf(definition.kind)?.names?.(definition, new Recorder(model, definition, found))
  return found
}

/** What needs a part; undefined when there is no such part. A part is not called needed by itself. */
export function dependenciesOf(model: Model, references: References, part: Part): readonly Dependency[] | undefined {
  const entity = part.field === undefined ? undefined : model.entities.get(part.name)
  const needed =
    part.field === undefined
      ? namedIn(model, part.kind).get(part.name)
      : part.kind === 'entity'
        ? entity?.fields.find(({ name }) => name === part.field)
        : undefined
  if (needed === undefined) return undefined
  const itself = part.field === undefined ? `/${part.kind}/${part.name}/` : undefined
  return (references.get(needed.id) ?? []).filter(({ pointer: at }) => itself === undefined || !at.startsWith(itself))
}

class Recorder implements Naming {
  readonly #model: Model
  readonly #definition: Definition
  readonly #found: Map<Id, Dependency[]>

  constructor(model: Model, definition: Definition, found: Map<Id, Dependency[]>) {
    this.#model = model
    this.#definition = definition
    this.#found = found
  }

  named(kind: string, name: string, spot: Spot): string {
    const part = namedIn(this.#model, kind).get(name)
    if (part !== undefined) this.#note(part.id, spot)
    return name
  }

  path(entity: string, path: string, spot: Spot): string {
    this.#walk(this.#model.entities.get(entity), path, spot)
    return path
  }

  field(entity: string, name: string, spot: Spot): string {
    return this.path(entity, name, spot)
  }

  member<M extends { readonly entity: string; readonly field: string }>(member: M, spot: Spot): M {
    this.named('entity', member.entity, spot)
    this.path(member.entity, member.field, spot)
    return member
  }

  collection(entity: string, name: string, spot: Spot): string {
    return this.path(entity, name, spot)
  }

  expression(entity: string, text: string, spot: Spot): string {
    const from = this.#model.entities.get(entity)
    return mapPaths(this.#model, from, text, (at, path) => {
      this.#walk(at, path, spot)
      return path
    })
  }

  #walk(from: Entity | undefined, path: string, spot: Spot): void {
    for (const { field, way, association } of readPath(this.#model, from, path)) {
      if (field !== undefined) this.#note(field.id, spot)
      if (association !== undefined) this.#note(association.id, spot)
      if (way === undefined) continue
      this.#note(way.id, spot)
      this.#note(way.from, spot)
    }
  }

  #note(id: Id, { place, use, within = [], part }: Spot): void {
    const { kind, name } = this.#definition
    const list = this.#found.get(id) ?? []
    const at = pointer(kind, name, ...place)
    if (list.some((one) => one.pointer === at)) return
    const built = namedIn(this.#model, kind).get(name) as { readonly solution?: string } | undefined
    const label = (this.#definition as { readonly label?: Label }).label ?? labelFromName(name)
    const solution = built?.solution
    list.push({
      ...(part ?? { kind, name }),
      label,
      pointer: at,
      use,
      within,
      ...(solution === undefined ? {} : { solution }),
    })
    this.#found.set(id, list)
  }
}
