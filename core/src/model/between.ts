// Which entities stand between two others. Small, because every page asks it for its navigation.
import type { Entity, Model } from './model.ts'

/** Whether an entity stands between two others: its records are links, shown where the records are that they link. */
export function isBetween({ associations }: Pick<Model, 'associations'>, { name, intersect }: Entity): boolean {
  return intersect === true || [...associations.values()].some(({ through }) => through.entity === name)
}
