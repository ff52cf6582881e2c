// The select of a `$apply` query: group keys (nested as their paths are), aggregates, and an order that is total.
import { ident, join, nothing, quoted, sql, whole, type Sql } from '../expression/fragment.ts'
import { amountSql } from './amount.ts'
import { joinsOf, tableOf, valueSql, type Build, type Frame } from './frame.ts'
import type { BoundAggregate, BoundGroup, BoundQuery } from './tree.ts'

interface Parts {
  readonly keys: readonly Sql[]
  readonly values: readonly Sql[]
}

/** Groups of the rows that meet the conditions; `conditions` is asked after the joins are known. */
export function groupSelect(build: Build, query: BoundQuery, frame: Frame, where: () => Sql, cap: number): Sql {
  const group = query.group!
  const parts = partsOf(build, group, frame)
  const columns = join(
    [
      ...keyColumns(group, parts.keys),
      ...group.aggregate.map(({ alias }, i) => sql`${parts.values[i]!} as ${ident(alias)}`),
    ],
    ', ',
  )
  const order = orderOf(group, parts)
  const limit = query.top ? amountSql(query.top, cap) : whole(cap)
  const skip = query.skip ? sql` offset ${amountSql(query.skip)}` : nothing
  return sql`select ${columns}${groupFrom(build, frame, where(), parts.keys)}${order} limit ${limit}${skip}`
}

/** How many groups there are. */
export function groupCount(build: Build, query: BoundQuery, frame: Frame, where: () => Sql): Sql {
  const { keys } = partsOf(build, query.group!, frame)
  const having = keys.length === 0 ? sql` having true` : nothing
  return sql`select count(*) from (select 1${groupFrom(build, frame, where(), keys)}${having}) "g"`
}

function partsOf(build: Build, group: BoundGroup, frame: Frame): Parts {
  const keys = group.by.map(({ expression }) => valueSql(build, [frame], expression))
  const values = group.aggregate.map((aggregate) => aggregateSql(build, aggregate, frame))
  return { keys, values }
}

function groupFrom(build: Build, frame: Frame, where: Sql, keys: readonly Sql[]): Sql {
  const by = keys.length === 0 ? nothing : sql` group by ${join(keys, ', ')}`
  const conditions = where.pieces.length === 0 ? nothing : sql` where ${where}`
  return sql` from ${tableOf(build, frame.entity)} ${frame.alias}${joinsOf(frame)}${conditions}${by}`
}

function aggregateSql(build: Build, { of, method }: BoundAggregate, frame: Frame): Sql {
  const value = of && valueSql(build, [frame], of)
  switch (method) {
    case 'count':
      return value ? sql`count(${value})` : sql`count(*)`
    case 'countdistinct':
      return sql`count(distinct ${value!})`
    case 'average':
      return sql`trim_scale(round(avg(${value!}), 10))`
    case 'sum':
      return sql`sum(${value!})`
    case 'min':
      return sql`min(${value!})`
    case 'max':
      return sql`max(${value!})`
  }
}

/** One column per plain key; keys behind a navigation stand in one object under its name. */
function keyColumns({ by }: BoundGroup, keys: readonly Sql[]): Sql[] {
  const roots = [...new Set(by.map(({ path }) => path[0]!))]
  return roots.map((root) => {
    const below = by.flatMap(({ path }, i) => (path[0] === root ? [{ path: path.slice(1), key: keys[i]! }] : []))
    return sql`${nested(below)} as ${ident(root)}`
  })
}

function nested(items: readonly { readonly path: readonly string[]; readonly key: Sql }[]): Sql {
  if (items[0]!.path.length === 0) return items[0]!.key
  const roots = [...new Set(items.map(({ path }) => path[0]!))]
  const pairs = roots.map(
    (root) =>
      sql`${quoted(root)}, ${nested(items.filter(({ path }) => path[0] === root).map(({ path, key }) => ({ path: path.slice(1), key })))}`,
  )
  return sql`json_build_object(${join(pairs, ', ')})`
}

function orderOf({ by, aggregate, order }: BoundGroup, { keys, values }: Parts): Sql {
  const keySql = (index: number) =>
    by[index]!.expression.kind === 'text' ? sql`${keys[index]!} collate "und-x-icu"` : keys[index]!
  const valueKey = (index: number) =>
    aggregate[index]!.of?.kind === 'text' && aggregate[index]!.method.startsWith('m')
      ? sql`${values[index]!} collate "und-x-icu"`
      : values[index]!
  const asked = order.map(
    ({ of, index, descending }) =>
      sql`${of === 'by' ? keySql(index) : valueKey(index)}${descending ? sql` desc nulls last` : sql` nulls first`}`,
  )
  const rest = by.flatMap((_key, i) =>
    order.some(({ of, index }) => of === 'by' && index === i) ? [] : [sql`${keySql(i)} nulls first`],
  )
  return asked.length + rest.length === 0 ? nothing : sql` order by ${join([...asked, ...rest], ', ')}`
}
