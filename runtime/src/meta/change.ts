// What a caller wishes of the definitions, and what they are when it has come true: each definition keeps its place in the list,
// the one that replaces it takes it. Whether the outcome makes sense is draft.ts's question.
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { pointer, within } from '@peyvand/core/base/pointer.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { definitionKey } from '@peyvand/core/model/definition.ts'
import type { Model } from '@peyvand/core/model/model.ts'
import { movedField, moveOf, type Move, type MoveWish } from '@peyvand/core/model/move.ts'
import { keyOf } from '@peyvand/core/solution/merge.ts'
import type { State } from './current.ts'
import type { OnFails } from './fallback.ts'

/** One wish of a caller: contract of `POST /api/model/plan`. */
export type Change =
  | { readonly op: 'put'; readonly definition: JsonObject; readonly onFail?: OnFails }
  | { readonly op: 'delete'; readonly kind: string; readonly name: string }
  | ({ readonly op: 'move' } & MoveWish)

/** The definitions after some changes. */
export interface Changed {
  readonly definitions: JsonObject[]
  readonly moves: readonly Move[]
  /** What was not there to delete or move. */
  readonly missing: readonly Problem[]
}

/** Makes changes, one after the other. */
export function change({ definitions, model }: State, changes: readonly Change[]): Changed {
  const places = placesOf(definitions)
  const moves: Move[] = []
  const missing: Problem[] = []
  for (const [i, wish] of changes.entries()) {
    const made = changeOne(places, model, wish)
    if (made instanceof Problem) missing.push(within(pointer('changes', i), made))
    else if (made !== undefined) moves.push(made)
  }
  return { definitions: places.list.filter((definition) => definition !== undefined), moves, missing }
}

/** Definitions in their order, found by id or by name. Where one was taken away the place stays empty. */
interface Places {
  readonly list: (JsonObject | undefined)[]
  readonly byKey: Map<string, number>
  readonly byId: Map<string, number>
}

function placesOf(definitions: readonly JsonObject[]): Places {
  return {
    list: [...definitions],
    byKey: new Map(definitions.map((definition, at) => [keyOf(definition), at])),
    byId: new Map(definitions.map((definition, at) => [idKey(definition), at])),
  }
}

/** Finds a definition by its id; those without one are found by name only. */
function idKey({ kind, id, name }: JsonObject): string {
  return JSON.stringify(id === undefined ? [kind, null, name] : [kind, id])
}

function changeOne(places: Places, model: Model, wish: Change): Problem | Move | undefined {
  switch (wish.op) {
    case 'put':
      return put(places, wish.definition)
    case 'delete':
      return remove(places, wish)
    case 'move':
      return move(places, model, wish)
  }
}

function put({ list, byKey, byId }: Places, definition: JsonObject): undefined {
  const key = keyOf(definition)
  const at = byId.get(idKey(definition)) ?? byKey.get(key) ?? list.length
  if (list[at] !== undefined) byKey.delete(keyOf(list[at]))
  list[at] = definition
  byKey.set(key, at)
  byId.set(idKey(definition), at)
}

function remove({ list, byKey, byId }: Places, wish: Extract<Change, { op: 'delete' }>): Problem | undefined {
  const key = definitionKey(wish)
  const at = byKey.get(key)
  if (at === undefined) return new Problem('check.definition', { detail: `There is no ${wish.kind} "${wish.name}"` })
  byId.delete(idKey(list[at]!))
  byKey.delete(key)
  list[at] = undefined
  return undefined
}

/** Takes a field out of one definition and puts it into another. */
function move(places: Places, model: Model, wish: MoveWish): Problem | Move {
  const found = moveOf(model, wish)
  if (found instanceof Problem) return found
  const { list } = places
  const [from, to] = [entityAt(places, model, found.from), entityAt(places, model, found.to)]
  const [left, there] = [fieldsAt(list, from), fieldsAt(list, to)]
  const isIt = (one: JsonObject): boolean =>
    one['id'] === undefined ? one['name'] === wish.field : one['id'] === found.field
  const body = left?.find(isIt)
  if (left === undefined || there === undefined || body === undefined)
    return new Problem('check.definition', {
      pointer: '/field',
      detail: `Another change takes away "${wish.from}.${wish.field}", or the entity it goes to`,
    })
  list[from!] = { ...list[from!]!, fields: left.filter((one) => one !== body) }
  list[to!] = { ...list[to!]!, fields: [...there, movedField(model, found, body, wish.as)] }
  return found
}

/** Where an entity of the model stands: by its id, or by the name it has there. */
function entityAt({ byKey, byId }: Places, model: Model, id: string): number | undefined {
  const { name } = model.entityById.get(id)!
  return byId.get(idKey({ kind: 'entity', id })) ?? byKey.get(definitionKey({ kind: 'entity', name }))
}

function fieldsAt(list: Places['list'], at: number | undefined): JsonObject[] | undefined {
  const fields = at === undefined ? undefined : list[at]?.['fields']
  return Array.isArray(fields) ? (fields as JsonObject[]) : undefined
}
