// Which records the rows of a bulk mean, and what its caller said of them.
import { isJsonObject } from '@peyvand/core/base/json.ts'
import { Problem } from '@peyvand/core/base/problem.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import type { Context } from '../../context.ts'
import { meantById, meantByKey, type Meant } from '../key.ts'

/** What the caller of a bulk said. */
export interface ManyOptions {
  /** True: one wrong row and nothing is written. False: the others are written all the same. */
  readonly atomic: boolean
  /** JSON pointer of the list in the body, for problems: `/create`. */
  readonly pointer?: string
  /** The fields by which a row finds its record: `id`, or those of a key. Without them every row is a new record. */
  readonly key?: readonly string[]
  /** A row that finds no record is a problem, not a new one. */
  readonly update?: boolean
}

/** What each row means; undefined where every row is a new record. A change by id finds its record itself. */
export async function meaningOf(
  context: Context,
  entity: Entity,
  rows: readonly unknown[],
  { key, update }: Pick<ManyOptions, 'key' | 'update'>,
): Promise<readonly Meant[] | undefined> {
  if (key === undefined) return undefined
  return update === true && key.join() === 'id' ? meantById(rows) : meantByKey(context, entity, key, rows)
}

/** The version of its record that a row is of (`@odata.etag`); a row without one is of any. */
export function versionOf(row: unknown): string | undefined {
  const tag = isJsonObject(row) ? (row['@odata.etag'] ?? row['@etag']) : undefined
  return typeof tag === 'string' ? tag : undefined
}

/** A row whose record is not there. */
export function noSuch(): Problem {
  return new Problem('missing.record', { detail: 'There is no record with this key', pointer: '' })
}
