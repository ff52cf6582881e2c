// A field that goes to another entity: which lookup its values go over, whether it may go at all, and what becomes of the names
// in its own definition. It keeps its id, so that forms, views, roles and expressions can follow it (rename.ts); the tables
// and the values are plan/moved.ts's.
import type { JsonObject } from '../base/json.ts'
import { suggest } from '../base/name.ts'
import { Problem } from '../base/problem.ts'
import { typeOf } from '../types/index.ts'
import type { Entity, Field, Id, Model } from './model.ts'
import { mapPaths, type Naming } from './naming.ts'

/** Which value wins where several records give one; `refuse` wants them to be the same. */
export type Take = 'refuse' | 'latest' | 'first'

/** All there are, the careful one first. */
export const takes: readonly Take[] = ['refuse', 'latest', 'first']

/** What a caller says of a move, by names as they are before it. */
export interface MoveWish {
  readonly field: string
  readonly from: string
  readonly to: string
  /** The lookup the values go over, `account` or `contact.account`; may be left out where there is one. */
  readonly via?: string
  readonly take?: Take
  /** Another name for the field there. */
  readonly as?: string
}

/** A move that can be made. */
export interface Move {
  readonly field: Id
  readonly from: Id
  readonly to: Id
  /** Id of the lookup, and of its column. */
  readonly via: Id
  readonly lookup: string
  /** The parent is what the lookup leads to. */
  readonly toward: 'parent' | 'child'
  readonly take: Take
}

/** The move that is wished, or what stands in its way; pointers name members of the wish. */
export function moveOf(model: Model, wish: MoveWish): Move | Problem {
  const from = entityIn(model, wish.from, '/from')
  if (from instanceof Problem) return from
  const to = entityIn(model, wish.to, '/to')
  if (to instanceof Problem) return to
  const field = from.fields.find(({ name }) => name === wish.field)
  if (field === undefined) {
    const names = from.fields.map(({ name }) => name)
    return refused('/field', `The entity "${from.name}" has no field "${wish.field}"`, suggest(wish.field, names))
  }
  if (from === to) return refused('/to', `"${field.name}" is a field of "${to.name}" already`)
  const way = wayBetween(from, to, field, wish.via)
  if (way instanceof Problem) return way
  const { owner, lookup } = way
  const toward = owner === from ? 'parent' : 'child'
  const stays = staysBecause(from, to, field, toward)
  if (stays !== undefined) return refused('/field', ...stays)
  const name = wish.as ?? field.name
  if (to.fields.some((one) => one.name === name))
    return refused(
      wish.as === undefined ? '/field' : '/as',
      `"${to.name}" has a field "${name}"`,
      'Give it another name with "as"',
    )
  const column = lookup.id + typeOf(lookup).link!(lookup).idSuffix
  const take = wish.take ?? 'refuse'
  return { field: field.id, from: from.id, to: to.id, via: lookup.id, lookup: column, toward, take }
}

function entityIn(model: Model, name: string, place: string): Entity | Problem {
  const entity = model.entities.get(name)
  if (entity === undefined) return refused(place, `There is no entity "${name}"`, suggest(name, model.entities.keys()))
  return entity.intersect === true ? refused(place, `"${name}" only holds links`) : entity
}

function refused(place: string, detail: string, hint?: string): Problem {
  return new Problem('check.definition', { pointer: place, detail, hint })
}

interface Way {
  readonly owner: Entity
  readonly lookup: Field
}

/** The lookups between two entities, in either direction, over which values can go. */
export function waysBetween(from: Entity, to: Entity, field?: Field): Way[] {
  const leading = (owner: Entity, target: Entity): Way[] =>
    owner.fields.flatMap((lookup) => {
      const link = lookup.system === true || lookup === field ? undefined : typeOf(lookup).link?.(lookup)
      return link !== undefined && !link.polymorphic && link.targets[0] === target.name ? [{ owner, lookup }] : []
    })
  return [...leading(from, to), ...leading(to, from)]
}

