// From a wish to a state: what the layers would be if a change were published, with every problem it has. Decides how the
// customer's edits become a layer over the solutions, and how a solution's folder becomes one. Touches no database.
import { createHash } from 'node:crypto'
import type { Guarded } from '@peyvand/core/access/guarded.ts'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { pointer, within } from '@peyvand/core/base/pointer.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { checkDefinitions } from '@peyvand/core/model/check.ts'
import { definitionKey, type Definition } from '@peyvand/core/model/definition.ts'
import { detach } from '@peyvand/core/model/detach.ts'
import { identify } from '@peyvand/core/model/identify.ts'
import type { Model } from '@peyvand/core/model/model.ts'
import { movedField, moveOf, type Move, type MoveWish } from '@peyvand/core/model/move.ts'
import { followRenames } from '@peyvand/core/model/rename.ts'
import { goneFrom } from '@peyvand/core/plan/affects.ts'
import type { Wishes } from '@peyvand/core/plan/moved.ts'
import type { Otherwise } from '@peyvand/core/plan/steps.ts'
import { target } from '@peyvand/core/plan/target.ts'
import { diff, same } from '@peyvand/core/solution/diff.ts'
import { keyOf } from '@peyvand/core/solution/merge.ts'
import { assemble, mergeStored, solutionDefinitions, withPending } from './assemble.ts'
import type { State } from './current.ts'
import { essentialProblems } from './essential.ts'
import { checkExpression } from './expression.ts'
import { fallbacksOf, type OnFails } from './fallback.ts'
import { inRequest } from './place.ts'
import type { Solution } from './solution.ts'
import {
  applyChanges,
  customLayer,
  type Changes,
  type DefinitionChange,
  type Pending,
  type PendingChange,
  type Stored,
  type StoredLayer,
} from './store.ts'

/** One wish of a caller: contract of `POST /api/model/plan`. */
export type Change =
  | { readonly op: 'put'; readonly definition: JsonObject; readonly onFail?: OnFails }
  | { readonly op: 'delete'; readonly kind: string; readonly name: string }
  | ({ readonly op: 'move' } & MoveWish)

/** What would be stored, or the problems that stand against it. */
export interface Draft {
  readonly problems: readonly Problem[]
  readonly changes: Changes
  /** What a caller's changes come to, sound or not. */
  readonly wanted?: readonly JsonObject[]
  /** What is wished of the values that are there. */
  readonly wishes?: Wishes
  /** What comes back of what a role had closed. */
  readonly closed?: readonly Guarded[]
  /** Absent when there are problems. */
  readonly next?: State
}

const customManifest: JsonObject = { name: customLayer, version: '0.0.0', label: 'Own changes' }
const customPosition = 1_000_000
const none: Changes = { layers: [], definitions: [] }

/** What happens to definitions that need what a change takes away: it is refused, or what names it goes too. */
export type Dependents = 'keep' | 'adjust'

/** The draft of a caller's changes: they become, or change, the customer's layer. */
export function draftChanges(state: State, changes: readonly Change[], dependents: Dependents = 'keep'): Draft {
  const missing: Problem[] = []
  const moves: Move[] = []
  const listed = applyAll(state, changes, { missing, moves })
  const renamed = followRenames(listed, state.definitions, state.model, moves)
  const wanted = dependents === 'adjust' ? detach(renamed, state.model, goneFrom(state.model, renamed)) : renamed
  const problems = [...missing, ...inRequest(checkAll(wanted), changes, listed)]
  if (problems.length > 0) return { problems, changes: none, wanted: listed }
  const identified = withNewIds(wanted, state, changes)
  const lower = solutionDefinitions(state.stored)
  const own = state.stored.layers.find(({ name }) => name === customLayer)
  const layer = { name: customLayer, position: customPosition, version: '0.0.0', manifest: customManifest }
  const definitions = replaceLayer(own, customLayer, diff(lower, identified))
  const draft = withWishes(finish(state, { layers: own === undefined ? [layer] : [], definitions }), changes, moves)
  return { ...draft, problems: inRequest(draft.problems, changes, listed), wanted: listed }
}

