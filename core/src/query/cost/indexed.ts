// Which conditions and orders an index answers, and how many records it leaves to look at. Reads the definitions, not the
// database: what they say is indexed is.
import type { Expression } from '../../expression/tree.ts'
import type { Entity } from '../../model/model.ts'
import type { Property } from '../../model/wire.ts'
import { typeOf } from '../../types/index.ts'
import type { BoundOrder } from '../tree.ts'
import { rowsOf, type Counted } from './counts.ts'

/** Records that are left to look at when an index answers one of the conditions. */
export function narrowed(counted: Counted, entity: Entity, filter: Expression): number {
  const all = rowsOf(counted, entity.id)
  return Math.min(all, ...conjuncts(filter).map((each) => answered(entity, each, all)))
}

/** A value of an indexed field is taken to leave a hundredth, and at least so many. */
const usualShare = 100
const least = 1_000

function answered(entity: Entity, condition: Expression, all: number): number {
  if (condition.op !== 'call' || !['eq', 'in'].includes(condition.function)) return all
  const [one, other] = condition.args
  const property = [one, other].find((arg) => arg?.op === 'property' && arg.through.length === 0 && !arg.scope)
  const value = property === one ? other : one
  if (property?.op !== 'property' || (value?.op !== 'literal' && value?.op !== 'list')) return all
  const values = value.op === 'list' ? value.items.length : 1
  const kind = indexOf(entity, property.property)
  if (kind === 'unique') return values
  return kind === 'plain' ? Math.max(least, (all / usualShare) * values) : all
}

/** How an entity's records are found by a property alone. */
function indexOf(entity: Entity, { field, name }: Property): 'unique' | 'plain' | undefined {
  if (name === 'id' || field['unique'] === true) return 'unique'
  if (entity.keys.some(({ fields }) => fields.length === 1 && fields[0] === field.name)) return 'unique'
  const first = entity.keys.some(({ fields }) => fields[0] === field.name)
  return first || field['indexed'] === true || name === 'created_at' || typeOf(field).link?.(field)
    ? 'plain'
    : undefined
}

/** Whether records come in this order from an index. */
export function isIndexed(entity: Entity, order: readonly BoundOrder[]): boolean {
  const [first] = order
  if (first === undefined) return true
  return first.by.op === 'property' && first.by.through.length === 0 && indexOf(entity, first.by.property) !== undefined
}

/** The conditions of a filter that must all be met. */
export function conjuncts(filter: Expression): readonly Expression[] {
  return filter.op === 'call' && filter.function === 'and' ? filter.args.flatMap(conjuncts) : [filter]
}
