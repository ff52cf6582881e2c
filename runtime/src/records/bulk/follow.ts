// What the server works out of the values of many records: of what was given at once, of what is stored under a lock that stays
// until the transaction ends.
import type { Value } from '@peyvand/core/base/kind.ts'
import type { Problem } from '@peyvand/core/base/problem.ts'
import type { Entity } from '@peyvand/core/model/model.ts'
import type { Context } from '../../context.ts'
import type { Session } from '../../db/database.ts'
import { nestedIn } from '../../db/nested.ts'
import { seenAmong } from '../cascade/allowed.ts'
import { derive, derives, storedColumns, type Rates } from '../derive.ts'
import type { Values } from '../input.ts'
import type { Item } from './item.ts'

/** An item whose values follow from stored ones too. */
export interface Pending extends Item {
  readonly needs?: readonly string[]
  readonly follow?: (values: Values, stored: Readonly<Record<string, Value>>) => Problem | undefined
}

/** An item with what the server works out; what needs the stored record waits for its lock. */
export function prepared(entity: Entity, item: Item, rates: Rates): Pending | Problem {
  if (!derives(entity)) return item
  const needs = item.operation === 'update' ? storedColumns(entity, item.values) : []
  if (needs.length > 0) return { ...item, needs, follow: (values, stored) => derive(entity, values, rates, stored) }
  return derive(entity, item.values, rates) ?? item
}

/** Works out what follows from stored values; their records stay locked until the transaction ends. */
export async function followStored(
  session: Session,
  context: Context,
  entity: Entity,
  items: readonly Pending[],
): Promise<(readonly [Item, Problem])[]> {
  const waiting = items.filter(({ needs }) => needs !== undefined)
  if (waiting.length === 0) return []
  // Of a record that the caller does not see nothing is worked out: its own write says that it is not there.
  const inside = { ...context, database: nestedIn(context.database, session) }
  const ids = waiting.map(({ id }) => id)
  const seen = await seenAmong(inside, entity, ids)
  const pending = waiting.filter(({ id }) => seen.has(id))
  if (pending.length === 0) return []
  const columns = [...new Set(pending.flatMap(({ needs = [] }) => needs))]
  const names = columns.map((name) => `t."${name}"::text as "${name}"`).join(', ')
  const { rows } = await session.query<Record<string, string | null>>({
    text: `select t."id"::text as "id", ${names} from "${context.schema}"."${entity.name}" t where t."id" = any($1::uuid[]) order by t."id" for no key update`,
    values: [pending.map(({ id }) => id)],
  })
  const stored = new Map(rows.map((row) => [row['id'], row]))
  // A record that is not there is told by its own write.
  return pending.flatMap((item) => {
    const row = stored.get(item.id)
    const problem = row && item.follow!(item.values, row)
    return problem ? [[item, problem] as const] : []
  })
}
