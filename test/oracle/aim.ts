// What a random request is about: mostly entities and records that whoever asks has something to do with, sometimes others, sometimes
// one that is nowhere.
import type { Random } from '../support/random.ts'
import { idKinds, idOf } from './id.ts'
import type { Operation } from './operation.ts'
import type { Person } from './person.ts'
import { opens, reaches } from './rights.ts'
import type { Rec, State } from './state.ts'
import type { World } from './world.ts'

/** What a request is drawn from. */
export interface Drawing {
  readonly random: Random
  readonly world: World
  readonly state: State
  /** Who will ask; most requests are about what they have something to do with. */
  readonly person?: Person | undefined
}

/** An entity, more often one that is open for an operation. */
export function drawEntity({ random, world, person }: Drawing, operation: Operation = 'read'): string {
  const open = person === undefined ? [] : world.drawn.filter((entity) => opens(person, operation, entity))
  return random.pick(open.length > 0 && random.chance(0.7) ? open : world.drawn)
}

/** A record of an entity, more often one that is seen and in reach of an operation; sometimes one that is nowhere. */
export function drawRecord(
  drawing: Drawing,
  { entity = drawEntity(drawing), operation }: { readonly entity?: string; readonly operation?: Operation } = {},
): { entity: string; id: string } {
  const { random, world, state, person } = drawing
  // What was shared with somebody for this, even if that is over.
  const given = state.shares.filter(
    ({ entity: of, to, rights }) =>
      of === entity && person?.receivers.has(to) === true && rights.includes(operation ?? 'read'),
  )
  if (given.length > 0 && random.chance(0.3)) return { entity, id: random.pick(given).record }
  const likely = random.chance(0.7) ? reachedBy(drawing, entity, operation) : []
  const some = likely.length > 0 ? likely : state.all(entity)
  const none = some.length === 0 || random.chance(0.05)
  return { entity, id: none ? idOf(idKinds.record + world.drawn.indexOf(entity), 999) : random.pick(some).id }
}

/** Records that whoever asks sees and, where an operation is named and reaches some of them, may do it on. */
export function reachedBy({ state, person }: Drawing, entity: string, operation: Operation = 'read'): Rec[] {
  if (person === undefined) return []
  const seen = state.all(entity).filter((rec) => reaches(state, person, 'read', rec))
  const some = operation === 'read' ? seen : seen.filter((rec) => reaches(state, person, operation, rec))
  return some.length > 0 ? some : seen
}
