// From a wish to a state: what the layers would be if a change were published, with every problem it has. Decides how the
// customer's edits become a layer over the solutions, and how a solution's folder becomes one. Touches no database.
import { createHash } from 'node:crypto'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { checkDefinitions } from '@peyvand/core/model/check.ts'
import { definitionKey, type Definition } from '@peyvand/core/model/definition.ts'
import { detach } from '@peyvand/core/model/detach.ts'
import { identify } from '@peyvand/core/model/identify.ts'
import { followRenames } from '@peyvand/core/model/rename.ts'
import { goneFrom } from '@peyvand/core/plan/affects.ts'
import { target } from '@peyvand/core/plan/target.ts'
import { diff, same } from '@peyvand/core/solution/diff.ts'
import { keyOf } from '@peyvand/core/solution/merge.ts'
import { assemble, mergeStored, solutionDefinitions, withPending } from './assemble.ts'
import type { State } from './current.ts'
import { essentialProblems } from './essential.ts'
import { checkExpression } from './expression.ts'
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
  | { readonly op: 'put'; readonly definition: JsonObject }
  | { readonly op: 'delete'; readonly kind: string; readonly name: string }

/** What would be stored, or the problems that stand against it. */
export interface Draft {
  readonly problems: readonly Problem[]
  readonly changes: Changes
  /** What a caller's changes come to, sound or not. */
  readonly wanted?: readonly JsonObject[]
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
  const listed = applyAll(state.definitions, changes, missing)
  const renamed = followRenames(listed, state.definitions, state.model)
  const wanted = dependents === 'adjust' ? detach(renamed, state.model, goneFrom(state.model, renamed)) : renamed
  const problems = [...missing, ...inRequest(checkAll(wanted), changes, listed)]
  if (problems.length > 0) return { problems, changes: none, wanted: listed }
  const identified = withNewIds(wanted, state, changes)
  const lower = solutionDefinitions(state.stored)
  const own = state.stored.layers.find(({ name }) => name === customLayer)
  const layer = { name: customLayer, position: customPosition, version: '0.0.0', manifest: customManifest }
  const definitions = replaceLayer(own, customLayer, diff(lower, identified))
  const draft = finish(state, { layers: own === undefined ? [layer] : [], definitions })
  return { ...draft, problems: inRequest(draft.problems, changes, listed), wanted: listed }
}

/** The definitions after the changes, each where the one it replaces stood; what was not there to delete is told. */
function applyAll(definitions: readonly JsonObject[], changes: readonly Change[], missing: Problem[]): JsonObject[] {
  const list: (JsonObject | undefined)[] = [...definitions]
  const byKey = new Map(definitions.map((definition, at) => [keyOf(definition), at]))
  const byId = new Map(definitions.map((definition, at) => [idKey(definition), at]))
  for (const [i, change] of changes.entries()) {
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
  const made = finish(state, changes)
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