/** The draft with what is wished of the values that are there, or with what stands against such a wish. */
function withWishes(draft: Draft, changes: readonly Change[], moves: readonly Move[]): Draft {
  if (draft.next === undefined) return draft
  const { model } = draft.next
  const problems: Problem[] = []
  const otherwise = new Map<string, Otherwise>()
  for (const [i, change] of changes.entries()) {
    if (change.op !== 'put' || change.onFail === undefined) continue
    const found = fallbacksOf(model, change.definition, change.onFail)
    problems.push(...found.problems.map((problem) => within(pointer('changes', i), problem)))
    for (const [column, value] of found.otherwise) otherwise.set(column, value)
  }
  for (const move of moves)
    if ([move.from, move.to].some((id) => !model.entityById.has(id)) || !hasField(model, move.via))
      problems.push(
        new Problem('check.definition', {
          detail: 'The entities and the lookup of a move must stay',
          hint: 'Move the field first, and take away what is not needed any more in another change.',
        }),
      )
  if (problems.length > 0) return { problems, changes: none }
  return moves.length + otherwise.size === 0 ? draft : { ...draft, wishes: { moves, otherwise } }
}

function hasField(model: Model, id: string): boolean {
  return [...model.entities.values()].some(({ fields }) => fields.some((field) => field.id === id))
}

/** The definitions after the changes, each where the one it replaces stood; what was not there to delete or move is told. */
function applyAll({ definitions, model }: State, changes: readonly Change[], { missing, moves }: Found): JsonObject[] {
  const list: (JsonObject | undefined)[] = [...definitions]
  const byKey = new Map(definitions.map((definition, at) => [keyOf(definition), at]))
  const byId = new Map(definitions.map((definition, at) => [idKey(definition), at]))
  for (const [i, change] of changes.entries()) {
    if (change.op === 'move') {
      const entityAt = (id: string): number | undefined =>
        byId.get(idKey({ kind: 'entity', id })) ??
        byKey.get(definitionKey({ kind: 'entity', name: model.entityById.get(id)!.name }))
      const move = moveOf(model, change)
      const problem = move instanceof Problem ? move : moveIn(list, { model, move, wish: change }, entityAt)
      if (problem !== undefined) missing.push(within(pointer('changes', i), problem))
      else moves.push(move as Move)
      continue
    }
    const key = change.op === 'put' ? keyOf(change.definition) : definitionKey(change)
    if (change.op === 'put') {
      const at = byId.get(idKey(change.definition)) ?? byKey.get(key) ?? list.length
      if (list[at] !== undefined) byKey.delete(keyOf(list[at]))
      list[at] = change.definition
      byKey.set(key, at)
      byId.set(idKey(change.definition), at)
    } else if (byKey.has(key)) {
      const at = byKey.get(key)!
      byId.delete(idKey(list[at]!))
      byKey.delete(key)
      list[at] = undefined
    } else
      missing.push(
        new Problem('check.definition', {
          pointer: `/changes/${i}`,
          detail: `There is no ${change.kind} "${change.name}"`,
        }),
      )
  }
  return list.filter((definition) => definition !== undefined)
}

/** What is found on the way through the changes. */
interface Found {
  readonly missing: Problem[]
  readonly moves: Move[]
}

