// The records that inherit from another one in what is done to it: found through the lookups whose cascade says so, level by
// level. Decides which those are; what is done to them, and whether the caller may, is decided beside this file.
import type { Entity, Id } from '@peyvand/core/model/model.ts'
import type { CascadeAction, CascadeKind } from '@peyvand/core/types/cascade.ts'
import type { Context } from '../../context.ts'
import { dependentsOf, tooMany, waysTo, type Dependent } from './dependents.ts'
import type { Owner } from './owner.ts'

export interface Inheritance {
  readonly action: Extract<CascadeAction, 'assign' | 'share'>
  /** Whose the record was, for those that inherit only while they are of the same owner. */
  readonly old: Pick<Owner, 'owner_id'>
  readonly most: number
  /** The kind of job that can do it when it is too much. */
  readonly job?: 'assign'
  /** What is being done, as the refusal of too much says it. */
  readonly doing: string
}

/** What stands below a record, each once; one level is found when the one before was dealt with. throws: Problem. */
export async function* heirsOf(
  context: Context,
  target: { readonly entity: Entity; readonly id: Id },
  { action, old, most, job, doing }: Inheritance,
): AsyncGenerator<readonly Dependent[]> {
  const seen = new Set([keyOf(target)])
  for (let level: readonly { readonly entity: Entity; readonly id: Id }[] = [target]; level.length > 0;) {
    const next: Dependent[] = []
    for (const [entity, group] of Map.groupBy(level, (each) => each.entity)) {
      const ways = waysTo(context.model, entity).filter(({ cascade }) => cascade[action] !== 'none')
      const ids = group.map(({ id }) => id)
      for (const heir of await dependentsOf(context, entity, ids, ways, most)) {
        if (seen.has(keyOf(heir)) || !isMeant(heir.way.cascade[action], heir, old)) continue
        if (seen.add(keyOf(heir)).size > most + 1) throw tooMany(doing, most, job)
        next.push(heir)
      }
    }
    if (next.length > 0) yield next
    level = next
  }
}

const keyOf = ({ entity, id }: { readonly entity: Entity; readonly id: Id }): string => `${entity.id}/${id}`

/** Whether a record inherits by a kind of cascade, from one that belonged to `old`. */
export function isMeant(
  kind: CascadeKind,
  { active, owner }: Pick<Dependent, 'active' | 'owner'>,
  old: Pick<Owner, 'owner_id'>,
): boolean {
  return kind === 'cascade' || (kind === 'active' && active) || (kind === 'user_owned' && owner === old.owner_id)
}
