// The statements that keep rollups fresh: the records that gather are locked in the order of their ids, then, in a statement
// of its own (which sees everything committed before the lock was given), their values are worked out anew. What did not
// change is not written, and neither version nor modified_at moves: nobody edited the record.
import { allOf, ident, join, nothing, param, quoted, render, sql, type Sql } from '../expression/fragment.ts'
import { toSql } from '../expression/sql.ts'
import type { Entity, Model } from '../model/model.ts'
import type { Rollup } from '../model/rollups.ts'
import { wireOf, type Property } from '../model/wire.ts'
import { typeOf } from '../types/index.ts'
import {
  column,
  linkSql,
  newBuild,
  newFrame,
  propertyValue,
  scopeOf,
  table,
  tableOf,
  type Build,
  type Frame,
} from './frame.ts'
import { updatedShadows } from './shadow.ts'
import type { Compiled } from './tree.ts'

const ids = param({ from: 'input', name: 'ids' }, 'uuid[]')

/** Locks records of an entity, in the order in which everyone locks them. */
export function lockSql(schema: string, entity: Entity): Compiled {
  const of = sql`${ident(schema)}.${ident(entity.name)}`
  return render(sql`select "id" from ${of} where "id" = any(${ids}) order by "id" for no key update`)
}

/**
 * Works out rollups of one entity for the records `ids`, or for all of them. Its rows are the records that changed: `id`, and
 * `links`, the columns `ups` of the record as JSON text.
 */
export function refreshSql(
  model: Model,
  schema: string,
  rollups: readonly Rollup[],
  ups: readonly string[] = [],
  every = false,
): Compiled {
  const build = newBuild(model, schema, new Map())
  const { parent } = rollups[0]!
  const columns = (alias: string) => rollups.map(({ property }) => sql`${ident(alias)}.${ident(property.column)}`)
  const values = rollups.map(({ property }) => [property.column, sql`"s".${ident(property.column)}`] as const)
  const shadows = updatedShadows(model, wireOf(model, parent), values, sql`"t"`)
  const set = [...values, ...shadows].map(([name, value]) => sql`${ident(name)} = ${value}`)
  const changed = sql`(${join(columns('t'), ', ')}) is distinct from (${join(columns('s'), ', ')})`
  const links = ups.flatMap((name) => [quoted(name), sql`"t".${ident(name)}`])
  const update = sql`update ${table(build, parent.name)} "t" set ${join(set, ', ')} from (${computed(build, rollups, every)}) "s" where "t"."id" = "s"."id" and ${changed} returning "t"."id", "t"."version", jsonb_build_object(${join(links, ', ')})::text as "links"`
  const entity = param({ from: 'value', value: parent.id }, 'uuid')
  // Delta links tell of it; of all records at once the caller says so by one line.
  const log = sql`, "l" as (insert into ${table(build, '_change')} ("entity_id", "record_id", "change", "version") select ${entity}, "id", 'update', "version" from "u")`
  return render(sql`with "u" as (${update})${every ? nothing : log} select "id", "links" from "u"`)
}

/** The records that gather some of the linked records `ids`: `id` of each. */
export function linkedSql(model: Model, schema: string, { parent, child, via }: Rollup): Compiled {
  const build = newBuild(model, schema, new Map())
  const { hop } = via
  if (hop === undefined) throw new TypeError(`${via.name} is no collection of linked records`)
  const link = newFrame(build, hop.entity)
  const where = allOf([
    sql`${column(link, via.column)} = any(${ids})`,
    via.typeColumn === undefined ? undefined : sql`${column(link, via.typeColumn)} = ${quoted(child.name)}`,
    hop.typeColumn === undefined ? undefined : sql`${column(link, hop.typeColumn)} = ${quoted(parent.name)}`,
    sql`${column(link, hop.column)} is not null`,
  ])
  return render(
    sql`select distinct ${column(link, hop.column)} as "id" from ${tableOf(build, hop.entity)} ${link.alias} where ${where}`,
  )
}

/**
 * Which of the records `ids` have stored rollups that are not what they should be: `id`, and `wrong`, the places of those
 * rollups in the list, with what is `stored` and what is `right` in the same order. Locks nothing: a write commits a record
 * and what gathers it together, so one statement never sees the one without the other.
 */