/** Takes a field out of one definition and puts it into another. */
function moveIn(
  list: (JsonObject | undefined)[],
  { model, move, wish }: { readonly model: Model; readonly move: Move; readonly wish: MoveWish },
  entityAt: (id: string) => number | undefined,
): Problem | undefined {
  const [from, to] = [entityAt(move.from), entityAt(move.to)]
  const fieldsAt = (at: number | undefined): JsonObject[] | undefined => {
    const fields = at === undefined ? undefined : list[at]?.['fields']
    return Array.isArray(fields) ? (fields as JsonObject[]) : undefined
  }
  const [left, there] = [fieldsAt(from), fieldsAt(to)]
  const isIt = (one: JsonObject): boolean =>
    one['id'] === undefined ? one['name'] === wish.field : one['id'] === move.field
  const body = left?.find(isIt)
  if (left === undefined || there === undefined || body === undefined)
    return new Problem('check.definition', {
      pointer: '/field',
      detail: `Another change takes away "${wish.from}.${wish.field}", or the entity it goes to`,
    })
  list[from!] = { ...list[from!]!, fields: left.filter((one) => one !== body) }
  list[to!] = { ...list[to!]!, fields: [...there, movedField(model, move, body, wish.as)] }
  return undefined
}

/** Finds a definition by its id; those without one are found by name only. */
function idKey({ kind, id, name }: JsonObject): string {
  return JSON.stringify(id === undefined ? [kind, null, name] : [kind, id])
}

/** The draft of solutions that are installed or brought to the state of their folders. Lower ones come first. */
export function draftSolutions(state: State, solutions: readonly Solution[]): Draft {
  const first = nextPosition(state.stored)
  const parts = solutions.map(({ manifest, definitions }, i) => {
    const known = state.stored.layers.find(({ name }) => name === manifest.name)
    const layer = {
      name: manifest.name,
      position: known?.position ?? first + i,
      version: manifest.version,
      manifest: manifest as unknown as JsonObject,
    }
    return { known, layer, definitions: withIds(definitions, [...(known?.definitions.values() ?? [])]) }
  })
  const changesOf = (ids: (definitions: readonly JsonObject[]) => readonly JsonObject[]): Changes => ({
    layers: parts.flatMap(({ known, layer }) => (known !== undefined && isSameLayer(known, layer) ? [] : [layer])),
    definitions: parts.flatMap(({ known, layer, definitions }) => replaceLayer(known, layer.name, ids(definitions))),
  })
  const merged = mergeStored(
    applyChanges(
      state.stored,
      changesOf((definitions) => definitions),
      state.stored.revision,
    ),
  ).definitions
  const problems = checkAll(merged)
  if (problems.length > 0) return { problems, changes: none }
  const identified = withNewIds(
    merged,
    state,
    solutions.map(({ manifest }) => manifest),
  )
  return finish(
    state,
    changesOf((definitions) => withIds(definitions, identified)),
  )
}

function isSameLayer(known: StoredLayer, layer: Changes['layers'][number]): boolean {
  return known.version === layer.version && same(known.manifest, layer.manifest)
}

/** Solutions lie between the lowest and the customer's own. */
function nextPosition(stored: Stored): number {
  return Math.max(0, ...stored.layers.filter(({ name }) => name !== customLayer).map(({ position }) => position)) + 10
}

/** The draft that takes a state to one that was before. */
export function draftState(state: State, changes: Changes): Draft {
  const problems = checkAll(mergeStored(applyChanges(state.stored, changes, state.stored.revision)).definitions)
  return problems.length > 0 ? { problems, changes: none } : finish(state, changes)
}

/** The draft that changes no definition: the tables come to what this version of the platform wants for the model. */
export function draftTables(state: State): Draft {
  return finish(state, none)
}

/** The same draft while a job converts some of its fields: they stay what they are, and have a twin. */
export function draftPending(state: State, draft: Draft, pending: readonly Pending[]): Draft {
  const changes = { ...draft.changes, pending: [...(draft.changes.pending ?? []), ...pending.map(waits)] }
  const made = { ...finish(state, changes), wishes: draft.wishes, closed: draft.closed }
  if (made.next === undefined) return made
  const { definitions, stored } = made.next
  const problems = checkAll(withPending(definitions, stored.pending, true))
  if (problems.length === 0) return made
  const detail = 'Some of this change needs the new type of a field whose values are still to be converted'
  const hint = 'Publish the change of type alone first, and the rest when its job is done.'
  return { problems: [new Problem('check.definition', { detail, hint, problems })], changes: none }
}

