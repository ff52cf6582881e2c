// Changes of a list since a snapshot, for whoever keeps a copy of it: asked of the log that every write leaves
// (db/changes.ts), with the rights of whoever asks.
import { prepareDelta, type DeltaRow, type PreparedDelta } from '@peyvand/core/access/delta.ts'
import { must } from '@peyvand/core/base/problem.ts'
import type { Context } from '../context.ts'
import type { Platform } from '../platform.ts'
import { onNewestModel } from './failure.ts'
import { defaultPageSize, maxPageSize, type ReadOrder } from './read.ts'
import { noteRead } from './told.ts'

export interface ChangesOrder extends ReadOrder {
  readonly version: '4.0' | '4.01'
}

/** How the changes of a list are asked for; undefined when they cannot be told. throws: Problem. */
export function changesOf({ model, actor, schema, limits }: Context, order: ChangesOrder): PreparedDelta | undefined {
  const { pageSize = defaultPageSize, ...rest } = order
  return must(prepareDelta({ ...rest, model, actor, schema, pageSize, maxPageSize, limits }))
}

export interface ChangesAnswer {
  readonly changes: PreparedDelta
  readonly row: DeltaRow
  readonly context: Context
}

/** One page of changes; undefined when the token was given for something else. throws: Problem. */
export function readChanges(
  platform: Platform,
  context: Context,
  order: ChangesOrder,
  {
    fingerprint,
    since,
    after,
  }: { readonly fingerprint: string; readonly since: string; readonly after: string | null },
): Promise<ChangesAnswer | undefined> {
  return onNewestModel(platform, context, 'read', undefined, async (current) => {
    const changes = changesOf(current, order)
    if (changes === undefined || changes.fingerprint !== fingerprint) return undefined
    const statement = must(changes.statement(since, after))
    const { rows } = await current.database.query<DeltaRow>({ ...statement, planned: true })
    const row = rows[0]!
    // A copy asks again and again; that nothing changed tells of no record.
    if (changes.noted.length > 0 && row.body !== '[]')
      await noteRead(current, changes.noted, { body: row.body, path: order.path })
    return { changes, row, context: current }
  })
}
