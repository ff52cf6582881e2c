// Whether the caller may do something to records that are not named in the request but reached from it: asked of the caller's
// own trimmed query, so that there is no second idea of rights.
import { ruleOf } from '@peyvand/core/access/rule.ts'
import { plainText } from '@peyvand/core/base/json.ts'
import type { Entity, Id, Operation } from '@peyvand/core/model/model.ts'
import type { Context } from '../../context.ts'
import { among, selectPage } from '../select.ts'

const mostAtOnce = 200

/** Whether the caller sees each of the records and may do the operation to it. */
export async function mayAll(
  context: Context,
  entity: Entity,
  ids: readonly Id[],
  operation: Operation,
): Promise<boolean> {
  const { model, actor } = context
  if (actor.system === true || ids.length === 0) return true
  const rule = ruleOf(model, actor, entity, operation)
  if (rule === undefined || ruleOf(model, actor, entity, 'read') === undefined) return false
  const unique = [...new Set(ids)]
  for (let i = 0; i < unique.length; i += mostAtOnce) {
    const some = unique.slice(i, i + mostAtOnce)
    const { records } = await selectPage(context, entity, { select: [['id']], filter: among(some) }, mostAtOnce, rule)
    if (records.length < some.length) return false
  }
  return true
}

/** How many of the records the caller sees. */
export async function seenOf(context: Context, entity: Entity, ids: readonly Id[]): Promise<number> {
  return (await seenAmong(context, entity, ids)).size
}

/** Those of the records that the caller sees. Where nothing is hidden from them it is not asked which are there. */
export async function seenAmong(context: Context, entity: Entity, ids: readonly Id[]): Promise<ReadonlySet<Id>> {
  const { model, actor } = context
  const rule = ruleOf(model, actor, entity, 'read')
  const unique = [...new Set(ids)]
  if (rule === undefined) return new Set()
  if (rule === null) return new Set(unique)
  const seen = new Set<Id>()
  for (let i = 0; i < unique.length; i += mostAtOnce) {
    const filter = among(unique.slice(i, i + mostAtOnce))
    const { records } = await selectPage(context, entity, { select: [['id']], filter }, mostAtOnce)
    for (const { id } of records) seen.add(plainText(id))
  }
  return seen
}

/** Which of some operations the caller may do to one record that they see. */
export async function rightsOn<T extends Operation>(
  context: Context,
  entity: Entity,
  id: Id,
  operations: readonly T[],
): Promise<ReadonlySet<T>> {
  const held = new Set<T>()
  for (const operation of operations) if (await mayAll(context, entity, [id], operation)) held.add(operation)
  return held
}
