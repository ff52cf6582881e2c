// A delete with what follows from it: what the relationships say is done to the records that depend on the one that goes, by
// the same statements a caller's own writes use, all in one transaction. Records that go too need the caller's right to delete
// them; links that are cleared do not.
import { elevated } from '@peyvand/core/access/actor.ts'
import type { Written } from '@peyvand/core/access/write.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Entity, Id } from '@peyvand/core/model/model.ts'
import type { Context } from '../../context.ts'
import type { Platform } from '../../platform.ts'
import { mayAll } from './allowed.ts'
import {
  dependentsOf,
  lockRecords,
  lookupColumns,
  toldName,
  tooMany,
  visibleCount,
  waysTo,
  type Dependent,
} from './dependents.ts'
import type { WriteOne } from './one.ts'

interface Doomed {
  readonly entity: Entity
  readonly id: Id
  /** Lookups of others among the doomed that lead here. */
  readonly from: { readonly by: Doomed; readonly dependent: Dependent }[]
}

interface Consequences {
  readonly root: Doomed
  readonly doomed: ReadonlyMap<string, Doomed>
  readonly cleared: readonly Dependent[]
  readonly blocked: readonly Dependent[]
}

/** Deletes a record and does what follows from it. throws: Problem. */
export async function deleteWithDependents(
  platform: Platform,
  context: Context,
  target: { readonly entity: Entity; readonly id: Id },
  write: WriteOne,
): Promise<Written> {
  const { entity, id } = target
  // Whoever may not delete it hears only that, not what stands in the way.
  if (!(await mayAll(context, entity, [id], 'delete'))) return write.remove(platform, context, entity, id, true)
  const found = await consequencesOf(context, target, platform.config.cascadeLimit)
  const [first] = found.blocked
  if (first !== undefined) throw await blockedBy(platform, context, first, found)
  const system: Context = { ...context, actor: elevated(context.actor) }
  for (const dependent of found.cleared) await clear(platform, system, dependent, write)
  const { order, circles } = inOrder(found.root)
  for (const dependent of circles) await clear(platform, system, dependent, write)
  for (const each of order) {
    if (each === found.root) continue
    const linking = each.entity.intersect === true
    await asPart(each, () => write.remove(platform, linking ? system : context, each.entity, each.id))
  }
  return write.remove(platform, context, entity, id, true)
}

const keyOf = (entity: Entity, id: Id): string => `${entity.id}/${id}`

/** Everything that a delete reaches, level by level. throws: Problem when it is too much. */
async function consequencesOf(
  context: Context,
  { entity, id }: { readonly entity: Entity; readonly id: Id },
  most: number,
): Promise<Consequences> {
  const root: Doomed = { entity, id, from: [] }
  const doomed = new Map([[keyOf(entity, id), root]])
  const all: { readonly dependent: Dependent; readonly parent: Doomed }[] = []
  for (let level: Doomed[] = [root]; level.length > 0;) {
    const next: Doomed[] = []
    for (const group of Map.groupBy(level, (each) => each.entity).values()) {
      for (const found of await below(context, group, most)) {
        all.push(found)
        if (!goesToo(found.dependent)) continue
        const key = keyOf(found.dependent.entity, found.dependent.id)
        if (doomed.has(key)) continue
        const one: Doomed = { entity: found.dependent.entity, id: found.dependent.id, from: [] }
        doomed.set(key, one)
        next.push(one)
      }
      if (all.length > most) throw tooMany('Deleting it', most)
    }
    level = next
  }
  const others: Dependent[] = []
  for (const { dependent, parent } of all) {
    const by = doomed.get(keyOf(dependent.entity, dependent.id))
    if (by === undefined) others.push(dependent)
    else parent.from.push({ by, dependent })
  }
  return {
    root,
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

function goesToo({ way, active }: Dependent): boolean {
  return way.cascade.delete === 'cascade' || (way.cascade.delete === 'active' && active)
}

/** Those that lead to others before those, and the lookups that have to be cleared because they lead round in a circle. */
function inOrder(root: Doomed): { order: Doomed[]; circles: Dependent[] } {
  const order: Doomed[] = []
  const circles: Dependent[] = []
  const seen = new Map<Doomed, 'open' | 'done'>()
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
  return { order, circles }
}

/** Takes a lookup's value away. A required one stays: the database lets go of both at once. */
async function clear(
  platform: Platform,
  system: Context,
  { entity, way, id }: Dependent,
  write: WriteOne,
): Promise<void> {
  const field = entity.fields.find((one) => one.id === way.id)!
  if (field.required === true) return
  const { column, typeColumn } = lookupColumns(system.model, way)
  const values = { [column]: null, ...(typeColumn === undefined ? {} : { [typeColumn]: null }) }
  await write.change(platform, system, entity, id, values)
}

/** A record that goes with another one and may not go. Says which kind of record, and nothing about the record itself. */
async function asPart({ entity }: Doomed, work: () => Promise<unknown>): Promise<void> {
  try {
    await work()
  } catch (thrown) {
    if (!(thrown instanceof Problem) || !/^(access|missing)\./.test(thrown.code)) throw thrown
    throw new Problem('access.denied', {
      detail: `Records of "${entity.entitySet}" would be deleted with this one, and you may not delete all of them`,
      target: entity.entitySet,
      hint: 'Somebody who may delete them can, or move them away first',
    })
  }
}

async function blockedBy(
  platform: Platform,
  context: Context,
  first: Dependent,
  { doomed }: Consequences,
): Promise<Problem> {
  const parent = [...doomed.values()].find(({ id }) => id === first.parent)!
  const count = await visibleCount(platform, context, first, parent)
  const name = toldName(context, first)
  return new Problem('conflict.reference', {
    detail: count > 0 ? `${name} still refer to this one: ${count}` : `${name} still refer to this one`,
    target: first.entity.entitySet,
    hint: 'Delete or change them first',
    params: { relationship: first.way.field, count },
  })
}
