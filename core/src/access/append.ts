// What it takes to let a record lead to another one: `append` on the record that is written (a new one: on what it will be), and
// `append_to` on the one it leads to. Whose a record is, is no such link: that is asked by `assign`.
import { isSameExpression } from '../expression/same.ts'
import type { Expression } from '../expression/tree.ts'
import type { Entity, Id, Model } from '../model/model.ts'
import type { WireEntity } from '../model/wire.ts'
import type { LinkCheck } from '../query/write-plan.ts'
import type { Actor } from './actor.ts'
import type { Write } from './owner.ts'
import { ruleOf } from './rule.ts'

const columns = new WeakMap<WireEntity, readonly string[]>()

/** The columns of an entity that hold where its records lead. */
export function linkColumnsOf(wire: WireEntity): readonly string[] {
  let known = columns.get(wire)
  if (known === undefined) columns.set(wire, (known = findColumns(wire)))
  return known
}

function findColumns({ entity, properties, navigations }: WireEntity): string[] {
  // The links of many with many have no rights of their own: access/intersect.ts.
  if (entity.intersect === true) return []
  const own = [...navigations.values()].filter(
    ({ collection, from, field }) => !collection && from === entity.id && field.name !== 'owner',
  )
  return [...new Set(own.map(({ column }) => column))].filter((column) => properties.get(column)?.readOnly === false)
}

/** Whether a write lets its record lead to another one. */
export function setsLink({ actor, operation, wire, update, insert }: Write): boolean {
  if (actor.system || operation === 'delete') return false
  return linkColumnsOf(wire).some((column) => (update[column] ?? insert[column] ?? null) !== null)
}

/** What the record of such a write has to meet: null when nothing, undefined when the operation is denied. */
export function appendRule(write: Write): Expression | null | undefined {
  return setsLink(write) ? ruleOf(write.model, write.actor, write.entity, 'append') : null
}

const never: Expression = { op: 'literal', kind: 'boolean', value: false }

/**
 * What records have to meet that a lookup leads to, by entity, beyond being seen by the caller. Those that all may be appended
 * to are left out.
 */
export function attachRules(
  model: Model,
  actor: Actor,
  {
    entity,
    targets,
    column,
  }: { readonly entity: WireEntity; readonly targets: LinkCheck['targets']; readonly column: string },
): ReadonlyMap<Id, Expression> {
  if (actor.system || !linkColumnsOf(entity).includes(column)) return new Map()
  return new Map(
    targets.flatMap(({ target }): [Id, Expression][] => {
      const entity = model.entityById.get(target) as Entity
      const rule = ruleOf(model, actor, entity, 'append_to')
      const seen = ruleOf(model, actor, entity, 'read')
      const adds = rule !== null && !(rule && seen && isSameExpression(rule, seen))
      return adds ? [[target, rule ?? never]] : []
    }),
  )
}
