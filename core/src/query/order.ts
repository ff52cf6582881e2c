// Sorting and paging: null is lowest (as OData says), text sorts for people by the rules of the reader's language, and a page
// continues behind the last record's values, so that inserts and deletes in between neither repeat nor skip records.
import { allOf, join, sql, type Sql } from '../expression/fragment.ts'
import type { Expression } from '../expression/tree.ts'
import { isPresent, valueSql, type Build, type Frame } from './frame.ts'
import type { BoundOrder } from './tree.ts'

/** The column that holds a record's position as JSON text, where lists are asked for it. No property can be called so. */
export const positionColumn = '~at'

export interface SortKey {
  /** The bare value. */
  readonly value: Sql
  /** The value as it is compared. */
  readonly by: Sql
  readonly collate: Sql
  readonly descending: boolean
  /** Never null. */
  readonly present: boolean
}

/** The sort keys of a query over a frame; asks for the joins they need. */
export function sortKeys(build: Build, frame: Frame | readonly Frame[], order: readonly BoundOrder[]): SortKey[] {
  const frames = 'alias' in frame ? [frame] : frame
  return order.map(({ by, descending }) => {
    const value = valueSql(build, frames, by)
    const collate = by.kind === 'text' ? sql` collate ${{ pieces: [build.collation] }}` : sql``
    const present = by.op === 'property' && by.through.length === 0 && isPresent(by.property)
    return { value, by: sql`${value}${collate}`, collate, descending, present }
  })
}

/** `order by …` without the words. */
export function orderSql(keys: readonly SortKey[]): Sql {
  return join(
    keys.map(({ by, descending, present }) => {
      const nulls = present ? sql`` : descending ? sql` nulls last` : sql` nulls first`
      return sql`${by}${descending ? sql` desc` : sql``}${nulls}`
    }),
    ', ',
  )
}

/** The condition that leaves only records behind a position. */
export function afterSql(build: Build, frame: Frame, keys: readonly SortKey[], after: readonly Expression[]): Sql {
  const values = after.map((value, i) => sql`${valueSql(build, [frame], value)}${keys[i]!.collate}`)
  const isNull = after.map((value) => value.op === 'literal' && value.value === null)
  const [first] = keys
  if (keys.every((key, i) => key.present && !isNull[i] && key.descending === first!.descending)) {
    return sql`(${join(
      keys.map(({ by }) => by),
      ', ',
    )}) ${first!.descending ? sql`<` : sql`>`} (${join(values, ', ')})`
  }
  const chain = keys.reduceRight<Sql | undefined>((inner, key, i) => {
    const beyond = beyondSql(key, values[i]!, isNull[i]!)
    if (!inner) return beyond
    const same = isNull[i] ? sql`${key.by} is null` : sql`${key.by} = ${values[i]!}`
    return sql`(${beyond} or (${same} and ${inner}))`
  }, undefined)!
  const bound =
    first!.present && !isNull[0] ? sql`${first!.by} ${first!.descending ? sql`<=` : sql`>=`} ${values[0]!}` : undefined
  return allOf([bound, chain])
}

function beyondSql({ by, descending, present }: SortKey, value: Sql, isNull: boolean): Sql {
  if (isNull) return descending ? sql`false` : sql`${by} is not null`
  if (!descending) return sql`${by} > ${value}`
  return present ? sql`${by} < ${value}` : sql`(${by} < ${value} or ${by} is null)`
}
