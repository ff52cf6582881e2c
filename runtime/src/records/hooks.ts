// The three moments of a write at which plugins and scripts take part: check (may change or refuse the values), write (in
// the same transaction), done (after commit). Decides when they run; who brings them is the plugins' business.
import type { Id, Entity } from '@peyvand/core/model/model.ts'
import type { Problem } from '@peyvand/core/base/problem.ts'
import type { Context } from '../context.ts'
import type { Session } from '../db/database.ts'
import type { Values } from './input.ts'

/** A write that is about to happen, or has. */
export interface Change {
  readonly context: Context
  readonly entity: Entity
  readonly operation: 'create' | 'update' | 'delete'
  readonly id: Id
  /** By column; a check hook may change them. */
  readonly values: Values
}

export type Hook =
  | { readonly moment: 'check'; readonly entity?: string; run(change: Change): Promise<Problem | undefined> }
  | {
      readonly moment: 'write'
      readonly entity?: string
      run(change: Change, session: Session): Promise<Problem | undefined>
    }
  | { readonly moment: 'done'; readonly entity?: string; run(change: Change): Promise<void> }

/** The hooks of one moment that concern an entity, in the order they were given. */
export function hooksFor<M extends Hook['moment']>(
  hooks: readonly Hook[],
  moment: M,
  entity: Entity,
): Extract<Hook, { moment: M }>[] {
  if (hooks.length === 0) return []
  return hooks.filter(
    (hook): hook is Extract<Hook, { moment: M }> =>
      hook.moment === moment && (hook.entity === undefined || hook.entity === entity.name),
  )
}
