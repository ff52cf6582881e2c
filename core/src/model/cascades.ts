// What else goes or changes when a record is deleted: records whose lookup cascades go with it, those whose lookup is cleared
// are changed. Decides which of these ways matter because something gathers the records at their end.
import type { Entity, Id, Model } from './model.ts'
import { watchesOver, type Watch } from './rollups.ts'
import { wireOf } from './wire.ts'

/** A lookup through which a deletion reaches the records of an entity. */
export interface Reach {
  readonly entity: Entity
  /** Column of the lookup. */
  readonly column: string
  /** Whether they are deleted too; else the lookup is cleared. */
  readonly deletes: boolean
  /** Rollups that these records have a part in and that change for others than the deleted record. */
  readonly watches: readonly Watch[]
}

const known = new WeakMap<Model, Map<Id, readonly Reach[]>>()

/** The lookups through which a deletion of an entity's records has to be followed; empty where nothing gathers at their ends. */
export function reachesOf(model: Model, entity: Id): readonly Reach[] {
  let byEntity = known.get(model)
  if (!byEntity) known.set(model, (byEntity = new Map()))
  let reaches = byEntity.get(entity)
  if (!reaches) byEntity.set(entity, (reaches = direct(model, entity).filter((reach) => matters(model, reach))))
  return reaches
}

function direct(model: Model, entity: Id): Reach[] {
  return model.relationships.flatMap((relationship): Reach[] => {
    const { targets, from, onDelete, id } = relationship
    if (targets.length !== 1 || targets[0] !== entity || onDelete === 'restrict') return []
    const child = model.entityById.get(from)!
    const navigation = [...wireOf(model, child).navigations.values()].find(
      (one) => !one.collection && one.field.id === id,
    )
    if (navigation === undefined || navigation.typeColumn !== undefined) return []
    const deletes = onDelete === 'cascade'
    const watches = watchesOver(model, from).filter(
      ({ near, columns }) => near?.field.id !== id && (deletes || columns.has(navigation.column)),
    )
    return [{ entity: child, column: navigation.column, deletes, watches }]
  })
}

/** Whether a rollup hangs on this way or on one that goes on from it. */
function matters(model: Model, reach: Reach, seen = new Set<Id>()): boolean {
  if (reach.watches.length > 0) return true
  if (!reach.deletes || seen.has(reach.entity.id)) return false
  seen.add(reach.entity.id)
  return direct(model, reach.entity.id).some((next) => matters(model, next, seen))
}
