// `$crossjoin(firms,deals)`: which sets, what is asked of each, and the one statement that answers. A set's name stands for its
// record in $filter and $orderby; $expand brings the record itself, otherwise its address is answered.
import { suggest } from '../base/name.ts'
import { Problem } from '../base/problem.ts'
import { bindExpression } from '../expression/bind.ts'
import { allOf, ident, join, nothing, quoted, render, sql, whole, type Sql } from '../expression/fragment.ts'
import { reading, shown } from '../expression/reader.ts'
import type { Scope } from '../expression/scope.ts'
import type { WireEntity } from '../model/wire.ts'
import { amounts, amountSql } from './amount.ts'
import { bindOrder } from './bind-order.ts'
import { bindQuery, type Names } from './bind.ts'
import { recordColumns, type Writing } from './compile-rows.ts'
import type { CompileOptions } from './compile.ts'
import { column, conditionSql, joinsOf, newBuild, newFrame, ruleSql, tableOf, type Frame } from './frame.ts'
import { orderSql, sortKeys } from './order.ts'
import { whereSql } from './stages.ts'
import type { Query } from './syntax.ts'
import type { BoundCross, Compiled, TrimmedCross } from './tree.ts'

const most = 5

/** The sets a path joins; undefined when it is none of a cross join. */
export function crossNames(path: string): readonly string[] | undefined {
  const inner = /^\$crossjoin\(([\w,\s]*)\)$/.exec(path.replace('%24', '$'))?.[1]
  return inner?.split(',').map((name) => name.trim())
}

/** Binds a cross join. */
export function bindCross(sets: readonly string[], query: Query, names: Names): BoundCross | Problem {
  return reading(() => {
    if (sets.length > most || new Set(sets).size < sets.length)
      throw new Problem('limit.size', { detail: `$crossjoin takes up to ${most} different sets`, target: 'path' })
    refuseOthers(query)
    const wires = sets.map((name) => wireNamed(name, names))
    const empty: WireEntity = {
      entity: wires[0]!.entity,
      properties: new Map(),
      shown: new Map(),
      navigations: new Map(),
    }
    const variables = wires.map((wire) => ({ name: wire.entity.entitySet, wire }))
    const scope: Scope = {
      root: empty,
      wire: names.wire,
      variables,
      ...(query.aliases ? { aliases: query.aliases } : {}),
    }
    const filter = query.filter && bindExpression(query.filter, { ...scope, target: '$filter' }, 'boolean')
    if (filter instanceof Problem) throw filter
    return {
      parts: wires.map((wire) => partOf(wire, query, names)),
      ...(filter ? { filter } : {}),
      order: (query.orderby ?? []).map((each) => bindOrder(each, scope)),
      ...amounts(query),
      count: query.count ?? false,
    }
  })
}

function wireNamed(name: string, { model, wire }: Names): WireEntity {
  const entity = model.entityBySet.get(name)
  if (entity) return wire(entity.id)
  throw new Problem('missing.path', {
    detail: `There is no entity set "${shown(name)}"`,
    target: 'path',
    position: 0,
    hint: suggest(name, model.entityBySet.keys()),
  })
}

const known: ReadonlySet<string> = new Set([
  'filter',
  'orderby',
  'expand',
  'top',
  'skip',
  'count',
  'aliases',
  'topSlot',
  'skipSlot',
])

function refuseOthers(query: Query): void {
  const other = Object.keys(query).find((name) => !known.has(name))
  if (other !== undefined)
    throw new Problem('request.unsupported', {
      detail: `"$${other}" with $crossjoin is not supported`,
      target: `$${other}`,
    })
}

function partOf({ entity }: WireEntity, { expand = [], aliases }: Query, names: Names): BoundCross['parts'][number] {
  const item = expand.find(({ name }) => name === entity.entitySet)
  const query = bindQuery({ ...item?.query, ...(aliases ? { aliases } : {}) }, entity, names)
  if (query instanceof Problem) throw query
  return { query, expanded: item !== undefined }
}

/** The statement: `body`, with $count `count`. One row more than a page is read, so that `more` says whether there are others. */
export function compileCross(cross: TrimmedCross, options: CompileOptions): Compiled {
  const writing: Writing = { ...options, build: newBuild(options.model, options.schema, cross.rules, options.exact) }
  const { build } = writing
  const frames = cross.parts.map(({ query }) => newFrame(build, query.entity.id))
  const rows = [frames[0]!, ...frames]
  const members = cross.parts.map((part, i) => memberOf(writing, part, frames[i]!))
  const ids = frames.map((frame) => column(frame, 'id'))
  const keys = sortKeys(build, rows, cross.order)
  const order = join([...(keys.length > 0 ? [orderSql(keys)] : []), ...ids], ', ')
  const where = whereSql(
    allOf([...frames.map((frame) => ruleSql(build, frame)), conditionSql(build, rows, cross.filter)]),
  )
  const from = join(
    frames.map(
      (frame, i) => sql`${i === 0 ? nothing : sql` cross join `}${tableOf(build, frame.entity)} ${frame.alias}`,
    ),
    '',
  )
  const source = sql`${from}${join(frames.map(joinsOf), '')}${where}`
  const size = cross.top ? amountSql(cross.top, options.pageSize) : whole(options.pageSize)
  const skip = cross.skip ? sql` offset ${amountSql(cross.skip)}` : nothing
  const list = sql`select row_to_json("r") as "r", row_number() over (order by ${order}) as "n" from ${from}${join(frames.map(joinsOf), '')} cross join lateral (select ${join(members, ', ')}) "r"${where} order by ${order} limit ${size} + 1${skip}`
  const count = cross.count ? sql`, (select count(*) from ${source})::text as "count"` : nothing
  return render(
    sql`select coalesce(json_agg("p"."r" order by "p"."n") filter (where "p"."o" <= ${size}), '[]')::text as "body", count(*) > ${size} as "more"${count} from (select "q".*, row_number() over (order by "q"."n") as "o" from (${list}) "q") "p"`,
  )
}

/** A record of one set: itself, or its address. */
function memberOf(writing: Writing, { query, expanded }: BoundCross['parts'][number], frame: Frame): Sql {
  const set = query.entity.entitySet
  if (expanded)
    return sql`(select row_to_json("~x") from (select ${recordColumns(writing, query, frame)}) "~x") as ${ident(set)}`
  return sql`${quoted(`${set}(`)} || ${column(frame, 'id')} || ')' as ${ident(`${set}@odata.navigationLink`)}`
}