export function driftSql(model: Model, schema: string, rollups: readonly Rollup[]): Compiled {
  const build = newBuild(model, schema, new Map())
  const { parent } = rollups[0]!
  const pairs = rollups.map(({ property: { column: name } }, place) => {
    const [stored, right] = [sql`"t".${ident(name)}`, sql`"s".${ident(name)}`]
    return { place, stored, right, differs: sql`${stored} is distinct from ${right}` }
  })
  const listed = (value: (pair: (typeof pairs)[number]) => Sql) =>
    sql`array[${join(
      pairs.map((pair) => sql`case when ${pair.differs} then ${value(pair)} end`),
      ', ',
    )}]`
  const text = (value: Sql) => sql`to_json(${value}) #>> '{}'`
  return render(
    sql`select "t"."id", ${listed(({ place }) => ({ pieces: [String(place)] }))} as "wrong", ${listed(({ stored }) => text(stored))} as "stored", ${listed(({ right }) => text(right))} as "right" from ${table(build, parent.name)} "t" join (${computed(build, rollups, false)}) "s" on "t"."id" = "s"."id" where ${join(
      pairs.map(({ differs }) => differs),
      ' or ',
    )} order by "t"."id"`,
  )
}

/** Of each record its id and the value of each rollup; those over the same records are found in one pass. */
function computed(build: Build, rollups: readonly Rollup[], every: boolean): Sql {
  const parent = newFrame(build, rollups[0]!.parent.id)
  const groups = [...Map.groupBy(rollups, ({ child, via }) => `${child.id}/${via.name}`).values()]
  const sides = groups.map((group, i) => [ident(`g${i}`), gathered(build, group, parent)] as const)
  const columns = groups.flatMap((group, i) =>
    group.map(({ property }) => sql`${ident(`g${i}`)}.${ident(property.column)}`),
  )
  const laterals = sides.map(([alias, select]) => sql` cross join lateral (${select}) ${alias}`)
  const where = every ? nothing : sql` where ${parent.alias}."id" = any(${ids})`
  return sql`select ${parent.alias}."id", ${join(columns, ', ')} from ${tableOf(build, parent.entity)} ${parent.alias}${join(laterals, '')}${where}`
}

/** The aggregates of one group over the records that point at the parent. */
function gathered(build: Build, group: readonly Rollup[], parent: Frame): Sql {
  const { child, via } = group[0]!
  const frame = newFrame(build, child.id)
  const columns = group.map((rollup) => sql`${aggregateSql(build, rollup, frame)} as ${ident(rollup.property.column)}`)
  // A collection leads from the one that gathers, a lookup from what is gathered.
  const where = via.collection ? linkSql(build, via, parent, frame, true) : linkSql(build, via, frame, parent)
  return sql`select ${join(columns, ', ')} from ${tableOf(build, child.id)} ${frame.alias} where ${where}`
}

function aggregateSql(build: Build, rollup: Rollup, frame: Frame): Sql {
  const { aggregate, value, filter, property } = rollup
  const only = filter && sql` filter (where ${toSql(filter, scopeOf(build, [frame], 'all'), true)})`
  const of = value && numbered(value, propertyValue(build, frame, value, 'all'))
  switch (aggregate) {
    case 'count':
      return sql`count(*)${only ?? nothing}`
    case 'count_distinct':
      return sql`count(distinct ${of!})${only ?? nothing}`
    case 'min':
    case 'max':
      return fitted(property, sql`${{ pieces: [aggregate] }}(${of!})${only ?? nothing}`)
    case 'sum':
      return fitted(property, sql`coalesce(sum(${of!})${only ?? nothing}, ${emptyOf(property)!})`)
    case 'avg':
      return fitted(property, sql`avg(${of!})${only ?? nothing}`)
  }
}

/** Floats count by their shortest text, as everywhere where they meet exact numbers. */
function numbered({ kind }: Property, value: Sql): Sql {
  return kind === 'float' ? sql`(${value})::text::numeric` : value
}

/** A result as its column can hold it; null when it is too large. */
function fitted({ kind }: Property, value: Sql): Sql {
  if (kind === 'integer')
    return sql`(select case when "v" between -9223372036854775808 and 9223372036854775807 then "v"::bigint end from (select (${value})::numeric as "v") "~v")`
  if (kind === 'decimal')
    return sql`(select case when abs("v") < 1e28 then "v" end from (select round((${value})::numeric, 10) as "v") "~v")`
  return value
}

/** What a rollup of a record that nothing points at is: zero for counts and sums; undefined (null) for the others. */
export function emptyOf({ field, kind }: Property): Sql | undefined {
  const aggregate = typeOf(field).rollup?.(field).aggregate
  if (aggregate === undefined || aggregate === 'min' || aggregate === 'max' || aggregate === 'avg') return undefined
  return kind === 'duration' ? sql`interval '0'` : sql`0`
}