function waits(body: Pending): PendingChange {
  return { field: body.field, body }
}

/** The draft that ends the waiting of some fields: they are what they were becoming. */
export function draftFinished(state: State, fields: readonly string[]): Draft {
  return finish(state, { ...none, pending: fields.map((field) => ({ field, body: null })) })
}

function finish(state: State, changes: Changes): Draft {
  const stored = applyChanges(state.stored, changes, state.stored.revision + 1)
  const assembled = assemble(stored)
  const next: State = { stored, ...assembled, tables: target(assembled.model) }
  const problems = essentialProblems(state.model, next.model)
  return problems.length > 0 ? { problems, changes: none } : { problems, changes, next }
}

function checkAll(definitions: readonly JsonObject[]): Problem[] {
  return checkDefinitions(definitions, { expression: checkExpression })
}

/** Ids for what is new. They follow from the revision and the wish, so that plan and apply give the same ones. */
function withNewIds(definitions: readonly JsonObject[], state: State, wish: unknown): JsonObject[] {
  // The wish may be megabytes and there is an id for each of its parts, so it is hashed once.
  const seed = createHash('sha256')
    .update(`${state.stored.revision}\n${JSON.stringify(wish)}`)
    .digest('hex')
  let count = 0
  const newId = () => uuidOf(`${seed}\n${count++}`)
  return identify(
    definitions as unknown as Definition[],
    state.definitions as unknown as Definition[],
    newId,
  ) as unknown as JsonObject[]
}

function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex')
  const variant = ((parseInt(hex[16]!, 16) & 3) | 8).toString(16)
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

/** The changes that make a layer hold exactly these definitions. */
function replaceLayer(
  layer: StoredLayer | undefined,
  name: string,
  definitions: readonly JsonObject[],
): DefinitionChange[] {
  const wanted = new Map(definitions.map((definition) => [keyOf(definition), definition]))
  const gone = [...(layer?.definitions ?? [])].filter(([key]) => !wanted.has(key)).map(([, body]) => body)
  const changed = [...wanted]
    .filter(([key, body]) => !same(layer?.definitions.get(key) ?? null, body))
    .map(([, body]) => body)
  const change = (definition: JsonObject, body: JsonObject | null): DefinitionChange => {
    const [kind, part] = keyOf(definition).split('/') as [string, string]
    return { layer: name, kind, name: part, body }
  }
  return [
    ...gone.map((definition) => change(definition, null)),
    ...changed.map((definition) => change(definition, definition)),
  ]
}

/** Definitions with the ids that the same definitions and parts have elsewhere, found by name. What has an id keeps it. */
function withIds(definitions: readonly JsonObject[], known: readonly JsonObject[]): JsonObject[] {
  const byKey = new Map(known.map((definition) => [keyOf(definition), definition]))
  return definitions.map((definition) => {
    const other = byKey.get(keyOf(definition))
    if (other === undefined) return definition
    const parts = (['fields', 'keys'] as const).flatMap((list) =>
      Array.isArray(definition[list])
        ? [[list, partsWithIds(definition[list] as JsonObject[], (other[list] ?? []) as JsonObject[])]]
        : [],
    )
    return { ...withId(definition, other['id']), ...Object.fromEntries(parts) } as JsonObject
  })
}

function partsWithIds(parts: readonly JsonObject[], known: readonly JsonObject[]): JsonObject[] {
  const byName = new Map(known.map((part) => [part['name'], part['id']]))
  return parts.map((part) => withId(part, byName.get(part['name'])))
}

function withId(part: JsonObject, id: JsonObject[string] | undefined): JsonObject {
  return part['id'] !== undefined || id === undefined ? part : { ...part, id }
}
