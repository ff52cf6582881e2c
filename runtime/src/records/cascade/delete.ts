// A delete with what follows from it: what the relationships say is done to the records that depend on the one that goes, by
// the same statements a caller's own writes use, all in one transaction. Records that go too need the caller's right to delete
// them; links that are cleared do not. Rights are judged on what is there before any of it is done: that children are gone, by
// which a record was seen, must not decide. What is too much for one transaction a job does in parts (large-delete.ts).
import { elevated } from '@peyvand/core/access/actor.ts'
import { ruleOf } from '@peyvand/core/access/rule.ts'
import type { Written } from '@peyvand/core/access/write.ts'
import { versionsOf } from '@peyvand/core/access/write-plan.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import type { Context } from '../../context.ts'
import type { Platform } from '../../platform.ts'
import { single, type WriteOne, type WriteOptions } from '../write-one.ts'
import { mayAll } from './allowed.ts'
import { lockRecords, lookupColumns, toldName, tooMany, visibleCount, type Dependent } from './dependents.ts'
import { consequencesOf, inOrder, keyOf, type Consequences, type Target } from './reach.ts'

/** Deletes a record and does what follows from it. `judged`: keys of records the caller was found to have the right to delete.
 * throws: Problem. */
export async function deleteWithDependents(
  platform: Platform,
  context: Context,
  target: Target,
  { hooks, ifMatch }: Pick<WriteOptions, 'hooks' | 'ifMatch'>,
  judged: ReadonlySet<string> = new Set(),
): Promise<Written> {
  const { entity, id } = target
  const write = single(hooks)
  await lockRecords(context, entity, [id])
  // Whoever may not delete it hears only that, not what stands in the way.
  if (!judged.has(keyOf(target)) && !(await mayRemove(context, target, ifMatch)))
    return write.remove(platform, context, entity, id, { ifMatch })
  const most = platform.config.cascadeLimit
  const found = await consequencesOf(context, [target], most)
  if (found === undefined) throw tooMany('Deleting it', most, 'delete')
  const [first] = found.blocked
  if (first !== undefined) throw await blockedBy(platform, context, first, ownerOf(found, first))
  await judgeParts(context, found, new Set([...judged, keyOf(target)]))
  await carryOut(platform, context, found, write)
  return write.remove(platform, context, entity, id, { judged: true })
}

/** Whether a locked record is the caller's to delete, and has the version they asked for. */
async function mayRemove(context: Context, { entity, id }: Target, ifMatch: string | undefined): Promise<boolean> {
  const versions = versionsOf(ifMatch)
  if (versions !== undefined) {
    const text = `select "version" from "${context.schema}"."${entity.name}" where "id" = $1::uuid`
    const { rows } = await context.database.query<{ version: number }>({ text, values: [id] })
    if (!rows.some(({ version }) => versions.includes(version))) return false
  }
  return mayAll(context, entity, [id], 'delete')
}

/** Locks what goes along and asks whether all of it is the caller's to delete, but what was judged before. throws: Problem. */
export async function judgeParts(
  context: Context,
  { doomed }: Pick<Consequences, 'doomed'>,
  judged: ReadonlySet<string>,
): Promise<void> {
  const { model, actor } = context
  const parts = [...doomed].flatMap(([key, each]) => (judged.has(key) ? [] : [each]))
  for (const [entity, some] of Map.groupBy(parts, (each) => each.entity)) {
    if (goesAlong(entity)) continue
    if (ruleOf(model, actor, entity, 'read') === null && ruleOf(model, actor, entity, 'delete') === null) continue
    const ids = some.map(({ id }) => id)
    await lockRecords(context, entity, ids)
    if (!(await mayAll(context, entity, ids, 'delete'))) throw deniedPart(entity)
  }
}

function ownerOf({ doomed }: Consequences, { parent }: Dependent): Target {
  return [...doomed.values()].find(({ id }) => id === parent)!
}

/** Does what follows, all of it judged, and deletes the roots too where there are several. throws: Problem. */
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
    if (keyOf(each) !== alone) await removeJudged(platform, context, each, write)
  }
}

/** Deletes a record that was judged; somebody else may have been faster. throws: Problem. */
export async function removeJudged(
  platform: Platform,
  context: Context,
  { entity, id }: Target,
  write: WriteOne,
): Promise<void> {
  try {
    await write.remove(platform, context, entity, id, { judged: true })
  } catch (thrown) {
    if (!(thrown instanceof Problem) || thrown.code !== 'missing.record') throw thrown
  }
}

/** Whether records go with another one without being asked for themselves: links, and proofs that nobody deletes alone. */
export function goesAlong({ intersect, appendOnly }: Entity): boolean {
  return intersect === true || appendOnly === true
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
