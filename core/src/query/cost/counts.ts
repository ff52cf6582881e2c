// How many records there are, and how many one of them leads to: all that the estimate knows of the data.
import type { Id, Model } from '../../model/model.ts'
import type { Navigation } from '../../model/wire.ts'
import { typeOf } from '../../types/index.ts'

/** About how many records there are, by the entity's name. An entity that is not there counts as empty. */
export type RowCounts = ReadonlyMap<string, number>

/** Where nobody has counted. */
export const noRows: RowCounts = new Map()

/** A model and how large its entities are. */
export interface Counted {
  readonly model: Model
  readonly rows: RowCounts
}

/** How many records an entity has. */
export function rowsOf({ model, rows }: Counted, entity: Id): number {
  return rows.get(model.entityById.get(entity)?.name ?? '') ?? 0
}

/** How many records a relationship leads to from one record, on average. */
export function fanOf(counted: Counted, { collection, target, field }: Navigation): number {
  if (!collection) return 1
  const leadTo = typeOf(field).link?.(field).targets ?? []
  const others = leadTo.reduce((sum, name) => sum + (counted.rows.get(name) ?? 0), 0)
  return Math.max(1, rowsOf(counted, target) / Math.max(1, others))
}
