// How a cascade writes one record: by the same functions as any other write, handed in, so that write.ts may call cascades
// and cascades may write.
import type { Values as Columns, Written } from '@peyvand/core/access/write.ts'
import type { Entity, Id } from '@peyvand/core/model/model.ts'
import type { Context } from '../../context.ts'
import type { Platform } from '../../platform.ts'

/** Writes of single records that bring about nothing further. throws: Problem. */
export interface WriteOne {
  /** Sets columns, as they are given: nothing is worked out from them. */
  change(platform: Platform, context: Context, entity: Entity, id: Id, values: Columns): Promise<Written>
  create(platform: Platform, context: Context, entity: Entity, id: Id, values: Columns): Promise<Written>
  /** `isRoot`: it is the record the caller named, with its preconditions. */
  remove(platform: Platform, context: Context, entity: Entity, id: Id, isRoot?: true): Promise<Written>
}
