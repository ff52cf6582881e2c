// What one transaction has to do beside deleting some records: found level by level, everything locked on the way, so that
// nothing is added meanwhile. Decides what goes, what loses a link and what stands in the way; doing it is delete.ts's.
import type { Entity, Id } from '@peyvand/core/model/model.ts'
import type { Context } from '../../context.ts'
import { dependentsOf, lockRecords, waysTo, type Dependent } from './dependents.ts'

/** A record. */
export interface Target {
  readonly entity: Entity
  readonly id: Id
}

/** A record that goes. */
export interface Doomed extends Target {
  /** Lookups of others among the doomed that lead here. */
  readonly from: { readonly by: Doomed; readonly dependent: Dependent }[]
}

/** What follows from deleting some records. */
export interface Consequences {
  readonly roots: readonly Doomed[]
  readonly doomed: ReadonlyMap<string, Doomed>
  readonly cleared: readonly Dependent[]
  readonly blocked: readonly Dependent[]
}

/** A record as a key. */
export const keyOf = ({ entity, id }: Target): string => `${entity.id}/${id}`

/** Whether a dependent record goes with the one it depends on. */
export function goesToo({ way, active }: Pick<Dependent, 'way' | 'active'>): boolean {
  return way.cascade.delete === 'cascade' || (way.cascade.delete === 'active' && active)
}

/** Everything that deleting these records reaches; undefined when that is more than `most` records. */
export async function consequencesOf(
  context: Context,
  targets: readonly Target[],
  most: number,
): Promise<Consequences | undefined> {
  const roots = targets.map((target): Doomed => ({ ...target, from: [] }))
  const doomed = new Map(roots.map((root) => [keyOf(root), root]))
  const all: { readonly dependent: Dependent; readonly parent: Doomed }[] = []
  for (let level: readonly Doomed[] = roots; level.length > 0;) {
    const next: Doomed[] = []
    for (const group of Map.groupBy(level, (each) => each.entity).values()) {
      for (const found of await below(context, group, most)) {
        all.push(found)
        const key = keyOf(found.dependent)
        if (!goesToo(found.dependent) || doomed.has(key)) continue
        const one: Doomed = { entity: found.dependent.entity, id: found.dependent.id, from: [] }
        doomed.set(key, one)
        next.push(one)
      }
      if (all.length > most) return undefined
    }
    level = next
  }
  const others: Dependent[] = []
  for (const { dependent, parent } of all) {
    const by = doomed.get(keyOf(dependent))
    if (by === undefined) others.push(dependent)
    else parent.from.push({ by, dependent })
  }
  return {
    roots,
    doomed,
    cleared: others.filter(({ way }) => way.cascade.delete === 'remove_link' || way.cascade.delete === 'active'),
    blocked: others.filter(({ way }) => way.cascade.delete === 'restrict'),
  }
}

async function below(
  context: Context,
  parents: readonly Doomed[],
  most: number,
): Promise<{ readonly dependent: Dependent; readonly parent: Doomed }[]> {
  const { entity } = parents[0]!
  const ways = waysTo(context.model, entity)
  if (ways.length === 0) return []
  const byId = new Map(parents.map((parent) => [parent.id, parent]))
  const ids = [...byId.keys()]
  await lockRecords(context, entity, ids)
  const found = await dependentsOf(context, entity, ids, ways, most)
  return found.map((dependent) => ({ dependent, parent: byId.get(dependent.parent)! }))
}

/** Those that lead to others before those, and the lookups that have to be cleared because they lead round in a circle. */
export function inOrder(roots: readonly Doomed[]): { order: Doomed[]; circles: Dependent[] } {
  const order: Doomed[] = []
  const circles: Dependent[] = []
  const seen = new Map<Doomed, 'open' | 'done'>()
  for (const root of roots) if (!seen.has(root)) follow(root, seen, order, circles)
  return { order, circles }
}

function follow(root: Doomed, seen: Map<Doomed, 'open' | 'done'>, order: Doomed[], circles: Dependent[]): void {
  const open: { readonly node: Doomed; next: number }[] = [{ node: root, next: 0 }]
  seen.set(root, 'open')
  while (open.length > 0) {
    const top = open.at(-1)!
    const edge = top.node.from[top.next++]
    if (edge === undefined) {
      open.pop()
      seen.set(top.node, 'done')
      order.push(top.node)
    } else if (seen.get(edge.by) === 'open') {
      if (edge.by !== top.node) circles.push(edge.dependent)
    } else if (!seen.has(edge.by)) {
      seen.set(edge.by, 'open')
      open.push({ node: edge.by, next: 0 })
    }
  }
}
