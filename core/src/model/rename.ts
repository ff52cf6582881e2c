// Renames that follow: when a field or entity got another name (same id), or a field another entity, every definition that named
// it the old way says the new name, or the way to its new place. Each kind knows its places (naming.ts); a definition that was edited in the same change keeps what it says
// where that still means something.
import { buildModel } from './build.ts'
import { isShaped } from './check.ts'
import type { Definition } from './definition.ts'
import { kindOf } from './kinds.ts'
import type { Association, Entity, Model } from './model.ts'
import type { Move } from './move.ts'
import { namedIn } from './named.ts'
import { mapPaths, readPath, type Member, type Naming, type PathStep } from './naming.ts'

/** Old and new sides of one change, with the names of everything by id. */
interface Sides {
  readonly before: Model
  readonly after: Model
  readonly moves: readonly Move[]
}

/**
 * The definitions with their references brought up to date. Both lists carry ids (identify) and `previous` is sound; what
 * has the wrong shape stays as it is. law: without renames and moves the definitions come back unchanged, the very same objects.
 */
export function followRenames<D extends object>(
  definitions: readonly D[],
  previous: readonly object[],
  before?: Model,
  moves: readonly Move[] = [],
): D[] {
  if (moves.length === 0 && !hasRenames(definitions, previous)) return [...definitions]
  const sound = definitions.filter((one): one is D & Definition => isShaped(one))
  const sides = { before: before ?? buildModel(previous as Definition[], 0), after: buildModel(sound, 0), moves }
  const old = new Set(previous.map((definition) => JSON.stringify(definition)))
  return definitions.map((definition) => {
    if (!isShaped(definition)) return definition
    const kind = kindOf(definition.kind)!
    const untouched = old.has(JSON.stringify(definition))
    return (kind.names?.(definition, new Names(sides, untouched)) ?? definition) as D
  })
}

function hasRenames(definitions: readonly object[], previous: readonly object[]): boolean {
  const [before, after] = [new Set(previous), new Set(definitions)]
  const names = new Map<string, string>()
  // What is the very same definition on both sides has no renames in it.
  for (const { id, text } of named(previous.filter((one) => !after.has(one)))) names.set(id, text)
  for (const { id, text } of named(definitions.filter((one) => !before.has(one))))
    if (names.has(id) && names.get(id) !== text) return true
  return false
}

function* named(definitions: readonly object[]): Generator<{ id: string; text: string }> {
  for (const one of definitions) {
    const { kind, id, name, entitySet, fields } = one as Readonly<Record<string, unknown>>
    if (typeof id === 'string') yield { id, text: `${String(name)} ${kind === 'entity' ? String(entitySet) : ''}` }
    for (const field of kind === 'entity' && Array.isArray(fields) ? (fields as unknown[]) : []) {
      const part = field as { readonly id?: unknown; readonly name?: unknown } | null
      if (typeof part?.id === 'string') yield { id: part.id, text: String(part.name) }
    }
  }
}

/** Old name → new name. In a definition that was edited too, a name that means something now is left alone. */
class Names implements Naming {
  readonly #sides: Sides
  readonly #untouched: boolean

  constructor(sides: Sides, untouched: boolean) {
    this.#sides = sides
    this.#untouched = untouched
  }

  named(kind: string, name: string): string {
    const [before, after] = [namedIn(this.#sides.before, kind), namedIn(this.#sides.after, kind)]
    if (!this.#untouched && after.has(name)) return name
    const old = before.get(name)
    return (old && [...after.values()].find(({ id }) => id === old.id)?.name) ?? name
  }

  /** Where no path can stand, a field that went away cannot be named any more. */
  field(entity: string, name: string): string {
    const path = this.path(entity, name)
    return path.includes('.') ? name : path
  }

  member({ entity, field }: Member): Member {
    const [step] = readPath(this.#sides.before, this.#old(entity), field)
    const place = step && this.#placeOf(step)
    if (place !== undefined) return { entity: place.entity.name, field: place.name }
    return { entity: this.named('entity', entity), field: this.path(entity, field) }
  }

  collection(entity: string, name: string): string {
    return this.path(entity, name)
  }

  path(entity: string, path: string): string {
    return this.#path(this.#old(entity), path)
  }

  expression(entity: string, text: string): string {
    return mapPaths(this.#sides.before, this.#old(entity), text, (from, path) => this.#path(from, path))
  }

  #path(from: Entity | undefined, path: string): string {
    const { before } = this.#sides
    const steps = readPath(before, from, path)
    const known = steps.reduce<string[]>((made, step, i) => this.#follow(made, step, steps[i - 1]), [])
    return [...known, ...path.split('.').slice(steps.length)].join('.')
  }

  /** The path so far and one step more; a field that went to another entity is behind the lookup now, or before it. */
  #follow(made: string[], step: PathStep, last: PathStep | undefined): string[] {
    const place = this.#placeOf(step)
    if (place === undefined) return [...made, this.#step(step)]
    const { move, lookup, name } = place
    if (move.toward === 'parent') return [...made, lookup, name]
    return last?.field?.id === move.via ? [...made.slice(0, -1), name] : [...made, step.text]
  }

  /** Where the field of a step went, when it went to another entity. */
  #placeOf({ field, suffix }: PathStep) {
    const { moves, after } = this.#sides
    const move = field && moves.find((one) => one.field === field.id)
    const entity = move && after.entityById.get(move.to)
    const to = entity?.fields.find(({ id }) => id === move?.field)
    const child = move && after.entityById.get(move.toward === 'parent' ? move.from : move.to)
    const lookup = child?.fields.find(({ id }) => id === move?.via)
    if (move === undefined || entity === undefined || to === undefined || lookup === undefined) return undefined
    return { move, entity, name: to.name + suffix, lookup: lookup.name }
  }

  #step({ text, entity, field, suffix, way, association }: PathStep): string {
    const { after } = this.#sides
    const now = after.entityById.get(entity.id)
    if (!this.#untouched && now !== undefined && readPath(after, now, text).length > 0) return text
    if (association !== undefined) return associated(after, association, entity, text)
    if (way !== undefined) return after.relationships.find(({ id }) => id === way.id)?.inverse ?? text
    const to = now?.fields.find(({ id }) => id === field!.id)
    return to === undefined ? text : to.name + suffix
  }

  /** The entity of before that has the name, or had another one. */
  #old(name: string): Entity | undefined {
    const { before, after } = this.#sides
    const now = after.entities.get(name)
    return before.entities.get(name) ?? (now && before.entityById.get(now.id))
  }
}

/** What an end of a relationship of many with many calls the other one now. */
function associated(after: Model, { id, from, to }: Association, { name }: Entity, text: string): string {
  const now = [...after.associations.values()].find((one) => one.id === id)
  const isFrom = from.entity === name && from.name === text
  return now === undefined ? text : (isFrom ? now.from : to.name === text ? now.to : { name: text }).name
}
