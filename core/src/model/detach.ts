// What is left of definitions when some parts of the model are taken away: columns, controls, grants and keys that name them
// go too. Expressions stay as written, because a condition that is left out would show or allow more; check then says so.
import { isShaped } from './check.ts'
import { kindOf } from './kinds.ts'
import type { Entity, Id, Model } from './model.ts'
import { readPath, type Member, type Naming } from './naming.ts'
import { namedIn } from './named.ts'

/** The definitions without references to parts of the model (by id) that are gone; those with nothing left go too. */
export function detach<D extends object>(definitions: readonly D[], model: Model, gone: ReadonlySet<Id>): D[] {
  if (gone.size === 0) return [...definitions]
  const names = new Detaching(model, gone)
  return definitions.flatMap((definition) => {
    const kind = isShaped(definition) ? kindOf(definition.kind) : undefined
    return kind?.names === undefined ? [definition] : ((kind.names(definition as never, names) ?? []) as D)
  })
}

class Detaching implements Naming {
  readonly #model: Model
  readonly #gone: ReadonlySet<Id>

  constructor(model: Model, gone: ReadonlySet<Id>) {
    this.#model = model
    this.#gone = gone
  }

  named(kind: string, name: string): string | undefined {
    const part = namedIn(this.#model, kind).get(name)
    return part !== undefined && this.#gone.has(part.id) ? undefined : name
  }

  path(entity: string, path: string): string | undefined {
    return this.#isWhole(this.#model.entities.get(entity), path) ? path : undefined
  }

  field(entity: string, name: string): string | undefined {
    return this.path(entity, name)
  }

  member(member: Member): Member | undefined {
    return this.named('entity', member.entity) && this.path(member.entity, member.field) ? member : undefined
  }

  collection(entity: string, name: string): string | undefined {
    return this.path(entity, name)
  }

  expression(_entity: string, text: string): string {
    return text
  }

  #isWhole(from: Entity | undefined, path: string): boolean {
    return readPath(this.#model, from, path).every(
      ({ entity, field, way, association }) =>
        ![entity.id, field?.id, way?.id, association?.id].some((id) => id !== undefined && this.#gone.has(id)),
    )
  }
}
