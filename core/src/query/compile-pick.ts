// Picking rows: so many in an order, so many of each part, or those that make up an amount together. The same select for records
// and for rows of numbered columns; which columns it keeps is the caller's.
import { allOf, ident, join, nothing, sql, type Sql } from '../expression/fragment.ts'
import { amountSql } from './amount.ts'
import { valueSql, type Build, type Frame } from './frame.ts'
import { orderSql, sortKeys } from './order.ts'
import type { BoundCut, BoundShare } from './tree.ts'

/** A column that a pick keeps. */
export interface Kept {
  readonly value: Sql
  readonly name: string
}

/** The rows that are picked. `from` is asked after the joins that expressions need are known. */
export function pickSelect(
  build: Build,
  frame: Frame,
  pick: BoundCut | BoundShare,
  kept: readonly Kept[],
  from: () => Sql,
): Sql {
  const columns = join(
    kept.map(({ value, name }) => sql`${value} as ${ident(name)}`),
    ', ',
  )
  if (pick.op === 'cut' && pick.partition === undefined) {
    const cut = cutSql(build, frame, pick)
    return sql`select ${columns} from ${from()}${cut}`
  }
  const names = join(
    kept.map(({ name }) => ident(name)),
    ', ',
  )
  const parts = (pick.partition ?? []).map((key) => valueSql(build, [frame], key))
  const part = parts.length === 0 ? nothing : sql`partition by ${join(parts, ', ')} `
  const keys = sortKeys(build, frame, pick.order)
  const window = sql`(${part}order by ${orderSql(keys)} rows unbounded preceding)`
  if (pick.op === 'cut') {
    const numbered = sql`select ${columns}, row_number() over ${window} as "~n" from ${from()}`
    return sql`select ${names} from (${numbered}) "~p" where ${within(pick)}`
  }
  const value = keys[0]!.value
  const sums = sql`${value} as "~v", sum(${value}) over ${window} as "~run", sum(${value}) over (${part}) as "~all"`
  const amount = valueSql(build, [frame], pick.amount)
  const limit = pick.percent ? sql`"~all" * ${amount} / 100` : amount
  return sql`select ${names} from (select ${columns}, ${sums} from ${from()}) "~p" where "~v" is not null and "~run" - "~v" < ${limit}`
}

function within({ top, skip }: BoundCut): Sql {
  const first = skip ? amountSql(skip) : sql`0`
  return allOf([sql`"~n" > ${first}`, top && sql`"~n" <= ${first} + ${amountSql(top)}`])
}

/** ` order by … limit … offset …` */
function cutSql(build: Build, frame: Frame, { order, top, skip }: BoundCut): Sql {
  const keys = sortKeys(build, frame, order)
  const by = keys.length === 0 ? nothing : sql` order by ${orderSql(keys)}`
  return sql`${by}${top ? sql` limit ${amountSql(top)}` : nothing}${skip ? sql` offset ${amountSql(skip)}` : nothing}`
}
