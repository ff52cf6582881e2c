// A delete with what follows from it: what the relationships say is done to the records that depend on the one that goes, by
// the same statements a caller's own writes use, all in one transaction. Records that go too need the caller's right to delete
// them; links that are cleared do not. What is too much for one transaction a job does in parts (large-delete.ts).
import { elevated } from '@peyvand/core/access/actor.ts'
import type { Written } from '@peyvand/core/access/write.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import type { Context } from '../../context.ts'
import type { Platform } from '../../platform.ts'
import { single, type WriteOne, type WriteOptions } from '../write-one.ts'
import { mayAll } from './allowed.ts'
import { lookupColumns, toldName, tooMany, visibleCount, type Dependent } from './dependents.ts'
import { consequencesOf, inOrder, keyOf, type Consequences, type Target } from './reach.ts'

/** Deletes a record and does what follows from it. throws: Problem. */
export async function deleteWithDependents(
  platform: Platform,
  context: Context,
  target: Target,
  { hooks, ifMatch }: Pick<WriteOptions, 'hooks' | 'ifMatch'>,
): Promise<Written> {
  const { entity, id } = target
  const write = single(hooks, ifMatch)
  // Whoever may not delete it hears only that, not what stands in the way.
  if (!(await mayAll(context, entity, [id], 'delete'))) return write.remove(platform, context, entity, id, true)
  const most = platform.config.cascadeLimit
  const found = await consequencesOf(context, [target], most)
  if (found === undefined) throw tooMany('Deleting it', most, 'delete')
  const [first] = found.blocked
  if (first !== undefined) throw await blockedBy(platform, context, first, ownerOf(found, first))
  await carryOut(platform, context, found, write)
  return write.remove(platform, context, entity, id, true)
}

function ownerOf({ doomed }: Consequences, { parent }: Dependent): Target {
  return [...doomed.values()].find(({ id }) => id === parent)!
}

/** Does what follows, and deletes the roots too where there are several. throws: Problem. */
export async function carryOut(
  platform: Platform,
  context: Context,
  { roots, cleared }: Consequences,
  write: WriteOne,
): Promise<void> {
  const system: Context = { ...context, actor: elevated(context.actor) }
  for (const dependent of cleared) await clear(platform, system, dependent, write)
  const { order, circles } = inOrder(roots)
  for (const dependent of circles) await clear(platform, system, dependent, write)
  const alone = roots.length === 1 ? keyOf(roots[0]!) : undefined
  for (const each of order) {
    if (keyOf(each) !== alone) await removePart(platform, context, each, write)
  }
}

/** Deletes a record that goes with another one. throws: Problem that says which kind of record, and nothing about the record. */
export async function removePart(
  platform: Platform,
  context: Context,
  { entity, id }: Target,
  write: WriteOne,
): Promise<void> {
  const actor = entity.intersect === true ? elevated(context.actor) : context.actor
  try {
    await write.remove(platform, { ...context, actor }, entity, id)
  } catch (thrown) {
    throw thrown instanceof Problem && /^(access|missing)\./.test(thrown.code) ? deniedPart(entity) : thrown
  }
}

/** Whether a lookup can be cleared. A required one stays: the database lets go of both records at once. */
export function isClearable({ entity, way }: Pick<Dependent, 'entity' | 'way'>): boolean {
  return entity.fields.find((one) => one.id === way.id)!.required !== true
}

/** Takes a lookup's value away, where it can be. */
export async function clear(
  platform: Platform,
  system: Context,
  dependent: Pick<Dependent, 'entity' | 'way' | 'id'>,
  write: WriteOne,
): Promise<void> {
  if (!isClearable(dependent)) return
  const { entity, way, id } = dependent
  const { column, typeColumn } = lookupColumns(system.model, way)
  const values = { [column]: null, ...(typeColumn === undefined ? {} : { [typeColumn]: null }) }
  await write.change(platform, system, entity, id, values)
}

/** The refusal of a delete that would take along records which the caller may not delete. */
export function deniedPart({ entitySet }: Entity): Problem {
  return new Problem('access.denied', {
    detail: `Records of "${entitySet}" would be deleted with this one, and you may not delete all of them`,
    target: entitySet,
    hint: 'Somebody who may delete them can, or move them away first',
  })
}

/** The refusal of a delete that something stands in the way of. */
export async function blockedBy(
  platform: Platform,
  context: Context,
  first: Dependent,
  parent: Target,
): Promise<Problem> {
  const count = await visibleCount(platform, context, first, parent)
  const name = toldName(context, first)
  return new Problem('conflict.reference', {
    detail: count > 0 ? `${name} still refer to this one: ${count}` : `${name} still refer to this one`,
    target: first.entity.entitySet,
    hint: 'Delete or change them first',
    params: { relationship: first.way.field, count },
  })
}
