// From a wish to a state: what the layers would be if it were published, with every problem it has. How a caller's changes change
// definitions is change.ts's, what keeps its id is ids.ts's, what a layer holds is layer.ts's. Touches no database.
import type { Guarded } from '@peyvand/core/access/guarded.ts'
import type { JsonObject } from '@peyvand/core/base/json.ts'
import { pointer, within } from '@peyvand/core/base/pointer.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import { checkDefinitions } from '@peyvand/core/model/check.ts'
import { detach } from '@peyvand/core/model/detach.ts'
import type { Model } from '@peyvand/core/model/model.ts'
import type { Move } from '@peyvand/core/model/move.ts'
import { followRenames } from '@peyvand/core/model/rename.ts'
import { goneFrom } from '@peyvand/core/plan/affects.ts'
import type { Wishes } from '@peyvand/core/plan/moved.ts'
import type { Otherwise } from '@peyvand/core/plan/steps.ts'
import { target } from '@peyvand/core/plan/target.ts'
import { diff } from '@peyvand/core/solution/diff.ts'
import { assemble, mergeStored, solutionDefinitions, withPending } from './assemble.ts'
import { change, type Change } from './change.ts'
import type { State } from './current.ts'
import { essentialProblems } from './essential.ts'
import { checkExpression } from './expression.ts'
import { fallbacksOf } from './fallback.ts'
import { withIds, withNewIds } from './ids.ts'
import { emptyCustom, isSameLayer, nextPosition, replaceLayer } from './layer.ts'
import { inRequest } from './place.ts'
import type { Solution } from './solution.ts'
import { applyChanges, customLayer, type Changes, type Pending, type PendingChange } from './store.ts'

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

const none: Changes = { layers: [], definitions: [] }

/** What happens to definitions that need what a change takes away: it is refused, or what names it goes too. */
export type Dependents = 'keep' | 'adjust'

/** The draft of a caller's changes: they become, or change, the customer's layer. */
export function draftChanges(state: State, changes: readonly Change[], dependents: Dependents = 'keep'): Draft {
  const { definitions: listed, moves, missing } = change(state, changes)
  const renamed = followRenames(listed, state.definitions, state.model, moves)
  const wanted = dependents === 'adjust' ? detach(renamed, state.model, goneFrom(state.model, renamed)) : renamed
  const problems = [...missing, ...inRequest(checkAll(wanted), changes, listed)]
  if (problems.length > 0) return { problems, changes: none, wanted: listed }
  const identified = withNewIds(wanted, state, changes)
  const lower = solutionDefinitions(state.stored)
  const own = state.stored.layers.find(({ name }) => name === customLayer)
  const definitions = replaceLayer(own, customLayer, diff(lower, identified))
  const draft = withWishes(
    finish(state, { layers: own === undefined ? [emptyCustom] : [], definitions }),
    changes,
    moves,
  )
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
