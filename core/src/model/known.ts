// What was found sound before: a definition with every part that its check looked at. The same definition over the very same
// parts is sound again, so that a small change of a large model is checked in the time of the small one. What a check looks at is
// told by the same walk over names that renames and dependencies take (naming.ts), with the entities around it.
import { definitionKey, type Definition } from './definition.ts'
import type { CheckExpression } from './kind.ts'
import { kindOf } from './kinds.ts'
import type { Entity, Model } from './model.ts'
import { behind, mapPaths, readPath, type Naming } from './naming.ts'
import { namedIn } from './named.ts'
import { typeOf } from '../types/index.ts'
import { waysBack } from './wire.ts'

/** What a definition was sound with: parts by kind and name, and what holds of the whole model. */
interface Sound {
  readonly parts: readonly (readonly [kind: string, name: string, part: object | undefined])[]
  /** The ways back to each entity among them, in order. */
  readonly ways: readonly (readonly [entity: string, names: string])[]
  readonly links: string
  readonly checker: CheckExpression
}

const known = new WeakMap<Definition, Sound>()

/** What checks look at whatever a definition names: expressions speak of the person who asks, amounts of currencies. */
const always = ['user', 'team', 'team_member', 'business_unit', 'currency', 'currency_rate', 'role_assignment']

/** The checks of one model, with what is remembered of earlier ones. */
export class Knowledge {
  readonly #model: Model
  readonly #checker: CheckExpression
  readonly #links: string
  readonly #ways = new Map<string, string>()

  constructor(model: Model, checker: CheckExpression) {
    this.#model = model
    this.#checker = checker
    this.#links = JSON.stringify([...model.associations.values()])
  }

  /** Whether this definition was sound over the very parts that the model has. */
  isSound(definition: Definition): boolean {
    const sound = known.get(definition)
    return (
      sound !== undefined &&
      sound.checker === this.#checker &&
      sound.links === this.#links &&
      sound.parts.every(([kind, name, part]) => namedIn(this.#model, kind).get(name) === part) &&
      sound.ways.every(([entity, names]) => this.#waysOf(entity) === names)
    )
  }

  /** Remembers that some definitions are sound, among all of the model. */
  remember(some: readonly Definition[], all: readonly Definition[]): void {
    const definitions = new Map(all.map((definition) => [definitionKey(definition), definition]))
    for (const definition of some) this.#remember(definition, definitions)
  }

  #remember(definition: Definition, definitions: ReadonlyMap<string, Definition>): void {
    const names = readsOf(this.#model, definition, definitions)
    known.set(definition, {
      parts: [...names].map((key) => {
        const [kind, name] = key.split('/') as [string, string]
        return [kind, name, namedIn(this.#model, kind).get(name)]
      }),
      ways: [...names].flatMap((key) => {
        const [kind, name] = key.split('/') as [string, string]
        return kind === 'entity' ? [[name, this.#waysOf(name)] as const] : []
      }),
      links: this.#links,
      checker: this.#checker,
    })
  }

  #waysOf(name: string): string {
    let names = this.#ways.get(name)
    if (names === undefined) {
      const entity = this.#model.entities.get(name)
      const ways = entity === undefined ? [] : waysBack(this.#model, entity.id)
      this.#ways.set(name, (names = ways.map(({ from, field, inverse }) => `${from} ${field} ${inverse}`).join('\n')))
    }
    return names
  }
}

/**
 * Kind and name of everything a check of a definition looks at. Worked-out fields look through others, so where an entity has
 * any, what its definition names is looked at too.
 */
function readsOf(model: Model, definition: Definition, definitions: ReadonlyMap<string, Definition>): Set<string> {
  const { kind, name } = definition
  // A relationship has a table by its own name, and who gathers over one looks at the records between.
  const own = [`${kind}/${name}`, ...(kind === 'relationship' ? [`entity/${name}`] : [])]
  const between = [...model.associations.values()].map(({ through }) => through.entity)
  const found = new Set([...own, ...[...always, ...between].map((entity) => `entity/${entity}`)])
  const waiting = [definition]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const seen = new Set<string>()
    kindOf(next.kind)!.names?.(next, new Reads(model, seen))
    for (const key of seen) {
      if (found.has(key)) continue
      found.add(key)
      const other = definitions.get(key)
      const entity = other?.kind === 'entity' ? model.entities.get(other.name) : undefined
      if (other !== undefined && entity !== undefined && isWorkedOut(entity)) waiting.push(other)
    }
  }
  return found
}

const workedOut = new WeakMap<Entity, boolean>()

function isWorkedOut(entity: Entity): boolean {
  let is = workedOut.get(entity)
  if (is === undefined) {
    is = entity.fields.some((field) => typeOf(field).formula !== undefined || typeOf(field).rollup !== undefined)
    workedOut.set(entity, is)
  }
  return is
}

/** Notes what the names of a definition lead to. */
class Reads implements Naming {
  readonly #model: Model
  readonly #found: Set<string>

  constructor(model: Model, found: Set<string>) {
    this.#model = model
    this.#found = found
  }

  named(kind: string, name: string): string {
    this.#found.add(`${kind}/${name}`)
    return name
  }

  path(entity: string, path: string): string {
    this.#found.add(`entity/${entity}`)
    this.#walk(this.#model.entities.get(entity), path)
    return path
  }

  field(entity: string, name: string): string {
    return this.path(entity, name)
  }

  member<M extends { readonly entity: string; readonly field: string }>(member: M): M {
    this.path(member.entity, member.field)
    return member
  }

  collection(entity: string, name: string): string {
    return this.path(entity, name)
  }

  expression(entity: string, text: string): string {
    const root = this.#model.entities.get(entity)
    this.#found.add(`entity/${entity}`)
    return mapPaths(this.#model, root, text, (at, path) => {
      this.#walk(at, path)
      return path
    })
  }

  #walk(from: Entity | undefined, path: string): void {
    for (const step of readPath(this.#model, from, path)) {
      this.#found.add(`entity/${step.entity.name}`)
      const next = behind(this.#model, step)
      if (next !== undefined) this.#found.add(`entity/${next.name}`)
    }
  }
}
