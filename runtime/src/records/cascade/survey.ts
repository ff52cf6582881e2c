// How far a delete or an assignment goes, however far that is: read level by level without locking anything, for a preview and
// for the job that does in parts what one transaction cannot take. Nothing here decides whether the caller may.
import type { Entity, Id, Relationship } from '@peyvand/core/model/model.ts'
import type { Context } from '../../context.ts'
import { dependentsOf, waysTo, type Dependent } from './dependents.ts'
import { goesToo, type Target } from './reach.ts'

/** Records by entity, each with the link by which it was reached. */
export type Records = ReadonlyMap<Entity, readonly Dependent[]>

/** Everything a delete reaches. */
export interface Survey {
  /** What goes with the record, each level behind those that it depends on. */
  readonly levels: readonly Records[]
  /** Records that lose a link. */
  readonly cleared: readonly Dependent[]
  /** Records that stand in the way. */
  readonly blocked: readonly Dependent[]
  /** Records reached beside the one itself; when `more`, at least so many. */
  readonly reached: number
  readonly more: boolean
}

/** Parents asked about by one statement. */
const atOnce = 500

/** Surveys a delete. `most`: how many records it looks at. */
export async function surveyDelete(context: Context, target: Target, most: number): Promise<Survey> {
  const others: Dependent[] = []
  const { levels, seen, reached, more } = await descend(context, target, most, (dependent) => {
    if (dependent.way.cascade.delete === 'none') return 'ignored'
    if (goesToo(dependent)) return 'followed'
    others.push(dependent)
    return 'noted'
  })
  const left = others.filter(({ entity, id }) => seen.get(entity)?.has(id) !== true)
  return {
    levels,
    cleared: left.filter(({ way }) => way.cascade.delete !== 'restrict'),
    blocked: left.filter(({ way }) => way.cascade.delete === 'restrict'),
    reached,
    more,
  }
}

/** What is done about a dependent: whether it counts, and whether those that depend on it are looked at too. */
type Verdict = 'followed' | 'noted' | 'ignored'

/** Goes down from a record, level by level. */
export async function descend(
  context: Context,
  target: Target,
  most: number,
  judge: (dependent: Dependent) => Verdict,
  waysOf: (entity: Entity) => readonly Relationship[] = (entity) => waysTo(context.model, entity),
): Promise<{ levels: Records[]; seen: ReadonlyMap<Entity, ReadonlySet<Id>>; reached: number; more: boolean }> {
  const seen = new Map<Entity, Set<Id>>([[target.entity, new Set([target.id])]])
  const levels: Records[] = []
  let reached = 0
  for (let level = new Map<Entity, readonly Target[]>([[target.entity, [target]]]); level.size > 0;) {
    const next = new Map<Entity, Dependent[]>()
    for (const dependent of await dependentsBelow(context, level, most - reached, waysOf)) {
      const verdict = judge(dependent)
      if (verdict === 'ignored' || (verdict === 'followed' && !take(seen, next, dependent))) continue
      if (++reached > most) return { levels: [...levels, next], seen, reached: most, more: true }
    }
    if (next.size > 0) levels.push(next)
    level = next
  }
  return { levels, seen, reached, more: false }
}

/** The records that depend on those of a level; a few more than `most` tell that there are more. */
async function dependentsBelow(
  context: Context,
  level: ReadonlyMap<Entity, readonly Target[]>,
  most: number,
  waysOf: (entity: Entity) => readonly Relationship[],
): Promise<Dependent[]> {
  const found: Dependent[] = []
  for (const [entity, targets] of level) {
    const ways = waysOf(entity)
    for (let at = 0; ways.length > 0 && at < targets.length && found.length <= most; at += atOnce) {
      const ids = targets.slice(at, at + atOnce).map(({ id }) => id)
      for (const each of await dependentsOf(context, entity, ids, ways, most)) found.push(each)
    }
  }
  return found
}

/** Notes a record of the next level; false when it was met before. */
function take(seen: Map<Entity, Set<Id>>, next: Map<Entity, Dependent[]>, dependent: Dependent): boolean {
  const { entity, id } = dependent
  let known = seen.get(entity)
  if (known === undefined) seen.set(entity, (known = new Set()))
  if (known.has(id)) return false
  known.add(id)
  const list = next.get(entity)
  if (list === undefined) next.set(entity, [dependent])
  else list.push(dependent)
  return true
}