function wayBetween(from: Entity, to: Entity, field: Field, via: string | undefined): Way | Problem {
  const ways = waysBetween(from, to, field)
  const full = ({ owner, lookup }: Way): string => `${owner.name}.${lookup.name}`
  const found = via === undefined ? ways : ways.filter((way) => [way.lookup.name, full(way)].includes(via))
  if (found.length === 1) return found[0]!
  const known = ways.map(full)
  if (ways.length === 0)
    return refused(
      '/to',
      `No lookup leads from "${from.name}" to "${to.name}" or back, so its values have no way to go`,
      'Make a lookup to one entity between the two and fill it first',
    )
  return refused(
    '/via',
    via === undefined || found.length > 1
      ? `Several lookups lead between "${from.name}" and "${to.name}"`
      : `No lookup "${via}" leads between "${from.name}" and "${to.name}"`,
    `Name one in "via": ${known.join(', ')}`,
  )
}

/** Why a field cannot leave its entity, and what to do about it. */
function staysBecause(
  from: Entity,
  to: Entity,
  field: Field,
  toward: Move['toward'],
): [detail: string, hint: string] | undefined {
  const { name } = field
  const type = typeOf(field)
  const key = from.keys.find(({ fields }) => fields.includes(name))
  if (field.system === true) return [`Every record has its own "${name}"`, 'Move a field of your own']
  if (key !== undefined) return [`"${name}" is part of the key "${key.name}"`, 'Take it out of the key first']
  if (from.primaryField === name)
    return [`"${name}" names the records of "${from.name}"`, 'Choose another "primaryField" first']
  if (field.becoming !== undefined)
    return [`"${name}" is being converted to another type`, 'Wait for the job that does it']
  if (type.files !== undefined) return ['Files stay with the record they were given to', 'Add a new field there']
  if (type.rollup !== undefined)
    return [`"${name}" gathers records for "${from.name}"`, 'Make a rollup of the other entity instead']
  if (toward === 'child' && field['unique'] === true)
    return [
      `"${name}" is unique, and several records of "${to.name}" would get the same value`,
      'Set "unique" to false first',
    ]
  return undefined
}

/** The definition of the field at its new place: what it says of its old entity is said from there, where that can be. */
export function movedField(model: Model, move: Move, body: JsonObject, as: string | undefined): JsonObject {
  const field = { ...body, id: move.field, ...(as === undefined ? {} : { name: as }) } as unknown as Field
  const [from, to] = [model.entityById.get(move.from)!, model.entityById.get(move.to)!]
  const spot = { place: [], use: 'moved' }
  const named = typeOf(field).names?.(field, from.name, new SeenFrom(model, move, from, to), () => spot) ?? field
  return named as unknown as JsonObject
}

/** Names of the old entity as the new one sees them: behind the lookup, or without it. */
class SeenFrom implements Naming {
  readonly #model: Model
  readonly #move: Move
  readonly #from: Entity
  readonly #lookup: string

  constructor(model: Model, move: Move, from: Entity, to: Entity) {
    this.#model = model
    this.#move = move
    this.#from = from
    this.#lookup = [...from.fields, ...to.fields].find(({ id }) => id === move.via)!.name
  }

  named(_kind: string, name: string): string {
    return name
  }

  path(entity: string, path: string): string {
    return entity === this.#from.name ? this.#seen(path) : path
  }

  field(_entity: string, name: string): string {
    return name
  }

  member<M>(member: M): M {
    return member
  }

  collection(_entity: string, name: string): string {
    return name
  }

  expression(entity: string, text: string): string {
    const root = this.#model.entities.get(entity)
    return root !== this.#from
      ? text
      : mapPaths(this.#model, root, text, (at, path) => (at === root ? this.#seen(path) : path))
  }

  #seen(path: string): string {
    if (this.#move.toward === 'child') return `${this.#lookup}.${path}`
    return path.startsWith(`${this.#lookup}.`) ? path.slice(this.#lookup.length + 1) : path
  }
}
